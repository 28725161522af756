"""A class graded for real: resumed after any end, graded the same twice, with grades given by hand kept."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook
from sample_class import ENDLESS, OPTIONAL, TASKS, hand_in, source_of
from sample_notebook import autograder, cell_named, change_cell, nbgrader

from autograder.course.staging import KEPT, SEED, hidden_seed, init
from autograder.errors import Refusal
from autograder.grading.grade import grade as run_grade
from autograder.grading.gradebook import Writer
from autograder.grading.kept import results
from autograder.marking.job import Job
from autograder.marking.mark import mark

pytestmark = pytest.mark.usefixtures("sandbox_here")

REPO = Path(__file__).parents[1]
PCA = "sgd_path_pca"
TEST, WRITTEN = "test_principal_directions", "answer_plane"
ANSWERS = {"ada": "numpy_svd", "ben": "gram_matrix", "dan": "ratios_of_the_kept", "finn": "not_centred"}
VIEW = "{}: the plane shows two of many directions."
POINTS = {"ada": 6.0, "ben": 6.0, "dan": 4.0, "finn": 1.5}


def command(submitted, course, *options):
    return [sys.executable, "-m", "autograder", "grade", submitted, "--course", course, "--device", "cpu", *options]


def grade(submitted, course, *options, status=0):
    """Run the command to its end in this process, and return what it printed."""
    return autograder(*command(submitted, course, *options)[3:], status=status)


def grades(course):
    """All that the gradebook says of grades, {student: {assignment: {cell: (automatic, by hand, waits)}}}."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            student.id: {
                submission.name: {
                    grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
                    for notebook in submission.notebooks for grade in notebook.grades
                }
                for submission in student.submissions
            }
            for student in gradebook.students
        }  # fmt: skip


def points(course):
    return {student: found[PCA][TEST][0] for student, found in grades(course).items() if PCA in found}


def autograded(course):
    return {path.parts[-3]: path.read_bytes() for path in course.glob("autograded/*/*/*.ipynb")}


def new_course(folder):
    """A staged course with one seed for all tests, so that graded courses can be compared."""
    init(folder)
    (folder / SEED).write_text("20261124\n")
    return folder


