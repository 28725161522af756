"""Who is of the course: whom a person has put into the gradebook, and whom `grade` has made of a folder.

Where there is a roster, nobody is made of a misspelt folder; and who was taken out of the gradebook stays out.
"""

import difflib
import json
from pathlib import Path

from autograder.course.staging import KEPT
from autograder.grading.kept import read_note
from autograder.notebook_files import write_whole

MADE = f"{KEPT}/made_students.json"
ADD = "add them to the roster (nbgrader db student add), or grade with --add-students"


def of_the_course(course, known):
    """Whose results belong in a report: the gradebook's `known`, and whom `grade` made whose work was never entered.

    Of these every submission was refused. Who was taken out of the gradebook is left out.
    """
    return known | {student for student in _made(course) if not _was_entered(course, student)}


def _made(course):
    path = Path(course) / MADE
    if path.exists():
        return set(json.loads(path.read_text()))
    return {folder.name for folder in path.parent.glob("entered/*")}  # of a course graded before this was noted


def _was_entered(course, student):
    """Whether the gradebook has ever had work of a student; of one who was only refused or failed it has not."""
    notes = (Path(course) / KEPT / "entered" / student).glob("*")
    return any(read_note(path)[1].get("points") for path in notes)


class Roster:
    """The students of a gradebook, `known`; `made` are those who came with a submission.

    submitting: who has handed in now. The others of the gradebook are a roster where most of these are on it; a few may
    have been put there by hand.
    """

    def __init__(self, course, known, submitting):
        self.course, self.known = Path(course), known
        self.made = _made(course) if known else set()  # not those of a gradebook that was deleted, and is filled again
        self.listed = known - self.made
        self.idle = self.listed - submitting
        self.is_whole = 2 * len(self.listed & submitting) > len(submitting - self.made)

    def why_not(self, student):
        """Why a student's work is not graded, and what to do; "" where it is."""
        if student in self.known:
            return ""
        if student in self.made and _was_entered(self.course, student):
            return f"{student} was removed from the gradebook; to have them back, {ADD}"
        alike = difflib.get_close_matches(student.casefold(), sorted(self.idle), n=1, cutoff=0.75)
        if not alike and not self.is_whole:
            return ""
        meant = f" (is it {alike[0]}?)" if alike else ""
        return f"{student}{meant} is not on the roster; rename the folder, {ADD}"

    def is_new(self, student):
        """Whether somebody is graded who is not among those whom a person has put into the gradebook."""
        return bool(self.listed) and student not in self.known

    def note(self, students):
        """Note that these students, who were unknown, came with a submission."""
        made = sorted((self.made | set(students)) - self.listed)
        write_whole(self.course / MADE, json.dumps(made), below=self.course)
