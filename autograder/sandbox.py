"""Untrusted code in a bubblewrap sandbox: all that goes in is a job, all that comes out a bounded number of bytes.

In there: no network; nothing of the file system but Python, its packages, the system's libraries and the course's
helper modules, all read-only; /tmp and /dev/shm of a limited size, gone at the end; another user without capabilities;
no environment. The jobs and the lines that come back are described in `inside/runner.py`.
"""

import contextlib
import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psutil

from autograder import seccomp
from autograder.errors import Refusal
from autograder.layout import helper_modules

NOBODY = "65534"
INSIDE = Path(__file__).parent / "inside"
COURSE, PACKAGES, PYTHON = "/opt/course", "/opt/packages", "/opt/python"  # as the sandbox shows them
START_SECONDS, SLACK_SECONDS = 90, 15  # for the first line, and beyond a cell's own time
TICK = 0.2  # seconds between two looks at the time and the memory
MOST_COMPLAINT = 4000  # bytes kept of standard error
PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


@dataclass(frozen=True)
class Limits:
    """What one notebook may use; seconds and bytes."""

    seconds: float = 300
    memory: int = 4 * 2**30  # of all its processes together, and of each
    processes: int = 256  # threads count
    file: int = 128 * 2**20
    files: int = 256  # open at once, in each process
    temporary: int = 256 * 2**20  # each of /tmp and /dev/shm
    output: int = 2 * 2**20  # of one cell
    crossing: int = 16 * 2**20  # all that comes out; as Python's objects it can take 20 times the memory


@dataclass
class Session:
    """What came out: the lines, why it was ended from outside ("" where it was not), and what went to stderr."""

    lines: list = field(default_factory=list)
    ended: str = ""
    complaint: str = ""


def run(steps, limits, *, gpu=False, safe=True):
    """Run the steps of a job (see `inside/runner.py`) in a sandbox of their own, and return the `Session`.

    safe: False runs them without bubblewrap, with the rights of the caller and only the limits on time and memory.
    """
    most = {"memory": limits.memory if safe else None, "processes": limits.processes if safe else None,
            "file": limits.file, "files": limits.files, "output": limits.output}  # fmt: skip
    job = json.dumps({"limits": most, "steps": steps}).encode()
    with contextlib.ExitStack() as stack:
        if safe:
            process = stack.enter_context(_start_sandboxed(limits, gpu))
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="losssurf-"))
            process = stack.enter_context(_start_unsafe(folder))
        stack.callback(_kill, process)
        threading.Thread(target=_send, args=(job, process.stdin), daemon=True).start()
        patience = [START_SECONDS, *[step["seconds"] + SLACK_SECONDS for step in steps], SLACK_SECONDS]
        return _listen(process, limits, patience)


def _send(job, stream):
    # A pipe and not a file: of a file the sandbox could open its own end again, and write.
    with contextlib.suppress(BrokenPipeError), stream:
        stream.write(job)


# ------------------------------------------------------------------------------------------------------- bubblewrap


def _start_sandboxed(limits, gpu):
    """The runner behind bubblewrap.

    Started with an empty environment, as that of bubblewrap itself can be read in /proc/1/environ; its arguments, which
    name folders of this machine, go through a file that it closes.
    """
    shown = _shown()
    files, command = [], []
    if os.geteuid() == 0:
        command += [_bubblewrap(), "--args", _file_of(_joined(_antechamber(shown)), files), *_setpriv()]
        shown = {place: source if isinstance(source, str) else Path(place) for place, source in shown.items()}
    arguments = [*_see_through(shown), *_masks(), *_walls(limits), *_devices(gpu)]
    if calls := seccomp.program():
        arguments += ["--seccomp", _file_of(calls, files)]
    command += [_bubblewrap(), "--args", _file_of(_joined(arguments), files), _python(), f"{COURSE}/runner.py"]
    try:
        return subprocess.Popen(
            command, **PIPES, env={}, cwd="/", pass_fds=[file.fileno() for file in files], start_new_session=True
        )
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


def _walls(limits):
    """The arguments but those that say what is to be seen."""
    size = str(limits.temporary)
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
    files = [*helper_modules(), *INSIDE.glob("[!_]*.py")]
    return shown | _packages() | {f"{COURSE}/{file.name}": file for file in files}


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


# ---------------------------------------------------------------------------------------------------- without a sandbox


