"""
task: subspace_overlap
points: 0
diagnosis: as there are angles
why: All of the cosines between the subspaces.
"""


def subspace_overlap(U, V):
    return np.linalg.svd(U.T @ V)[1]
