"""
task: subspace_overlap
points: 2
why: einsum for the four factors.
"""


def subspace_overlap(U, V):
    return np.einsum('ni,nj,mi,mj->', U, V, U, V, optimize=True) / np.sqrt(U.shape[1] * V.shape[1])
