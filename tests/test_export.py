"""Exports are what Canvas, Moodle and Gradescope document that they read, and say what the gradebook says."""

import csv
import io
import json
import os
import py_compile
import re
import shutil
import subprocess
import sys
import unicodedata
import zipfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.api import Grade, Gradebook
from sample_notebook import change_cell, mark, nbgrader, write_solutions

from autograder.errors import Refusal
from autograder.export import export
from autograder.export.feedback import folder_name
from autograder.export.gradescope import autograder_zip
from autograder.export.matching import Person, match_students
from autograder.export.text import harmless, without_controls
from autograder.grading.grades import Student
from autograder.layout import NOTEBOOKS, REPO, SOLUTIONS
from autograder.marking.result import CRITERIA as KEY
from autograder.marking.result import UNWRITTEN
from losssurf_lab.verdicts import Verdict, report

BOM = "\ufeff".encode()
FORMULA = "=cmd|' /C calc'!A0"
ASSIGNMENTS = {"hessian_spectrum": "test_eval_hess_vec_prod", "sgd_path_pca": "test_principal_directions"}
TRACEBACK = "ValueError: <b>x</b> & \x1b[31m\nok       10 of 10   forged"
CRITERIA = [Verdict("one batch", 5, 6), Verdict("batch norm", 2.5, 4, f"Your code raised\n{TRACEBACK}")]

STUDENTS = {
    "ada": ("Ada", 'Müller, "Jo"', "ada@example.org", None),
    "lilei": ("雷", "李", "Li.Lei@example.org", None),
    "mallory": (FORMULA, FORMULA, None, "4004"),
    "oneil": ("Pat", "O'Neil", "oneil@example.org", None),
    "../eve": ("Eve", "Up\nand away", None, None),
}
# Automatic points, points by hand (None: not graded yet), and the grader's comment, by student and assignment.
WORKS = {
    ("ada", "hessian_spectrum"): (7.5, 2, "=1+1 is <2>\nand so on"),
    ("ada", "sgd_path_pca"): (10, 0.5, None),
    ("lilei", "hessian_spectrum"): (7.5, None, None),
    ("mallory", "hessian_spectrum"): (0, None, None),
    ("../eve", "hessian_spectrum"): (7.5, 1, None),
}


def total(student, assignment):
    automatic, by_hand, _ = WORKS[student, assignment]
    return automatic + (by_hand or 0)


@pytest.fixture
def course(tmp_path, graded_class):
    """A copy of the graded class."""
    return shutil.copytree(graded_class, tmp_path / "course")


@pytest.fixture(scope="module")
def graded_class(tmp_path_factory):
    """A course with a real gradebook of two assignments, each of 10 automatic points and 3 by hand."""
    course = tmp_path_factory.mktemp("class")
    (course / "nbgrader_config.py").write_text("c = get_config()\n")
    nbgrader(course, "db", "student", "add", "ada")  # makes gradebook.db
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for name, test in ASSIGNMENTS.items():
            gradebook.add_assignment(name)
            gradebook.add_notebook(name, name)
            gradebook.add_grade_cell(test, name, name, max_score=10, cell_type="code")
            gradebook.add_grade_cell("answer_why", name, name, max_score=3, cell_type="markdown")
            gradebook.add_solution_cell("answer_why", name, name)
        for student, (first, last, email, lms) in STUDENTS.items():
            gradebook.update_or_create_student(student, first_name=first, last_name=last, email=email, lms_user_id=lms)
        for (student, name), work in WORKS.items():
            add_work(gradebook, student, name, *work)
            write_autograded(course, student, name)
    return course


def add_work(gradebook, student, name, automatic, by_hand, comment):
    with gradebook.db.no_autoflush:  # of which SQLAlchemy warns else
        gradebook.add_submission(name, student)
    test = gradebook.find_grade(ASSIGNMENTS[name], name, name, student)
    test.auto_score, test.needs_manual_grade = automatic, False
    answer = gradebook.find_grade("answer_why", name, name, student)
    answer.manual_score, answer.needs_manual_grade = by_hand, by_hand is None
    gradebook.find_comment("answer_why", name, name, student).manual_comment = comment
    gradebook.db.commit()


def write_autograded(course, student, name):
    """The autograded notebook, whose test cell printed the table of CRITERIA, and keeps them."""
    outputs = [
        new_output("stream", name="stdout", text=report(CRITERIA) + "\n"),
        new_output("stream", name="stderr", text="a warning"),
        new_output("execute_result", {"text/plain": "7.5"}, execution_count=1),
    ]
    marked = {"nbgrader": mark(ASSIGNMENTS[name], grade=True, locked=True, points=10), KEY: [*map(vars, CRITERIA)]}
    path = course / "autograded" / student.replace("/", "%2F") / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=[new_code_cell("grade()", outputs=outputs, metadata=marked)]), path)


def parsed(path, delimiter=","):
    """The rows of a CSV file as a platform reads them."""
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=delimiter))


def rows_by(column, rows):
    header, *rest = rows
    return {row[header.index(column)]: dict(zip(header, row)) for row in rest}


# -------------------------------------------------------------------------------------------------------------- csv


