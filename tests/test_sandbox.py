"""The sandbox, with the real bubblewrap: what code in it can see, take, write, reach and leave behind."""

import contextlib
import errno
import inspect
import json
import os
import platform
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import uuid
from pathlib import Path

import psutil
import pytest

from autograder.errors import Refusal
from autograder.layout import REPO
from autograder.sandbox import running as sandbox
from autograder.sandbox import seccomp, shown
from autograder.sandbox.running import Limits, Line

pytestmark = pytest.mark.usefixtures("sandbox_here")

SOON = 5  # seconds within which what was killed is gone


def run(*sources, seconds=20, **limits):
    """The session of these steps, within the limits."""
    steps = [{"source": source, "seconds": seconds, "inputs": None} for source in sources]
    return sandbox.run(steps, Limits(**{"seconds": 60, **limits}))


def printed(line):
    """What a step printed; it must have come to its end."""
    assert not line.error and not line.ended, line
    return "".join(output.get("text", "") for output in line.outputs)


def processes_with(mark):
    """The processes of this machine in whose command line the mark stands."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE and mark in " ".join(process.info["cmdline"] or []):
            found.append(process)
    return found


def comes_true(condition, seconds=SOON):
    """Whether the condition comes true within some seconds."""
    deadline = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return true


@pytest.fixture
def mark():
    """Seconds to sleep, as text, that no other process of this machine sleeps."""
    return f"1000.{uuid.uuid4().int}"


# ------------------------------------------------------------------------------------------------------- what it sees

LOOK = """
import ctypes, glob, json, os, socket, tempfile
from pathlib import Path

def attempt(act, *arguments):
    try:
        return str(act(*arguments))
    except Exception as error:
        return type(error).__name__ + ": " + str(error)

def connect(family, address):
    with socket.socket(family) as connection:
        connection.settimeout(2)
        connection.connect(address)

def got_a_user_namespace():
    child = os.fork()  # of a process with threads the kernel would refuse it anyway
    if child == 0:
        os._exit(ctypes.CDLL(None).unshare(0x10000000) == 0)
    return os.waitpid(child, 0)[1] != 0

def call(number):
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.syscall(number, -1, 0, 0, 0, 0), ctypes.get_errno()

places = ["/", "/usr", "/etc", "/opt", "/opt/course", "/opt/python", *glob.glob("/opt/packages/*/*"), "/dev", "/tmp",
          "/dev/shm", "/proc/sys/kernel"]
