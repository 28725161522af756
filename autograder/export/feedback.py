"""What a student is told of a grade: the printed tables of the test cells, and the comments of a person."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.export.grades import CellGrade
from autograder.export.text import number, without_controls
from autograder.notebook_files import FAULTS

# The lines of losssurf_lab.verdicts.report. A student's words, as in a traceback, stand indented below such a line, so
# that none of them can pass for one.
CRITERION = re.compile(r"(?:ok|PART|WRONG) +([0-9]+(?:\.[0-9]+)?) of ([0-9]+(?:\.[0-9]+)?) +(.+)")
INDENT = " " * 7


@dataclass(frozen=True)
class Feedback:
    """One graded cell with what is said of it, and the criteria in it where the points add up to the cell's.

    criteria: [{"name", "score", "max_score", "message"}, ...]
    """

    cell: CellGrade
    text: str
    criteria: list[dict]


def feedback_on(course, student, assignment):
    """The `Feedback` on each graded cell of one student's work, in the order of the autograded notebook.

    Where there is no such notebook, or it cannot be read, points and comments remain.
    """
    work = student.works[assignment]
    printed = _printed(Path(course) / "autograded" / folder_name(student.id) / assignment / f"{assignment}.ipynb")
    places = {name: place for place, name in enumerate(printed)}
    cells = sorted(work.cells, key=lambda cell: places.get(cell.name, len(places)))
    return [_feedback(cell, printed.get(cell.name, ""), work.comments.get(cell.name, "")) for cell in cells]


def overall(work):
    """The points of a work in words, and below them the comments on cells that have no points of their own."""
    graded = {cell.name for cell in work.cells}
    late = f", after {number(work.penalty)} less for lateness" if work.penalty else ""
    bonus = f", {number(work.bonus)} of them a bonus" if work.bonus else ""
    lines = [f"{number(work.score)} of {number(sum(cell.max_score for cell in work.cells))} points{bonus}{late}"]
    lines += [f"{name}: {without_controls(text)}" for name, text in work.comments.items() if name not in graded]
    return "\n".join(lines)


def as_text(course, student, assignment):
    """All that is said of one student's work."""
    parts = [overall(student.works[assignment])]
    for feedback in feedback_on(course, student, assignment):
        parts.append(f"{feedback.cell.name}: {points(feedback.cell)}\n{feedback.text}".rstrip())
    return "\n\n".join(parts)


def points(cell):
    """The points of a cell in words, or that a person has not looked at it yet."""
    if cell.waits:
        return "not graded yet"
    if is_optional(cell):
        return f"{number(cell.score)} bonus points"
    return f"{number(cell.score)} of {number(cell.max_score)} points"


def is_optional(cell):
    """Whether a cell has no points of its own: what it gives is a bonus."""
    return cell.max_score == 0


def folder_name(student):
    """A student's id as the name of one folder; what would lead elsewhere is written as in an address, %2F for /."""
    name = re.sub(r"[%/\\\x00-\x1f\x7f]", lambda match: f"%{ord(match[0]):02X}", student)
    return name.replace(".", "%2E") if name in (".", "..") else name


def _printed(path):
    """{name of a cell: what it printed to stdout}, in the order of the notebook."""
    try:
        notebook = nbformat.read(path, as_version=4)
        cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
        return {cell.metadata.nbgrader.grade_id: _stdout(cell) for cell in cells}
    except (*FAULTS, AttributeError, KeyError, RecursionError, TypeError):  # no notebook, or none that a grader wrote
        return {}


def _stdout(cell):
    outputs = [output for output in cell.get("outputs", []) if output.get("name") == "stdout"]
    return "".join(output.text for output in outputs)


def _feedback(cell, printed, comment):
    text = "\n".join(filter(None, [without_controls(printed).strip("\n"), without_controls(comment)]))
    criteria = parse_criteria(printed)
    score, max_score = (sum(criterion[key] for criterion in criteria) for key in ("score", "max_score"))
    whole = math.isclose(score, cell.score) and (is_optional(cell) or math.isclose(max_score, cell.max_score))
    return Feedback(cell, text, criteria if whole else [])


def parse_criteria(printed):
    """The criteria in what `verdicts.report` printed: `[{"name", "score", "max_score", "message"}, ...]`."""
    criteria = []
    for line in printed.split("\n"):
        if match := CRITERION.fullmatch(line):
            score, max_score, name = match.groups()
            criteria.append({"name": name, "score": float(score), "max_score": float(max_score), "message": ""})
        elif criteria and line.startswith(INDENT):
            message = criteria[-1]["message"]
            criteria[-1]["message"] = f"{message}\n{line.removeprefix(INDENT)}".strip("\n")
    return criteria
