"""
task: random_walk_explained_variance
points: 0-0.5
experiment: no
diagnosis: k counts from 1
why: Indexes the array of all shares by k.
"""

def random_walk_explained_variance(n, k):
    ks = np.arange(1, n)
    lam = 1 / (4 * np.sin(ks * np.pi / (2 * n)) ** 2)
    return (lam / lam.sum())[k]
