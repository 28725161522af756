"""In the kernel: a student's answer called on the inputs of a check, and what came out left for the runner.

The driver is the grader's, which fits its judges: `losssurf_lab.driver` may be the course's own, of another version.
"""

import importlib.util
from pathlib import Path

import crossing


def _load(path):
    spec = importlib.util.spec_from_file_location("driver_of_the_grader", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


driver = _load(Path(__file__).with_name("driver.py"))


def drive(task, answer, device, exchange):
    """Call `answer` as the driver of `task` does on the packed file `inputs` there; pack what comes out in `results`.

    Where there is no answer, nothing is written.
    """
    if answer is None:
        return
    call = getattr(driver, f"drive_{task}")
    came_out = call(answer, crossing.unpack(Path(exchange, "inputs").read_bytes()), device)
    Path(exchange, "results").write_bytes(crossing.pack(came_out))
