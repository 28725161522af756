"""How long the code of each notebook runs, section by section, with nothing kept from before.

    python benchmarks/notebooks.py [NAME ...] [--against COMMIT] [--profile full|quick]

Each solution (or those named) runs from top to bottom in a kernel of its own, with an empty cache; `--against` runs
that of an earlier commit before it, with that commit's helpers. Printed are the seconds of each section, the seconds
until the first picture stands there, imports included, and the ratios. The full profile needs MNIST, from the folder
that LOSSSURF_DATA names, or else from the cache.

No other program should run beside it. On two cores it takes about half an hour, and twice that for an earlier commit.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

REPO = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO)]

from autograder.course.execute import execute  # noqa: E402
from autograder.layout import assignments, helper_files  # noqa: E402
from losssurf_lab.keeping.results import cache_dir  # noqa: E402

START, PICTURE, WHOLE = "before section 1", "first picture", "whole"


def seconds_of_sections(name, repo, profile):
    """Run a notebook of a checkout; its seconds by section, until the first picture, and in all."""
    starts = []

    def started(number, cells):
        starts.append(time.monotonic())
        note(f"{name}: cell {number}/{cells}")

    with tempfile.TemporaryDirectory(prefix="losssurf-") as cache, surroundings(repo, cache):
        began = time.monotonic()
        run = execute(repo / "solutions" / f"{name}.ipynb", profile, helper_files(repo), started)
    note("")
    if run.failure:
        sys.exit(f"{name} of {repo}: {run.failure}")
    ends = [*starts[1:], began + run.seconds]
    rows, section = {START: starts[0] - began}, START
    for cell, start, end in zip(run.notebook.cells, starts, ends):
        if cell.cell_type == "markdown":
            section = [section, *re.findall(r"^## (.*)", cell.source, re.MULTILINE)][-1]
        rows[section] = rows.get(section, 0) + end - start
    return {**rows, PICTURE: ends[first_picture(run.notebook)] - began, WHOLE: run.seconds}


def first_picture(notebook):
    """The index of the first cell whose outputs hold a picture."""
    outputs = [cell.get("outputs", ()) for cell in notebook.cells]
    return next(i for i, of in enumerate(outputs) if any("image/png" in output.get("data", {}) for output in of))


def surroundings(repo, cache):
    """An environment for the kernel in which nothing is kept from before, and modules are those of a checkout."""
    data = os.environ.get("LOSSSURF_DATA") or str(cache_dir() / "data")
    return mock.patch.dict(os.environ, {"LOSSSURF_CACHE": cache, "LOSSSURF_DATA": data, "PYTHONPATH": str(repo)})


@contextmanager
def checkout(commit):
    """A folder with the files of a commit; the repository's own where none is named."""
    if commit is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="losssurf-") as folder:
        subprocess.run(
            ["git", "-C", REPO, "worktree", "add", "--quiet", "--detach", f"{folder}/{commit}", commit], check=True
        )
        try:
            yield Path(folder, commit)
        finally:
            subprocess.run(["git", "-C", REPO, "worktree", "remove", "--force", f"{folder}/{commit}"], check=True)


def note(text):
    if sys.stderr.isatty():
        print(f"\r{text:60}", end="" if text else "\r", file=sys.stderr, flush=True)


def print_table(name, rows, before):
    print(f"\n{name:52}" + (f"{'before, s':>10}" if before else "") + f"{'s':>8}" + (f"{'ratio':>7}" if before else ""))
    for row in dict.fromkeys([*rows, *before]):
        now, then = rows.get(row), before.get(row)
        ratio = f"{now / then:7.2f}" if now and then else ""
        print(f"{row[:50]:52}" + (number(then, 10) if before else "") + number(now, 8) + ratio, flush=True)


def number(value, width):
    return f"{'-':>{width}}" if value is None else f"{value:{width}.1f}"


def main():
    names = [path.stem for path in assignments()]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of notebooks (default: {', '.join(names)})")
    parser.add_argument("--against", metavar="COMMIT", help="an earlier commit, measured before each notebook")
    parser.add_argument("--profile", choices=("full", "quick"), default="full", help="MNIST or digits (default: full)")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in names]:
        parser.error(f"there is no notebook {', '.join(unknown)}; there are {', '.join(names)}")
    print(f"{os.cpu_count()} cores, {options.profile} profile")
    with checkout(options.against) as earlier:
        for name in options.names or names:
            before = seconds_of_sections(name, earlier, options.profile) if earlier else {}
            print_table(name, seconds_of_sections(name, REPO, options.profile), before)


if __name__ == "__main__":
    main()
