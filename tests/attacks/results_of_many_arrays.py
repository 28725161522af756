"""Patches the driver so that a hundred thousand arrays come back, nested deeply, with endless names."""

import drive
import numpy as np

original = drive.drives["eval_hess_vec_prod"]


def forge(answer, inputs, device="cpu"):
    results = original(answer, inputs, device)
    nested = np.zeros(1)
    for _ in range(300):
        nested = {"deeper" * 20: nested}
    return {**results, **{str(number): np.zeros(1) for number in range(100_000)}, "nested": nested}


drive.drives["eval_hess_vec_prod"] = forge


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p, v in zip(params, vec):
        p.grad = v.clone()
