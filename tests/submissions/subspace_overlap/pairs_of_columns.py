"""
task: subspace_overlap
points: 0-0.5
diagnosis: same number
why: Compares the i-th column of U with the i-th of V.
"""


def subspace_overlap(U, V):
    few = min(U.shape[1], V.shape[1])
    return np.mean(np.sum(U[:, :few] * V[:, :few], axis=0) ** 2)
