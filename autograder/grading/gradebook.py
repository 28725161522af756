"""The one writer of a course's gradebook and of its autograded notebooks, in nbgrader's own layout and database."""

import hashlib
import inspect
import json
import logging
import os
import sys
import warnings
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from autograder.collecting.submissions import SECRET
from autograder.collecting.uploads import TIME
from autograder.course.staging import KEPT
from autograder.errors import Refusal, of_a_database, remedy
from autograder.notebook_files import grade_id_of, write_whole


def bonus_record(course, student, assignment):
    """The file with the bonus points that were last entered: what differs from them in the gradebook is a person's."""
    return Path(course, KEPT, "bonus", student, f"{assignment}.json")


def set_bonus(entry, bonus, record):
    """Set nbgrader's extra credit of a `SubmittedNotebook` to the bonus, {grade id of a test cell: points}.

    What a person has set, or has graded by hand, stays; returned are those of these grades whose bonus has changed
    since. After the commit the caller writes the bonus to `record`.
    """
    entered = json.loads(record.read_text()) if record.exists() else {}
    changed = []
    for grade in entry.grades:
        if grade.name not in bonus:
            continue
        before = entered.get(grade.name)
        # The bonus itself too: a run that was killed had entered it, and not yet written its record.
        if grade.manual_score is None and grade.extra_credit in (None, before, bonus[grade.name]):
            grade.extra_credit = bonus[grade.name]
        elif before != bonus[grade.name]:
            changed.append(grade)
    return changed


@contextmanager
def of_the_gradebook(db_url):
    """Turn what the database at this address says of itself into a Refusal that names it and what to do."""
    try:
        yield
    except (SQLAlchemyError, ModuleNotFoundError) as error:  # the latter of a database's driver
        raise of_a_database(error, f"The gradebook {_shown(db_url)} cannot be used", "Check its address.") from None


