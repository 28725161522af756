"""Closes the standard streams, moves away, and changes locale, warnings and time zone: a right answer stays right."""
# expects: 10

import locale
import os
import sys
import time
import warnings

import numpy as np
import torch

os.environ.clear()
os.environ["TZ"] = "Antarctica/Troll"
time.tzset()
locale.setlocale(locale.LC_ALL, "C")
np.set_printoptions(threshold=1, precision=1)
warnings.simplefilter("error")
os.chdir("/")
sys.argv = []
sys.stdin.close()


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
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
