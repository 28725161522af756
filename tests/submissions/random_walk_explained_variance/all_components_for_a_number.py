"""
task: random_walk_explained_variance
points: 0-0.5
diagnosis: as there are components
why: Returns all shares, also for one k.
"""


def random_walk_explained_variance(n, k):
    every = 1 / (4 * np.sin(np.arange(1, n) * np.pi / (2 * n)) ** 2)
    return every / every.sum()
