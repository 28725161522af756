"""Grades of an nbgrader course for Canvas, Moodle, Gradescope, or a plain table: `export` writes them."""

from dataclasses import dataclass
from pathlib import Path

from autograder.errors import Refusal
from autograder.export import canvas, gradescope, moodle, plain
from autograder.export.grades import read_grades

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


def export(course, format, roster=None, to=None, assignment=None, db_url=None):
    """Write the grades of the course in the folder `course`, and return what was written as `Exported`.

    format: "csv", "canvas", "moodle" or "gradescope". roster: the file of Canvas or Moodle to fill in. to: the file to
    write, a folder for Gradescope; default: in COURSE/export/. assignment: only this one; Moodle, whose worksheets are
    of one assignment each, needs it where several have submissions. db_url: the gradebook; default: what
    COURSE/nbgrader_config.py names, else COURSE/gradebook.db.

    A grade is what there is so far: answers that wait for grading by hand are counted in a warning. Who handed nothing
    in has no grade, not zero. Raises Refusal where the gradebook, the assignment or the roster is missing or unfit.
    """
    course = Path(course)
    if format in NEEDS_ROSTER and roster is None:
        advice = f"{NEEDS_ROSTER[format]} Then name it: --roster FILE"
        raise Refusal(f"{format.capitalize()} takes grades only in a file of its own.\n{advice}")
    grades = read_grades(course, db_url, assignment)
    files, warnings = FORMATS[format].write(course, grades, roster, Path(to) if to else None)
    return Exported(files, [*grades.warnings(), *warnings])
