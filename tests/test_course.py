"""The course that `autograder init` stages: stock nbgrader works in it, and nothing of the instructor's is lost."""

import csv
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from sample_class import hand_in
from sample_notebook import change_cell, nbgrader, write_solutions

from autograder.course.staging import MANIFEST, init
from autograder.errors import Refusal
from autograder.layout import REPO, SOLUTIONS

SOURCE = "source/doubling/doubling.ipynb"
HELPER = "source/doubling/helper.py"


@pytest.fixture
def staged(tmp_path):
    """(course, solutions, helpers) of a course with the sample notebook and one helper module."""
    helper = tmp_path / "helper.py"
    helper.write_text("VERSION = 1\n")
    solutions = write_solutions(tmp_path / "solutions")
    course = tmp_path / "course"
    helpers = {helper.name: helper}
    init(course, solutions, helpers)
    return course, solutions, helpers


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST}


# ------------------------------------------------------------------------------------------------------------- init


def test_init_lays_each_notebook_out_with_the_helpers_beside_it(staged):
    course, solutions, helpers = staged
    assert (course / SOURCE).read_bytes() == (solutions / "doubling.ipynb").read_bytes()
    assert (course / HELPER).read_bytes() == helpers["helper.py"].read_bytes()


def test_second_init_changes_nothing_and_says_so(staged):
    before = contents(staged[0])
    assert set(init(*staged).values()) == {"unchanged"}
    assert contents(staged[0]) == before


def test_init_brings_files_up_to_date_that_the_instructor_has_not_touched(staged):
    course, solutions, helpers = staged
    helpers["helper.py"].write_text("VERSION = 2\n")
    change_cell(solutions / "doubling.ipynb", "double", "Twice x.", "The double of x.")
    done = init(*staged)
    assert (done[SOURCE], done[HELPER], done["nbgrader_config.py"]) == ("updated", "updated", "unchanged")
    assert (course / HELPER).read_text() == "VERSION = 2\n"
    assert (course / SOURCE).read_bytes() == (solutions / "doubling.ipynb").read_bytes()


def test_init_keeps_what_the_instructor_has_changed(staged):
    course, solutions, _ = staged
    change_cell(course / SOURCE, "double", "Twice x.", "My words.")
    (course / "nbgrader_config.py").write_text("c = get_config()\n")
    change_cell(solutions / "doubling.ipynb", "double", "Twice x.", "The double of x.")
    before = contents(course)
    done = init(*staged)
    assert done[SOURCE] == done["nbgrader_config.py"] == "kept: it was changed here"
    assert contents(course) == before


def test_init_keeps_the_source_of_an_assignment_that_has_submissions(staged):
    course, solutions, _ = staged
    (course / "submitted" / "ada" / "doubling").mkdir(parents=True)
    change_cell(solutions / "doubling.ipynb", "double", "Twice x.", "The double of x.")
    before = contents(course)
    assert init(*staged)[SOURCE].startswith("kept: it has submissions")
    assert contents(course) == before


def test_init_keeps_the_modules_of_an_assignment_that_has_submissions(staged):
    course, _, helpers = staged
    (course / "submitted" / "ada" / "doubling").mkdir(parents=True)
    helpers["helper.py"].write_text("VERSION = 2\n")
    before = contents(course)
    assert init(*staged)[HELPER].startswith("kept: it has submissions")
    assert contents(course) == before


def test_init_leaves_submissions_gradebook_and_other_files_alone(staged):
    course, solutions, _ = staged
    for name in ("submitted/ada/doubling/doubling.ipynb", "gradebook.db", "grades.csv", "source/doubling/notes.txt"):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text("of the instructor")
    before = contents(course)
    init(*staged)
    assert contents(course) == before


def test_a_file_moved_away_is_staged_anew(staged):
    course, _, _ = staged
    (course / SOURCE).rename(course / "mine.ipynb")
    assert init(*staged)[SOURCE] == "new"


def rights(folder):
    return stat.S_IMODE(folder.stat().st_mode)


