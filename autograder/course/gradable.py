"""What of the instructor's notebooks can be graded, and what cannot: told when a course is made.

A test cell is that of a task (`losssurf_lab/tasks/`), or one of the instructor's own: plain Python with `assert`s.
"""

import ast

from nbgrader import utils

from autograder.notebook_files import Problem, cell_name, grade_id_of, task_of
from losssurf_lab import tasks

OWN_TEST = "An own test is plain Python with asserts, between ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS"


def problems(notebook, path):
    """Why cells of the instructor's notebook at `path` cannot be graded, and the way out, as `Problem`s."""
    found = [(cell_name(cell, index), why_not(cell, notebook)) for index, cell in enumerate(notebook.cells)]
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if language != "python":
        found.insert(0, ("", f"is a notebook in {language}; the grader runs Python alone"))
    return [Problem(path, name, why) for name, why in found if why]


def own_tests(notebook):
    """The sources of the instructor's own tests that can be graded, {grade id: source}."""
    return {grade_id_of(cell): cell.source for cell in notebook.cells
            if is_own_test(cell) and not why_not(cell, notebook)}  # fmt: skip


def is_own_test(cell):
    """Whether a cell is a test that belongs to no task of the course."""
    return task_of(cell) is not None and task_of(cell) not in tasks.names()


def why_not(cell, notebook):
    """Why a cell of the instructor's cannot be graded, and what to do; "" where it can, or counts nothing."""
    if utils.is_task(cell):
        return "is a manually graded task, which has no cell for an answer: make it a manually graded answer"
    task = task_of(cell)
    if task is None:
        return ""
    if not is_own_test(cell):
        has_answer = any(utils.is_solution(other) and grade_id_of(other) == task for other in notebook.cells)
        return "" if has_answer else f"tests {task}, but no answer cell has the id {task}: give its answer cell that id"
    return _why_no_test(cell.source, task)


def _why_no_test(source, task):
    try:
        nodes = ast.parse(source).body
    except (SyntaxError, ValueError) as error:
        return f"is no plain Python (line {getattr(error, 'lineno', '?')}: {error.args[0]}). {OWN_TEST}"
    if not any(not isinstance(node, ast.Pass) for node in nodes):
        return f"tests nothing, and {task} is no task of the course. {OWN_TEST}; or add a task, see docs/maintainer.md"
    modules = [name.partition(".")[0] for node in nodes for part in ast.walk(node) for name in _imported(part)]
    if "autograder" in modules:
        return (
            f"calls autograder, which is not there where answers run, and {task} is no task of the course: name the "
            f"cell test_TASK after one of {', '.join(tasks.names())}. {OWN_TEST}; or add a task, see docs/maintainer.md"
        )
    return ""


def _imported(node):
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
