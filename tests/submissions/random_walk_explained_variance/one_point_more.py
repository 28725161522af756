"""
task: random_walk_explained_variance
points: 0
diagnosis: one point more
why: Takes n for the number of steps, and has n + 1 points.
"""


def random_walk_explained_variance(n, k):
    n = n + 1
    return 6 / (n**2 - 1) / (4 * np.sin(k * np.pi / (2 * n)) ** 2)