print(json.dumps({
    "status": Path("/proc/self/status").read_text(),
    "environments": [attempt(Path(path).read_text) for path in sorted(glob.glob("/proc/[0-9]*/environ"))],
    "commands": [attempt(Path(path).read_text) for path in sorted(glob.glob("/proc/[0-9]*/cmdline"))],
    "of the runner": [attempt(open, f"/proc/{os.getppid()}/{name}") for name in ("mem", "maps", "environ", "fd/1")],
    "root": os.listdir("/"),
    "course": [os.path.relpath(f"{place}/{name}", "/opt/course")
               for place, _, names in os.walk("/opt/course") for name in names],
    "devices": os.listdir("/dev"),
    "seen": [path for path in PATHS if os.path.lexists(path)],
    "checks": glob.glob("/opt/**/autograder/*", recursive=True),
    "import": attempt(__import__, "autograder"),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "internet": attempt(connect, socket.AF_INET, ("192.0.2.1", 80)),
    "port": attempt(connect, socket.AF_INET, ("127.0.0.1", PORT)),
    "abstract": attempt(connect, socket.AF_UNIX, "\\0" + NAME),
    "writable": [place for place in places if "Error" not in attempt(tempfile.mkdtemp, "", "", place)],
    "said to be writable": [folder for folder, _, _ in os.walk("/") if os.access(folder, os.W_OK)],
    "files": {file: attempt(open, file, "a") for file in ("/opt/course/runner.py", "/etc/ld.so.cache", json.__file__)},
    "got a user namespace": got_a_user_namespace(),
    "calls": [call(number) for number in CALLS],
    "hostname": socket.gethostname(),
    "host processes": len(glob.glob("/proc/[0-9]*")),
}))
"""
PRIVATE = [REPO, REPO / "solutions", "/root", "/home", "/srv", "/var", "/run", "/etc/passwd", "/etc/shadow", "/sys",
           "/opt/course/autograder", "/proc/1/root/root", Path.home(), "/usr/src/autograder"]  # fmt: skip


@pytest.fixture(scope="module")
def look():
    """What code in the sandbox finds when it looks around."""
    name = f"losssurf-{uuid.uuid4()}"
    os.environ["LOSSSURF_TEST_SECRET"] = name
    with socket.create_server(("127.0.0.1", 0)) as port, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0" + name)
        abstract.listen()
        calls = seccomp.REFUSED.get(platform.machine(), [])
        settings = {"PORT": port.getsockname()[1], "NAME": name, "PATHS": [*map(str, PRIVATE)], "CALLS": calls}
        session = run(f"globals().update({settings!r})" + LOOK)
    del os.environ["LOSSSURF_TEST_SECRET"]
    return {**json.loads(printed(session.lines[0])), "secret": name}


def test_nothing_of_the_repository_the_checks_or_the_users_is_seen(look):
    assert look["seen"] == [] and look["checks"] == []
    assert look["import"] == "ModuleNotFoundError: No module named 'autograder'"


def test_no_helper_that_does_what_a_task_asks_for_is_there():
    code = "import lab_cnn_solution, losssurf_lab_utils, losssurf_lab.spectrum\ntry:\n    import losssurf_lab.traced"
    session = run(f"{code}\nexcept ImportError as error:\n    print(error)")
    assert printed(session.lines[0]) == "No module named 'losssurf_lab.traced'\n"


def test_only_systems_folders_python_and_what_runs_the_cells_are_seen(look):
    system = {"usr", "bin", "lib", "lib32", "lib64", "etc", "proc", "dev", "tmp", "opt"}
    assert {"usr", "opt"} <= set(look["root"]) <= system
    assert set(look["course"]) == set(shown.files_inside())
    modules = {name.rpartition("/")[2] for name in look["course"] if "/" in name}
    assert modules == {"__init__.py", "calling.py", "networks.py", "drive.py"}


def test_the_memory_and_the_pipes_of_the_runner_are_closed(look):
    """It has the hidden inputs of the checks to come, and the way out."""
    assert all(outcome.startswith("PermissionError") for outcome in look["of the runner"])


def test_the_environment_is_none_of_the_graders(look):
    of_bubblewrap, _, of_the_kernel = look["environments"]
    assert of_bubblewrap.strip("\0") in ("", "PWD=/")
    names = {entry.partition("=")[0] for entry in of_the_kernel.split("\0")} - {"", "JPY_PARENT_PID"}
    where_libpython_is = {"LD_LIBRARY_PATH"} if sysconfig.get_config_var("Py_ENABLE_SHARED") else set()
    assert names - where_libpython_is == {
        "HOME", "LANG", "LOSSSURF_PROFILE", "MPLCONFIGDIR", "OMP_NUM_THREADS", "PATH", "PWD", "USER",
        "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "PYTHONPATH",
    }  # fmt: skip
    for text in [*look["environments"], *look["commands"]]:
        assert look["secret"] not in text and str(REPO) not in text


def test_it_is_nobody_without_rights(look):
    status = dict(line.split(":\t", 1) for line in look["status"].splitlines())
    assert status["Uid"].split() == status["Gid"].split() == ["65534"] * 4 and not status["Groups"].strip()
    assert {status[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1"
    assert not look["got a user namespace"], "it would give it rights again"


def test_calls_of_the_kernel_that_take_or_see_more_fail_as_if_there_were_none(look):
    assert all(outcome == [-1, errno.ENOSYS] for outcome in look["calls"])


def test_it_has_no_network_and_reaches_no_socket_of_the_machine(look):
    assert look["interfaces"] == ["lo"]
    assert look["internet"] == "OSError: [Errno 101] Network is unreachable"
    assert look["port"].startswith("ConnectionRefusedError") and look["abstract"].startswith("ConnectionRefusedError")


def test_it_can_write_to_the_temporary_folders_only(look):
    assert look["writable"] == ["/tmp", "/dev/shm"]
    others = [folder for folder in look["said to be writable"] if not folder.startswith(("/tmp", "/dev/", "/proc"))]
    assert others == []
    for said in look["files"].values():
        assert "Read-only file system" in said or "Permission denied" in said


def test_it_sees_its_own_processes_and_devices_only(look):
    assert look["host processes"] == 3 and look["hostname"] == "sandbox"
    assert not {device for device in look["devices"] if device.startswith(("sd", "vd", "nvme", "nvidia", "kmsg"))}


# ------------------------------------------------------------------------------------------------------ what it may use

MB = 2**20
LIMITED = {
    "memory": "x = bytearray(2**30)",
    "file": "open('/tmp/file', 'wb').write(bytes(3 * 2**20))",
    "processes": """
