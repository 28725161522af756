"""
task: random_walk_explained_variance
points: 2
why: A list for an array, a number for a number.
"""

import math


def random_walk_explained_variance(n, k):
    def share(j):
        return 6 / (n**2 - 1) / (2 * math.sin(j * math.pi / (2 * n))) ** 2
    return [share(j) for j in k] if hasattr(k, "__len__") else share(k)
