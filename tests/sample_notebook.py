"""For the tests: a small instructor's notebook with every kind of cell that the course's have, and stock nbgrader."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from typer.testing import CliRunner

from autograder.layout import helper_files

ANSWER = '''def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION'''
TEST = """assert double(1) == 2, "double(1) should be 2"
### BEGIN HIDDEN TESTS
assert double(21) == 42
### END HIDDEN TESTS"""
PARTIAL_TEST = """points = 2.0 * (double("") == "")
### BEGIN HIDDEN TESTS
points -= double("ab") != "abab"
### END HIDDEN TESTS
points"""
WRITTEN_ANSWER = """**Question.** Why is doubling linear?

### BEGIN SOLUTION
Doubling a sum gives the sum of the doubles.

Mark scheme: 1 point for additivity, 1 for homogeneity.
### END SOLUTION"""
PROGRESS = """import sys
for done in range(3):
    print(f"\\rstep {done}", end="", file=sys.stderr)
print("\\r      \\r", end="", file=sys.stderr)
import os
print("profile", os.environ["LOSSSURF_PROFILE"])"""


def mark(grade_id, **flags):
    """A cell's nbgrader metadata."""
    return {"schema_version": 3, "grade_id": grade_id, "grade": False, "solution": False, "locked": False, **flags}


def sample_notebook():
    """The notebook as it is after an execution: with outputs, counts, timings and versions."""
    test = {"grade": True, "locked": True}
    cells = [
        new_markdown_cell("# Doubling", id="title"),
        new_code_cell("import math", id="setup", metadata={"nbgrader": mark("setup", locked=True), "tags": ["setup"]}),
        new_code_cell(ANSWER, id="answer", metadata={"nbgrader": mark("double", solution=True)}),
        new_code_cell(TEST, id="test", metadata={"nbgrader": mark("test_double", points=3, **test)}),
        new_code_cell(PARTIAL_TEST, id="partial", metadata={"nbgrader": mark("test_double_text", points=2, **test)}),
        new_code_cell(PROGRESS, id="progress"),
        new_markdown_cell(
            WRITTEN_ANSWER,
            id="written",
            metadata={"nbgrader": mark("answer_linear", grade=True, solution=True, points=2)},
        ),
    ]
    for count, cell in enumerate((cell for cell in cells if cell.cell_type == "code"), start=1):
        cell.execution_count = count
        cell.outputs = [new_output("stream", name="stdout", text="an output of the instructor\nreturn 2 * x\n")]
        cell.metadata["execution"] = {"iopub.execute_input": "2024-01-01T00:00:00Z"}
    cells[4].outputs = [new_output("execute_result", {"text/plain": "2.0"}, execution_count=4)]
    return new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "version": "3.11.7"},
        },
    )


def write_solutions(folder, notebook=None):
    """A folder of solutions with the one notebook, doubling.ipynb; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook or sample_notebook(), folder / "doubling.ipynb")
    return folder


def cell_named(notebook, grade_id):
    """The cell with this nbgrader id."""
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def change_cell(path, grade_id, old, new):
    """Replace `old` by `new` in one cell of the notebook file at `path`."""
    notebook = nbformat.read(path, as_version=4)
    cell = cell_named(notebook, grade_id)
    assert old in cell.source
    cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path)


def nbgrader(course, *arguments):
    """Run one stock nbgrader command in the folder `course`; return what it printed; it must succeed."""
    scripts = Path(sys.executable).parent
    path = f"{scripts}{os.pathsep}{os.environ['PATH']}"  # nbgrader looks there for alembic
    command = [scripts / "nbgrader", *map(str, arguments)]
    result = subprocess.run(command, cwd=course, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout + result.stderr


def autograder(*arguments, status=0):
    """Run the command line in this process, as in one of its own; return what it printed."""
    from autograder.cli import app
    from autograder.course.release import released_own_tests, released_text

    for cached in (released_text, released_own_tests):
        cached.cache_clear()
    done = CliRunner().invoke(app, [*map(str, arguments)])
    assert done.exit_code == status, f"{done.output}\n{done.exception!r}"
    return done.output


def lay_helpers(folder):
    """Lay beside a notebook what it needs there."""
    for name, file in helper_files().items():
        Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, Path(folder, name))
