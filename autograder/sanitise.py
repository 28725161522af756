"""A submission rebuilt from our own release: of the student's notebook only what a student is asked for is taken.

Taken are the sources of answer cells and written answers, found by their nbgrader id (or by the cell's own, where an
editor lost the former), and the outputs of cells that count nothing, as the student saw them. What differs beyond that
is put right and told.
"""

import json
from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass, field

import nbformat
from nbformat.v4 import new_output
from nbgrader import utils

from autograder.outputs import clean_text, harmless_outputs
from autograder.own_cells import MOST_SOURCE, own_cells

MOST_BYTES = 20 * 2**20  # of a notebook
MOST_CELLS = 1000
MOST_OUTPUT = 3 * 2**20  # characters of all outputs that are kept; a picture of matplotlib's has 20,000 to 100,000
OWN_OUTPUTS = "(The outputs below are the student's own, as handed in.)\n"


class Unreadable(Exception):
    """A submission that is no notebook; the message says why."""


@dataclass
class Sanitised:
    """The rebuilt notebook, what was put right, and what somebody should look at."""

    notebook: nbformat.NotebookNode
    repairs: list = field(default_factory=list)
    eye: list = field(default_factory=list)
    unanswered: list = field(default_factory=list)
    code: list = field(default_factory=list)  # the student's code cells in their order, as `own_cells.OwnCell`


def sanitise(submission, release):
    """The submission (bytes) rebuilt from `release`, the student version of the notebook, as a `Sanitised`.

    Raises Unreadable where the bytes are no notebook.
    """
    handed_in = read_untrusted(submission)
    done = Sanitised(deepcopy(release))
    _note_foreign_metadata(handed_in, release, done)
    cells, room = _Cells(handed_in["cells"]), MOST_OUTPUT
    for cell in done.notebook.cells:
        if utils.is_solution(cell):
            _take_answer(cell, cells.of(cell), done)
        else:
            room -= _take_outputs(cell, cells.of(cell), done, room)
    _note_left_out(cells, done)
    done.code, remarks = own_cells(cells.cells, cells.used, done.notebook, cells.of, source_of)
    done.eye += remarks
    done.repairs, done.eye = list(dict.fromkeys(done.repairs)), list(dict.fromkeys(done.eye))  # each once
    return done


def read_untrusted(data):
    """A notebook of format 4 as plain dicts, of which no more is known than that "cells" is a list of dicts."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"the file has {len(data) / 2**20:.0f} MB; {MOST_BYTES // 2**20} are the most")
    try:
        notebook = json.loads(data)
        if isinstance(notebook, dict) and notebook.get("nbformat") == 3:
            notebook = json.loads(nbformat.writes(nbformat.convert(nbformat.from_dict(notebook), 4)))
    except RecursionError:
        raise Unreadable("its JSON is nested too deeply") from None
    except Exception as error:  # whatever a converter says to what a stranger wrote
        raise Unreadable(f"it is no notebook ({type(error).__name__})") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable("it is no notebook: it has no list of cells")
    if notebook.get("nbformat") != 4:
        raise Unreadable(f"its format is {str(notebook.get('nbformat'))[:20]}; 3 and 4 can be read")
    if len(notebook["cells"]) > MOST_CELLS:
        raise Unreadable(f"it has {len(notebook['cells']):,} cells; {MOST_CELLS:,} are the most")
    return {**notebook, "cells": [cell for cell in notebook["cells"] if isinstance(cell, dict)]}


class _Cells:
    """The cells of a submission by the ids that they claim; `used` are those that found a place."""

    def __init__(self, cells):
        self.cells, self.used = cells, set()
        self.by_grade_id, self.by_id = defaultdict(list), defaultdict(list)
        for number, cell in enumerate(cells):
            grade_id = grade_id_of(cell)
            (self.by_grade_id[grade_id] if grade_id else self.by_id[str(cell.get("id"))]).append(number)

    def of(self, cell):
        """Those that claim to be the released `cell`."""
        numbers = self.by_grade_id.get(grade_id_of(cell)) or self.by_id.get(cell.id, [])
        self.used |= {*numbers}
        return [self.cells[number] for number in numbers]


def grade_id_of(cell):
    """The nbgrader id that a cell claims, None where it claims none."""
    metadata = cell.get("metadata")
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = settings.get("grade_id") if isinstance(settings, dict) else None
    return grade_id if isinstance(grade_id, str) and grade_id else None


def source_of(cell):
    """The source of an untrusted cell."""
    return clean_text(cell.get("source"))


# ------------------------------------------------------------------------------------------------- answers and outputs


def _take_answer(cell, claimants, done):
    """Put the student's source into the answer cell."""
    name, released = cell.metadata.nbgrader.grade_id, cell.source
    sources = [source_of(claimant) for claimant in claimants]
    if not claimants:
        done.repairs.append(f"{name}: the cell is missing; the released one stands for it")
    if len(claimants) > 1:
        done.eye.append(f"{name}: there are {len(claimants)} cells of that name; the first that was changed counts")
    cell.source = next((source for source in sources if source.strip() != released.strip()), released)
    if len(cell.source) > MOST_SOURCE:
        done.eye.append(f"{name}: the answer has {len(cell.source):,} characters and was left out")
        cell.source = released
    if any(claimant.get("cell_type") != cell.cell_type for claimant in claimants):
        done.repairs.append(f"{name}: its type was changed; it is a {cell.cell_type} cell again")
    if any(grade_id_of(claimant) is None for claimant in claimants):
        done.repairs.append(f"{name}: its nbgrader metadata was missing; it was known by its own id")
    if any(claimant.get("attachments") for claimant in claimants):
        done.eye.append(f"{name}: a picture pasted into the answer is left out; look at the submitted notebook")
    if cell.cell_type == "markdown" and cell.source.strip() in ("", released.strip()):
        done.unanswered.append(name)


