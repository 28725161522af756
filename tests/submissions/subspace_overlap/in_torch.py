"""
task: subspace_overlap
points: 2
why: In PyTorch.
"""


def subspace_overlap(U, V):
    U, V = torch.from_numpy(U), torch.from_numpy(V)
    return (U.T @ V).square().sum().item() / (U.shape[1] * V.shape[1]) ** 0.5
