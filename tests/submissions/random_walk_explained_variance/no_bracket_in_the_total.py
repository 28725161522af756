"""
task: random_walk_explained_variance
points: 0
diagnosis: bracket
why: Takes a sixth of 1 in place of n^2 - 1.
"""


def random_walk_explained_variance(n, k):
    total = n**2 - 1 / 6
    return 1 / (4 * np.sin(k * np.pi / (2 * n)) ** 2) / total