def _shown(db_url):
    """The address without its password."""
    try:
        return make_url(db_url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return repr(db_url)


def _source_of(plugin):
    """The code of a late policy, "" of one that lies in no file."""
    try:
        return inspect.getsource(plugin)
    except (OSError, TypeError):
        return ""


class Writer:
    """Enters results; a context manager. An entry that was cut short is made again, and comes out the same."""

    def __init__(self, directory, config):
        # nbgrader starts alembic by its name
        os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        # Where nbgrader logs a database's errors with their tracebacks, which end as Refusals in words.
        logging.getLogger("tornado.application").addHandler(logging.NullHandler())
        warnings.simplefilter("ignore", SAWarning)  # nbgrader 0.9 is loud with the SQLAlchemy of its own choice
        self.directory, self.config = directory, config
        with of_the_gradebook(directory.db_url):
            self.gradebook = Gradebook(directory.db_url, directory.course_id)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.gradebook.close()

    def prepare(self, assignments):
        """Make assignments that are new or changed known to the gradebook, as `nbgrader generate_assignment` does.

        Raises Refusal where nbgrader fails.
        """
        known = {assignment.name for assignment in self.gradebook.assignments if assignment.notebooks}
        for name in sorted(assignments):
            source = Path(self.directory.root, "source", name, f"{name}.ipynb").read_bytes()
            note, digest = Path(self.directory.root, KEPT, "prepared", name), hashlib.sha256(source).hexdigest()
            is_changed = note.exists() and note.read_text() != digest
            write_whole(note, digest, below=self.directory.root)
            if name in known and not is_changed:
                continue
            result = NbGraderAPI(self.directory, config=self.config).generate_assignment(name, force=True, create=True)
            if not result["success"]:
                note.unlink()
                said = [result.get("error") or "", result.get("log") or ""]
                reason = said[0] or said[1]
                if what_to_do := remedy("".join(said)):
                    raise Refusal(
                        f"nbgrader cannot write the assignment {name} in {self.directory.root}.\n{what_to_do}"
                    )
                raise Refusal(f"nbgrader cannot make the assignment {name} in {self.directory.root}:\n{reason}")
        self.gradebook.db.expire_all()

    def students(self):
        """The ids of all students that the gradebook knows."""
        return {student.id for student in self.gradebook.students}

    def entered(self):
        """Whose submissions of what the gradebook knows, {(student, assignment)}."""
        return {
            (submission.student_id, assignment.name)
            for assignment in self.gradebook.assignments
            for submission in assignment.submissions
        }

    def enter(self, submission, handed_in, result, points_before=None):
        """Write the submitted bytes, the grades and the graded notebook of one submission, from its result.

        Grades given by hand stay. One whose answer has changed since is marked to be looked at again, and so is one
        whose cell had other points when it was entered last, in `points_before`, and a 0 for an answer that was not
        found.
        """
        graded = nbformat.reads(result.notebook, as_version=4)
        self._write("submitted", submission, handed_in)
        self.gradebook.update_or_create_student(submission.student, **submission.name)
        self.gradebook.update_or_create_submission(
            submission.assignment, submission.student, timestamp=submission.timestamp
        )
        self._enter_grades(submission, graded, result, points_before)
        self._assign_late_penalty(submission, graded)
        self._write("autograded", submission, result.notebook)

    def points(self, assignment):
        """What the graded cells of an assignment give, {grade id: points}."""
        notebooks = self.gradebook.find_assignment(assignment).notebooks
        return {cell.name: cell.max_score for notebook in notebooks for cell in notebook.grade_cells}

    def circumstances(self, submission, points):
        """A digest of all that a grade depends on beside the result: dates, an extension, the late policy, `points`."""
        due = self.gradebook.find_assignment(submission.assignment).duedate
        try:
            extension = self.gradebook.find_submission(submission.assignment, submission.student).extension
        except MissingEntry:
            extension = None
        told = [submission.timestamp, due, extension, points, self._late_policy]
        return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()

    @cached_property
    def _late_policy(self):
        plugin = AssignLatePenalties(config=self.config).plugin_class
        return [str(plugin), self.config, _source_of(plugin)]

    def path(self, step, submission):
        """Where nbgrader keeps the notebook of a step, "submitted" or "autograded"."""
        folder = self.directory.format_path(step, submission.student, submission.assignment)
        return Path(folder) / f"{submission.assignment}.ipynb"

    def _write(self, step, submission, content):
        path = self.path(step, submission)
        folder = Path(self.directory.format_path(step, "", ""))  # below it the names are students'
        below = self.directory.root if path.is_relative_to(self.directory.root) else folder
        if submission.path.is_relative_to(folder):  # graded where it lies: nothing is written over what was handed in
            return
        if submission.timestamp:
            stamp = f"{submission.timestamp:%Y-%m-%d %H:%M:%S} UTC\n"
            write_whole(path.parent / TIME, stamp, below=below)
        elif (path.parent / TIME).is_file():  # of an earlier submission, which nbgrader would take for this one's
            (path.parent / TIME).unlink()
        if secret := submission.secret:
            write_whole(path.parent / SECRET, secret, below=below)
        write_whole(path, content, below=below)

    def _enter_grades(self, submission, graded, result, points_before):
        cells = {grade_id_of(cell): cell for cell in graded.cells if grade_id_of(cell)}
        before = self._sources_before(submission)
        entry = self.gradebook.find_submission_notebook(
            submission.assignment, submission.assignment, submission.student
        )
        ungraded = {cell.grade_id for cell in result.cells if cell.ungraded}
        for grade in entry.grades:
            cell, score_before = cells[grade.name], grade.auto_score
            grade.auto_score = None if grade.name in ungraded else utils.determine_grade(cell)[0]
            if grade.manual_score is None:
                is_missing = grade.name.removeprefix("test_") in result.not_found and not grade.auto_score
                grade.needs_manual_grade = grade.auto_score is None or is_missing
            elif grade.auto_score != score_before or before.get(grade.name) != cell.source:
                grade.needs_manual_grade = True
            elif (points_before or {}).get(grade.name, grade.max_score) != grade.max_score:
                grade.needs_manual_grade = True
        for comment in entry.comments:
            cell = cells[comment.name]
            unanswered = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
            comment.auto_comment = "No response." if unanswered else None
        bonus_file = bonus_record(self.directory.root, submission.student, submission.assignment)
        for grade in set_bonus(entry, result.bonus, bonus_file):
            grade.needs_manual_grade = True
        self.gradebook.db.commit()  # all at once: a half entry could not be told from a changed one
        write_whole(bonus_file, json.dumps(result.bonus), below=self.directory.root)

    def _sources_before(self, submission):
        try:
            notebook = json.loads(self.path("autograded", submission).read_text())
            return {grade_id_of(cell): "".join(cell["source"]) for cell in notebook["cells"]}
        except (OSError, ValueError, KeyError):
            return {}

    def _assign_late_penalty(self, submission, graded):
        if self.gradebook.find_assignment(submission.assignment).duedate is None:
            return  # nbgrader fails at an extension of no date
        names = {"student": submission.student, "assignment": submission.assignment}
        resources = {"nbgrader": {**names, "notebook": submission.assignment, "db_url": self.directory.db_url}}
        AssignLatePenalties(config=self.config)(graded, resources)
