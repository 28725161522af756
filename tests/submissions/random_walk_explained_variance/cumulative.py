"""
task: random_walk_explained_variance
points: 0-0.5
diagnosis: cumulative
why: The share of the first k together.
"""


def random_walk_explained_variance(n, k):
    every = 1 / (4 * np.sin(np.arange(1, n) * np.pi / (2 * n)) ** 2)
    return (np.cumsum(every) / every.sum())[k - 1]
