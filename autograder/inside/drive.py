"""In the kernel: a student's answer called on the inputs of a check, and what came out left for the runner."""

from pathlib import Path

import crossing

import losssurf_lab_driver


def drive(task, answer, device, exchange):
    """Call `answer` as the driver of `task` does on the packed file `inputs` there; pack what comes out in `results`.

    Where there is no answer, nothing is written.
    """
    if answer is None:
        return
    call = getattr(losssurf_lab_driver, f"drive_{task}")
    came_out = call(answer, crossing.unpack(Path(exchange, "inputs").read_bytes()), device)
    Path(exchange, "results").write_bytes(crossing.pack(came_out))
