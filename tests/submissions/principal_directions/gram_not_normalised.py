"""
task: principal_directions
points: 2-3
experiment: no
diagnosis: unit length
why: Carries the Gram matrix's eigenvectors over to weight space without dividing by their length.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    X = ws - mean
    values, vectors = np.linalg.eigh(X @ X.T)
    return mean, X.T @ vectors[:, -1], X.T @ vectors[:, -2], values[[-1, -2]] / values.sum()
