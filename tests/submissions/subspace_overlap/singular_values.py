"""
task: subspace_overlap
points: 2
why: The squared singular values.
"""


def subspace_overlap(U, V):
    s = np.linalg.svd(U.T @ V, compute_uv=False)
    return float((s**2).sum() / np.sqrt(U.shape[1] * V.shape[1]))
