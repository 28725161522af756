"""
task: subspace_overlap
points: 0
diagnosis: shapes do not fit|columns
why: Multiplies U by V transposed.
"""


def subspace_overlap(U, V):
    return np.sum((U @ V.T) ** 2) / np.sqrt(U.shape[1] * V.shape[1])
