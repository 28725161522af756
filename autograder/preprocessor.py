"""What makes plain `nbgrader autograde`, and formgrader's button for it, as safe as `python -m autograder grade`."""

import json

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Enum, Float, Unicode

from autograder import course as courses
from autograder.errors import Refusal
from autograder.marking import Job, device_for, mark
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
        for remark in [*result["eye"], *result["repairs"]]:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], remark)
        return nbformat.reads(result["notebook"], as_version=4), resources
