"""
task: subspace_overlap
points: 0-0.5
diagnosis: divided by n
why: Divides by the dimension of the space.
"""


def subspace_overlap(U, V):
    return np.sum((U.T @ V) ** 2) / U.shape[0]
