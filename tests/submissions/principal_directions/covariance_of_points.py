"""
task: principal_directions
points: 0-4
diagnosis: transposed|shape
why: np.cov of ws as it is, which takes rows for variables.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(ws))
    return mean, vectors[:, -1], vectors[:, -2], values[[-1, -2]] / values.sum()
