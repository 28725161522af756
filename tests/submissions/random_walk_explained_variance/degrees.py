"""
task: random_walk_explained_variance
points: 0
diagnosis: degrees
why: The angle in degrees, for a sine that takes radians.
"""


def random_walk_explained_variance(n, k):
    angle = k * 180 / (2 * n)
    return 6 / (n**2 - 1) / (4 * np.sin(angle) ** 2)
