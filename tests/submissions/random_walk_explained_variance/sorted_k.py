"""
task: random_walk_explained_variance
points: 1.5
diagnosis: order
why: Sorts the array k.
"""


def random_walk_explained_variance(n, k):
    return 6 / (n**2 - 1) / (4 * np.sin(np.sort(np.atleast_1d(k)) * np.pi / (2 * n)) ** 2)
