"""The student notebooks: what `autograder build` takes out, that it does so reproducibly, and what --check finds."""

import json
import shutil
import subprocess
import sys

import nbformat
import pytest
from sample_notebook import cell_named, change_cell, lay_helpers, nbgrader, sample_notebook, write_solutions

from autograder.course.leaks import split_regions
from autograder.course.release import build, changed_helpers, released_helpers
from autograder.course.release_check import check
from autograder.course.staging import init
from autograder.errors import Refusal
from autograder.layout import REPO, SOLUTIONS
from autograder.notebook_files import VOLATILE_CELL_METADATA, write_whole

SECRETS = [
    "return 2 * x",
    "double(21)",
    '"abab"',
    "sum of the doubles",
    "Mark scheme",
    "an output of the instructor",
    "SOLUTION",
    "HIDDEN TESTS",
]
needs_solutions = pytest.mark.skipif(not SOLUTIONS.is_dir(), reason="a copy of the package without solutions/")


@pytest.fixture
def folders(tmp_path):
    """(solutions, notebooks), the second generated from the first."""
    solutions = write_solutions(tmp_path / "solutions")
    build(solutions, tmp_path / "notebooks")
    return solutions, tmp_path / "notebooks"


def problems_of(folders):
    return [str(problem) for problem in check(*folders)]


# ------------------------------------------------------------------------------------------------------------ build


def test_release_holds_no_solution_hidden_test_mark_scheme_or_output(folders):
    text = (folders[1] / "doubling.ipynb").read_text()
    assert [secret for secret in SECRETS if secret in text] == []


def test_release_keeps_what_the_student_needs(folders):
    notebook = nbformat.read(folders[1] / "doubling.ipynb", as_version=4)
    assert cell_named(notebook, "double").source.endswith("# YOUR CODE HERE\n    raise NotImplementedError()")
    assert cell_named(notebook, "test_double").source == 'assert double(1) == 2, "double(1) should be 2"'
    assert "**Question.**" in cell_named(notebook, "answer_linear").source
    assert notebook.cells[1].metadata.tags == ["setup"]


def test_same_solutions_give_the_same_bytes_whatever_the_run_left_in_them(folders, tmp_path):
    other_run = sample_notebook()
    other_run.metadata.language_info.version = "3.12.1"
    other_run.metadata.widgets = {"state": {}}
    for cell in other_run.cells:
        cell.metadata["execution"] = {"iopub.execute_input": "2025-05-05T05:05:05Z"}
        if cell.cell_type == "code":
            cell.execution_count += 10
            cell.outputs = []
    build(write_solutions(tmp_path / "other", other_run), tmp_path / "other_notebooks")
    first, second = (folder / "doubling.ipynb" for folder in (folders[1], tmp_path / "other_notebooks"))
    assert first.read_bytes() == second.read_bytes()


def test_second_build_changes_nothing_and_says_so(folders):
    path = folders[1] / "doubling.ipynb"
    before = path.stat().st_mtime_ns
    assert build(*folders) == {path: False}
    assert path.stat().st_mtime_ns == before


def stock_release(course, assignment):
    """What `nbgrader generate_assignment` itself makes in the course directory `course`."""
    nbgrader(course, "generate_assignment", assignment)
    return json.loads((course / "release" / assignment / f"{assignment}.ipynb").read_text())


def assert_equal_but_for_the_run(ours, stock):
    for cell in stock["cells"]:
        for key in VOLATILE_CELL_METADATA:
            cell["metadata"].pop(key, None)
    for notebook in (ours, stock):
        notebook["metadata"]["language_info"] = {"name": notebook["metadata"]["language_info"]["name"]}
    stock["metadata"].pop("widgets", None)
    assert ours == stock


@pytest.mark.kernel
def test_release_is_what_nbgrader_itself_would_release(folders, tmp_path):
    init(tmp_path / "course", folders[0], helpers={})
    ours = json.loads((folders[1] / "doubling.ipynb").read_text())
    assert_equal_but_for_the_run(ours, stock_release(tmp_path / "course", "doubling"))


