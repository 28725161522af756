"""
task: subspace_overlap
points: 0-0.5
diagnosis: not squared|cosines
why: The mean of the cosines of the principal angles.
"""


def subspace_overlap(U, V):
    return np.linalg.svd(U.T @ V, compute_uv=False).mean()
