"""
task: random_walk_explained_variance
points: 0
diagnosis: not the shares|raised|nan
why: Takes k before n.
"""


def random_walk_explained_variance(k, n):
    return 6 / (n**2 - 1) / (4 * np.sin(k * np.pi / (2 * n)) ** 2)
