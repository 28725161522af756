"""
task: random_walk_explained_variance
points: 0
diagnosis: not written
why: The stub as it was released.
"""


def random_walk_explained_variance(n, k):
    raise NotImplementedError()
