"""
task: subspace_overlap
points: 0-0.5
diagnosis: multiplied
why: The product of the cosines.
"""


def subspace_overlap(U, V):
    return np.prod(np.linalg.svd(U.T @ V, compute_uv=False))
