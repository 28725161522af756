"""Progress bars, and calls that do not depend on each other side by side, one process a core."""

import contextlib
import io
import os
import sys
import tempfile
import threading
import warnings
from pathlib import Path

import joblib
import torch
from joblib.externals import loky
from tqdm import tqdm

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
    Warnings and the first exception come back. On an interrupt the processes end; what the calls keep on the disk lets
    them go on.
    """
    calls = list(calls)
    processes = min(len(calls), joblib.cpu_count(), MOST_PROCESSES)
    if processes < 2 or torch.cuda.is_available() or torch.backends.mps.is_available():
        return [call() for call in calls]
    threads = max(1, joblib.cpu_count() // processes)
    with (
        tempfile.TemporaryDirectory(prefix="losssurf-") as folder,
        _bar_of(folder, len(calls), description),
        warnings.catch_warnings(),
    ):
        # Said where a process that has grown is replaced by a new one, which costs nothing but a start.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        files, here = (str(Path(folder, str(number))) for number in range(len(calls))), _surroundings()
        work = [joblib.delayed(_call_apart)(call, file, threads, here) for call, file in zip(calls, files)]
        try:
            results = joblib.Parallel(processes, backend="loky", batch_size=1, idle_worker_timeout=IDLE)(work)
        except BaseException as error:  # an interrupt too
            loky.get_reusable_executor().shutdown(wait=True, kill_workers=True)
            if not isinstance(error, loky.process_executor.TerminatedWorkerError):
                raise
            results = None
    if results is None:
        warnings.warn("A process was ended, perhaps for lack of memory. The rest is done in this one.", stacklevel=2)
        return [call() for call in calls]
    for message in dict.fromkeys(text for _, said in results for text in said):
        warnings.warn(message, stacklevel=2)
    return [result for result, _ in results]


def _surroundings():
    """The course's settings and the folder: a process that waited for calls has those of when it was started."""
    return {name: value for name, value in os.environ.items() if name.startswith(SETTINGS)}, os.getcwd()


def _call_apart(call, file, threads, surroundings):
    """In a process that works for another: what the call returns, and the texts of its warnings."""
    import lab_cnn_solution  # noqa: F401  sets what must be set before PyTorch starts its threads

    def report(share):
        with unwatched():  # what `kept` watches would else seem to use the file
            Path(file).write_text(f"{share}")

    settings, folder = surroundings
    for name in _surroundings()[0].keys() - settings.keys():
        del os.environ[name]
    os.environ.update(settings)
    os.chdir(folder)
    torch.set_num_threads(threads)
    _reports[:] = [report]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("default")
        result = call()
    _reports[0](1)
    return result, [str(warning.message) for warning in said if warning.category is UserWarning]


@contextlib.contextmanager
def _bar_of(folder, number, description):
    """A bar of as many calls, moved by what they write into the folder."""
    bar, ended = progress(None, description, total=number, bar_format="{l_bar}{bar}| {elapsed}"), threading.Event()

    def follow():
        while not ended.wait(0.2):
            bar.n = sum(map(_share_in, Path(folder).iterdir()))
            bar.refresh()

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
        return float(file.read_text())
    except ValueError:  # it is just being written
        return 0
