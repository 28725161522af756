"""
task: subspace_overlap
points: 1.5
diagnosis: n x n
why: Makes one projection.
"""


def subspace_overlap(U, V):
    P = U @ U.T
    return np.sum((P @ V) ** 2) / np.sqrt(U.shape[1] * V.shape[1])
