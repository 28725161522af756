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
from traitlets import List
from traitlets.config import Config

from autograder.errors import Refusal
from autograder.notebook_files import write_whole
from autograder.outputs import clean_text
from autograder.sanitise import MOST_BYTES, Unreadable

MOST_UNZIPPED = {".ipynb": MOST_BYTES, ".txt": 1000, ".zip": 500 * 2**20}  # bytes of a file in a zip; others are left
MOST_OF_A_CLASS = 20 * 2**30
MOST_TOLD = 5  # of what is wrong with one student's zip
ARCHIVES = {".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"}
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
NESTED, FLAT, PLATFORM = range(3)  # the layouts, the surest first
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
    with tempfile.TemporaryDirectory(prefix="losssurf-upload-") as temporary:
        files = _files_of(submitted, Path(temporary, "class"), assignments, found)
        _add_students_zips(files, Path(temporary, "students"), assignments, found)
        _choose(files, assignments, _collectors(assignments, config), found)
        if not found.submissions:
            raise Refusal(
                f"No submission was found in {submitted}.\nExpected are <student>/<assignment>/<assignment>.ipynb, "
                "<student>/<assignment>.ipynb, or a platform's zip or folder whose file names carry the student, where "
                f"<assignment> is one of: {', '.join(assignments)}. A course whose files are named otherwise sets "
                "c.FileNameCollectorPlugin.named_regexp in its nbgrader_config.py."
            )
        yield found


# ----------------------------------------------------------------------------------------------- whose, and for what


def _choose(files, assignments, collectors, found):
    """Make submissions of the files, {place in the upload: path}; of several by one student the best is taken."""
    candidates = {}
    for place, path in files.items():
        if Path(place).suffix.lower() != ".ipynb":
            continue
        candidate = _in_students_folder(place, path, assignments, files) or _named_by_platform(place, path, collectors)
        problem = _unfit_name(candidate[1].student) if candidate else "its name does not say whose and what it is"
        if candidate and candidate[1].student in assignments:
            problem = "it lies in the folder of an assignment, not of a student"
        if problem:
            found.pass_over(place, problem)
        else:
            key = (candidate[1].student, candidate[1].assignment)
            candidates.setdefault(key, []).append((*candidate, place))
    for key in sorted(candidates):
        best, *others = sorted(candidates[key], key=lambda candidate: candidate[0])
        found.submissions.append(best[1])
        for (kind, *_), _, place in others:
            if kind != PLATFORM or best[0][0] != PLATFORM:  # earlier attempts on a platform are nobody's loss
                found.pass_over(place, f"there is another of the same student: {best[2]}")


def _in_students_folder(place, path, assignments, files):
    """(rank, Submission) of `<student>/[<assignment>/]<assignment>.ipynb`, else None; the smallest rank counts."""
    folder, _, name = place.rpartition("/")
    student, _, inner = folder.partition("/")
    for assignment in assignments:
        match = re.fullmatch(re.escape(assignment) + AGAIN, name, re.IGNORECASE)
        if match and student and inner in ("", assignment) and not OWNER.match(f"{student}/"):
            time = files.get(f"{folder}/timestamp.txt") if inner else None
            rank = (NESTED if inner else FLAT, 0 if name == f"{assignment}.ipynb" else 1, -_number(match))
            return rank, Submission(student, assignment, path, _time_in(time) if time else None)
    return None


def _named_by_platform(place, path, collectors):
    """(rank, Submission) of what nbgrader's file name collector understands; None for others."""
    match = next(filter(None, (_match(f"/{place}", collector) for collector in collectors)), None)
    if not match:
        return None
    name = {part: match[part].strip() for part in ("first_name", "last_name") if match.get(part)}
    time = _time(match.get("timestamp"))
    return (PLATFORM, 0, -_number(match)), Submission(match["student_id"], match["file_id"], path, time, name)


def _match(place, collector):
    try:
        match = collector.collect(place)
    except re.error as error:
        raise Refusal(f"c.FileNameCollectorPlugin.named_regexp in nbgrader_config.py is faulty: {error}.") from None
    if not match or not match.get("student_id") or not match.get("file_id"):
        return None
    match = {**match, "file_id": match["file_id"].removesuffix(".ipynb")}
    return match if match["file_id"] in collector.assignments else None


def _either(assignments):
    """A pattern, to stand in a group, that fits the name of any of them."""
    return "|".join(map(re.escape, assignments))


def _number(match):
    return int(re.sub(r"\D", "", match["again"] if match["again"] else "") or 0)


class _Collector(FileNameCollectorPlugin):
    """nbgrader's collector of names, which says nothing where a name does not fit."""

    assignments = List()

    def _match(self, filename):
        match = re.match(self.named_regexp, filename)
        return {"again": "", **match.groupdict()} if match else None


def _collectors(assignments, config):
    patterns = [pattern.replace("NAMES", _either(assignments)) for pattern in PATTERNS]
    own = (config or Config()).FileNameCollectorPlugin.get("named_regexp")
    patterns = [own, *patterns] if own else patterns
    return [_Collector(named_regexp=pattern, assignments=list(assignments)) for pattern in patterns]


def _unfit_name(name):
    """Why a student cannot be called so, "" where nothing speaks against it."""
    if not name.isprintable() or len(name) > 100 or name != name.strip() or name.startswith(".") or "/" in name:
        return "the name of the student is none that a gradebook can show"
    return ""


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


