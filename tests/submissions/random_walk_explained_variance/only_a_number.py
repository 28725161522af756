"""
task: random_walk_explained_variance
points: 1.5
diagnosis: raised|array
why: Takes k for one number.
"""

import math


def random_walk_explained_variance(n, k):
    return 6 / (n**2 - 1) / (2 * math.sin(k * math.pi / (2 * n))) ** 2
