"""What all tests share: the quick profile, and a cache folder of their own, so that none depends on earlier runs."""

import os
import shutil
import tempfile
from pathlib import Path

import matplotlib
import pytest
import torch

collect_ignore = ["tests/original_lab.ipynb"]  # run by tests/test_original_lab.py, which can skip it
collect_ignore_glob = ["tests/attacks/*", "tests/submissions/*"]  # never to be imported


def pytest_configure(config):
    matplotlib.use("agg")
    if not hasattr(config, "workerinput"):  # pytest-xdist's workers inherit it, so that none trains what another has
        # Set for the process, not for a test, as the kernels that nbval starts must inherit it.
        config.stash["cache"] = tempfile.mkdtemp(prefix="losssurf-tests-")
        os.environ.update(LOSSSURF_CACHE=config.stash["cache"], LOSSSURF_PROFILE="quick")


def pytest_unconfigure(config):
    if "cache" in config.stash:
        shutil.rmtree(config.stash["cache"], ignore_errors=True)


MARKS_OF_FIXTURES = {"sandbox_here": "sandbox", "browser": "browser"}
FIRST = "sandbox", "kernel", "long"  # what takes longest


def pytest_collection_modifyitems(items):
    """Mark tests by what they start, and begin with those that take longest."""
    for item in items:
        if type(item).__module__.startswith("nbval"):
            item.add_marker("kernel")
        for fixture, mark in MARKS_OF_FIXTURES.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)
    items.sort(key=lambda item: not any(item.get_closest_marker(mark) for mark in FIRST))


no_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=no_cuda)])
def device(request):
    """The CPU always, and CUDA where it is."""
    return torch.device(request.param)


@pytest.fixture(scope="session")
def sandbox_here():
    """For tests that run students' code: skips them where there is no sandbox, with the reason.

    They fail instead where LOSSSURF_TEST_SANDBOX is "demanded", as in continuous integration on Linux.
    """
    from autograder.errors import Refusal
    from autograder.sandbox import running as sandbox

    try:
        sandbox.refuse_where_it_does_not_work()
    except Refusal as refusal:
        tell = pytest.fail if os.environ.get("LOSSSURF_TEST_SANDBOX") == "demanded" else pytest.skip
        tell(f"no sandbox here: {str(refusal).splitlines()[0]}")


@pytest.fixture(scope="session")
def browser():
    """The program of a Chromium; skips tests where there is none."""
    found = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    return found or pytest.skip("there is no Chromium here to look at the page with")


@pytest.fixture(scope="session")
def chromium(browser):
    """The same, to be moved by Playwright; skips tests where that is not installed."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright, which moves the browser, is missing")
    with playwright.sync_playwright() as started:
        arguments = ["--no-sandbox", "--enable-unsafe-swiftshader"]  # as root, and landscapes without a GPU
        opened = started.chromium.launch(executable_path=browser, args=arguments)
        yield opened
        opened.close()


@pytest.fixture
def mnist():
    """For tests on MNIST: skips them where LOSSSURF_DATA does not name a folder that holds it."""
    data = os.environ.get("LOSSSURF_DATA")
    if not data or not (Path(data) / "MNIST" / "raw").is_dir():
        pytest.skip("LOSSSURF_DATA names no folder with MNIST/raw")
