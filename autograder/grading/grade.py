"""A class graded: submissions are marked by several processes, and one enters what comes back, as it comes.

A result is kept in a file under the digest of all that determines it. What is already there is not marked again, so a
run that was killed goes on where it was, and a second one marks only what has changed.
"""

import contextlib
import fcntl
import hashlib
import json
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.exc import OperationalError

from autograder.collecting.lookalikes import doubles
from autograder.collecting.submissions import collect, marks_of
from autograder.course import staging as courses
from autograder.course.release import changed_helpers, released_helpers, released_text
from autograder.course.staging import KEPT
from autograder.errors import CourseFault, NotMarked, Refusal, is_of_the_machine
from autograder.grading.gradebook import Writer, of_the_gradebook
from autograder.layout import REPO, helper_files
from autograder.marking.mark import Job, device_for, mark, result_of
from autograder.notebook_files import write_whole
from autograder.reading.sanitise import Unreadable

MOST_LOSSES = 3  # how often the process that marks a submission may die before it is given up
VERSIONS = ["torch", "numpy", "scipy", "ipykernel", "safetensors", "nbgrader"]


@dataclass(frozen=True)
class Work:
    """A submission, the key of its result, its bytes and the packed job, or the result where there is nothing to do."""

    submission: object
    key: str
    handed_in: bytes = b""
    job: bytes = b""
    result: dict | None = None


@dataclass
class Progress:
    """How far a run is; handed to `on_progress` after each submission and before the first."""

    total: int
    done: int = 0
    refused: int = 0
    failed: list = field(default_factory=list)  # [(submission, why)]: the machine's fault; no result is kept
    passed_over: list = field(default_factory=list)  # [(path, why)]
    files: dict = field(default_factory=dict)  # how many of the upload's were "taken", "beside" those, "passed over"
    missing: list = field(default_factory=list)  # students of the gradebook who have handed in nothing
    slowest: tuple = (0.0, "")  # seconds, name
    warnings: list = field(default_factory=list)  # on the course as a whole


def grade(submitted, course, *, jobs=None, scheduler=None, everything=False, device="cpu", timeout=None, safe=True,
          db_url=None, on_progress=lambda progress: None):  # fmt: skip
    """Grade what was handed in (see `submissions.collect`) for the course in the folder `course`; return `Progress`.

    jobs: processes (default: one for each core); scheduler: the address of a Dask scheduler, whose workers do it
    instead; everything: run all cells, not only those that count; device: "cpu", "cuda" for the CPU and CUDA, "auto"
    for "cuda" where there is a GPU; timeout: seconds for a cell (default: 60, or 600 with `everything`); safe: False
    runs students' code without a sandbox. Raises Refusal where nothing can be graded, with nothing changed.
    """
    course = Path(course).absolute()
    directory, config = courses.settings(course, db_url)
    options = {"everything": everything, "device": device_for(device, safe), "safe": safe}
    options["seconds"] = float(timeout or (600 if everything else 60))
    releases = _releases(course)
    upload = collect(submitted, list(releases), config, marks_of(releases))
    with _alone(course), upload as found, Writer(directory, config) as writer:
        with of_the_gradebook(directory.db_url):
            writer.prepare({submission.assignment for submission in found.submissions})
            _note_doubles(found.submissions, writer.students())
            progress = Progress(len(found.submissions), passed_over=found.passed_over, files=found.counts)
            progress.missing = _missing(course, writer, found)
            on_progress(progress)
            grader = _Grader(course, writer, progress, on_progress)
            options["seed"] = courses.hidden_seed(course)
            with _executor_maker(jobs, scheduler) as make_executor:
                grader.mark_all(_works(course, found.submissions, releases, options), make_executor)
            assignments = sorted({submission.assignment for submission in found.submissions})
            progress.warnings += filter(None, (changed_helpers(course, assignment) for assignment in assignments))
    return progress


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
    ours = _version()
    for submission in submissions:
        try:
            handed_in = submission.read()
            helpers = released_helpers(course, submission.assignment)
            job = Job(releases[submission.assignment], handed_in, helpers=helpers, **options).pack()
            yield Work(submission, hashlib.sha256(ours + job).hexdigest(), handed_in, job)
        except Unreadable as error:
            refused = result_of("refused", reason=f"{str(error).capitalize()}.")
            yield Work(submission, hashlib.sha256(str(error).encode()).hexdigest(), result=refused)


