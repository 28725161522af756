"""The threads of NumPy's linear algebra, which keep the cores busy after their work while PyTorch's wait for them."""

import os

from threadpoolctl import ThreadpoolController

OWN_SETTINGS = "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"


def leave_the_cores_to_pytorch():
    """Give OpenBLAS, which NumPy and SciPy bring, one thread in this process and those that it starts.

    Where the environment says how many it shall have, it keeps these.
    """
    if not any(name in os.environ for name in OWN_SETTINGS):
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # for SciPy's, which may not be loaded yet
        ThreadpoolController().select(internal_api="openblas").limit(limits=1)
