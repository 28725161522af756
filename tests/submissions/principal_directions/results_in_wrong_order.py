"""
task: principal_directions
points: 0-3
diagnosis: order
why: Returns the directions first and the mean last.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum(), mean
