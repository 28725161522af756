"""What happens in a term after the first grading: dates, extensions, points and rosters change, people come and go."""

import csv
import io
import json
import re
import shutil

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook
from nbgrader.utils import compute_checksum
from sample_class import hand_in, source_of
from sample_notebook import autograder, cell_named, nbgrader

from autograder.course.staging import KEPT, SEED, init
from autograder.export import export
from autograder.grading.grades import read_grades
from autograder.layout import NOTEBOOKS
from autograder.reading.sanitise import sanitise

pytestmark = pytest.mark.usefixtures("sandbox_here")

PCA, TEST, WRITTEN = "sgd_path_pca", "test_principal_directions", "answer_plane"
ANSWERS = {"ada": "numpy_svd", "ben": "ratios_of_the_kept"}
LATE = "2026-05-04 12:00:00 UTC"
POLICY = "\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"


def grade(course, *options, submitted=None, status=0):
    """Run the command; return what it printed."""
    options = ["--course", course, "--jobs", "1", *options]
    return autograder("grade", submitted or course / "submitted", *options, status=status)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course of two who handed in late, where being late costs nothing yet."""
    course = tmp_path_factory.mktemp("term") / "course"
    init(course)
    (course / SEED).write_text("20261124\n")
    for student, answer in ANSWERS.items():
        path = hand_in(course / "submitted", student, PCA, source_of(answer, PCA), f"The plane of {student}.")
        path.with_name("timestamp.txt").write_text(f"{LATE}\n")
    grade(course)
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy of it, to be changed."""
    return shutil.copytree(graded, tmp_path / "course")


def gradebook_of(course):
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}", "losssurf")


def scores(course):
    return {student.id: student.works[PCA].score for student in read_grades(course).students if PCA in student.works}


def kept(course):
    return {path.name: path.stat().st_mtime_ns for path in (course / KEPT / "results").iterdir()}


def set_due_date(course, when):
    with gradebook_of(course) as gradebook:
        gradebook.update_or_create_assignment(PCA, duedate=when)


# ------------------------------------------------------------------------------------------------- dates and policies


def test_due_date_policy_extension_and_time_change_grades_without_marking(course):
    before = kept(course)
    assert scores(course) == {"ada": 6, "ben": 4}
    set_due_date(course, "2026-05-01 12:00:00 UTC")
    grade(course)
    assert scores(course) == {"ada": 6, "ben": 4}  # late, and it costs nothing
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(POLICY)
    grade(course)
    assert scores(course) == {"ada": 0, "ben": 0}
    with gradebook_of(course) as gradebook:
        gradebook.grant_extension(PCA, "ada", days=7)
    (course / "submitted" / "ben" / PCA / "timestamp.txt").write_text("2026-05-01 11:59:00 UTC\n")
    grade(course)
    assert scores(course) == {"ada": 6, "ben": 4}
    set_due_date(course, "2026-04-01 12:00:00 UTC")
    grade(course)
    assert scores(course) == {"ada": 0, "ben": 0} and kept(course) == before


def test_a_time_that_is_gone_costs_nothing(course):
    set_due_date(course, "2026-05-01 12:00:00 UTC")
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(POLICY)
    (course / "submitted" / "ada" / PCA / "timestamp.txt").unlink()
    grade(course)
    assert scores(course) == {"ada": 6, "ben": 0}


def test_an_extension_where_there_is_no_date_keeps_nobody_from_a_grade(course):
    with gradebook_of(course) as gradebook:
        gradebook.grant_extension(PCA, "ada", days=7)
    assert "0 failed" in grade(course) and scores(course) == {"ada": 6, "ben": 4}
    assert export(course, "csv").paths


def test_one_student_is_marked_again_when_asked_for(course):
    before = kept(course)
    grade(course, "--again", "ada")
    changed = [name for name, time in kept(course).items() if before.get(name) != time]
    entered = (course / KEPT / "entered" / "ada" / PCA).read_text()
    assert len(changed) == 1 and entered.startswith(changed[0].removesuffix(".json"))
    told = grade(course, "--student", "adda", status=2)
    assert "Nothing was handed in by or for the student 'adda'" in told and "Did you mean: ada" in told


# ------------------------------------------------------------------------------------------------- points and texts


