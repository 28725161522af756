"""
task: subspace_overlap
points: 0-0.5
diagnosis: largest cosine
why: Only the largest cosine.
"""


def subspace_overlap(U, V):
    return np.linalg.norm(U.T @ V, 2)
