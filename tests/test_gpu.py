"""The program for a machine with a GPU, on which one installs no more than it says it needs."""

import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
NAMES = {"PyTorch": "torch"}  # where a library is called otherwise than what pip installs
WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in {absent!r} else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Without
"""
ALL = """
import importlib, pkgutil, sys
sys.path[:0] = ["benchmarks"]
import gpu, losssurf_lab, autograder.checks
for package in (losssurf_lab, autograder.checks):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(found.name)
for name in ("conftest", *gpu.TESTS):
    importlib.import_module(name.removesuffix(".py"))
"""


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def with_what_they_need(names):
    """Distributions, and all that pip installs with them."""
    found, waiting = set(), {*names}
    while waiting:
        found.add(name := waiting.pop())
        try:
            needed = [line for line in requires(name) or () if "extra ==" not in line]
        except PackageNotFoundError:  # for another system
            continue
        waiting |= {normal(re.match(r"[\w.-]+", line)[0]) for line in needed} - found
    return found


@pytest.fixture
def bare(tmp_path):
    """The environment of a process that finds, of all that is installed, only what the program says it needs."""
    text = (REPO / "benchmarks" / "gpu.py").read_text()
    claim = re.split(r",\s+|\s+and\s+", re.search(r"^Needs (.*?), and at most", text, re.MULTILINE | re.DOTALL)[1])
    allowed = with_what_they_need({normal(NAMES.get(name, name)) for name in claim}) | {"losssurf"}
    absent = {module for module, owners in packages_distributions().items() if not {*map(normal, owners)} & allowed}
    assert {"nbgrader", "plotly"} < absent
    (tmp_path / "sitecustomize.py").write_text(WITHOUT.format(absent=absent))
    return {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPO}", "CUDA_VISIBLE_DEVICES": ""}


def test_it_starts_with_nothing_but_what_it_says_it_needs_and_says_where_there_is_no_gpu(bare):
    command = [sys.executable, "benchmarks/gpu.py"]
    done = subprocess.run(command, cwd=REPO, env=bare, capture_output=True, text=True)
    assert "There is no GPU here" in done.stdout and not done.returncode, done.stderr


def test_all_its_modules_and_tests_import_with_that(bare):
    done = subprocess.run([sys.executable, "-c", ALL], cwd=REPO, env=bare, capture_output=True, text=True)
    assert not done.returncode, done.stderr