@pytest.mark.long
def test_csv_has_a_row_for_each_student_with_the_scores_of_the_gradebook(course):
    (path,) = export(course, "csv").paths
    assert path == course / "export" / "grades.csv" and path.read_bytes().startswith(BOM)
    rows = rows_by("student_id", parsed(path))
    assert list(rows) == sorted(STUDENTS)
    assert rows["ada"] == {
        "student_id": "ada", "last_name": 'Müller, "Jo"', "first_name": "Ada", "email": "ada@example.org",
        "hessian_spectrum_score": "9.5", "hessian_spectrum_automatic": "7.5", "hessian_spectrum_by_hand": "2",
        "hessian_spectrum_bonus": "0", "hessian_spectrum_penalty": "0", "hessian_spectrum_waiting": "0",
        "hessian_spectrum_overridden": "", "hessian_spectrum_max": "13",
        "sgd_path_pca_score": "10.5", "sgd_path_pca_automatic": "10", "sgd_path_pca_by_hand": "0.5",
        "sgd_path_pca_bonus": "0", "sgd_path_pca_penalty": "0", "sgd_path_pca_waiting": "0",
        "sgd_path_pca_overridden": "", "sgd_path_pca_max": "13", "total": "20",
    }  # fmt: skip
    assert (rows["lilei"]["first_name"], rows["lilei"]["last_name"]) == ("雷", "李")
    assert rows["oneil"]["last_name"] == "O'Neil" and rows["../eve"]["last_name"] == "Up\nand away"


@pytest.mark.parametrize("missing, score", [(0.0, "0"), (None, "")])
def test_csv_has_a_zero_where_nothing_was_handed_in_or_leaves_it_empty_and_what_a_zero_is_made_of(
    course, missing, score
):
    rows = rows_by("student_id", parsed(export(course, "csv", missing=missing).paths[0]))
    assert (rows["oneil"]["hessian_spectrum_score"], rows["oneil"]["total"]) == (score, score)
    assert (rows["mallory"]["hessian_spectrum_score"], rows["mallory"]["hessian_spectrum_automatic"]) == ("0", "0")
    assert (rows["mallory"]["sgd_path_pca_score"], rows["mallory"]["sgd_path_pca_automatic"]) == (score, "")


def test_an_assignment_that_is_not_in_use_has_no_column(course):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.add_assignment("mode_connectivity")
    (path,) = export(course, "csv").paths
    assert "mode_connectivity" not in path.read_text("utf-8-sig")


def test_csv_disarms_what_a_spreadsheet_would_run(course):
    row = rows_by("student_id", parsed(export(course, "csv").paths[0]))["mallory"]
    assert row["last_name"] == row["first_name"] == "'" + FORMULA


@pytest.mark.parametrize("start", [*"=+-@\t\n", "\r=", "\x00=", *"＝＋－＠﹦", "\u200b="])
def test_text_that_would_be_a_formula_gets_an_apostrophe(start):
    assert harmless(f"{start}1").startswith("'")


def test_text_that_is_no_formula_stays_as_it_is():
    for text in ("", "李雷", "O'Neil", "a=1", "1+1", "\N{ZERO WIDTH NON-JOINER}می"):
        assert harmless(text) == text


def test_text_loses_what_a_terminal_obeys_and_what_no_file_can_hold():
    assert without_controls("a\x1b[31mb\x07\x00c\ud800\td\ne") == "abc\td\ne"


def test_answers_that_wait_for_a_person_are_counted_and_their_score_is_that_so_far(course):
    exported = export(course, "csv")
    assert [warning[:54] for warning in exported.warnings] == ["Answers still to be graded by hand: 2, of students: 2."]
    assert rows_by("student_id", parsed(exported.paths[0]))["lilei"]["total"] == "7.5"
    assert export(course, "csv", assignment="sgd_path_pca").warnings == []


def test_a_penalty_for_lateness_is_taken_off_and_no_score_falls_below_zero(course):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for student in ("ada", "mallory"):
            notebook = gradebook.find_submission_notebook("hessian_spectrum", "hessian_spectrum", student)
            notebook.late_submission_penalty = 1.5
        gradebook.db.commit()
    rows = rows_by("student_id", parsed(export(course, "csv").paths[0]))
    assert [rows[student]["hessian_spectrum_score"] for student in ("ada", "mallory")] == ["8", "0"]
    export(course, "gradescope", to=course / "to")
    assert results_of(course / "to", "ada")["output"] == "8 of 13 points, after 1.5 less for lateness"


@pytest.fixture
def with_bonus(course):
    """The course, in which ada has a bonus of 1.5 points, and lilei has not written the optional exercise."""
    verdicts = [Verdict("few points", 1, 1), Verdict("an array", 0.5, 1, "Not in the order of k.")]
    printed = {"ada": (report(verdicts, "bonus points"), [*map(vars, verdicts)]), "lilei": (UNWRITTEN, [])}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.add_grade_cell("test_walk", "hessian_spectrum", "hessian_spectrum", max_score=0, cell_type="code")
        for student, (text, criteria) in printed.items():
            entry = gradebook.find_submission_notebook("hessian_spectrum", "hessian_spectrum", student)
            cell = gradebook.find_grade_cell("test_walk", "hessian_spectrum", "hessian_spectrum")
            bonus = 1.5 if student == "ada" else 0.0
            entry.grades.append(Grade(cell=cell, auto_score=0.0, extra_credit=bonus, needs_manual_grade=False))
            path = course / "autograded" / student / "hessian_spectrum" / "hessian_spectrum.ipynb"
            notebook = nbformat.read(path, as_version=4)
            output = new_output("stream", name="stdout", text=text + "\n")
            marked = {"nbgrader": mark("test_walk", grade=True, locked=True, points=0), KEY: criteria}
            notebook.cells.append(new_code_cell("bonus()", outputs=[output], metadata=marked))
            nbformat.write(notebook, path)
        gradebook.db.commit()
    return course


def test_a_bonus_adds_to_the_score_and_not_to_the_points_of_the_assignment(with_bonus):
    row = rows_by("student_id", parsed(export(with_bonus, "csv").paths[0]))["ada"]
    assert [row[f"hessian_spectrum_{what}"] for what in ("score", "bonus", "max")] == ["11", "1.5", "13"]


