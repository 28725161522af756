"""
task: principal_directions
points: 0-1
experiment: no
diagnosis: over the points, axis 0;its own mean
why: The mean over axis 1, kept as a column.
"""

def principal_directions(ws):
    mean = ws.mean(axis=1, keepdims=True)
    X = ws - mean
    U, S, Vt = np.linalg.svd(X, full_matrices=False)
    return mean.ravel(), Vt[0], Vt[1], S[:2] ** 2 / np.sum(S ** 2)
