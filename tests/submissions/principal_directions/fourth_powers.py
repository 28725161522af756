"""
task: principal_directions
points: 1.5-3
experiment: no
diagnosis: ratio|square|variance;n x n
why: Squares the eigenvalues of the covariance, which are variances already.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    U, S, Vt = np.linalg.svd(np.cov(ws.T))
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
