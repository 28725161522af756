"""
task: principal_directions
points: 6
why: The SVD of the transposed matrix, whose left vectors are the directions.
"""
import scipy.linalg


def principal_directions(ws):
    mean = ws.mean(axis=0)
    X = (ws - mean[None, :]).T
    U, s, _ = scipy.linalg.svd(X, full_matrices=False)
    print("singular values:", s)
    var = s**2 / (ws.shape[0] - 1)
    total = ((ws - mean) ** 2).sum() / (ws.shape[0] - 1)
    return mean, U[:, 0], U[:, 1], var[:2] / total
