"""Checks of the answers, for students: each says what is right, and what a wrong result looks like.

`check_<task>` is there for each task of `losssurf_lab.tasks`. A check calls your code on small inputs and compares the
arrays that come out with known ones. The tests that count use the same judges on other inputs. Here the known results
come without the methods that you are to write: from differences of the loss, points placed by hand, clouds of known
directions, tables, known angles.
"""

import contextlib
import dis
import importlib
import inspect
import warnings

from losssurf_lab import tasks
from losssurf_lab.calling import reproducibly
from losssurf_lab.verdicts import report, unit_of, verdicts_of


def check(task, answer):
    """Check the answer to a task, print what is right and what is wrong, and draw it where there is a picture."""
    drive, judge, public = (importlib.import_module(f"{tasks.__name__}.{task}.{part}") for part in PARTS)
    with _prepared():
        inputs = public.make_inputs()
    results = drive.drive(answer, inputs)
    with _prepared():  # after the call, which could find it
        reference = public.make_reference(inputs)
    print(report(verdicts_of(judge, inputs, {"cpu": results}, reference), unit_of(judge)))
    if hasattr(public, "draw"):
        public.draw(inputs, results, reference)


PARTS = "drive", "judge", "public"
LEFT_OUT = "Left out here: what needs the optional exercise {} above, which is not written yet."


def _is_stub(function):
    """Whether all that a function can do is to raise NotImplementedError."""
    steps = [*dis.get_instructions(function)]  # the names in the code are also of what stands behind a return
    returns = any(step.opname in ("RETURN_VALUE", "RETURN_CONST") for step in steps)
    return not returns and any(step.argval == "NotImplementedError" for step in steps)


def is_written(answer):
    """Whether a function, or a class with all its methods, is more than a stub; says in a line where it is not."""
    parts = [*vars(answer).values()] if isinstance(answer, type) else [answer]
    stub = any(_is_stub(part) for part in parts if inspect.isfunction(part))
    if stub:
        print(LEFT_OUT.format(answer.__name__))
    return not stub


@contextlib.contextmanager
def _prepared():
    """Inside, random numbers and warnings of ours that nobody sees outside."""
    with reproducibly(0), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def __getattr__(name):
    """The check of a task, `check_<task>`, which says of itself what the first lines of its public inputs say."""
    task = name.removeprefix("check_")
    if name == task or task not in tasks.names():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def check_answer(answer):
        check(task, answer)

    check_answer.__name__ = check_answer.__qualname__ = name
    check_answer.__doc__ = importlib.import_module(f"{tasks.__name__}.{task}.public").__doc__
    return check_answer


def __dir__():
    return [*globals(), *(f"check_{task}" for task in tasks.names())]
