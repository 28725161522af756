"""
task: subspace_overlap
points: 0-0.5
diagnosis: signs
why: Adds the scalar products with their signs.
"""


def subspace_overlap(U, V):
    return np.sum(U.T @ V) / np.sqrt(U.shape[1] * V.shape[1])