@pytest.mark.parametrize(
    ("cell", "old", "new", "complaint"),
    [
        ("double", "    ### END SOLUTION", "", "BEGIN SOLUTION has no END SOLUTION"),
        ("double", "    ### BEGIN SOLUTION", "", "END SOLUTION has no BEGIN SOLUTION"),
        ("test_double", "### BEGIN HIDDEN TESTS", "### Begin hidden tests", "END HIDDEN TESTS has no BEGIN"),
        ("setup", "import math", "### BEGIN SOLUTION\nimport math\n### END SOLUTION", "has lines to hide"),
    ],
)
def test_build_refuses_what_would_leak_and_names_the_cell(folders, cell, old, new, complaint):
    before = (folders[1] / "doubling.ipynb").read_bytes()
    change_cell(folders[0] / "doubling.ipynb", cell, old, new)
    with pytest.raises(Refusal, match=f"doubling.ipynb, {cell}: {complaint}"):
        build(*folders)
    assert (folders[1] / "doubling.ipynb").read_bytes() == before


def test_build_refuses_markers_that_nbgrader_does_not_understand(folders):
    source = folders[0] / "doubling.ipynb"
    change_cell(source, "test_double", "### BEGIN HIDDEN TESTS", "### begin hidden tests")
    change_cell(source, "test_double", "### END HIDDEN TESTS", "### end hidden tests")
    with pytest.raises(Refusal, match="test_double: shows a marker"):
        build(*folders)


def test_build_refuses_an_attachment_that_only_the_model_answer_shows(folders):
    notebook = sample_notebook()
    cell_named(notebook, "answer_linear").attachments = {"proof.png": {"image/png": "iVBORw0KGgo="}}
    with pytest.raises(Refusal, match="answer_linear: has the attachment 'proof.png'"):
        build(write_solutions(folders[0], notebook), folders[1])


def test_build_refuses_cells_without_ids_which_would_get_random_ones(folders):
    notebook = json.loads((folders[0] / "doubling.ipynb").read_text())
    del notebook["cells"][0]["id"]
    (folders[0] / "doubling.ipynb").write_text(json.dumps(notebook))
    with pytest.raises(Refusal, match="not a sound notebook"):
        build(*folders)


def test_regions_split_into_public_and_secret_lines():
    assert split_regions("a\n# BEGIN SOLUTION\nb\n# END SOLUTION\nc") == (["a", "c"], ["b"])


def test_a_write_that_fails_leaves_nothing_behind(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        write_whole(tmp_path / "taken", "a folder has this name")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


# ------------------------------------------------------------------------------------------------------------ check


def test_check_finds_nothing_in_a_fresh_build(folders):
    assert problems_of(folders) == []


@pytest.mark.parametrize(
    "secret", ["return 2 * x", "assert double(21) == 42", "Doubling a sum gives the sum of the doubles."]
)
def test_check_names_the_cell_in_which_a_secret_line_stands(folders, secret):
    change_cell(folders[1] / "doubling.ipynb", "setup", "import math", f"import math  # {secret}")
    leaks = [problem for problem in problems_of(folders) if "gives away" in problem]
    assert len(leaks) == 1
    assert "doubling.ipynb, setup: gives away a line of" in leaks[0]


def test_check_finds_a_secret_in_an_output(folders):
    path = folders[1] / "doubling.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell_named(notebook, "double").outputs = [nbformat.v4.new_output("stream", text="---> 4 return 2 * x\n")]
    nbformat.write(notebook, path)
    assert any("double: gives away a line of double" in problem for problem in problems_of(folders))


def test_check_finds_a_secret_in_another_file(folders):
    (folders[1] / "hints.py").write_text("def f(x):\n    return 2 * x\n")
    assert [problem for problem in problems_of(folders) if "hints.py: gives away a line of double" in problem]


def test_line_that_students_see_anyway_is_no_leak(folders):
    change_cell(folders[0] / "doubling.ipynb", "setup", "import math", "import math\n# return 2 * x is what you want")
    build(*folders)
    assert problems_of(folders) == []


def test_check_names_a_cell_that_drifted(folders):
    change_cell(folders[0] / "doubling.ipynb", "double", "Twice x.", "The double of x.")
    assert len(problems_of(folders)) == 1
    assert "doubling.ipynb, double: differs from solutions/ in its metadata and source" in problems_of(folders)[0]


def test_check_names_missing_and_extra_cells(folders):
    path = folders[1] / "doubling.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0] = nbformat.v4.new_markdown_cell("# Mine", id="mine")
    nbformat.write(notebook, path)
    first, second = problems_of(folders)
    assert "cell 1 (title): is missing" in first
    assert "cell 1 (mine): has no source" in second


def test_check_names_missing_and_extra_notebooks(folders):
    (folders[1] / "doubling.ipynb").rename(folders[1] / "tripling.ipynb")
    first, second = problems_of(folders)
    assert "doubling.ipynb: is missing" in first
    assert "tripling.ipynb: has no source" in second


def test_check_sees_a_change_of_order(folders):
    path = folders[1] / "doubling.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.reverse()
    nbformat.write(notebook, path)
    assert "cell 1 (title): stands in another place" in problems_of(folders)[0]


def test_check_reports_a_damaged_notebook_and_still_searches_it(folders):
    (folders[1] / "doubling.ipynb").write_text('{"cells": ["return 2 * x"')
    problems = problems_of(folders)
    assert "is not a notebook" in problems[0]
    assert "gives away a line of double" in problems[1]


# ---------------------------------------------------------------------------------------------------- command line


@pytest.fixture
def small_repository(tmp_path):
    """A repository with the autograder and the sample notebook, in which the real command runs."""
    shutil.copytree(REPO / "autograder", tmp_path / "repo" / "autograder")
    write_solutions(tmp_path / "repo" / "solutions")
    return tmp_path / "repo"


def autograder(repository, *arguments):
    command = [sys.executable, "-m", "autograder", *map(str, arguments)]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True)


