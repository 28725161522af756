"""
task: subspace_overlap
points: 1-1.5
diagnosis: dimension of U|smaller|larger
why: Divides by the dimension of U.
"""


def subspace_overlap(U, V):
    return np.sum((U.T @ V) ** 2) / U.shape[1]
