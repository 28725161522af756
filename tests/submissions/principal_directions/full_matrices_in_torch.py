"""
task: principal_directions
points: 2-3
experiment: no
diagnosis: n x n
why: torch.linalg.svd as it comes, whose V is n x n.
"""


def principal_directions(ws):
    X = torch.from_numpy(np.asarray(ws)).double()
    mean = X.mean(dim=0)
    _, S, Vh = torch.linalg.svd(X - mean)
    r = S ** 2 / (S ** 2).sum()
    return mean.numpy(), Vh[0].numpy(), Vh[1].numpy(), r[:2].numpy()
