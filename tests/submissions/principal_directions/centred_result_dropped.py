"""
task: principal_directions
points: 0.5-3
experiment: no
diagnosis: centred
why: Centres the points and then decomposes the old variable.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    centred = ws - mean
    values, vectors = np.linalg.eigh(ws.T @ ws)
    return mean, vectors[:, -1], vectors[:, -2], values[[-1, -2]] / values.sum()
