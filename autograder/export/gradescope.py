"""Results for Gradescope, and the autograder that Gradescope itself runs, one zip for each assignment.

In the zip are this package, the helper modules and the student notebooks; `setup.sh` installs what they need, and
`run_autograder` checks the notebook that a student hands in. The sandbox is then Gradescope's container, a fresh one
for each submission, and the only one, as ours does not start inside it: the hidden checks lie there beside the
student's code, which can read them, and change what they say. Written answers are graded by hand in Gradescope.
"""

import io
import json
import zipfile

from autograder.errors import Refusal
from autograder.export.feedback import feedback_on, folder_name, is_optional, overall, points
from autograder.export.text import without_controls
from autograder.layout import NOTEBOOKS, REPO, assignments, helper_files
from autograder.notebook_files import write_whole

SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image.
set -euo pipefail
apt-get update
apt-get install -y python3 python3-venv
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "The course needs Python 3.11 or newer: choose a newer Ubuntu as the base image, 24.04 for instance." >&2
    exit 1
}
cd /autograder/source
python3 -m venv .venv
.venv/bin/python -m pip install --no-cache-dir --constraint constraints.txt --editable '.[instructor]'
"""

RUN = """#!/usr/bin/env bash
# Gradescope runs this for each submission, without arguments. Elsewhere: run_autograder FOLDER PYTHON
set -euo pipefail
folder=${{1:-/autograder}}
python=${{2:-$folder/source/.venv/bin/python}}
export OMP_NUM_THREADS=1  # a container has one core or less, and threads that wait for each other take minutes there
cd "$folder/source"
exec "$python" -m autograder.export.gradescope_run {assignment} "$folder"
"""

# Until grades are published nobody sees what the hidden tests said: answers are not to be found by trying.
HIDDEN_UNTIL = "after_published"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same content gives the same zip


def write(course, grades, roster, to):
    """Write <assignment>/<student>/results.json below `to` for each graded work, and <assignment>-autograder.zip."""
    folder, paths = to or course / "export" / "gradescope", []
    for name in grades.max_scores:
        graded = [student for student in grades.students if name in student.works]
        paths += [folder / name] if graded else []
        for student in graded:
            path = folder / name / folder_name(student.id) / "results.json"
            write_whole(path, as_json(_results(course, student, name)))
        if (NOTEBOOKS / f"{name}.ipynb").exists():
            paths.append(folder / f"{name}-autograder.zip")
            write_whole(paths[-1], autograder_zip(name))
    return paths, []


def as_json(results):
    """Results as Gradescope reads them."""
    return json.dumps(results, indent=1) + "\n"


def criteria_as_tests(criteria, optional=False):
    """Criteria of a check as Gradescope's tests.

    Those of an optional exercise are worth no points there, so that what they give is beyond what can be had.
    """
    tests = [_test(each.name, each.score, each.max_score, each.message) for each in criteria]
    return [test | {"name": f"bonus: {test['name']}", "max_score": 0.0} for test in tests] if optional else tests


def autograder_zip(assignment):
    """The bytes of the zip that Gradescope takes as the autograder of an assignment."""
    files = {"setup.sh": SETUP.encode(), "run_autograder": RUN.format(assignment=assignment).encode()}
    files |= {str(path.relative_to(REPO)): path.read_bytes() for path in _sources()}
    # In the place of the solutions, from which a check takes the form of a notebook: no answer lies beside a student's.
    files |= {f"solutions/{path.name}": path.read_bytes() for path in assignments(NOTEBOOKS)}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = (0o755 if name in ("setup.sh", "run_autograder") else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return stream.getvalue()


def _sources():
    """The files of the repository that a check needs."""
    loose = [REPO / name for name in ("constraints.txt", "pyproject.toml", "README.md")]
    if missing := [path for path in loose if not path.is_file()]:
        raise Refusal(f"There is no {missing[0]}.\nRun this from a clone of the course's repository.")
    package = [path for path in sorted((REPO / "autograder").rglob("*")) if "__pycache__" not in path.parts]
    return [*(path for path in package if path.is_file()), *helper_files().values(), *loose]


def _results(course, student, assignment):
    work = student.works[assignment]
    tests = [test for feedback in feedback_on(course, student, assignment) for test in _tests(feedback)]
    return {"score": work.score, "output": overall(work), "visibility": HIDDEN_UNTIL, "tests": tests}


def _tests(feedback):
    """One test for each criterion; one for the whole cell where it has none."""
    cell = feedback.cell
    if feedback.criteria:
        return criteria_as_tests(feedback.criteria, is_optional(cell))
    if cell.waits:
        return [{"name": cell.name, "max_score": cell.max_score, "output": points(cell), "output_format": "text"}]
    return [_test(cell.name, cell.score, cell.max_score, feedback.text)]


def _test(name, score, max_score, output):
    return {
        "name": name,
        "score": score,
        "max_score": max_score,
        "status": "passed" if score >= max_score else "failed",
        "output": without_controls(output),
        "output_format": "text",
    }
