"""Notebooks as files: read with their faults named, written whole, and free of what changes from run to run."""

import contextlib
import errno
import json
import os
import re
import secrets
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning
from nbgrader import utils

from autograder.errors import Refusal
from autograder.layout import short

MOST_BYTES = 20 * 2**20  # of a notebook
VOLATILE_CELL_METADATA = ("execution", "ExecuteTime", "collapsed", "scrolled")
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
OUR_BUTTON = rf"\[!\[[^\]\n]*\]\({re.escape(BADGE)}\)\]\(\S+\)"
COLABS_BUTTON = rf"<a [^>]*><img [^>]*{re.escape(BADGE)}[^>]*></a>"  # put first in a notebook that it saves to GitHub
FAULTS = (OSError, ValueError, nbformat.ValidationError, MissingIDFieldWarning, DuplicateCellId)


@dataclass(frozen=True)
class Problem:
    """Something wrong with a notebook: in which file, in which cell ("" for the file as a whole), and what."""

    file: Path
    cell: str
    what: str

    def __str__(self):
        place = f"{short(self.file)}, {self.cell}" if self.cell else f"{short(self.file)}"
        return f"{place}: {self.what}"


def read_notebook(path):
    """The notebook at `path`, whose cells all have an id of their own; Refusal where it is not such a notebook.

    Where an id is missing nbformat would invent one at random at each reading, and no two builds would agree.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", MissingIDFieldWarning)
            warnings.simplefilter("error", DuplicateCellId)
            notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        if any("id" not in cell for cell in notebook.cells):
            raise ValueError(f"format {notebook.nbformat}.{notebook.nbformat_minor} has no cell ids")
    except FAULTS as error:
        reason = str(error).strip().split("\n")[0]
        raise Refusal(f"{short(path)}: not a sound notebook: {reason}\nOpen it in JupyterLab and save it.") from None
    return notebook


def notebook_text(notebook):
    """The notebook as it is stored: sorted keys, one newline at the end."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def write_whole(path, content, mode=0o644, below=None):
    """Write str or bytes to `path` whole or not at all: a reader sees the old file or the new one, never a part.

    below: a folder above `path`, from which on no part of the way may be a link (default: the file's own folder); a
    link in the file's place is replaced, not followed. mode: the file's permissions. Raises OSError.
    """
    path = Path(path).absolute()
    data = content.encode() if isinstance(content, str) else content
    folder = _open_folder(path.parent, Path(below or path.parent).absolute())
    temporary = f".{secrets.token_hex(8)}.part"
    try:
        _create(temporary, folder, data, mode)
        os.replace(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        if isinstance(error, OSError):
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        os.close(folder)


def update(path, content, below=None):
    """Write str or bytes to `path`, as `write_whole` does, unless it holds them already; return whether it did not."""
    data = content.encode() if isinstance(content, str) else content
    is_new = not path.is_file() or path.read_bytes() != data
    if is_new:
        write_whole(path, data, below=below)
    return is_new


def _open_folder(folder, below):
    """A descriptor of a folder, made where it is missing, that is reached from `below` without a step through a link.

    The way is opened step by step, so that nobody can put a link into it between a look and the writing.
    """
    parts = folder.relative_to(below).parts
    if ".." in parts:
        raise OSError(errno.EINVAL, f"it leads out of {below}", str(folder))
    below.mkdir(parents=True, exist_ok=True)
    handle, place = os.open(below, os.O_RDONLY | os.O_DIRECTORY), below
    for part in parts:
        place /= part
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, dir_fd=handle)
            step = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                error.strerror = "a link or a file lies where a folder should be, and is not followed or replaced"
            error.filename = str(place)
            raise
        finally:
            os.close(handle)
        handle = step
    return handle


def _create(name, folder, data, mode):
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        os.fchmod(handle, mode)  # whatever the umask: other graders of the class read it


def grade_id_of(cell):
    """The nbgrader id that a cell claims, which a student may have written; None where it claims none."""
    metadata = cell.get("metadata")
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = settings.get("grade_id") if isinstance(settings, dict) else None
    return grade_id if isinstance(grade_id, str) and grade_id else None


def task_of(cell):
    """The task whose points a cell counts; None where it is no automatic test."""
    if cell.cell_type != "code" or not utils.is_grade(cell) or utils.is_solution(cell):
        return None
    return cell.metadata.nbgrader.grade_id.removeprefix("test_")


def cell_name(cell, index):
    """What to call a cell in a message: its nbgrader id, else its place and its own id."""
    return grade_id_of(cell) or f"cell {index + 1} ({cell.get('id', 'no id')})"


def is_badge(source):
    """Whether a cell's text is a button for Colab and nothing else, which publishing and Colab put into a notebook."""
    return re.fullmatch(f"{OUR_BUTTON}|{COLABS_BUTTON}", source.strip()) is not None


def without_volatile_metadata(notebook):
    """Drop, in place, the metadata that depends on the run, the machine or the editor; return the notebook.

    Of the notebook's own metadata the kernel and the language stay, without versions; of a cell's, timings and folding
    go.
    """
    kernel = notebook.metadata.get("kernelspec", {})
    language = notebook.metadata.get("language_info", {}).get("name", "python")
    kernelspec = {key: kernel[key] for key in ("display_name", "language", "name") if key in kernel}
    notebook.metadata = nbformat.from_dict({"kernelspec": kernelspec, "language_info": {"name": language}})
    for cell in notebook.cells:
        for key in VOLATILE_CELL_METADATA:
            cell.metadata.pop(key, None)
    return notebook


def strings_in(value):
    """All the text in a JSON value, one string after another, keys left out."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return "\n".join(map(strings_in, value))
    return json.dumps(value)
