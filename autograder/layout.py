"""Where things lie in the repository, and which notebooks and helper modules there are."""

from pathlib import Path

from autograder.errors import Refusal

REPO = Path(__file__).resolve().parents[1]
SOLUTIONS = REPO / "solutions"
NOTEBOOKS = REPO / "notebooks"


def assignments(folder=SOLUTIONS):
    """The notebooks of `folder`, sorted; each is one nbgrader assignment, named after the file.

    Raises Refusal where there is none, as in a copy of this package without the repository around it.
    """
    found = sorted(Path(folder).glob("[!.]*.ipynb"))
    if not found:
        raise Refusal(f"There are no notebooks in {folder}.\nRun this from a clone of the course's repository.")
    return found


def helper_modules(repo=REPO):
    """The modules that must lie beside a notebook for it to run."""
    return sorted([*Path(repo).glob("lab_cnn_solution.py"), *Path(repo).glob("losssurf_lab_*.py")])


def short(path):
    """`path` as people call it: relative to the repository where it lies inside, else absolute."""
    path = Path(path).absolute()
    return path.relative_to(REPO) if path.is_relative_to(REPO) else path
