"""
task: random_walk_explained_variance
points: 0
diagnosis: bracket
why: 1 / 4 * sin^2, read from the left: times the sine.
"""


def random_walk_explained_variance(n, k):
    eigenvalue = 1 / 4 * np.sin(k * np.pi / (2 * n)) ** 2
    return eigenvalue / ((n**2 - 1) / 6)