def _version():
    """What decides, beside a job, what comes out: our code and the libraries."""
    files = sorted([*REPO.glob("autograder/**/*.py"), *helper_files().values()])
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return json.dumps([digests, sys.version, [version(name) for name in VERSIONS]]).encode()


# ------------------------------------------------------------------------------------------------------------- marking


class _Grader:
    """Has works marked, keeps their results, and enters them."""

    def __init__(self, course, writer, progress, on_progress):
        self.folder, self.writer, self.progress, self.on_progress = course / KEPT, writer, progress, on_progress
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
            if result := work.result or self._kept(work):
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
            self._keep(work, result)
            self._enter(work, json.loads(result))

    def _fail(self, work, why):
        self.progress.failed.append((work.submission, why))
        self.on_progress(self.progress)

    def _result_file(self, work):
        return self.folder / "results" / f"{work.key}.json"

    def _keep(self, work, result):
        write_whole(self._result_file(work), result, below=self.folder)

    def _kept(self, work):
        try:
            return json.loads(self._result_file(work).read_bytes())
        except (OSError, ValueError):
            return None

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
        note = self.folder / "entered" / submission.student / submission.assignment
        if result["status"] == "refused":
            progress.refused += 1
            self._keep(work, json.dumps(result))
        elif not self._is_entered(work, note):
            self.writer.enter(submission, work.handed_in, result)
        said = {"repairs": submission.repairs, "eye": submission.eye}
        write_whole(note, f"{work.key}\n{json.dumps(said)}", below=self.folder)
        progress.done += 1
        progress.slowest = max(progress.slowest, (result["seconds"], f"{submission.student}, {submission.assignment}"))
        self.on_progress(progress)

    def _is_entered(self, work, note):
        known = (work.submission.student, work.submission.assignment) in self.in_gradebook
        known = known and self.writer.path("autograded", work.submission).exists()
        return known and note.exists() and _read_note(note)[0] == work.key


def _read_note(path):
    """The key of the result that was entered last, and what was said of how the submission came."""
    key, _, said = path.read_text().partition("\n")
    return key, json.loads(said or '{"repairs": [], "eye": []}')


def by_reason(failed):
    """Who failed for the same reason, {(assignment, why): students}, of `Progress.failed`."""
    groups = {}
    for submission, why in failed:
        groups.setdefault((submission.assignment, why), []).append(submission.student)
    return groups


def results(course):
    """All that is graded in the course, `[(student, assignment, result), ...]`, sorted."""
    folder = Path(course) / KEPT
    found = []
    for note in sorted(folder.glob("entered/*/*")):
        key, said = _read_note(note)
        file = folder / "results" / f"{key}.json"
        if file.exists():
            result = json.loads(file.read_bytes())
            result |= {kind: [*remarks, *result[kind]] for kind, remarks in said.items()}
            found.append((note.parent.name, note.name, result))
    return found


# ----------------------------------------------------------------------------------------------------------- executors


@contextlib.contextmanager
def _executor_maker(jobs, scheduler):
    """What makes an executor, as a context that gives (executor, how many works it shall have at once)."""
    if scheduler is None:
        yield lambda: _processes(jobs or os.cpu_count())
        return
    from distributed import Client  # an extra that few need

    try:
        client = Client(scheduler, timeout=20)
    except (OSError, TimeoutError, ValueError) as error:
        raise Refusal(f"There is no Dask scheduler at {scheduler}: {error}.\nStart one: dask scheduler") from None
    with client:
        workers = sum(client.nthreads().values())
        if not workers:
            raise Refusal(f"The Dask scheduler at {scheduler} has no workers.\nStart one: dask worker {scheduler}")
        yield lambda: contextlib.nullcontext((client.get_executor(pure=False), 2 * workers))


@contextlib.contextmanager
def _processes(jobs):
    """A pool of processes; at an interrupt they end at once, and their sandboxes with them."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before they import PyTorch; see autograder/course/staging.py
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_start_worker)
    try:
        yield pool, jobs + 1
    except BaseException:
        for process in multiprocessing.active_children():
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker():
    """Leave Ctrl-C to the parent; end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def end_with_parent():
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
