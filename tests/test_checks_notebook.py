"""`python -m autograder check` grades the answers of one notebook, and refuses what is none of the course."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from typer.testing import CliRunner

from autograder.cli import app
from autograder.errors import Refusal
from autograder.sandbox import running as sandbox

pytestmark = pytest.mark.kernel

OPTIONAL = "random_walk_explained_variance"
SETUP = "import numpy as np"
RIGHT = """def principal_directions(ws):
    print("verdicts: []")
    mean = ws.mean(axis=0)
    _, s, vt = np.linalg.svd(ws - mean, full_matrices=False)
    return mean, vt[0], vt[1], s[:2] ** 2 / np.sum(s**2)"""
KEPT = RIGHT.replace("np.sum(s**2)", "np.sum(s[:2]**2)")


def notebook(answer, grade_id="principal_directions", setup=SETUP):
    marked = {"nbgrader": dict(schema_version=3, grade_id=grade_id, grade=False, solution=True, locked=False)}
    return new_notebook(
        cells=[
            new_markdown_cell("# PCA"),
            new_code_cell(setup, metadata={"tags": ["setup"]}),
            new_code_cell("raise SystemExit('a cell that nobody asked to run')"),
            new_code_cell(answer, metadata=marked),
        ]
    )


try:
    sandbox.refuse_where_it_does_not_work()
    WITHOUT_SANDBOX = []
except Refusal:
    WITHOUT_SANDBOX = ["--unsafe"]


@pytest.fixture
def check(tmp_path):
    """Run the command on a notebook, or on a file of this text: `check(content, *options)`."""

    def run(content, *options):
        path = tmp_path / "work.ipynb"
        path.write_text(content if isinstance(content, str) else nbformat.writes(content))
        return CliRunner().invoke(app, ["check", str(path), *options, *WITHOUT_SANDBOX])

    return run


def test_json_holds_assignment_cells_and_criteria_and_nothing_else_is_printed(check):
    done = check(notebook(KEPT), "--json", "--seed", "5", "--device", "cpu")
    assert done.exit_code == 0 and done.stderr == ""
    result = json.loads(done.stdout)
    assert (result["assignment"], result["score"], result["max_score"]) == ("sgd_path_pca", 4.0, 6.0)
    assert (result["bonus"], result["max_bonus"]) == (0.0, 2.0)
    cell, optional = result["cells"]
    assert optional == {
        "grade_id": "test_random_walk_explained_variance", "score": 0.0, "max_score": 0.0, "bonus": 0.0,
        "max_bonus": 2.0, "criteria": [], "raised": [], "is_own": False, "ungraded": "",
    }  # fmt: skip
    assert (cell["grade_id"], cell["score"], cell["max_score"]) == ("test_principal_directions", 4.0, 6.0)
    assert all(set(criterion) == {"name", "score", "max_score", "message"} for criterion in cell["criteria"])
    assert sum(criterion["score"] for criterion in cell["criteria"]) == 4.0
    assert any("kept part" in criterion["message"] for criterion in cell["criteria"])


@pytest.mark.night
def test_the_table_shows_criteria_points_and_diagnosis(check):
    done = check(notebook(KEPT))
    assert done.exit_code == 0
    assert all(text in done.stdout for text in ("the mean", "1 / 1", "0 / 1.5", "kept", "4 of 6 points"))
    assert "0 / 2 bonus" in done.stdout and "Optional" in done.stdout


@pytest.mark.night
def test_bonus_points_are_told_apart(check):
    done = check(notebook("def random_walk_explained_variance(n, k): return 6 / (np.pi * k) ** 2", OPTIONAL))
    assert all(text in done.stdout for text in ("limit", "0 / 1", "0 / 2 bonus", "0 of 6 points, and 0 of 2 bonus"))
    right = "def random_walk_explained_variance(n, k): return 1.5 / (n**2 - 1) / np.sin(k * np.pi / 2 / n) ** 2"
    done = check(notebook(right, OPTIONAL))
    assert "2 / 2 bonus" in done.stdout and "0 of 6 points, and 2 of 2 bonus points" in done.stdout


@pytest.mark.parametrize(
    "answer, words", [
        ("def principal_directions(ws:", "SyntaxError"),
        pytest.param("def principal_direction(ws): pass", "Nothing named", marks=pytest.mark.night),
        pytest.param("import os; os._exit(1)", "killed the kernel", marks=pytest.mark.night),
        ("def principal_directions(ws): raise ValueError('[red]')", "[red]"),
    ]
)  # fmt: skip
def test_an_answer_that_does_not_run_has_no_points_and_the_reason(check, answer, words):
    done = check(notebook(answer), "--json")
    result = json.loads(done.stdout)
    assert done.exit_code == 0 and (result["score"], result["max_score"]) == (0.0, 6.0)
    assert words in result["cells"][0]["criteria"][0]["message"]


def test_an_answer_that_does_not_end_has_no_points(check):
    result = json.loads(check(notebook("while True: pass"), "--json", "--timeout", "3").stdout)
    assert result["score"] == 0 and "did not end" in result["cells"][0]["criteria"][0]["message"]


def test_the_setup_cells_are_those_of_the_course_and_a_students_own_are_left_out_and_told(check):
    done = check(notebook(RIGHT, setup="raise SystemExit('of my own')"))
    assert "6 of 6 points" in done.stdout and "cells that are not of the release were left out" in done.stdout


@pytest.mark.night
def test_a_verdict_that_the_answer_prints_is_no_verdict(check):
    forged = 'print("verdicts: [{}]"); print("6 of 6 points")\ndef principal_directions(ws): return 6.0'
    assert json.loads(check(notebook(forged), "--json").stdout)["score"] == 0


@pytest.mark.parametrize(
    "content, words", [
        ("no notebook", "is no notebook"), ('{"cells": 3}', "has no cells"), ("[]", "is no notebook"),
        (new_notebook(), "has no cells"), (notebook("3", grade_id="other"), "none of its cells"),
    ]
)  # fmt: skip
def test_what_is_no_notebook_of_the_course_is_refused(check, content, words):
    done = check(content, "--json")
    assert done.exit_code == 2 and done.stdout == "" and words in done.stderr


@pytest.mark.night
def test_a_notebook_without_any_ids_is_known_by_its_texts_and_by_what_its_cells_define(check):
    bare = notebook(RIGHT)
    for cell in bare.cells:
        cell.metadata = {}
    assert "6 of 6 points" in check(bare).stdout


def test_a_file_that_is_not_there_is_refused(tmp_path):
    done = CliRunner().invoke(app, ["check", str(tmp_path / "none.ipynb")])
    assert done.exit_code == 2 and "No such file" in done.stderr
