"""In the kernel: a student's answer called on the inputs of a check, and what came out left for the runner.

What calls it is the grader's, which fits its judges, under a name of its own: `losssurf_lab` may be the course's, of
another version, and a student's code may change it.
"""

import importlib
import sys
from pathlib import Path

import crossing

PACKAGE = "of_the_grader"


def _load():
    """The function that calls an answer, of each task; nothing of them is left where Python finds modules by name."""
    tasks = importlib.import_module(f"{PACKAGE}.tasks").names()
    drives = {task: importlib.import_module(f"{PACKAGE}.tasks.{task}.drive").drive for task in tasks}
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]
    return drives


drives = _load()


def drive(task, answer, device, exchange):
    """Call `answer` as that task does on the packed file `inputs` there; pack what comes out in `results`.

    Where there is no answer, nothing is written.
    """
    if answer is None:
        return
    came_out = drives[task](answer, crossing.unpack(Path(exchange, "inputs").read_bytes()), device)
    Path(exchange, "results").write_bytes(crossing.pack(came_out))
