"""Tests of an instructor's own, plain asserts: graded beside the tasks; what cannot be graded is told early."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from sample_class import source_of
from sample_notebook import cell_named, mark

from autograder.course.release import build
from autograder.course.release_check import check
from autograder.course.staging import init
from autograder.errors import Refusal
from autograder.layout import REPO, SOLUTIONS
from autograder.marking.check_notebook import check_notebook
from autograder.notebook_files import read_notebook

PCA = "sgd_path_pca"
ANSWER = "def bow(ws):\n    ### BEGIN SOLUTION\n    return max(ws) - min(ws)\n    ### END SOLUTION"
USED = "three = [1, 2, 4]"
TEST = """assert bow(three) == 3, "the bow of 1, 2, 4 is 3"
### BEGIN HIDDEN TESTS
for shift in (5, 7):
    assert bow([each + shift for each in three]) == 3, f"shifted by {shift} the bow is the same"
### END HIDDEN TESTS"""
EMPTY_TEST = "### BEGIN HIDDEN TESTS\n# to be written\n### END HIDDEN TESTS"
RIGHT, NOT_SHIFTED = "def bow(ws):\n    return max(ws) - min(ws)", "def bow(ws):\n    return max(ws) - 1"
ANSWERS = {
    "ada": RIGHT,
    "ben": NOT_SHIFTED,
    "cem": "def bow(ws):\n    raise ValueError(f'I was called with {ws}')",
    "dov": "import os\n\ndef bow(ws):\n    os._exit(0)",
    "eli": "# nothing",
}


def with_own_tests(*tests):
    """The instructor's notebook on the path with an answer of an own kind at its end, and these tests of it."""
    notebook = read_notebook(SOLUTIONS / f"{PCA}.ipynb")
    settings = {"grade": True, "locked": True, "points": 3}
    notebook.cells += [
        new_markdown_cell("**The bow**", id="bow-text"),
        new_code_cell(ANSWER, id="bow", metadata={"nbgrader": mark("bow", solution=True)}),
        new_code_cell(USED, id="bow-used"),
        *(new_code_cell(source, id=name, metadata={"nbgrader": mark(name, **settings)}) for name, source in tests),
    ]
    return notebook


def solutions_with(folder, *tests):
    folder.mkdir()
    nbformat.write(with_own_tests(*tests), folder / f"{PCA}.ipynb")
    return folder


@pytest.fixture(scope="module")
def graded(sandbox_here, tmp_path_factory):
    """(course, what grade printed): a test that cannot be graded was put into the course when it was staged."""
    folder = tmp_path_factory.mktemp("own_tests")
    solutions, course = solutions_with(folder / "solutions", ("test_bow", TEST)), folder / "course"
    build(solutions, folder / "notebooks")
    init(course, solutions=solutions)
    nbformat.write(
        with_own_tests(("test_bow", TEST), ("test_empty", EMPTY_TEST)), course / "source" / PCA / f"{PCA}.ipynb"
    )
    for student, answer in ANSWERS.items():
        notebook = nbformat.read(folder / "notebooks" / f"{PCA}.ipynb", as_version=4)
        cell_named(notebook, "principal_directions").source = source_of("numpy_svd", PCA)
        cell_named(notebook, "bow").source = answer
        path = folder / "submitted" / student / PCA / f"{PCA}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    command = [sys.executable, "-m", "autograder", "grade", folder / "submitted", "--course", course]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return course, done.stdout


def grades(course, cell):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        found = {student: gradebook.find_grade(cell, PCA, PCA, student) for student in ANSWERS}
        return {student: (grade.auto_score, grade.needs_manual_grade) for student, grade in found.items()}


def test_an_own_test_gives_all_points_or_none(graded):
    points = {student: score for student, (score, _) in grades(graded[0], "test_bow").items()}
    assert points == {"ada": 3, "ben": 0, "cem": 0, "dov": 0, "eli": 0}


def test_the_tasks_beside_it_are_graded_as_ever(graded):
    assert {score for score, _ in grades(graded[0], "test_principal_directions").values()} == {6}


def test_a_cell_that_cannot_be_graded_waits_for_a_person_and_keeps_nobody_from_a_grade(graded):
    assert set(grades(graded[0], "test_empty").values()) == {(None, True)}
    assert "test_empty: tests nothing" in graded[1] and "5 submissions graded, 0 refused, 0 failed" in graded[1]


@pytest.mark.parametrize("student, told", [
    ("ada", "3 of 3"), ("ben", "The test says: shifted by 5 the bow is the same"), ("cem", "ValueError"),
    ("dov", "Your code killed the kernel"), ("eli", "name 'bow' is not defined"),
])  # fmt: skip
def test_a_student_is_told_what_the_test_says(graded, student, told):
    path = graded[0] / "autograded" / student / PCA / f"{PCA}.ipynb"
    cell = cell_named(nbformat.read(path, as_version=4), "test_bow")
    assert told in cell.outputs[0].text
    assert "I was called with" not in cell.outputs[0].text and "for shift in" not in path.read_text()


def test_report_says_that_students_code_can_reach_the_test(graded):
    report = (graded[0] / "report.html").read_text()
    assert "test_bow" in report and "can reach" in report


def test_one_notebook_is_checked_with_it_too(sandbox_here, tmp_path, monkeypatch):
    solutions = solutions_with(tmp_path / "solutions", ("test_bow", TEST))
    monkeypatch.setattr("autograder.marking.check_notebook.assignments", lambda: [solutions / f"{PCA}.ipynb"])
    checked = check_notebook(solutions / f"{PCA}.ipynb", device="cpu")
    assert [(cell.score, cell.is_own) for cell in checked.cells if cell.grade_id == "test_bow"] == [(3, True)]


@pytest.mark.parametrize("source, why", [
    (EMPTY_TEST, "tests nothing"),
    ("assert bow([1]) == 0 and", "is no plain Python (line 1"),
    ("%timeit bow([1])", "is no plain Python"),
    ('from autograder.checks import grade\n\ngrade("bow", bow)', "calls autograder"),
])  # fmt: skip
def test_what_cannot_be_graded_is_refused_when_the_course_is_made(tmp_path, source, why):
    solutions = solutions_with(tmp_path / "solutions", ("test_bow", source))
    for make in (
        lambda: init(tmp_path / "course", solutions=solutions),
        lambda: build(solutions, tmp_path / "notebooks"),
    ):
        with pytest.raises(Refusal) as refusal:
            make()
        assert f"{PCA}.ipynb, test_bow: " in str(refusal.value) and why in str(refusal.value)
        assert "An own test is plain Python with asserts" in str(refusal.value)
    assert any(why in str(problem) for problem in check(solutions, tmp_path / "notebooks"))
    assert not (tmp_path / "course").exists() and not (tmp_path / "notebooks").exists()


def test_a_task_cell_and_a_test_without_its_answer_are_refused_too(tmp_path):
    notebook = with_own_tests()
    cell_named(notebook, "principal_directions").metadata.nbgrader.grade_id = "my_directions"
    task = mark("essay", points=2) | {"task": True}
    notebook.cells.append(new_markdown_cell("Write an essay.", id="essay", metadata={"nbgrader": task}))
    (tmp_path / "solutions").mkdir()
    nbformat.write(notebook, tmp_path / "solutions" / f"{PCA}.ipynb")
    with pytest.raises(Refusal, match="no answer cell has the id principal_directions") as refusal:
        init(tmp_path / "course", solutions=tmp_path / "solutions")
    assert "essay: is a manually graded task" in str(refusal.value)
