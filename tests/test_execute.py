"""Solutions executed in a real kernel: what is stored of it, what a failure says, and the command's options."""

import os
import shutil
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from sample_notebook import cell_named, change_cell, mark, sample_notebook, write_solutions

from autograder import checks
from autograder.course.execute import _lost_points, execute
from autograder.errors import Refusal
from autograder.layout import REPO
from autograder.outputs import as_on_screen, tidy_outputs

pytestmark = pytest.mark.kernel


def notebook_of(path, *sources):
    """Write a notebook with these code cells; return its path."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources, start=1)]
    nbformat.write(new_notebook(cells=cells, metadata=kernel), path)
    return path


@pytest.fixture(scope="module")
def sample_run(tmp_path_factory):
    """The sample notebook, executed once, and the calls of the progress function."""
    calls = []
    solutions = write_solutions(tmp_path_factory.mktemp("execute") / "solutions")
    run = execute(solutions / "doubling.ipynb", helpers={}, on_cell=lambda *call: calls.append(call))
    return run, calls


def test_a_right_notebook_runs_without_failure_in_the_quick_profile(sample_run):
    run, calls = sample_run
    assert run.failure == ""
    assert run.notebook.cells[5].outputs[0].text == "profile quick\n"
    assert calls == [(number, 7) for number in range(1, 8)]


def test_stored_notebook_has_no_timings_versions_or_states_of_a_progress_bar(sample_run):
    notebook = sample_run[0].notebook
    assert notebook.metadata.language_info == {"name": "python"}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [key for cell in code for key in cell.metadata if key not in ("nbgrader", "tags")] == []
    texts = [output.text for cell in code for output in cell.outputs if output.output_type == "stream"]
    assert texts == ["profile quick\n"]


def test_the_file_itself_is_left_alone(tmp_path):
    path = notebook_of(tmp_path / "a.ipynb", "open('litter', 'w').write('x')")
    before = path.read_bytes()
    execute(path, helpers={})
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.ipynb"]


def test_helper_modules_can_be_imported_and_the_temporary_folder_is_not_named(tmp_path):
    (tmp_path / "helper.py").write_text("VERSION = 1\n")
    path = notebook_of(tmp_path / "a.ipynb", "import helper\nprint(helper.VERSION, helper.__file__)")
    run = execute(path, helpers={"helper.py": tmp_path / "helper.py"})
    assert run.notebook.cells[0].outputs[0].text.strip() == "1 ./helper.py"


def test_a_failing_cell_is_named_with_the_end_of_its_traceback_and_stops_the_notebook(tmp_path):
    run = execute(notebook_of(tmp_path / "a.ipynb", "x = 1", "print('so far')\nx / 0", "y = 2"), helpers={})
    assert run.failure.startswith("cell 2 (cell-2): ZeroDivisionError\n")
    assert run.failure.endswith("ZeroDivisionError: division by zero")
    assert "x / 0" in run.failure
    assert run.notebook.cells[2].execution_count is None


def test_a_kernel_that_dies_is_named_with_the_cell_it_died_in(tmp_path):
    run = execute(notebook_of(tmp_path / "a.ipynb", "x = 1", "import os; os._exit(1)"), helpers={})
    assert run.failure == "cell 2 (cell-2): the kernel died while it ran, perhaps for lack of memory"


def test_a_solution_that_does_not_get_full_points_fails(tmp_path):
    path = write_solutions(tmp_path / "solutions") / "doubling.ipynb"
    change_cell(path, "double", "return 2 * x", "return 2 * x if x != 'ab' else 0")
    assert execute(path, helpers={}).failure == "test_double_text: the solution gets 1 of 2 points"


def test_a_test_that_gives_more_points_than_there_are_fails(tmp_path):
    notebook = sample_notebook()
    cell_named(notebook, "test_double_text").source = "3.0"
    failure = execute(write_solutions(tmp_path / "solutions", notebook) / "doubling.ipynb", helpers={}).failure
    assert failure.startswith("test_double_text: partial credit cannot be greater")


def test_an_unknown_kernel_is_refused(tmp_path):
    path = notebook_of(tmp_path / "a.ipynb", "1")
    path.write_text(path.read_text().replace('"python3"', '"no_such"'))
    with pytest.raises(Refusal, match="no kernel 'no_such'"):
        execute(path, helpers={})


# ---------------------------------------------------------------------------------------------------------- outputs


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain\ntext\n", "plain\ntext\n"),
        ("\r 10 %\r 100 %\n", " 100 %\n"),
        ("\r 10 %\r      \rdone\n", "done\n"),
        ("\r 10 %\r      \r", ""),
        ("from the start\rover", "over the start"),
        ("windows\r\n", "windows\n"),
    ],
)
def test_carriage_returns_overwrite_the_line_as_on_a_terminal(written, shown):
    assert as_on_screen(written) == shown


def test_streams_become_one_per_name_and_displays_keep_their_place():
    def stream(name, text):
        return new_output("stream", name=name, text=text)

    picture = new_output("display_data", {"text/plain": "picture"})
    streams = [stream("stderr", "e"), stream("stdout", "a"), stream("stderr", "r"), stream("stdout", "b\n")]
    cell = new_code_cell("", outputs=[*streams, picture, stream("stdout", "\r  \r"), stream("stdout", "c")])
    tidy_outputs(new_notebook(cells=[cell]), "/nowhere")
    assert cell.outputs == [stream("stdout", "ab\n"), stream("stderr", "er"), picture, stream("stdout", "c")]


# ---------------------------------------------------------------------------------------------------- command line


@pytest.fixture
def small_repository(tmp_path):
    """A repository with the autograder and two notebooks, of which the first fails."""
    shutil.copytree(REPO / "autograder", tmp_path / "repo" / "autograder")
    write_solutions(tmp_path / "repo" / "solutions")
    notebook_of(tmp_path / "repo" / "solutions" / "broken.ipynb", "1 / 0")
    return tmp_path / "repo"


def run_command(repository, *arguments):
    command = [sys.executable, "-m", "autograder", "execute", *map(str, arguments)]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True)


def test_command_runs_the_others_after_a_failure_and_writes_a_page_each(small_repository, tmp_path):
    before = (small_repository / "solutions" / "doubling.ipynb").read_bytes()
    result = run_command(small_repository, "--html", "pages")
    assert result.returncode == 1
    assert "solutions/broken.ipynb, cell 1 (cell-1): ZeroDivisionError" in result.stdout
    assert "cell 7 of 7" in result.stdout
    pages = [small_repository / "pages" / f"{name}.html" for name in ("broken", "doubling")]
    assert result.stdout.splitlines()[-2:] == [str(page) for page in pages]
    assert all("<html" in page.read_text() for page in pages)
    assert (small_repository / "solutions" / "doubling.ipynb").read_bytes() == before


def test_ctrl_c_stops_the_command_and_its_kernel_at_once(small_repository):
    started = small_repository / "started"
    waiting = f"import os, time\nopen({str(started)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    notebook_of(small_repository / "solutions" / "broken.ipynb", waiting)
    command = [sys.executable, "-m", "autograder", "execute"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = subprocess.Popen(command, cwd=small_repository, text=True, **pipes)
    wait_until(lambda: started.exists() and started.read_text())
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in printed
    assert "doubling" not in printed
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_ctrl_c_stops_the_command_also_while_a_kernel_starts(small_repository):
    command = [sys.executable, "-m", "autograder", "execute"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = subprocess.Popen(command, cwd=small_repository, text=True, **pipes)
    wait_until(lambda: psutil.Process(process.pid).children())
    (kernel,) = psutil.Process(process.pid).children()
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in printed and "doubling" not in printed
    assert not kernel.is_running()


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_command_saves_what_the_named_profile_gives(small_repository):
    assert run_command(small_repository, "doubling", "--save", "--profile", "full").returncode == 0
    stored = nbformat.read(small_repository / "solutions" / "doubling.ipynb", as_version=4)
    assert stored.cells[5].outputs[0].text == "profile full\n"


def test_command_refuses_to_save_outputs_of_a_profile_that_nobody_named(small_repository):
    result = run_command(small_repository, "doubling", "--save")
    assert result.returncode == 2
    assert "Add --profile full" in result.stderr


def test_command_names_the_notebooks_where_one_is_unknown(small_repository):
    result = run_command(small_repository, "tripling")
    assert result.returncode == 2
    assert "There are: broken, doubling." in result.stderr


def test_an_optional_exercise_whose_solution_loses_a_bonus_is_a_failure():
    marked = {"nbgrader": mark("test_Bezier", grade=True, locked=True, points=0)}
    full = checks.CHECKS["Bezier"].max_score
    for points, failure in ((full, ""), (full - 0.5, "test_Bezier: the solution gets 1.5 of 2 bonus points")):
        text = checks.report("Bezier", [checks.Verdict("a curve", points, full)]) + "\n"
        printed = [new_output("stream", name="stdout", text=text)]
        cell = new_code_cell("grade()", outputs=printed, metadata=marked)
        assert _lost_points(new_notebook(cells=[cell])) == failure
    cell.outputs = []
    assert _lost_points(new_notebook(cells=[cell])) == "test_Bezier: the solution gets nothing"