import subprocess
started = []
try:
    while True:
        started.append(subprocess.Popen(["sleep", "100"]))
except OSError as error:
    print(len(started), error)
for process in started:
    process.kill()
    process.wait()""",
    "output": "while True: print('x' * 1000)",
    "time": "while True: pass",
    "/tmp": "for i in range(100): open(f'/tmp/{i}', 'wb').write(bytes(2**20))",
    "/dev/shm": "for i in range(100): open(f'/dev/shm/{i}', 'wb').write(bytes(2**20))",
    "after all this": "print('still here')",
}


@pytest.fixture(scope="module")
def limited():
    """{name: line} of steps each of which goes to a limit."""
    limits = {"memory": 400 * MB, "file": 2 * MB, "processes": 60, "temporary": 8 * MB, "output": 100_000}
    session = run(*LIMITED.values(), seconds=2, **limits)
    assert not session.ended
    return dict(zip(LIMITED, session.lines, strict=True))


@pytest.mark.parametrize(("limit", "error"), [
    ("memory", "MemoryError"), ("file", "File too large"), ("/tmp", "No space left"), ("/dev/shm", "No space left"),
])  # fmt: skip
def test_at_a_limit_the_code_gets_an_error(limited, limit, error):
    assert error in limited[limit].error and not limited[limit].stopped


def test_at_the_limit_of_processes_no_more_start(limited):
    number, error = printed(limited["processes"]).split(maxsplit=1)
    assert 5 < int(number) < 60 and "temporarily unavailable" in error


@pytest.mark.parametrize(("limit", "reason"), [
    ("output", "printed more than is kept"), ("time", "did not end within 2 s")
])  # fmt: skip
def test_at_a_limit_the_cell_is_interrupted(limited, limit, reason):
    assert limited[limit].ended == reason and not limited[limit].stopped


def test_cells_after_those_at_a_limit_run(limited):
    assert "still here" in printed(limited["after all this"])


def test_memory_of_several_processes_together_ends_the_session():
    source = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        x = bytearray(b"x") * (150 * 2**20)
        time.sleep(100)
time.sleep(100)"""
    session = run(source, seconds=50, memory=400 * MB)
    assert session.ended == "used more than 0.390625 GB of memory" and session.is_ready and session.lines == []


OUT_OF_SIGHT = {
    "in sockets": """
import os, socket, time
for _ in range(8):
    if os.fork() == 0:
        pairs = []
        while True:
            try:
                pairs.append(socket.socketpair())
            except OSError:
                time.sleep(100)
            for end in pairs[-1]:
                end.setblocking(False)
                try:
                    while True:
                        end.send(bytes(4096))
                except BlockingIOError:
                    pass
time.sleep(100)""",
    "in tables of pages that hold nothing": """
import mmap, time
size = 2**40
room = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, mmap.PROT_READ)
room.madvise(mmap.MADV_NOHUGEPAGE)
for start in range(0, size, 2**21):
    room[start]
time.sleep(100)""",
    "in files without content": """
import os, time
for number in range(800_000):
    os.close(os.open(f"/tmp/{number}", os.O_CREAT))
time.sleep(100)""",
}