def hand_in_all(folder, answers):
    for student, answer in answers.items():
        written = "" if student == "finn" else VIEW.format(student)
        hand_in(folder, student, PCA, source_of(answer, PCA), written)
    return folder


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(submissions, course) of a class that was graded without a break."""
    folder = tmp_path_factory.mktemp("class")
    submitted = hand_in_all(folder / "submitted", ANSWERS)
    course = new_course(folder / "course")
    (folder / "printed.txt").write_text(grade(submitted, course, "--jobs", "2"))
    return submitted, course


@pytest.fixture
def copied(graded, tmp_path):
    """A copy of it, to be changed."""
    return [Path(shutil.copytree(folder, tmp_path / folder.name)) for folder in graded]


# ------------------------------------------------------------------------------------------------------------ one class


def test_each_answer_has_the_points_that_it_deserves(graded):
    assert points(graded[1]) == POINTS


def test_written_answers_wait_for_a_person_but_empty_ones_do_not(graded):
    assert grades(graded[1])["ada"][PCA][WRITTEN] == (None, None, True)
    assert grades(graded[1])["finn"][PCA][WRITTEN] == (0.0, None, False)


def test_the_command_prints_its_tables_and_writes_the_report(graded):
    printed = (graded[1].parent / "printed.txt").read_text()
    assert "4 files handed in: 4 taken, 0 passed over.\n4 submissions graded, 0 refused, 0 failed." in printed
    assert re.search(r"sgd_path_pca +│ +4 │ +0 │ +4.38 │ +5 │", printed)
    assert all(f"<td>{student}" in page or student in page for student in ANSWERS
               for page in [(graded[1] / "report.html").read_text()])  # fmt: skip


def test_the_graded_notebook_shows_criteria_and_diagnosis_and_nothing_hidden(graded):
    _, course = graded
    notebook = nbformat.read(course / "autograded" / "dan" / PCA / f"{PCA}.ipynb", as_version=4)
    text = "".join(output.get("text", "") for output in cell_named(notebook, TEST).outputs)
    assert "4 of 6 points" in text and "of the kept part" in text
    everything = (course / "autograded" / "dan" / PCA / f"{PCA}.ipynb").read_text()
    for secret in ("HIDDEN TESTS", "hidden_checks", "BEGIN SOLUTION", str(hidden_seed(course)), str(REPO), str(course)):
        assert secret not in everything


def test_feedback_pages_show_criteria_and_nothing_of_the_machine_or_of_others(copied):
    _, course = copied
    nbgrader(course, "generate_feedback", PCA)
    page = (course / "feedback" / "dan" / PCA / f"{PCA}.html").read_text()
    assert "4 of 6 points" in page and "ratios of the total variance" in page
    for secret in ("HIDDEN TESTS", "hidden_checks", str(hidden_seed(course)), str(REPO), str(course), "finn"):
        assert secret not in page


@pytest.mark.night
def test_a_second_grading_of_everything_gives_the_same_grades_and_the_same_notebooks(graded, tmp_path):
    submitted, course = graded
    again = new_course(tmp_path / "again")
    grade(submitted, again, "--jobs", "1")
    assert grades(again) == grades(course)
    assert autograded(again) == autograded(course)


# ----------------------------------------------------------------------------------------------- once more, and changed


def kept(course):
    return {path.name: path.stat().st_mtime_ns for path in (course / KEPT / "results").iterdir()}


def test_a_second_run_marks_nothing_and_a_changed_submission_alone_is_marked_again(copied):
    submitted, course = copied
    before = kept(course)
    grade(submitted, course)
    assert kept(course) == before
    hand_in(submitted, "dan", PCA, source_of("numpy_svd", PCA), "Changed.")
    grade(submitted, course)
    new = kept(course)
    assert len(new) == len(before) + 1 and all(new[name] == before[name] for name in before)
    assert points(course) == {**POINTS, "dan": 6.0}


def test_grades_given_by_hand_stay_and_wait_again_only_where_the_answer_changed(copied):
    submitted, course = copied
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for student in ("ada", "ben"):
            found = gradebook.find_grade(WRITTEN, PCA, PCA, student)
            found.manual_score, found.needs_manual_grade = 2.5, False
        gradebook.find_comment(WRITTEN, PCA, PCA, "ada").manual_comment = "Well seen."
        gradebook.db.commit()
    hand_in(submitted, "ada", PCA, source_of("scipy_svd_of_transpose", PCA), VIEW.format("ada"))
    hand_in(submitted, "ben", PCA, source_of("gram_matrix", PCA), "Another answer.")
    grade(submitted, course)
    assert grades(course)["ada"][PCA][WRITTEN] == (None, 2.5, False)
    assert grades(course)["ben"][PCA][WRITTEN] == (None, 2.5, True)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        assert gradebook.find_comment(WRITTEN, PCA, PCA, "ada").manual_comment == "Well seen."


@pytest.mark.night
def test_a_gradebook_that_was_deleted_is_filled_again_without_marking(copied):
    submitted, course = copied
    before, grades_before = kept(course), grades(course)
    (course / "gradebook.db").unlink()
    grade(submitted, course)
    assert kept(course) == before and grades(course) == grades_before


@pytest.mark.night
def test_a_changed_assignment_is_made_known_to_the_gradebook_again_and_graded_anew(copied):
    submitted, course = copied
    source = course / "source" / PCA / f"{PCA}.ipynb"
    change_cell(source, "question_plane", "In the picture", "In this picture")
    notebook = nbformat.read(source, as_version=4)
    cell_named(notebook, WRITTEN).metadata.nbgrader.points = 4
    nbformat.write(notebook, source)
    before = kept(course)
    grade(submitted, course)
    assert len(kept(course)) == 2 * len(before)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        assert gradebook.find_grade(WRITTEN, PCA, PCA, "ada").max_score == 4
    assert points(course) == POINTS


def test_results_are_listed_for_the_report_in_order(graded):
    listed = [(student, assignment) for student, assignment, _ in results(graded[1])]
    assert listed == [(student, PCA) for student in sorted(ANSWERS)]


# ---------------------------------------------------------------------------------------------------------------- kills


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def start(submitted, course, *options):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command(submitted, course, *options), cwd=REPO, **pipes)


def busy_workers(run):
    """The processes under a run that have a sandbox, apart from its own first try."""
    family = psutil.Process(run.pid).children(recursive=True)
    parents = {process.ppid() for process in family if name_of(process) == "bwrap"}
    return [process for process in family if process.pid in parents and name_of(process) != "bwrap"]


def name_of(process):
    """Its name, none for one that has ended since it was listed."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.name()


