"""An nbgrader course directory, staged from the solutions, in which the stock `nbgrader` commands work."""

import contextlib
import hashlib
import json
import secrets
import subprocess
from pathlib import Path

from autograder.errors import Refusal
from autograder.layout import REPO, SOLUTIONS, assignments, helper_files, short
from autograder.notebook_files import write_whole

SEED = ".hidden_seed"
KEPT = ".grading"  # results/<key>.json, entered/<student>/<assignment>, prepared/<assignment>, bonus/, lock
MANIFEST = ".losssurf.json"  # what init wrote, as digests: a file that still has its digest is nobody's work but ours

CONFIG = '''"""nbgrader's settings for this course, written by `python -m autograder init`; yours to edit."""

import os

from autograder.nbgrader_mended import mend_nbgrader

HERE = os.path.dirname(os.path.abspath(__file__))

# The kernel of `nbgrader validate` is a child of the nbgrader process, which reads this file before it starts one and
# hands down its environment; nbgrader has no setting of its own for it. The full profile would train on MNIST.
os.environ["LOSSSURF_PROFILE"] = "quick"

# PyTorch's threads wait for each other by spinning: beside other work they make a notebook ten times as slow, while
# one thread loses little on networks of this size.
os.environ.setdefault("OMP_NUM_THREADS", "1")

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "losssurf"
c.CourseDirectory.root = HERE
c.CourseDirectory.db_url = "sqlite:///" + os.path.join(HERE, "gradebook.db")

# Students' code runs in a sandbox, and is judged outside it; this stands for all that nbgrader does with a submission
# before it saves the points. Without these lines `nbgrader autograde` gives the code all of your rights.
c.Autograde.exporter_class = "autograder.preprocessor.SubmissionExporter"
c.Autograde.sanitize_preprocessors = ["autograder.preprocessor.GradeInSandbox"]
c.Autograde.autograde_preprocessors = [
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
]
c.GradeInSandbox.course = HERE

# What students write is shown in formgrader, with your rights, and on the feedback pages: nothing of it may run there.
c.HTMLExporter.filters = {"markdown2html": "autograder.pages.harmless_markdown"}
c.GenerateFeedback.exporter_class = "autograder.export.feedback_page.FeedbackExporter"

# nbgrader takes students' names for patterns, so that one called [x] would get no feedback, and follows links that
# students hand in.
mend_nbgrader()

# Seconds, for `nbgrader validate`. A cell of the quick profile trains for some of them; nbgrader's 30 are too few.
c.Execute.timeout = 300
c.Execute.startup_timeout = 120
c.Execute.iopub_timeout = 30
'''


class Left(str):
    """Why a file was left as it is, where init has another one for its place."""


def init(course, solutions=SOLUTIONS, helpers=None):
    """Stage, or bring up to date, the nbgrader course in the folder `course`; return {relative path: what was done}.

    What was done is "new", "updated", "unchanged", or `Left` with the reason: a file that the instructor has changed,
    and the source of an assignment that has submissions, with its modules, stay as they are. Nothing else in the folder
    is read or written; a new folder is for its owner alone. Raises Refusal where `course` cannot be a course, or has
    what cannot be graded.
    """
    from autograder.course.release import refuse_what_cannot_be_graded  # here, as nbgrader takes seconds to import

    course = Path(course).absolute()
    _refuse_unfit_place(course)
    refuse_what_cannot_be_graded(solutions)
    course.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        course.mkdir(mode=0o700)  # grades, submissions and solutions will lie in it
    manifest = _read_manifest(course)
    done = {}
    for name, content in _staged_files(solutions, helper_files() if helpers is None else helpers).items():
        done[name] = _stage(course, name, content, manifest)
    write_whole(course / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True) + "\n", below=course)
    return done


