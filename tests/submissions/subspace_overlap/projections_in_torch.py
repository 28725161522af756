"""
task: subspace_overlap
points: 1.5
diagnosis: n x n
why: Makes both projections as tensors.
"""


def subspace_overlap(U, V):
    U, V = torch.as_tensor(U), torch.as_tensor(V)
    PU, PV = U @ U.T, V @ V.T
    return (torch.trace(PU @ PV) / torch.sqrt(torch.trace(PU) * torch.trace(PV))).item()
