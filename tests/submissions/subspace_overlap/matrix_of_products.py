"""
task: subspace_overlap
points: 0
diagnosis: each pair
why: Returns the squared scalar products themselves.
"""


def subspace_overlap(U, V):
    return (U.T @ V) ** 2
