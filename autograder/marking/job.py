"""What `mark` is given, as bytes: another process, or another machine, may do it."""

import msgspec

from autograder import checks
from autograder.errors import Refusal
from autograder.sandbox import running as sandbox


class Job(msgspec.Struct, frozen=True):
    """What `mark` needs to know.

    release: the student version, as text; submission: the file's bytes; seed: of the hidden inputs; seconds: a cell may
    take; everything: run all cells, not only those that count; device: "cpu" or "cuda"; safe: in the sandbox; helpers:
    the modules beside the released notebook, {file name: text}, where they are not those of the repository; own_tests:
    the instructor's own tests, {grade id: source}.
    """

    release: str
    submission: bytes
    seed: int
    seconds: float = 60
    everything: bool = False
    device: str = "cpu"
    safe: bool = True
    helpers: dict[str, str] | None = None
    own_tests: dict[str, str] = {}

    def pack(self):
        """The job as bytes."""
        return msgspec.json.encode(self)

    @classmethod
    def unpack(cls, data):
        """The job of these bytes."""
        return msgspec.json.decode(data, type=cls)


def device_for(choice, safe=True):
    """The device, "cpu" or "cuda" (the CPU and CUDA), for "cpu", "cuda" or "auto"; if `safe`, the sandbox works for it.

    Raises Refusal where "cuda" is not there, or the sandbox does not work.
    """
    try:
        device = checks.devices(choice)[-1]
    except RuntimeError as error:
        raise Refusal(f"{str(error).capitalize()}.") from None
    if safe:
        sandbox.refuse_where_it_does_not_work(gpu=device == "cuda")
    return device
