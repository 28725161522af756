"""
task: subspace_overlap
points: 2
why: Two loops over the columns.
"""


def subspace_overlap(U, V):
    total = 0.0
    for u in U.T:
        for v in V.T:
            total += np.dot(u, v) ** 2
    return total / np.sqrt(len(U.T) * len(V.T))
