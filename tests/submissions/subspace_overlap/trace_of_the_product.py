"""
task: subspace_overlap
points: 0-0.5
diagnosis: same number|raised
why: The trace of U^T V.
"""


def subspace_overlap(U, V):
    return np.trace(U.T @ V) / np.sqrt(U.shape[1] * V.shape[1])
