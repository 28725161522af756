"""
task: subspace_overlap
points: 0-0.5
diagnosis: square root
why: Takes the root of the whole.
"""


def subspace_overlap(U, V):
    return np.sqrt(np.sum((U.T @ V) ** 2) / np.sqrt(U.shape[1] * V.shape[1]))
