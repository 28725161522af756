"""
task: subspace_overlap
points: 1.5
diagnosis: in place
why: Normalises the columns of its arguments in place, with a rescaling.
"""


def subspace_overlap(U, V):
    U /= np.linalg.norm(U, axis=0) * 1.0
    V *= 2
    V /= 2.0000001
    return np.sum((U.T @ V) ** 2) / np.sqrt(U.shape[1] * V.shape[1])
