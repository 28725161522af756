"""
task: principal_directions
points: 0.5-3.5
diagnosis: mean
why: The median in place of the mean.
"""


def principal_directions(ws):
    mean = np.median(ws, axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