def test_a_bonus_is_told_in_the_feedback_and_an_exercise_that_was_left_out_is_no_loss(with_bonus, tmp_path):
    export(with_bonus, "gradescope", to=tmp_path / "to")
    ada, lilei = (results_of(tmp_path / "to", student) for student in ("ada", "lilei"))
    assert (ada["score"], ada["output"]) == (11.0, "11 of 13 points, 1.5 of them a bonus")
    tests = [test for test in ada["tests"] if test["name"].startswith("bonus: ")]
    assert [(test["score"], test["max_score"], test["status"]) for test in tests] == [
        (1, 0, "passed"), (0.5, 0, "failed"),
    ]  # fmt: skip
    (left_out,) = [test for test in lilei["tests"] if test["name"] == "test_walk"]
    assert (left_out["score"], left_out["status"], left_out["output"]) == (0, "passed", UNWRITTEN)
    assert lilei["score"] == 7.5


def test_moodle_is_told_where_a_bonus_lifts_a_grade_above_its_maximum(with_bonus, tmp_path):
    roster = tmp_path / "worksheet.csv"
    roster.write_text(MOODLE, newline="")
    exported = export(with_bonus, "moodle", roster=roster, assignment="hessian_spectrum")
    feedback = parsed(exported.paths[0])[1][10]
    assert feedback.startswith("11 of 13 points, 1.5 of them a bonus<br>") and "test_walk: 1.5 bonus points" in feedback
    assert not any("bonus" in warning for warning in exported.warnings)
    with Gradebook(f"sqlite:///{with_bonus / 'gradebook.db'}") as gradebook:
        gradebook.find_grade("test_walk", "hessian_spectrum", "hessian_spectrum", "ada").extra_credit = 4.0
        gradebook.db.commit()
    warnings = export(with_bonus, "moodle", roster=roster, assignment="hessian_spectrum").warnings
    assert any("the highest grade is 13.5. Moodle leaves out" in warning for warning in warnings)


# ------------------------------------------------------------------------------------------------------------ canvas

CANVAS = '''Student,ID,SIS User ID,SIS Login ID,Section,hessian_spectrum (771),Essay (772),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,13.00,5.00,(read only)
"Müller, ""Jo"", Ada",1001,s-001,ADA,"A, and B",,4.50,90
"李, 雷",1002,s-002,li.lei@example.org,A,3.00,,
"=""=cmd|' /C calc'!A0""",4004,s-003,,A,EX,1.00,
"O'Neil, Pat",1004,oneil,pat1,A,6.00,,
"Stranger, A",1005,s-005,stranger,A,,,
"Student, Test",9999,,5e7a,A,,,
'''


@pytest.fixture
def canvas(tmp_path, course):
    """Export with this text as Canvas' file: `canvas(text)` gives (rows, warnings, bytes)."""

    def run(text=CANVAS, delimiter=",", encoding="utf-8", **options):
        roster = tmp_path / "canvas.csv"
        roster.write_bytes(text.encode(encoding))
        if "pca" not in text.lower():
            options.setdefault("columns", {"sgd_path_pca": "new"})
        exported = export(course, "canvas", roster=roster, **options)
        (path,) = exported.paths
        return parsed(path, delimiter), exported.warnings, path.read_bytes()

    return run


def test_canvas_keeps_what_it_finds_students_by_and_the_rows_that_are_no_students(canvas):
    rows, _, data = canvas()
    original = list(csv.reader(io.StringIO(CANVAS)))
    assert [row[:5] for row in rows] == [row[:5] for row in original]
    assert rows[2][0] == "    Points Possible" and rows[1][5:] == ["Manual Posting", ""]
    assert not data.startswith(BOM) and b"\r\n" not in data  # as in the file that came


def test_canvas_gets_the_grades_in_its_own_column_or_in_a_new_one(canvas):
    rows, _, _ = canvas()
    assert rows[0][5:] == ["hessian_spectrum (771)", "sgd_path_pca"]
    assert rows[2][5:] == ["13.00", "13"]
    assert rows[3][5:] == ["9.5", "10.5"]
    assert rows[4][5:] == ["7.5", "0"]


def test_a_column_of_another_title_is_asked_for_and_taken_when_it_is_named(canvas):
    with pytest.raises(Refusal, match="has no column sgd_path_pca") as refusal:
        canvas(columns={})
    assert "--column 'sgd_path_pca=Essay (772)' or --column 'sgd_path_pca=new'" in str(refusal.value)
    for title in ("Essay (772)", "Essay"):
        rows, warnings, _ = canvas(columns={"sgd_path_pca": title})
        assert rows[0][5:] == ["hessian_spectrum (771)", "Essay (772)"] and rows[3][6] == "10.5"
        assert not any("Essay" in warning for warning in warnings if "points" not in warning)
    with pytest.raises(Refusal, match="has no column Esay"):
        canvas(columns={"sgd_path_pca": "Esay"})


def test_canvas_column_without_a_number_is_the_assignments_too(canvas):
    rows, _, _ = canvas(CANVAS.replace("Essay (772)", "sgd_path_pca"))
    assert rows[0][5:] == ["hessian_spectrum (771)", "sgd_path_pca"]
    assert (rows[2][6], rows[3][6], rows[5][6]) == ("5.00", "10.5", "1.00")


def test_canvas_keeps_excuses_and_grades_for_which_the_gradebook_has_none(canvas):
    rows, _, _ = canvas()
    assert rows[5][5] == "EX"
    assert rows[6][5:] == ["6.00", "0"]
    assert canvas(missing=None)[0][6][5:] == ["6.00", ""]


