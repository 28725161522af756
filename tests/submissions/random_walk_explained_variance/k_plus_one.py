"""
task: random_walk_explained_variance
points: 0
diagnosis: counts from
why: Adds 1 to k, as if it began at 0.
"""


def random_walk_explained_variance(n, k):
    return 6 / (n**2 - 1) / (4 * np.sin((k + 1) * np.pi / (2 * n)) ** 2)
