"""The questions of a course that a person marks: the text, the model answer, and the mark scheme as points to tick."""

import re
from dataclasses import dataclass

from nbgrader import utils

from autograder.course.leaks import split_regions
from autograder.notebook_files import grade_id_of, read_notebook

SCHEME = re.compile(r"(?:^|\n)\W*marks?(?: scheme)?\W*?[.:]\**\s*(?P<points>.+)", re.IGNORECASE | re.DOTALL)
POINT = re.compile(r"(?P<points>\d*\.?\d+) (?:points? )?for (?P<text>.+)", re.DOTALL)
AT_MOST = re.compile(r",? *(?:at most (\d*\.?\d+)|(\d*\.?\d+) at most|up to (\d*\.?\d+))\.?$")
MOST_TICKS = 9  # the digits of a keyboard


@dataclass(frozen=True)
class Point:
    """What an answer can have, and what it gives."""

    points: float
    text: str


@dataclass(frozen=True)
class Question:
    """An answer of an assignment that a person marks, in words or in code; text and model are Markdown."""

    assignment: str
    name: str
    text: str
    model: str
    scheme: list[Point]
    max_score: float
    is_code: bool


def questions_of(course, assignments):
    """The questions of the assignments of a course, in the order of their notebooks."""
    return [question for name in assignments
            for question in _questions(read_notebook(course / "source" / name / f"{name}.ipynb"), name)]  # fmt: skip


def _questions(notebook, assignment):
    text = ""
    for cell in notebook.cells:
        if utils.is_grade(cell) and utils.is_solution(cell):
            yield _question(cell, text, assignment)
        elif cell.cell_type == "markdown":
            text = cell.source


def _question(cell, text, assignment):
    visible, hidden = split_regions(cell.source)
    public = "\n".join(line for line in visible if line.strip())
    model, max_score = "\n".join(hidden if hidden else visible).strip(), float(cell.metadata.nbgrader.points)
    is_code = cell.cell_type == "code"
    if is_code:
        model = f"```python\n{model}\n```"
    found = SCHEME.search(model)
    scheme = scheme_of(found["points"], max_score) if found else []
    shown = model[: found.start()].strip() if found else model
    scheme = scheme or _whole(max_score)
    return Question(assignment, grade_id_of(cell), text or public, shown, scheme, max_score, is_code)


def scheme_of(text, max_score):
    """The points to tick that a mark scheme names, as in "1 for this; .5 for each of those, 2 at most".

    None where it names none, or together fewer than there are.
    """
    points = []
    for part in re.split(r";|\n+(?=\W*\d)", text.strip().rstrip(".")):
        if found := POINT.search(part.strip()):
            points += _ticks(float(found["points"]), " ".join(found["text"].split()))
    together = sum(point.points for point in points)
    return points if len(points) <= MOST_TICKS and together >= max_score else []


def _ticks(points, text):
    """A point, or as many as may be had of one that is given for each of several."""
    most = AT_MOST.search(text)
    if not text.startswith("each") or not most:
        return [Point(points, text)]
    number = round(float(next(filter(None, most.groups()))) / points)
    return [Point(points, f"{text[: most.start()]}, number {place + 1}") for place in range(min(number, MOST_TICKS))]


def _whole(max_score):
    """Points to tick where no scheme names any."""
    return [Point(1.0, f"point {number + 1}") for number in range(min(int(max_score), MOST_TICKS))]
