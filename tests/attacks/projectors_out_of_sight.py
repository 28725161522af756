"""Makes both n x n projections in PyTorch, whose memory Python's own count does not see."""
# cell: subspace_overlap
# expects: 1.5

import torch


def subspace_overlap(U, V):
    U, V = torch.from_numpy(U), torch.from_numpy(V)
    both = (U @ U.T) * (V @ V.T)
    return both.sum().item() / (U.shape[1] * V.shape[1]) ** 0.5
