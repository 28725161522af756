"""
task: subspace_overlap
points: 0-0.5
diagnosis: square root
why: Divides by k l without the root.
"""


def subspace_overlap(U, V):
    return np.sum((U.T @ V) ** 2) / (U.shape[1] * V.shape[1])
