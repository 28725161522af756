"""A class graded: submissions are marked by several processes, and one enters what comes back, as it comes.

What is already marked is not marked again (see `kept`), so a run that was killed goes on where it was, and a second one
marks only what has changed.
"""

import contextlib
import difflib
import fcntl
import hashlib
import os
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import OperationalError

from autograder.collecting.assignments import marks_of
from autograder.collecting.lookalikes import doubles
from autograder.collecting.submissions import Submission, collect
from autograder.course import staging as courses
from autograder.course.release import changed_helpers, released_helpers, released_own_tests, released_text, ungradable
from autograder.course.staging import KEPT
from autograder.errors import CourseFault, NotMarked, Refusal, Unreadable, is_of_the_machine
from autograder.grading.executors import executor_maker
from autograder.grading.gradebook import Writer, of_the_gradebook
from autograder.grading.kept import Kept, our_version, results
from autograder.grading.roster import Roster
from autograder.marking.job import Job, device_for
from autograder.marking.mark import mark
from autograder.marking.result import Result

MOST_LOSSES = 3  # how often the process that marks a submission may die before it is given up


@dataclass(frozen=True)
class Work:
    """A submission, the key of its result, its bytes and the packed job, or the result where there is nothing to do."""

    submission: Submission
    key: str
    handed_in: bytes = b""
    job: bytes = b""
    result: Result | None = None


@dataclass
class Progress:
    """How far a run is; handed to `on_progress` after each submission and before the first."""

    total: int
    done: int = 0
    refused: int = 0
    failed: list[tuple[Submission, str]] = field(default_factory=list)  # why: the machine's fault; no result is kept
    passed_over: list[tuple[str, str]] = field(default_factory=list)  # [(path, why)]
    files: dict[str, int] = field(default_factory=dict)  # the upload's that were "taken", "beside" those, "passed over"
    missing: list[str] = field(default_factory=list)  # students of the gradebook who have handed in nothing
    slowest: tuple[float, str] = (0.0, "")  # seconds, name
    warnings: list[str] = field(default_factory=list)  # on the course as a whole


def grade(submitted, course, *, jobs=None, scheduler=None, everything=False, device="cpu", timeout=None, safe=True,
          db_url=None, students=(), assignments=(), again=False, add_students=False,
          on_progress=lambda progress: None):  # fmt: skip
    """Grade what was handed in (see `submissions.collect`) for the course in the folder `course`; return `Progress`.

    jobs: processes (default: one for each core); scheduler: the address of a Dask scheduler, whose workers do it
    instead; everything: run all cells, not only those that count; device: "cpu", "cuda" for the CPU and CUDA, "auto"
    for "cuda" where there is a GPU; timeout: seconds for a cell (default: 60, or 600 with `everything`); safe: False
    runs students' code without a sandbox; students, assignments: only these, of all that was handed in; again: mark
    and enter them also where nothing has changed; add_students: grade those too who are not on the roster. Raises
    Refusal where nothing can be graded, with nothing changed.
    """
    course = Path(course).absolute()
    directory, config = courses.settings(course, db_url)
    options = {"everything": everything, "device": device_for(device, safe), "safe": safe}
    options["seconds"] = float(timeout or (600 if everything else 60))
    releases = _releases(course)
    upload = collect(submitted, list(releases), config, marks_of(releases))
    with _alone(course), upload as found, Writer(directory, config) as writer:
        with of_the_gradebook(directory.db_url):
            submitting = {submission.student for submission in found.submissions}
            _keep_to_the_roster(found, Roster(course, writer.students(), submitting), add_students)
            chosen = _chosen(found.submissions, students, assignments)
            names = sorted({submission.assignment for submission in chosen})
            writer.prepare(names)
            _note_doubles(chosen, writer.students())
            progress = Progress(len(chosen), passed_over=found.passed_over, files=found.counts)
            progress.missing = _missing(course, writer, found)
            on_progress(progress)
            grader = _Grader(course, writer, progress, on_progress, again)
            options["seed"] = courses.hidden_seed(course)
            with executor_maker(jobs, scheduler) as make_executor:
                grader.mark_all(_works(course, chosen, releases, options), make_executor)
            progress.warnings += map(str, ungradable([course / "source" / name / f"{name}.ipynb" for name in names]))
            progress.warnings += filter(None, (changed_helpers(course, name) for name in names))
    return progress


