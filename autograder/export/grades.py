"""The grades of a course as plain values, read from nbgrader's gradebook."""

from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.course.staging import settings
from autograder.errors import Refusal, remedy


@dataclass(frozen=True)
class CellGrade:
    """The points of one graded cell so far, its bonus included; `waits`: a person must still look at it."""

    name: str
    score: float
    max_score: float
    waits: bool
    bonus: float = 0.0


@dataclass(frozen=True)
class Work:
    """What one student handed in for one assignment: its score, less `penalty` for lateness, and each cell's grade.

    The score may exceed the points that can be had, by a bonus. comments: {name of an answer cell: the grader's words}
    """

    score: float
    penalty: float
    cells: list[CellGrade]
    comments: dict[str, str]

    @property
    def bonus(self):
        """The bonus points, nbgrader's extra credit, of all cells together."""
        return sum(cell.bonus for cell in self.cells)


@dataclass(frozen=True)
class Student:
    """One student, with a `Work` for each assignment that was handed in and graded; what is not known is ""."""

    id: str
    first_name: str
    last_name: str
    email: str
    lms_id: str
    works: dict[str, Work] = field(default_factory=dict)


@dataclass(frozen=True)
class Grades:
    """All the students of a course, by id, and the points of each assignment, {name: points}."""

    max_scores: dict[str, float]
    students: list[Student]

    def warnings(self):
        """How many answers of how many students wait to be graded by hand, as a list of no or one warning."""
        works = [(student.id, work) for student in self.students for work in student.works.values()]
        waiting = [student for student, work in works for cell in work.cells if cell.waits]
        if not waiting:
            return []
        return [
            f"Answers still to be graded by hand: {len(waiting)}, of students: {len(set(waiting))}. "
            "Scores are those so far: grade these answers in formgrader, and export again."
        ]


def read_grades(course, db_url=None, assignment=None):
    """The `Grades` in the gradebook of the folder `course`, of all assignments or of the one that is named.

    Raises Refusal where there is no gradebook, or not that assignment.
    """
    address = _address(settings(course, db_url)[0].db_url)
    try:
        _demand_tables(address)
        with Gradebook(address, course_id="") as gradebook:  # another id would be added to the gradebook
            assignments = {each.name: each for each in gradebook.assignments}
            if assignment is not None:
                assignments = {assignment: _chosen(assignments, assignment, address)}
            students = sorted(map(_student, gradebook.students), key=lambda student: student.id)
            _add_works({student.id: student for student in students}, assignments)
            return Grades({name: each.max_score for name, each in assignments.items()}, students)
    except (SQLAlchemyError, ModuleNotFoundError) as error:  # the latter of a database driver
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        what_to_do = remedy(reason) or "Is it one, and of this nbgrader?"
        raise Refusal(f"The gradebook {address} cannot be read: {reason}.\n{what_to_do}") from None


def _address(url):
    """The address of a gradebook that is there, without its password when printed."""
    try:
        address = make_url(url)
    except SQLAlchemyError:
        raise Refusal(f"{url!r} is no address of a database.\nOne is sqlite:////home/me/gradebook.db") from None
    # SQLite would make an empty gradebook where there is none.
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        raise Refusal(f"There is no gradebook {address.database}.\nGrade the course first, or name it: --db URL")
    return address


def _demand_tables(address):
    """Refuse an empty database, which nbgrader would make a gradebook of."""
    engine = create_engine(address)
    try:
        if not inspect(engine).has_table("submitted_assignment"):
            raise Refusal(f"The gradebook {address} is empty.\nGrade the course first, or name another: --db URL")
    finally:
        engine.dispose()


def _chosen(assignments, name, address):
    if name not in assignments:
        known = ", ".join(assignments) or "none"
        raise Refusal(f"There is no assignment {name!r} in the gradebook {address}.\nThere are: {known}.")
    return assignments[name]


def _student(row):
    texts = (row.id, row.first_name, row.last_name, row.email, row.lms_user_id)
    return Student(*(text or "" for text in texts))


def _add_works(students, assignments):
    for name, assignment in assignments.items():
        for submission in assignment.submissions:
            if any(notebook.grades for notebook in submission.notebooks):
                students[submission.student_id].works[name] = _work(submission)


def _work(submission):
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    comments = [comment for notebook in submission.notebooks for comment in notebook.comments if comment.comment]
    penalty = submission.late_submission_penalty or 0.0
    return Work(
        score=max(0.0, submission.score - penalty),
        penalty=penalty,
        cells=[
            CellGrade(grade.name, grade.score, grade.max_score, grade.needs_manual_grade, grade.extra_credit or 0.0)
            for grade in sorted(grades, key=lambda grade: grade.name)
        ],
        comments={comment.name: comment.comment for comment in sorted(comments, key=lambda comment: comment.name)},
    )