# --------------------------------------------------------------------------------------------------- folders and zips


def _files_of(submitted, unzipped, assignments, found):
    """The files of an upload, {place in it: path}, those of a zip extracted to the folder `unzipped`."""
    if submitted.is_file() and zipfile.is_zipfile(submitted):
        unzipped.mkdir()
        _unzip_class(submitted, unzipped, found)
        submitted = unzipped
    elif not submitted.is_dir():
        raise Refusal(f"{submitted} is neither a folder nor a zip file.\nName what your platform gave you.")
    return _without_wrapping(_files_below(submitted, found), assignments)


def _files_below(folder, found):
    """Notebooks, zips and times, without a step through a link; a folder called like a notebook is one that is none."""
    files = {}
    for parent, folders, names in os.walk(folder):
        kept = sorted(name for name in folders if not _is_hidden(name))
        folders[:] = [name for name in kept if not Path(parent, name).is_symlink() and not name.endswith(".ipynb")]
        for name in sorted({*names, *kept} - {*folders}):
            place, kind = Path(parent, name).relative_to(folder).as_posix(), Path(name).suffix.lower()
            if _is_hidden(name):
                continue
            if name in kept and kind != ".ipynb":
                found.pass_over(place, "it is a link")
            elif kind in ARCHIVES:
                found.pass_over(place, "only zips are unpacked here: unpack it")
            elif kind in MOST_UNZIPPED:
                files[place] = Path(parent, name)
    return files


def _is_hidden(name):
    return name.startswith((".", "__MACOSX"))


def _without_wrapping(files, assignments):
    """The files without the one folder around them, as zips of a folder have it, unless it is a student's."""
    tops = {place.partition("/")[0] for place in files}
    inside = {place.partition("/")[2]: path for place, path in files.items()}
    name = _either(assignments)
    is_students = any(re.fullmatch(rf"(?:(?:{name})/)?(?:{name}){AGAIN}", place, re.IGNORECASE) for place in inside)
    if len(tops) != 1 or "" in inside or is_students or OWNER.match(f"{[*tops][0]}/"):
        return files
    return _without_wrapping(inside, assignments)


def _unzip_class(path, folder, found):
    """Extract what counts of a class's zip.

    `ZipFile.extract` itself lets no name lead out of the folder, and reads no more than the size that is claimed.
    """
    with zipfile.ZipFile(path) as archive:
        kinds = {entry: Path(entry.filename).suffix.lower() for entry in archive.infolist() if not entry.is_dir()}
        size = sum(entry.file_size for entry, kind in kinds.items() if kind in MOST_UNZIPPED)
        if size > MOST_OF_A_CLASS:
            raise Refusal(f"{path} would give {size:,} bytes; {MOST_OF_A_CLASS:,} are the most.\nLook into it.")
        for entry, kind in kinds.items():
            with _passing_over_faults(entry.filename, found):
                if kind in MOST_UNZIPPED and entry.file_size > MOST_UNZIPPED[kind]:
                    raise ValueError(f"it would have {entry.file_size:,} bytes")
                if kind == ".ipynb":
                    archive.read(entry)  # a fault in it shows before a part of it is there
                if kind in MOST_UNZIPPED or kind in ARCHIVES:
                    archive.extract(entry, folder)


def _add_students_zips(files, folder, assignments, found):
    """Add to `files` the notebooks of zips that students handed in, extracted to `folder`.

    What lies in such a zip is called as its student likes; the zip's own place says whose it is.
    """
    wanted = re.compile(rf"({_either(assignments)}){AGAIN}", re.IGNORECASE)
    for place in [place for place in files if place.lower().endswith(".zip")]:
        told = Collected()
        with _passing_over_faults(place, told), zipfile.ZipFile(_plain(files[place])) as archive:
            for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
                name, parts = Path(entry.filename).name, Path(entry.filename).parts
                if entry.is_dir() or not name.lower().endswith(".ipynb") or any(map(_is_hidden, parts)):
                    continue
                with _passing_over_faults(f"{place}: {entry.filename}", told):
                    match = wanted.fullmatch(name)
                    target = f"{_owner(place)}{match[1].lower()}.ipynb" if match else ""
                    _extract_students(archive, entry, target, files, folder)
        found.passed_over += told.passed_over[:MOST_TOLD]


def _plain(path):
    """The path, unless it is a link or no file, which is then not opened."""
    if path.is_symlink() or not path.is_file():
        raise Unreadable("it is no plain file")
    return path


def _extract_students(archive, entry, target, files, folder):
    if not target:
        raise ValueError("it is not called as an assignment")
    if target in files:
        raise ValueError("there is another of that name")
    if entry.file_size > MOST_BYTES:
        raise ValueError(f"it would have {entry.file_size:,} bytes")
    path = folder / f"{len(files)}.ipynb"
    write_whole(path, archive.read(entry))
    files[target] = path


def _owner(place):
    """The beginning of the places of whom the zip at `place` belongs to."""
    match = OWNER.match(place)
    return match[0] if match else f"{place.partition('/')[0].removesuffix('.zip')}/"


@contextmanager
def _passing_over_faults(place, found):
    try:
        yield
    except Exception as error:  # zipfile has a dozen kinds for what a stranger can do to a zip
        plain = type(error) in (ValueError, Unreadable)
        found.pass_over(place, str(error) if plain else f"it cannot be unzipped: {error}")


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
