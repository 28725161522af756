"""Asks for a tensor of a terabyte, and for the rest in maps of native code."""

import mmap

import torch

kept = []
for size in (2**40, 2**36, 2**34, 2**30):
    for make in (lambda size: torch.zeros(size // 4), lambda size: mmap.mmap(-1, size, mmap.MAP_PRIVATE)):
        try:
            kept.append(make(size))
        except (RuntimeError, OSError, ValueError, MemoryError) as error:
            print(size, str(error)[:100])


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p, v in zip(params, vec):
        p.grad = v.clone()
