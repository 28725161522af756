"""
task: principal_directions
points: 0-3
diagnosis: mean|shape
why: mean() without an axis, one number for everything.
"""


def principal_directions(ws):
    mean = ws.mean()
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