@pytest.mark.night
@pytest.mark.parametrize("number, marked", [
    (signal.SIGINT, 1), (signal.SIGKILL, 0), (signal.SIGKILL, 2),
])  # fmt: skip
def test_a_run_that_is_killed_goes_on_where_it_was_and_ends_as_if_it_had_not_been(graded, tmp_path, number, marked):
    submitted, course = graded
    broken = new_course(tmp_path / "broken")
    run = start(submitted, broken, "--jobs", "2")
    folder = broken / KEPT / "results"
    wait_for(lambda: busy_workers(run) and (not marked or len([*folder.glob("*.json")]) >= marked))
    family = psutil.Process(run.pid).children(recursive=True)
    run.send_signal(number)
    _, complaint = run.communicate(timeout=60)
    assert run.returncode == (130 if number == signal.SIGINT else -number)
    if number == signal.SIGINT:
        assert b"run the same command again" in complaint and b"Traceback" not in complaint
    gone, alive = psutil.wait_procs(family, timeout=20)
    assert not alive
    done = kept(broken) if folder.exists() else {}
    assert marked <= len(done) < len(ANSWERS)
    grade(submitted, broken)
    assert {name: kept(broken)[name] for name in done} == done
    assert grades(broken) == grades(course) and autograded(broken) == autograded(course)


@pytest.mark.night
def test_a_worker_that_is_killed_costs_nobody_a_grade(graded, tmp_path):
    submitted, course = graded
    wounded = new_course(tmp_path / "wounded")
    run = start(submitted, wounded, "--jobs", "2")
    wait_for(lambda: busy_workers(run))
    busy_workers(run)[0].kill()
    printed, _ = run.communicate(timeout=300)
    assert run.returncode == 0, printed
    assert grades(wounded) == grades(course)


def deadly_mark(job):
    """Mark as ever, but die of one submission, as of a fault in the grader itself."""
    if b"DEADLY" in Job.unpack(job).submission:
        os._exit(1)
    return mark(job)


@pytest.mark.night
def test_a_submission_that_kills_every_worker_is_given_up_and_takes_no_other_along(tmp_path, monkeypatch):
    submitted = hand_in_all(tmp_path / "submitted", ANSWERS)
    hand_in(submitted, "bea", PCA, "# DEADLY")
    monkeypatch.setattr("autograder.grading.grade.mark", deadly_mark)
    progress = run_grade(submitted, new_course(tmp_path / "course"), jobs=2)
    ((submission, why),) = progress.failed
    assert submission.student == "bea" and "died 3 times" in why
    assert points(tmp_path / "course") == POINTS


@pytest.mark.night
def test_a_result_that_cannot_be_entered_stops_no_other(tmp_path, monkeypatch):
    submitted = hand_in_all(tmp_path / "submitted", {"ada": "numpy_svd", "ben": "gram_matrix"})
    enter = Writer.enter

    def enter_but_for_ada(writer, submission, *content):
        if submission.student == "ada":
            raise UnicodeEncodeError("utf-8", "x", 0, 1, "of this test")
        enter(writer, submission, *content)

    monkeypatch.setattr(Writer, "enter", enter_but_for_ada)
    progress = run_grade(submitted, new_course(tmp_path / "course"), jobs=1)
    ((submission, why),) = progress.failed
    assert submission.student == "ada" and "cannot be entered" in why
    assert points(tmp_path / "course") == {"ben": 6.0}


@pytest.mark.night
def test_two_runs_at_once_on_one_course_are_refused(tmp_path):
    submitted, course = tmp_path / "submitted", new_course(tmp_path / "course")
    hand_in(submitted, "kim", PCA, ENDLESS)  # so that the first run cannot end before the second begins
    run = start(submitted, course)
    wait_for(lambda: busy_workers(run))
    second = subprocess.run(command(submitted, course), cwd=REPO, capture_output=True, text=True)
    assert second.returncode == 2 and "Another run is grading" in second.stderr
    run.kill()
    run.communicate()


# ---------------------------------------------------------------------------------------------------- other ways to run


@pytest.mark.night
def test_an_endless_answer_and_a_file_that_is_no_notebook_cost_only_their_own_student(tmp_path):
    submitted = hand_in_all(tmp_path / "submitted", {"ada": "numpy_svd"})
    hand_in(submitted, "kim", PCA, ENDLESS, "Mine.")
    hand_in(submitted, "lea", PCA, "", "").write_text("no notebook")
    course = new_course(tmp_path / "course")
    printed = grade(submitted, course, "--timeout", "10")
    assert points(course) == {"ada": 6.0, "kim": 0.0}
    assert "2 submissions graded, 1 refused, 0 failed." in printed
    found = {student: result for student, _, result in results(course)}
    assert "did not end within 10 s" in found["kim"].eye[0]
    assert found["lea"].status == "refused" and "no notebook" in found["lea"].reason


