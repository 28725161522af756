"""
task: subspace_overlap
points: 0-1
diagnosis: normalisation
why: The trace without its normalisation.
"""


def subspace_overlap(U, V):
    return np.sum((U.T @ V) ** 2)