@pytest.mark.parametrize("source", OUT_OF_SIGHT.values(), ids=OUT_OF_SIGHT)
def test_memory_that_the_kernel_holds_for_it_ends_the_session(source):
    assert run(source, seconds=50, memory=400 * MB).ended == "used more than 0.390625 GB of memory"


SHARED = """
import ctypes, errno, mmap, os, socket
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype, libc.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, *[ctypes.c_long] * 5]

def attempt(flags, handle=-1):
    libc.mmap(None, 2**20, 3, flags, handle, 0)
    return errno.errorcode.get(ctypes.get_errno())

shared_and_anonymous = [attempt(0x21), attempt(0x23), attempt(0x20 | 0x01 | 0x4000)]
try:
    attempt(0x01, os.open("/dev/zero", os.O_RDWR))
    shared_and_anonymous.append("got it")
except OSError as error:
    shared_and_anonymous.append(errno.errorcode[error.errno])
with open("/dev/shm/file", "wb+") as file:
    file.truncate(2**20)
    mmap.mmap(file.fileno(), 2**20)[5] = 1
mmap.mmap(-1, 2**20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)[5] = 1
try:
    socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**24)
except OSError as error:
    print(errno.errorcode[error.errno], *shared_and_anonymous)
"""


@pytest.mark.skipif(platform.machine() not in seccomp.REFUSED, reason="the filter does not know this machine's calls")
def test_memory_that_its_holder_can_hide_is_not_to_be_had_and_shared_files_and_private_maps_are():
    assert printed(run(SHARED).lines[0]).split() == ["ENOSYS"] * 4 + ["EACCES"]


def test_workers_of_a_loader_share_tensors():
    source = """
from multiprocessing import Array
from torch import zeros
from torch.utils.data import DataLoader, TensorDataset
print(sum(len(x) for x, in DataLoader(TensorDataset(zeros(100, 3)), batch_size=10, num_workers=2)), Array("d", 3)[0])"""
    assert printed(run(source, seconds=50).lines[0]) == "100 0.0\n"


def test_all_together_take_no_longer_than_the_session_may():
    session = run_for(4, "while True: pass")
    assert session.ended == "did not end in its time"


def run_for(seconds, source):
    """A session that is shorter than its step may be."""
    return sandbox.run([{"source": source, "seconds": 50, "inputs": None}], Limits(seconds=seconds))


def test_no_more_comes_out_than_may_cross():
    session = run("print('x' * 2**20)", "print('x' * 2**20)", crossing=MB)
    assert session.ended == "sent more bytes than any answer needs"


def test_a_cell_that_ignores_the_interrupt_is_stopped_with_all_that_follows():
    source = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: time.sleep(1)"
    session = run(source, "print('never')", seconds=1)
    assert [line.ended for line in session.lines] == ["did not end within 1 s"] and session.lines[0].stopped


@pytest.mark.parametrize("reason", ["did not end within 0.123 s", "did not end within 2 s: 0.123", "0.123"])
def test_a_reason_that_the_runner_never_gives_is_not_told_nor_what_follows(reason):
    def line(ended):
        return Line([], "", ended, False, None)

    genuine = [line(""), line("did not end within 2 s"), line("printed more than is kept")]
    steps = [{"seconds": 2}] * 5
    assert sandbox._up_to_a_claim(genuine, steps) == genuine
    assert sandbox._up_to_a_claim([*genuine, line(reason), line("")], steps) == genuine


GENUINE = {"outputs": [], "error": "", "ended": "", "stopped": False, "results": None}


