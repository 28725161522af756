"""The code of a submission in the order of its notebook: the course's cells, the answers, and what the student added.

It is text that goes into the sandbox: what an answer uses of it is found, and run, in there (`inside/run_cells.py`).
"""

import base64
import json
import re
from dataclasses import dataclass, field

from nbgrader import utils

from autograder.outputs import clean_text
from autograder.reading.places import MOST_SOURCE

MOST_OF_ALL = 2_000_000  # characters of all the student's cells together


@dataclass(frozen=True)
class OwnCell:
    """A code cell of the student's: its name, its place, its text.

    stands_for: the id of the released cell in whose place it is, "" for one of the student's own; the text of an answer
    is not repeated here
    """

    name: str
    source: str
    stands_for: str = ""


def own_cells(cells, notebook, answers):
    """The code cells of a submission's `Cells`, as `OwnCell`s in their order, and remarks on those that are left out.

    notebook: the rebuilt one; answers: {place of a cell with an answer: its number in the notebook}
    """
    found, remarks, room = [], [], MOST_OF_ALL
    for place, cell in enumerate(cells.cells):
        name, home = f"cell {cell['number']}", cells.home[place]
        if place in answers:
            found.append(OwnCell(name, "", notebook.cells[answers[place]].id))
        if cell["cell_type"] != "code" or place in answers or cells.is_answer(place):
            continue
        if home is None and place in cells.used:  # a piece of an answer
            continue
        source, released = cell["source"], "" if home is None else notebook.cells[home].source
        room -= len(source) if source != released else 0
        if len(source) > MOST_SOURCE or room < 0:
            remarks.append(f"{name}: it has {len(source):,} characters, and no answer is run with it")
            source = released
        found.append(OwnCell(name, source, "" if home is None else notebook.cells[home].id))
    return found, remarks


def as_inputs(notebook, own):
    """What `inside/run_cells.py` reads: all code cells in the student's order, as JSON.

    Each is {"name", "kind", "task", "source", "released", "stands_for"}; kind: "setup", "released", "answer" or "test"
    for the cells of `notebook`, the rebuilt one, and "own"; task: that of an answer or a test; source: as the student
    has it; released: as we do, "" for an answer. Cells that the student has deleted stand behind those before them.
    """
    ours = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    order, present = list(own), {cell.stands_for for cell in own}
    for before, key in zip(["", *ours], ours):
        if key not in present:
            place = [number + 1 for number, cell in enumerate(order) if before and cell.stands_for == before]
            order.insert(place[-1] if place else 0, OwnCell(key, ours[key].source, key))
    return json.dumps([_described(cell, ours.get(cell.stands_for)) for cell in order]).encode()


def _described(own, cell):
    if cell is None:
        kind, task, source, released = "own", "", own.source, ""
    elif utils.is_solution(cell):
        kind, task, source, released = "answer", cell.metadata.nbgrader.grade_id, cell.source, ""
    else:
        setup = "setup" in cell.metadata.get("tags", [])
        kind, task, source, released = "setup" if setup else "released", "", own.source, cell.source
        if utils.is_grade(cell):
            kind, task = "test", cell.metadata.nbgrader.grade_id.removeprefix("test_")
    return {"name": own.name, "kind": kind, "task": task, "source": source, "released": released,
            "stands_for": own.stands_for}  # fmt: skip


# ---------------------------------------------------------------------------------------------------- what comes back


@dataclass(frozen=True)
class Failure:
    """A statement of a cell that could not be run: its line, its first line as text, and the names that it binds."""

    cell: str
    line: int
    text: str
    error: str
    binds: tuple

    def __str__(self):
        return f"line {self.line} of {self.cell} (`{self.text}`) was passed over: {self.error}"


@dataclass(frozen=True)
class Report:
    """What `inside/run_cells.py` told of a step: nothing is sure of it, as a student's code may have written it.

    taken: names of cells from which the answer has something; passed_over: lines that are no Python; failed: statements
    that could not be run; unread: {name of a cell that is no Python: why}
    """

    taken: list = field(default_factory=list)
    passed_over: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    unread: dict = field(default_factory=dict)


MOST_TOLD, LONGEST, MOST_REASONS = 20, 300, 3  # of reasons: how many of them lead on to another


def read_report(results):
    """The `Report` in the results of a step (base64, or ""), empty where there is none that can be read."""
    try:
        told = json.loads(base64.b64decode(results)) if results else {}
        texts = {key: [_text(item) for item in told.get(key, [])[:MOST_TOLD]] for key in ("taken", "passed_over")}
        failed = [Failure(_text(cell), int(line), _text(text), _text(error), tuple(map(_text, binds[:MOST_TOLD])))
                  for cell, line, text, error, binds in told.get("failed", [])[:MOST_TOLD]]  # fmt: skip
        unread = {_text(cell): _text(why) for cell, why in told.get("unread", [])[:MOST_TOLD]}
        return Report(**texts, failed=failed, unread=unread)
    except (ValueError, TypeError, AttributeError, KeyError, ArithmeticError, RecursionError):  # a forged one
        return Report()


def _text(value):
    return clean_text(value).replace("\n", " ")[:LONGEST]


MISSING = re.compile(r"NameError: name '(\w{1,80})' is not defined")


def where_is(name, reports, code, depth=0):
    """A sentence on which of the student's cells (a list of `OwnCell`) has a name that an answer lacks."""
    for failure in [failure for report in reports for failure in report.failed if name in failure.binds]:
        sentence = f"{name} is made in {failure.cell} of the notebook, line {failure.line}: {failure.error}."
        reason = MISSING.search(failure.error) if depth < MOST_REASONS else None
        further = where_is(reason[1], reports, code, depth + 1) if reason and reason[1] != name else ""
        return f"{sentence} {further}".rstrip()
    unread = {cell: why for report in reports for cell, why in report.unread.items()}
    mentions = [cell.name for cell in code if re.search(rf"\b{re.escape(name)}\b", cell.source)]
    for cell in mentions:
        if cell in unread:
            return f"{name} is in {cell} of the notebook, which cannot be run: {unread[cell]}."
    if mentions:
        return f"{name} is in {mentions[0]} of the notebook, but no statement there that can be run gives it a value."
    return f"No other code cell of the notebook has {name}."
