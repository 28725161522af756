"""
task: random_walk_explained_variance
points: 2
why: The half-angle form, 1 / (2 - 2 cos).
"""


def random_walk_explained_variance(n, k):
    return 6 / (n * n - 1) / (2 - 2 * np.cos(k * np.pi / n))
