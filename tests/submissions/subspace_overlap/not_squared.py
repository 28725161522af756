"""
task: subspace_overlap
points: 0
diagnosis: not squared
why: The norm without its square.
"""


def subspace_overlap(U, V):
    return np.linalg.norm(U.T @ V) / np.sqrt(U.shape[1] * V.shape[1])
