"""
task: random_walk_explained_variance
points: 0
diagnosis: nothing
why: Prints the share and returns nothing.
"""


def random_walk_explained_variance(n, k):
    print(6 / (n**2 - 1) / (4 * np.sin(k * np.pi / (2 * n)) ** 2))
