"""
task: subspace_overlap
points: 0-0.5
diagnosis: same number|raised
why: Multiplies U and V number by number.
"""


def subspace_overlap(U, V):
    return np.sum(np.sum(U * V, axis=0) ** 2) / U.shape[1]
