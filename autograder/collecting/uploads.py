"""The files of an upload: of a folder or a zip, and of the zips that students put into it. All are strangers' work."""

import io
import os
import shutil
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.errors import Refusal, Unreadable, is_of_the_machine
from autograder.notebook_files import MOST_BYTES

MOST_OF_A_ZIP = 500 * 2**20  # bytes of a student's zip
MOST_OF_A_CLASS = 20 * 2**30
MOST_LOOKED_INTO = 200 * 2**20  # bytes that are unpacked of one student's zip
MOST_NOTEBOOKS = 100  # of a student's zip
MOST_TOLD = 5  # of what is of no use, of one student
DEEPEST = 30  # folders in one another
LAYERS = 2  # a student's zip, and a zip in it
TIME = "timestamp.txt"
KINDS = {".ipynb", ".json", ".txt", ""}  # as which a notebook is saved, or a browser saves it
READ_TOO = {TIME, "submission_metadata.yml"}
ARCHIVES = {".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"}
OF_PROGRAMS = {".ipynb_checkpoints", ".git", ".idea", ".vscode", ".venv", ".Trashes", ".Spotlight-V100", ".fseventsd"}
LEFT_BY_SYSTEMS = {"thumbs.db", "desktop.ini"}


NO_NOTEBOOK, EMPTY, LINK = "it is no notebook", "the folder is empty", "it is a link"


@dataclass(frozen=True)
class File:
    """A file of an upload: where it lies there, and on this machine, or the reason why it can be no notebook.

    inside: its path in the student's zip at `place`, "" where it is in none
    """

    place: str
    found: Path | str
    inside: str = ""

    @property
    def path(self):
        """Where it lies, None for what can be no notebook."""
        return self.found if isinstance(self.found, Path) else None

    @property
    def told(self):
        """How a message names it."""
        return f"{self.place}: {self.inside}" if self.inside else self.place


def files_of(submitted, folder, found):
    """The files and, with a slash at the end, empty folders of an upload, {place in it: path, or why it is no use}.

    Those of a zip are extracted to `folder`. Raises Refusal where it is no upload.
    """
    if submitted.is_file() and zipfile.is_zipfile(submitted):
        folder.mkdir()
        return _unzip_class(submitted, folder, found)
    if not submitted.is_dir():
        raise Refusal(f"{submitted} is neither a folder nor a zip file.\nName what your platform gave you.")
    return _files_below(submitted)


def kind_of(name):
    """The end of a file's name, in lower case."""
    return PurePosixPath(name).suffix.lower()


def may_hold_a_notebook(name):
    """Whether a file of this name could be a notebook, which then its content decides."""
    return kind_of(name) in KINDS and PurePosixPath(name).name not in READ_TOO


def is_hidden(name):
    """Whether a file or folder is none that a person made: a hidden one, or one that systems add."""
    return name.startswith((".", "__MACOSX")) or name.lower() in LEFT_BY_SYSTEMS


# -------------------------------------------------------------------------------------------------------------- folders


def _files_below(folder):
    """Without a step through a link; a folder called like a notebook is one that is none."""
    files = {}

    def tell(error):
        files[_below(error.filename, folder) + "/"] = f"it cannot be read: {error.strerror}"

    for parent, folders, names in os.walk(folder, onerror=tell):
        place, links = _below(parent, folder), [name for name in folders if os.path.islink(f"{parent}/{name}")]
        files |= {_below(f"{parent}/{name}", folder): LINK for name in links if not is_hidden(name)}
        if not place:
            odd = [name for name in folders if name.startswith(".") and name not in OF_PROGRAMS]
            files |= {f"{name}/": "its name begins with a dot" for name in odd}
        shown = [name for name in sorted({*names, *folders} - {*links}) if not is_hidden(name)]
        folders[:] = [name for name in shown if name in folders and kind_of(name) != ".ipynb"]
        if not shown and place and not links:
            files[f"{place}/"] = EMPTY
        if place.count("/") >= DEEPEST:
            files |= {_below(f"{parent}/{name}", folder) + "/": "it lies too deep in folders" for name in folders}
            folders.clear()
            shown = [name for name in shown if not os.path.isdir(f"{parent}/{name}")]
        files |= {_below(f"{parent}/{name}", folder): Path(parent, name) for name in shown if name not in folders}
    return files


