"""What was handed in, found in the layouts in which it comes, and read as what it is: files of strangers.

A folder `<student>/<assignment>/<assignment>.ipynb` (nbgrader's) or `<student>/<assignment>.ipynb`; or a learning
platform's zip, or a folder of its files, whose names carry the student. What is not taken is told.
"""

import os
import re
import stat
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.plugins.zipcollect import FileNameCollectorPlugin
from nbgrader.utils import parse_utc
from traitlets.config import Config

from autograder.errors import Refusal
from autograder.notebook_files import write_whole
from autograder.outputs import clean_text
from autograder.sanitise import MOST_BYTES, Unreadable

MOST_UNZIPPED = {".ipynb": MOST_BYTES, ".txt": 1000, ".zip": 500 * 2**20}  # bytes of a file in a zip; others are left
MOST_OF_A_CLASS = 20 * 2**30
AGAIN = r"(?P<again>(?: ?\(\d+\)|-\d+)?)\.ipynb$"  # a browser's or a platform's "hessian_spectrum (1).ipynb"

# What platforms call the files of a class. Only the first part of a path is theirs: whatever follows the owner's number
# is the student's choice, and says nothing of whose it is.
MOODLE = r"(?P<first_name>[^/_]+)_(?P<student_id>\d+)_assignsubmission_file"
CANVAS = r"(?P<last_name>[^/_]+)_(?:LATE_)?(?P<student_id>\d+)_\d+_"
PATTERNS = (
    rf"/{MOODLE}(?:_?/(?:[^/]+/)*|_)(?P<file_id>NAMES){AGAIN}",
    rf"/{CANVAS}(?P<file_id>NAMES){AGAIN}",
    rf"/(?P<student_id>(?:(?!_assignsubmission_file|_\d+_\d+_)[^/])+)[_-](?P<file_id>NAMES){AGAIN}",
)
OWNER = re.compile(rf"{MOODLE}(?:_?/|_)|{CANVAS}".replace("?P<student_id>", "").replace("?P<first_name>", "?:"))
TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?(?:UTC|Z|[+-]\d\d:\d\d))?")


@dataclass(frozen=True)
class Submission:
    """One notebook that was handed in: by whom, for which assignment, where it lies, and when it came, if known."""

    student: str
    assignment: str
    path: Path
    timestamp: object = None
    name: dict = field(default_factory=dict, compare=False)  # first_name, last_name, as a file's name gives them

    def read(self):
        """The bytes of the file; Unreadable where it is not a plain file of a notebook's size."""
        return read_plain_file(self.path)


@dataclass
class Collected:
    """The submissions, sorted, and what was passed over: `[(path in the upload, why), ...]`."""

    submissions: list = field(default_factory=list)
    passed_over: list = field(default_factory=list)

    def pass_over(self, place, why):
        self.passed_over.append((clean_text(str(place)).replace("\x1b", "?"), why))


@contextmanager
def collect(submitted, assignments, config=None):
    """`Collected` from the folder or zip `submitted`; a zip's files are there until the end of the `with` block.

    assignments: the names that count. config: nbgrader's of the course; a FileNameCollectorPlugin.named_regexp in it is
    tried first on the files of a platform. Raises Refusal where nothing at all is found.
    """
    submitted, found = Path(submitted).absolute(), Collected()
    with tempfile.TemporaryDirectory(prefix="losssurf-upload-") as unzipped:
        folder = submitted
        if submitted.is_file() and zipfile.is_zipfile(submitted):
            _unzip_class(submitted, Path(unzipped), assignments, found)
            folder = _without_wrapping(Path(unzipped), assignments)
        elif not submitted.is_dir():
            raise Refusal(f"{submitted} is neither a folder nor a zip file.\nName what your platform gave you.")
        _collect_folders(folder, assignments, found)
        _collect_named_files(folder, assignments, config, found)
        found.submissions.sort(key=lambda submission: (submission.student, submission.assignment))
        if not found.submissions:
            raise Refusal(
                f"No submission was found in {submitted}.\nExpected are <student>/<assignment>/<assignment>.ipynb, "
                "<student>/<assignment>.ipynb, or a platform's zip or folder whose file names carry the student, where "
                f"<assignment> is one of: {', '.join(assignments)}. A course whose files are named otherwise sets "
                "c.FileNameCollectorPlugin.named_regexp in its nbgrader_config.py."
            )
        yield found


