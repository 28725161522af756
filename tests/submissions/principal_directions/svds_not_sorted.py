"""
task: principal_directions
points: 2.5-5
diagnosis: swapped|order
why: Does not know that svds returns the values in ascending order.
"""
from scipy.sparse.linalg import svds


def principal_directions(ws):
    mean = ws.mean(0)
    X = ws - mean
    u, s, vt = svds(X, k=2)
    return mean, vt[0], vt[1], s**2 / (X**2).sum()
