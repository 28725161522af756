"""
task: principal_directions
points: 0-3
diagnosis: mean|raised|axis|centred
why: The mean of each point over its parameters, in place of that over the points.
"""


def principal_directions(ws):
    mean = ws.mean(axis=1, keepdims=True)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean[:, 0], Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
