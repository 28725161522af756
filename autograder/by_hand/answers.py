"""What students answered, read from the graded notebooks: the text of each answer, and the student's own figures."""

import hashlib
import html
import json
from functools import lru_cache
from pathlib import Path

from nbconvert.filters import strip_ansi

from autograder.errors import Refusal
from autograder.grading.alike import alike_groups
from autograder.notebook_files import grade_id_of
from autograder.outputs import PICTURES, clean_text

MOST_TEXT = 20_000  # characters of one output


class Answers:
    """The answers of a course in the folder `course`."""

    def __init__(self, course):
        self.course = Path(course)

    def text(self, student, question):
        """What a student answered to a question, "" where nothing is found."""
        try:
            return _sources(*self._graded(student, question.assignment)).get(question.name, "")
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def groups(self, students, question):
        """The students in groups of equal and nearly equal answers, the largest first."""
        return alike_groups({student: self.text(student, question) for student in students}, question.is_code)

    def work(self, student, assignment):
        """The student's own figures and the results of the code, as HTML in which nothing runs."""
        try:
            notebook = _read(*self._graded(student, assignment))
        except (OSError, ValueError):
            raise Refusal(f"There is no graded notebook of {assignment}.\nRun grade again.") from None
        parts = []
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code" and cell.get("outputs"):
                title = grade_id_of(cell) or ""
                shown = "".join(map(_output, cell["outputs"]))
                parts.append(f"<section><h3>{html.escape(title)}</h3>{shown}</section>" if shown else "")
        return "".join(parts) or "<p>There are no figures and no results.</p>"

    def _graded(self, student, assignment):
        """The file of a graded notebook, and when it was written: what is read of it is kept until it is another."""
        path = self.course / "autograded" / student / assignment / f"{assignment}.ipynb"
        return path, path.stat().st_mtime_ns


def digest(text):
    """What tells one answer from another."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


@lru_cache(maxsize=10_000)
def _sources(path, _time):
    """{grade id: text} of a notebook's cells; of a class's notebooks these alone are kept in memory."""
    cells = json.loads(path.read_text())["cells"]
    return {grade_id_of(cell): "".join(cell["source"]) for cell in cells if grade_id_of(cell)}


@lru_cache(maxsize=20)
def _read(path, _time):
    return json.loads(path.read_text())


def _output(output):
    data = output.get("data", {})
    for kind in PICTURES:
        picture = "".join(data.get(kind, "")).replace("\n", "")
        if picture and picture.isascii() and '"' not in picture:
            return f'<img alt="a figure of the student" src="data:{kind};base64,{html.escape(picture)}">'
    text = output.get("text") or data.get("text/plain") or output.get("evalue") or ""
    text = strip_ansi(clean_text("".join(text))).replace("\x1b", "")[:MOST_TEXT]
    return f"<pre>{html.escape(text)}</pre>" if text.strip() else ""
