"""
task: subspace_overlap
points: 1-1.5
diagnosis: smaller
why: Divides by the smaller dimension.
"""


def subspace_overlap(U, V):
    return np.sum((U.T @ V) ** 2) / min(U.shape[1], V.shape[1])
