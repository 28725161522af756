"""
task: principal_directions
points: 3.5-5.5
diagnosis: shape|mean
why: keepdims leaves the mean with shape (1, n).
"""


def principal_directions(ws):
    mean = ws.mean(axis=0, keepdims=True)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
