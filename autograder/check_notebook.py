"""One notebook checked: its answers run in a real kernel, their verdicts as a table or as JSON."""

import json
import os
import shutil
import tempfile
import warnings
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError
from nbformat.v4 import new_code_cell, new_notebook
from rich.table import Table
from rich.text import Text
from traitlets.config import Config

from autograder.errors import Refusal
from autograder.layout import helper_modules, short

ASSIGNMENTS = {
    "eval_hess_vec_prod": "hessian_spectrum", "Polychain": "mode_connectivity", "principal_directions": "sgd_path_pca",
}  # fmt: skip
CELL_TIMEOUT = 120  # seconds; a check takes three, and what takes two minutes hangs
CHECK_CELL = """from autograder.check_notebook import print_verdicts
print_verdicts({grade_id!r}, globals().get({grade_id!r}), {seed!r}, {device!r})"""
MARK = "verdicts: "


def check_notebook(path, *, seed=0, device="auto"):
    """Grade the answers of the notebook at `path`: `{"assignment", "score", "max_score", "cells": [...]}`.

    Run are the cells tagged `setup` and the answer cells, in the order of the notebook and in the quick profile.
    Raises Refusal where the file is no notebook of this course or the kernel does not start.
    """
    if device == "cuda":
        _demand_gpu()
    cells = _cells_to_run(_read(path), path)
    grade_ids = list(dict.fromkeys(grade_id for grade_id, _ in cells if grade_id))
    sources = [source for _, source in cells]
    sources += [CHECK_CELL.format(grade_id=grade_id, seed=seed, device=device) for grade_id in grade_ids]
    executed = _execute(sources)
    broken = {}
    for (grade_id, _), cell in zip(cells, executed):
        if error := _error_of(cell):
            broken.setdefault(grade_id or "setup", error)
    graded = [_grade(grade_id, cell, broken) for grade_id, cell in zip(grade_ids, executed[len(cells) :])]
    name = ASSIGNMENTS[grade_ids[0]] if len(grade_ids) == 1 else Path(path).stem
    return {"assignment": name, **_total(graded), "cells": graded}


def _demand_gpu():
    from autograder import checks  # here, as PyTorch takes seconds to import, and only the kernel needs it else

    try:
        checks.devices("cuda")
    except RuntimeError as error:
        raise Refusal(f"{error}.") from None


def _read(path):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without an id, as older editors write them, do no harm here
            notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except OSError as error:
        raise Refusal(f"{short(path)} cannot be read: {error.strerror or error}.") from None
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise Refusal(f"{short(path)} is not a readable notebook: {reason}") from None
    return notebook


def _cells_to_run(notebook, path):
    """`[(grade_id of an answer or None, source), ...]`."""
    cells = []
    for cell in notebook.cells:
        settings = cell.metadata.get("nbgrader", {})
        grade_id = settings.get("grade_id") if isinstance(settings, dict) else None
        if cell.cell_type == "code" and (grade_id in ASSIGNMENTS or "setup" in cell.metadata.get("tags", [])):
            cells.append((grade_id if grade_id in ASSIGNMENTS else None, cell.source))
    if not any(grade_id for grade_id, _ in cells):
        raise Refusal(
            f"{short(path)} is no notebook of this course: it has none of the answer cells {', '.join(ASSIGNMENTS)}.\n"
            "Was the cell, or its nbgrader metadata, deleted?"
        )
    return cells


def _execute(sources):
    """The cells after their execution in a fresh kernel; after a death or an endless loop the rest has no outputs."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    with tempfile.TemporaryDirectory() as folder:
        for module in helper_modules():
            shutil.copy(module, folder)
        client = NotebookClient(
            notebook,
            # Sockets in a folder of ours: two kernels that start at once can pick the same TCP port.
            config=Config(KernelManager={"transport": "ipc", "ip": f"{folder}/.kernel"}),
            kernel_name="python3",
            timeout=CELL_TIMEOUT,
            allow_errors=True,
            store_widget_state=False,
            shutdown_kernel="immediate",
        )
        try:
            client.execute(cwd=folder, env={**os.environ, "LOSSSURF_PROFILE": "quick"})
        except NoSuchKernel as error:
            raise Refusal(f"There is no Jupyter kernel {error.name!r} here. Install ipykernel.") from None
        except CellTimeoutError:
            notebook.metadata["ended"] = f"The code did not end within {CELL_TIMEOUT} s."
        except RuntimeError:  # also of nbclient's DeadKernelError
            notebook.metadata["ended"] = "The kernel died while the code ran, perhaps for lack of memory."
    for cell in notebook.cells:
        cell.metadata["ended"] = notebook.metadata.get("ended", "")
    return notebook.cells


def _error_of(cell):
    """The exception of a cell in a line, None where there was none."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return f"{errors[0].ename}: {errors[0].evalue}" if errors else None


def _grade(grade_id, cell, broken):
    """The verdicts that a check cell printed; none right where it printed none, with the reason."""
    text = "".join(output.text for output in cell.outputs if output.get("name") == "stdout")
    lines = [line for line in text.splitlines() if line.startswith(MARK)]
    if lines:
        criteria = json.loads(lines[-1].removeprefix(MARK))
    else:
        reason = cell.metadata["ended"] or f"The check came to no end: {_error_of(cell)}."
        criteria = [{"name": "the answer runs", "score": 0.0, "max_score": full_marks(grade_id), "message": reason}]
    for place in (grade_id, "setup"):
        if place in broken and not any(criterion["score"] for criterion in criteria):
            which = "The answer cell" if place == grade_id else "A setup cell"
            criteria[0]["message"] = f"{which} raised {broken[place]}. " + criteria[0]["message"]
    return {"grade_id": grade_id, **_total(criteria), "criteria": criteria}


def full_marks(grade_id):
    """The points of a task."""
    from autograder.checks import CHECKS

    return float(sum(points for _, points, *_ in CHECKS[grade_id].criteria))


def _total(parts):
    return {key: float(sum(part[key] for part in parts)) for key in ("score", "max_score")}


def print_verdicts(grade_id, answer, seed, device):
    """In the kernel: run the hidden check, and print its verdicts in a line that `_grade` finds."""
    from autograder import checks

    verdicts = checks.run(grade_id, answer, seed=seed, device=device)
    print("\n" + MARK + json.dumps([vars(verdict) for verdict in verdicts]))


def as_table(result):
    """The result as a table of rich: criterion, points, diagnosis."""
    table = Table(title=Text(result["assignment"]))
    for header, options in (("criterion", {"ratio": 2}), ("points", {"no_wrap": True}), ("diagnosis", {"ratio": 3})):
        table.add_column(header, **options)
    for cell in result["cells"]:
        said = set()
        for criterion in cell["criteria"]:
            message = "as above" if criterion["message"] in said else criterion["message"]
            said |= {criterion["message"]} - {""}
            full = criterion["score"] == criterion["max_score"]
            table.add_row(Text(criterion["name"]), _points(criterion, "green" if full else "red"), Text(message))
        table.add_section()
        table.add_row(Text(cell["grade_id"], style="bold"), _points(cell, "bold"), "")
    return table


def _points(part, style):
    return Text(f"{part['score']:g} / {part['max_score']:g}", style=style)
