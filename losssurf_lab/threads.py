"""The threads of PyTorch and of NumPy's linear algebra: no more than there are cores, and not in each other's way."""

import os

import joblib
import torch
from threadpoolctl import ThreadpoolController

OWN_SETTINGS = "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"


def leave_the_cores_to_pytorch():
    """Give OpenBLAS, which NumPy and SciPy bring, one thread in this process and those that it starts.

    Its threads keep the cores busy after their work, while PyTorch's wait for them. Where the environment says how many
    it shall have, it keeps these.
    """
    if not any(name in os.environ for name in OWN_SETTINGS):
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # for SciPy's, which may not be loaded yet
        ThreadpoolController().select(internal_api="openblas").limit(limits=1)


def no_more_threads_than_cores():
    """Give PyTorch a thread for each core that this process may use, where it would take one for each that there is.

    A container, such as a hub starts for each of its users, may have two of a machine's 64 cores.
    """
    if not any(name in os.environ for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")):
        torch.set_num_threads(min(torch.get_num_threads(), joblib.cpu_count()))
