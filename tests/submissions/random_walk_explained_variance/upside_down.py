"""
task: random_walk_explained_variance
points: 0
diagnosis: upside down
why: 4 sin^2 itself for the eigenvalue.
"""


def random_walk_explained_variance(n, k):
    return 6 / (n**2 - 1) * (4 * np.sin(k * np.pi / (2 * n)) ** 2)
