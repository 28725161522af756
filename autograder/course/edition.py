"""The edition for students: a folder with what they get, and nothing of what they are not to see."""

from pathlib import Path

from autograder.course.leaks import leaks_in_module, leaks_in_notebook
from autograder.course.release import anatomies_of, student_versions
from autograder.errors import Refusal
from autograder.layout import NOTEBOOKS, REPO, SOLUTIONS, helper_files
from autograder.notebook_files import notebook_text, write_whole


def publish(folder, solutions=SOLUTIONS):
    """Write the edition into `folder`; return {path in it: whether its bytes changed}.

    It holds the notebooks, all modules that they import, and what makes of these a package that pip installs. Other
    files in the folder stay. Raises Refusal, where the folder lies among the course's own or a file gives something of
    the solutions away; of the edition there is all then, or nothing new.
    """
    folder = Path(folder).absolute()
    if any(folder.resolve().is_relative_to(REPO / name) for name in ("solutions", "autograder", "losssurf_lab")):
        raise Refusal(f"{folder} is a folder of the course itself.\nName a new or an empty folder.")
    if folder.exists() and not folder.is_dir():
        raise Refusal(f"{folder} is a file.\nName a new or an empty folder.")
    anatomies, notebooks, others = anatomies_of(solutions), student_versions(solutions, NOTEBOOKS), _other_files()
    leaks = [leak for path, notebook in notebooks.items() for leak in leaks_in_notebook(notebook, path, anatomies)]
    leaks += [leak for name, text in others.items() for leak in leaks_in_module(folder / name, text, anatomies)]
    if leaks:
        raise Refusal("\n".join(map(str, leaks)) + "\nCorrect it, then publish again.")
    texts, changed = {path.name: notebook_text(notebook) for path, notebook in notebooks.items()}, {}
    for name, text in {**texts, **others}.items():
        path = folder / name
        changed[name] = not path.is_file() or path.read_bytes() != text.encode()
        if changed[name]:
            write_whole(path, text, below=folder)
    return changed


def _other_files():
    """All that the edition holds beside the notebooks, {path in it: text}."""
    files = {path.name: path for path in [REPO / "LICENSE", *sorted((REPO / "edition").iterdir())]}
    return {name: file.read_text(encoding="utf-8") for name, file in {**helper_files(), **files}.items()}
