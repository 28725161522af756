"""
task: random_walk_explained_variance
points: 0
diagnosis: k pi / n
why: The angle k pi / n, without the 2.
"""


def random_walk_explained_variance(n, k):
    return 6 / (n**2 - 1) / (4 * np.sin(k * np.pi / n) ** 2)