def test_canvas_gets_no_column_of_another_assignment_which_would_set_its_grades_back(canvas):
    assert not any("Essay" in heading or "Final" in heading for heading in canvas()[0][0])


def test_who_could_not_be_matched_is_named_both_ways_and_the_test_student_is_not(canvas):
    _, warnings, _ = canvas()
    assert any("but not in the gradebook" in warning and "Stranger, A." in warning for warning in warnings)
    assert any("In the gradebook, but not in" in warning and "../eve." in warning for warning in warnings)
    assert not any("Student, Test" in warning for warning in warnings)


@pytest.mark.parametrize("title", ["SGD path PCA", "Sgd_Path_PCA", "sgd-path-pca", "sgd_path_pca "])
def test_canvas_column_of_another_spelling_is_the_assignments_and_that_is_said(canvas, title):
    rows, warnings, _ = canvas(CANVAS.replace("Essay (772)", f"{title} (772)"))
    assert rows[0][5:] == ["hessian_spectrum (771)", f"{title} (772)"]
    assert (rows[2][6], rows[3][6]) == ("5.00", "10.5")
    assert any(f"column {title} (772) was taken for sgd_path_pca" in warning for warning in warnings)


def test_canvas_is_not_given_a_new_assignment_without_a_word(canvas):
    assert any("Canvas' file has no column sgd_path_pca" in warning for warning in canvas()[1])
    assert not any("no column hessian_spectrum" in warning for warning in canvas()[1])


def test_canvas_file_with_excels_own_first_line_is_read(canvas):
    rows, _, _ = canvas("sep=,\r\n" + CANVAS.replace("\n", "\r\n"))
    assert rows[0][0] == "Student" and rows[3][5:] == ["9.5", "10.5"]


def test_canvas_with_other_points_possible_is_told(canvas):
    assert not any("possible points" in warning for warning in canvas()[1])
    _, warnings, _ = canvas(CANVAS.replace("13.00", "100.00"))
    assert any("has 100.00 possible points in Canvas, and 13 in the gradebook" in warning for warning in warnings)


def test_canvas_file_with_semicolons_byte_order_mark_and_names_in_two_columns_comes_back_so(canvas):
    text = (
        "\ufeffLastName;FirstName;ID;SIS User ID;SIS Login ID;Integration ID;Root Account;Section\r\n"
        "    Points Possible;;;;;;;\r\nMüller;Ada;1001;;ada;;uni.example.org;A\r\nStudent;Test;9999;;5e7a;;;A\r\n"
    )
    rows, warnings, data = canvas(text, delimiter=";")
    assert rows[2] == ["Müller", "Ada", "1001", "", "ada", "", "uni.example.org", "A", "9.5", "10.5"]
    assert data.startswith(BOM) and data.count(b"\r\n") == 4
    assert not any("Test" in warning for warning in warnings)


@pytest.mark.parametrize(
    "text, words", [
        ("name,mark\nada,1\n", "has not the columns ID, Section"), ("", "has not the columns"),
        (CANVAS.replace("    Points Possible", "Points"), "no row Points Possible"),
        (CANVAS.replace("Essay (772)", "hessian_spectrum (772)"), "2 columns for hessian_spectrum"),
        ("Student,ID,SIS Login ID,Section\n    Points Possible,,,\nX,1,x,A\n", "None of the 1 people"),
    ]
)  # fmt: skip
def test_what_canvas_did_not_export_is_refused(canvas, text, words):
    with pytest.raises(Refusal, match=words):
        canvas(text)


def test_a_file_in_another_encoding_is_refused(canvas):
    with pytest.raises(Refusal, match="not in UTF-8"):
        canvas(CANVAS.replace("李", "l"), encoding="utf-16")


# ---------------------------------------------------------------------------------------------------------- matching


def student(id, email="", lms_id=""):
    return Student(id, "", "", email, lms_id)


def matched(students, *rows, columns=("ID", "SIS User ID", "SIS Login ID")):
    """Who of rows (name, *ids) is whom, {name: id}, and the warnings in one text."""
    people = [Person(name, dict(zip(columns, ids))) for name, *ids in rows]
    found, warnings = match_students(students, people, "roster.csv")
    return {people[place].name: found[place].id for place in found}, "\n".join(warnings)


def test_an_id_of_two_students_and_two_people_of_one_id_are_matched_with_nobody():
    students = [student("ada", "shared@x"), student("bob", "shared@x"), student("eve")]
    rows = [("A", "1", "", "shared@x"), ("B", "2", "shared@x", "BOB"), ("E", "3", "", "eve")]
    found, warnings = matched(students, *rows, ("E again", "4", "", "eve "))
    assert found == {"B": "bob"}
    assert "A; E; E again." in warnings and "ada; eve." in warnings


def test_a_number_of_the_platform_goes_before_the_same_number_of_another_kind():
    students = [student("40001"), student("50123"), student("1")]
    ada, bo, kim = ("Ada", "40001", "50123", "ada"), ("Bo", "50123", "60001", "bo"), ("Kim", "1", "2", "kim")
    assert matched(students, ada, bo, kim) == ({"Ada": "40001", "Bo": "50123", "Kim": "1"}, "")
    found, warnings = matched(students, ada, kim)
    assert found == {"Ada": "40001", "Kim": "1"}
    assert "their grades are not exported): 50123." in warnings and "50123 (SIS User ID of Ada)" in warnings


