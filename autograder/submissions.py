"""What was handed in, found in the layouts in which it comes, and read as what it is: files of strangers.

A folder `<student>/<assignment>/<assignment>.ipynb` (nbgrader's) or `<student>/<assignment>.ipynb`; or a learning
platform's zip, or a flat folder of files, whose names carry the student.
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
from autograder.sanitise import MOST_BYTES, Unreadable

MOST_UNZIPPED = {".ipynb": MOST_BYTES, ".txt": 1000, ".zip": 500 * 2**20}  # bytes of a file in a zip; others are left
# Of what platforms call the files of a class; NAMES stands for the assignments, which a browser's " (1)" may follow.
END = r"(?P<file_id>NAMES)(?P<again>(?: ?\(\d+\)|-\d+)?)\.ipynb"
PATTERNS = (
    rf".*?(?P<first_name>[^/_]+)_(?P<student_id>\d+)_assignsubmission_file_?/?{END}",  # Moodle
    rf".*?(?P<last_name>[^/_]+)_(?:LATE_)?(?P<student_id>\d+)_\d+_{END}",  # Canvas
    rf".*?(?P<student_id>[^/]+)[/_-]{END}",
)


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

    submissions: list
    passed_over: list


@contextmanager
def collect(submitted, assignments, config=None):
    """`Collected` from the folder or zip `submitted`; a zip's files are there until the end of the `with` block.

    assignments: the names that count. config: nbgrader's of the course; a FileNameCollectorPlugin.named_regexp in it is
    tried first on the files of a platform. Raises Refusal where nothing at all is found.
    """
    submitted = Path(submitted).absolute()
    with tempfile.TemporaryDirectory(prefix="losssurf-upload-") as unzipped:
        folder, passed_over = submitted, []
        if zipfile.is_zipfile(submitted):
            passed_over = _unzip_all(submitted, Path(unzipped))
            folder = _only_folder(Path(unzipped))
        elif not submitted.is_dir():
            raise Refusal(f"{submitted} is neither a folder nor a zip file.\nName what your platform gave you.")
        found = _in_folder(folder, assignments) or _by_file_name(folder, assignments, config)
        found.passed_over += passed_over
        if not found.submissions:
            raise Refusal(
                f"No submission was found in {submitted}.\nExpected are <student>/<assignment>/<assignment>.ipynb, "
                "<student>/<assignment>.ipynb, or a platform's zip or folder whose file names carry the student, where "
                f"<assignment> is one of: {', '.join(assignments)}. A course whose files are named otherwise sets "
                "c.FileNameCollectorPlugin.named_regexp in its nbgrader_config.py."
            )
        yield found


# ------------------------------------------------------------------------------------------ one folder for each student


def _in_folder(folder, assignments):
    """What lies in a folder of each student's; None where it is no such folder."""
    found = Collected([], [])
    for student in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        for assignment in assignments:
            places = student / assignment / f"{assignment}.ipynb", student / f"{assignment}.ipynb"
            place = next((place for place in places if os.path.lexists(place)), None)
            if place is None:
                continue
            if student.is_symlink() or place.parent.is_symlink():
                found.passed_over.append((str(place.relative_to(folder)), "it lies behind a link"))
            elif problem := _unfit_name(student.name):
                found.passed_over.append((str(place.relative_to(folder)), problem))
            else:
                timestamp = _timestamp(place.parent / "timestamp.txt")
                found.submissions.append(Submission(student.name, assignment, place, timestamp))
    is_platforms = any("_assignsubmission_file" in submission.student for submission in found.submissions)  # Moodle's
    return found if found.submissions and not is_platforms else None


def _unfit_name(name):
    if not name.isprintable() or len(name) > 100 or name != name.strip():
        return "the name of the student is none that a gradebook can show"
    return ""


def _timestamp(path):
    try:
        return parse_utc(read_plain_file(path)[:100].decode().strip())
    except (Unreadable, ValueError, OverflowError):
        return None


