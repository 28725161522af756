"""
task: random_walk_explained_variance
points: 1-1.5
diagnosis: for arrays it is right
why: Loops over k, which a number has not.
"""

def random_walk_explained_variance(n, k):
    return [6 / (n**2 - 1) / (4 * np.sin(j * np.pi / (2 * n)) ** 2) for j in k]
