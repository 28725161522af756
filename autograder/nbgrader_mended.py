"""What makes stock nbgrader take students' names and files for what they are; a course's nbgrader_config.py loads it.

nbgrader looks for folders with glob: of a student called [x] it finds nothing, and says so in a warning at most. And it
follows links: one that a student hands in would bring another's work, or a file of the instructor's, into the folders
that the student gets back. And it takes +0100 in a time stamp for 100 seconds, and CEST for UTC.
And formgrader waits for MathJax from the network, without which it loses what was just typed.
"""

import fnmatch
import functools
import glob
import os
import re
from pathlib import Path

from nbconvert.exporters import HTMLExporter
from nbgrader import coursedir, utils
from nbgrader.converters import base

from autograder.collecting.times import time_of

MATHJAX = re.compile(r"<!-- Load mathjax -->.*?<!-- End of mathjax configuration -->", re.DOTALL)
NO_MATHJAX = """<script>
var MathJax = {Hub: {Queue: function () {}, Startup: {signal: {Interest: function (react) { react("End"); }}}}};
</script>"""

_find_all_files, _parse_utc = utils.find_all_files, utils.parse_utc


def mend_nbgrader():
    """Have `nbgrader autograde`, `generate_feedback` and formgrader find all students, and follow no link of theirs."""
    base.BaseConverter.init_notebooks = _init_notebooks
    base.find_all_files = utils.find_all_files = _find_plain_files
    utils.is_ignored = _is_ignored
    coursedir.parse_utc = _time
    HTMLExporter.from_notebook_node = _without_mathjax(HTMLExporter.from_notebook_node)


def _without_mathjax(export):
    """An exporter's method whose pages load no MathJax: formulas are MathML, and formgrader goes on at once."""

    @functools.wraps(export)
    def exported(*arguments, **options):
        page, resources = export(*arguments, **options)
        return MATHJAX.sub(lambda _: NO_MATHJAX, page), resources

    return exported


def _init_notebooks(converter):
    """Find the notebooks to convert, {folder: [notebook, ...]}."""
    notebooks = {folder: _notebooks_in(folder, converter) for folder in _folders(converter)}
    converter.notebooks, converter.assignments = [], {folder: found for folder, found in notebooks.items() if found}
    if not converter.assignments:
        course = converter.coursedir
        message = f"No notebooks were matched by '{converter._format_source(course.assignment_id, course.student_id)}'"
        converter.log.error(message)
        raise base.NbGraderException(message)


def _folders(converter):
    """The folders of an assignment: that of the student who is so called, else of those whose names fit the pattern."""
    course, student = converter.coursedir, converter.coursedir.student_id
    if student != "*" and os.path.isdir(converter._format_source(course.assignment_id, student)):
        student = glob.escape(student)
    step = converter._input_directory
    place = course.directory_structure.format(
        nbgrader_step=step, student_id=student, assignment_id=course.assignment_id
    )
    return sorted(glob.glob(os.path.join(glob.escape(course.root), place)))


def _notebooks_in(folder, converter):
    found = sorted(glob.glob(os.path.join(glob.escape(folder), f"{converter.coursedir.notebook_id}.ipynb")))
    if converter.coursedir.student_id == ".":  # the instructor's own
        return found
    step = Path(converter.coursedir.format_path(converter._input_directory, "", ""))
    kept = [path for path in found if not _is_behind_a_link(Path(path), step)]
    if len(kept) < len(found) or not found:
        converter.log.warning("%s holds no notebook, or is a link, or its notebook is one", folder)
    return kept


def _is_behind_a_link(path, above):
    """Whether on the way from the folder `above` to `path` there is a link."""
    return any(each.is_symlink() for each in (path, *path.parents) if each.is_relative_to(above) and each != above)


def _find_plain_files(path, exclude=None):
    """All files below a folder that are neither links nor pipes, but for those that are excluded."""
    return [file for file in _find_all_files(path, exclude) if os.path.isfile(file) and not os.path.islink(file)]


def _is_ignored(filename, ignore_globs=None):
    """Whether the last part of a path fits one of the patterns."""
    name = os.path.basename(filename)
    return any(fnmatch.fnmatch(name, pattern) for pattern in ignore_globs or [])


def _time(text):
    """The time of a time stamp as `grade` reads it, and what that cannot read as nbgrader does."""
    try:
        return time_of(text)
    except ValueError:
        return _parse_utc(text)
