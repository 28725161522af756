"""Forges what the driver notes of parameters, modes and random numbers beside a right product: this one point is lost.

The driver runs in the student's process, so that what it notes there can be forged. It cannot be prevented there, and
is worth the points of one criterion to somebody who has solved the task.
"""
# expects: 9-10

import drive
import torch

notes = {}
within = drive.drives["eval_hess_vec_prod"].__globals__
state_of = within["_state_of"]


def forged(net):
    for module, mode in notes.pop("modes"):
        module.training = mode
    return state_of(net)


within["_state_of"] = forged


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    notes.setdefault("modes", [(module, module.training) for module in net.modules()])
    net.eval()
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
