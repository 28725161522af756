"""
task: subspace_overlap
points: 2
why: Orthonormalises once more and takes the singular values of the small product in PyTorch.
"""


def subspace_overlap(U, V):
    Q1, _ = torch.linalg.qr(torch.tensor(U))
    Q2, _ = torch.linalg.qr(torch.tensor(V))
    s = torch.linalg.svdvals(Q1.T @ Q2)
    return float((s ** 2).sum() / (Q1.shape[1] * Q2.shape[1]) ** 0.5)
