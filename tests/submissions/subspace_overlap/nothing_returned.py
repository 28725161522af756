"""
task: subspace_overlap
points: 0
diagnosis: nothing
why: Forgets to return it.
"""


def subspace_overlap(U, V):
    overlap = np.sum((U.T @ V) ** 2) / np.sqrt(U.shape[1] * V.shape[1])