def _keep_to_the_roster(found, roster, add_students):
    """Pass over who is not on the roster, and note who is made of a folder."""
    kept = []
    for submission in found.submissions:
        why = "" if add_students else roster.why_not(submission.student)
        if why:
            found.pass_over(submission.place, why, submission.file)
        else:
            kept.append(submission)
            if roster.is_new(submission.student) and not add_students:
                submission.eye.append("not on the roster: a student was made of the name")
    found.submissions[:] = kept
    roster.note({submission.student for submission in kept} - roster.known)


def _chosen(submissions, students, assignments):
    """Those of the named students and assignments, of all where none is named; Refusal where one has nothing."""
    for names, key in ((students, "student"), (assignments, "assignment")):
        there = sorted({getattr(submission, key) for submission in submissions})
        for name in names:
            if name not in there:
                alike = difflib.get_close_matches(name, there, n=3, cutoff=0.5) or there[:3]
                raise Refusal(f"Nothing was handed in by or for the {key} {name!r}.\nDid you mean: {', '.join(alike)}?")
    chosen = [each for each in submissions if not students or each.student in students]
    return [each for each in chosen if not assignments or each.assignment in assignments]


def _note_doubles(submissions, students):
    """Have the report tell of students whose names look like those of others."""
    alike = doubles({*students, *(submission.student for submission in submissions)})
    for submission in submissions:
        if others := alike.get(submission.student):
            names = ", ".join(f"{name} ({_code_points(name)})" for name in [submission.student, *others])
            submission.eye.append(f"the names of these students look alike, or are one person's: {names}")


def _code_points(name):
    """What tells apart names that look alike: their characters beyond ASCII, by number."""
    return " ".join(f"U+{ord(each):04X}" for each in name if not each.isascii()) or "ASCII"


def _missing(course, writer, found):
    """The students of the gradebook of whom nothing was ever handed in, not even what was refused or passed over."""
    handed_in = {student for student, _ in writer.entered()} | {student for student, _, _ in results(course)}
    handed_in |= {submission.student for submission in found.submissions} | found.idle
    return sorted(writer.students() - handed_in)


def _releases(course):
    """The student version of each assignment of the course, as text."""
    names = sorted(path.parent.name for path in course.glob("source/*/*.ipynb") if path.stem == path.parent.name)
    if not names:
        raise Refusal(f"{course}/source has no assignment.\nRun: python -m autograder init {course}")
    return {name: released_text(course, name) for name in names}


@contextlib.contextmanager
def _alone(course):
    """Let one run at a time write to the course."""
    (course / KEPT).mkdir(exist_ok=True)
    with open(course / KEPT / "lock", "w", opener=_without_links) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(f"Another run is grading {course}.\nWait for its end, or stop it.") from None
        yield


def _without_links(path, flags):
    return os.open(path, flags | os.O_NOFOLLOW)


# ---------------------------------------------------------------------------------------------------------------- keys


def _works(course, submissions, releases, options):
    """What there is to do, one after another, as a class's files need not all be in memory."""
    ours = our_version()
    for submission in submissions:
        try:
            handed_in = submission.read()
            helpers = released_helpers(course, submission.assignment)
            own_tests = released_own_tests(course, submission.assignment)
            release = releases[submission.assignment]
            job = Job(release, handed_in, helpers=helpers, own_tests=own_tests, **options).pack()
            yield Work(submission, hashlib.sha256(ours + job).hexdigest(), handed_in, job)
        except Unreadable as error:
            refused = Result(status="refused", reason=f"{str(error).capitalize()}.")
            yield Work(submission, hashlib.sha256(str(error).encode()).hexdigest(), result=refused)


# ------------------------------------------------------------------------------------------------------------- marking


