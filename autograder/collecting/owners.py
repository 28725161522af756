"""Whose a file of an upload is, told from where it lies: a student's folder, or the names that platforms give.

Only the first part of a platform's name is its own: whatever follows the owner's number is the student's choice, and
says nothing of whose it is.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import yaml
from dateutil import parser
from nbgrader.plugins.zipcollect import FileNameCollectorPlugin
from traitlets import List
from traitlets.config import Config

from autograder.collecting.times import time_of
from autograder.collecting.uploads import read_plain_file
from autograder.errors import Refusal, Unreadable

FILES = "assignsubmission_(?:file|onlinetext)"
MOODLES_FOLDER = rf"(?P<first_name>[^/]+)_(?P<student>[0-9]+)_{FILES}_?/(?P<inner>.*)"
MOODLES_FILE = rf"(?P<first_name>(?:(?!_[0-9]+_[0-9]+_)[^/])+?)_(?P<student>[0-9]+)_{FILES}_(?P<inner>[^/]*)"
CANVAS_ANONYMOUS = r"(?P<anonymous>anon)_(?:LATE_)?(?P<student>[A-Za-z0-9]{5})_(?P<file>[0-9]+)_(?P<inner>[^/]*)"
CANVAS = r"(?P<last_name>[^/]*?)_(?:LATE_)?(?P<student>[0-9]+)_(?:(?P<file>[0-9]+)_(?P<inner>[^/]*)|text\.html)"
BLACKBOARD = (
    r"(?:(?:NAMES)|[^/_]*)_(?P<student>[^/]+?)_attempt_(?P<attempt>[0-9]{4}(?:-[0-9]{2}){5})(?:_(?P<inner>[^/]*)|\.txt)"
)
BRIGHTSPACE = (
    r"(?P<student>[0-9]+)-[0-9]+ - (?P<first_name>[^/]+?) - (?P<attempt>[^/-]*[0-9]{4},? [0-9]{3,4}(?: ?[AP]M)?)"
    r"(?:/| - )(?P<inner>.*)"
)
PLATFORMS = [MOODLES_FOLDER, CANVAS_ANONYMOUS, BLACKBOARD, BRIGHTSPACE, MOODLES_FILE, CANVAS]
FOLDER = r"(?P<student>[^/]+)/(?P<inner>.*)"
BEFORE_THE_NAME = r"(?P<student>[^/]+?)[_-](?P<inner>(?:NAMES)[^/]*)"
ZIP = r"(?P<student>[^/]+)\.zip"
GRADESCOPE = "submission_metadata.yml"


@dataclass(frozen=True)
class Owner:
    """Whose a file is, and what the upload's names tell of it.

    inner: its path in what the student handed in; platform: whether a platform's name says whose it is; attempt, file:
    the later ones compare greater; time: when it came, as text where nobody can read it; assignment: where the course's
    own pattern says it
    """

    student: str
    inner: str
    name: dict[str, str] = field(default_factory=dict)
    platform: bool = True
    attempt: str = ""
    file: int = 0
    time: datetime | str | None = None
    assignment: str = ""


class Owners:
    """Tells the owners of the files of one upload.

    config: nbgrader's of the course; a FileNameCollectorPlugin.named_regexp in it is tried first. files: {place: path}.
    """

    def __init__(self, assignments, config, files):
        names = "|".join(re.sub(r"[^a-z0-9]+", "[ _-]?", name, flags=re.IGNORECASE) for name in assignments)
        own = (config or Config()).FileNameCollectorPlugin.get("named_regexp")
        self.collector = _Collector(named_regexp=own, assignments=list(assignments)) if own else None
        self.platforms, self.others = (
            [re.compile(pattern.replace("NAMES", names), re.DOTALL) for pattern in patterns]
            for patterns in (PLATFORMS, [FOLDER])
        )
        loose = re.compile(BEFORE_THE_NAME.replace("NAMES", names), re.IGNORECASE | re.DOTALL)
        self.others += [loose, re.compile(ZIP, re.IGNORECASE | re.DOTALL)]
        self.of_gradescope = _submitters(files.get(GRADESCOPE))

    def of(self, place):
        """The owners of the file at `place`, several for work that a group handed in; [] where nothing says whose."""
        own = self._by_courses_pattern(place)
        return [own] if own else self._by_gradescope(place) or self._by_name(place)

    def is_platforms(self, place):
        """Whether a platform's name says whose it is."""
        return any(pattern.fullmatch(place) for pattern in self.platforms)

    def _by_courses_pattern(self, place):
        match = self.collector.match(f"/{place}") if self.collector else None
        if not match:
            return None
        time = None
        if stamp := match.get("timestamp"):
            try:
                time = time_of(stamp)
            except ValueError:
                time = f"{stamp!r} in its name"
        return Owner(_id(match["student_id"]), place, _names(match), time=time, assignment=match["file_id"])

    def _by_gradescope(self, place):
        folder, _, inner = place.partition("/")
        return [
            Owner(student, inner, name, attempt=str(time or ""), time=time)
            for student, name, time in self.of_gradescope.get(folder, [])
        ]

    def _by_name(self, place):
        for patterns, platform in ((self.platforms, True), (self.others, False)):
            for match in filter(None, (pattern.fullmatch(place) for pattern in patterns)):
                parts = match.groupdict()
                student = f"anon_{parts['student']}" if parts.get("anonymous") else parts["student"]
                inner = place if parts.get("inner") is None else parts["inner"]
                attempt, file = _as_sorted(parts.get("attempt") or ""), int(parts.get("file") or 0)
                return [Owner(_id(student), inner, _names(parts), platform, attempt, file)]
        return []


