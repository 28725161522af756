"""
task: subspace_overlap
points: 0-0.5
diagnosis: 1 minus
why: A distance for an overlap.
"""


def subspace_overlap(U, V):
    return 1 - np.sum((U.T @ V) ** 2) / np.sqrt(U.shape[1] * V.shape[1])
