"""What is marked of a course and what is left, and marks entered: first into the journal, then into the gradebook."""

import hashlib
from pathlib import Path

from nbgrader.api import Assignment, BaseCell, Comment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy.exc import OperationalError

from autograder.by_hand.answers import Answers, digest
from autograder.by_hand.journal import Journal
from autograder.by_hand.questions import questions_of
from autograder.course.staging import hidden_seed, settings
from autograder.errors import Refusal
from autograder.grading.gradebook import of_the_gradebook

LEFT, MARKED, CHANGED, TWO, EMPTY = "left", "marked", "changed", "two", "empty"


class Conflict(Exception):
    """Another has marked the answer meanwhile, or has it open; the message says who."""


class Marking:
    """The marking of a course in a folder by several people; twice: percent of the answers that two shall mark.

    Students are called by numbers, in an order that says nothing; `student` gives the id behind an alias.
    """

    def __init__(self, course, db_url=None, twice=0):
        course = Path(course).absolute()
        directory, _ = settings(course, db_url)
        self.twice, self.seed = twice, hidden_seed(course)
        with of_the_gradebook(directory.db_url):
            self.gradebook = Gradebook(directory.db_url, directory.course_id)
            graded = sorted({name for (name,) in self._query(Assignment.name).distinct()})
        if not graded:
            raise Refusal(
                f"Nothing is graded in {course}.\nGrade first: python -m autograder grade SUBMITTED --course ..."
            )
        self.journal, self.answers = Journal(course), Answers(course)
        self.questions = {(each.assignment, each.name): each for each in questions_of(course, graded)}
        if not self.questions:
            raise Refusal(f"No assignment of {course} has an answer that a person marks.")
        self.enter_what_waits()

    # -------------------------------------------------------------------------------------------- what there is to mark

    def _query(self, *columns):
        query = self.gradebook.db.query(*columns).select_from(SubmittedAssignment)
        query = query.join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        query = query.join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        return query

    def _grades(self, question, kind=Grade):
        """{student: nbgrader's `Grade`, or `Comment`} of a question."""
        query = self._query(SubmittedAssignment.student_id, kind).join(kind, kind.notebook_id == SubmittedNotebook.id)
        query = query.join(BaseCell, kind.cell_id == BaseCell.id)
        query = query.filter(Assignment.name == question.assignment, BaseCell.name == question.name)
        return dict(query.populate_existing().all())

    def alias(self, student, assignment):
        """What a student is called on the page."""
        return hashlib.sha256(f"{self.seed} {assignment} {student}".encode()).hexdigest()[:12]

    def students(self, question):
        """{alias: student}, in an order that says nothing."""
        found = {self.alias(student, question.assignment): student for student in self._grades(question)}
        return dict(sorted(found.items()))

    def is_for_two(self, student, question):
        """Whether two people shall mark an answer."""
        number = hashlib.sha256(f"{self.seed} {question.assignment} {question.name} {student}".encode()).digest()
        return int.from_bytes(number[:4], "big") % 100 < self.twice

    def standing(self, question, marker):
        """{student: (state, the marks that stand, the points in the gradebook or None)}, as this marker may see it."""
        marks, found = self.journal.of(question.assignment, question.name), {}
        for student, grade in self._grades(question).items():
            now = digest(self.answers.text(student, question))
            fresh = [mark for mark in marks.get(student, []) if mark.answer == now]
            points = grade.score if grade.manual_score is not None or grade.auto_score is not None else None
            state = self._state(grade, fresh)
            if fresh and state == MARKED and self.is_for_two(student, question) and not fresh[-1].settles:
                others = [mark for mark in fresh if mark.marker != marker]
                if len(fresh) == 1 and others:
                    state, fresh, points = LEFT, [], None  # the other's mark is not shown before one's own
            found[student] = state, fresh, points
        return found

    @staticmethod
    def _state(grade, marks):
        if len({mark.points for mark in marks}) > 1:
            return TWO
        if grade.needs_manual_grade:
            return CHANGED if grade.manual_score is not None else LEFT
        return MARKED if grade.manual_score is not None else EMPTY

    # ------------------------------------------------------------------------------------------------------------ marks

    def mark(self, question, students, marker, points, ticks, comment, seen, settles=False):
        """Mark answers alike. seen: {student: how many marks this marker knew of}.

        Raises Conflict, with nothing marked, where another has marked one since, or has it open; Refusal where the
        points are none.
        """
        if not 0 <= points <= question.max_score:
            raise Refusal(f"{points:g} points of {question.max_score:g} cannot be given.")
        standing = self.standing(question, marker)
        for student in students:
            self._refuse_a_conflict(question, student, marker, standing[student], seen)
        before = self._before(question, students)
        answers = {student: digest(self.answers.text(student, question)) for student in students}
        keys = [(question.assignment, question.name, student) for student in students]
        marks = self.journal.add(keys, marker, points, ticks, comment, answers, before, settles)
        self._try_to_enter(question, marks)
        self.journal.release(marker)
        return marks

    def _before(self, question, students):
        """{student: what the gradebook has of the answer}, or had before what still waits to be entered there."""
        grades, comments = (self._grades(question, kind) for kind in (Grade, Comment))
        before = {
            student: {
                "points": grades[student].manual_score, "waits": grades[student].needs_manual_grade,
                "comment": comments[student].manual_comment if student in comments else None,
            } for student in students
        }  # fmt: skip
        waiting = [mark for mark in self.journal.waiting()
                   if (mark.assignment, mark.question) == (question.assignment, question.name)]  # fmt: skip
        return before | {mark.student: mark.before for mark in reversed(waiting)}

    def _refuse_a_conflict(self, question, student, marker, standing, seen):
        state, marks, _ = standing
        others = [mark for mark in marks if mark.marker != marker]
        if len(marks) > seen.get(student, 0) and others:
            told = " and ".join(f"{mark.marker} gave {mark.points:g}" for mark in others)
            raise Conflict(f"Meanwhile {told}. Look at both, and mark again.")
        holder = self.journal.holder((question.assignment, question.name, student))
        if holder not in (None, marker):
            raise Conflict(f"{holder} has this answer open.")

    def undo(self, marker):
        """Take back what a marker did last; returns the `Mark`s."""
        marks = self.journal.undo(marker)
        if marks:  # all are of one question
            self._try_to_enter(self.questions[marks[0].assignment, marks[0].question], marks)
        return marks

    def enter_what_waits(self):
        """Enter what is done in the journal alone, as the gradebook was locked or the server was killed."""
        by_question = {}
        for mark in self.journal.waiting():
            by_question.setdefault((mark.assignment, mark.question), []).append(mark)
        return all([self._try_to_enter(self.questions[key], marks) for key, marks in by_question.items()
                    if key in self.questions])  # fmt: skip

    def _try_to_enter(self, question, marks):
        """Enter marks, or that they were taken back; False where the gradebook is locked: it is done later."""
        try:
            self._enter(question, {mark.student: mark.before for mark in reversed(marks)})  # of several the first
            self.gradebook.db.commit()
        except OperationalError:
            self.gradebook.db.rollback()
            return False
        self.journal.note_entered(marks)
        return True

    def _enter(self, question, before):
        """Write into the gradebook what the marks of answers say; where none stands, what was there `before`.

        before: {student: the gradebook's values}
        """
        grades, comments = (self._grades(question, kind) for kind in (Grade, Comment))
        standing = self.journal.of(question.assignment, question.name)
        for student in before.keys() & grades.keys():  # others were removed from the gradebook
            values = _values_of(standing[student], question) if student in standing else before[student]
            grade = grades[student]
            grade.manual_score, grade.needs_manual_grade = values["points"], values["waits"]
            if student in comments:
                comments[student].manual_comment = values["comment"]

    # ---------------------------------------------------------------------------------------------------------- numbers

    def overview(self, marker):
        """Each question with how many of its answers are in which state."""
        told = []
        for question in self.questions.values():
            states = [state for state, _, _ in self.standing(question, marker).values()]
            counts = {state: states.count(state) for state in (LEFT, MARKED, CHANGED, TWO, EMPTY)}
            told.append({"assignment": question.assignment, "question": question.name, "counts": counts})
        return told

    @staticmethod
    def as_told(marks):
        """Marks as the page gets them."""
        keys = "marker", "at", "points", "ticks", "comment"
        return [{key: getattr(mark, key) for key in keys} for mark in marks]


def _values_of(marks, question):
    """What the gradebook has of an answer with these marks: of two that differ the first, until one settles it."""
    agree = len({mark.points for mark in marks}) == 1
    told = marks[-1] if agree else marks[0]
    return {"points": told.points, "waits": not agree, "comment": as_comment(told, question)}


def as_comment(mark, question):
    """What a student reads of a mark: the points of the scheme that were ticked, and the comment."""
    ticked = [question.scheme[number] for number in mark.ticks if number < len(question.scheme)]
    lines = [f"- {point.points:g} for {point.text}" for point in ticked]
    return "\n\n".join(filter(None, ["\n".join(lines), mark.comment])) or None
