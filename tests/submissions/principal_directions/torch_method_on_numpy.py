"""
task: principal_directions
points: 0-1
diagnosis: raised
why: Calls a tensor's method on a NumPy array.
"""


def principal_directions(ws):
    mean = ws.mean(dim=0)
    U, S, V = torch.svd(ws - mean)
    return mean, V[:, 0], V[:, 1], S[:2] ** 2 / (S ** 2).sum()