@pytest.mark.night
def test_with_all_every_cell_runs_and_shows_its_own_output(tmp_path):
    submitted = hand_in_all(tmp_path / "submitted", {"ada": "numpy_svd"})
    course = new_course(tmp_path / "course")
    grade(submitted, course, "--all")
    assert points(course) == {"ada": 6.0}
    notebook = nbformat.read(course / "autograded" / "ada" / PCA / f"{PCA}.ipynb", as_version=4)
    plot = next(cell for cell in notebook.cells if cell.id == "plot-plane")
    assert any("image/png" in output.get("data", {}) for output in plot.outputs)


@pytest.mark.night
def test_another_database_takes_the_grades(graded, tmp_path):
    submitted, course = graded
    other = new_course(tmp_path / "course")
    grade(submitted, other, "--db", f"sqlite:///{tmp_path / 'other.db'}")
    assert not (other / "gradebook.db").exists()
    (other / "gradebook.db").symlink_to(tmp_path / "other.db")
    assert grades(other) == grades(course)


@pytest.mark.night
def test_a_dask_cluster_grades_the_same_although_a_worker_is_killed(graded, tmp_path):
    submitted, course = graded
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    scripts, address = Path(sys.executable).parent, f"tcp://127.0.0.1:{port}"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "60s"}
    scheduler = [scripts / "dask", "scheduler", "--port", port, "--host", "127.0.0.1", "--no-dashboard"]
    worker = [scripts / "dask", "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path, "env": environment}
    cluster = [subprocess.Popen(program, **quiet) for program in (scheduler, worker, worker)]
    other = new_course(tmp_path / "course")
    try:
        time.sleep(10)
        run = start(submitted, other, "--scheduler", address)
        wait_for(lambda: any(name_of(child) == "bwrap" for child in psutil.Process(cluster[1].pid).children()))
        cluster[1].kill()
        printed, _ = run.communicate(timeout=300)
        assert run.returncode == 0, printed
    finally:
        for process in cluster:
            process.kill()
            process.wait()
    assert grades(other) == grades(course) and autograded(other) == autograded(course)


# ---------------------------------------------------------------------------------------------------------------- bonus

BONUS_TEST = f"test_{OPTIONAL[PCA]}"
EXERCISES = {"ada": "formula", "ben": None, "dan": "the_limit"}


def hand_in_with_optional(folder, exercises=EXERCISES):
    for student, name in exercises.items():
        optional = name and source_of(name, PCA, OPTIONAL)
        hand_in(folder, student, PCA, source_of("numpy_svd", PCA), VIEW.format(student), optional)
    return folder


def hand_in_forged_bonus(folder):
    """A student's who prints a bonus, and gives the test cell points, extra credit and an output."""
    path = hand_in(folder, "eve", PCA, source_of("numpy_svd", PCA), "A view.", "2.0\nprint('2 of 2 bonus points')")
    notebook = nbformat.read(path, as_version=4)
    test = cell_named(notebook, BONUS_TEST)
    test.metadata.nbgrader.points = test.metadata.nbgrader["extra_credit"] = 2
    test.outputs = [nbformat.v4.new_output("stream", name="stdout", text="2 of 2 bonus points\n")]
    nbformat.write(notebook, path)


def scores(course):
    """For each student the score of the whole assignment, the points that it has, and whether the bonus waits."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        submissions = gradebook.find_assignment(PCA).submissions
        waits = {each.student_id: gradebook.find_grade(BONUS_TEST, PCA, PCA, each.student_id).needs_manual_grade
                 for each in submissions}  # fmt: skip
        return {each.student_id: (each.score, each.max_score, waits[each.student_id]) for each in submissions}


def by_nbgrader(submitted, course):
    if not (course / "release").exists():
        nbgrader(course, "generate_assignment", PCA)
    shutil.copytree(submitted, course / "submitted", dirs_exist_ok=True)
    nbgrader(course, "autograde", PCA, "--force")


@pytest.fixture(scope="module", params=[
    pytest.param(grade, id="grade"), pytest.param(by_nbgrader, id="nbgrader autograde", marks=pytest.mark.night),
])  # fmt: skip
def with_bonus(request, tmp_path_factory):
    """(submissions, course, the way in which it was graded)."""
    folder = tmp_path_factory.mktemp("bonus")
    submitted, course = hand_in_with_optional(folder / "submitted"), new_course(folder / "course")
    hand_in_forged_bonus(submitted)
    request.param(submitted, course)
    return submitted, course, request.param


@pytest.mark.night
def test_a_right_optional_exercise_gives_its_bonus_and_a_wrong_missing_or_forged_one_changes_nothing(with_bonus):
    _, course, _ = with_bonus
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        most = gradebook.find_assignment(PCA).max_score
    assert most == 6 + 7  # with three written answers, which wait
    assert scores(course) == {
        "ada": (8.0, most, False), "ben": (6.0, most, False), "dan": (6.0, most, False), "eve": (6.0, most, False),
    }  # fmt: skip
    notebook = nbformat.read(course / "autograded" / "dan" / PCA / f"{PCA}.ipynb", as_version=4)
    printed = "".join(output.get("text", "") for output in cell_named(notebook, BONUS_TEST).outputs)
    assert "0 of 2 bonus points" in printed and "limit of a long walk" in printed


@pytest.mark.night
def test_the_bonus_follows_a_changed_answer_but_what_a_person_has_set_stays(with_bonus, tmp_path):
    submitted, course, grade_again = with_bonus
    submitted, course = (Path(shutil.copytree(each, tmp_path / each.name)) for each in (submitted, course))
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.find_grade(BONUS_TEST, PCA, PCA, "dan").extra_credit = 1.0  # as formgrader does
        gradebook.find_grade(BONUS_TEST, PCA, PCA, "ben").manual_score = 0.5
        gradebook.db.commit()
    grade_again(hand_in_with_optional(submitted, dict(ada="k_from_zero", ben="formula", dan="formula")), course)
    found = scores(course)
    assert found["ada"][0] == 6.0
    assert found["dan"][0] == 6.0 + 1.0 and found["ben"][0] == 6.0 + 0.5
    assert found["ben"][2] and not found["ada"][2]


# ------------------------------------------------------------------------------------------------------- not found


@pytest.mark.night
def test_a_zero_for_an_answer_that_was_not_found_is_told_and_waits_for_a_person(tmp_path):
    path = hand_in(tmp_path / "submitted", "ada", PCA, source_of("numpy_svd", PCA), VIEW.format("ada"))
    notebook = nbformat.read(path, as_version=4)
    lost = {TASKS[PCA], WRITTEN}
    notebook.cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") not in lost]
    nbformat.write(notebook, path)
    course = new_course(tmp_path / "course")
    printed = grade(tmp_path / "submitted", course)
    assert grades(course)["ada"][PCA][TEST] == (0.0, None, True) and grades(course)["ada"][PCA][WRITTEN][2]
    assert "For you to look at" in printed and "no answer was found" in printed
    page = (course / "report.html").read_text()
    assert all(f"{name}: no answer was found" in page for name in lost)
    exported = subprocess.run(
        [sys.executable, "-m", "autograder", "export", "--course", course, "--format", "csv"],
        cwd=REPO, capture_output=True, text=True,
    )  # fmt: skip
    assert "Answers still to be graded by hand: 4" in exported.stdout + exported.stderr


# ------------------------------------------------------------------------------------------------------ nobody vanishes


def test_everybody_is_graded_refused_passed_over_or_told_to_have_handed_in_nothing(graded, tmp_path):
    submitted, course = (Path(shutil.copytree(each, tmp_path / each.name)) for each in graded)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for student in ("zoe", "ada", "gus"):
            gradebook.update_or_create_student(student)
    (submitted / "gus").mkdir()
    (submitted / "hal").mkdir()
    (submitted / "hal" / f"{PCA}.pdf").write_text("a page")
    (submitted / "ivy").mkdir()
    (submitted / "ivy" / f"Copy of {PCA}.ipynb").write_text("no notebook")
    shutil.copy(submitted / "ada" / PCA / f"{PCA}.ipynb", submitted / "ivy" / "notes.ipynb")
    shutil.copytree(submitted / "ben", submitted / "BEN")
    (submitted / "BEN" / PCA / "timestamp.txt").write_text("last Tuesday")
    printed = grade(submitted, course)
    assert "In the gradebook, and have handed in nothing: zoe\n" in printed
    assert "Passed over: 'gus/': the folder is empty" in printed
    assert f"Passed over: 'hal/{PCA}.pdf': it is no notebook" in printed
    assert printed.count("2 notebooks may be sgd_path_pca") == 2
    assert "10 files handed in: 5 taken, 1 beside them, 4 passed over.\n5 submissions graded" in printed
    page = (course / "report.html").read_text()
    for words in ("10 files handed in", "zoe", "gus/", f"hal/{PCA}.pdf", "last Tuesday", "look alike"):
        assert words in page
    said = {student: " ".join(result.eye) for student, _, result in results(course)}
    assert "look alike" in said["ben"] and "last Tuesday" in said["BEN"] and not said["ada"]


@pytest.mark.night
def test_a_file_in_the_way_of_one_student_costs_that_student_alone(tmp_path):
    answers = {student: ANSWERS[student] for student in ("ada", "ben", "finn")}
    submitted, course = hand_in_all(tmp_path / "submitted", answers), new_course(tmp_path / "course")
    for step in ("submitted", "autograded"):
        (course / step).mkdir()
    (course / "submitted" / "ada").write_text("a file")
    (course / "autograded" / "ben").symlink_to(course / "source")
    printed = grade(submitted, course, status=1)
    for student in ("ada", "ben"):
        assert f"Not graded: {student}, {PCA}: its result cannot be written: {course}" in printed
    assert points(course)["finn"] == 1.5 and not (course / "source" / PCA / "timestamp.txt").exists()
    (course / "submitted" / "ada").unlink()
    (course / "autograded" / "ben").unlink()
    grade(submitted, course)
    assert points(course) == {"ada": 6.0, "ben": 6.0, "finn": 1.5}


@pytest.mark.night
def test_a_gradebook_that_is_locked_on_the_way_stops_the_run_with_words_and_nothing_is_lost(tmp_path):
    submitted = hand_in_all(tmp_path / "submitted", {"ada": "numpy_svd", "ben": "gram_matrix"})
    course, other = new_course(tmp_path / "course"), []

    def lock(progress):
        if progress.done == 1 and not other:
            other.append(sqlite3.connect(course / "gradebook.db"))
            other[0].execute("BEGIN EXCLUSIVE")

    with pytest.raises(Refusal, match="(?s)gradebook.db.*locked.*close it .*same command again"):
        run_grade(submitted, course, jobs=1, on_progress=lock)
    other[0].rollback()
    before = kept(course)
    assert grade(submitted, course)
    assert points(course) == {"ada": 6.0, "ben": 6.0}
    assert len(before) == 2 and kept(course) == before, "a result was lost, and marked again"


# ------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("options, words", [
    pytest.param(["--scheduler", "tcp://127.0.0.1:9"], "no Dask scheduler", marks=pytest.mark.night),
    (["--db", "sqlite:////nowhere/at/all.db"], "nowhere"),
])  # fmt: skip
def test_what_cannot_be_reached_is_named(graded, tmp_path, options, words):
    course = new_course(tmp_path / "course")
    done = subprocess.run(command(graded[0], course, *options), cwd=REPO, capture_output=True, text=True)
    assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr


def test_a_folder_that_is_no_course_and_an_upload_without_submissions_are_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    done = subprocess.run(command(tmp_path, tmp_path / "empty"), cwd=REPO, capture_output=True, text=True)
    assert done.returncode == 2 and "nbgrader_config.py" in done.stderr
    course = new_course(tmp_path / "course")
    done = subprocess.run(command(tmp_path / "empty", course), cwd=REPO, capture_output=True, text=True)
    assert done.returncode == 2 and "No submission was found" in done.stderr


@pytest.mark.night
def test_without_a_sandbox_it_grades_only_when_told_and_then_warns(graded, tmp_path):
    environment = {**os.environ, "PATH": str(tmp_path)}
    course = new_course(tmp_path / "course")
    done = subprocess.run(command(graded[0], course), cwd=REPO, capture_output=True, text=True, env=environment)
    assert done.returncode == 2 and "apt-get install bubblewrap" in done.stderr and "--unsafe" in done.stderr
    assert not (course / "gradebook.db").exists()
    printed = grade(graded[0], course, "--unsafe")
    assert "can read and change your files" in printed
    assert points(course) == POINTS


def test_the_tasks_of_the_sample_class_are_those_of_the_course():
    for assignment, task in [*TASKS.items(), *OPTIONAL.items()]:
        notebook = json.loads((REPO / "notebooks" / f"{assignment}.ipynb").read_text())
        assert any(cell["metadata"].get("nbgrader", {}).get("grade_id") == task for cell in notebook["cells"])