def _is_hidden(place):
    return any(part.startswith((".", "__MACOSX")) for part in place.parts)


def _unfit_name(name):
    """Why a student cannot be called so, "" where nothing speaks against it."""
    if not name.isprintable() or len(name) > 100 or name != name.strip() or name.startswith("."):
        return "the name of the student is none that a gradebook can show"
    return ""


# ------------------------------------------------------------------------------------------ one folder for each student


def _collect_folders(folder, assignments, found):
    """Take what lies in a folder of each student's own; folders of platforms are left to the names of files."""
    for student in sorted(folder.iterdir()):
        if not student.is_dir() or _is_hidden(Path(student.name)) or _is_a_platforms(student):
            continue
        if student.is_symlink():
            found.pass_over(student.name, "it is a link")
            continue
        taken = {path for assignment in assignments if (path := _take(student, assignment, found))}
        for path in _files(student, (".ipynb", ".zip")):
            if path not in taken:
                expected = "not called as an assignment" if path.suffix == ".ipynb" else "a zip: unzip it"
                found.pass_over(path.relative_to(folder), f"it is {expected}")


def _is_a_platforms(folder):
    return OWNER.match(f"{folder.name}/") is not None


def _take(student, assignment, found):
    """Take a student's submission of one assignment; return its path, None where there is none."""
    for folder in (student / assignment, student):
        names = re.compile(re.escape(assignment) + AGAIN, re.IGNORECASE)
        paths = sorted(path for path in _entries(folder) if names.fullmatch(path.name))
        if not paths:
            continue
        path = min(paths, key=lambda path: (path.name != f"{assignment}.ipynb", -_number(path.name, assignment)))
        problem = "it lies behind a link" if folder.is_symlink() else _unfit_name(student.name)
        if problem:
            found.pass_over(path.relative_to(student.parent), problem)
        else:
            time = _time_in(folder / "timestamp.txt")
            found.submissions.append(Submission(student.name, assignment, path, time))
        return path
    return None


def _number(name, assignment):
    return int(re.sub(r"\D", "", name[len(assignment) :]) or 0)


def _entries(folder):
    return list(folder.iterdir()) if folder.is_dir() else []


