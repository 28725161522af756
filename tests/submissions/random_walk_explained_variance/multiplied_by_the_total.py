"""
task: random_walk_explained_variance
points: 0
diagnosis: multiplied by the total
why: Multiplies by n^2 - 1 what should be divided by it.
"""


def random_walk_explained_variance(n, k):
    return 1 / (4 * np.sin(k * np.pi / (2 * n)) ** 2) * (n**2 - 1) / 6
