"""Grades of an nbgrader course for Canvas, Moodle, Gradescope, or a plain table: `export` writes them."""

from dataclasses import dataclass
from pathlib import Path

from autograder.errors import Refusal
from autograder.export import canvas, gradescope, moodle, plain
from autograder.grading.grades import read_grades

FORMATS = {"csv": plain, "canvas": canvas, "moodle": moodle, "gradescope": gradescope}
NEEDS_ROSTER = {
    "canvas": "Download it in Canvas: Grades, Export, Export Entire Gradebook.",
    "moodle": "Download it in Moodle: the assignment's submissions, Download grading worksheet.",
}


@dataclass(frozen=True)
class Exported:
    """The files that an export wrote, or the folders full of them, and sentences on what the instructor should know."""

    paths: list[Path]
    warnings: list[str]


def export(course, format, roster=None, to=None, assignment=None, db_url=None, missing=0.0, columns=None):
    """Write the grades of the course in the folder `course`, and return what was written as `Exported`.

    format: "csv", "canvas", "moodle" or "gradescope". roster: the file of Canvas or Moodle to fill in. to: the file to
    write, a folder for Gradescope; default: in COURSE/export/. assignment: only this one; Moodle, whose worksheets are
    of one assignment each, needs it where several have submissions. db_url: the gradebook; default: what
    COURSE/nbgrader_config.py names, else COURSE/gradebook.db. missing: the score of who handed nothing in, None for no
    score. columns: {assignment: the title of Canvas' column of it, or "new"}.

    A grade is what there is so far: answers that wait for grading by hand are counted in a warning. Raises Refusal
    where the gradebook, the assignment, the roster or a column is missing or unfit.
    """
    course = Path(course)
    if format in NEEDS_ROSTER and roster is None:
        advice = f"{NEEDS_ROSTER[format]} Then name it: --roster FILE"
        raise Refusal(f"{format.capitalize()} takes grades only in a file of its own.\n{advice}")
    if columns and format != "canvas":
        raise Refusal(f"--column is for Canvas' file; {format} has no columns to choose from.\nLeave it out.")
    grades = read_grades(course, db_url, assignment, missing)
    options = {"columns": columns or {}} if format == "canvas" else {}
    files, warnings = FORMATS[format].write(course, grades, roster, Path(to) if to else None, **options)
    return Exported(files, [*grades.warnings(), *warnings])
