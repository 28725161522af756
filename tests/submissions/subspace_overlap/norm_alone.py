"""
task: subspace_overlap
points: 0
diagnosis: not squared|normalisation
why: The norm, with neither square nor normalisation.
"""


def subspace_overlap(U, V):
    return np.linalg.norm(U.T @ V)
