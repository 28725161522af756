"""
task: principal_directions
points: 3.5-5.5
diagnosis: mean
why: Computes the mean of the points that it has centred already, which is zero.
"""


def principal_directions(ws):
    ws = ws - ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws, full_matrices=False)
    mean = ws.mean(axis=0)
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
