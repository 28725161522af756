"""In Gradescope's container: check the notebook that was handed in, and write its results.

Run as `python -m autograder.export.gradescope_run ASSIGNMENT FOLDER`, where FOLDER is Gradescope's /autograder.
"""

import re
import sys
from pathlib import Path

from autograder.errors import Refusal
from autograder.export.gradescope import HIDDEN_UNTIL, as_json, criteria_as_tests
from autograder.marking.check_notebook import check_notebook
from autograder.notebook_files import write_whole

HIDDEN = re.compile(r"/(\.|__MACOSX/)")


def results(submission, assignment):
    """The results on what lies in the folder `submission`; what cannot be checked has no points, and the reason."""
    try:
        checked = check_notebook(_notebook_in(submission, assignment), safe=False)
        if checked.assignment != assignment:
            raise Refusal(f"This is the notebook of {checked.assignment}.\nHand in {assignment}.ipynb here.")
    except Refusal as refusal:
        return {"score": 0.0, "output": str(refusal), "visibility": "visible", "tests": []}
    tests = [test for cell in checked.cells for test in criteria_as_tests(cell.criteria, cell.is_optional)]
    return {"score": checked.score + checked.bonus, "visibility": HIDDEN_UNTIL, "tests": tests}


def _notebook_in(submission, assignment):
    """The notebook of that name, or the only one that there is, among those that an editor or a zip has not hidden."""
    paths = [path.relative_to(submission) for path in sorted(submission.rglob("*.ipynb"))]
    found = [path for path in paths if not HIDDEN.search(f"/{path}")]
    named = [path for path in found if path.name == f"{assignment}.ipynb"] or found
    if len(named) != 1:
        what = f"{len(named)} notebooks" if named else "no notebook"
        raise Refusal(f"There is {what} in what you handed in.\nHand in one, {assignment}.ipynb.")
    return submission / named[0]


if __name__ == "__main__":
    assignment, folder = sys.argv[1:]
    found = results(Path(folder) / "submission", assignment)
    write_whole(Path(folder) / "results" / "results.json", as_json(found))
