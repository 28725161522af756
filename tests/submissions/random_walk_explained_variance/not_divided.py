"""
task: random_walk_explained_variance
points: 0
diagnosis: not divided
why: The eigenvalue itself.
"""


def random_walk_explained_variance(n, k):
    return 1 / (4 * np.sin(k * np.pi / (2 * n)) ** 2)
