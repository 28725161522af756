"""
task: random_walk_explained_variance
points: 2
why: The inverse eigenvalues of the matrix of second differences.
"""


def random_walk_explained_variance(n, k):
    m = n - 1
    A = 2 * np.eye(m) - np.eye(m, k=1) - np.eye(m, k=-1)
    lam = 1 / np.linalg.eigvalsh(A)
    share = lam / lam.sum()
    return share[np.asarray(k) - 1]