# ----------------------------------------------------------------------------------------- names that carry the student


def _by_file_name(folder, assignments, config):
    """What nbgrader's file name collector makes of the files of a platform."""
    found, newest = Collected([], []), {}
    collectors = _collectors(assignments, config)
    for path in sorted(path for path in folder.rglob("*.ipynb") if not _is_hidden(path.relative_to(folder))):
        place = path.relative_to(folder)
        match = next(filter(None, (collector.collect(f"/{place}") for collector in collectors)), None)
        if match is None or match["file_id"] not in assignments:
            found.passed_over.append((str(place), "its name does not say of whom and for which assignment it is"))
        elif problem := _unfit_name(match["student_id"]):
            found.passed_over.append((str(place), problem))
        else:
            key = (match["student_id"], match["file_id"])
            number = int(re.sub(r"\D", "", match.get("again") or "") or 0)
            if key not in newest or number > newest[key][0]:
                newest[key] = number, path, match
    for (student, assignment), (_, path, match) in newest.items():
        name = {part: match[part].strip() for part in ("first_name", "last_name") if match.get(part)}
        found.submissions.append(Submission(student, assignment, path, _parsed(match.get("timestamp")), name))
    found.submissions.sort(key=lambda submission: (submission.student, submission.assignment))
    return found


def _parsed(timestamp):
    try:
        return parse_utc(timestamp) if timestamp else None
    except (ValueError, OverflowError):
        return None


def _collectors(assignments, config):
    names = "|".join(map(re.escape, assignments))
    collectors = [FileNameCollectorPlugin(named_regexp=pattern.replace("NAMES", names)) for pattern in PATTERNS]
    own = (config or Config()).FileNameCollectorPlugin.get("named_regexp")
    collectors = [FileNameCollectorPlugin(named_regexp=own), *collectors] if own else collectors
    for collector in collectors:
        collector.log.setLevel("ERROR")  # each pattern that does not fit would be a warning
    return collectors


def _is_hidden(place):
    return any(part.startswith((".", "__MACOSX")) for part in place.parts)


# ------------------------------------------------------------------------------------------------- zips and plain files


def _unzip(path, folder, passed_over):
    """Extract notebooks, times and the zips of single students; what claims to be larger than it may is passed over.

    `ZipFile.extract` itself lets no name lead out of the folder, and reads no more than the size that is claimed.
    """
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            kind = Path(entry.filename).suffix.lower()
            if kind in MOST_UNZIPPED and entry.file_size > MOST_UNZIPPED[kind]:
                passed_over.append((f"{path.name}: {entry.filename}", f"it would have {entry.file_size:,} bytes"))
            elif kind in MOST_UNZIPPED and not entry.is_dir():
                archive.extract(entry, folder)


def _unzip_all(path, folder):
    """Extract a class's zip and, beside them, the zips that students handed in; return what was passed over."""
    passed_over = []
    _unzip(path, folder, passed_over)
    for inner in sorted(folder.rglob("*.zip")):
        try:
            _unzip(inner, inner.with_suffix(""), passed_over)
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError) as error:
            passed_over.append((str(inner.relative_to(folder)), f"it cannot be unzipped: {error}"))
    return passed_over


def _only_folder(folder):
    """The folder itself, or the one that is all it holds, as zips of a folder have it."""
    entries = [path for path in folder.iterdir() if not _is_hidden(path.relative_to(folder))]
    return _only_folder(entries[0]) if len(entries) == 1 and entries[0].is_dir() else folder


def read_plain_file(path):
    """The bytes of a file that a stranger made; Unreadable where it is no plain file of a notebook's size."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("it is no plain file")
        if status.st_size > MOST_BYTES:
            raise Unreadable(f"the file has {status.st_size / 2**20:.0f} MB; {MOST_BYTES // 2**20} are the most")
        return file.read()