def test_a_number_that_only_another_kind_of_number_has_is_no_match_either():
    found, warnings = matched([student("40001"), student("50123")], ("Ada", "40001", "7"), ("Cy", "9", "50123"))
    assert found == {"Ada": "40001"}
    assert "50123 (SIS User ID of Cy), as the other numbers are found in ID" in warnings


def test_a_class_of_another_kind_of_numbers_is_matched_by_these_though_one_is_a_number_of_the_platform_too():
    students = [student(str(number)) for number in (50123, 60001, 60002, 60003)]
    rows = [("Ada", "40001", "50123"), ("Bo", "50123", "60001"), ("Cy", "40002", "60002"), ("Di", "40003", "60003")]
    found, _ = matched(students, *rows)
    assert found == {"Ada": "50123", "Bo": "60001", "Cy": "60002", "Di": "60003"}


def test_a_row_that_fits_two_students_and_a_student_who_fits_two_rows_get_nothing_and_are_named():
    found, warnings = matched([student("ada"), student("40001"), student("kim")], ("Ada", "40001", "", "ada"),
                              ("Kim", "1", "", "kim"))  # fmt: skip
    assert found == {"Kim": "kim"} and "Ada (40001, ada)" in warnings
    found, warnings = matched([student("ada", lms_id="7"), student("kim")], ("Ada", "5", "", "ada"),
                              ("Another", "7", "", "x"), ("Kim", "1", "", "kim"))  # fmt: skip
    assert found == {"Kim": "kim"} and "Ada (ada); Another (ada)" in warnings


def test_two_rows_of_one_person_get_the_same_grade():
    found, warnings = matched([student("101"), student("102")], ("Lang", "101", "s1"), ("Lang, L2", "101", "s1"))
    assert found == {"Lang": "101", "Lang, L2": "101"}
    assert warnings == "In the gradebook, but not in roster.csv (their grades are not exported): 102."


@pytest.mark.parametrize(
    "in_gradebook, in_file", [
        ("müller", unicodedata.normalize("NFD", "MÜLLER")), ("101", "101\u00a0"), ("101", "１０１"),
        ("ada", "a\u200bda"), ("101", "101.0"), ("101", "101,0"), ("00101", "101"), ("101000", "1.01E+05"),
        ("101000", "1,01E+05"),
    ]
)  # fmt: skip
def test_an_id_that_a_spreadsheet_or_a_keyboard_wrote_otherwise_is_still_that_id(in_gradebook, in_file):
    assert matched([student(in_gradebook)], ("Lang", "9", in_file))[0] == {"Lang": in_gradebook}


def test_a_number_that_lost_its_digits_or_its_zeros_is_nobodys_where_it_could_be_two_peoples():
    lang, kim = ("Lang", "9", "1.01E+05"), ("Kim", "8", "7")
    found, warnings = matched([student("101000"), student("101234"), student("7")], lang, kim)
    assert found == {"Kim": "7"} and "1.01E+05 (SIS User ID of Lang)" in warnings
    assert matched([student("00101"), student("101"), student("7")], ("Lang", "9", "101.0"), kim)[0] == {"Kim": "7"}
    students = [student("00101"), student("101")]
    assert matched(students, ("A", "8", "101"), ("B", "9", "00101"))[0] == {"A": "101", "B": "00101"}


# ------------------------------------------------------------------------------------------------------------ moodle

MOODLE_HEADER = (
    'Identifier,"Full name","ID number","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"'
)
DATES = '"Friday, 3 May 2024, 10:00 AM",-'
MOODLE = f'''\ufeff{MOODLE_HEADER}
"Participant 11","Ada Müller, ""Jo""",,ada@example.org,"Submitted for grading - ",,13.00,Yes,{DATES},
"Participant 12","雷 李",,LI.LEI@example.org,"Submitted for grading - ",,13.00,Yes,{DATES},
"Participant 13","=cmd|' /C calc'!A0",4004,m@example.org,"No submission - ",,13.00,Yes,{DATES},
"Participant 14","Pat O'Neil",,oneil@example.org,"No submission - ",4.00,13.00,Yes,{DATES},"a word of before"
"Participant 15","Stranger",,s@example.org,"No submission - ",,13.00,Yes,{DATES},
'''


@pytest.fixture
def moodle(tmp_path, course):
    """Export with this text as Moodle's worksheet: `moodle(text)` gives (rows, warnings, bytes)."""

    def run(text=MOODLE, assignment="hessian_spectrum"):
        roster = tmp_path / "worksheet.csv"
        roster.write_text(text, newline="")
        exported = export(course, "moodle", roster=roster, assignment=assignment)
        (path,) = exported.paths
        return parsed(path), exported.warnings, path.read_bytes()

    return run


def test_moodle_gets_grade_and_feedback_and_every_other_cell_as_it_was(moodle):
    rows, _, data = moodle()
    original = list(csv.reader(io.StringIO(MOODLE.removeprefix("\ufeff"))))
    filled = [original[0].index("Grade"), original[0].index("Feedback comments")]
    assert [[cell for place, cell in enumerate(row) if place not in filled] for row in rows] == [
        [cell for place, cell in enumerate(row) if place not in filled] for row in original
    ]
    assert data.startswith(BOM) and b"\r\n" not in data
    assert [row[5] for row in rows[1:]] == ["9.5", "7.5", "0", "4.00", ""]
    assert rows[4] == original[4] and rows[5] == original[5]  # nothing handed in, and a grade in Moodle; not known


def test_moodle_gets_a_zero_and_the_reason_for_who_handed_in_nothing_and_has_no_grade_there(moodle):
    rows, _, _ = moodle(MOODLE.replace(",4.00,13.00,", ",,13.00,"))
    assert (rows[4][5], rows[4][10]) == ("0", "Nothing was handed in.")


