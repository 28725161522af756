"""The edition for students: a folder with what they get, and nothing of what they are not to see."""

import io
import re
import subprocess
import zipfile
from functools import cache
from pathlib import Path

from nbformat.v4 import new_markdown_cell

from autograder.course.leaks import leaks_in_notebook, leaks_in_text
from autograder.course.published import listed_in, refuse_to_overwrite, remove_outdated, texts_beside, with_list
from autograder.course.release import anatomies_of, student_versions
from autograder.errors import Refusal
from autograder.layout import NOTEBOOKS, REPO, SOLUTIONS, helper_files, short
from autograder.notebook_files import BADGE, notebook_text, update, write_whole


def publish(folder, url="", solutions=SOLUTIONS):
    """Write the edition into `folder`, and the same as the zip beside it; return {path in it: what became of it}.

    It holds the notebooks, all modules that they import, what makes of these a package that pip installs, and a page
    with its pictures. Other files in the folder stay; none is written over that publish did not write. url: where the
    edition will be, a repository on GitHub or the address of the zip: the notebooks fetch their modules from there.
    Raises Refusal, where the folder lies among the course's own, where something is in the way or where a file gives
    something of the solutions away; nothing is written then.
    """
    folder = Path(folder).absolute()
    resolved = folder.resolve()
    if REPO.is_relative_to(resolved) or any(resolved.is_relative_to(REPO / name) for name in OF_THE_COURSE):
        raise Refusal(f"{folder} is a folder of the course itself.\nName a new or an empty folder.")
    if folder.exists() and not folder.is_dir():
        raise Refusal(f"{folder} is a file.\nName a new or an empty folder.")
    anatomies, notebooks, others = anatomies_of(solutions), student_versions(solutions, NOTEBOOKS), _other_files()
    names = [path.name for path in notebooks]
    leaks = [leak for path, notebook in notebooks.items() for leak in leaks_in_notebook(notebook, path, anatomies)]
    checks = {short(path): path.read_text(encoding="utf-8") for path in (REPO / "autograder/checks").rglob("*.py")}
    texts = {folder / name: text for name, text in others.items()} | texts_beside(folder, {*others, *names})
    leaks += [leak for path, text in texts.items() for leak in leaks_in_text(path, text, anatomies, checks)]
    if leaks:
        advice = "Correct it, or move what is not of the edition out of the folder, then publish again."
        raise Refusal("\n".join([*map(str, leaks), advice]))
    address = Address(url)
    made = {path.name: notebook_text(address.put_into(notebook, path.name)) for path, notebook in notebooks.items()}
    pictures = {path.name: path.read_bytes() for path in PICTURES}
    contents = with_list({name: _as_bytes(content) for name, content in (made | others | pictures).items()})
    archive, listed = folder.with_name(f"{folder.name}.zip"), listed_in(folder)
    refuse_to_overwrite(folder, archive, contents, listed)
    changed = {name: update(folder / name, content, below=folder) for name, content in contents.items()}
    removed = remove_outdated(folder, contents, listed)
    _write_zip(archive, folder.name, contents)
    told = {name: "written" if is_new else "unchanged" for name, is_new in changed.items()}
    return told | {name: "removed, as it is not of the edition any more" for name in removed}


def _as_bytes(content):
    return content.encode() if isinstance(content, str) else content


class Address:
    """Where an edition will be, as pip and Colab name it."""

    def __init__(self, url):
        url = url.strip().rstrip("/").removesuffix(".git")
        if url and not re.fullmatch(r"https?://[\w.:@%/~+-]+", url):
            raise Refusal(f"{url} is no address.\nName that of a repository on GitHub, or that of the edition's zip.")
        if "@" in url.partition("//")[2].partition("/")[0]:
            raise Refusal("The address has a user's name or password, which all would read.\nName it without these.")
        github = re.fullmatch(r"(?i:https?://(?:www\.)?github\.com)/([\w-]+/(?!\.+$)[\w.-]+)", url)
        self.for_pip = f"https://github.com/{github[1]}/archive/HEAD.zip" if github else url
        self.on_colab = f"https://colab.research.google.com/github/{github[1]}/blob/HEAD" if github else ""
        if self.for_pip and not self.for_pip.endswith(".zip"):
            raise Refusal(f"{url} is neither a repository on GitHub nor a zip.\nPut the zip there, and name it.")

    def put_into(self, notebook, name):
        """The notebook with the address in the cell that brings the modules, and a badge above all if Colab has it."""
        (cell,) = (cell for cell in notebook.cells if cell.get("id") == BRINGING)
        cell.source = cell.source.replace(NO_ADDRESS, f'ADDRESS = "{self.for_pip}"')
        if self.on_colab:
            badge = f"[![Open in Colab]({BADGE})]({self.on_colab}/{name})"
            notebook.cells.insert(0, new_markdown_cell(badge, id="open-in-colab"))
        return notebook


# Where no edition may be written: what lies there is of the course, and would become public with it.
OF_THE_COURSE = (
    ".git", ".github", "autograder", "benchmarks", "docs", "edition", "losssurf_lab", "notebooks", "solutions", "tests",
)  # fmt: skip
PAGE = REPO / "docs" / "own_network.md"
PICTURES = sorted(PAGE.parent.glob(f"{PAGE.stem}_*.png"))
BRINGING, NO_ADDRESS = "bring-the-modules", 'ADDRESS = ""'


def _write_zip(path, top, contents):
    """The files as a zip, in one folder, of the same bytes each time."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(f"{top}/{name}")  # of 1980, as the time of today would be another each time
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)
    write_whole(path, content.getvalue())


def _other_files():
    """All text that the edition holds beside the notebooks, {path in it: text}."""
    files = {path.name: path for path in [REPO / "LICENSE", PAGE, *sorted((REPO / "edition").iterdir())]}
    files = {**helper_files(), **files}
    strays = [file for file in files.values() if file.is_relative_to(REPO) and not _is_known_to_git(file)]
    if strays:
        names = "\n".join(f"{short(file)}: git does not know it" for file in strays)
        raise Refusal(f"{names}\nOnly what git knows is published. Remove it, or type `git add` and its name.")
    return {name: file.read_text(encoding="utf-8") for name, file in files.items()}


def _is_known_to_git(file):
    known = _known_to_git()
    return known is None or file.relative_to(REPO).as_posix() in known


@cache
def _known_to_git():
    """The names of all files that git knows in the repository; None where there is no git."""
    try:
        command = ["git", "-C", str(REPO), "ls-files", "-z"]
        done = subprocess.run(command, capture_output=True, check=True) if (REPO / ".git").exists() else None
    except (OSError, subprocess.CalledProcessError):
        return None
    return done and {*done.stdout.decode(errors="replace").split("\0")}
