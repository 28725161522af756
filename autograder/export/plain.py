"""One CSV table of all students and assignments, for a spreadsheet program or a script."""

from autograder.export.tables import Table
from autograder.export.text import harmless, number
from autograder.notebook_files import write_whole


def write(course, grades, roster, to):
    """Write a row for each student: who it is, of each assignment score, bonus therein and points, the sum of scores.

    A score that there is not is empty, and so is the sum of none. Text that would be a formula has an apostrophe before
    it. The file is in UTF-8 with a byte order mark, without which Excel shows names wrongly.
    """
    header = ["student_id", "last_name", "first_name", "email"]
    for name in grades.max_scores:
        header += [f"{name}_score", f"{name}_bonus", f"{name}_max"]
    rows = [_row(student, grades.max_scores) for student in grades.students]
    path = to or course / "export" / "grades.csv"
    write_whole(path, Table([*map(harmless, header), "total"], rows).encoded())
    return [path], []


def _row(student, max_scores):
    row = [harmless(text) for text in (student.id, student.last_name, student.first_name, student.email)]
    for name, max_score in max_scores.items():
        work = student.works.get(name)
        row += [number(work.score), number(work.bonus)] if work else ["", ""]
        row.append(number(max_score))
    scores = [work.score for work in student.works.values()]
    return [*row, number(sum(scores)) if scores else ""]
