"""
task: subspace_overlap
points: 0
diagnosis: bracket
why: sqrt(k) * l behind the division, without a bracket.
"""


def subspace_overlap(U, V):
    k, l = U.shape[1], V.shape[1]
    return np.sum((U.T @ V) ** 2) / np.sqrt(k) * l