@pytest.mark.long
def test_command_builds_then_checks_then_names_the_drifted_cell(small_repository):
    assert "notebooks/doubling.ipynb  written" in autograder(small_repository, "build").stdout
    assert autograder(small_repository, "build", "--check").returncode == 0
    change_cell(small_repository / "notebooks" / "doubling.ipynb", "test_double", "== 2", "== 3")
    checked = autograder(small_repository, "build", "--check")
    assert checked.returncode == 1
    assert "notebooks/doubling.ipynb, test_double: differs" in checked.stdout


@pytest.mark.long
def test_command_shows_a_mistake_without_traceback(small_repository):
    (small_repository / "solutions" / "doubling.ipynb").write_text("no JSON")
    failed = autograder(small_repository, "build")
    assert failed.returncode == 2
    assert "solutions/doubling.ipynb: not a sound notebook" in failed.stderr
    assert "Traceback" not in failed.stderr


# ------------------------------------------------------------------------------------------- the course's notebooks


@needs_solutions
def test_the_committed_notebooks_are_in_step_and_free_of_leaks():
    assert [str(problem) for problem in check()] == []


@pytest.mark.kernel
@needs_solutions
@pytest.mark.parametrize("name", [
    "sgd_path_pca",
    *(pytest.param(name, marks=pytest.mark.night) for name in ("hessian_spectrum", "mode_connectivity")),
])  # fmt: skip
def test_the_committed_notebook_is_what_nbgrader_itself_would_release(tmp_path, name):
    init(tmp_path / "course")
    ours = json.loads((REPO / "notebooks" / f"{name}.ipynb").read_text())
    assert_equal_but_for_the_run(ours, stock_release(tmp_path / "course", name))


def test_modules_of_a_course_that_are_not_the_repositorys_are_named(tmp_path):
    for assignment in ("same", "other"):
        (tmp_path / "source" / assignment).mkdir(parents=True)
        lay_helpers(tmp_path / "source" / assignment)
    (tmp_path / "source" / "other" / "losssurf_lab_utils.py").write_text("YEAR = 'last'\n")
    (tmp_path / "source" / "other" / "losssurf_lab/walks.py").unlink()
    assert changed_helpers(tmp_path, "same") == ""
    assert released_helpers(tmp_path, "other")["losssurf_lab_utils.py"] == "YEAR = 'last'\n"
    warning = changed_helpers(tmp_path, "other")
    assert "as they were released: losssurf_lab_utils.py;" in warning and "taken: losssurf_lab/walks.py." in warning
