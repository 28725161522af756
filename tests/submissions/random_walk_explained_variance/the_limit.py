"""
task: random_walk_explained_variance
points: 0-0.5
diagnosis: limit
why: The limit of a long walk.
"""


def random_walk_explained_variance(n, k):
    return 6 / (np.pi**2 * k**2)
