"""
task: principal_directions
points: 2-5
diagnosis: kept|ratio|total
why: torch.pca_lowrank with q = 2, whose random projection is not exact and whose total is that of two.
"""


def principal_directions(ws):
    X = torch.tensor(ws, dtype=torch.float32)
    U, S, V = torch.pca_lowrank(X, q=2)
    return X.mean(0).numpy(), V[:, 0].numpy(), V[:, 1].numpy(), (S ** 2 / (S ** 2).sum()).numpy()
