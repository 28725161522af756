"""What all tests share: a cache folder of their own, so that no test depends on what was trained before."""

import os
import tempfile

import matplotlib
import pytest
import torch

matplotlib.use("agg")


@pytest.fixture(scope="session", autouse=True)
def own_cache():
    """An empty cache folder, for this process and the kernels that it starts, and the quick profile."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "LOSSSURF_CACHE", folder)
        patch.setitem(os.environ, "LOSSSURF_PROFILE", "quick")
        yield folder


@pytest.fixture(
    params=[
        "cpu",
        pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")),
    ]
)
def device(request):
    return torch.device(request.param)
