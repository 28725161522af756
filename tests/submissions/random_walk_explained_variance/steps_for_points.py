"""
task: random_walk_explained_variance
points: 0
diagnosis: one point less
why: Takes n - 1 for n.
"""


def random_walk_explained_variance(n, k):
    n = n - 1
    return 6 / (n**2 - 1) / (4 * np.sin(k * np.pi / (2 * n)) ** 2)
