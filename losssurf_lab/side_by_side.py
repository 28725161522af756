"""Progress bars, and calls that do not depend on each other side by side, one process a core."""

import contextlib
import functools
import io
import os
import pickle
import sys
import tempfile
import threading
import time
import traceback
import warnings
from pathlib import Path

import joblib
import torch
from joblib.externals import loky
from joblib.externals.loky.backend.reduction import dump
from tqdm import tqdm

from losssurf_lab.keeping.content import is_library
from losssurf_lab.keeping.results import unwatched

MOST_PROCESSES = 4  # each holds PyTorch, and the images once more
SETTINGS = "LOSSSURF_"  # how the names of the course's environment variables begin
IDLE = 60  # seconds for which they wait for the next calls, as it takes some to start them

_reports = []  # in a process that works for another: where its bars report to


def progress(iterable, description, **options):
    """A progress bar that goes away at its end; in a notebook on stdout, as nbgrader takes stderr for a failure."""
    if _reports:
        return _Reporting(iterable, desc=description, file=io.StringIO(), **options)
    stream = sys.stdout if in_notebook() else sys.stderr
    # All on one line: a notebook's output cannot go up to that of an outer bar.
    return tqdm(iterable, desc=description, leave=False, file=stream, position=0, **options)


def in_notebook():
    """Whether a Jupyter kernel runs this."""
    return "IPython" in sys.modules and hasattr(sys.modules["IPython"].get_ipython(), "kernel")


class _Reporting(tqdm):
    """A bar that is shown elsewhere, as its share of another; only the outermost of its process counts."""

    def display(self, *args, **kwargs):
        if self.total and self.pos == 0:
            _reports[0](min(self.n / self.total, 1))


