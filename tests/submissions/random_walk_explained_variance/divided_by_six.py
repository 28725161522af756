"""
task: random_walk_explained_variance
points: 0
diagnosis: 6
why: Divides by n^2 - 1 and by 6.
"""


def random_walk_explained_variance(n, k):
    eigenvalue = 1 / (4 * np.sin(k * np.pi / (2 * n)) ** 2)
    return eigenvalue / (n**2 - 1) / 6