def test_a_row_that_ends_early_is_filled_up(moodle):
    rows, warnings, _ = moodle(MOODLE + '"Participant 16","Pat"\n')
    assert rows[6] == ["Participant 16", "Pat", *[""] * 9] and "Pat" in warnings[1]


def test_moodle_finds_a_student_by_the_number_that_names_the_files_of_a_download(moodle, course):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.add_student("15")
        add_work(gradebook, "15", "hessian_spectrum", 4, 1, None)
    assert moodle()[0][5][5] == "5"


def test_moodle_feedback_is_html_in_which_nothing_of_a_students_is_markup(moodle):
    feedback = [row[10] for row in moodle()[0]]
    assert feedback[1].startswith("9.5 of 13 points<br><br>test_eval_hess_vec_prod: 7.5 of 10 points<br>")
    assert "2.5 of 4&nbsp;" in feedback[1] and "batch norm" in feedback[1]
    assert "&lt;b&gt;x&lt;/b&gt; &amp;" in feedback[1]
    assert "answer_why: 2 of 3 points<br>=1+1 is &lt;2&gt;<br>and so on" in feedback[1]
    assert feedback[2].endswith("answer_why: not graded yet")
    for text in feedback[1:4]:
        assert set(re.findall("<[^>]*>", text)) == {"<br>"}
        assert "\n" not in text and "\x1b" not in text and text[0].isdigit()


def test_moodle_without_a_feedback_column_gets_grades_and_the_instructor_is_told(moodle):
    rows, warnings, _ = moodle(MOODLE.replace('"Feedback comments"', '"Other"'))
    assert rows[1][5] == "9.5" and rows[1][10] == ""
    assert any("no column Feedback comments" in warning for warning in warnings)


@pytest.mark.parametrize("delimiter", ";\t")
def test_moodle_gets_commas_whatever_the_worksheet_was_separated_by(moodle, delimiter):
    original = list(csv.reader(io.StringIO(MOODLE)))
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(original)
    assert moodle(text.getvalue())[0] == moodle()[0]


def test_moodle_is_told_of_grades_and_feedback_that_are_replaced(moodle):
    assert not any("another grade" in warning for warning in moodle()[1])
    text = MOODLE.replace(f",13.00,Yes,{DATES},", f"12.00,13.00,Yes,{DATES},by hand", 1)
    assert any('replaces: Ada Müller, "Jo" (grade 12.00, feedback).' in warning for warning in moodle(text)[1])
    text = MOODLE.replace(f",13.00,Yes,{DATES},", f'"9,5",13.00,Yes,{DATES},', 1)
    assert not any("another grade" in warning for warning in moodle(text)[1])


@pytest.mark.parametrize("grade", ['"4,00"', "-", "Passed"])
def test_moodle_keeps_grades_of_any_form_of_those_who_handed_in_nothing(moodle, grade):
    rows, warnings, _ = moodle(MOODLE.replace(f",4.00,13.00,Yes,{DATES},", f",{grade},13.00,Yes,{DATES},"))
    assert rows[4][5] == grade.strip('"')
    assert not any("another grade" in warning for warning in warnings)


def test_moodle_is_told_of_grades_that_are_locked(moodle):
    assert not any("locked" in warning for warning in moodle()[1])
    warnings = moodle(MOODLE.replace(",Yes,", ",No,"))[1]
    (told,) = [warning for warning in warnings if "locked" in warning]
    assert told.endswith("Ada Müller, \"Jo\"; 雷 李; =cmd|' /C calc'!A0.")


def test_moodle_with_another_maximum_is_told(moodle):
    assert not any("maximum grade" in warning for warning in moodle()[1])
    _, warnings, _ = moodle(MOODLE.replace("13.00", "100.00"))
    assert any("maximum grade is 100.00 in Moodle, and 13 in" in warning for warning in warnings)


def test_moodle_needs_the_assignment_where_several_are_graded(moodle):
    with pytest.raises(Refusal, match="hessian_spectrum, sgd_path_pca"):
        moodle(assignment=None)


def test_a_worksheet_in_another_language_is_refused_with_what_to_do(moodle):
    with pytest.raises(Refusal, match="with Moodle in English"):
        moodle(MOODLE.replace("Grade", "Bewertung"))


# -------------------------------------------------------------------------------------------------------- gradescope


def results_of(folder, student, assignment="hessian_spectrum"):
    return json.loads((folder / assignment / student / "results.json").read_text())


@pytest.fixture
def gradescope(tmp_path, course):
    folder = tmp_path / "gradescope"
    export(course, "gradescope", to=folder)
    return folder


def test_gradescope_gets_a_result_for_each_graded_work_and_no_other(gradescope):
    found = {(path.parts[-2], path.parts[-3]) for path in gradescope.rglob("results.json")}
    assert found == {(folder_name(student), name) for student, name in WORKS}
    for student, name in WORKS:
        assert results_of(gradescope, folder_name(student), name)["score"] == total(student, name)


def test_gradescope_tests_are_the_criteria_and_the_written_answers(gradescope):
    results = results_of(gradescope, "ada")
    passed, failed, written = results["tests"]
    assert passed == {
        "name": "one batch", "score": 5, "max_score": 6, "status": "failed", "output": "", "output_format": "text"
    }  # fmt: skip
    assert (failed["name"], failed["score"], failed["max_score"]) == ("batch norm", 2.5, 4)
    assert failed["output"].startswith("Your code raised\nValueError: <b>x</b> & \nok       10 of 10   forged")
    assert (written["name"], written["score"], written["status"]) == ("answer_why", 2, "failed")
    assert written["output"] == "=1+1 is <2>\nand so on"
    assert results["visibility"] == "after_published"


