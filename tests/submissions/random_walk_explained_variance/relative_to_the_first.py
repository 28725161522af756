"""
task: random_walk_explained_variance
points: 0
diagnosis: relative to the first
why: Divides by the largest eigenvalue.
"""


def random_walk_explained_variance(n, k):
    return np.sin(np.pi / (2 * n)) ** 2 / np.sin(k * np.pi / (2 * n)) ** 2
