"""
task: principal_directions
points: 1-4
diagnosis: transposed|shape
why: Returns the eigenvectors of the Gram matrix without carrying them over to weight space.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    X = ws - mean
    values, vectors = np.linalg.eigh(X @ X.T)
    return mean, vectors[:, -1], vectors[:, -2], values[[-1, -2]] / values.sum()
