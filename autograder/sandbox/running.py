"""Untrusted code run in the sandbox: all that goes in is a job, all that comes out a bounded number of bytes.

The walls are those of `bubblewrap.py`; jobs and the lines that come back are described in `inside/runner.py`.
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from subprocess import PIPE, Popen

import msgspec
import psutil

from autograder.errors import Refusal
from autograder.layout import ANSWERS, helper_files
from autograder.sandbox import bubblewrap, memory, shown
from autograder.sandbox.inside.runner import DEATH, FLOOD, too_slow

START_SECONDS, SLACK_SECONDS = 90, 15  # for the first line, and beyond a cell's own time
TICK = 0.2  # seconds between two looks at the time and the memory
MOST_COMPLAINT = 4000  # bytes kept of standard error


@dataclass(frozen=True)
class Limits:
    """What one notebook may use; seconds and bytes."""

    seconds: float = 300
    memory: int = 4 * 2**30  # held by all its processes together, and of each
    processes: int = 256  # threads count
    file: int = 128 * 2**20
    files: int = 256  # open at once, in each process
    temporary: int = 256 * 2**20  # each of /tmp and /dev/shm
    output: int = 2 * 2**20  # of one cell
    crossing: int = 16 * 2**20  # all that comes out; as Python's objects it can take 20 times the memory


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """What the runner said of a step; a student's code can write to the same pipe."""

    outputs: list
    error: str
    ended: str
    stopped: bool
    results: str | None


@dataclass
class Session:
    """What came out: whether the kernel was there, a `Line` for each step, why it was ended from outside ("" where it
    was not), and what went to stderr."""

    is_ready: bool = False
    lines: list[Line] = field(default_factory=list)
    ended: str = ""
    complaint: str = ""


def run(steps, limits, *, gpu=False, safe=True, helpers=None):
    """Run the steps of a job (see `inside/runner.py`) in a sandbox of their own, and return the `Session`.

    safe: False runs them without bubblewrap, with the rights of the caller and only the limits on time and memory.
    helpers: modules that the code imports in place of the repository's, {path: text}.
    """
    most = {"memory": limits.memory if safe else None, "processes": limits.processes if safe else None,
            "file": limits.file, "files": limits.files, "output": limits.output}  # fmt: skip
    ours = {name: file.read_text(encoding="utf-8") for name, file in helper_files().items() if name not in ANSWERS}
    job = json.dumps({"limits": most, "helpers": ours | (helpers or {}), "steps": steps}).encode()
    with contextlib.ExitStack() as stack:
        if safe:
            process = stack.enter_context(bubblewrap.start(limits.temporary, gpu))
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="losssurf-"))
            process = stack.enter_context(_start_unsafe(folder))
        stack.callback(_kill, process)
        threading.Thread(target=_send, args=(job, process.stdin), daemon=True).start()
        patience = [START_SECONDS, *[step["seconds"] + SLACK_SECONDS for step in steps], SLACK_SECONDS]
        session = _listen(process, limits, patience)
    session.lines = _up_to_a_claim(session.lines, steps)
    return session


def _send(job, stream):
    # A pipe and not a file: of a file the sandbox could open its own end again, and write.
    with contextlib.suppress(BrokenPipeError), stream:
        stream.write(job)


# ---------------------------------------------------------------------------------------------------- without a sandbox


def _start_unsafe(folder):
    """The runner as a plain child, in a folder of its own."""
    for name, file in shown.files_inside().items():
        os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
        shutil.copy(file, f"{folder}/{name}")
    environment = {**os.environ, "LOSSSURF_PROFILE": "quick", "OMP_NUM_THREADS": "1", "PYTHONPATH": folder}
    return Popen(
        [sys.executable, f"{folder}/runner.py"], stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=folder,
        env={**environment, "TMPDIR": folder}, start_new_session=True,
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
    return Session(*_as_lines(out), ended, complaint.decode(errors="replace").strip())


def _used_up(process, limits, deadline, size):
    if time.monotonic() > deadline:
        return "did not end in its time"
    if size > limits.crossing:
        return "sent more bytes than any answer needs"
    if memory.held(process, limits.temporary) > limits.memory:
        return f"used more than {limits.memory / 2**30:g} GB of memory"
    return ""


def _as_lines(out):
    """Whether the runner was ready, and its `Line`s up to the first that is none, as where its writer was stopped."""
    first, *rest = bytes(out).split(b"\n")
    is_ready, lines = False, []
    with contextlib.suppress(ValueError, RecursionError):
        is_ready = json.loads(first) == {"ready": True}
        for line in rest if is_ready else []:
            lines.append(msgspec.convert(json.loads(line), Line))
    return is_ready, lines


def _up_to_a_claim(lines, steps):
    """The lines before the first whose step ended for a reason that our runner never gives.

    Students are told the reason, and who has forged it may know the hidden inputs.
    """
    for number, (line, step) in enumerate(zip(lines, steps, strict=False)):
        if line.ended not in ("", FLOOD, DEATH, too_slow(step["seconds"])):
            return lines[:number]
    return lines


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
    try:
        session = run([{"source": code, "seconds": 60, "inputs": None}], Limits(seconds=120), gpu=gpu)
    except Refusal as refusal:
        raise Refusal(f"{refusal}\n{UNSAFE_ADVICE}") from None
    line = session.lines[0] if session.lines else None
    if not line or line.error or line.ended:
        said = line.error or line.ended if line else ""
        raise Refusal(_explain(said or session.ended or session.complaint))
    if gpu and "True" not in str(line.outputs):
        raise Refusal("In the sandbox PyTorch finds no GPU.\nChoose --device cpu.")


UNSAFE_ADVICE = "Grade on another machine, or with --unsafe, which runs students' code with all your rights."
UBUNTU = (
    "User namespaces are restricted here, as Ubuntu 24.04 does for most programs. Root can allow them: "
    "sysctl kernel.apparmor_restrict_unprivileged_userns=0"
)
REMEDIES = {
    "user namespace": "User namespaces are switched off here, as Ubuntu 24.04 does for most programs. Root can allow "
    "them to bubblewrap with an AppArmor profile, or to all: sysctl kernel.apparmor_restrict_unprivileged_userns=0 "
    "(Ubuntu), sysctl kernel.unprivileged_userns_clone=1 (Debian). In a container they must be allowed from outside.",
    "RTM_NEWADDR": UBUNTU,
    "Unknown option": "This bubblewrap is too old: the sandbox needs version 0.8 or newer.",
    "uid map": UBUNTU,
    "Permission denied": "The sandbox's user cannot enter a folder that it needs. Keep Python and its packages where "
    "others may read.",
}


def _explain(complaint):
    remedy = next((text for words, text in REMEDIES.items() if words in complaint), "")
    return "\n".join(part for part in (f"The sandbox does not work here: {complaint}", remedy, UNSAFE_ADVICE) if part)
