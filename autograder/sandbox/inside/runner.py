"""Runs the steps of a job in a kernel, one after another, and says after each what came of it, one JSON line a step.

The job is a JSON object on standard input:
  limits: {"memory", "processes", "file", "files", "output": bytes or a number, None for no limit}
  helpers: {path: text} of the modules that the kernel imports beside the installed ones
  steps: [{"source": code, "seconds": time limit, "inputs": base64, or null}]; where there are inputs, EXCHANGE in the
  code stands for a folder in which they are the file `inputs`, and the code leaves the file `results`
The lines: {"ready": true} when the kernel is there, then for each step
  {"outputs": [as in a notebook], "error": "Name: message" or "", "ended": why it was interrupted or "",
   "stopped": whether that was the kernel's end, "results": base64 of that file, or null}
After a kernel's end the runner exits; the rest is for another sandbox.
"""

import base64
import contextlib
import ctypes
import json
import os
import queue
import resource
import stat
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client import KernelManager

START_SECONDS = 60
SET_DUMPABLE = 4  # of Linux's prctl
OBEY_SECONDS = 5  # between the interrupt and the end of a cell that handles it
MOST_RESULT_BYTES = 5 * 2**20
FLOOD, DEATH = "printed more than is kept", "killed the kernel, or used up its memory"


class Stopped(Exception):
    """The kernel is of no more use; the message says why."""


def too_slow(seconds):
    """What is said of a step that took longer."""
    return f"did not end within {seconds:g} s"


def main():
    if sys.platform == "linux":  # before the job comes, as memory and files are then closed to other processes
        ctypes.CDLL(None).prctl(SET_DUMPABLE, 0, 0, 0, 0)
    job = json.load(sys.stdin)
    _limit_this_process_and_its_children(job["limits"])
    folder = Path(tempfile.mkdtemp())
    kernel = Kernel(folder, job["limits"]["output"], _environment(job["helpers"]))
    _say({"ready": True})
    for step in job["steps"]:
        source, exchange = step["source"], None
        if step["inputs"] is not None:
            exchange = Path(tempfile.mkdtemp())  # a new one, where nothing lies in wait for us
            (exchange / "inputs").write_bytes(base64.b64decode(step["inputs"]))
            source = source.replace("EXCHANGE", str(exchange))
        ended, stopped = "", False
        try:
            ended = kernel.run(source, step["seconds"])
        except Stopped as reason:
            ended, stopped = str(reason), True
        results = _read_results(exchange / "results") if exchange else None
        came_of_it = {"outputs": kernel.outputs, "error": kernel.error, "ended": ended, "stopped": stopped}
        _say({**came_of_it, "results": results})
        if stopped:
            break
    kernel.manager.shutdown_kernel(now=True)


def _environment(helpers):
    """The kernel's environment, in which these modules are found."""
    folder = Path(tempfile.mkdtemp())
    for name, text in helpers.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


def _limit_this_process_and_its_children(limits):
    for name, limit in (
        (resource.RLIMIT_DATA, limits["memory"]),  # not RLIMIT_AS: PyTorch maps far more than it uses
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_NOFILE, limits["files"]),
        (resource.RLIMIT_CORE, 0),
    ):
        if limit is not None:
            resource.setrlimit(name, (limit, limit))


def _say(line):
    print(json.dumps(line), flush=True)


def _read_results(path):
    """The file in base64; None where there is no plain file of a reasonable size."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # neither a link nor a wait for a writer
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        return base64.b64encode(file.read(MOST_RESULT_BYTES)).decode()


class Kernel:
    """A Jupyter kernel, its sockets in `folder`; `outputs` and `error` are those of the last step."""

    def __init__(self, folder, most_output, environment):
        self.most_output, self.output, self.outputs, self.error = most_output, 0, [], ""
        self.manager = KernelManager(kernel_name="python3", transport="ipc", ip=str(folder / ".kernel"))
        quiet = {"stdout": os.open(os.devnull, os.O_WRONLY), "stderr": os.open(os.devnull, os.O_WRONLY)}
        # Standard output is the line to the grader.
        self.manager.start_kernel(cwd=str(folder), env=environment, **quiet)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=START_SECONDS)

    def run(self, source, seconds):
        """Run a cell; "" or why it was interrupted. Raises Stopped where the kernel died or ignores the interrupt."""
        self.outputs, self.error, self.output = [], "", 0
        request = self.client.execute(source, allow_stdin=False, stop_on_error=False)
        if self._collect(request, time.monotonic() + seconds):
            return ""
        flood = self.output > self.most_output
        reason = FLOOD if flood else too_slow(seconds)
        self.manager.interrupt_kernel()
        if self._collect(request, time.monotonic() + OBEY_SECONDS, keep=False):
            return reason
        raise Stopped(reason)

    def _collect(self, request, deadline, keep=True):
        """Take in what the step prints; whether it came to its end before the deadline and the most output."""
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=min(1, max(0.01, deadline - time.monotonic())))
            except queue.Empty:
                if not self.manager.is_alive():
                    raise Stopped(DEATH) from None
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return True
            if keep:
                self.output += len(json.dumps(content, default=str))
                if self.output > self.most_output:
                    return False
                self._keep(kind, content)
        return False

    def _keep(self, kind, content):
        last = self.outputs[-1] if self.outputs else {}
        if kind == "stream" and last.get("name") == content["name"]:
            last["text"] += content["text"]
        elif kind == "stream":
            self.outputs.append({"output_type": kind, "name": content["name"], "text": content["text"]})
        elif kind in ("display_data", "execute_result"):
            self.outputs.append({"output_type": kind, "data": content["data"]})
        elif kind == "error":
            self.error = f"{content['ename']}: {content['evalue']}"
            self.outputs.append({"output_type": kind, **content})
        elif kind == "clear_output":
            self.outputs.clear()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()
