"""
task: random_walk_explained_variance
points: 0
diagnosis: ascending|order
why: Counts from the smallest eigenvalue, which is zero.
"""


def random_walk_explained_variance(n, k):
    S = np.tril(np.ones((n, n)))
    S = S - S.mean(axis=0)
    values = np.linalg.eigvalsh(S @ S.T)
    return values[k - 1] / values.sum()
