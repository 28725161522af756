"""
task: principal_directions
points: 0-1
diagnosis: raised
why: Uses a global of the notebook in place of the argument.
"""


def principal_directions(ws):
    X = np.stack([utils.sd2tensor(sd).numpy() for sd in checkpoints])
    mean = X.mean(axis=0)
    _, S, Vt = np.linalg.svd(X - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
