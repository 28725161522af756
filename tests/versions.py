"""The tests of the helpers, and a notebook, with the oldest or the newest libraries that the students' edition allows.

    python tests/versions.py oldest|newest

Both are installed by pip, several GB, into an environment of its own in a temporary folder, which is removed at the
end. The oldest are the last patches of the versions that edition/pyproject.toml names, and want the oldest Python.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
TESTS = (  # all that need what students have, and no grader
    "any_classifier", "content", "keeping", "lab_cnn_solution", "lanczos", "losssurf_lab_utils", "paths", "pictures",
    "runs", "side_by_side", "spectrum", "traced", "walks",
)  # fmt: skip
NOTEBOOK = "solutions/sgd_path_pca.ipynb"
OLDEST_PYTHON = 3, 11  # newer ones have no wheels of the oldest libraries
TOOLS = "ipykernel", "nbval", "pytest", "pytest-xdist"


def requirements(which):
    """What pip is asked for."""
    text = (REPO / "edition" / "pyproject.toml").read_text(encoding="utf-8")
    allowed = tomllib.loads(text)["project"]["dependencies"]
    return [line.replace(">=", "==") + ".*" for line in allowed] if which == "oldest" else allowed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=["oldest", "newest"])
    which = parser.parse_args().which
    if which == "oldest" and sys.version_info[:2] != OLDEST_PYTHON:
        sys.exit("The oldest libraries want Python 3.11; name it: make PYTHON=python3.11 oldest")
    with tempfile.TemporaryDirectory(prefix="losssurf-versions-") as folder:
        venv.create(folder, with_pip=True)
        python = [Path(folder, "bin", "python"), "-m"]
        subprocess.run([*python, "pip", "install", "--quiet", *requirements(which), *TOOLS], check=True)
        subprocess.run([*python, "pip", "list"], check=True)
        files = [*(f"tests/test_{name}.py" for name in TESTS), NOTEBOOK]
        options = ["-n", "auto", "--dist", "loadfile", "-m", "not night", "-p", "no:cacheprovider"]
        environment = {**os.environ, "PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
        return subprocess.run([*python, "pytest", *options, *files], cwd=REPO, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
