"""
task: random_walk_explained_variance
points: 2
why: The formula of the paper.
"""


def random_walk_explained_variance(n, k):
    return 6 / (n**2 - 1) / (4 * np.sin(np.pi * k / (2 * n)) ** 2)
