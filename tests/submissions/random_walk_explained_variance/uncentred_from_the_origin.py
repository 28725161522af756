"""
task: random_walk_explained_variance
points: 0
diagnosis: centred
why: Starts at the origin, and forgets to centre.
"""


def random_walk_explained_variance(n, k):
    i = np.arange(n)
    lam = np.linalg.eigvalsh(np.minimum.outer(i, i).astype(float))[::-1]
    return lam[k - 1] / lam.sum()
