"""The student notebooks, generated from the instructor's by nbgrader's own preprocessors."""

from functools import cache
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.nbgraderformat import ValidationError
from nbgrader.nbgraderformat.common import SchemaMismatchError
from nbgrader.preprocessors import SaveCells

from autograder.course.gradable import own_tests, problems
from autograder.course.leaks import dissect, leaks_in_notebook
from autograder.errors import Refusal
from autograder.layout import NOTEBOOKS, SOLUTIONS, assignments, helper_files, short
from autograder.notebook_files import notebook_text, read_notebook, update, without_volatile_metadata


def anatomies_of(solutions=SOLUTIONS):
    """The instructor's notebooks taken apart into public and secret, {file name: Anatomy}."""
    return {path.name: dissect(read_notebook(path), path) for path in assignments(solutions)}


def student_version(path):
    """The notebook that students get for the instructor's notebook at `path`, the same at every call.

    It is what `nbgrader generate_assignment` makes, less the metadata of the run. Raises Refusal where nbgrader fails.
    """
    notebook, resources = read_notebook(path), {"metadata": {"name": path.stem, "path": str(path.parent)}}
    try:
        for preprocessor in GenerateAssignment().preprocessors:
            if preprocessor is not SaveCells:  # the one that needs a gradebook, and it changes no cell
                notebook, resources = preprocessor()(notebook, resources)
    except (RuntimeError, ValueError, ValidationError, SchemaMismatchError) as error:
        raise Refusal(f"{short(path)}: nbgrader cannot release it: {error}\nCorrect it, then build again.") from None
    return without_volatile_metadata(notebook)


@cache
def released_text(course, assignment):
    """The student version of an assignment of the course in the folder `course`, as text; Refusal where it has none."""
    path = Path(course) / "source" / assignment / f"{assignment}.ipynb"
    if not path.exists():
        raise Refusal(f"{path} is missing.\nRun: python -m autograder init {course}")
    return notebook_text(student_version(path))


@cache
def released_own_tests(course, assignment):
    """The instructor's own tests of an assignment of the course, {grade id: source}, with what students do not see."""
    path = Path(course) / "source" / assignment / f"{assignment}.ipynb"
    return own_tests(read_notebook(path))


@cache
def released_helpers(course, assignment):
    """The modules beside an assignment's notebook in the folder `course`, which students got, {path there: text}."""
    folder = Path(course) / "source" / assignment
    try:
        files = [path for path in sorted(folder.rglob("*.py")) if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"A module in {folder} cannot be read: {error}.\nPut it right, or run init again.") from None


def changed_helpers(course, assignment):
    """A sentence on the modules of an assignment that are not as those of the repository; "" where all are."""
    released = released_helpers(course, assignment)
    ours = {name: file.read_text(encoding="utf-8") for name, file in helper_files().items()}
    differ = sorted(name for name in released.keys() & ours.keys() if released[name] != ours[name])
    missing = sorted(ours.keys() - released.keys())
    parts = [f"not as in the repository, but as they were released: {', '.join(differ)}"] * bool(differ)
    parts += [f"missing, so that the repository's are taken: {', '.join(missing)}"] * bool(missing)
    return f"Modules of {Path(course) / 'source' / assignment} are {'; '.join(parts)}." if parts else ""


def student_versions(solutions=SOLUTIONS, notebooks=NOTEBOOKS):
    """All the student notebooks, {where it belongs: notebook}, none of them written yet."""
    return {Path(notebooks) / path.name: student_version(path) for path in assignments(solutions)}


def refuse_what_cannot_be_graded(solutions=SOLUTIONS):
    """Raise Refusal where an instructor's notebook has a cell that counts and that the grader cannot grade."""
    if found := ungradable(assignments(solutions)):
        raise Refusal("\n".join(map(str, found)) + f"\nCorrect {short(solutions)}/, then run this again.")


def ungradable(paths):
    """The cells of the instructor's notebooks at these paths that cannot be graded, as `Problem`s."""
    return [problem for path in paths for problem in problems(read_notebook(path), path)]


def build(solutions=SOLUTIONS, notebooks=NOTEBOOKS):
    """Generate `notebooks` from `solutions`; return {path: whether its bytes changed}.

    All are generated and searched for leaks before the first is written. Raises Refusal, with nothing written, where
    one fails or has what cannot be graded.
    """
    refuse_what_cannot_be_graded(solutions)
    anatomies = anatomies_of(solutions)
    made = student_versions(solutions, notebooks)
    leaks = [leak for path, notebook in made.items() for leak in leaks_in_notebook(notebook, path, anatomies)]
    if leaks:
        raise Refusal("\n".join(map(str, leaks)) + f"\nCorrect {short(solutions)}/, then build again.")
    return {path: update(path, notebook_text(notebook)) for path, notebook in made.items()}