def _files(folder, kinds):
    """The files of these kinds below a folder, without a step through a link."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_hidden(Path(name)))
        yield from (Path(parent, name) for name in sorted(names) if Path(name).suffix.lower() in kinds)


def _time_in(path):
    try:
        return _time(read_plain_file(path)[:100].decode(errors="replace").strip())
    except Unreadable:
        return None


def _time(text):
    """The time that a text says in the form in which nbgrader writes it; None where it says none."""
    try:
        return parse_utc(text) if text and TIME.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None


# ----------------------------------------------------------------------------------------- names that carry the student


def _collect_named_files(folder, assignments, config, found):
    """Take what nbgrader's file name collector makes of a platform's files; of several the one numbered highest."""
    newest, collectors = {}, _collectors(assignments, config)
    known = {submission.path for submission in found.submissions}
    own_folders = {path.parent.parent if path.parent.name in assignments else path.parent for path in known}
    for path in _files(folder, (".ipynb",)):
        place = path.relative_to(folder)
        if path in known or any(path.is_relative_to(own) for own in own_folders):
            continue
        match = _match(f"/{place.as_posix()}", collectors)
        if match is None or match["file_id"] not in assignments:
            if len(place.parts) == 1 or _is_a_platforms(Path(place.parts[0])):  # others are told of above
                found.pass_over(place, "its name does not say of whom and for which assignment it is")
        elif problem := _unfit_name(match["student_id"]):
            found.pass_over(place, problem)
        else:
            key, number = (match["student_id"], match["file_id"]), int(re.sub(r"\D", "", match.get("again") or "") or 0)
            if key not in newest or number > newest[key][0]:
                newest[key] = number, path, match
    for (student, assignment), (_, path, match) in newest.items():
        name = {part: match[part].strip() for part in ("first_name", "last_name") if match.get(part)}
        found.submissions.append(Submission(student, assignment, path, _time(match.get("timestamp")), name))


def _match(place, collectors):
    for collector in collectors:
        try:
            match = collector.collect(place)
        except re.error as error:
            raise Refusal(f"c.FileNameCollectorPlugin.named_regexp in nbgrader_config.py is faulty: {error}.") from None
        if match and match.get("student_id") and match.get("file_id"):
            return {**match, "file_id": match["file_id"].removesuffix(".ipynb")}
    return None


def _collectors(assignments, config):
    names = "|".join(map(re.escape, assignments))
    patterns = [pattern.replace("NAMES", names) for pattern in PATTERNS]
    own = (config or Config()).FileNameCollectorPlugin.get("named_regexp")
    collectors = [FileNameCollectorPlugin(named_regexp=pattern) for pattern in ([own] if own else []) + patterns]
    for collector in collectors:
        collector.log.setLevel("ERROR")  # each pattern that does not fit would be a warning
    return collectors


# ------------------------------------------------------------------------------------------------------- zips and files


def _unzip_class(path, folder, assignments, found):
    """Extract a class's zip; then, of each zip that a student handed in, the notebooks of the assignments.

    `ZipFile.extract` itself lets no name lead out of the folder, and reads no more than the size that is claimed.
    """
    with zipfile.ZipFile(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
        if size > MOST_OF_A_CLASS:
            raise Refusal(f"{path} would give {size:,} bytes; {MOST_OF_A_CLASS:,} are the most.\nLook into it.")
        for entry in archive.infolist():
            kind = Path(entry.filename).suffix.lower()
            if kind not in MOST_UNZIPPED or entry.is_dir():
                continue
            with _passing_over_faults(entry.filename, found):
                if entry.file_size > MOST_UNZIPPED[kind]:
                    raise ValueError(f"it would have {entry.file_size:,} bytes")
                archive.extract(entry, folder)
    for inner in _files(folder, (".zip",)):
        with _passing_over_faults(inner.relative_to(folder), found):
            _unzip_students(inner, folder, assignments, found)


def _unzip_students(inner, folder, assignments, found):
    """Put the notebooks in a student's zip beside it, under the name of the zip's owner: those inside say nothing."""
    place = inner.relative_to(folder).as_posix()
    wanted = re.compile(rf"({'|'.join(map(re.escape, assignments))}){AGAIN}", re.IGNORECASE)
    with zipfile.ZipFile(inner) as archive:
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
            path = Path(entry.filename)
            if entry.is_dir() or path.suffix.lower() != ".ipynb" or _is_hidden(path):
                continue
            match = wanted.fullmatch(path.name)
            target = match and folder / f"{_owner(place)}{match[1].lower()}.ipynb"
            with _passing_over_faults(f"{place}: {entry.filename}", found):
                if not match:
                    raise ValueError("it is not called as an assignment")
                if target.exists():
                    raise ValueError("there is another of that name")
                if entry.file_size > MOST_BYTES:
                    raise ValueError(f"it would have {entry.file_size:,} bytes")
                write_whole(target, archive.read(entry))


def _owner(place):
    """The beginning of the path of what belongs to whom the zip at `place` belongs."""
    match = OWNER.match(place)
    return match[0] if match else f"{place.split('/')[0].removesuffix('.zip')}/"


@contextmanager
def _passing_over_faults(place, found):
    try:
        yield
    except Exception as error:  # zipfile has a dozen kinds for what a stranger can do to a zip
        found.pass_over(place, str(error) if type(error) is ValueError else f"it cannot be unzipped: {error}")


def _without_wrapping(folder, assignments):
    """The folder itself, or the one that is all it holds, as zips of a folder have it."""
    entries = [path for path in folder.iterdir() if not _is_hidden(Path(path.name))]
    if len(entries) != 1 or not entries[0].is_dir() or _is_a_platforms(entries[0]):
        return folder
    inside = {path.name.removesuffix(".ipynb") for path in entries[0].iterdir()}
    return folder if inside & set(assignments) else _without_wrapping(entries[0], assignments)


def read_plain_file(path):
    """The bytes of a file that a stranger made; Unreadable where it is no plain file of a notebook's size."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("it is no plain file")
        if status.st_size > MOST_BYTES:
            raise Unreadable(f"the file has {status.st_size / 2**20:.0f} MB; {MOST_BYTES // 2**20} are the most")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(MOST_BYTES + 1)
    finally:
        os.close(handle)
