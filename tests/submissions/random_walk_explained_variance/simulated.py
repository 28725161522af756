"""
task: random_walk_explained_variance
points: 0-0.5
diagnosis: simulated|close
why: A walk of 20,000 dimensions, simulated.
"""


def random_walk_explained_variance(n, k):
    x = np.cumsum(np.random.default_rng(0).standard_normal((n, 20000)), axis=0)
    x -= x.mean(axis=0)
    lam = np.linalg.eigvalsh(x @ x.T)[::-1]
    return lam[k - 1] / lam.sum()
