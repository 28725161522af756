"""
task: random_walk_explained_variance
points: 2
why: All eigenvalues, divided by their sum, and indexed.
"""


def random_walk_explained_variance(n, k):
    every = 1 / (4 * np.sin(np.arange(1, n) * np.pi / (2 * n)) ** 2)
    return (every / every.sum())[k - 1]
