"""What a student is told of a grade: what the test cells printed, their criteria, and the comments of a person."""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import nbformat

from autograder.export.text import number, without_controls
from autograder.grading.grades import CellGrade
from autograder.marking.result import CRITERIA, CriterionResult
from autograder.notebook_files import FAULTS


@dataclass(frozen=True)
class Feedback:
    """One graded cell with what is said of it, and its criteria where their points add up to the cell's.

    A notebook that an earlier version graded has no criteria: there the text says all.
    """

    cell: CellGrade
    text: str
    criteria: list[CriterionResult]


@dataclass(frozen=True)
class Told:
    """What the graded notebook has of a cell."""

    printed: str = ""
    criteria: list[CriterionResult] = field(default_factory=list)


def feedback_on(course, student, assignment):
    """The `Feedback` on each graded cell of one student's work, in the order of the autograded notebook.

    Where there is no such notebook, or it cannot be read, points and comments remain.
    """
    work = student.works[assignment]
    told = _told(Path(course) / "autograded" / folder_name(student.id) / assignment / f"{assignment}.ipynb")
    places = {name: place for place, name in enumerate(told)}
    cells = sorted(work.cells, key=lambda cell: places.get(cell.name, len(places)))
    return [_feedback(cell, told.get(cell.name, Told()), work.comments.get(cell.name, "")) for cell in cells]


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


def _told(path):
    """{name of a cell: what is `Told` of it}, in the order of the notebook."""
    try:
        notebook = nbformat.read(path, as_version=4)
        return {cell.metadata.nbgrader.grade_id: Told(stdout_of(cell), criteria_of(cell))
                for cell in notebook.cells if "nbgrader" in cell.metadata}  # fmt: skip
    except (*FAULTS, AttributeError, KeyError, RecursionError, TypeError):  # no notebook, or none that a grader wrote
        return {}


def stdout_of(cell):
    """What a graded cell printed."""
    outputs = [output for output in cell.get("outputs", []) if output.get("name") == "stdout"]
    return "".join(output.text for output in outputs)


def criteria_of(cell):
    """The criteria that a graded test cell keeps."""
    return msgspec.convert(cell.metadata.get(CRITERIA, []), list[CriterionResult])


def _feedback(cell, told, comment):
    text = "\n".join(filter(None, [without_controls(told.printed).strip("\n"), without_controls(comment)]))
    score, max_score = (sum(getattr(each, key) for each in told.criteria) for key in ("score", "max_score"))
    whole = math.isclose(score, cell.score) and (is_optional(cell) or math.isclose(max_score, cell.max_score))
    return Feedback(cell, text, told.criteria if whole else [])
