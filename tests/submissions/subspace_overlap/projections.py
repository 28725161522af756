"""
task: subspace_overlap
points: 1.5
diagnosis: n x n
why: Makes both projections.
"""


def subspace_overlap(U, V):
    P, Q = U @ U.T, V @ V.T
    return np.trace(P @ Q) / np.sqrt(np.trace(P) * np.trace(Q))
