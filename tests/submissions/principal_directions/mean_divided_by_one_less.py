"""
task: principal_directions
points: 0.5-5
diagnosis: mean
why: Divides the sum by n - 1, as for a variance.
"""


def principal_directions(ws):
    mean = ws.sum(axis=0) / (len(ws) - 1)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
