"""Optional exercises that are left out: the notebook says so where it needs them, and all else runs."""

import dis

import nbformat
import numpy as np
import pytest

from autograder.course.execute import execute
from autograder.layout import NOTEBOOKS, SOLUTIONS
from autograder.notebook_files import grade_id_of
from losssurf_lab import checks

OPTIONAL = {
    "hessian_spectrum": ["subspace_overlap", "fast_hess_vec_prod"],
    "mode_connectivity": ["Bezier", "BentChain"],
    "sgd_path_pca": ["random_walk_explained_variance"],
}
CASES = [(name, alone) for name, optional in OPTIONAL.items() for alone in [None, *optional]]


def stub(x):
    # YOUR CODE HERE
    raise NotImplementedError()


def written(x):
    return x
    raise NotImplementedError()


def written_in_a_block(x):
    with np.errstate(all="ignore"):
        return x
    raise NotImplementedError()


def written_with_a_guard(x):
    if x is None:
        raise NotImplementedError("None")
    return x


class HalfWritten:
    number = 1

    def gen_index(self):
        return 1

    def process_weights_item(self):
        raise NotImplementedError()


class Callable:
    def __call__(self):
        return 1


@pytest.mark.parametrize("answer", [stub, HalfWritten])
def test_a_stub_is_told_in_one_line_that_names_it(answer, capsys):
    assert not checks.is_written(answer)
    assert capsys.readouterr().out.splitlines() == [checks.LEFT_OUT.format(answer.__name__)]


@pytest.mark.parametrize(
    "answer", [written, written_in_a_block, written_with_a_guard, Callable, Callable(), len, dis.dis]
)
def test_what_is_written_is_passed_in_silence_whatever_it_is(answer, capsys):
    assert checks.is_written(answer) and capsys.readouterr().out == ""


@pytest.mark.kernel
@pytest.mark.night
@pytest.mark.parametrize("name, alone", CASES)
def test_a_notebook_runs_to_its_end_with_the_required_task_and_at_most_one_other_solved(name, alone, tmp_path):
    notebook, solution = (nbformat.read(folder / f"{name}.ipynb", 4) for folder in (NOTEBOOKS, SOLUTIONS))
    solved = {grade_id_of(cell): cell.source for cell in solution.cells if cell.cell_type == "code"}
    left_out = [task for task in OPTIONAL[name] if task != alone]
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = cell.source if grade_id_of(cell) in left_out else solved[grade_id_of(cell)]
    for cell in notebook.cells:  # of a student's copy, in which no hidden test counts points
        if "grade" in cell.metadata.get("nbgrader", {}):
            cell.metadata.nbgrader.grade = False
    nbformat.write(notebook, tmp_path / "copy.ipynb")
    run = execute(tmp_path / "copy.ipynb")
    assert run.failure == ""
    printed = [line for cell in run.notebook.cells for output in cell.get("outputs", [])
               for line in output.get("text", "").splitlines()]  # fmt: skip
    for task in OPTIONAL[name]:
        assert (checks.LEFT_OUT.format(task) in printed) == (task in left_out)
