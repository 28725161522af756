"""
task: random_walk_explained_variance
points: 0
diagnosis: counts from|counted from 0
why: Indexes the shares as if k began at 0.
"""


def random_walk_explained_variance(n, k):
    every = 1 / (4 * np.sin(np.arange(1, n + 1) * np.pi / (2 * n)) ** 2)
    return 6 * every[k] / (n**2 - 1)
