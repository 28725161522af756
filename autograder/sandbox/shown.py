"""What the sandbox shows of this machine: libraries of the system, Python, installed packages, the course's modules.

Only what is named here is shown, so that a repository, a course or anybody's work stays unseen wherever it lies. Whole
folders are shown where their files belong together; what lies in them without belonging there is covered.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from importlib import metadata
from pathlib import Path

from autograder.layout import REPO

INSIDE = Path(__file__).parent / "inside"
COURSE, PACKAGES, PYTHON, LIBPYTHON = "/opt/course", "/opt/packages", "/opt/python", "/opt/libpython"
LINKS = ("/lib", "/lib32", "/lib64")
PROGRAMS = ("sh", "cat", "echo", "env", "ls", "mkdir", "sleep", "uname")  # for lines such as !ls
DATA = ("/etc/ld.so.cache", "/etc/alternatives", "/usr/share/zoneinfo", "/usr/lib/locale/C.utf8")
STANDARD_LIBRARY = {*sys.stdlib_module_names, "lib-dynload", "__pycache__"}
OURS = "losssurf"  # the distribution, which holds the hidden checks
OF_THE_GRADER = "of_the_grader"  # as `inside/drive.py` imports what calls an answer, which of `losssurf_lab` is:
CALLING = (
    "__init__.py", "calling.py", "networks.py", "on_paths/__init__.py", "on_paths/drive.py", "tasks/__init__.py",
    "tasks/*/__init__.py", "tasks/*/drive.py",
)  # fmt: skip


def shown():
    """What is shown, {place in the sandbox: path here, or the text of a symbolic link}, outer folders first."""
    places = {"/bin": "usr/bin"} | {name: os.readlink(name) for name in LINKS if os.path.islink(name)}
    places |= {place: folder for place, (folder, _) in _folders().items()}
    places |= {name: Path(name) for name in DATA if os.path.exists(name)}
    places |= {f"/usr/bin/{name}": Path(path).resolve() for name in PROGRAMS if (path := shutil.which(name))}
    places |= {f"{LIBPYTHON}/{path.name}": path for path in _libpython()}
    return places | {python(): _executable()} | {f"{COURSE}/{name}": file for name, file in files_inside().items()}


def covers():
    """What of the folders shown does not belong there, {place of the folder: [entries, as `os.scandir` gives them]}."""
    return {
        place: [entry for entry in os.scandir(folder) if not entry.is_symlink() and not belongs(entry)]
        for place, (folder, belongs) in _folders().items()
    }  # a link needs no cover, as it leads to nothing that is not shown itself


def files_inside():
    """The modules that run the students' code, {path there: file}; what that imports comes with the job."""
    package = REPO / "losssurf_lab"
    calling = sorted(file for pattern in CALLING for file in package.glob(pattern))
    return {file.name: file for file in sorted(INSIDE.glob("[!_]*.py"))} | {
        f"{OF_THE_GRADER}/{file.relative_to(package).as_posix()}": file for file in calling
    }


def python():
    """The interpreter as the sandbox sees it: the real one, not a virtual environment's link to it."""
    return f"{PYTHON}/bin/{_executable().name}"


def environment():
    """The variables with which Python finds there what is shown."""
    variables = {"PYTHONPATH": ":".join([COURSE, *_packages()])}
    return variables | ({"LD_LIBRARY_PATH": LIBPYTHON} if _libpython() else {})


def _folders():
    """The folders shown, {place in the sandbox: (path here, which of its entries belong there)}, outer ones first."""
    standard = Path(sysconfig.get_path("stdlib"))
    folders = dict(_libraries())
    if (lib := (_base() / "lib").resolve()) not in (folder for folder, _ in folders.values()) and _holds_libraries(lib):
        folders[f"{PYTHON}/lib"] = lib, _belongs_to_libraries(lib)  # a conda environment's, for instance
    place = f"{PYTHON}/{standard.relative_to(sys.base_prefix)}"
    folders[place] = standard.resolve(), _belongs_to_the_standard_library
    for place, folder in _packages().items():
        folders[place] = folder, _belongs_to_packages(folder)
    return folders


