"""
task: random_walk_explained_variance
points: 2
reference: yes
why: Squared singular values of the centred matrix of cumulative sums.
"""


def random_walk_explained_variance(n, k):
    S = np.tril(np.ones((n, n)))
    S = S - S.mean(axis=0)
    s = np.linalg.svd(S, compute_uv=False)
    return (s**2 / np.sum(s**2))[np.asarray(k) - 1]