class _Grader:
    """Has works marked, keeps their results, and enters them."""

    def __init__(self, course, writer, progress, on_progress, again):
        self.again = again
        self.kept, self.writer, self.progress, self.on_progress = Kept(course), writer, progress, on_progress
        self.in_gradebook = writer.entered()
        self.losses = Counter()
        self.faults = {}  # {assignment: why no submission of it can be marked}

    def mark_all(self, works, make_executor):
        """Mark all works; where a worker dies, its work and that of its siblings is given to new ones."""
        todo, works = deque(), iter(works)
        while True:
            with make_executor() as (executor, at_once):
                running = {}
                try:
                    while self._fill(running, todo, works, executor, at_once):
                        for future in wait(running, return_when=FIRST_COMPLETED).done:
                            self._take(future.result, running[future])
                            del running[future]
                    return
                except BrokenExecutor:
                    for work in running.values():
                        self._put_back(work, todo)

    def _fill(self, running, todo, works, executor, at_once):
        """Keep `at_once` works running; whether any is.

        Those that were running when a worker died run one at a time, so that the guilty one takes no other along again.
        """
        while len(running) < (1 if todo else at_once):
            work = todo.popleft() if todo else next(works, None)
            if work is None:
                break
            if result := work.result or (None if self.again else self.kept.result(work.key)):
                self._enter(work, result)
                continue
            if fault := self.faults.get(work.submission.assignment):
                self._fail(work, fault)
                continue
            try:
                running[executor.submit(mark, work.job)] = work
            except BrokenExecutor:
                todo.appendleft(work)
                raise
        return running

    def _put_back(self, work, todo):
        self.losses[work.key] += 1
        if self.losses[work.key] < MOST_LOSSES:
            todo.append(work)
        else:
            self._fail(work, f"the process that marked it died {MOST_LOSSES} times")

    def _take(self, get_result, work):
        try:
            result = get_result()
        except NotMarked as error:
            self._fail(work, str(error))
            if isinstance(error, CourseFault):
                self.faults[work.submission.assignment] = str(error)
        except BrokenExecutor:
            raise
        except Exception as error:  # a fault of ours with one submission: the others shall not wait for its mending
            self._fail(work, f"{type(error).__name__}: {error}")
        else:
            self.kept.keep(work.key, result)
            self._enter(work, Result.unpack(result))

    def _fail(self, work, why):
        self.progress.failed.append((work.submission, why))
        self.on_progress(self.progress)

    def _enter(self, work, result):
        try:
            self._enter_unguarded(work, result)
        except OperationalError:  # the database itself, as one that is locked
            raise
        except OSError as error:
            if is_of_the_machine(error):
                raise
            self.writer.gradebook.db.rollback()
            self._fail(work, f"its result cannot be written: {error.filename}: {error.strerror}")
        except Exception as error:  # a fault with one stops no other
            self.writer.gradebook.db.rollback()
            self._fail(work, f"its result cannot be entered: {type(error).__name__}: {error}")

    def _enter_unguarded(self, work, result):
        """Put a result into the gradebook, unless it is there; note last that it is."""
        submission, progress = work.submission, self.progress
        if result.status == "refused":
            progress.refused += 1
            self.kept.keep(work.key, result.pack())
            _, _, points = self.kept.entered(submission) or ("", "", None)
            self.kept.note(submission, work.key, points=points)  # the gradebook keeps what it has of earlier work
        else:
            points = self.writer.points(submission.assignment)
            circumstances = self.writer.circumstances(submission, points)
            key, when, points_before = self.kept.entered(submission) or ("", "", {})
            if (key, when) != (work.key, circumstances) or not self._is_entered(submission):
                self.writer.enter(submission, work.handed_in, result, points_before)
            self.kept.note(submission, work.key, circumstances, points)
        progress.done += 1
        progress.slowest = max(progress.slowest, (result.seconds, f"{submission.student}, {submission.assignment}"))
        self.on_progress(progress)

    def _is_entered(self, submission):
        known = (submission.student, submission.assignment) in self.in_gradebook
        return known and not self.again and self.writer.path("autograded", submission).exists()


def by_reason(failed):
    """Who failed for the same reason, {(assignment, why): students}, of `Progress.failed`."""
    groups = {}
    for submission, why in failed:
        groups.setdefault((submission.assignment, why), []).append(submission.student)
    return groups
