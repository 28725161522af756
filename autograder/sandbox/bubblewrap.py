"""The sandbox's walls: the command line of bubblewrap, which says what the code inside can see and do.

No network; nothing of the file system but Python, its packages, the system's libraries and the course's helper modules,
all read-only; /tmp and /dev/shm of a limited size, gone at the end; another user without capabilities; no environment.
"""

import os
import shutil
import tempfile
from pathlib import Path
from subprocess import PIPE, Popen

from autograder.errors import Refusal
from autograder.sandbox import seccomp, shown

NOBODY = "65534"
START = "/opt/start"  # where the antechamber has its programs


def start(temporary, gpu=False):
    """The runner (`inside/runner.py`) behind bubblewrap, as a `Popen` with pipes.

    temporary: bytes that each of /tmp and /dev/shm may hold; gpu: whether NVIDIA's devices are passed on. Raises
    Refusal where bubblewrap is not installed.
    It starts with an empty environment, as that of bubblewrap itself can be read in /proc/1/environ; its arguments,
    which name folders of this machine, go through a file that it closes.
    """
    places, covers = shown.shown(), shown.covers()
    files, command, bubblewrap = [], [], _program("bwrap", "bubblewrap")
    if os.geteuid() == 0:
        command += [bubblewrap, "--args", _file_of(_joined(_antechamber(places)), files), *_setpriv()]
        places = {place: source if isinstance(source, str) else Path(place) for place, source in places.items()}
        bubblewrap = f"{START}/bwrap"
    arguments = [*_see_through(places, covers), *_walls(temporary), *_devices(gpu)]
    if calls := seccomp.program(gpu=gpu):
        arguments += ["--seccomp", _file_of(calls, files)]
    inside = [shown.python(), f"{shown.COURSE}/runner.py"]
    command += [bubblewrap, "--args", _file_of(_joined(arguments), files), *inside]
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


def _antechamber(places):
    """For root: a room with all that the sandbox shows, from where another user, who may enter no folder of root's, can
    start the sandbox proper. Root's own processes would be exempt from limits on their number. The room has a process
    namespace, as the sandbox proper does not hear of the death of a parent of another user."""
    programs = {"bwrap": "bubblewrap", "setpriv": "util-linux"}
    places = places | {f"{START}/{name}": Path(_program(name, package)) for name, package in programs.items()}
    return [
        *_see_through(places, {}), "--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev", "--perms", "1777",
        "--tmpfs", "/tmp", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--die-with-parent",
    ]  # fmt: skip


def _setpriv():
    return [f"{START}/setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]


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
        "OMP_NUM_THREADS": "1",  # see autograder/course/staging.py
        "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0",
        "USER": "student", **shown.environment(),
    }  # fmt: skip
    return [
        "--unshare-all", "--unshare-user", "--disable-userns", "--uid", NOBODY, "--gid", NOBODY, "--cap-drop", "ALL",
        "--die-with-parent", "--new-session", "--hostname", "sandbox", "--clearenv",
        *[word for name, value in environment.items() for word in ("--setenv", name, value)],
        "--proc", "/proc", "--dev", "/dev", "--size", size, "--tmpfs", "/dev/shm", "--size", size, "--tmpfs", "/tmp",
        "--ro-bind", "/dev/null", "/dev/zero",  # shared maps of it are memory that no limit sees
        "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp",
    ]  # fmt: skip


def _devices(gpu):
    found = sorted(Path("/dev").glob("nvidia*")) if gpu else []
    return [word for device in found for word in ("--dev-bind", str(device), str(device))]


def _see_through(places, covers):
    """Arguments that show everything at its place, read-only, in folders that another user may enter, but for `covers`
    ({place: entries of that folder}), over which something empty is laid."""
    arguments, empty = [], []
    for folder in sorted({str(folder) for place in places for folder in Path(place).parents} - {"/"}):
        arguments += ["--perms", "0755", "--dir", folder]
    for place, source in places.items():
        arguments += ["--symlink" if isinstance(source, str) else "--ro-bind", str(source), place]
        for entry in covers.get(place, []):
            if entry.is_dir():
                arguments += ["--tmpfs", f"{place}/{entry.name}"]
                empty.append(f"{place}/{entry.name}")
            else:
                arguments += ["--ro-bind", "/dev/null", f"{place}/{entry.name}"]
    return arguments + [word for place in empty for word in ("--remount-ro", place)]
