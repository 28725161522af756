"""Where submissions are marked: in processes of this machine, or by the workers of a Dask cluster."""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor

from autograder.errors import Refusal


@contextlib.contextmanager
def executor_maker(jobs, scheduler):
    """What makes an executor, as a context that gives (executor, how many works it shall have at once)."""
    if scheduler is None:
        yield lambda: _processes(jobs or os.cpu_count())
        return
    from distributed import Client  # an extra that few need

    try:
        client = Client(scheduler, timeout=20)
    except (OSError, TimeoutError, ValueError) as error:
        raise Refusal(f"There is no Dask scheduler at {scheduler}: {error}.\nStart one: dask scheduler") from None
    with client:
        workers = sum(client.nthreads().values())
        if not workers:
            raise Refusal(f"The Dask scheduler at {scheduler} has no workers.\nStart one: dask worker {scheduler}")
        yield lambda: contextlib.nullcontext((client.get_executor(pure=False), 2 * workers))


@contextlib.contextmanager
def _processes(jobs):
    """A pool of processes; at an interrupt they end at once, and their sandboxes with them."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before they import PyTorch; see autograder/course/staging.py
    others = multiprocessing.active_children()  # of whoever calls us
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_start_worker)
    try:
        yield pool, jobs + 1
    except BaseException:
        for process in multiprocessing.active_children():
            if process not in others:
                process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker():
    """Leave Ctrl-C to the parent; end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def end_with_parent():
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
