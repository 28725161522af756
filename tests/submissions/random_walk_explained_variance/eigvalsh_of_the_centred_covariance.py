"""
task: random_walk_explained_variance
points: 2
why: The covariance of a walk, centred, and its eigenvalues.
"""


def random_walk_explained_variance(n, k):
    i = np.arange(1, n + 1)
    cov = np.minimum(i[:, None], i[None, :]).astype(float)
    C = np.eye(n) - np.ones((n, n)) / n
    lam = np.sort(np.linalg.eigvalsh(C @ cov @ C))[::-1]
    return lam[k - 1] / lam.sum()