# ----------------------------------------------------------------------------------------------------------- the system


@cache
def _libraries():
    """The folders in which the system's loader looks, as in `_folders`."""
    names = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"]
    if (ldconfig := shutil.which("ldconfig", path="/sbin:/usr/sbin")) is not None:
        cached = subprocess.run([ldconfig, "-p"], check=False, capture_output=True, text=True).stdout
        names += [os.path.dirname(path) for path in re.findall("=> (/.*)", cached)]
    folders = {}
    for name in sorted({_without_link_at_root(name) for name in names}):
        if _holds_libraries(folder := Path(name).resolve()):
            folders[name] = folder, _belongs_to_libraries(folder)
    return folders


def _without_link_at_root(name):
    """A path without the links /lib and /lib64 to folders of /usr, which the sandbox has too."""
    top = "/" + name.split("/")[1]
    return os.path.realpath(top) + name[len(top) :]


def _holds_libraries(folder):
    return next(folder.glob("*.so*"), None) is not None


def _belongs_to_libraries(folder):
    """Files do, and those folders to which links among them lead, as Debian's to the library for linear algebra."""
    lead_to = [path.resolve().parent for path in folder.glob("*.so*") if path.is_symlink()]
    kept = {target.relative_to(folder).parts[0] for target in lead_to if folder in target.parents}
    return lambda entry: not entry.is_dir() or entry.name in kept


# --------------------------------------------------------------------------------------------------------------- Python


def _base():
    return Path(sys.base_prefix).resolve()


def _executable():
    return Path(sys.executable).resolve()


@cache
def _libpython():
    """The shared library in which some Pythons are, as it was loaded here."""
    try:
        maps = Path("/proc/self/maps").read_text()
    except FileNotFoundError:
        return []
    return [Path(path) for path in sorted(set(re.findall(r"/.*/libpython3[^/\n]*$", maps, re.MULTILINE)))]


def _belongs_to_the_standard_library(entry):
    return not entry.is_dir() or entry.name in STANDARD_LIBRARY


# ------------------------------------------------------------------------------------------------------------- packages


def _packages():
    """The folders of installed packages, {place there: path here}.

    Those of Python itself keep their place in it, as the libraries of conda's packages are found from there.
    """
    folders = [Path(name).resolve() for name in sys.path if Path(name).name in ("site-packages", "dist-packages")]
    places = {}
    for number, folder in enumerate(dict.fromkeys(filter(Path.is_dir, folders))):
        inside = folder.is_relative_to(_base())
        places[f"{PYTHON}/{folder.relative_to(_base())}" if inside else f"{PACKAGES}/{number}/site-packages"] = folder
    return places


def _belongs_to_packages(folder):
    """What a package manager has put there does, but for this project: a folder of packages may hold a course too."""
    names, records = _installed(folder)
    return lambda entry: entry.name in names or entry.name.split(".")[0] in names or entry.name in records


@cache
def _installed(folder):
    """The names of what is installed in a folder of packages, and those of the records of it."""
    names, records = {"__pycache__"}, set()
    for distribution in metadata.distributions(path=[str(folder)]):
        name = distribution.metadata["Name"] or ""
        if _plain(name) == OURS:
            continue
        record = distribution.read_text("RECORD") or ""
        listed = {line.strip('"').partition(",")[0].partition("/")[0] for line in record.splitlines()}
        names |= listed or {_plain(name), *(distribution.read_text("top_level.txt") or "").split()}
    for entry in os.scandir(folder):
        if entry.name.endswith((".dist-info", ".egg-info")) and _plain(entry.name.split("-")[0]) != OURS:
            records.add(entry.name)
    return names - {"autograder", ""}, records


def _plain(name):
    return re.sub(r"[-_.]+", "_", name).lower()
