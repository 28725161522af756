"""
task: principal_directions
points: 3-5.5
diagnosis: unit length
why: Divides by the eigenvalue in place of its root.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    X = ws - mean
    values, vectors = np.linalg.eigh(X @ X.T)
    d1 = X.T @ vectors[:, -1] / values[-1]
    d2 = X.T @ vectors[:, -2] / values[-2]
    return mean, d1, d2, values[[-1, -2]] / values.sum()