def _below(path, folder):
    """The path from a folder on, "" for the folder itself."""
    return os.path.relpath(path, folder) if path != str(folder) else ""


# ----------------------------------------------------------------------------------------------------- the class's zip


def _unzip_class(path, folder, found):
    """Extract what could be a notebook or hold one, under names of our own, so that no name of theirs matters here."""
    try:
        opened = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Refusal(f"{path} is damaged: {error}.\nDownload it again.") from None
    with opened as archive:
        entries = [(_place(entry), entry) for entry in archive.infolist()]
        entries = [(place, entry) for place, entry in entries if not any(map(is_hidden, place.split("/")))]
        size = sum(entry.file_size for place, entry in entries if _most_bytes(place))
        if size > MOST_OF_A_CLASS:
            raise Refusal(f"{path} would give {size:,} bytes; {MOST_OF_A_CLASS:,} are the most.\nLook into it.")
        files = {}
        for number, (place, entry) in enumerate(entries):
            if not place or entry.is_dir() or entry.filename.endswith("\\"):
                continue
            if place in files:
                found.pass_over(place, "there is another of that name, further down in the zip", f"{place}#{number}")
            try:
                files[place] = _extract(archive, entry, place, folder / f"{number}{kind_of(place)[:10]}")
            except Exception as error:  # zipfile has a dozen kinds for what a stranger can do to a zip
                raise_of_the_machine(error)
                files[place] = _why(error)
    _note_folders(files, folder)
    return files | _empty_folders(entries, files)


def _place(entry):
    """The path of a zip's entry, with the steps of Windows, and none that lead up or to the root.

    A name that is not marked as UTF-8 is so all the same where its bytes are: zipfile takes them for those of DOS.
    """
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            pass
    return "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def _most_bytes(place):
    """How many bytes of such a file are unpacked; None where nothing in it is of use."""
    if kind_of(place) == ".zip":
        return MOST_OF_A_ZIP
    return MOST_BYTES if kind_of(place) in KINDS or PurePosixPath(place).name in READ_TOO else None


def _extract(archive, entry, place, path):
    """Write an entry to `path` and return that, or why it can be no notebook. Raises what zipfile does."""
    most, name = _most_bytes(place), PurePosixPath(place).name
    if most is None or may_hold_a_notebook(name) and kind_of(name) != ".ipynb" and not _begins_like_one(archive, entry):
        return NO_NOTEBOOK
    if entry.file_size > most:
        raise ValueError(f"it would have {entry.file_size:,} bytes")
    try:
        with archive.open(entry) as source, open(path, "xb") as target:  # reads no more than the size that is claimed
            shutil.copyfileobj(source, target)
    except BaseException as error:  # a fault in it shows at its end
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)
        raise
    return path


def _begins_like_one(archive, entry):
    with archive.open(entry) as file:
        return looks_like_json(file.read(100))


def looks_like_json(beginning):
    """Whether a file that begins with these bytes may be a JSON object, in any encoding of Unicode."""
    return beginning.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"{")


def _note_folders(files, folder):
    """Put a folder, which nobody can read, where a notebook lies in a folder that is called as one."""
    for place in list(files):
        parts = PurePosixPath(place).parts
        above = next((number for number, part in enumerate(parts[:-1]) if kind_of(part) == ".ipynb"), None)
        if above is not None:
            files[place] = "it lies in a folder that is called as a notebook"
            files.setdefault("/".join(parts[: above + 1]), folder)


def _empty_folders(entries, files):
    folders = {place for place, entry in entries if place and (entry.is_dir() or entry.filename.endswith("\\"))}
    filled = {str(parent) for place in [*files, *folders] for parent in PurePosixPath(place).parents}
    return {f"{place}/": EMPTY for place in sorted(folders - filled)}


# ------------------------------------------------------------------------------------------------------ students' zips


