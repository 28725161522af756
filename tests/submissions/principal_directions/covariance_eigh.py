"""
task: principal_directions
points: 2-3
experiment: no
diagnosis: n x n
why: Eigenvectors of the covariance matrix, n x n numbers: 16 GB for the course's network.
"""


def principal_directions(ws):
    mean = np.mean(ws, axis=0)
    X = (ws - mean).astype(np.float64)
    C = X.T @ X / (len(ws) - 1)
    values, vectors = np.linalg.eigh(C)
    order = np.argsort(values)[::-1]
    values, vectors = values[order], vectors[:, order]
    return mean, vectors[:, 0], vectors[:, 1], values[:2] / np.trace(C)
