"""
task: subspace_overlap
points: 0-0.5
diagnosis: angle
why: The mean principal angle.
"""


def subspace_overlap(U, V):
    return np.arccos(np.clip(np.linalg.svd(U.T @ V, compute_uv=False), 0, 1)).mean()