def _take_outputs(cell, claimants, done, room):
    """Show the student's outputs of a cell that counts nothing; tell where its source was changed.

    Returns how much of the room, in characters, they take: at most a little more than there is.
    """
    name = grade_id_of(cell) or f"the cell {cell.id}"
    changed = [claimant for claimant in claimants if source_of(claimant).strip() != cell.source.strip()]
    if changed and cell.metadata.get("nbgrader"):
        done.repairs.append(f"{name}: its text was changed; the released one counts")
    if not claimants and cell.metadata.get("nbgrader"):
        done.repairs.append(f"{name}: the cell is missing; the released one stands for it")
    if cell.cell_type == "code" and not utils.is_grade(cell) and len(claimants) == 1:
        outputs = harmless_outputs(claimants[0].get("outputs"), max(0, room))
        if outputs:
            cell.outputs = [new_output("stream", name="stdout", text=OWN_OUTPUTS), *outputs]
            return len(json.dumps(cell.outputs))
    return 0


# -------------------------------------------------------------------------------------------------------- what to tell


def _note_foreign_metadata(handed_in, release, done):
    metadata = handed_in.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    name = kernel.get("name") if isinstance(kernel, dict) else None
    if name != release.metadata.kernelspec.name:
        done.repairs.append(f"the kernel was {clean_text(name)[:40]!r}; it is {release.metadata.kernelspec.name} again")
    expected = {grade_id_of(cell): cell.metadata.nbgrader for cell in release.cells if grade_id_of(cell)}
    for cell in handed_in["cells"]:
        grade_id = grade_id_of(cell)
        if grade_id in expected and _differs(cell["metadata"]["nbgrader"], expected[grade_id]):
            done.eye.append(f"{grade_id}: its nbgrader metadata was changed; the released one counts")
        elif grade_id and grade_id not in expected:
            done.eye.append(f"a cell claims the id {clean_text(grade_id)[:40]!r}, which is none of this notebook")


def _differs(claimed, released):
    return any(claimed.get(key) != released[key] for key in ("grade", "solution", "points") if key in released)


def _note_left_out(cells, done):
    own = [cell for number, cell in enumerate(cells.cells) if number not in cells.used and source_of(cell).strip()]
    code = sum(cell.get("cell_type") == "code" for cell in own)
    if own:
        done.repairs.append(f"{len(own)} cells that are not of the release were left out, {code} of them code")