def settings(course, db_url=None):
    """nbgrader's settings in the folder `course`, as (its `CourseDirectory`, the whole configuration).

    db_url: overrides the gradebook's address there. Raises Refusal where `course` is no course.
    """
    from nbgrader.coursedir import CourseDirectory  # here, as nbgrader takes seconds to import, and init needs it not
    from traitlets.config.loader import PyFileConfigLoader

    course = Path(course).absolute()
    file = course / "nbgrader_config.py"
    if not file.exists():
        raise Refusal(f"{course} has no nbgrader_config.py.\nMake it a course: python -m autograder init {course}")
    try:
        config = PyFileConfigLoader(str(file)).load_config()
        if db_url:
            config.CourseDirectory.db_url = db_url
        config.CourseDirectory.setdefault("root", str(course))
        return CourseDirectory(config=config), config
    except Exception as error:  # the file is the instructor's program, which may fail in any way
        raise Refusal(f"{file} cannot be used: {error}.\nCorrect it, or move it away and run init again.") from None


def hidden_seed(course):
    """The number from which this course's hidden inputs are made, the same for all students; drawn when first asked.

    It is kept in the file SEED of the course, and never enters the sandbox.
    """
    path = Path(course) / SEED
    if not path.exists():
        write_whole(path, f"{secrets.randbits(60)}\n", mode=0o600, below=course)
    try:
        return int(path.read_text())
    except ValueError:
        raise Refusal(f"{path} holds no number.\nDelete it: a new one is drawn, and all are graded anew.") from None


def _staged_files(solutions, helpers):
    files = {"nbgrader_config.py": CONFIG.encode()}
    for path in assignments(solutions):
        for name, file in {path.name: path, **helpers}.items():
            files[f"source/{path.stem}/{name}"] = file.read_bytes()
    return files


def _stage(course, name, content, manifest):
    """Write one file where that loses nothing; note it in `manifest`; say what was done."""
    path = course / name
    present = path.read_bytes() if path.exists() else None
    if present is not None and present != content:
        if _digest(present) != manifest.get(name):
            return Left("kept: it was changed here")
        if name.startswith("source/") and _has_submissions(course, name.split("/")[1]):
            return Left("kept: it has submissions, which were made for this version")
    manifest[name] = _digest(content)
    if present == content:
        return "unchanged"
    write_whole(path, content, below=course)
    return "new" if present is None else "updated"


def _has_submissions(course, assignment):
    return any(any(course.glob(f"{step}/*/{assignment}")) for step in ("submitted", "autograded"))


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _read_manifest(course):
    path = course / MANIFEST
    try:
        return json.loads(path.read_text()) if path.exists() else {}
    except ValueError:
        raise Refusal(f"{path} is damaged.\nDelete it and run init again: what differs will be kept.") from None


def _refuse_unfit_place(course):
    for folder in [course, *course.parents]:
        if folder.exists() and not folder.is_dir():
            raise Refusal(f"{folder} is a file, so {course} cannot be a folder.\nName a new or an empty folder.")
    known = [MANIFEST, "nbgrader_config.py", "gradebook.db"]
    if course.exists() and any(course.iterdir()) and not any((course / name).exists() for name in known):
        raise Refusal(f"{course} is neither empty nor an nbgrader course.\nName a new or an empty folder.")
    if course.resolve().is_relative_to(REPO) and _is_under_git(REPO) and not _git_ignores(course.resolve()):
        raise Refusal(
            f"{short(course)} lies in the repository, and git does not ignore it: solutions, submissions and grades of "
            "students could be committed.\nName a folder outside the repository, for instance ../course."
        )


def _is_under_git(folder):
    """Whether the folder lies in a working tree of git: one that was downloaded as a zip does not."""
    return any((parent / ".git").exists() for parent in (folder, *folder.parents))


def _git_ignores(folder):
    """Whether git ignores what will lie in `folder`; asked of files, as a rule `course/` fits no folder yet to be."""
    probes = [str(folder / name) for name in ("nbgrader_config.py", "gradebook.db", "submitted/student")]
    try:
        command = ["git", "-C", REPO, "check-ignore", *probes]
        answer = subprocess.run(command, check=False, capture_output=True, text=True)  # status 1: none is ignored
    except FileNotFoundError:
        return False
    return len(answer.stdout.splitlines()) == len(probes)
