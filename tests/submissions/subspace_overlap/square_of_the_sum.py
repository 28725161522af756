"""
task: subspace_overlap
points: 0-0.5
diagnosis: square
why: Adds up before it squares.
"""


def subspace_overlap(U, V):
    return np.sum(U.T @ V) ** 2 / np.sqrt(U.shape[1] * V.shape[1])