@pytest.mark.parametrize(
    "forged", [
        b"", b"no JSON", b"[]", b"3", b'{"ready": true}', b"[" * 100_000, json.dumps({**GENUINE, "more": 1}).encode(),
        *(json.dumps({**GENUINE, key: 1}).encode() for key in GENUINE),
        *(json.dumps({name: GENUINE[name] for name in GENUINE if name != key}).encode() for key in GENUINE),
    ]
)  # fmt: skip
def test_nothing_is_taken_from_a_line_of_another_form_on(forged):
    ready, line = b'{"ready": true}', json.dumps(GENUINE).encode()
    assert sandbox._as_lines(b"\n".join([ready, line, forged, line])) == (True, [Line(**GENUINE)])
    assert sandbox._as_lines(b"\n".join([forged, line]))[1] == [Line(**GENUINE)] * (forged == ready)


def test_a_cell_that_ends_its_kernel_is_stopped_and_told_from_one_that_ends_the_sandbox():
    ended = run("import os; os._exit(1)", "print('never')")
    assert [(line.stopped, line.ended) for line in ended.lines] == [(True, "killed the kernel, or used up its memory")]
    killed = run("import os; os.kill(os.getppid(), 9)", "print('never')")
    assert (killed.is_ready, killed.lines, killed.ended) == (True, [], "")


def test_inputs_are_laid_there_and_results_come_back():
    source = """
from pathlib import Path
Path("EXCHANGE", "results").write_bytes(Path("EXCHANGE", "inputs").read_bytes() * 2)"""
    step = {"source": source, "seconds": 20, "inputs": "YWI="}
    lines = sandbox.run([step, {**step, "source": "1"}, {**step, "inputs": None}], Limits(seconds=60)).lines
    assert [line.results for line in lines] == ["YWJhYg==", None, None], "results of one step are no other's"


# --------------------------------------------------------------------------------------------------- what stays behind

LEAVE = """
import os, signal, subprocess
subprocess.Popen(["sleep", {mark!r}])
if os.fork() == 0:
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", {mark!r}])
    os._exit(0)
"""


def test_neither_processes_nor_files_are_left_behind(tmp_path, monkeypatch, mark):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    started = []
    watch = threading.Thread(target=lambda: started.append(comes_true(lambda: processes_with(mark))))
    watch.start()
    session = run(LEAVE.format(mark=mark) + "import time; time.sleep(1)")
    watch.join()
    assert started[0] and not session.lines[0].error, "the processes were there"
    assert comes_true(lambda: not processes_with(mark))
    assert [*tmp_path.iterdir()] == []


def is_alive(process):
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def test_nothing_goes_on_where_the_process_that_grades_is_killed(mark):
    code = f"""
from autograder.sandbox import running as sandbox
source = {LEAVE.format(mark=mark)!r} + "while True: pass"
sandbox.run([{{"source": source, "seconds": 100, "inputs": None}}], sandbox.Limits())
"""
    family = []
    with subprocess.Popen([sys.executable, "-c", code], cwd=REPO) as grader:
        try:
            assert comes_true(lambda: len(processes_with(mark)) > 2, 30)
            family = psutil.Process(grader.pid).children(recursive=True)
        finally:
            grader.kill()
    try:
        assert len(family) > 3
        assert comes_true(lambda: not any(map(is_alive, family)))
    finally:
        for process in filter(is_alive, family):
            process.kill()


# -------------------------------------------------------------------------------------------------- where there is none


@pytest.fixture
def path_with(tmp_path, monkeypatch):
    """A function that leaves on PATH only the programs told, {name: its lines of shell}."""

    def leave(**programs):
        for name, script in programs.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return leave


def refusal():
    """What is said where the sandbox does not work, asked for anew."""
    with pytest.raises(Refusal) as refused:
        inspect.unwrap(sandbox.refuse_where_it_does_not_work)()
    return str(refused.value)


