"""A grading worksheet of Moodle's assignment, downloaded there, filled in, and uploaded again.

Moodle finds a student by the column Identifier and takes Grade and Feedback comments; all other cells are kept as they
are. It reads feedback as HTML.
"""

import html
from dataclasses import replace

from autograder.errors import Refusal
from autograder.export.feedback import as_text
from autograder.export.matching import Person, match_students
from autograder.export.tables import read_table
from autograder.export.text import harmless, number, says
from autograder.notebook_files import write_whole

ADVICE = (
    "Download it from Moodle again, with Moodle in English (the assignment's submissions, Download grading worksheet), "
    "and leave it as it is."
)
IDS = ("ID number", "Username", "Email address")
FEEDBACK = "Feedback comments"
NOTHING = "Nothing was handed in."


def write(course, grades, roster, to):
    """Write the worksheet `roster` with grade and feedback of everyone who has a score; other rows stay as they are.

    It comes out with commas, the only separator that Moodle reads by default.
    """
    assignment = _assignment(grades)
    table = read_table(roster, ["Identifier", "Grade", "Last modified (grade)"], ADVICE)
    people = [_person(table, row) for row in table.rows]
    found, warnings = match_students(grades.students, people, roster)
    rows = [list(row) for row in table.rows]
    for place, student in found.items():
        score = grades.score(student, assignment)
        if assignment in student.works:
            _fill(table, rows[place], number(score), as_text(course, student, assignment))
        elif score is not None and not rows[place][table.column("Grade")].strip():  # never in the place of a person's
            _fill(table, rows[place], number(score), NOTHING)
    path = to or course / "export" / f"moodle-{assignment}.csv"
    write_whole(path, replace(table, rows=rows, delimiter=",").encoded())
    warnings += [*_replaced(table, rows), *_locked(table, found, assignment)]
    scores = [student.works[assignment].score for student in found.values() if assignment in student.works]
    return [path], warnings + _warnings(table, grades.max_scores[assignment], max(scores, default=0.0))


def as_html(text):
    """`text` as HTML that looks the same: nothing in it is markup, lines end, and indented lines stay so."""
    return html.escape(harmless(text)).replace("\n", "<br>").replace("  ", "&nbsp; ")


def _assignment(grades):
    """The one assignment that the worksheet is of."""
    graded = sorted({name for student in grades.students for name in student.works})
    if len(graded) != 1:
        there = f"There are: {', '.join(graded)}." if graded else "There is no graded submission."
        raise Refusal(f"A worksheet of Moodle is of one assignment.\nName it: --assignment NAME. {there}")
    return graded[0]


def _person(table, row):
    identifier = row[table.column("Identifier")]
    name = row[table.column("Full name")] if "Full name" in table.header else identifier
    # The number in `Participant 12345`, Moodle's own, also names the files that it gives out of a submission.
    own = {"Identifier": identifier.split(" ")[-1]}
    return Person(name, own | {column: row[table.column(column)] for column in IDS if column in table.header})


def _fill(table, row, score, text):
    row[table.column("Grade")] = score
    if FEEDBACK in table.header:
        row[table.column(FEEDBACK)] = as_html(text)


def _replaced(table, rows):
    """Whose grade or feedback in the worksheet was another, and is not any more."""
    names = []
    filled = [(before, after) for before, after in zip(table.rows, rows, strict=True) if before != after]
    for before, after in filled:
        grade, grade_now = (row[table.column("Grade")].strip() for row in (before, after))
        was = [f"grade {grade}"] if grade and not says(grade, float(grade_now)) else []
        if FEEDBACK in table.header and before[table.column(FEEDBACK)].strip():
            was += ["feedback"] if before[table.column(FEEDBACK)] != after[table.column(FEEDBACK)] else []
        names += [f"{_person(table, before).name} ({', '.join(was)})"] if was else []
    told = f"These had another grade or feedback in Moodle, which the file replaces: {'; '.join(names)}."
    return [told] if names else []


def _locked(table, found, assignment):
    """Who has a grade that Moodle does not take."""
    column = table.column("Grade can be changed")
    names = [_person(table, table.rows[place]).name for place, student in found.items()
             if column is not None and table.rows[place][column] == "No" and assignment in student.works]  # fmt: skip
    told = "Moodle does not change grades that are locked in its gradebook. Unlock them there before you upload, of"
    return [f"{told}: {'; '.join(names)}."] if names else []


def _warnings(table, max_score, highest):
    warnings = []
    if FEEDBACK not in table.header:
        warnings.append(
            "The worksheet has no column Feedback comments, so only points were written. "
            "Switch that feedback type on in the settings of Moodle's assignment, and download the worksheet again."
        )
    limits = {row[table.column("Maximum Grade")] for row in table.rows if "Maximum Grade" in table.header}
    for limit in sorted(limits - {""}):
        if not says(limit, max_score):
            warnings.append(
                f"The maximum grade is {limit} in Moodle, and {number(max_score)} in the gradebook. Grades are written "
                "as they are, and Moodle leaves out those above its maximum: set it in Moodle before you upload."
            )
        elif highest > max_score:
            warnings.append(
                f"With bonus points the highest grade is {number(highest)}. Moodle leaves out those above its maximum, "
                f"{limit}: raise that in Moodle before you upload."
            )
    return warnings
