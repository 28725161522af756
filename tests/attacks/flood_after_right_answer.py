"""Prints a hundred megabytes beside a right answer: the flood is cut, and the answer keeps its points."""
# expects: 10

import torch


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    print("x" * 1_000_000)
    product = [torch.zeros_like(p) for p in params]
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(y) / len(dataloader.dataset)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        slope = sum((grad * v).sum() for grad, v in zip(grads, vec))
        for total, part in zip(product, torch.autograd.grad(slope, params, materialize_grads=True)):
            total += part
    for p, total in zip(params, product):
        p.grad = total


for _ in range(100):
    print("x" * 1_000_000)