def _id(text):
    """A student's id in the one form of Unicode in which ids are compared."""
    return unicodedata.normalize("NFC", text)


def _names(parts):
    return {part: parts[part].strip() for part in ("first_name", "last_name") if (parts.get(part) or "").strip()}


def _as_sorted(attempt):
    """The time of an attempt, in local time, as text that sorts; what cannot be read is the oldest."""
    if not attempt or re.fullmatch(r"[0-9-]+", attempt):
        return attempt
    try:
        return parser.parse(re.sub(r"([0-9]{1,2})([0-9]{2})( ?[AP]M)?$", r"\1:\2\3", attempt)).isoformat()
    except (ValueError, OverflowError):
        return ""


class _Collector(FileNameCollectorPlugin):
    """nbgrader's collector of names, which says nothing where a name does not fit."""

    assignments = List()

    def match(self, place):
        """The named groups, where they tell a student and an assignment, else None; Refusal at a faulty pattern."""
        try:
            match = self.collect(place)
        except re.error as error:
            raise Refusal(f"c.FileNameCollectorPlugin.named_regexp in nbgrader_config.py is faulty: {error}.") from None
        if not match or not match.get("student_id") or not match.get("file_id"):
            return None
        match = {**match, "file_id": match["file_id"].removesuffix(".ipynb")}
        return match if match["file_id"] in self.assignments else None

    def _match(self, filename):
        match = re.match(self.named_regexp, filename)
        return match.groupdict() if match else None


def _submitters(path):
    """Gradescope's list of who submitted what, {folder: [(id, names, when it came or None), ...]}; {} where unread."""
    if not isinstance(path, Path):
        return {}
    try:
        listed = yaml.load(read_plain_file(path), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return {str(folder): _people(entry) for folder, entry in listed.items()}
    except (Unreadable, yaml.YAMLError, AttributeError, TypeError, ValueError):
        return {}


def _people(entry):
    people = []
    for person in entry.get(":submitters") or []:
        known = {key: str(person.get(f":{key}") or "").strip() for key in ("sid", "email", "name")}
        if student := known["sid"] or known["email"] or known["name"]:
            people.append((_id(student), {"first_name": known["name"]} if known["name"] else {}, _utc(entry)))
    return people


def _utc(entry):
    when = entry.get(":created_at")
    if hasattr(when, "utcoffset"):
        return (when - (when.utcoffset() or when - when)).replace(tzinfo=None)
    try:
        return time_of(str(when))
    except ValueError:
        return None
