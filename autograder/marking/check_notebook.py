"""One notebook checked: what a grader makes of it, as a table or as JSON, without a course."""

import json

import nbformat
from rich.table import Table
from rich.text import Text

from autograder.collecting.uploads import read_plain_file
from autograder.course.release import student_version
from autograder.errors import Refusal
from autograder.layout import assignments, short
from autograder.marking.mark import UNWRITTEN, Job, device_for, mark
from autograder.notebook_files import notebook_text
from autograder.reading.sanitise import Unreadable, number_known, read_untrusted
from losssurf_lab.verdicts import Verdict, said_once


def check_notebook(path, *, seed=0, device="auto", timeout=60, safe=True):
    """Grade the answers of the notebook at `path`.

    Returns {"assignment", "score", "max_score", "bonus", "max_bonus", "cells", "repairs", "eye"}, of which the last
    three are as `marking.mark` gives them. Raises Refusal where the file is no notebook of this course or there is no
    sandbox, NotMarked where the machine fails.
    """
    try:
        submission = read_plain_file(path)
        release = _release_of(read_untrusted(submission), path)
    except Unreadable as error:
        raise Refusal(f"{short(path)}: {error}.") from None
    device = device_for(device, safe)
    result = json.loads(mark(Job(_released(release), submission, seed, timeout, device=device, safe=safe).pack()))
    total = {key: sum(cell.get(key, 0.0) for cell in result["cells"])
             for key in ("score", "max_score", "bonus", "max_bonus")}  # fmt: skip
    return {"assignment": release.stem, **total, **{key: result[key] for key in ("cells", "repairs", "eye")}}


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


def as_table(result):
    """The result as a table of rich: criterion, points, diagnosis."""
    table = Table(title=Text(result["assignment"]))
    for header, options in (("criterion", {"ratio": 2}), ("points", {"no_wrap": True}), ("diagnosis", {"ratio": 3})):
        table.add_column(header, **options)
    for cell in result["cells"]:
        messages = said_once([Verdict(**criterion) for criterion in cell["criteria"]])
        for criterion, message in zip(cell["criteria"], messages, strict=True):
            full = criterion["score"] == criterion["max_score"]
            table.add_row(Text(criterion["name"]), _points(criterion, "green" if full else "red"), Text(message))
        table.add_section()
        remark = "" if cell["criteria"] else UNWRITTEN
        table.add_row(Text(cell["grade_id"], style="bold"), _points(cell, "bold"), remark)
    return table


def raised_in_full(result):
    """What answers raised in hidden calls, of which students are told less: it may hold the hidden inputs."""
    return [f"{cell['grade_id']}, for you alone: {text}" for cell in result["cells"] for text in cell["raised"]]


def in_words(result):
    """The points of the result, and the bonus points where it has any."""
    bonus = f", and {result['bonus']:g} of {result['max_bonus']:g} bonus points" if result["max_bonus"] else ""
    return f"{result['score']:g} of {result['max_score']:g} points{bonus}"


def _points(part, style):
    if "bonus" in part:
        return Text(f"{part['bonus']:g} / {part['max_bonus']:g} bonus", style=style)
    return Text(f"{part['score']:g} / {part['max_score']:g}", style=style)
