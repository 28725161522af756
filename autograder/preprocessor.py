"""What makes plain `nbgrader autograde`, and formgrader's button for it, as safe as `python -m autograder grade`."""

import json

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Enum, Float, Unicode

from autograder import course as courses
from autograder.errors import Refusal
from autograder.gradebook import bonus_record, set_bonus
from autograder.marking import Job, bonus_of, device_for, mark
from autograder.notebook_files import write_whole
from autograder.release import released_text


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
        try:
            device = device_for(self.device)
            release = released_text(self.course, resources["nbgrader"]["assignment"])
        except Refusal as refusal:
            raise RuntimeError(str(refusal)) from None
        options = {"seconds": self.seconds, "everything": self.everything, "device": device}
        seed = courses.hidden_seed(self.course)
        result = json.loads(mark(Job(release, nbformat.writes(nb).encode(), seed, **options).pack()))
        if result["status"] == "refused":
            raise RuntimeError(result["reason"])
        self._enter_bonus(bonus_of(result), resources["nbgrader"])
        for remark in [*result["eye"], *result["repairs"]]:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], remark)
        return nbformat.reads(result["notebook"], as_version=4), resources

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
