"""
task: principal_directions
points: 2.5-4
diagnosis: ascending;first two
why: The ratios of all points, as eigh of the Gram matrix sorts them, beside the right directions.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    X = ws - mean
    values, vectors = np.linalg.eigh(X @ X.T)
    d1, d2 = X.T @ vectors[:, -1], X.T @ vectors[:, -2]
    return mean, d1 / np.linalg.norm(d1), d2 / np.linalg.norm(d2), values / values.sum()
