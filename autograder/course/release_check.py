"""Whether the committed student notebooks are still what the instructor's give, and give nothing of them away."""

from pathlib import Path

import nbformat

from autograder.course.leaks import find_leaks, leaks_in_notebook
from autograder.course.release import anatomies_of, student_versions, ungradable
from autograder.errors import Refusal
from autograder.layout import NOTEBOOKS, SOLUTIONS, assignments, helper_files, short
from autograder.notebook_files import Problem, cell_name, notebook_text, read_notebook


def check(solutions=SOLUTIONS, notebooks=NOTEBOOKS):
    """All the problems of `solutions`, what cannot be graded, and of `notebooks`: drift, and what it gives away."""
    problems = ungradable(assignments(solutions))
    anatomies = anatomies_of(solutions)
    expected = student_versions(solutions, notebooks)
    problems += [problem for path, notebook in expected.items() for problem in _drift(path, notebook)]
    for path in _files_below(Path(notebooks)):
        if path.suffix == ".ipynb" and path not in expected:
            problems.append(Problem(path, "", f"has no source in {short(solutions)}; remove it, or add the source"))
        problems += _leaks_in_file(path, anatomies)
    return problems


def _files_below(folder):
    """All files but those of editors' hidden folders (.ipynb_checkpoints), which are not handed out."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def _drift(path, expected):
    if not path.exists():
        return [Problem(path, "", "is missing")]
    if path.read_bytes() == notebook_text(expected).encode():
        return []
    try:
        found = read_notebook(path)
    except Refusal:
        return [Problem(path, "", "is not a notebook whose cells have ids of their own")]
    wanted, present = _cells_by_id(expected), _cells_by_id(found)
    cells = [(name, "is missing") for key, (name, _) in wanted.items() if key not in present]
    cells += [(name, "has no source in solutions/") for key, (name, _) in present.items() if key not in wanted]
    ordered = [key for key in wanted if key in present], [key for key in present if key in wanted]
    for key, there in zip(*ordered, strict=True):
        name, cell = wanted[key]
        if cell != present[key][1]:
            cells.append((name, f"differs from solutions/ in its {_differing_keys(cell, present[key][1])}"))
        elif key != there:
            cells.append((name, "stands in another place than in solutions/"))
    return [Problem(path, *cell) for cell in cells or [("", "differs in its metadata or its layout on disk")]]


def _cells_by_id(notebook):
    return {cell.id: (cell_name(cell, index), cell) for index, cell in enumerate(notebook.cells)}


def _differing_keys(wanted, present):
    return " and ".join(key for key in sorted({*wanted, *present}) if wanted.get(key) != present.get(key))


def _leaks_in_file(path, anatomies):
    text = path.read_bytes().decode(errors="replace")
    if path.suffix == ".ipynb":
        try:
            return leaks_in_notebook(nbformat.reads(text, as_version=4), path, anatomies)
        except (ValueError, KeyError, AttributeError, nbformat.ValidationError):
            pass  # what a broken notebook gives away is found in its text
    known = [anatomy.public for anatomy in anatomies.values()] + [file.read_text() for file in helper_files().values()]
    return [Problem(path, "", leak) for leak in find_leaks(text, anatomies.values(), "\n".join(known))]
