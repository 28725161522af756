"""A student's answer called in silence, within what it may use, and what came out as arrays.

Nothing here judges or knows a result. The modules that call answers run in the grader's sandbox too, from a copy under
another name, so that they import each other relatively.
"""

import contextlib
import copy
import ctypes
import io
import random
import sys
import sysconfig
import threading
import traceback
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

# ------------------------------------------------------------------------------------------------- calling in silence


@contextlib.contextmanager
def quiet():
    """Nothing that is printed, drawn or warned of inside gets out; yields the text file that takes it."""
    text = io.StringIO()
    with contextlib.ExitStack() as stack:
        if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
            from IPython.utils.capture import capture_output

            stack.enter_context(capture_output(stdout=False, stderr=False, display=True))
        stack.enter_context(contextlib.redirect_stdout(text))
        stack.enter_context(contextlib.redirect_stderr(text))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield text


@contextlib.contextmanager
def reproducibly(number):
    """One thread, and random numbers that start at `number`; afterwards these and autograd's mode are as before.

    On networks this small more threads cost more than they save, and where the cores are busy they cost seconds.
    """
    states, threads = (random.getstate(), np.random.get_state()), torch.get_num_threads()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices), torch.enable_grad():
        try:
            _seed_all(number)
            torch.set_num_threads(1)
            yield
        finally:
            torch.set_num_threads(threads)
            random.setstate(states[0])
            np.random.set_state(states[1])


def _seed_all(number):
    torch.manual_seed(number)
    random.seed(number)
    np.random.seed(number % 2**32)  # which takes no larger one


def attempt(call):
    """`call()` in silence: what it returned, and its own traceback as text ("" if it did not raise)."""
    with quiet():
        try:
            return call(), ""
        except (Exception, SystemExit) as error:
            return None, describe_error(error)


APART = "an answer that is checked"  # the name of its thread
TICK = 0.2  # seconds between two looks for an interrupt, of which a thread that waits may hear nothing


def attempt_apart(answer, arguments, budget=None):
    """As `attempt`, `answer(*arguments)` in a thread of its own: the frames above it hold nothing else.

    Returns what it returned, its traceback, and whether gradients were still switched on at its end.
    budget: a `Budget` in which to make the call
    """
    outcome, interrupt, ended = {}, None, threading.Event()
    thread = threading.Thread(target=_run, args=(answer, arguments, budget, outcome, ended), name=APART, daemon=True)
    with quiet():
        thread.start()
        while not ended.is_set():
            try:
                ended.wait(TICK)
            except BaseException as error:  # an interrupt reaches the main thread alone, which is this one
                interrupt = error
                raised_there = ctypes.py_object(type(error))
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), raised_there)
    if interrupt:
        raise interrupt
    error = outcome.get("error")
    if error is not None and not isinstance(error, (Exception, SystemExit)):
        raise error
    return outcome.get("returned"), describe_error(error) if error else "", outcome["grad_mode"]


def is_checking():
    """Whether an answer that is checked is what calls."""
    return threading.current_thread().name == APART


def _run(answer, arguments, budget, outcome, ended):
    """Put into `outcome` what came of the call."""
    try:
        with budget or contextlib.nullcontext():
            outcome["returned"] = answer(*arguments)
    except BaseException as error:
        outcome["error"] = error
    finally:
        outcome["grad_mode"] = torch.is_grad_enabled()  # which each thread has for itself
        ended.set()


OURS = "lab_cnn_solution", "losssurf_lab_utils", "losssurf_lab"  # whose frames no student wants to see
HERE = str(Path(__file__).parent)  # nor those of this copy, whatever its name
LONGEST_MESSAGE = 400


def describe_error(error):
    """The error and the student's lines that led to it, without the frames of the check or of the libraries."""
    ours = {getattr(module, "__file__", "") for name, module in [*sys.modules.items()]
            if name.partition(".")[0] in OURS}  # fmt: skip
    frames = [
        f"  line {frame.lineno}, in {frame.name}: {frame.line}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename not in ours
        and not Path(frame.filename).is_relative_to(HERE)
        and not {"site-packages", "dist-packages"} & set(Path(frame.filename).parts)
        and not frame.filename.startswith(sysconfig.get_path("stdlib"))
    ]
    try:
        message = str(error).strip()[:LONGEST_MESSAGE]
    except Exception:
        message = "(its message cannot be shown)"
    return "\n".join([f"{type(error).__name__}: {message}", *frames[-6:]])


# ----------------------------------------------------------------------------------------------- what a call may use


