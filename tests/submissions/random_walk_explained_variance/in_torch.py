"""
task: random_walk_explained_variance
points: 2
why: In double precision of PyTorch, with a list comprehension for arrays.
"""


def random_walk_explained_variance(n, k):
    k = torch.as_tensor(k, dtype=torch.float64)
    return (1.5 / (n**2 - 1) / torch.sin(k * torch.pi / (2 * n)) ** 2).numpy()
