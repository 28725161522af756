"""
task: subspace_overlap
points: 0-0.5
diagnosis: largest cosine
why: Only the largest cosine, squared.
"""


def subspace_overlap(U, V):
    return np.linalg.svd(U.T @ V)[1][0] ** 2
