"""One notebook checked: what a grader makes of it, as a table or as JSON, without a course."""

import msgspec
import nbformat
from rich.table import Table
from rich.text import Text

from autograder.collecting.uploads import read_plain_file
from autograder.course.gradable import own_tests
from autograder.course.release import student_version
from autograder.errors import Refusal, Unreadable
from autograder.layout import assignments, short
from autograder.marking.job import Job, device_for
from autograder.marking.mark import mark
from autograder.marking.result import UNWRITTEN, Result, TaskResult
from autograder.notebook_files import notebook_text
from autograder.reading.sanitise import number_known
from autograder.reading.untrusted import read_untrusted
from losssurf_lab.verdicts import said_once


class Checked(msgspec.Struct):
    """The points of all the notebook's tasks together, and what the `Result` says of each."""

    assignment: str
    score: float
    max_score: float
    bonus: float
    max_bonus: float
    cells: list[TaskResult]
    repairs: list[str]
    eye: list[str]


def check_notebook(path, *, seed=0, device="auto", timeout=60, safe=True):
    """Grade the answers of the notebook at `path`, as `Checked`.

    Raises Refusal where the file is no notebook of this course or there is no sandbox, NotMarked where the machine
    fails.
    """
    try:
        submission = read_plain_file(path)
        release = _release_of(read_untrusted(submission), path)
    except Unreadable as error:
        raise Refusal(f"{short(path)}: {error}.") from None
    device = device_for(device, safe)
    own = own_tests(nbformat.read(release, as_version=4))
    job = Job(_released(release), submission, seed, timeout, device=device, safe=safe, own_tests=own)
    result = Result.unpack(mark(job.pack()))
    score, max_score = (sum(getattr(cell, key) for cell in result.cells) for key in ("score", "max_score"))
    max_bonus = sum(cell.max_bonus for cell in result.cells if cell.is_optional)
    bonus = sum(result.bonus.values())
    return Checked(release.stem, score, max_score, bonus, max_bonus, result.cells, result.repairs, result.eye)


def _release_of(notebook, path):
    """The notebook in solutions/ of whose cells this one has most."""
    releases = {release: nbformat.read(release, as_version=4) for release in assignments()}
    known = {release: number_known(notebook["cells"], cells) for release, cells in releases.items()}
    best = max(known, key=known.get)
    if known[best]:
        return best
    raise Refusal(f"{short(path)} is no notebook of this course: it has none of its cells.")


def _released(path):
    """The student version of a notebook, as text; in Gradescope's zip student versions stand for the solutions."""
    text = path.read_text()
    return notebook_text(student_version(path)) if "BEGIN SOLUTION" in text else text


def as_table(checked):
    """What was `Checked` as a table of rich: criterion, points, diagnosis."""
    table = Table(title=Text(checked.assignment))
    for header, options in (("criterion", {"ratio": 2}), ("points", {"no_wrap": True}), ("diagnosis", {"ratio": 3})):
        table.add_column(header, **options)
    for cell in checked.cells:
        for criterion, message in zip(cell.criteria, said_once(cell.criteria), strict=True):
            style = "green" if criterion.score == criterion.max_score else "red"
            table.add_row(Text(criterion.name), _points(criterion.score, criterion.max_score, style), Text(message))
        table.add_section()
        bonus = _points(cell.bonus, cell.max_bonus, "bold", " bonus") if cell.is_optional else None
        points = bonus or _points(cell.score, cell.max_score, "bold")
        table.add_row(Text(cell.grade_id, style="bold"), points, "" if cell.criteria else UNWRITTEN)
    return table


def raised_in_full(checked):
    """What answers raised in hidden calls, of which students are told less: it may hold the hidden inputs."""
    return [f"{cell.grade_id}, for you alone: {text}" for cell in checked.cells for text in cell.raised]


def in_words(checked):
    """The points, and the bonus points where there can be any."""
    bonus = f", and {checked.bonus:g} of {checked.max_bonus:g} bonus points" if checked.max_bonus else ""
    return f"{checked.score:g} of {checked.max_score:g} points{bonus}"


def _points(score, max_score, style, unit=""):
    return Text(f"{score:g} / {max_score:g}{unit}", style=style)
