"""Where things lie in the repository, and which notebooks and helper modules there are."""

from pathlib import Path

from autograder.errors import Refusal

REPO = Path(__file__).resolve().parents[1]
SOLUTIONS = REPO / "solutions"
NOTEBOOKS = REPO / "notebooks"
HELPERS = "lab_cnn_solution.py", "losssurf_lab_utils.py", "losssurf_lab/**/*.py"
ANSWERS = {"losssurf_lab/traced.py"}  # of the helpers those that do what a task asks for: not there where answers run


def assignments(folder=SOLUTIONS):
    """The notebooks of `folder`, sorted; each is one nbgrader assignment, named after the file.

    Raises Refusal where there is none, as in a copy of this package without the repository around it.
    """
    found = sorted(Path(folder).glob("[!.]*.ipynb"))
    if not found:
        raise Refusal(f"There are no notebooks in {folder}.\nRun this from a clone of the course's repository.")
    return found


def helper_files(repo=REPO):
    """What must lie beside a notebook for it to run, {path from the notebook: file}: two modules, and their package."""
    repo = Path(repo)
    return {file.relative_to(repo).as_posix(): file for pattern in HELPERS for file in sorted(repo.glob(pattern))}


def short(path):
    """`path` as people call it: relative to the repository where it lies inside, else absolute."""
    path = Path(path).absolute()
    return path.relative_to(REPO) if path.is_relative_to(REPO) else path
