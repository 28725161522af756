"""Who follows docs/maintainer.md has a task of their own: files and commands are taken from there, and no others."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbgrader.api import Gradebook
from sample_notebook import cell_named

from autograder.layout import REPO

TASK, ASSIGNMENT = "participation_ratio", "spectrum_size"
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "build", "work", "*.egg-info", "data")

SECTION = (REPO / "docs" / "maintainer.md").read_text(encoding="utf-8").partition("\n## A task of your own\n")[2]
FILES = dict(re.findall(r"^`(\S+)`\n\n```python\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL))
COMMANDS = re.search(r"^```sh\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)[1].splitlines()

pytestmark = [pytest.mark.usefixtures("sandbox_here"), pytest.mark.night]


def run(command, cwd):
    """Run a line of the page; it must succeed."""
    environment = {**os.environ, "PYTHONPATH": str(cwd), "OMP_NUM_THREADS": "1"}
    line = [sys.executable, *shlex.split(command)[1:]]
    done = subprocess.run(line, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def hand_in(repository, student, answer):
    """The released notebook with an answer of the corpus in its cell."""
    notebook = nbformat.read(repository / "notebooks" / f"{ASSIGNMENT}.ipynb", as_version=4)
    cell_named(notebook, TASK).source = FILES[f"tests/submissions/{TASK}/{answer}.py"]
    folder = repository.parent / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{ASSIGNMENT}.ipynb")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The folder with the repository's copy and the course, and what each command printed, {command: text}."""
    folder = tmp_path_factory.mktemp("ones_own")
    repository = folder / "repository"
    shutil.copytree(REPO, repository, ignore=NOT_COPIED)
    for name, text in FILES.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text, encoding="utf-8")
    run("python make_notebook.py", repository)
    printed = {}
    for command in COMMANDS:
        if " grade " in command:
            hand_in(repository, "ada", "squares")
            hand_in(repository, "bob", "signs_lost")
        printed[command] = run(command, repository)
    return folder, printed


def test_every_answer_of_the_page_is_judged_as_its_header_says(told):
    table = told[1][f"python tests/test_submissions.py {TASK}"]
    assert f"| {TASK} | right | 1 | 1 | - |" in table and f"| {TASK} | wrong | 2 | 2 | 2 |" in table


def test_the_solution_has_all_points(told):
    assert "4 of 4 points" in told[1][f"python -m autograder check solutions/{ASSIGNMENT}.ipynb"]


def test_a_right_and_a_wrong_answer_get_their_points_from_the_sandbox_to_the_gradebook(told):
    with Gradebook(f"sqlite:///{told[0] / 'course' / 'gradebook.db'}") as gradebook:
        scores = {student: gradebook.find_submission(ASSIGNMENT, student).score for student in ("ada", "bob")}
    assert scores == {"ada": 4, "bob": 3}


def test_a_wrong_answer_is_told_what_is_wrong(told):
    graded = told[0] / "course" / "autograded" / "bob" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    shown = cell_named(nbformat.read(graded, as_version=4), f"test_{TASK}").outputs[0].text
    assert "The signs are lost" in shown and shown.endswith("3 of 4 points\n")


def test_nothing_that_the_repository_has_was_changed_for_the_task(told):
    new = {*FILES, f"solutions/{ASSIGNMENT}.ipynb", f"notebooks/{ASSIGNMENT}.ipynb"}
    assert not [name for name in new if (REPO / name).exists()]
    paths = (path for path in (told[0] / "repository").rglob("*.py") if "__pycache__" not in path.parts)
    files = {path.relative_to(told[0] / "repository").as_posix(): path.read_bytes() for path in paths}
    assert files.keys() - new <= {path.relative_to(REPO).as_posix() for path in REPO.rglob("*.py")}
    assert not [name for name, text in files.items() if name not in new and (REPO / name).read_bytes() != text]