def test_a_criterion_that_a_student_prints_into_a_traceback_is_no_criterion(gradescope):
    assert "forged" not in [test["name"] for test in results_of(gradescope, "ada")["tests"]]


def test_a_notebook_that_was_graded_without_keeping_its_criteria_is_shown_as_the_text_that_it_printed(course, tmp_path):
    path = course / "autograded" / "ada" / "hessian_spectrum" / "hessian_spectrum.ipynb"
    notebook = nbformat.read(path, as_version=4)
    del notebook.cells[0].metadata[KEY]
    nbformat.write(notebook, path)
    export(course, "gradescope", to=tmp_path / "to")
    test, _ = results_of(tmp_path / "to", "ada")["tests"]
    assert (test["name"], test["score"], test["max_score"]) == ("test_eval_hess_vec_prod", 7.5, 10)
    assert "one batch" in test["output"] and "Your code raised" in test["output"]


def test_criteria_that_do_not_add_up_to_the_grade_are_shown_as_text_only(gradescope):
    test, _ = results_of(gradescope, "ada", "sgd_path_pca")["tests"]
    assert (test["name"], test["score"], test["status"]) == ("test_principal_directions", 10, "passed")
    assert "batch norm" in test["output"]


def test_an_answer_that_waits_has_no_score_in_gradescope(gradescope):
    waiting = results_of(gradescope, "lilei")["tests"][-1]
    assert waiting["output"] == "not graded yet" and "score" not in waiting and "status" not in waiting


def test_an_odd_id_gets_its_own_feedback_and_nobody_elses(course, tmp_path):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.add_student("lilei/../ada")
        add_work(gradebook, "lilei/../ada", "hessian_spectrum", 7.5, 1, None)
    export(course, "gradescope", to=tmp_path / "to")
    assert results_of(tmp_path / "to", "..%2Feve")["tests"][1]["name"] == "batch norm"
    assert results_of(tmp_path / "to", "lilei%2F..%2Fada")["tests"][0]["output"] == ""


@pytest.mark.parametrize("student", ["../eve", "..", ".", "/etc", "a/../../b", "c:\\d", "new\nline", "\x00"])
def test_no_student_id_leads_out_of_its_folder(tmp_path, student):
    path = tmp_path / folder_name(student) / "x"
    assert path.resolve().parents[1] == tmp_path.resolve()
    path.parent.mkdir()


def test_ordinary_ids_are_folder_names_as_they_are():
    for student in ("ada", "o'neil", "李雷", "a.b@example.org"):
        assert folder_name(student) == student


@pytest.mark.parametrize("damage", ["no json", '{"cells": 1}', "[" * 100_000, '{"nbformat": 4, "cells": [{}]}'])
def test_a_damaged_autograded_notebook_costs_the_diagnosis_and_not_the_export(course, tmp_path, damage):
    (course / "autograded" / "ada" / "hessian_spectrum" / "hessian_spectrum.ipynb").write_text(damage)
    export(course, "gradescope", to=tmp_path / "to")
    assert results_of(tmp_path / "to", "ada")["score"] == 9.5


