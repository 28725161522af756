"""One CSV table of all students and assignments, for a spreadsheet program or a script."""

from autograder.export.tables import Table
from autograder.export.text import harmless, number
from autograder.notebook_files import write_whole

PARTS = "automatic", "by_hand", "bonus", "penalty", "waiting", "overridden"


def write(course, grades, roster, to):
    """Write a row for each student: who it is, of each assignment the score and its parts, the sum of scores.

    score = automatic + by_hand + bonus - penalty; waiting: how many answers a person must still look at; overridden:
    the tests whose points a person has set otherwise. A score that there is not is empty, and so is the sum of none.
    Text that would be a formula has an apostrophe before it. The file is in UTF-8 with a byte order mark, without which
    Excel shows names wrongly.
    """
    header = ["student_id", "last_name", "first_name", "email"]
    for name in grades.max_scores:
        header += [f"{name}_{part}" for part in ("score", *PARTS, "max")]
    rows = [_row(student, grades) for student in grades.students]
    path = to or course / "export" / "grades.csv"
    write_whole(path, Table([*map(harmless, header), "total"], rows).encoded())
    return [path], []


def _row(student, grades):
    row, scores = [harmless(text) for text in (student.id, student.last_name, student.first_name, student.email)], []
    for name, max_score in grades.max_scores.items():
        score, work = grades.score(student, name), student.works.get(name)
        scores += [score] if score is not None else []
        row.append("" if score is None else number(score))
        row += [_part(work, part) if work else "" for part in PARTS]
        row.append(number(max_score))
    return [*row, number(sum(scores)) if scores else ""]


def _part(work, part):
    value = getattr(work, part)
    return harmless(" ".join(value)) if isinstance(value, list) else number(value)