class OverBudget(RuntimeError):
    """Raised in an answer that does more than its budget allows."""


class Budget(TorchDispatchMode):
    """Counts, in the thread that enters it, the operations of PyTorch and the most bytes held at once.

    The bytes are those of the largest tensor, or of all that Python and NumPy hold beyond what there was before.
    Raises OverBudget inside as soon as a tensor or the number of operations is too large; NumPy's memory is known at
    the end only. What is counted does not depend on the machine, as seconds would.
    """

    def __init__(self, most_bytes, most_operations):
        super().__init__()
        self.most_bytes, self.most_operations = most_bytes, most_operations
        self.bytes = self.operations = 0

    @classmethod
    def _should_skip_dynamo(cls):
        return False  # else PyTorch imports its compiler at the first operation, which takes seconds

    @property
    def is_exceeded(self):
        return self.bytes >= self.most_bytes or self.operations >= self.most_operations

    def __enter__(self):
        self._begun_here = not tracemalloc.is_tracing()
        if self._begun_here:
            tracemalloc.start()
        tracemalloc.reset_peak()
        self._before = tracemalloc.get_traced_memory()[0]
        return super().__enter__()

    def __exit__(self, *error):
        result = super().__exit__(*error)
        self.bytes = max(self.bytes, tracemalloc.get_traced_memory()[1] - self._before)
        if self._begun_here:
            tracemalloc.stop()
        return result

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        self.operations += 1
        held = [tensor.untyped_storage().nbytes() for tensor in tensors_in(result) if tensor.layout == torch.strided]
        self.bytes = max([self.bytes, *held])
        if self.is_exceeded:
            raise OverBudget(f"{self.operations} operations, {self.bytes} bytes in a tensor")
        return result


MOST_OPERATIONS = 40_000  # of PyTorch; two products of the course's network take 400 to 2800


def limits_for(n):
    """What a call with n parameters may do: not hold a matrix (n, n) of float32, nor take n passes."""
    return {"n": n, "most_bytes": 4 * n * n, "most_operations": MOST_OPERATIONS}


LEFT_OUT = {"raised": "Not called: the call before failed, or took too much."}


def call_each(call, inputs):
    """`{case: call(case, its Budget or None)}`; after one with a budget that failed no other of these is called."""
    results, failed = {}, False
    for name, case in inputs["cases"].items():
        limits = inputs.get("budgets", {}).get(name)
        if not limits:
            results[name] = call(case, None)
        elif failed:
            results[name] = dict(LEFT_OUT)
        else:
            results[name], budget = _call_within(call, case, limits)
            failed = budget.is_exceeded or bool(results[name]["raised"])
    return results


def _call_within(call, case, limits):
    """What came of the call, with its "cost", and the budget."""
    modules = len(sys.modules)
    budget = Budget(limits["most_bytes"], limits["most_operations"])
    result = call(case, budget)
    if budget.is_exceeded and len(sys.modules) > modules:  # which take memory too, but only the first time
        return _call_within(call, case, limits)
    return {**result, "cost": {"bytes": budget.bytes, "operations": budget.operations}}, budget


# ------------------------------------------------------------------------------------------------------ what came out


MOST_NUMBERS = 100_000  # in an array that comes back: no right one has more


def to_array(tensor):
    """A copy on the CPU, without its graph."""
    return tensor.detach().cpu().numpy().copy()


def tensors_in(value):
    """The tensors in nested lists, tuples and dicts."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(item)


def real_array(value):
    """What a student returned as a float64 array, from NumPy, PyTorch, or a list of numbers of either."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    elif isinstance(value, (list, tuple)):
        value = np.stack([np.asarray(real_array(item)) for item in value])
    if value is None:
        raise TypeError("None is no array")
    array = np.asarray(value)
    if np.iscomplexobj(array) and np.allclose(array.imag, 0):
        array = array.real
    return array.astype(np.float64)


def call_for_numbers(answer, arguments, size=None, budget=None):
    """One call that should return `size` numbers, by default as many as the last argument has.

    "shape" is that of what came, or its type where it is no array of real numbers: then the values are NaN.
    """
    given = copy.deepcopy(arguments)
    returned, raised, _ = attempt_apart(answer, given, budget)
    array = attempt(lambda: real_array(returned))[0]
    size = np.size(arguments[-1]) if size is None else size
    return {
        "values": array.ravel() if array is not None and array.size == size else np.full(size, np.nan),
        "shape": type(returned).__name__ if array is None else str(array.shape),
        "unchanged": all(map(np.array_equal, given, arguments)),
        "raised": raised,
    }
