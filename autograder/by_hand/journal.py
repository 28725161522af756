"""Who marked what, and when: all marks of a course, in a file of its own, so that none overwrites another's.

A mark is written here first, and then into the gradebook, and taken back in the same order; what is not there yet is
entered when that is free.
"""

import json
import secrets
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.staging import KEPT

CLAIM_SECONDS = 600  # that an answer stays with the one who opened it
COLUMNS = "id, batch, assignment, question, student, marker, at, points, ticks, comment, answer, before, settles"
TABLES = """
create table if not exists marks (
    id integer primary key, batch text, assignment text, question text, student text, marker text, at text,
    points real, ticks text, comment text, answer text, before text, settles integer, undone integer default 0,
    entered integer default 0
);
create index if not exists by_answer on marks (assignment, question, student);
create table if not exists claims (
    assignment text, question text, student text, marker text, until real,
    primary key (assignment, question, student)
);
"""


@dataclass(frozen=True)
class Mark:
    """A mark for an answer; answer: the digest of what was answered; before: the gradebook's values until then."""

    id: int
    batch: str
    assignment: str
    question: str
    student: str
    marker: str
    at: str
    points: float
    ticks: list
    comment: str
    answer: str
    before: dict
    settles: bool


class Journal:
    """The marks of a course; several processes may write it at once."""

    def __init__(self, course):
        folder = Path(course) / KEPT
        folder.mkdir(exist_ok=True)
        self.db = sqlite3.connect(folder / "marks.db", timeout=30, isolation_level=None)
        self.db.execute("pragma journal_mode = wal")
        self.db.executescript(TABLES)

    # ----------------------------------------------------------------------------------------------------------- claims

    def claim(self, key, marker):
        """Whether the answer is this marker's now; it is not while another has it open."""
        now = time.time()
        with self.db:
            self.db.execute("begin immediate")
            holder = self.holder(key)
            if holder not in (None, marker):
                return False
            self.db.execute("insert or replace into claims values (?, ?, ?, ?, ?)", (*key, marker, now + CLAIM_SECONDS))
        return True

    def holder(self, key):
        """Who has an answer open, None where nobody has."""
        query = "select marker from claims where (assignment, question, student) = (?, ?, ?) and until > ?"
        found = self.db.execute(query, (*key, time.time())).fetchone()
        return found and found[0]

    def claims(self, assignment, question):
        """{student: who has the answer open}."""
        query = "select student, marker from claims where (assignment, question) = (?, ?) and until > ?"
        return dict(self.db.execute(query, (assignment, question, time.time())))

    def release(self, marker):
        """Give back all that a marker has open."""
        self.db.execute("delete from claims where marker = ?", (marker,))

    # ------------------------------------------------------------------------------------------------------------ marks

    def add(self, keys, marker, points, ticks, comment, answers, before, settles=False):
        """Note one mark for several answers; answers, before: {student: ...}. Returns the `Mark`s."""
        batch, at = secrets.token_hex(8), datetime.now(UTC).isoformat(timespec="seconds")
        with self.db:
            self.db.execute("begin immediate")
            for key in keys:
                values = (batch, *key, marker, at, points, json.dumps(ticks), comment, answers[key[2]],
                          json.dumps(before[key[2]]), settles)  # fmt: skip
                self.db.execute(
                    "insert into marks (batch, assignment, question, student, marker, at, points, ticks, comment, "
                    f"answer, before, settles) values ({', '.join('?' * len(values))})", values,
                )  # fmt: skip
        return self._select("batch = ?", batch)

    def undo(self, marker):
        """Take back what a marker did last, one mark of one or several answers; returns these `Mark`s."""
        query = "select batch from marks where marker = ? and not undone order by id desc limit 1"
        found = self.db.execute(query, (marker,)).fetchone()
        if not found:
            return []
        marks = self._select("batch = ?", found[0])
        with self.db:
            self.db.execute("begin immediate")
            self.db.execute("update marks set undone = 1, entered = 0 where batch = ?", found)
            for mark in marks:  # what was there before is from now on what was there before the next mark that stands
                self.db.execute(
                    "update marks set before = ? where id = (select min(id) from marks where "
                    "(assignment, question, student) = (?, ?, ?) and id > ? and not undone)",
                    (json.dumps(mark.before), mark.assignment, mark.question, mark.student, mark.id),
                )
        return marks

    def note_entered(self, marks):
        """Note that marks are in the gradebook."""
        self.db.executemany("update marks set entered = 1 where id = ?", [(mark.id,) for mark in marks])

    def waiting(self):
        """The marks that are not in the gradebook yet, and those taken back that are still there."""
        return self._select("not entered")

    def of(self, assignment, question):
        """{student: the `Mark`s that stand, the last of each marker; of those since one settled it that one}."""
        standing = {}
        for mark in self._select("(assignment, question) = (?, ?) and not undone", assignment, question):
            if mark.settles:
                standing[mark.student] = {}
            standing.setdefault(mark.student, {})[mark.marker] = mark
        return {student: [*marks.values()] for student, marks in standing.items()}

    def comments(self, assignment, question):
        """The comments on a question, the most frequent first."""
        counts = Counter(mark.comment for mark in self._select("(assignment, question) = (?, ?) and not undone",
                                                              assignment, question))  # fmt: skip
        return [comment for comment, _ in counts.most_common() if comment]

    def agreement(self, assignment, question):
        """How far two people agree who marked the same answers: how many, how many alike, and the differences."""
        pairs, first_marks = {}, "(assignment, question) = (?, ?) and not undone and not settles"
        for mark in self._select(first_marks, assignment, question):
            pairs.setdefault(mark.student, {})[mark.marker] = mark.points
        twice = [sorted(points.values()) for points in pairs.values() if len(points) > 1]
        differences = [points[-1] - points[0] for points in twice]
        return {"twice": len(twice), "equal": differences.count(0.0), "mean": sum(differences) / max(len(twice), 1),
                "largest": max(differences, default=0.0)}  # fmt: skip

    def _select(self, condition, *values):
        rows = self.db.execute(f"select {COLUMNS} from marks where {condition} order by id", values)
        return [Mark(*row[:8], json.loads(row[8]), *row[9:11], json.loads(row[11]), bool(row[12])) for row in rows]