def _start_unsafe(folder):
    """The runner as a plain child, in a folder of its own."""
    for file in [*helper_modules(), *INSIDE.glob("[!_]*.py")]:
        shutil.copy(file, folder)
    environment = {**os.environ, "LOSSSURF_PROFILE": "quick", "OMP_NUM_THREADS": "1", "PYTHONPATH": folder}
    return subprocess.Popen(
        [sys.executable, f"{folder}/runner.py"], **PIPES, env={**environment, "TMPDIR": folder}, cwd=folder,
        start_new_session=True,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- while it is running


def _listen(process, limits, patience):
    """Read what comes out until all is said, or the time, the memory or the bytes are used up.

    patience: seconds to wait for each line, and for the end; the runner itself may have been stopped.
    """
    out, complaint, ended = bytearray(), bytearray(), ""
    end, heard, last = time.monotonic() + limits.seconds, 0, time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, out)
        selector.register(process.stderr, selectors.EVENT_READ, complaint)
        while selector.get_map() and not ended:
            for key, _ in selector.select(TICK):
                data = os.read(key.fd, 2**16)
                key.data.extend(data[: MOST_COMPLAINT - len(complaint)] if key.data is complaint else data)
                if not data:
                    selector.unregister(key.fileobj)
            if (lines := out.count(b"\n")) > heard:
                heard, last = lines, time.monotonic()
            ended = _used_up(process, limits, min(end, last + patience[min(heard, len(patience) - 1)]), len(out))
    return Session(_as_lines(out), ended, complaint.decode(errors="replace").strip())


def _used_up(process, limits, deadline, size):
    if time.monotonic() > deadline:
        return "did not end in its time"
    if size > limits.crossing:
        return "sent more bytes than any answer needs"
    if _memory(process) > limits.memory:
        return f"used more than {limits.memory / 2**30:g} GB of memory"
    return ""


def _memory(process):
    """Bytes that the process and all below it use: their own, and what they share but for the files of libraries."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return 0
    used = 0
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            used += _own_memory(member)
    return used


def _own_memory(process):
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except FileNotFoundError:
        return process.memory_info().rss  # no Linux
    return 1024 * sum(int(size) for size in re.findall(r"^Rss(?:Anon|Shmem):\s+(\d+) kB", status, re.MULTILINE))


def _as_lines(out):
    """The lines of JSON up to the first that is none, for instance as its writer was stopped."""
    lines = []
    for line in bytes(out).split(b"\n"):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            break
        if not _is_line(value, first=not lines):
            break
        lines.append(value)
    return lines


LINE = {"outputs": list, "error": str, "ended": str, "stopped": bool, "results": (str, type(None))}


def _is_line(value, first):
    """Whether it is a line that our runner writes; a student's code can write to the same pipe."""
    if not isinstance(value, dict) or first:
        return value == {"ready": True}
    return set(value) == set(LINE) and all(isinstance(value[key], kind) for key, kind in LINE.items())


def _kill(process):
    """End the process and all below it; that of a sandbox takes the whole sandbox along."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    for pid in [process.pid, *[member.pid for member in family]]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


# ------------------------------------------------------------------------------------------------------ does it work?


@cache
def refuse_where_it_does_not_work(gpu=False):
    """Try the sandbox, once a process; raise Refusal with the reason, and what to do, where it cannot run a cell."""
    if sys.platform != "linux":
        raise Refusal("The sandbox needs Linux.\n" + UNSAFE_ADVICE)
    code = "import numpy, safetensors" if not gpu else "import torch; print(torch.cuda.is_available())"
    session = run([{"source": code, "seconds": 60, "inputs": None}], Limits(seconds=120), gpu=gpu)
    line = session.lines[1] if len(session.lines) > 1 else {}
    if not line or line["error"] or line["ended"]:
        raise Refusal(_explain(line.get("error") or line.get("ended") or session.ended or session.complaint))
    if gpu and "True" not in str(line["outputs"]):
        raise Refusal("In the sandbox PyTorch finds no GPU.\nChoose --device cpu.")


UNSAFE_ADVICE = "Grade on another machine, or with --unsafe, which runs students' code with all your rights."
REMEDIES = {
    "user namespace": "User namespaces are switched off here, as Ubuntu 24.04 does for most programs. Root can allow "
    "them to bubblewrap with an AppArmor profile, or to all: sysctl kernel.apparmor_restrict_unprivileged_userns=0 "
    "(Ubuntu), sysctl kernel.unprivileged_userns_clone=1 (Debian). In a container they must be allowed from outside.",
    "RTM_NEWADDR": "User namespaces are restricted here, as Ubuntu 24.04 does for most programs. Root can allow them: "
    "sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    "Unknown option": "This bubblewrap is too old: the sandbox needs version 0.8 or newer.",
    "uid map": "User namespaces are restricted here, as Ubuntu 24.04 does for most programs. Root can allow them: "
    "sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    "Permission denied": "The sandbox's user cannot enter a folder that it needs. Keep Python and its packages where "
    "others may read.",
}


def _explain(complaint):
    remedy = next((text for words, text in REMEDIES.items() if words in complaint), "")
    return "\n".join(part for part in (f"The sandbox does not work here: {complaint}", remedy, UNSAFE_ADVICE) if part)
