"""What was handed in, found in the layouts in which it comes, and read as what it is: files of strangers.

A folder `<student>/<assignment>/<assignment>.ipynb` (nbgrader's) or `<student>/<assignment>.ipynb`; or a learning
platform's zip, or a folder of its files, whose names carry the student. A notebook of another name is taken where it is
plain which assignment it is. What is not taken is told.
"""

import contextlib
import itertools
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from autograder.collecting.assignments import by_name, called_exactly, known_by_marks, text_of
from autograder.collecting.owners import Owner, Owners
from autograder.collecting.times import time_of
from autograder.collecting.uploads import (
    ARCHIVES,
    EMPTY,
    MOST_TOLD,
    NO_NOTEBOOK,
    TIME,
    File,
    files_of,
    kind_of,
    may_hold_a_notebook,
    read_plain_file,
    unzip_of_student,
)
from autograder.errors import Refusal, Unreadable
from autograder.outputs import clean_text

SECRET, LONGEST_SECRET = "submission_secret.txt", 1000
NESTED, FLAT, ZIPPED, CALLED_OTHERWISE = range(4)  # how surely a file is the one that counts, the surest first


@dataclass(frozen=True)
class Submission:
    """One notebook that was handed in: by whom, for which assignment, where it lies, and when it came, if known.

    name: first_name and last_name, as a file's name gives them; repairs, eye: what the report shall say of its coming;
    place, file: where it lies in the upload, and the file of the upload that it is in
    """

    student: str
    assignment: str
    path: Path
    timestamp: datetime | None = None
    name: dict[str, str] = field(default_factory=dict, compare=False)
    repairs: list[str] = field(default_factory=list, compare=False)
    eye: list[str] = field(default_factory=list, compare=False)
    place: str = field(default="", compare=False)
    file: str = field(default="", compare=False)

    def read(self):
        """The bytes of the file; Unreadable where it is not a plain file of a notebook's size."""
        return read_plain_file(self.path)

    @property
    def secret(self):
        """What nbgrader's exchange put beside the notebook, and names the student's feedback by; empty for others."""
        if self.path.parent.name != self.assignment:
            return b""
        with contextlib.suppress(Unreadable, OSError):
            secret = read_plain_file(self.path.with_name(SECRET))
            return secret if len(secret) <= LONGEST_SECRET else b""
        return b""


@dataclass
class Collected:
    """The submissions, sorted, and what was passed over: `[(path in the upload, why), ...]`.

    fates: {path of each file, link and empty folder of the upload: "taken", "beside" a notebook that was taken, or
    "passed over"}; idle: those students of whom something was passed over, and nothing taken
    """

    submissions: list[Submission] = field(default_factory=list)
    passed_over: list[tuple[str, str]] = field(default_factory=list)
    fates: dict[str, str] = field(default_factory=dict)
    idle: set[str] = field(default_factory=set)

    def pass_over(self, place, why, entry=None):
        """Tell why something at `place` is not taken; entry: the file of the upload that it is in."""
        self.passed_over.append((shown(place), why))
        self.fates[str(entry or place)] = "passed over"

    @property
    def counts(self):
        """How many files, links and empty folders there were of each fate."""
        return Counter(self.fates.values())


@dataclass(frozen=True)
class Candidate:
    """A file that may be the notebook of an assignment; `rank`: the smallest counts."""

    file: File
    owner: Owner
    assignment: str
    rank: tuple
    remark: str = ""


@contextlib.contextmanager
def collect(submitted, assignments, config=None, marks=None):
    """`Collected` from the folder or zip `submitted`; a zip's files are there until the end of the `with` block.

    assignments: the names that count. config: nbgrader's of the course; a FileNameCollectorPlugin.named_regexp in it is
    tried first on the files of a platform. marks: texts by which an assignment's notebook is known (see `marks_of`).
    Raises Refusal where nothing at all is found.
    """
    submitted, found = Path(submitted).absolute(), Collected()
    with tempfile.TemporaryDirectory(prefix="losssurf-upload-") as temporary:
        files = files_of(submitted, Path(temporary, "class"), found)
        files = _without_wrapping(files, Owners(assignments, None, {}), assignments)
        found.fates |= {place: "passed over" for place in files}
        _Chooser(assignments, Owners(assignments, config, files), marks or {}, files, Path(temporary), found).choose()
        if not found.submissions:
            raise Refusal(
                f"No submission was found in {submitted}.\nExpected are <student>/<assignment>/<assignment>.ipynb, "
                "<student>/<assignment>.ipynb, or a platform's zip or folder whose file names carry the student, where "
                f"<assignment> is one of: {', '.join(assignments)}. A course whose files are named otherwise sets "
                f"c.FileNameCollectorPlugin.named_regexp in its nbgrader_config.py.{_some(found.passed_over)}"
            )
        yield found


