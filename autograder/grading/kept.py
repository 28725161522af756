"""The results that a course keeps, each under the key of all that determines it, and notes of which are entered."""

import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

import msgspec

from autograder.course.staging import KEPT
from autograder.layout import REPO, helper_files
from autograder.marking.result import Result
from autograder.notebook_files import write_whole

VERSIONS = ["torch", "numpy", "scipy", "ipykernel", "safetensors", "nbgrader", "nbformat", "jupyter_client"]


def our_version():
    """What decides, beside a job, what comes out: our code and the libraries."""
    files = sorted([*REPO.glob("autograder/**/*.py"), *helper_files().values()])
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return json.dumps([digests, sys.version, [version(name) for name in VERSIONS]]).encode()


class Kept:
    """The results and notes of the course in a folder."""

    def __init__(self, course):
        self.folder = Path(course) / KEPT

    def keep(self, key, result):
        """Keep a packed `Result` under its key."""
        write_whole(self._file(key), result, below=self.folder)

    def result(self, key):
        """The `Result` of this key, None where there is none, or none that can be read."""
        try:
            return Result.unpack(self._file(key).read_bytes())
        except (OSError, msgspec.DecodeError):
            return None

    def _file(self, key):
        return self.folder / "results" / f"{key}.json"

    def note(self, submission, key, circumstances="", points=None):
        """Note that the result of this key is entered, and what the report shall say of how the submission came.

        circumstances: a digest of what else the grade depends on; points: those of the graded cells, {grade id: points}
        """
        said = {"repairs": submission.repairs, "eye": submission.eye}
        said |= {"circumstances": circumstances, "points": points or {}}
        write_whole(self._note(submission), f"{key}\n{json.dumps(said)}", below=self.folder)

    def entered(self, submission):
        """What was noted last for this student and assignment: (key, circumstances, points); None where nothing was."""
        if not (note := self._note(submission)).exists():
            return None
        key, said = read_note(note)
        return key, said.get("circumstances", ""), said.get("points", {})

    def _note(self, submission):
        return self.folder / "entered" / submission.student / submission.assignment


def read_note(path):
    """What `note` wrote of a student and an assignment: the key of the result, and the rest as a dict."""
    key, _, said = path.read_text().partition("\n")
    return key, json.loads(said or '{"repairs": [], "eye": []}')


def results(course):
    """All that is graded in the course, `[(student, assignment, Result), ...]`, sorted."""
    kept, found = Kept(course), []
    for path in sorted(kept.folder.glob("entered/*/*")):
        key, said = read_note(path)
        if result := kept.result(key):
            result.repairs, result.eye = [*said["repairs"], *result.repairs], [*said["eye"], *result.eye]
            found.append((path.parent.name, path.name, result))
    return found
