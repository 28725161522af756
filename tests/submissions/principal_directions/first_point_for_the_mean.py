"""
task: principal_directions
points: 3.5-5.5
diagnosis: mean
why: Returns the first point in place of the mean.
"""


def principal_directions(ws):
    X = ws - ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(X, full_matrices=False)
    return ws[0], Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