def test_a_new_course_is_for_its_owner_alone_and_a_folder_that_is_there_keeps_its_rights(staged, tmp_path):
    course, *others = staged
    assert rights(course) == 0o700
    course.chmod(0o2750)
    init(*staged)
    assert rights(course) == 0o2750
    init(tmp_path / "courses" / "new", *others)
    assert rights(tmp_path / "courses") & 0o055 and rights(tmp_path / "courses" / "new") == 0o700


# --------------------------------------------------------------------------------------------------------- refusals


def test_init_refuses_a_course_that_is_a_file_or_lies_below_one(tmp_path):
    (tmp_path / "course").write_text("")
    for place in (tmp_path / "course", tmp_path / "course" / "below"):
        with pytest.raises(Refusal, match="is a file"):
            init(place, write_solutions(tmp_path / "solutions"), {})


def test_init_refuses_a_folder_of_something_else(tmp_path):
    (tmp_path / "letter.txt").write_text("")
    with pytest.raises(Refusal, match="neither empty nor an nbgrader course"):
        init(tmp_path, SOLUTIONS, {})
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.fixture
def small_repository(tmp_path):
    """A git repository with the autograder and the sample notebook, whose .gitignore has `/course/`."""
    shutil.copytree(REPO / "autograder", tmp_path / "repo" / "autograder")
    write_solutions(tmp_path / "repo" / "solutions")
    (tmp_path / "repo" / ".gitignore").write_text("/course/\n")
    subprocess.run(["git", "init", "-q", tmp_path / "repo"], check=True)
    return tmp_path / "repo"


def autograder(repository, *arguments):
    command = [sys.executable, "-m", "autograder", *map(str, arguments)]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True)


@pytest.mark.long
def test_command_refuses_a_folder_that_git_would_commit_and_takes_an_ignored_one(small_repository):
    refused = autograder(small_repository, "init", "class")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "git does not ignore it" in refused.stderr
    assert not (small_repository / "class").exists()
    assert autograder(small_repository, "init", "course").returncode == 0


@pytest.mark.long
def test_command_takes_any_folder_of_a_repository_that_came_as_a_zip(small_repository):
    shutil.rmtree(small_repository / ".git")
    done = autograder(small_repository, "init", "class")
    assert done.returncode == 0, done.stderr


def test_command_says_what_it_did_and_what_to_type_next(small_repository, tmp_path):
    printed = autograder(small_repository, "init", tmp_path / "my course").stdout
    assert re.search(rf"{SOURCE} +new", printed)
    assert f"cd '{tmp_path / 'my course'}'" in printed
    assert "nbgrader generate_assignment doubling" in printed


@pytest.mark.long
def test_command_says_where_everybody_may_look_into_a_course(small_repository, tmp_path):
    course = tmp_path / "my course"
    assert "chmod" not in autograder(small_repository, "init", course).stdout
    course.chmod(0o755)
    assert f"chmod o= '{course}'" in autograder(small_repository, "init", course).stdout


# ------------------------------------------------------------------------------------------------- nbgrader, for real


def submit(course, student, assignment, solutions=None):
    """Hand in the release, its answer cells filled in from `solutions` where that is given."""
    folder = course / "submitted" / student / assignment
    shutil.copytree(course / "release" / assignment, folder)
    if solutions:
        solved = nbformat.read(solutions / f"{assignment}.ipynb", as_version=4)
        notebook = nbformat.read(folder / f"{assignment}.ipynb", as_version=4)
        for cell, answered in zip(notebook.cells, solved.cells, strict=True):
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = answered.source
        nbformat.write(notebook, folder / f"{assignment}.ipynb")


def without_experiments(folder, assignment):
    """A copy of a notebook with the cells of its tasks alone: all of it runs as the solution does, in other tests."""
    notebook = nbformat.read(folder / f"{assignment}.ipynb", as_version=4)
    folder = shutil.copytree(folder, folder.parents[2] / "tasks")
    notebook.cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata or "checks.check_" in cell.source
                      or "setup" in cell.metadata.get("tags", [])]  # fmt: skip
    nbformat.write(notebook, folder / f"{assignment}.ipynb")
    return folder / f"{assignment}.ipynb"