def unzip_of_student(file, folder, is_wanted, found):
    """The notebooks in a student's zip, as files that are extracted to `folder`, the shallowest of a name alone.

    is_wanted: tells by a name whether an assignment is called so; others are kept where they look like a notebook.
    """
    told, got, notebooks = [], {}, []
    try:
        with zipfile.ZipFile(_plain(file.path)) as archive:
            _unzip_layer(archive, "", LAYERS, [MOST_LOOKED_INTO], is_wanted, got, told)
        if not got and not told:
            raise ValueError("no notebook is in it")
    except Exception as error:  # as above
        raise_of_the_machine(error)
        found.pass_over(file.place, _why(error))
    for number, (inside, data) in enumerate(got.values()):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{number}.ipynb"
        path.write_bytes(data)
        notebooks.append(File(file.place, path, inside))
    for inside, why in told[:MOST_TOLD]:
        found.pass_over(f"{file.place}: {inside}", why, file.place)
    if len(told) > MOST_TOLD:
        found.pass_over(f"{file.place}", f"{len(told) - MOST_TOLD} more files in it are of no use", file.place)
    return notebooks


def _unzip_layer(archive, above, layers, left, is_wanted, got, told):
    """Add to `got` the notebooks of a zip, {assignment or path: (path, bytes)}, and to `told` what is none."""
    entries = [(f"{above}{_place(entry)}", entry) for entry in archive.infolist() if not entry.is_dir()]
    for inside, entry in sorted(entries, key=lambda pair: (pair[0].count("/"), pair[0])):
        name = PurePosixPath(inside).name
        if any(map(is_hidden, inside.split("/"))) or not (may_hold_a_notebook(name) or kind_of(name) == ".zip"):
            continue
        try:
            key = is_wanted(name)
            if key and key in got:
                raise ValueError("there is another of that name")
            if len(got) >= MOST_NOTEBOOKS:
                raise ValueError(f"it comes after {MOST_NOTEBOOKS} notebooks of the same zip")
            if kind_of(name) == ".zip":
                _unzip_inner(archive, entry, inside, layers - 1, left, is_wanted, got, told)
            elif key or kind_of(name) == ".ipynb" or _begins_like_one(archive, entry):
                data = _read(archive, entry, MOST_BYTES, left)
                if not key and not looks_like_json(data[:100]):
                    raise ValueError("it is not called as an assignment, and no notebook")
                got[key or inside] = inside, data
        except Exception as error:  # as above
            raise_of_the_machine(error)
            told.append((inside, _why(error)))


def _unzip_inner(archive, entry, inside, layers, left, is_wanted, got, told):
    if layers <= 0:
        raise ValueError("it is a zip in a zip in a zip: unpack it")
    data = _read(archive, entry, MOST_LOOKED_INTO, left)
    with zipfile.ZipFile(io.BytesIO(data)) as inner:
        _unzip_layer(inner, f"{inside}/", layers, left, is_wanted, got, told)


def _read(archive, entry, most, left):
    """The bytes of an entry, taken from what is `left` of those that are unpacked of one student's zip."""
    if entry.file_size > most:
        raise ValueError(f"it would have {entry.file_size:,} bytes")
    left[0] -= entry.file_size
    if left[0] < 0:
        raise ValueError("too much would have to be unpacked")
    with archive.open(entry) as file:
        return file.read()


def _plain(path):
    """The path, unless it is a link or no file, which is then not opened."""
    if path.is_symlink() or not path.is_file():
        raise Unreadable("it is no plain file")
    return path


# --------------------------------------------------------------------------------------------------------------- faults


def raise_of_the_machine(error):
    """Raise an error again that no upload of one student can cause."""
    if isinstance(error, MemoryError) or isinstance(error, OSError) and is_of_the_machine(error):
        raise error


def _why(error):
    plain = type(error) in (ValueError, Unreadable)
    return str(error) if plain else f"it cannot be unzipped: {error or type(error).__name__}"


def read_plain_file(path):
    """The bytes of a file that a stranger made; Unreadable where it is no plain file of a notebook's size."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("it is no plain file")
        if status.st_size > MOST_BYTES:
            raise Unreadable(f"the file has {status.st_size / 2**20:.0f} MB; {MOST_BYTES // 2**20} are the most")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
    finally:
        os.close(handle)