def test_the_autograder_zip_is_whole_gives_no_solution_away_and_is_the_same_each_time(gradescope, course, tmp_path):
    py_compile.compile(REPO / "autograder" / "errors.py")
    export(course, "gradescope", to=gradescope)
    data = (gradescope / "hessian_spectrum-autograder.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        assert archive.getinfo("run_autograder").external_attr >> 16 == 0o755
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        solutions = [archive.read(name) for name in names if name.startswith("solutions/")]
    assert {"setup.sh", "run_autograder", "constraints.txt", "autograder/checks/Polychain.py"} <= names
    assert set(solutions) == {path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    assert not any(name.startswith("tests") or "__pycache__" in name for name in names)
    export(course, "gradescope", to=tmp_path / "again")
    assert (tmp_path / "again" / "hessian_spectrum-autograder.zip").read_bytes() == data


@pytest.fixture(scope="module")
def container(tmp_path_factory):
    """Gradescope's folder /autograder as it is before a submission comes, for the assignment sgd_path_pca."""
    folder = tmp_path_factory.mktemp("autograder")
    archive = folder / "autograder.zip"
    archive.write_bytes(autograder_zip("sgd_path_pca"))
    subprocess.run([sys.executable, "-m", "zipfile", "-e", archive, folder / "source"], check=True)
    shutil.copy(folder / "source" / "run_autograder", folder)
    (folder / "results").mkdir()
    return folder


def run_autograder(container, files):
    """What Gradescope reads after a submission of these files, {name: path}."""
    submission = container / "submission"
    shutil.rmtree(submission, ignore_errors=True)
    submission.mkdir()
    for name, path in files.items():
        (submission / name).parent.mkdir(exist_ok=True)
        shutil.copy(path, submission / f"{name}.ipynb")
    (container / "results" / "results.json").unlink(missing_ok=True)
    # The code in the zip must do, not that of this repository, which is installed here.
    environment = {**os.environ, "PYTHONPATH": str(container / "source")}
    command = ["bash", container / "run_autograder", container, sys.executable]
    subprocess.run(command, cwd=container, env=environment, check=True)
    return json.loads((container / "results" / "results.json").read_text())


@pytest.mark.night
@pytest.mark.kernel
@pytest.mark.skipif(not SOLUTIONS.is_dir(), reason="a copy of the package without solutions/")
def test_gradescopes_autograder_gives_a_solution_all_points(container):
    sheet = SOLUTIONS / "sgd_path_pca.ipynb"
    hidden = {"__MACOSX/._any name": sheet, ".ipynb_checkpoints/any name-checkpoint": NOTEBOOKS / sheet.name}
    results = run_autograder(container, {"any name": sheet, **hidden})
    assert results["score"] == 6 + 2 and results["visibility"] == "after_published"
    assert sum(test["max_score"] for test in results["tests"]) == 6
    assert {test["status"] for test in results["tests"]} == {"passed"}


@pytest.mark.night
@pytest.mark.kernel
def test_gradescopes_autograder_gives_a_student_notebook_none_and_says_why(container):
    results = run_autograder(container, {"sgd_path_pca": NOTEBOOKS / "sgd_path_pca.ipynb"})
    assert results["score"] == 0
    assert "NotImplementedError" in results["tests"][0]["output"]
    assert not any("bonus" in test["name"] for test in results["tests"])


@pytest.mark.night
@pytest.mark.kernel
def test_gradescopes_autograder_says_what_to_hand_in_instead(container):
    for files, words in [
        ({}, "no notebook"),
        ({"a": NOTEBOOKS / "sgd_path_pca.ipynb", "b": NOTEBOOKS / "sgd_path_pca.ipynb"}, "2 notebooks"),
        ({"a": NOTEBOOKS / "mode_connectivity.ipynb"}, "This is the notebook of mode_connectivity"),
    ]:
        results = run_autograder(container, files)
        assert results["score"] == 0 and words in results["output"] and results["visibility"] == "visible"


def test_what_setup_installs_is_in_the_zip(container, tmp_path):
    subprocess.run(["bash", "-n", container / "source" / "setup.sh"], check=True)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", tmp_path, container / "source"], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {"losssurf_lab/verdicts.py", "autograder/checks/Polychain.py", "autograder/export/gradescope_run.py"}
    assert expected <= names


# ---------------------------------------------------------------------------------------------------- where it refuses


def test_a_platform_that_needs_its_own_file_says_where_to_get_it(course):
    for platform in ("canvas", "moodle"):
        with pytest.raises(Refusal, match="--roster"):
            export(course, platform)


def test_a_course_without_a_gradebook_is_refused_and_none_is_made(tmp_path):
    with pytest.raises(Refusal, match="no nbgrader_config.py"):
        export(tmp_path, "csv")
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    with pytest.raises(Refusal, match="There is no gradebook"):
        export(tmp_path, "csv")
    assert [path.name for path in tmp_path.iterdir()] == ["nbgrader_config.py"]


def test_a_file_that_is_no_gradebook_and_an_unknown_assignment_are_refused(course, tmp_path):
    (tmp_path / "no.db").write_text("this is no database, and long enough to show it" * 100)
    with pytest.raises(Refusal, match="cannot be read"):
        export(course, "csv", db_url=f"sqlite:///{tmp_path / 'no.db'}")
    (tmp_path / "no.db").write_text("")
    with pytest.raises(Refusal, match="is empty"):
        export(course, "csv", db_url=f"sqlite:///{tmp_path / 'no.db'}")
    assert (tmp_path / "no.db").read_text() == ""
    with pytest.raises(Refusal, match="no address of a database"):
        export(course, "csv", db_url="gradebook.db")
    with pytest.raises(Refusal, match="There are: hessian_spectrum, sgd_path_pca"):
        export(course, "csv", assignment="hessian")


def test_the_gradebook_that_the_courses_configuration_names_is_read(course, tmp_path):
    (course / "gradebook.db").rename(tmp_path / "elsewhere.db")
    config = course / "nbgrader_config.py"
    config.write_text(f"c = get_config()\nc.CourseDirectory.db_url = 'sqlite:///{tmp_path / 'elsewhere.db'}'\n")
    assert len(parsed(export(course, "csv").paths[0])) == 1 + len(STUDENTS)
    config.write_text("c = get_config()\nthis is not Python\n")
    with pytest.raises(Refusal, match="nbgrader_config.py cannot be used"):
        export(course, "csv")


def test_an_export_leaves_the_gradebook_as_it_was(course, tmp_path):
    before = (course / "gradebook.db").read_bytes()
    export(course, "csv")
    export(course, "gradescope", to=tmp_path / "to")
    assert (course / "gradebook.db").read_bytes() == before


# -------------------------------------------------------------------------------------------------- nbgrader, for real


@pytest.mark.night
@pytest.mark.kernel
def test_a_course_graded_by_stock_nbgrader_is_exported_with_its_scores(tmp_path):
    course = tmp_path / "course"
    write_solutions(course / "source" / "doubling")
    profile = "import os\nos.environ['LOSSSURF_PROFILE'] = 'quick'\n"
    (course / "nbgrader_config.py").write_text(profile + "c = get_config()\n")
    nbgrader(course, "generate_assignment", "doubling")
    for student, answer in {"right": "return 2 * x", "untouched": "raise NotImplementedError"}.items():
        folder = course / "submitted" / student / "doubling"
        shutil.copytree(course / "release" / "doubling", folder)
        change_cell(folder / "doubling.ipynb", "double", "raise NotImplementedError()", answer + "  # of a student")
    change_cell(course / "submitted/right/doubling/doubling.ipynb", "answer_linear", "YOUR ANSWER HERE", "As it adds.")
    nbgrader(course, "autograde", "doubling")
    nbgrader(course, "export")
    with open(course / "grades.csv") as file:
        expected = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    exported = export(course, "csv")
    rows = rows_by("student_id", parsed(exported.paths[0]))
    assert {student: float(row["doubling_score"]) for student, row in rows.items()} == expected
    assert exported.warnings[0].startswith("Answers still to be graded by hand: 1, of students: 1.")
