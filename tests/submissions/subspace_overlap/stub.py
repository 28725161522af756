"""
task: subspace_overlap
points: 0
diagnosis: not written
why: The stub as it was released.
"""


def subspace_overlap(U, V):
    raise NotImplementedError()
