"""
task: principal_directions
points: 6
why: torch.pca_lowrank is exact where q is the full rank; with q = 2 it would not be.
"""


def principal_directions(ws):
    X = torch.tensor(ws, dtype=torch.float64)
    with torch.random.fork_rng():
        U, S, V = torch.pca_lowrank(X, q=min(X.shape), center=True, niter=4)
    V, S = V.numpy(), S.numpy()
    return ws.mean(0), V[:, 0], V[:, 1], S[:2] ** 2 / (S ** 2).sum()
