"""The memory that a process and all below it hold, and the sandbox in which they are, seen from outside.

What no process shows in its tables is either counted here or refused to the sandbox (see `seccomp.py`).
"""

import contextlib
import os
import re
from pathlib import Path

import psutil

# Its own pages, those it shares but for the files of libraries, those on the disk, and the tables of them all.
OF_A_PROCESS = re.compile(r"^(?:RssAnon|RssShmem|VmSwap|VmPTE|HugetlbPages):\s+(\d+) kB", re.MULTILINE)
IN_USE = re.compile(r"^(TCP6?|UDP6?): inuse (\d+)", re.MULTILINE)
SOCKET = 208 * 2**10  # bytes that can wait in one of UNIX, by Linux's default
FILE = 2**10  # of the kernel, for a file in memory, however empty
GONE = (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError)


def held(process, temporary):
    """Bytes that are held below a `Popen`; temporary: the size of the sandbox's folders in memory, by which they are
    known."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return 0
    total, seen = 0, {_network("self")}
    for member in family:
        with contextlib.suppress(*GONE):
            total += _of_process(member)
        with contextlib.suppress(*GONE, PermissionError):  # of another user's processes, outside the sandbox
            if (network := _network(member.pid)) not in seen:
                total += _in_sockets(member.pid) + _in_files(member.pid, temporary)
                seen.add(network)
    return total


def _of_process(process):
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except FileNotFoundError:
        return process.memory_info().rss  # no Linux
    return 1024 * sum(map(int, OF_A_PROCESS.findall(status)))


def _network(pid):
    """The network of a process: all in a sandbox have the same, and nobody else has."""
    return os.readlink(f"/proc/{pid}/ns/net") if os.path.exists("/proc") else None


def _in_sockets(pid):
    """What waits in the sockets of a process's network; of those of UNIX at the most, as the kernel does not tell."""
    network = Path(f"/proc/{pid}/net")
    total = SOCKET * (network / "unix").read_text().count("\n")
    # How many there are is told at once; for their table the kernel looks through that of the whole machine.
    numbers = "".join(path.read_text() for path in (network / "sockstat", network / "sockstat6") if path.exists())
    unused = {kind.lower() for kind, number in IN_USE.findall(numbers) if number == "0"}
    for name in {"tcp", "tcp6", "udp", "udp6"} - unused:
        if (path := network / name).exists():
            queues = [line.split()[4] for line in path.read_text().splitlines()[1:]]  # bytes sent and received, as 1F:0
            total += sum(int(size, 16) for queue in queues for size in queue.split(":"))
    return total


def _in_files(pid, temporary):
    """What the kernel holds for the files in a sandbox's folders in memory, beside their contents."""
    total = 0
    for folder in ("tmp", "dev/shm"):
        found = os.statvfs(f"/proc/{pid}/root/{folder}")
        if found.f_blocks * found.f_frsize == temporary:  # that of the machine, while the sandbox is being built
            total += FILE * (found.f_files - found.f_ffree)
    return total
