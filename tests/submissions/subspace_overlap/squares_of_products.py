"""
task: subspace_overlap
points: 2
why: The sum of the squared scalar products.
"""


def subspace_overlap(U, V):
    return np.sum((U.T @ V) ** 2) / np.sqrt(U.shape[1] * V.shape[1])
