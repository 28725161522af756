"""
task: principal_directions
points: 6
why: torch.linalg.svd, converted back to NumPy.
"""


def principal_directions(ws):
    W = torch.from_numpy(np.ascontiguousarray(ws))
    mean = W.mean(dim=0)
    _, S, Vh = torch.linalg.svd(W - mean, full_matrices=False)
    var = S.pow(2)
    ratio = var[:2] / var.sum()
    return mean.numpy(), Vh[0].numpy(), Vh[1].numpy(), ratio.numpy()
