"""
task: principal_directions
points: 3.5-5.5
diagnosis: ratio|square|variance
why: Squares the eigenvalues of the covariance, which are variances already.
"""


def principal_directions(ws):
    mean = ws.mean(axis=0)
    U, S, Vt = np.linalg.svd(np.cov(ws.T))
    return mean, Vt[0], Vt[1], S[:2] ** 2 / (S ** 2).sum()
