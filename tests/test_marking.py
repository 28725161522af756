"""One submission marked, bytes to bytes, in the real sandbox: what kills its kernel costs itself, and not the rest."""

import json
from pathlib import Path

import nbformat
import pytest
from sample_class import hand_in
from sample_notebook import cell_named

from autograder.errors import NotMarked
from autograder.layout import SOLUTIONS
from autograder.marking import Job, mark
from autograder.notebook_files import notebook_text
from autograder.release import student_version

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


def test_with_all_cells_the_rest_runs_in_a_new_kernel_after_one_that_had_to_be_killed(release, tmp_path):
    result, notebook = marked(release, tmp_path, DEAF, everything=True, seconds=20)
    (cell,) = result["cells"]
    assert cell["score"] == 0 and "The answer cell did not end within 20 s" in cell["criteria"][0]["message"]
    assert any("did not end within 20 s" in reason for reason in result["eye"])
    cells = {cell.id: cell for cell in notebook.cells}
    assert "did not end within 20 s and was stopped" in shown(cells["principal-directions"])
    assert "NameError" in shown(cells["sgd-08"]), "what came after it was run, without it"
    assert [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"] == list(range(1, 9 + 1))


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
    assert cell_named(notebook, "test_principal_directions").outputs[-1].data["text/plain"] == "0.0"


def test_a_file_that_is_no_notebook_is_refused_without_a_sandbox(release):
    result = json.loads(mark(Job(release, b"no notebook", seed=5).pack()))
    assert (result["status"], result["cells"], result["notebook"]) == ("refused", [], None)
    assert "no notebook" in result["reason"]


def test_a_test_cell_without_a_check_is_the_courses_fault(tmp_path):
    notebook = nbformat.read(Path(SOLUTIONS.parent, "notebooks", f"{PCA}.ipynb"), as_version=4)
    cell_named(notebook, "test_principal_directions").metadata.nbgrader.grade_id = "test_of_my_own"
    submission = nbformat.writes(notebook).encode()
    with pytest.raises(NotMarked, match="test_of_my_own has no check"):
        mark(Job(nbformat.writes(notebook), submission, seed=5).pack())
