"""
task: subspace_overlap
points: 2
why: A trace of small matrices.
"""


def subspace_overlap(U, V):
    M = U.T @ V
    return np.trace(M @ M.T) / np.sqrt(M.shape[0] * M.shape[1])
