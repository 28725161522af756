"""One submission marked, bytes to bytes, in the real sandbox: what kills its kernel costs itself, and not the rest."""

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.utils import determine_grade
from sample_class import OPTIONAL, TASKS, hand_in, source_of
from sample_notebook import cell_named
from sample_notebook import mark as marks

from autograder.course.release import student_version
from autograder.errors import CourseFault
from autograder.layout import NOTEBOOKS, SOLUTIONS
from autograder.marking.job import Job
from autograder.marking.judging import Judge
from autograder.marking.mark import mark
from autograder.marking.result import CRITERIA
from autograder.marking.steps import Step, steps_of
from autograder.notebook_files import notebook_text
from autograder.reading.sanitise import sanitise
from autograder.sandbox.running import Line

pytestmark = pytest.mark.usefixtures("sandbox_here")

PCA = "sgd_path_pca"
DEAF = """import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
principal_directions = lambda ws: 1 / 0
while True:
    pass"""


@pytest.fixture(scope="module")
def release():
    return notebook_text(student_version(SOLUTIONS / f"{PCA}.ipynb"))


def marked(release, tmp_path, answer, **options):
    """The result for this answer, and its notebook."""
    submission = hand_in(tmp_path, "ada", PCA, answer).read_bytes()
    result = json.loads(mark(Job(release, submission, seed=5, **options).pack()))
    return result, nbformat.reads(result["notebook"], as_version=4)


def shown(cell):
    return json.dumps(cell.outputs)


@pytest.mark.night
def test_with_all_cells_the_rest_runs_in_a_new_kernel_after_one_that_had_to_be_killed(release, tmp_path):
    result, notebook = marked(release, tmp_path, DEAF, everything=True, seconds=20)
    cell, _ = result["cells"]
    assert cell["score"] == 0 and "The answer cell did not end within 20 s" in cell["criteria"][0]["message"]
    assert any("did not end within 20 s" in reason for reason in result["eye"])
    cells = {cell.id: cell for cell in notebook.cells}
    assert "did not end within 20 s and was stopped" in shown(cells["principal-directions"])
    assert "NameError" in shown(cells["sgd-08"]), "what came after it was run, without it"
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_a_function_that_does_not_end_loses_its_points_and_the_answer_cell_keeps_its_output(release, tmp_path):
    answer = "print('defined')\ndef principal_directions(ws):\n    while True:\n        pass"
    result, notebook = marked(release, tmp_path, answer, seconds=3)
    assert "Your code did not end within 3 s" in result["cells"][0]["criteria"][0]["message"]
    assert "defined" in shown(cell_named(notebook, "principal_directions"))


def test_an_answer_that_dies_in_the_sandbox_is_told_so(release, tmp_path):
    result, _ = marked(release, tmp_path, "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")
    assert "The answer cell ended its own process" in result["cells"][0]["criteria"][0]["message"]


