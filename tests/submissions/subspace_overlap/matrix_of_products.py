"""
task: subspace_overlap
points: 0
diagnosis: as there are pairs
why: Returns the squared scalar products themselves.
"""


def subspace_overlap(U, V):
    return (U.T @ V) ** 2
