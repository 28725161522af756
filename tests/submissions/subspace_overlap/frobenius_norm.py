"""
task: subspace_overlap
points: 2
reference: yes
why: NumPy's Frobenius norm.
"""


def subspace_overlap(U, V):
    k, l = U.shape[1], V.shape[1]
    return np.linalg.norm(U.T @ V, "fro") ** 2 / (k * l) ** 0.5
