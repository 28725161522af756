"""
task: principal_directions
points: 3.5-5.5
diagnosis: variance|ratio|centred
why: The total is that of the points before they were centred.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    _, S, Vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (ws ** 2).sum()
