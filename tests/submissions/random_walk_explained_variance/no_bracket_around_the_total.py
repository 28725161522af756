"""
task: random_walk_explained_variance
points: 0
diagnosis: bracket
why: / (n^2 - 1) / 6 would do it; / n^2 - 1 / 6 does not.
"""


def random_walk_explained_variance(n, k):
    eigenvalue = 1 / (4 * np.sin(k * np.pi / (2 * n)) ** 2)
    return eigenvalue / n**2 - 1 / 6