def grade_class(course, assignment, solutions):
    """Two students, one with the right answers, one with none, through stock nbgrader; what `validate` said of one."""
    nbgrader(course, "generate_assignment", assignment)
    submit(course, "right", assignment, solutions)
    submit(course, "untouched", assignment)
    validated = nbgrader(course, "validate", without_experiments(course / "submitted/right" / assignment, assignment))
    for command in ("autograde", "generate_feedback"):
        nbgrader(course, command, assignment)
    nbgrader(course, "export")
    return validated


def points(course, assignment, student):
    """The automatic points of each test, and those it is worth, {id: (points, worth)}, from the gradebook."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grades = gradebook.find_submission_notebook(assignment, assignment, student).grades
        return {grade.name: (grade.auto_score, grade.max_score) for grade in grades if grade.cell.cell_type == "code"}


def bonus(course, assignment, student):
    """The bonus points, which are nbgrader's extra credit."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grades = gradebook.find_submission_notebook(assignment, assignment, student).grades
        return sum(grade.extra_credit or 0 for grade in grades)


def assert_right_gets_all_and_untouched_nothing(course, assignment, validated):
    right, untouched = (points(course, assignment, student) for student in ("right", "untouched"))
    total = sum(worth for _, worth in right.values())
    assert total > 0
    assert right == {name: (worth, worth) for name, (_, worth) in right.items()}
    assert untouched == {name: (0, worth) for name, (_, worth) in right.items()}
    assert "Success! Your notebook passes all the tests." in validated
    for student in ("right", "untouched"):
        assert (course / "feedback" / student / assignment / f"{assignment}.html").stat().st_size > 10_000
    with open(course / "grades.csv") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert bonus(course, assignment, "right") == 2 and not bonus(course, assignment, "untouched")
    assert scores == {"right": total + 2, "untouched": 0}


@pytest.mark.night
def test_stock_nbgrader_is_as_safe_and_one_students_broken_file_stops_no_other(tmp_path, sandbox_here):
    course, assignment = tmp_path / "course", "sgd_path_pca"
    init(course)
    nbgrader(course, "generate_assignment", assignment)
    submit(course, "right", assignment, SOLUTIONS)
    cheat = (
        f"import pathlib\ntry:\n    pathlib.Path({str(course / 'written')!r}).touch()\nexcept OSError:\n    pass\n"
        "import numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True\n"
        "principal_directions = lambda ws: 6.0\n"
        "get_ipython().ast_node_interactivity = 'all'\n6.0"
    )
    hand_in(course / "submitted", "cheat", assignment, cheat, "[x](javascript:alert(1))\n\n<script>alert(1)</script>")
    hand_in(course / "submitted", "broken", assignment, "").write_text("{}")
    submit(course, "old", assignment, SOLUTIONS)
    old = course / "submitted" / "old" / assignment / f"{assignment}.ipynb"
    old.write_bytes(json.dumps(nbformat.convert(nbformat.read(old, as_version=4), 3)).encode("utf-16"))
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    command = [scripts / "nbgrader", "autograde", assignment]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and "broken" in done.stderr
    optional = {"test_random_walk_explained_variance": (0, 0)}
    for student in ("right", "old"):
        assert points(course, assignment, student) == {"test_principal_directions": (6, 6), **optional}
    assert points(course, assignment, "cheat") == {"test_principal_directions": (0, 6), **optional}
    assert not (course / "written").exists()
    nbgrader(course, "generate_feedback", assignment)
    page = (course / "feedback" / "cheat" / assignment / f"{assignment}.html").read_text()
    assert "<script>alert(1)" not in page and 'href="javascript:' not in page and "&lt;script&gt;alert(1)" in page


@pytest.mark.night
@pytest.mark.skipif(not SOLUTIONS.is_dir(), reason="a copy of the package without solutions/")
@pytest.mark.parametrize("assignment", [
    *(pytest.param(name, marks=pytest.mark.night) for name in ("hessian_spectrum", "mode_connectivity")),
    "sgd_path_pca",
])  # fmt: skip
def test_stock_nbgrader_gives_a_right_submission_all_automatic_points_and_an_untouched_one_none(
    tmp_path, assignment, sandbox_here
):
    init(tmp_path / "course")
    validated = grade_class(tmp_path / "course", assignment, SOLUTIONS)
    assert_right_gets_all_and_untouched_nothing(tmp_path / "course", assignment, validated)
