"""
task: subspace_overlap
points: 0-0.5
diagnosis: percent
why: In percent.
"""


def subspace_overlap(U, V):
    return 100 * np.sum((U.T @ V) ** 2) / np.sqrt(U.shape[1] * V.shape[1])
