"""
task: subspace_overlap
points: 2
why: From SciPy's principal angles.
"""

from scipy.linalg import subspace_angles


def subspace_overlap(U, V):
    angles = subspace_angles(U, V)
    return np.sum(np.cos(angles) ** 2) / np.sqrt(U.shape[1] * V.shape[1])
