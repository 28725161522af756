"""
task: principal_directions
points: 6
why: Returns tensors in float64 in place of NumPy arrays, which hold the same numbers.
"""


def principal_directions(ws):
    W = torch.tensor(ws, dtype=torch.float64)
    mean = W.mean(0, keepdim=True)
    U, S, V = torch.svd(W - mean)
    return mean[0], V[:, 0], V[:, 1], (S ** 2 / (S ** 2).sum())[:2]
