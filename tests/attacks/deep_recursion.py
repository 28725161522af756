"""Recurses without end after raising the limit, so that the C stack overflows."""

import sys

sys.setrecursionlimit(10**9)


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    return sorted([0], key=lambda _: eval_hess_vec_prod(vec, params, net, criterion, dataloader, device))
