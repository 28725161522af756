"""Solution notebooks run from top to bottom in a real kernel, with clean outputs and the failing cell named."""

import asyncio
import atexit
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter
from nbconvert.filters import strip_ansi
from nbgrader import utils
from traitlets.config import Config

from autograder import checks
from autograder.errors import Refusal
from autograder.layout import helper_files
from autograder.notebook_files import cell_name, grade_id_of, read_notebook, without_volatile_metadata
from autograder.outputs import tidy_outputs

CELL_TIMEOUT = 3600  # seconds; the longest cell on MNIST takes minutes, so what takes an hour hangs
TRACEBACK_LINES = 12


@dataclass
class Run:
    """One executed notebook: its outputs, how long it took, and what failed ("" where nothing did)."""

    path: Path
    notebook: nbformat.NotebookNode
    seconds: float
    failure: str = ""


def execute(path, profile="quick", helpers=None, on_cell=lambda number, cells: None):
    """Run the notebook at `path` in a fresh kernel and return its `Run`; the file itself is left alone.

    profile: "quick" or "full", handed to the kernel as LOSSSURF_PROFILE. helpers: {path from it: file} to lay beside it
    (default: the repository's). on_cell(number, cells): called before each cell. The kernel works in a temporary
    folder, so that what a cell writes litters nothing. A test cell with less than full points counts as a failure.
    """
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(_execute(path, profile, helper_files() if helpers is None else helpers, on_cell))


class _Loop(asyncio.SelectorEventLoop):
    """A loop in which Ctrl-C ends all that runs; with nbclient's own handler it looks like a dead kernel."""

    def add_signal_handler(self, *_):
        raise NotImplementedError


async def _execute(path, profile, helpers, on_cell):
    notebook, started = read_notebook(path), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for name, file in helpers.items():
            Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, Path(folder, name))
        failure = await _run_cells(notebook, folder, profile, on_cell) or _lost_points(notebook)
        tidy_outputs(notebook, folder)
    return Run(Path(path), without_volatile_metadata(notebook), time.monotonic() - started, failure)


async def _run_cells(notebook, folder, profile, on_cell):
    """Run the cells in place, with `folder` as the kernel's own; say which failed and why ("": none)."""
    running = ["the kernel", None]

    def note_cell(cell, cell_index):
        running[:] = cell_name(cell, cell_index), cell
        on_cell(cell_index + 1, len(notebook.cells))

    # Sockets in a folder of ours: two kernels that start at once can pick the same TCP port, and one of them dies.
    sockets = Config(KernelManager={"transport": "ipc", "ip": f"{folder}/.kernel"})
    client = NotebookClient(
        notebook,
        config=sockets,
        timeout=CELL_TIMEOUT,
        store_widget_state=False,
        shutdown_kernel="immediate",  # a kernel that is asked to leave in the middle of a cell complains at length
        on_cell_start=note_cell,
    )
    try:
        await client.async_execute(cwd=folder, env={**os.environ, "LOSSSURF_PROFILE": profile})
    except (CellExecutionError, CellTimeoutError, RuntimeError) as error:  # RuntimeError: the kernel died or hung
        if asyncio.current_task().cancelling():  # by Ctrl-C, which nbclient takes for a dead kernel
            raise asyncio.CancelledError from None
        name, cell = running
        return f"{name}: {_reason(cell, error)}"
    except NoSuchKernel as error:
        raise Refusal(f"There is no kernel {error.name!r}.\nSet the notebook's kernel to python3.") from None
    finally:
        if client.km is not None:  # interrupted as it started: nbclient would leave the kernel to the end of Python
            await client._async_cleanup_kernel()
        atexit.unregister(client._cleanup_kernel)
    return ""


def _reason(cell, error):
    """What to tell of a failed cell: the last lines of its traceback, or why there is none."""
    if isinstance(error, DeadKernelError):
        return "the kernel died while it ran, perhaps for lack of memory"
    if isinstance(error, CellTimeoutError):
        return f"no end after {CELL_TIMEOUT} s"
    if isinstance(error, RuntimeError):
        return str(error)
    traceback = [line for output in cell.outputs if output.output_type == "error" for line in output.traceback]
    lines = strip_ansi("\n".join(traceback)).splitlines() or [f"{error.ename}: {error.evalue}"]
    return "\n".join([f"{error.ename}", *lines[-TRACEBACK_LINES:]])


def _lost_points(notebook):
    """Which test cells give their own solution less than full points, in words ("": none)."""
    lost = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell):
            try:
                points, full = utils.determine_grade(cell)
            except ValueError as error:
                lost.append(f"{cell_name(cell, index)}: {error}")
                continue
            if points < full:
                lost.append(f"{cell_name(cell, index)}: the solution gets {points:g} of {full:g} points")
            if bonus := _lost_bonus(cell):
                lost.append(f"{cell_name(cell, index)}: the solution gets {bonus}")
    return "\n".join(lost)


def _lost_bonus(cell):
    """The last line that the check of an optional exercise printed, "" where that is the one of full marks."""
    task = grade_id_of(cell).removeprefix("test_")
    if task not in checks.CHECKS or not checks.CHECKS[task].bonus:
        return ""
    printed = "".join(output.get("text", "") for output in cell.outputs).splitlines() or ["nothing"]
    return "" if printed[-1] == checks.total_of_full_marks(task) else printed[-1]


def as_html(run):
    """The executed notebook as one HTML page."""
    page, _ = HTMLExporter().from_notebook_node(run.notebook, {"metadata": {"name": run.path.stem}})
    return page
