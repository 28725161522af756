"""
task: random_walk_explained_variance
points: 0
diagnosis: bracket
why: k pi / 2 n, read from the left: times n.
"""


def random_walk_explained_variance(n, k):
    return 6 / (n**2 - 1) / (4 * np.sin(k * np.pi / 2 * n) ** 2)
