"""
task: random_walk_explained_variance
points: 0
diagnosis: n^2
why: The sum of the eigenvalues without the - 1.
"""


def random_walk_explained_variance(n, k):
    return 6 / n**2 / (4 * np.sin(k * np.pi / (2 * n)) ** 2)