def test_a_result_holds_nothing_of_the_seed_and_no_result_of_a_cell_but_the_points(release, tmp_path):
    result, notebook = marked(release, tmp_path, "principal_directions = 3\n6.0")
    assert result["cells"][0]["score"] == 0
    kinds = [output.output_type for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert kinds.count("execute_result") == 1
    test = cell_named(notebook, "test_principal_directions")
    assert test.outputs[-1].data["text/plain"] == "0.0"
    assert test.metadata[CRITERIA] == result["cells"][0]["criteria"] != []


# ------------------------------------------------------------------------------------------------- optional exercises


def optional_cell(result):
    return next(cell for cell in result["cells"] if cell["grade_id"] == f"test_{OPTIONAL[PCA]}")


def marked_with_optional(release, tmp_path, optional, answer="numpy_svd", **options):
    answers = source_of(answer, PCA), "A view.", optional
    submission = hand_in(tmp_path, "ada", PCA, *answers).read_bytes()
    result = json.loads(mark(Job(release, submission, seed=5, **options).pack()))
    return result, nbformat.reads(result["notebook"], as_version=4)


def test_an_optional_exercise_that_was_not_written_costs_nothing_and_needs_no_eye(release, tmp_path):
    result, notebook = marked_with_optional(release, tmp_path, None)
    assert (result["eye"], result["repairs"], result["unanswered"]) == ([], [], [])
    cell = optional_cell(result)
    assert (cell["score"], cell["max_score"], cell["bonus"], cell["criteria"]) == (0.0, 0.0, 0.0, [])
    assert "nothing is lost" in shown(cell_named(notebook, cell["grade_id"]))


@pytest.mark.parametrize("name, bonus, words", [("formula", 2.0, ""), ("the_limit", 0.0, "limit of a long walk")])
def test_the_points_of_an_optional_exercise_are_a_bonus_and_no_result_of_its_cell(
    release, tmp_path, name, bonus, words
):
    result, notebook = marked_with_optional(release, tmp_path, source_of(name, PCA, OPTIONAL))
    cell = optional_cell(result)
    assert (cell["score"], cell["bonus"], cell["max_bonus"], result["eye"]) == (0.0, bonus, 2.0, [])
    test = cell_named(notebook, cell["grade_id"])
    assert f"{bonus:g} of 2 bonus points" in shown(test) and words in shown(test)
    assert [output.output_type for output in test.outputs] == ["stream"]
    assert determine_grade(test) == (0.0, 0.0)


@pytest.mark.night
def test_an_optional_exercise_that_does_not_end_costs_no_point_of_another(release, tmp_path):
    endless = f"def {OPTIONAL[PCA]}(n, k):\n    while True:\n        pass"
    result, _ = marked_with_optional(release, tmp_path, endless, seconds=5)
    assert result["cells"][0]["score"] == 6.0 and optional_cell(result)["bonus"] == 0.0
    assert result["eye"] == [f"{OPTIONAL[PCA]}: the code did not end within 5 s"]


@pytest.mark.parametrize("source", [
    "1 / 0",
    *(pytest.param(source, marks=pytest.mark.night) for source in ("while True:\n    pass", "import os\nos._exit(1)")),
])  # fmt: skip
def test_an_answer_without_a_test_is_kept_and_costs_nothing_whatever_it_does(release, tmp_path, source):
    with_more = nbformat.reads(release, as_version=4)
    stub = "# YOUR CODE HERE\nraise NotImplementedError()"
    place = next(place for place, cell in enumerate(with_more.cells) if cell.id == "test-principal-directions")
    with_more.cells.insert(place, new_code_cell(stub, metadata={"nbgrader": marks("free", solution=True)}))
    handed_in = hand_in(tmp_path, "ada", PCA, source_of("numpy_svd", PCA), "A view.")
    notebook = nbformat.read(handed_in, as_version=4)
    cell_of_student = new_code_cell(source, metadata={"nbgrader": marks("free", solution=True)})
    notebook.cells.insert(place, cell_of_student)
    job = Job(notebook_text(with_more), nbformat.writes(notebook).encode(), seed=5, seconds=5)
    result = json.loads(mark(job.pack()))
    assert result["cells"][0]["score"] == 6.0
    assert (result["eye"], result["repairs"], len(result["cells"])) == ([], [], 2)
    assert cell_named(nbformat.reads(result["notebook"], as_version=4), "free").source == source


def test_an_answer_behind_all_that_count_is_run_for_a_test_of_the_instructors_alone(tmp_path):
    name = "hessian_spectrum"
    handed_in = hand_in(tmp_path, "ada", name, source_of("double_backward", name), "A view.")
    done = sanitise(handed_in.read_bytes(), student_version(SOLUTIONS / f"{name}.ipynb"))
    assert "fast_hess_vec_prod" not in [step.name for step in steps_of(done, "cpu")]
    last = [step.name for step in steps_of(done, "cpu", own_tests={"test_fast_hess_vec_prod": "assert True"})][-2:]
    assert last == ["fast_hess_vec_prod", "the test test_fast_hess_vec_prod"]


# --------------------------------------------------------------------------------------------- what surrounds an answer

CALLS_A_HELPER = """def principal_directions(ws):
    s, vt = parts_of(ws - ws.mean(axis=0))
    return ws.mean(axis=0), vt[0], vt[1], s[:2] ** 2 / np.sum(s**2)"""
HELPER = "def parts_of(x):\n    return np.linalg.svd(x, full_matrices=False)[1:]"


def marked_with_cell(release, tmp_path, answer, own, **options):
    """The result for this answer, with a cell of the student's own at the notebook's end."""
    notebook = nbformat.read(hand_in(tmp_path, "ada", PCA, answer, "A view."), as_version=4)
    notebook.cells.append(new_code_cell(own))
    return json.loads(mark(Job(release, nbformat.writes(notebook).encode(), seed=5, **options).pack()))


def test_an_answer_with_two_habits_at_once_keeps_its_points(release, tmp_path):
    leftover = "for images, labels in test_loader:\n    break\n!pip install numpy"
    answer = f"%%time\n{leftover}\n{CALLS_A_HELPER}\nplt.plot(lost)"
    result = marked_with_cell(release, tmp_path, answer, HELPER)
    own, passed_over = result["repairs"][-2:]
    assert (result["cells"][0]["score"], result["eye"]) == (6.0, [])
    assert own.startswith("principal_directions: it was run with what it uses of cell ")
    assert "(`plt.plot(lost)`) was passed over: NameError: name 'lost' is not defined" in passed_over


@pytest.mark.night
def test_a_line_that_does_not_end_costs_no_definition(release, tmp_path):
    answer = f"{HELPER}\nwhile True:\n    pass\n{CALLS_A_HELPER}"
    result = marked(release, tmp_path, answer, seconds=8)[0]
    assert result["cells"][0]["score"] == 6.0
    assert result["eye"] == ["principal_directions: the code did not end within 8 s"]


@pytest.mark.parametrize(
    "own, words",
    [
        ("parts_of = 3", "No other code cell of the notebook has partes_of."),
        (f"import no_such_package\n@no_such_package.fast\n{HELPER.replace('parts', 'partes')}", "ModuleNotFoundError"),
        ("def partes_of(x):\nreturn x", "which cannot be run: IndentationError"),
    ],
)
def test_a_name_that_is_missing_is_looked_for_and_somebody_is_told(release, tmp_path, own, words):
    result = marked_with_cell(release, tmp_path, CALLS_A_HELPER.replace("parts_of", "partes_of"), own)
    assert result["cells"][0]["score"] == 0.0
    for told in (result["cells"][0]["criteria"][0]["message"], *result["eye"]):
        assert "partes_of" in told and words in told


@pytest.mark.parametrize("results, reason", [("QUJD", ""), ("", "The answer cell did not end in its time.")])
def test_an_answer_that_is_stopped_when_it_is_run_again_for_another_keeps_what_its_check_gave(release, results, reason):
    done = sanitise(release.encode(), nbformat.reads(release, as_version=4))
    answer, check = Step(TASKS[PCA], ""), Step("the check", "", task=TASKS[PCA], line=Line([], "", "", False, results))
    answer.stopped = "did not end in its time"
    judge = Judge([answer, check], 5, done, {})
    assert judge._why_nothing_came(TASKS[PCA], [check]) == reason
    assert any("did not end in its time" in remark for remark in judge.eye)


def test_modules_are_those_of_the_course_and_what_calls_an_answer_is_the_graders(release, tmp_path):
    drive = "losssurf_lab.tasks.principal_directions.drive"
    imports = f"import {drive}\nimport losssurf_lab_utils\nprint(losssurf_lab_utils.YEAR)"
    answer = f"{imports}\n{HELPER}\n{CALLS_A_HELPER}"
    utils = (SOLUTIONS.parent / "losssurf_lab_utils.py").read_text()
    helpers = {"losssurf_lab_utils.py": f"{utils}\nYEAR = 'of last year'\n", f"{drive.replace('.', '/')}.py": ""}
    result, notebook = marked(release, tmp_path, answer, helpers=helpers)
    assert result["cells"][0]["score"] == 6.0
    assert "of last year" in shown(cell_named(notebook, "principal_directions"))


def test_a_setup_cell_of_the_course_that_fails_marks_nobody(release, tmp_path):
    failing = nbformat.reads(release, as_version=4)
    next(cell for cell in failing.cells if cell.id == "sgd-02").source += "\nimport no_such_module"
    submission = hand_in(tmp_path, "ada", PCA, source_of("numpy_svd", PCA)).read_bytes()
    with pytest.raises(CourseFault, match="sgd-02 failed: .*No module named 'no_such_module'"):
        mark(Job(notebook_text(failing), submission, seed=5).pack())


def test_a_file_that_is_no_notebook_is_refused_without_a_sandbox(release):
    result = json.loads(mark(Job(release, b"no notebook", seed=5).pack()))
    assert (result["status"], result["cells"], result["notebook"]) == ("refused", [], None)
    assert "no notebook" in result["reason"]


def test_a_test_cell_without_a_check_waits_for_a_person_and_the_others_have_their_points(tmp_path):
    notebook = nbformat.read(Path(SOLUTIONS.parent, "notebooks", f"{PCA}.ipynb"), as_version=4)
    cell_named(notebook, "test_principal_directions").metadata.nbgrader.grade_id = "test_of_my_own"
    submission = nbformat.writes(notebook).encode()
    result = json.loads(mark(Job(nbformat.writes(notebook), submission, seed=5).pack()))
    assert [cell["ungraded"] for cell in result["cells"]] == ["test_of_my_own cannot be graded automatically", ""]
    assert any("give it points by hand" in remark for remark in result["eye"])


# ------------------------------------------------------------------------------------------------------ answers found


def rearranged(tmp_path, change):
    """The released notebook with a right answer, as bytes, after `change` of its cells, a list of dicts."""
    path = hand_in(tmp_path, "ada", PCA, source_of("numpy_svd", PCA), "A view.")
    notebook = json.loads(path.read_text())
    change(notebook["cells"])
    return json.dumps(notebook).encode()


def as_a_platform_that_keeps_no_ids(cells):
    for cell in cells:
        cell["metadata"] = {}
        del cell["id"]
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")


def split_below_an_untouched_copy(cells):
    place = next(place for place, cell in enumerate(cells) if cell["id"] == "principal-directions")
    lines = "".join(cells[place]["source"]).split("\n")
    body = next(number for number, line in enumerate(lines) if line.startswith("def principal_directions")) + 1
    released = cell_named(nbformat.read(NOTEBOOKS / f"{PCA}.ipynb", as_version=4), "principal_directions").source
    pieces = [{**cells[place], "id": f"piece-{number}", "source": "\n".join(part)}
              for number, part in enumerate([lines[:body], lines[body:]])]  # fmt: skip
    cells[place : place + 1] = [{**cells[place], "source": released.replace("\n", "\r\n")}, *pieces]


def merged_down_to_the_test(cells):
    place = next(place for place, cell in enumerate(cells) if cell["id"] == "principal-directions")
    cells[place]["source"] = "\n\n".join("".join(cell["source"]) for cell in cells[place : place + 4])
    del cells[place + 1 : place + 4]


@pytest.mark.parametrize("change", [
    as_a_platform_that_keeps_no_ids, pytest.param(split_below_an_untouched_copy, marks=pytest.mark.night),
    pytest.param(merged_down_to_the_test, marks=pytest.mark.night),
])  # fmt: skip
def test_a_right_answer_keeps_its_points_in_a_notebook_saved_or_arranged_otherwise(release, tmp_path, change):
    result = json.loads(mark(Job(release, rearranged(tmp_path, change), seed=5).pack()))
    assert (result["cells"][0]["score"], result["eye"], result["not_found"]) == (6.0, [], [])
    assert result["repairs"]


def test_a_zero_for_an_answer_that_is_nowhere_is_no_silent_one(release, tmp_path):
    def without_the_answer(cells):
        cells[:] = [cell for cell in cells if cell["id"] != "principal-directions"]

    result = json.loads(mark(Job(release, rearranged(tmp_path, without_the_answer), seed=5).pack()))
    assert (result["cells"][0]["score"], result["not_found"]) == (0.0, ["principal_directions"])
    assert "no answer was found" in result["eye"][0]
