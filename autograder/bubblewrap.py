"""The sandbox's walls: the command line of bubblewrap, which says what the code inside can see and do.

No network; nothing of the file system but Python, its packages, the system's libraries and the course's helper modules,
all read-only; /tmp and /dev/shm of a limited size, gone at the end; another user without capabilities; no environment.
"""

import os
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from subprocess import PIPE, Popen

from autograder import seccomp
from autograder.errors import Refusal
from autograder.layout import helper_modules

NOBODY = "65534"
INSIDE = Path(__file__).parent / "inside"
COURSE, PACKAGES, PYTHON = "/opt/course", "/opt/packages", "/opt/python"  # as the sandbox shows them


def start(temporary, gpu=False):
    """The runner (`inside/runner.py`) behind bubblewrap, as a `Popen` with pipes.

    temporary: bytes that each of /tmp and /dev/shm may hold; gpu: whether NVIDIA's devices are passed on. Raises
    Refusal where bubblewrap is not installed.
    It starts with an empty environment, as that of bubblewrap itself can be read in /proc/1/environ; its arguments,
    which name folders of this machine, go through a file that it closes.
    """
    shown = _shown()
    files, command = [], []
    if os.geteuid() == 0:
        command += [_bubblewrap(), "--args", _file_of(_joined(_antechamber(shown)), files), *_setpriv()]
        shown = {place: source if isinstance(source, str) else Path(place) for place, source in shown.items()}
    arguments = [*_see_through(shown), *_masks(), *_walls(temporary), *_devices(gpu)]
    if calls := seccomp.program():
        arguments += ["--seccomp", _file_of(calls, files)]
    command += [_bubblewrap(), "--args", _file_of(_joined(arguments), files), _python(), f"{COURSE}/runner.py"]
    try:
        return Popen(
            command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env={}, cwd="/", start_new_session=True,
            pass_fds=[file.fileno() for file in files],
        )  # fmt: skip
    finally:
        for file in files:
            file.close()


def _joined(arguments):
    return "".join(f"{argument}\0" for argument in arguments).encode()


def _file_of(content, files):
    """The number of an open file with the content, which is added to `files`."""
    file = tempfile.TemporaryFile()
    file.write(content)
    file.seek(0)
    files.append(file)
    return str(file.fileno())


def _antechamber(shown):
    """For root: a room with all that the sandbox shows, from where another user, who may enter no folder of root's, can
    start the sandbox proper. Root's own processes would be exempt from limits on their number. The room has a process
    namespace, as the sandbox proper does not hear of the death of a parent of another user."""
    return [
        *_see_through(shown), "--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev", "--perms", "1777",
        "--tmpfs", "/tmp", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--die-with-parent",
    ]  # fmt: skip


def _setpriv():
    return [_program("setpriv", "util-linux"), "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]


def _bubblewrap():
    return _program("bwrap", "bubblewrap")


def _program(name, package):
    path = shutil.which(name)
    if path is None:
        raise Refusal(f"The sandbox needs {name}, and it is not installed.\nInstall it: apt-get install {package}")
    return path


def _walls(temporary):
    """The arguments but those that say what is to be seen."""
    size = str(temporary)
    environment = {
        "HOME": "/tmp", "LANG": "C.UTF-8", "LOSSSURF_PROFILE": "quick", "MPLCONFIGDIR": "/tmp/matplotlib",
        "OMP_NUM_THREADS": "1",  # see autograder/course.py
        "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0",
        "PYTHONPATH": ":".join([COURSE, *_packages()]), "USER": "student",
    }  # fmt: skip
    return [
        "--unshare-all", "--unshare-user", "--disable-userns", "--uid", NOBODY, "--gid", NOBODY, "--cap-drop", "ALL",
        "--die-with-parent", "--new-session", "--hostname", "sandbox", "--clearenv",
        *[word for name, value in environment.items() for word in ("--setenv", name, value)],
        "--proc", "/proc", "--dev", "/dev", "--size", size, "--tmpfs", "/dev/shm", "--size", size, "--tmpfs", "/tmp",
        "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp",
    ]  # fmt: skip


def _devices(gpu):
    found = sorted(Path("/dev").glob("nvidia*")) if gpu else []
    return [word for device in found for word in ("--dev-bind", str(device), str(device))]


# ----------------------------------------------------------------------------------------------- what is to be seen


def _shown():
    """What the sandbox shows, {place there: path here, or the text of a symbolic link}."""
    shown = {"/usr": Path("/usr")}
    for path in map(Path, ("/bin", "/sbin", "/lib", "/lib32", "/lib64")):
        if path.exists():
            shown[str(path)] = os.readlink(path) if path.is_symlink() else path
    for path in map(Path, ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts")):
        if path.exists():
            shown[str(path)] = path
    if not _base().is_relative_to("/usr"):
        shown[PYTHON] = _base()
    return shown | _packages() | {f"{COURSE}/{file.name}": file for file in files_inside()}


def files_inside():
    """The modules that the runner and the students' code need."""
    return [*helper_modules(), *INSIDE.glob("[!_]*.py")]


def _see_through(shown):
    """Arguments that show everything at its place, read-only, in folders that another user may enter."""
    arguments = []
    for folder in sorted({str(folder) for place in shown for folder in Path(place).parents} - {"/"}):
        arguments += ["--perms", "0755", "--dir", folder]
    for place, source in shown.items():
        arguments += ["--symlink" if isinstance(source, str) else "--ro-bind", str(source), place]
    return arguments


def _masks():
    """Arguments that hide this package, the checks above all, where it is installed among the others."""
    folders = [*_packages().items(), (f"{PYTHON}/{_LIBRARY}", _base() / _LIBRARY)]
    folders += [(str(folder), folder) for _, folder in folders if folder.is_relative_to("/usr")]  # shown there too
    arguments = []
    for place, folder in folders:
        if (folder / "autograder").is_dir():
            arguments += ["--tmpfs", f"{place}/autograder"]
        for file in folder.glob("__editable__*losssurf*"):  # it tells where the repository lies
            arguments += ["--ro-bind", "/dev/null", f"{place}/{file.name}"]
    return arguments


_LIBRARY = Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)


def _packages():
    """The folders of installed packages, {place there: path here}."""
    folders = [Path(name) for name in sys.path if Path(name).name in ("site-packages", "dist-packages")]
    return {f"{PACKAGES}/{number}/site-packages": folder for number, folder in enumerate(filter(Path.is_dir, folders))}


def _base():
    return Path(sys.base_prefix).resolve()


def _python():
    """The interpreter as the sandbox sees it: the real one, not a virtual environment's link to it."""
    real = Path(sys.executable).resolve()
    return str(real) if real.is_relative_to("/usr") else f"{PYTHON}/{real.relative_to(_base())}"