def test_points_that_the_instructor_changes_accuse_nobody_and_full_marks_are_looked_at_again(course):
    with gradebook_of(course) as gradebook:
        for student in ANSWERS:
            found = gradebook.find_grade(WRITTEN, PCA, PCA, student)
            found.manual_score, found.needs_manual_grade = 2.0, False
        gradebook.db.commit()
    source = course / "source" / PCA / f"{PCA}.ipynb"
    notebook = nbformat.read(source, as_version=4)
    cell_named(notebook, WRITTEN).metadata.nbgrader.points = 4
    cell_named(notebook, TEST).metadata.nbgrader.points = 12
    cell_named(notebook, "question_plane").source += "\n\nLook at the picture once more."
    nbformat.write(notebook, source)
    grade(course)
    with gradebook_of(course) as gradebook:
        for student, points in {"ada": 12, "ben": 8}.items():
            written = gradebook.find_grade(WRITTEN, PCA, PCA, student)
            assert (written.manual_score, written.max_score, written.needs_manual_grade) == (2, 4, True)
            assert gradebook.find_grade(TEST, PCA, PCA, student).auto_score == points
    page = BeautifulSoup((course / "report.html").read_text(), "html.parser")
    assert "metadata" not in page.find(id="eye").get_text() and "was changed" not in page.get_text()
    assert "it was made from another version of this notebook" in page.find(id="log").get_text()


def test_a_question_whose_text_has_changed_is_not_taken_for_an_answer():
    release = nbformat.reads((NOTEBOOKS / f"{PCA}.ipynb").read_text(), as_version=4)
    handed_in = nbformat.writes(release).encode()
    for cell in release.cells:
        if cell.cell_type == "markdown" and "answer_" not in str(cell.metadata.get("nbgrader")):
            cell.source = f"Of this year. {cell.source}"
    for name in ("answer_plane", "answer_explained"):
        cell_named(release, name).source = "WRITE HERE"
    for cell in release.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.checksum = compute_checksum(cell)
    done = sanitise(handed_in, release)
    assert sorted(done.unanswered) == ["answer_explained", "answer_initial_point", "answer_plane"]
    assert (done.not_found, done.eye) == ([], [])


def test_an_answer_without_a_checksum_is_kept_whatever_its_metadata_lack():
    release = nbformat.reads((NOTEBOOKS / f"{PCA}.ipynb").read_text(), as_version=4)
    handed_in = json.loads(nbformat.writes(release))
    for cell in handed_in["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == WRITTEN:
            del cell["metadata"]["nbgrader"]["checksum"], cell["metadata"]["nbgrader"]["points"]
            cell["source"] = "An answer."
    done = sanitise(json.dumps(handed_in).encode(), release)
    assert cell_named(done.notebook, WRITTEN).source == "An answer."


# ------------------------------------------------------------------------------------------------------- the roster


def test_who_is_not_on_the_roster_is_named_before_a_student_is_made(course):
    nbgrader(course, "db", "student", "add", "clara", "--first-name", "Clara", "--last-name", "Zetkin")
    hand_in(course / "submitted", "klara", PCA, source_of("numpy_svd", PCA))
    told = grade(course)
    assert "klara (is it clara?) is not on the roster" in told and "1 passed over" in told
    assert sorted(student.id for student in read_grades(course).students) == ["ada", "ben", "clara"]
    grade(course, "--add-students")
    assert scores(course) == {"ada": 6, "ben": 4, "klara": 6}


@pytest.mark.night
def test_a_stranger_to_a_whole_roster_is_not_graded_and_one_beside_a_few_names_is(course, tmp_path):
    submitted = tmp_path / "more"
    for student in ("dora", "emil", "zacharias"):
        hand_in(submitted, student, PCA, source_of("numpy_svd", PCA))
    for student in ("dora", "emil"):
        nbgrader(course, "db", "student", "add", student)
    told = grade(course, submitted=submitted)
    assert "zacharias is not on the roster" in told and "zacharias" not in scores(course)
    shutil.rmtree(submitted / "dora")
    told = grade(course, submitted=submitted)
    page = BeautifulSoup((course / "report.html").read_text(), "html.parser")
    assert scores(course)["zacharias"] == 6 and "not on the roster" in page.find(id="eye").get_text()


@pytest.mark.night
def test_who_was_left_out_or_refused_before_has_not_been_removed(course, tmp_path):
    submitted = tmp_path / "more"
    path = hand_in(submitted, "dora", PCA, source_of("numpy_svd", PCA))
    right = path.read_bytes()
    path.write_text("no notebook")
    hand_in(submitted, "emil", PCA, source_of("numpy_svd", PCA))
    grade(course, "--student", "dora", submitted=submitted)
    path.write_bytes(right)
    grade(course, submitted=submitted)
    assert scores(course) == {"ada": 6, "ben": 4, "dora": 6, "emil": 6}


def test_who_handed_in_nothing_has_a_zero_or_no_score_and_who_is_removed_is_nowhere(course):
    nbgrader(course, "db", "student", "add", "clara", "--first-name", "Clara", "--last-name", "Zetkin")
    nbgrader(course, "db", "student", "remove", "ben", "--force")
    told = grade(course)
    assert "ben was removed from the gradebook" in told
    page = BeautifulSoup((course / "report.html").read_text(), "html.parser")
    rows = {row.bdi.get_text(): row.get_text(" ", strip=True) for row in page.select(".students tbody tr")}
    assert list(rows) == ["ada", "clara"] and "Clara Zetkin –" in rows["clara"]
    assert not any("ben" in section.get_text() for section in page.select(".assignment"))
    for missing, score in ((0.0, "0"), (None, "")):
        (path,) = export(course, "csv", missing=missing).paths
        table = {row["student_id"]: row for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))}
        assert list(table) == ["ada", "clara"]
        assert (table["clara"][f"{PCA}_score"], table["clara"]["total"]) == (score, score)


