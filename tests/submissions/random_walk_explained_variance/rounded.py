"""
task: random_walk_explained_variance
points: 0
diagnosis: close|not the shares
why: Rounds to three digits.
"""


def random_walk_explained_variance(n, k):
    return np.round(6 / (n**2 - 1) / (4 * np.sin(k * np.pi / (2 * n)) ** 2), 3)
