"""Changes PyTorch's and NumPy's global settings so that numbers lose their meaning: types, errors, modes, threads."""

import decimal

import numpy as np
import torch

torch.set_default_dtype(torch.float16)
torch.set_grad_enabled(False)
torch.use_deterministic_algorithms(True)
torch.set_flush_denormal(True)
torch.set_default_device("meta")
np.seterr(all="raise")
decimal.getcontext().prec = 1


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p, v in zip(params, vec):
        p.grad = v.clone()
