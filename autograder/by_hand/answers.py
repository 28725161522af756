"""What students answered, read from the graded notebooks: the text of each answer, and the student's own figures."""

import hashlib
import html
import json
from functools import lru_cache
from pathlib import Path

from autograder.errors import Refusal
from autograder.grading.alike import groups_of, normal_code, normal_prose
from autograder.notebook_files import grade_id_of
from autograder.outputs import clean_text

PICTURES = "image/png", "image/jpeg"
MOST_TEXT = 20_000  # characters of one output


class Answers:
    """The answers of a course in the folder `course`."""

    def __init__(self, course):
        self.course = Path(course)

    def notebook(self, student, assignment):
        """The graded notebook of a student as plain dicts, None where there is none."""
        path = self.course / "autograded" / student / assignment / f"{assignment}.ipynb"
        try:
            return _read(path, path.stat().st_mtime_ns)
        except (OSError, ValueError):
            return None

    def text(self, student, question):
        """What a student answered to a question, "" where nothing is found."""
        return self._sources(student, question.assignment).get(question.name, "")

    @lru_cache(maxsize=10_000)  # noqa: B019  an `Answers` lives as long as the server
    def _sources_at(self, path, _time):
        return {grade_id_of(cell): "".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]
                if grade_id_of(cell)}  # fmt: skip

    def _sources(self, student, assignment):
        path = self.course / "autograded" / student / assignment / f"{assignment}.ipynb"
        try:
            return self._sources_at(path, path.stat().st_mtime_ns)
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def groups(self, students, question, is_code=False):
        """The students in groups of equal and nearly equal answers, the largest first."""
        normal = normal_code if is_code else normal_prose
        return groups_of({student: normal(self.text(student, question)) for student in students})

    def work(self, student, assignment):
        """The student's own figures and the results of the code, as HTML in which nothing runs."""
        notebook = self.notebook(student, assignment)
        if notebook is None:
            raise Refusal(f"There is no graded notebook of {assignment}.\nRun grade again.")
        parts = []
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code" and cell.get("outputs"):
                title = grade_id_of(cell) or ""
                shown = "".join(map(_output, cell["outputs"]))
                parts.append(f"<section><h3>{html.escape(title)}</h3>{shown}</section>" if shown else "")
        return "".join(parts) or "<p>There are no figures and no results.</p>"


def digest(text):
    """What tells one answer from another."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


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
    text = clean_text("".join(text))[:MOST_TEXT]
    return f"<pre>{html.escape(text)}</pre>" if text.strip() else ""
