"""
task: subspace_overlap
points: 0
diagnosis: each angle
why: All of the cosines between the subspaces.
"""


def subspace_overlap(U, V):
    return np.linalg.svd(U.T @ V)[1]
