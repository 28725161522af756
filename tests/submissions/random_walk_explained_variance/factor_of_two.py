"""
task: random_walk_explained_variance
points: 0
diagnosis: factor
why: The eigenvalue with a 2 for the 4.
"""


def random_walk_explained_variance(n, k):
    lam = 1 / (2 * np.sin(k * np.pi / (2 * n)) ** 2)
    return lam / ((n**2 - 1) / 6)
