"""
task: random_walk_explained_variance
points: 1.5
diagnosis: in place
why: Changes the array k.
"""


def random_walk_explained_variance(n, k):
    if np.ndim(k):
        k -= 1
    else:
        k = k - 1
    every = 1 / (4 * np.sin(np.arange(1, n) * np.pi / (2 * n)) ** 2)
    return every[k] / every.sum()