def test_where_bubblewrap_is_missing_its_package_is_named(path_with):
    path_with(setpriv="exit 1")
    first, second, third = refusal().split("\n")
    assert first == "The sandbox needs bwrap, and it is not installed."
    assert second == "Install it: apt-get install bubblewrap" and "--unsafe" in third


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs setpriv")
def test_where_setpriv_is_missing_its_package_is_named(path_with):
    path_with(bwrap="exit 1")
    assert "Install it: apt-get install util-linux\n" in refusal()


@pytest.mark.parametrize(("complaint", "remedy"), [
    ("bwrap: setting up uid map: Permission denied", "kernel.apparmor_restrict_unprivileged_userns=0"),
    ("bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user "
     "namespaces. See <https://deb.li/bubblewrap> or <file:///usr/share/doc/bubblewrap/README.Debian.gz>.",
     "kernel.unprivileged_userns_clone=1"),
    ("bwrap: execvp /usr/bin/bwrap: Permission denied", "where others may read"),
    ("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", "kernel.apparmor_restrict_unprivileged_userns=0"),
    ("bwrap: Unknown option --disable-userns", "0.8 or newer"),
], ids=["uid map", "namespace", "folder", "loopback of Ubuntu 24.04", "old bubblewrap"])  # fmt: skip
def test_where_bubblewrap_fails_its_message_a_remedy_and_the_way_without_are_told(path_with, complaint, remedy):
    path_with(bwrap=f"echo '{complaint}' >&2; exit 1", setpriv="exit 1")
    said = refusal()
    assert said.startswith(f"The sandbox does not work here: {complaint}\n")
    assert remedy in said and said.endswith("with --unsafe, which runs students' code with all your rights.")


def test_a_sandbox_that_ends_before_it_took_the_job_gives_an_empty_session(path_with):
    path_with(bwrap="echo no >&2; exit 1", setpriv="exit 1")
    for _ in range(30):  # whether it is gone while the job is written is chance
        session = run("#" * 2**20)
        assert (session.is_ready, session.ended, session.complaint) == (False, "", "no")


def test_a_sandbox_that_complains_without_end_is_cut_short(path_with):
    path_with(bwrap="while :; do echo a complaint >&2; done", setpriv="exit 1")
    session = run_for(1, "1")
    assert session.ended == "did not end in its time" and len(session.complaint) <= sandbox.MOST_COMPLAINT


@pytest.mark.parametrize(("wish", "outcome"), [("", "1 skipped"), ("demanded", "1 error")])
def test_tests_that_need_it_are_skipped_where_there_is_none_and_fail_where_it_is_demanded(tmp_path, wish, outcome):
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "no:cacheprovider", "-o", "addopts="]
    environment = {**os.environ, "PATH": str(tmp_path), "LOSSSURF_TEST_SANDBOX": wish}
    test = "tests/test_sandbox.py::test_workers_of_a_loader_share_tensors"
    done = subprocess.run([*command, test], cwd=REPO, env=environment, capture_output=True, text=True, check=False)
    assert outcome in done.stdout.splitlines()[-1], done.stdout + done.stderr
    assert done.returncode == (wish == "demanded")


SYSTEMS_PYTHON = Path(f"/usr/bin/python3.{sys.version_info.minor}")
READABLE = all(path.stat().st_mode & 0o005 == 0o005 for path in [REPO, *REPO.parents])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.skipif(not (READABLE and SYSTEMS_PYTHON.exists()), reason="nobody else can read a Python and this folder")
def test_it_works_for_a_user_without_rights(tmp_path):
    packages = os.pathsep.join([str(REPO), *(path for path in sys.path if path.endswith("-packages"))])
    look = "from autograder.sandbox import running; running.refuse_where_it_does_not_work()"
    code = f"{look}; import os; print(os.getuid())"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [SYSTEMS_PYTHON, "-c", code], user=65534, group=65534, extra_groups=[], cwd="/", env=environment,
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("65534\n", 0), done.stderr
