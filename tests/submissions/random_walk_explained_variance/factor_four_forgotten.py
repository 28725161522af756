"""
task: random_walk_explained_variance
points: 0
diagnosis: 4 times
why: Forgets the 4 under the eigenvalue.
"""


def random_walk_explained_variance(n, k):
    return 6 / (n**2 - 1) / np.sin(k * np.pi / (2 * n)) ** 2
