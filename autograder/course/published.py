"""A folder that is published into: what in it is of an earlier edition, and what is not.

The edition carries a list of its files and their SHA-256, by which they are known again.
"""

import contextlib
import hashlib
import json
import os
import zipfile

from autograder.errors import Refusal
from autograder.notebook_files import strings_in

LIST = ".edition.json"
TEXTS = {".html", ".ipynb", ".md", ".py", ".rst", ".tex", ".txt"}
NOT_PUBLIC = {".git", ".venv", "__pycache__"}
WITHOUT_LIST = f"(An edition without {LIST} is of an earlier version: delete its files.) Nothing was written."


def with_list(contents):
    """The edition, {path in it: bytes}, with the list of its files."""
    digests = {name: _digest(data) for name, data in sorted(contents.items())}
    return {**contents, LIST: (json.dumps({"files": digests}, indent=1) + "\n").encode()}


def read_list(text):
    """What a list names, {path: SHA-256}; {} where it is none."""
    try:
        files = json.loads(text)["files"]
        return {name: digest for name, digest in files.items() if ".." not in name.split("/") and name[:1] != "/"}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def refuse_to_overwrite(folder, archive, contents, listed):
    """Raise Refusal, naming each, where a file or the zip would take the place of what publish did not write."""
    problems = [why for name, data in contents.items() if (why := _in_the_way(folder, name, data, listed))]
    if os.path.lexists(archive) and not _is_edition(archive):
        problems.append(f"{archive}: is not a zip that publish wrote")
    problems += [f"{place}: nothing may be written there" for place in _unwritable(folder, contents)]
    if problems:
        problems = list(dict.fromkeys(problems))
        raise Refusal("\n".join(problems) + f"\nMove or delete these, or name a new folder. {WITHOUT_LIST}")


def remove_outdated(folder, contents, listed):
    """Remove those files of an earlier edition that are as it wrote them and in no present one; their names."""
    old = {name: digest for name, digest in listed.items() if name not in contents and _is_plain(folder, name)}
    outdated = [name for name, digest in old.items() if _digest_of(folder / name) == digest]
    for name in outdated:
        (folder / name).unlink()
        for parent in (folder / name).relative_to(folder).parents:
            with contextlib.suppress(OSError):  # it holds something else
                (folder / parent).rmdir() if parent.parts else None
    return outdated


def listed_in(folder):
    """What the list of an earlier edition in the folder names, {path: SHA-256}."""
    return read_list((folder / LIST).read_bytes()) if _is_plain(folder, LIST) else {}


def texts_beside(folder, ours):
    """The text of what lies in the folder beside the edition's files, and would be public with them, {path: text}."""
    paths = [path for path in folder.rglob("*") if path.suffix in TEXTS and _is_plain(folder, path.relative_to(folder))]
    places = {path: path.relative_to(folder) for path in sorted(paths)}
    return {path: _text_of(path) for path, place in places.items()
            if place.as_posix() not in ours and not NOT_PUBLIC & {*place.parts}}  # fmt: skip


def _text_of(path):
    text = path.read_bytes().decode(errors="replace")
    try:
        return strings_in(json.loads(text)) if path.suffix == ".ipynb" else text
    except (ValueError, RecursionError):
        return text


def _in_the_way(folder, name, data, listed):
    """What stands in the place of a file of the edition; "" where nothing does or where it is of an edition."""
    path = folder / name
    for parent in [folder / part for part in path.relative_to(folder).parents if part.parts]:
        if parent.is_symlink() or (parent.exists() and not parent.is_dir()):
            return f"{parent}: a link or a file lies where a folder should be"
    if not os.path.lexists(path):
        return ""
    if not _is_plain(folder, name):
        return f"{path}: a link or a folder lies where a file should be"
    if path.read_bytes() == data or _digest_of(path) == listed.get(name):
        return ""
    if name == LIST and listed:
        return ""
    return f"{path}: publish did not write it, or it was changed since"


def _is_plain(folder, name):
    path = folder / name
    return path.is_file() and not path.is_symlink()


def _unwritable(folder, contents):
    """The nearest folders that are there, of those to be written to, in which nothing may be made."""
    places = {folder.parent, *((folder / name).parent for name in contents)}
    there = {next(place for place in (each, *each.parents) if place.exists()) for each in places}
    return sorted(place for place in there if not os.access(place, os.W_OK | os.X_OK))


def _is_edition(path):
    """Whether a file is a zip that holds an edition, with its list, as publish wrote it."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            top = names[0].split("/")[0]
            listed = read_list(archive.read(f"{top}/{LIST}"))
            inside = {name.removeprefix(f"{top}/"): _digest(archive.read(name)) for name in names}
    except (OSError, KeyError, IndexError, RuntimeError, zipfile.BadZipFile):
        return False
    inside.pop(LIST, None)
    return not path.is_symlink() and bool(listed) and inside == listed


def _digest(data):
    return hashlib.sha256(data).hexdigest()


def _digest_of(path):
    return _digest(path.read_bytes())