def side_by_side(calls, description="side by side"):
    """What each of the functions `calls` returns, in their order; each is called without arguments, and once.

    Up to four run at a time, each in a process of its own with its share of the cores, so that the results are those of
    one call after the other with as many threads. On a machine with one core, and where a GPU does the work, they run
    here, one after the other; after a warning also where a process is ended from outside, as for lack of memory.
    Warnings and the first exception come back; one that cannot be sent, as a RuntimeError that holds its text. On an
    interrupt the processes end; what the calls keep on the disk lets them go on.

    A process has the caller's folder, `sys.path`, course's settings, default type of numbers and grad mode. It does not
    have the state of the global random numbers (let each call set its seed), other environment variables, nor what was
    assigned to variables of a module after its import; it has imported modules from their files as they were then,
    after `importlib.reload` as they are now. What a call changes in the caller's objects and variables is lost: it
    works on copies.
    """
    calls = list(calls)
    processes = min(len(calls), joblib.cpu_count(), MOST_PROCESSES)
    if processes < 2 or torch.cuda.is_available() or torch.backends.mps.is_available():
        return [call() for call in calls]
    threads = max(1, joblib.cpu_count() // processes)
    _end_those_with_old_modules()
    with (
        tempfile.TemporaryDirectory(prefix="losssurf-") as folder,
        _bar_of(folder, len(calls), description),
        warnings.catch_warnings(),
    ):
        # Said where a process that has grown is replaced by a new one, which costs nothing but a start.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        files, here = (str(Path(folder, str(number))) for number in range(len(calls))), _surroundings()
        work = [joblib.delayed(_call_apart)(_Packed(call), file, threads, here) for call, file in zip(calls, files)]
        try:
            results = joblib.Parallel(processes, backend="loky", batch_size=1, idle_worker_timeout=IDLE)(work)
        except BaseException as error:  # an interrupt too
            _end_processes()
            if not isinstance(error, loky.process_executor.TerminatedWorkerError):
                raise
            results = None
    if results is None:
        warnings.warn("A process was ended, perhaps for lack of memory. The rest is done in this one.", stacklevel=2)
        return [call() for call in calls]
    for category, text in dict.fromkeys(warning for _, said in results for warning in said):
        warnings.warn(text, category, stacklevel=2)
    return [result for result, _ in results]


def _end_processes():
    loky.get_reusable_executor().shutdown(wait=True, kill_workers=True)


_specs = {}  # of the caller's own modules: name -> what its last import made, and no other import makes again


def _end_those_with_old_modules():
    """Processes that wait may have imported what the caller has reloaded since."""
    modules = [(name, getattr(module, "__spec__", None)) for name, module in [*sys.modules.items()]]
    now = {name: spec for name, spec in modules if spec is not None and not is_library(name)}
    if any(_specs.get(name, spec) is not spec for name, spec in now.items()):
        _end_processes()
    _specs.update(now)


def _settings():
    return {name: value for name, value in os.environ.items() if name.startswith(SETTINGS)}


def _surroundings():
    """What a process that waited for calls would else have as it was when it was started."""
    return _settings(), os.getcwd(), sys.path[:], torch.get_default_dtype(), torch.is_grad_enabled(), os.getpid()


def _take_over(settings, folder, path, dtype, grad, caller):
    for name in _settings().keys() - settings.keys():
        del os.environ[name]
    os.environ.update(settings)
    os.chdir(folder)
    sys.path[:] = path
    torch.set_default_dtype(dtype)
    torch.set_grad_enabled(grad)
    _end_with(caller)


@functools.cache
def _end_with(caller):
    """End this process when its caller, killed, has left it behind; not on Windows, which tells of no such end."""

    def watch():
        while os.getppid() == caller:
            time.sleep(1)
        os._exit(1)

    if os.getppid() == caller:  # else something stands between them
        threading.Thread(target=watch, daemon=True).start()


class _Packed:
    """A call that is unpacked where it is called, as it may need the caller's `sys.path`.

    Packed by itself, its large arrays are copies: joblib would send them as files that cannot be written to.
    """

    def __init__(self, call):
        self.call = call

    def __getstate__(self):  # where joblib sends it, so that few are packed at a time
        return {"packed": _dumps(self.call)}


def _dumps(thing):
    buffer = io.BytesIO()
    dump(thing, buffer)
    return buffer.getvalue()  # which, unlike loky's own `dumps` made bytes, does not copy them


def _call_apart(packed, file, threads, surroundings):
    """In a process that works for another: what the call returns, and its warnings by kind and text."""
    import lab_cnn_solution  # noqa: F401  sets what must be set before PyTorch starts its threads

    def report(share):
        with unwatched():  # what `kept` watches would else seem to use the file
            Path(file).write_text(f"{share}", encoding="utf-8")

    _take_over(*surroundings)
    torch.set_num_threads(threads)
    _reports[:] = [report]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("default", append=True)  # Python's own rules first, which hide what is for developers
        try:
            result = pickle.loads(vars(packed).pop("packed"))()
        except Exception as error:
            if (text := _text_if_it_cannot_be_sent(error)) is None:
                raise
            raise RuntimeError(text) from None
    _reports[0](1)
    return result, [(warning.category, str(warning.message)) for warning in said]


def _text_if_it_cannot_be_sent(error):
    """Its kind, message and traceback; None where it survives."""
    try:
        if type(pickle.loads(_dumps(error))) is type(error):
            return None
    except Exception:  # whatever the methods of others raise
        pass
    return f"{type(error).__name__}: {error}\n\n{''.join(traceback.format_exception(error))}"


@contextlib.contextmanager
def _bar_of(folder, number, description):
    """A bar of as many calls, moved by what they write into the folder."""
    bar, ended = progress(None, description, total=number, bar_format="{l_bar}{bar}| {elapsed}"), threading.Event()

    def follow():
        while not ended.wait(0.2):
            bar.n = sum(map(_share_in, Path(folder).iterdir()))
            bar.refresh(nolock=True)  # an interrupt in the midst of a bar leaves tqdm's lock with the main thread

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        bar.close()


def _share_in(file):
    try:
        return float(file.read_text(encoding="utf-8"))
    except ValueError:  # it is just being written
        return 0
