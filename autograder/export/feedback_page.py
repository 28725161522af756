"""The page that a student gets back: points, what was wrong and comments on one screen; below it the notebook, folded.

nbgrader's `generate_feedback` makes it, as a course's configuration names this exporter.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from pygments.formatters import HtmlFormatter

from autograder.export.feedback import criteria_of, is_optional, points, stdout_of
from autograder.export.text import number
from autograder.grading.grades import CellGrade, work_of
from autograder.grading.report import template
from autograder.marking.result import UNWRITTEN
from autograder.notebook_files import grade_id_of
from autograder.pages import harmless_markdown
from losssurf_lab.verdicts import said_once

HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
POINTS = re.compile(r" *\([\d.]+ (?:bonus )?points?\)$")
NO_RESPONSE = "No response."  # nbgrader's own word for a cell that is as it was released


@dataclass(frozen=True)
class Part:
    """What is told of one task or question: its title, the grade, what was wrong, a comment.

    criteria: [(criterion, what is wrong)] of the tests, none where a person has set the points; comment: HTML
    """

    title: str
    grade: CellGrade
    criteria: list
    comment: str
    is_unwritten: bool = False

    @property
    def points(self):
        """The points in words."""
        if self.grade.waits:
            return "not marked yet"
        is_left_out = is_optional(self.grade) and self.is_unwritten and not self.grade.score
        return "not written, optional" if is_left_out else points(self.grade)

    @property
    def is_full(self):
        """Whether nothing is lost."""
        return not self.grade.waits and self.grade.score >= self.grade.max_score


class FeedbackExporter(HTMLExporter):
    """Writes the page of one graded notebook; nbgrader names student, assignment and gradebook."""

    def from_notebook_node(self, nb, resources=None, **options):
        """The page of a notebook, and the resources."""
        notebook, resources = self._preprocess(nb.copy(), self._init_resources(resources))
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            work = work_of(gradebook.find_submission(names["assignment"], names["student"]))
        inside = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
        inside.register_filter("markdown2html", harmless_markdown)
        parts = parts_of(notebook, work)
        page = template(Path(__file__).parent / "feedback.html.j2").render(
            title=names["notebook"], work=work, parts=parts, number=number, colours=_colours(),
            waiting=sum(part.grade.waits for part in parts), body=inside.from_notebook_node(notebook)[0],
        )  # fmt: skip
        return page, resources


def parts_of(notebook, work):
    """The `Part` of each graded cell, in the notebook's order."""
    grades, parts, title = {cell.name: cell for cell in work.cells}, [], ""
    for cell in notebook.cells:
        name = grade_id_of(cell)
        if name in grades:
            parts.append(_part(cell, name, title, grades[name], work.comments.get(name, "")))
        elif cell.cell_type == "markdown" and (headings := HEADING.findall(cell.source)):
            title = POINTS.sub("", headings[-1])
    return parts


def _part(cell, name, title, grade, comment):
    criteria = [] if grade.is_overridden else criteria_of(cell)
    is_test = name.startswith("test_")
    shown = f"{title}: {name.removeprefix('test_')}" if is_test else title or name
    comment = "" if comment == NO_RESPONSE and grade.max_score == 0 else comment
    return Part(shown, grade, [*zip(criteria, said_once(criteria), strict=True)],
                harmless_markdown(comment) if comment else "", UNWRITTEN in stdout_of(cell))  # fmt: skip


def _colours():
    light = HtmlFormatter(style="default").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".highlight")
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}"
