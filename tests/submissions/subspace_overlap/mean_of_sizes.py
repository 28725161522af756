"""
task: subspace_overlap
points: 0-0.5
diagnosis: bases
why: The mean size of the scalar products.
"""


def subspace_overlap(U, V):
    return np.abs(U.T @ V).mean()