def _some(passed_over):
    lines = [f"\nPassed over: {place!r}: {why}" for place, why in passed_over[:MOST_TOLD]]
    more = len(passed_over) - len(lines)
    return "".join(lines) + (f"\nand {more} more" if more > 0 else "")


def shown(place):
    """A name of a stranger's as it can be printed."""
    return clean_text(str(place)).replace("\x1b", "?")


def _without_wrapping(files, owners, assignments):
    """The files without the one folder around all notebooks, as zips of a folder have it, unless it is a student's."""
    notebooks = [place for place in files if ".ipynb" in place.rpartition("/")[2].lower() or kind_of(place) == ".zip"]
    tops = {place.partition("/")[0] for place in notebooks}
    inside = [place.partition("/")[2] for place in notebooks]
    top = f"{next(iter(tops), '')}/"
    if len(tops) != 1 or "" in inside or owners.is_platforms(top + "x"):
        return files
    if all(_is_in_a_students_folder(place, owners, assignments) for place in inside if kind_of(place) == ".ipynb"):
        if any(kind_of(place) == ".ipynb" for place in inside):
            return files
    return _without_wrapping({place.removeprefix(top): path for place, path in files.items()}, owners, assignments)


def _is_in_a_students_folder(place, owners, assignments):
    folder, _, _ = place.rpartition("/")
    return folder in assignments or not folder and (called_exactly(place, assignments) or not owners.of(place))


# ----------------------------------------------------------------------------------------------- whose, and for what


