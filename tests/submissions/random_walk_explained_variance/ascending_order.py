"""
task: random_walk_explained_variance
points: 0
diagnosis: reversed
why: eigvalsh sorts upwards.
"""


def random_walk_explained_variance(n, k):
    i = np.arange(1, n + 1)
    C = np.eye(n) - 1 / n
    lam = np.linalg.eigvalsh(C @ np.minimum.outer(i, i) @ C)[1:]
    return lam[k - 1] / lam.sum()
