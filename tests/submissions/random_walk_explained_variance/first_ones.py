"""
task: random_walk_explained_variance
points: 1.5
diagnosis: as there are components
why: For an array gives the shares of all components.
"""


def random_walk_explained_variance(n, k):
    every = 1 / (4 * np.sin(np.arange(1, n) * np.pi / (2 * n)) ** 2)
    every /= every.sum()
    return every if np.ndim(k) else every[k - 1]
