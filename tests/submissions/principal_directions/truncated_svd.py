"""
task: principal_directions
points: 6
why: scipy's svds for two values, which come in ascending order, over the total variance of the points.
"""
from scipy.sparse.linalg import svds


def principal_directions(ws):
    X = ws.astype(float)
    mean = X.mean(0)
    X -= mean
    u, s, vt = svds(X, k=2)
    i = np.argsort(-s)
    s, vt = s[i], vt[i]
    return mean, vt[0], vt[1], s**2 / (X**2).sum()
