"""
task: random_walk_explained_variance
points: 0.5-1
experiment: no
diagnosis: raised|array
why: Takes k for one number.
"""

import math


def random_walk_explained_variance(n, k):
    return 6 / (n**2 - 1) / (2 * math.sin(k * math.pi / (2 * n))) ** 2
