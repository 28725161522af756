"""A CSV file that Canvas' gradebook imports, made from the one that it exports.

Canvas finds students by the columns up to Section, which are kept as they are, and takes every further column for an
assignment whose grades are to be set. So columns of other assignments are left out: what was graded there since the
export would be set back.
"""

import re
import unicodedata
from dataclasses import replace

from autograder.errors import Refusal
from autograder.export.matching import Person, match_students
from autograder.export.tables import read_table
from autograder.export.text import harmless, number, says
from autograder.notebook_files import write_whole

ADVICE = "Export it from Canvas again (Grades, Export, Export Entire Gradebook), and leave it as it is."
IDS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")  # Canvas' own number first
EXCUSED = "EX"
NEW = "new"  # in the place of a title: Canvas shall make a new column
MOST_NAMED = 10  # columns to choose from
NUMBER = re.compile(r" \(\d+\)$")  # Canvas' own of an assignment, behind its title


def write(course, grades, roster, to, columns):
    """Write the rows of `roster` with a column of grades for each assignment: its own where Canvas has one.

    Such a column is headed `name (number)`. Where Canvas' columns are of other names, `columns` must say which is that
    of an assignment, or that a new one shall be made at the import. A cell for which there is no grade keeps what it
    has, and so does that of an excused student.
    """
    table = read_table(roster, ["ID", "Section"], ADVICE)
    first = _first_student(table, roster)
    people = [place for place in range(first, len(table.rows)) if not _is_test_student(table.rows[place])]
    found, warnings = match_students(grades.students, [_person(table, table.rows[place]) for place in people], roster)
    students = {people[place]: student for place, student in found.items()}

    width = table.column("Section") + 1
    header, rows = table.header[:width], [row[:width] for row in table.rows]
    for name, max_score in grades.max_scores.items():
        column = _column_of(table, name, roster, columns)
        scores = {place: (grades.score(student, name), name in student.works) for place, student in students.items()}
        heading, cells = _filled(table, column, first - 1, name, max_score, scores)
        warnings += [
            *_other_title(heading, name, column, columns),
            *_other_points(heading, cells[first - 1], max_score),
        ]
        header.append(heading)
        rows = [[*row, cell] for row, cell in zip(rows, cells, strict=True)]
    path = to or course / "export" / "canvas.csv"
    write_whole(path, replace(table, header=header, rows=rows).encoded())
    return [path], warnings


def _first_student(table, path):
    """The place of the first student's row, which comes after that of the possible points."""
    for place, row in enumerate(table.rows):
        if "Points Possible" in row[0]:
            return place + 1
    raise Refusal(f"{path} has no row Points Possible, which Canvas needs.\n{ADVICE}")


def _is_test_student(row):
    """Whether it is Canvas' own student for looking at the course as one; the name may be in one column or in two."""
    return ", ".join(row[:2]).startswith("Student, Test")


def _person(table, row):
    name = row[0] if "Student" in table.header else f"{row[0]}, {row[1]}"
    return Person(name, {column: row[table.column(column)] for column in IDS if column in table.header})


def _column_of(table, name, path, columns):
    """The place of Canvas' column for an assignment, None where a new one shall be made; Refusal where it is not plain.

    The title may differ in case and in what stands between words, as people write it in Canvas.
    """
    wanted = columns.get(name, name)
    if wanted == NEW:
        return None
    after = range(table.column("Section") + 1, len(table.header))
    titles = {place: NUMBER.sub("", table.header[place]) for place in after}
    places = [place for place, title in titles.items() if wanted in (title, table.header[place])]
    places = places or [place for place, title in titles.items() if _letters(title) == _letters(wanted)]
    if len(places) > 1:
        raise Refusal(f"{path} has {len(places)} columns for {name}.\nName one: {_options(table, places, name)}")
    own = [place for place in titles if NUMBER.search(table.header[place])]  # others are Canvas' sums
    if not places and (own or name in columns):
        raise Refusal(
            f"{path} has no column {wanted}, for the scores of {name}.\nSay which it is, or that Canvas shall make a "
            f"new one: {_options(table, own, name)} or --column '{name}={NEW}'"
        )
    return places[0] if places else None


def _options(table, places, name):
    return " or ".join(f"--column '{name}={table.header[place]}'" for place in places[:MOST_NAMED])


def _letters(title):
    return "".join(char for char in unicodedata.normalize("NFKC", title).casefold() if char.isalnum())


def _other_title(heading, name, column, columns):
    """What to say where the title of the column is not the assignment's name."""
    if column is None:
        return [f"Canvas' file has no column {name}: at the import Canvas makes a new assignment of it."]
    if NUMBER.sub("", heading) == name or name in columns:
        return []
    return [f"Canvas' column {heading} was taken for {name}. If it is not, name the right one with --column."]


def _filled(table, column, points_row, name, max_score, scores):
    """The heading of an assignment's column, and its cells, one for each row of the table.

    scores: {place: (score, whether anything was handed in)}; the score of nothing replaces none that Canvas has
    """
    heading = harmless(name) if column is None else table.header[column]
    cells = [""] * len(table.rows) if column is None else [row[column] for row in table.rows]
    if column is None:
        cells[points_row] = number(max_score)
    for place, (score, is_handed_in) in scores.items():
        if score is not None and cells[place] != EXCUSED and (is_handed_in or not cells[place].strip()):
            cells[place] = number(score)
    return heading, cells


def _other_points(heading, possible, max_score):
    if says(possible, max_score):
        return []
    return [
        f"{heading} has {possible or 'no'} possible points in Canvas, and {number(max_score)} in the gradebook. "
        "Scores are written as they are: set the points in Canvas."
    ]
