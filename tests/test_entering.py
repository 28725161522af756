"""What is entered into a course is each student's own, whatever students are called and whatever lies in the way."""

import os
import shutil
import sqlite3
import unicodedata
from datetime import datetime

import pytest
from sample_notebook import nbgrader, write_solutions

from autograder.collecting.submissions import Submission
from autograder.course.release import released_text
from autograder.course.staging import init, settings
from autograder.errors import Refusal, of_a_database
from autograder.grading.gradebook import Writer, of_the_gradebook
from autograder.marking.result import Result

pytestmark = pytest.mark.kernel

DOUBLING = "doubling"
NAMES = ["[a-z]da", "ada", "[", "*", "a?a", "{student_id}", "-rf", "!x", "a+b", "100%", "a%2e", "it's", 'a"b', "a,b",
         "a&b", "#1", "café", "\u0430da", "ADA", "🎓" * 20, "<b>", "ada..."]  # fmt: skip


@pytest.fixture(scope="module")
def empty_course(tmp_path_factory):
    """A course of one small assignment, which the gradebook knows."""
    folder = tmp_path_factory.mktemp("course")
    init(folder / "course", solutions=write_solutions(folder / "solutions"), helpers={})
    with writer_of(folder / "course") as writer:
        writer.prepare([DOUBLING])
    return folder / "course"


@pytest.fixture
def course(empty_course, tmp_path):
    """A copy of it."""
    shutil.copytree(empty_course, tmp_path / "course")
    return tmp_path / "course"


def writer_of(course):
    return Writer(*settings(course))


def graded(course):
    return Result(status="graded", notebook=released_text(course, DOUBLING))


def enter(course, student, path="elsewhere"):
    with writer_of(course) as writer:
        writer.enter(Submission(student, DOUBLING, course / path), b"handed in", graded(course))


def everything(folder):
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


# ---------------------------------------------------------------------------------------------------------------- names


def test_students_of_all_names_get_their_own_feedback_page(course):
    with writer_of(course) as writer:
        for name in NAMES:
            writer.enter(Submission(name, DOUBLING, course / "elsewhere"), b"handed in", graded(course))
    nbgrader(course, "generate_feedback", DOUBLING)
    pages = {path.parts[-3]: [*path.parent.iterdir()] for path in course.glob("feedback/*/*/*.html")}
    assert sorted(pages) == sorted(NAMES)
    assert all(len(files) == 1 for files in pages.values()), "more than the page is given back"


def test_feedback_for_one_student_is_for_nobody_whose_name_fits_it_as_a_pattern(course):
    for name in ("[a-z]da", "ada", "eda"):
        enter(course, name)
    nbgrader(course, "generate_feedback", DOUBLING, "--student", "[a-z]da")
    assert os.listdir(course / "feedback") == ["[a-z]da"]


# ---------------------------------------------------------------------------------------------------------------- links


@pytest.mark.parametrize("target", ["../ada/doubling", "../../source/doubling", "../../autograded"])
def test_a_link_in_a_students_folder_is_not_written_through(course, target):
    enter(course, "ada")
    (course / "submitted" / "eve").mkdir(parents=True)
    (course / "submitted" / "eve" / DOUBLING).symlink_to(target)
    before = everything(course / "submitted") | everything(course / "source")
    with pytest.raises(OSError, match="a link or a file lies where a folder should be"):
        enter(course, "eve")
    assert everything(course / "submitted") | everything(course / "source") == before


def test_nothing_is_written_over_what_is_graded_where_it_lies(course):
    nfd = unicodedata.normalize("NFD", "café")
    for name in (nfd, "café"):
        (course / "submitted" / name / DOUBLING).mkdir(parents=True)
        (course / "submitted" / name / DOUBLING / "doubling.ipynb").write_text(name)
    before = everything(course / "submitted")
    enter(course, "café", f"submitted/{nfd}/{DOUBLING}/doubling.ipynb")
    assert everything(course / "submitted") == before


def test_nbgrader_itself_grades_nothing_behind_a_link_and_gives_nothing_behind_one_back(course):
    for name in ("ada", "eve", "bob"):
        (course / "submitted" / name).mkdir(parents=True)
    (course / "submitted" / "ada" / DOUBLING).mkdir()
    (course / "submitted" / "ada" / DOUBLING / "doubling.ipynb").write_text(released_text(course, DOUBLING))
    (course / "submitted" / "ada" / DOUBLING / "notes.txt").symlink_to(course / "gradebook.db")
    (course / "submitted" / "eve" / DOUBLING).symlink_to("../ada/doubling")
    (course / "submitted" / "bob" / DOUBLING).mkdir()
    (course / "submitted" / "bob" / DOUBLING / "doubling.ipynb").symlink_to("../../ada/doubling/doubling.ipynb")
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text() + "\nc.Autograde.sanitize_preprocessors = []\n")  # no check fits this notebook
    nbgrader(course, "autograde", DOUBLING)
    assert os.listdir(course / "autograded") == ["ada"]
    assert "notes.txt" not in os.listdir(course / "autograded" / "ada" / DOUBLING)


def test_nbgrader_itself_reads_a_time_stamp_as_we_do(course):
    folder = course / "submitted" / "ada" / DOUBLING
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text("2025-05-03 10:11:12 +0100\n")
    assert settings(course)[0].get_existing_timestamp(str(folder)) == datetime(2025, 5, 3, 9, 11, 12)


# -------------------------------------------------------------------------------------------------------- the gradebook


def test_a_gradebook_that_another_program_holds_is_named_with_what_to_do(course):
    other = sqlite3.connect(course / "gradebook.db")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Refusal, match="gradebook.db cannot be used: database is locked.\nAnother program .* again"):
        with of_the_gradebook("gradebook.db"):
            enter(course, "ada")
    other.rollback()
    enter(course, "ada")
    with writer_of(course) as writer:
        assert ("ada", DOUBLING) in writer.entered()


@pytest.mark.parametrize("address, words", [
    ("postgresql+psycopg2cffi://me:secret@host/grades", "its driver psycopg2cffi is not installed"),
    ("oracle://me:secret@host/grades", "its driver"),
])  # fmt: skip
def test_a_database_whose_driver_is_missing_is_told_so_without_its_password(course, address, words):
    with pytest.raises(Refusal, match="cannot be used") as refusal:
        Writer(*settings(course, address))
    assert words in str(refusal.value) and "secret" not in str(refusal.value)


def test_the_driver_of_postgresql_is_named_with_how_to_get_it():
    error = ModuleNotFoundError("No module named 'psycopg'", name="psycopg")
    told = str(of_a_database(error, "The gradebook cannot be used", "Check its address."))
    assert "pip install -e '.[postgres]'" in told and "postgresql+psycopg://" in told
