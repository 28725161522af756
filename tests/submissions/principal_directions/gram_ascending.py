"""
task: principal_directions
points: 0.5-2
experiment: no
diagnosis: smallest variances
why: eigh of the Gram matrix sorts upwards, and the first two are taken.
"""

def principal_directions(ws):
    mean = ws.mean(axis=0)
    X = ws - mean
    vals, vecs = np.linalg.eigh(X @ X.T)
    D = X.T @ vecs
    D = D / np.linalg.norm(D, axis=0)
    return mean, D[:, 0], D[:, 1], vals[:2] / vals.sum()