def test_who_is_in_no_gradebook_as_all_was_refused_stands_in_table_and_report(course, tmp_path):
    hand_in(tmp_path / "more", "lea", PCA, source_of("numpy_svd", PCA)).write_text("no notebook")
    told = grade(course, submitted=tmp_path / "more")
    row = next(line for line in told.splitlines() if PCA in line and "│" in line)  # of the first table, the scores
    assert [cell.strip() for cell in row.split("│")[2:4]] == ["2", "1"]  # graded before, and refused
    page = BeautifulSoup((course / "report.html").read_text(), "html.parser")
    assert "lea" in page.find(id="eye").get_text()
    assert "lea" in [row.bdi.get_text() for row in page.select(".students tbody tr")]


def test_who_is_removed_after_a_refusal_is_nowhere_too(course, tmp_path):
    hand_in(tmp_path / "more", "ben", PCA, source_of("numpy_svd", PCA)).write_text("no notebook")
    grade(course, submitted=tmp_path / "more")
    nbgrader(course, "db", "student", "remove", "ben", "--force")
    shutil.rmtree(tmp_path / "more" / "ben")
    hand_in(tmp_path / "more", "ada", PCA, source_of("numpy_svd", PCA))
    grade(course, submitted=tmp_path / "more")
    page = BeautifulSoup((course / "report.html").read_text(), "html.parser")
    assert [row.bdi.get_text() for row in page.select(".students tbody tr")] == ["ada"]


# ----------------------------------------------------------------------------------------- what report and exports say


def test_report_and_table_say_the_same_of_tests_hand_marks_bonus_and_lateness(course):
    set_due_date(course, "2026-05-01 12:00:00 UTC")
    (course / "late.py").write_text(
        "from nbgrader.plugins import BasePlugin\n\n\nclass TwoPoints(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n        return 2\n"
    )
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("\nimport sys\nsys.path.insert(0, HERE)\nc.AssignLatePenalties.plugin_class = 'late.TwoPoints'\n")
    with gradebook_of(course) as gradebook:
        for name, points in ((WRITTEN, 1.5), (TEST, 5.0)):
            found = gradebook.find_grade(name, PCA, PCA, "ben")
            found.manual_score, found.needs_manual_grade = points, False
        gradebook.find_grade(TEST, PCA, PCA, "ben").extra_credit = 1.0
        gradebook.db.commit()
    grade(course)
    (path,) = export(course, "csv").paths
    row = {row["student_id"]: row for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))}["ben"]
    parts = {key.removeprefix(f"{PCA}_"): value for key, value in row.items() if key.startswith(PCA)}
    assert parts == {"score": "5.5", "automatic": "0", "by_hand": "6.5", "bonus": "1", "penalty": "2", "waiting": "2",
                     "overridden": TEST, "max": "13"}  # fmt: skip
    page = BeautifulSoup((course / "report.html").read_text(), "html.parser")
    shown = page.find("tr", attrs={"data-who": re.compile("^ben")}).get_text(" ", strip=True)
    assert shown == "ben 5.5 0 tests + 6.5 by hand + 1 bonus − 2 late 2 to mark 5.5"
    assert f"{TEST}: 5 points by hand in the place of 4" in page.find(id="log").get_text()
    assert json.loads((course / KEPT / "made_students.json").read_text()) == ["ada", "ben"]