class _Chooser:
    """Makes submissions of the files of an upload; of several by one student for one assignment the best is taken."""

    def __init__(self, assignments, owners, marks, files, temporary, found):
        self.assignments, self.owners, self.marks, self.files = assignments, owners, marks, files
        self.found = found
        self.candidates, self.others = defaultdict(list), defaultdict(list)
        self.folders = (temporary / "students" / str(number) for number in itertools.count())
        self.taken = set()

    def choose(self):
        """Choose among all files."""
        for place, path in self.files.items():
            self._sort_in(File(place, path))
        for (student, assignment), candidates in sorted(self.candidates.items()):
            self._take_the_best(student, assignment, candidates)
        taken = {submission.student for submission in self.found.submissions}
        for student, files in sorted(self.others.items()):
            self._tell_others(student, files, student in taken)
        self.found.fates |= dict.fromkeys(self.taken, "taken")
        passed_over = [place for place, fate in self.found.fates.items() if fate == "passed over"]
        self.found.idle = {student for place in passed_over for student in self._whose(place)} - taken

    def _whose(self, place):
        """The students whom something of this name may belong to."""
        return {owner.student for owner in self.owners.of(place)} or {PurePosixPath(place).name.split(".")[0]}

    def _sort_in(self, file):
        owners = self.owners.of(file.place)
        if not owners and file.path is None:  # as a link in the place of a student's folder
            owners = self.owners.of(f"{file.place}/")
        if not owners:
            self.found.pass_over(file.place, "its name does not say whose and what it is")
        for owner in owners:
            if owner.student in self.assignments:
                self.found.pass_over(file.place, "it lies in the folder of an assignment, not of a student")
            elif problem := _unfit_name(owner.student):
                self.found.pass_over(file.place, problem)
            elif kind_of(file.place) == ".zip" and file.path:
                for inner in unzip_of_student(file, next(self.folders), self._wanted, self.found):
                    self._weigh(inner, replace(owner, inner=inner.inside))
            else:
                self._weigh(file, owner)

    def _wanted(self, name):
        match = called_exactly(name, self.assignments)
        return match and match[0]

    def _weigh(self, file, owner):
        """Note a file as a candidate, or among its student's others, with why it is none."""
        try:
            candidate = self._candidate(file, owner)
        except Unreadable as error:
            self.others[owner.student].append((file, str(error)))
        else:
            self.candidates[owner.student, candidate.assignment].append(candidate)

    def _candidate(self, file, owner):
        """The `Candidate` that a file is; Unreadable with the reason where it is none."""
        folder, _, name = owner.inner.rpartition("/")
        if isinstance(file.found, str) and kind_of(name) not in ARCHIVES:
            raise Unreadable(file.found)
        assignment, again = called_exactly(name, self.assignments) or (owner.assignment, 0)
        way, remark = CALLED_OTHERWISE, ""
        if assignment and owner.platform:
            way = FLAT
        elif assignment and file.inside:
            way = ZIPPED
        elif assignment and folder in ("", assignment):
            way = NESTED if folder else FLAT
        if not assignment:
            assignment = self._assignment_by_content_or_name(file, name)
        is_odd = not owner.platform and name != f"{assignment}.ipynb"
        if way == CALLED_OTHERWISE or is_odd and not file.inside:
            remark = f"{shown(owner.inner)!r} was taken for {assignment}.ipynb"
        rank = (way, -owner.file, is_odd, -again, bool(file.inside), owner.inner.count("/"), file.told)
        return Candidate(file, owner, assignment, rank, remark)

    def _assignment_by_content_or_name(self, file, name):
        kind = kind_of(name)
        if kind in ARCHIVES:
            raise Unreadable("only zips are unpacked here: unpack it")
        if not may_hold_a_notebook(name):
            raise Unreadable(NO_NOTEBOOK)
        if "checkpoint" in name.lower():
            raise Unreadable("it is a checkpoint, which Jupyter makes by itself")
        named = by_name(name, self.assignments)
        try:
            text = text_of(read_plain_file(file.path))
        except Unreadable:
            if kind != ".ipynb" or not named:
                raise
            return named  # a file that nobody can read is refused by the name of its student
        if '"nbformat"' not in text and kind != ".ipynb":
            raise Unreadable(NO_NOTEBOOK)
        assignment = known_by_marks(text, self.marks) or named
        if not assignment:
            raise Unreadable("neither its name nor its content says of which assignment it is")
        return assignment

    def _take_the_best(self, student, assignment, candidates):
        ordered = sorted(candidates, key=lambda each: each.rank)
        best, *rest = sorted(ordered, key=lambda each: each.owner.attempt, reverse=True)
        equals = [each for each in rest if each.rank[0] == best.rank[0] and each.owner.attempt == best.owner.attempt]
        if best.rank[0] == CALLED_OTHERWISE and any(not _are_alike(best.file, each.file) for each in equals):
            why = f"{len(equals) + 1} notebooks may be {assignment}: name the one that counts {assignment}.ipynb"
            for each in [best, *rest]:
                self.found.pass_over(each.file.told, why, each.file.place)
            return
        for each in rest:
            earlier = each.owner.platform and best.owner.platform
            why = "an earlier attempt: the newest counts" if earlier else "there is another of the same student"
            self.found.pass_over(each.file.told, f"{why}: {shown(best.file.told)}", each.file.place)
        self.taken.add(best.file.place)
        self.found.submissions.append(self._submission(student, assignment, best))

    def _submission(self, student, assignment, best):
        owner = best.owner
        where = {"place": best.file.told, "file": best.file.place}
        submission = Submission(student, assignment, best.file.path, owner.time, owner.name, **where)
        submission.repairs.extend(filter(None, [best.remark]))
        if other := self._content_of_another(best):
            submission.eye.append(f"it is called {assignment}, and holds the notebook {other}")
        if isinstance(owner.time, str):  # one that its name claims, and nobody can read
            submission = replace(submission, timestamp=None)
            submission.eye.append(_unknown_time(owner.time))
        if not owner.platform and not owner.assignment and not best.file.inside:
            return self._with_time(submission, best)
        return submission

    def _content_of_another(self, best):
        """The assignment that a file holds where it is called as another one, else ""."""
        try:
            known = known_by_marks(text_of(read_plain_file(best.file.path)), self.marks)
        except Unreadable:
            return ""
        return known if known != best.assignment else ""

    def _with_time(self, submission, best):
        """With the time that lies beside a notebook in nbgrader's layout."""
        folder = best.file.place.rpartition("/")[0]
        path = self.files.get(f"{folder}/{TIME}")
        if path is None:
            return submission
        text = ""
        try:
            text = read_plain_file(path)[:100].decode(errors="replace").strip()
            if best.rank[0] == NESTED:
                return replace(submission, timestamp=time_of(text))
        except (Unreadable, ValueError):
            pass
        submission.eye.append(_unknown_time(f"{TIME} with {shown(text)[:40]!r}"))
        return submission

    def _tell_others(self, student, files, has_more):
        """Say what became of a student's files that are no candidates; of one without any notebook all are told."""
        told = 0
        for file, why in files:
            is_beside = has_more and why in (NO_NOTEBOOK, EMPTY)
            self.found.fates[file.place] = "beside" if is_beside else "passed over"
            told += not is_beside
            if not is_beside and told <= MOST_TOLD:
                self.found.pass_over(file.told, why, file.place)
        if told > MOST_TOLD:
            self.found.passed_over.append((shown(student), f"and {told - MOST_TOLD} more files"))


def _are_alike(one, other):
    try:
        return read_plain_file(one.path) == read_plain_file(other.path)
    except Unreadable:
        return False


def _unknown_time(what):
    return f"when it came is not known, so that it costs no points for lateness: {what} is no time that can be read"


def _unfit_name(name):
    """Why a student cannot be called so, "" where nothing speaks against it."""
    too_long = len(name) > 100 or len(name.encode(errors="replace")) > 255
    if not name.isprintable() or too_long or name != name.strip() or name.startswith(".") or "/" in name:
        return "the name of the student is none that a gradebook can show"
    return ""
