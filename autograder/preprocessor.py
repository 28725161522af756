"""What makes plain `nbgrader autograde`, and formgrader's button for it, as safe as `python -m autograder grade`."""

import json

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Enum, Float, Unicode

from autograder.course import staging as courses
from autograder.course.release import changed_helpers, released_helpers, released_own_tests, released_text
from autograder.errors import NotMarked, Refusal
from autograder.grading.gradebook import bonus_record, set_bonus
from autograder.marking.job import Job, device_for
from autograder.marking.mark import mark
from autograder.marking.result import Result
from autograder.notebook_files import MOST_BYTES, write_whole


class GradeInSandbox(NbGraderPreprocessor):
    """Rebuilds a submission, runs its answers in the sandbox and judges them; stands for nbgrader's own preprocessors.

    Raises RuntimeError, which nbgrader reports for this submission alone, where the file is no notebook.
    """

    course = Unicode(help="The course's folder.").tag(config=True)
    seconds = Float(60, help="How long a cell may take.").tag(config=True)
    everything = Bool(False, help="Whether to run all cells, not only those that count.").tag(config=True)
    device = Enum(["auto", "cpu", "cuda"], "auto", help="Where the checks run.").tag(config=True)

    def preprocess(self, nb, resources):
        """The graded notebook, with the points in the outputs of its tests."""
        options = {"seconds": self.seconds, "everything": self.everything}
        try:
            submission = resources.pop("submission", None) or nbformat.writes(nb).encode()
            result = self._marked(submission, resources["nbgrader"]["assignment"], options)
        except (Refusal, NotMarked) as reason:
            raise RuntimeError(str(reason)) from None
        if result.status == "refused":
            raise RuntimeError(result.reason)
        self._enter_bonus(result.bonus, resources["nbgrader"])
        for remark in [*result.eye, *result.repairs]:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], remark)
        return nbformat.reads(result.notebook, as_version=4), resources

    def _marked(self, submission, assignment, options):
        options = {**options, "device": device_for(self.device), "helpers": released_helpers(self.course, assignment)}
        if differ := changed_helpers(self.course, assignment):
            self.log.warning("%s", differ)
        release, seed = released_text(self.course, assignment), courses.hidden_seed(self.course)
        options["own_tests"] = released_own_tests(self.course, assignment)
        return Result.unpack(mark(Job(release, submission, seed, **options).pack()))

    def _enter_bonus(self, bonus, names):
        """Enter it here, where it is the grader's own: nbgrader saves no points above those of a cell."""
        student, assignment, notebook = names["student"], names["assignment"], names["notebook"]
        record = bonus_record(self.course, student, assignment)
        with Gradebook(names["db_url"]) as gradebook:
            entry = gradebook.find_submission_notebook(notebook, assignment, student)
            for grade in set_bonus(entry, bonus, record):
                self.log.warning("%s: %s was graded by hand, and its bonus has changed since", student, grade.name)
            gradebook.db.commit()
        write_whole(record, json.dumps(bonus), below=self.course)


class SubmissionExporter(NotebookExporter):
    """Hands what a student handed in to GradeInSandbox as bytes, and reads all else as nbconvert does.

    nbformat would convert it in nbgrader's process, which for an old format may take minutes and gigabytes.
    """

    def from_file(self, file_stream, resources=None, **options):
        """The notebook of an open file, and the resources."""
        if not any(isinstance(each, GradeInSandbox) for each in self._preprocessors):
            return super().from_file(file_stream, resources, **options)
        resources["submission"] = file_stream.buffer.read(MOST_BYTES + 1)
        return self.from_notebook_node(new_notebook(), resources, **options)
