"""
task: random_walk_explained_variance
points: 0
diagnosis: centred
why: Forgets to centre the covariance.
"""


def random_walk_explained_variance(n, k):
    i = np.arange(1, n + 1)
    lam = np.linalg.eigvalsh(np.minimum.outer(i, i).astype(float))[::-1]
    return lam[k - 1] / lam.sum()
