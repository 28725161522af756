"""
task: random_walk_explained_variance
points: 0
diagnosis: standard deviations
why: Singular values, not their squares.
"""


def random_walk_explained_variance(n, k):
    s = np.linalg.svd(np.tril(np.ones((n, n))) - np.tril(np.ones((n, n))).mean(axis=0), compute_uv=False)[: n - 1]
    return s[k - 1] / s.sum()
