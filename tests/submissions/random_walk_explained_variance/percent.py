"""
task: random_walk_explained_variance
points: 0.5-1
diagnosis: percent
why: In percent.
"""


def random_walk_explained_variance(n, k):
    return 600 / (n**2 - 1) / (4 * np.sin(k * np.pi / (2 * n)) ** 2)
