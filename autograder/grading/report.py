"""The summary of a class as tables in the terminal, and as one page of HTML."""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.table import Table
from rich.text import Text

from autograder.grading.summary import STATES

FEW, MANY = 5, 20  # rows of a table in the terminal


def number(value):
    """A number as people write it, to two decimals; "–" for None."""
    return "–" if value is None else f"{round(value, 2):g}"


# ------------------------------------------------------------------------------------------------------- the terminal


def print_tables(summary, console):
    """Print the summary to a rich `console`; what needs a person comes last, where the eye falls first."""
    scores = [
        [each.name, each.graded, each.refused, each.mean, each.median, each.full_marks, each.max_score, each.mean_bonus]
        for each in summary.assignments
    ]
    headers = ["assignment", "graded", "refused", "mean", "median", "full", "of", "bonus"]
    console.print(_table("Scores", headers, scores))
    for each in summary.assignments:
        lost = [[loss.mean, loss.max_score, loss.students, loss.criterion] for loss in each.losses if loss.students]
        wrong = [[len(diagnosis.students), diagnosis.text] for diagnosis in each.diagnoses]
        for what, headers, rows in (
            ("points lost", ["mean", "of", "students", "criterion"], lost),
            ("what went wrong", ["students", "diagnosis"], wrong),
        ):
            if rows:
                console.print(_table(f"{each.name}: {what}", headers, rows))
    if summary.waiting:
        rows = [[name, count] for name, count in sorted(summary.waiting.items())]
        console.print(_table("To be marked by hand", ["assignment", "answers"], rows, MANY))
    for title, findings, most in (("Put right", summary.repairs, FEW), ("For you to look at", summary.eye, MANY)):
        if findings:
            rows = [[finding.assignment, finding.text, _some(finding.students)] for finding in findings]
            console.print(_table(title, ["assignment", "what", "who"], rows, most))


def _some(students):
    more = len(students) - 3
    return ", ".join(students[:3]) + (f" and {more} more" if more > 0 else "")


def _table(title, headers, rows, most=FEW):
    """The first rows as a table, strings to the left and numbers to the right; below, how many more there are."""
    more = len(rows) - most
    caption = Text(f"and {more} more in the report") if more > 0 else None
    table = Table(title=Text(title), title_justify="left", caption=caption, caption_justify="left")
    for position, header in enumerate(headers):
        words = all(isinstance(row[position], str) for row in rows)
        table.add_column(header, justify="left" if words else "right", overflow="fold")
    for row in rows[:most]:
        table.add_row(*map(_cell, row))
    return table


def _cell(value):
    """A string or a number for a table; rich would read markup in a str, but not in a Text."""
    text = Text(value if isinstance(value, str) else number(value))
    text.truncate(160, overflow="ellipsis")
    return text


# ----------------------------------------------------------------------------------------------------------- the page


def as_html(summary):
    """The summary as one HTML page that needs no other file and no network.

    The same summary gives the same bytes.
    """
    script = (Path(__file__).parent / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()  # the one script that may run there
    page = template(Path(__file__).parent / "report.html.j2")
    return page.render(summary=summary, states=STATES, script=script, digest=digest)


def template(path):
    """The template of a page in a file; it escapes what it is given, and knows the filter `number`."""
    environment = Environment(
        loader=FileSystemLoader(path.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    return environment.get_template(path.name)
