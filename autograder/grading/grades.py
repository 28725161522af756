"""The grades of a course as plain values, read from nbgrader's gradebook."""

from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.course.staging import settings
from autograder.errors import Refusal, of_a_database


@dataclass(frozen=True)
class CellGrade:
    """The points of one graded cell so far, its bonus included; `waits`: a person must still look at it.

    automatic, by_hand: what the tests and what a person gave, None where they gave nothing; a person's counts
    """

    name: str
    score: float
    max_score: float
    waits: bool
    bonus: float = 0.0
    automatic: float | None = None
    by_hand: float | None = None

    @property
    def is_overridden(self):
        """Whether a person has set other points than the tests gave."""
        return None not in (self.automatic, self.by_hand) and self.automatic != self.by_hand


@dataclass(frozen=True)
class Work:
    """What one student handed in for one assignment: its score, less `penalty` for lateness, and each cell's grade.

    The score is `automatic + by_hand + bonus - penalty`; it may exceed the points that can be had, by a bonus. late:
    seconds; comments: {name of an answer cell: the grader's words}
    """

    score: float
    penalty: float
    cells: list[CellGrade]
    comments: dict[str, str]
    late: float = 0.0

    @property
    def max_score(self):
        """The points that can be had."""
        return sum(cell.max_score for cell in self.cells)

    @property
    def automatic(self):
        """The points of tests, but for those that a person has overridden."""
        return sum(cell.automatic or 0.0 for cell in self.cells if cell.by_hand is None)

    @property
    def by_hand(self):
        """The points that a person gave."""
        return sum(cell.by_hand or 0.0 for cell in self.cells)

    @property
    def waiting(self):
        """How many cells a person must still look at."""
        return sum(cell.waits for cell in self.cells)

    @property
    def overridden(self):
        """The tests whose points a person has set otherwise."""
        return [cell.name for cell in self.cells if cell.is_overridden]

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

    @property
    def name(self):
        """First and last name, "" where neither is known."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Grades:
    """All the students of a course, by id, and the points of each assignment that is in use, {name: points}.

    missing: the score of who handed in nothing for an assignment, None for no score
    """

    max_scores: dict[str, float]
    students: list[Student]
    missing: float | None = 0.0

    def score(self, student, assignment):
        """A student's score, None where there is none."""
        return student.works[assignment].score if assignment in student.works else self.missing

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


def read_grades(course, db_url=None, assignment=None, missing=0.0):
    """The `Grades` in the gradebook of the folder `course`, of all assignments in use or of the one that is named.

    An assignment is in use once anyone's work for it is graded. Raises Refusal where there is no gradebook, or not that
    assignment.
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
            used = {name for student in students for name in student.works} | {assignment}
            points = {name: each.max_score for name, each in assignments.items() if name in used}
            return Grades(points, students, missing)
    except (SQLAlchemyError, ModuleNotFoundError) as error:  # the latter of a database driver
        raise of_a_database(
            error, f"The gradebook {address} cannot be read", "Is it one, and of this nbgrader?"
        ) from None


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
                students[submission.student_id].works[name] = work_of(submission)


def work_of(submission):
    """The `Work` of nbgrader's `SubmittedAssignment`."""
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    comments = [comment for notebook in submission.notebooks for comment in notebook.comments if comment.comment]
    penalty = submission.late_submission_penalty or 0.0
    return Work(
        score=max(0.0, submission.score - penalty),
        penalty=penalty,
        cells=[
            CellGrade(
                grade.name,
                grade.score,
                grade.max_score,
                grade.needs_manual_grade,
                grade.extra_credit or 0.0,
                grade.auto_score,
                grade.manual_score,
            )
            for grade in sorted(grades, key=lambda grade: grade.name)
        ],
        late=submission.total_seconds_late if submission.assignment.duedate else 0.0,  # else an extension is an error
        comments={comment.name: comment.comment for comment in sorted(comments, key=lambda comment: comment.name)},
    )
