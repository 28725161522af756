"""Calls side by side give what they give one after the other, and leave nothing behind."""

import importlib
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

import lab_cnn_solution as code

REPO = Path(__file__).parents[1]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU trains one network after the other"),
]


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    """However many there are."""
    monkeypatch.setattr("joblib.cpu_count", lambda *_, **__: 2)


# As in a notebook: what is defined in the main module, and calls that hold it.
SCRIPT = """
import os, sys
import joblib, torch
from torch import nn
import lab_cnn_solution as code
joblib.cpu_count = lambda *_, **__: 2
torch.set_num_threads(1)
train, test = code.get_digits(num_images=200, device="cpu")

class Small(nn.Sequential):
    def __init__(self, width=8):
        super().__init__(nn.Flatten(), nn.Linear(784, width), nn.Tanh(), nn.Linear(width, 10))

rate = 0.05
recipes = {
    "class": dict(net_class=Small),
    "lambda": dict(net_class=lambda: Small(9), make_optimizer=lambda params: torch.optim.SGD(params, lr=rate)),
    "course's": dict(),
}
calls = [lambda recipe=recipe: code.learn_one_model(train, test, 2, **recipe) for recipe in recipes.values()]
"""


def run(script, **options):
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    return subprocess.run([sys.executable, "-W", "default::UserWarning", "-c", SCRIPT + script], env=environment,
                          capture_output=True, text=True, timeout=300, **options)  # fmt: skip


def test_networks_are_those_of_one_after_the_other_and_are_found_again(monkeypatch, tmp_path):
    monkeypatch.setenv("LOSSSURF_CACHE", str(tmp_path))
    done = run("""
first = code.side_by_side(calls)
def fail(*_):
    raise AssertionError("trained again: what was trained in another process was not found")
save, code.Run.save = code.Run.save, fail
again = [code.learn_one_model(train, test, 2, **recipe) for recipe in recipes.values()]
code.Run.save = save
os.environ["LOSSSURF_CACHE"] += "/other"
alone = [code.learn_one_model(train, test, 2, **recipe) for recipe in recipes.values()]
for one, two, three in zip(first, again, alone, strict=True):
    assert type(one.model) is type(two.model)
    assert one.log == two.log == three.log
    for a, b, c in zip(*(model.state_dict().values() for model in (one.model, two.model, three.model)), strict=True):
        assert torch.equal(a, b) and torch.equal(a, c)
print("equal")
""")
    assert done.stdout.strip() == "equal", done.stderr


def test_results_keep_their_order_and_each_call_has_its_share_of_the_threads():
    def call(number):
        time.sleep(0.3 * (3 - number))
        return number, os.getpid(), torch.get_num_threads()

    results = code.side_by_side([lambda number=number: call(number) for number in range(3)])
    assert [number for number, *_ in results] == [0, 1, 2]
    assert {threads for *_, threads in results} == {1}
    assert os.getpid() not in {process for _, process, _ in results}


def test_an_exception_and_warnings_come_back():
    def fail():
        raise ZeroDivisionError("in another process")

    with pytest.raises(ZeroDivisionError, match="in another process"):
        code.side_by_side([fail, fail])
    with pytest.warns(UserWarning, match="to be heard"):
        code.side_by_side([lambda: warnings.warn("to be heard", stacklevel=1), lambda: None])


class OfTwoArguments(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two} do not fit")


def test_an_exception_that_cannot_be_sent_comes_back_as_its_text():
    def fail():
        raise OfTwoArguments(1, 2)

    with pytest.raises(RuntimeError, match="(?s)OfTwoArguments: 1 and 2 do not fit.*in fail"):
        code.side_by_side([fail, fail])


def test_warnings_come_back_with_their_kinds():
    class Own(UserWarning):
        pass

    def warn():
        for kind in (UserWarning, RuntimeWarning, Own, ResourceWarning):
            warnings.warn(f"a {kind.__name__}", kind, stacklevel=1)

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        code.side_by_side([warn, warn])
    assert [warning.category for warning in said] == [UserWarning, RuntimeWarning, Own]
    assert all(str(warning.message) == f"a {warning.category.__name__}" for warning in said)


def test_large_arrays_can_be_written_to_and_what_is_kept_of_them_is_found_again(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("LOSSSURF_CACHE", str(tmp_path))

    @code.kept
    def total(array):
        print("computed")
        array = array.copy() if not array.flags.writeable else array
        return float(array.sum())

    def write_to(array):
        array += 1
        return array.sum()

    arrays = [np.full(500_000, float(number)) for number in range(2)]
    assert code.side_by_side([lambda a=a: write_to(a) for a in arrays]) == [500_000, 1_000_000]
    totals = code.side_by_side([lambda a=a: total(a) for a in arrays])
    capsys.readouterr()
    assert [total(array) for array in arrays] == totals == [0, 500_000]
    assert not capsys.readouterr().out


def test_a_process_that_waited_has_the_numbers_grad_mode_and_modules_of_now(monkeypatch, tmp_path):
    def state():
        return torch.zeros(1).dtype, torch.is_grad_enabled()

    assert code.side_by_side([state, state]) == [(torch.float32, True)] * 2
    torch.set_default_dtype(torch.float64)
    try:
        with torch.no_grad():
            assert code.side_by_side([state, state]) == [(torch.float64, False)] * 2
    finally:
        torch.set_default_dtype(torch.float32)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for number in (1, 2000):
        (tmp_path / "own_module.py").write_text(f"def value():\n    return {number}\n")
        importlib.invalidate_caches()
        module = importlib.reload(importlib.import_module("own_module"))
        assert code.side_by_side([module.value] * 2) == [number] * 2


@pytest.mark.skipif(os.name == "nt", reason="Windows does not tell")
def test_processes_end_with_a_caller_that_is_killed():
    import psutil

    script = SCRIPT + "import time\ncode.side_by_side([lambda: (print('runs', flush=True), time.sleep(60))] * 2)"
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    with subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE) as started:
        assert [started.stdout.readline() for _ in range(2)] == [b"runs\n"] * 2
        children = psutil.Process(started.pid).children(recursive=True)
        started.kill()
    _, alive = psutil.wait_procs(children, timeout=10)
    for child in alive:
        child.kill()
    assert len(children) >= 2 and not alive


def test_where_a_process_is_ended_from_outside_they_run_here():
    here = os.getpid()

    def call():
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    with pytest.warns(UserWarning, match="perhaps for lack of memory"):
        assert code.side_by_side([call, call]) == [here, here]


def test_where_there_is_one_core_they_run_here(monkeypatch):
    monkeypatch.setattr("joblib.cpu_count", lambda *_, **__: 1)
    assert code.side_by_side([os.getpid, os.getpid]) == [os.getpid()] * 2


def test_the_bar_follows_the_bars_of_the_calls(capsys):
    def call():
        for _ in code.progress(range(100), "inside"):
            time.sleep(0.1)

    code.side_by_side([call, call], "outside")
    shown = [line for line in capsys.readouterr().err.split("\r") if "outside" in line]
    shares = [float(line.split("%")[0].split()[-1]) for line in shown]
    assert len(set(shares)) > 5, f"the bar does not move while the calls run: {shares}"


def test_what_is_kept_is_kept_although_its_bar_reports(monkeypatch, tmp_path, recwarn):
    monkeypatch.setenv("LOSSSURF_CACHE", str(tmp_path))

    def square(number):
        return [number**2 for _ in code.progress(range(2), "inside")]

    calls = [lambda number=number: code.kept(square)(number) for number in (2, 3)]
    assert code.side_by_side(calls) == [[4, 4], [9, 9]]
    assert not [warning for warning in recwarn if "not kept" in str(warning.message)]
    assert len([*tmp_path.rglob("*.cpt")]) == 2


def test_a_process_that_waited_has_the_settings_of_now(monkeypatch, tmp_path):
    code.side_by_side([os.getpid, os.getpid])
    monkeypatch.setenv("LOSSSURF_CACHE", str(tmp_path))
    monkeypatch.delenv("LOSSSURF_PROFILE")
    monkeypatch.chdir(tmp_path)
    calls = [lambda: (os.environ.get("LOSSSURF_CACHE"), os.environ.get("LOSSSURF_PROFILE"), os.getcwd())] * 2
    assert code.side_by_side(calls) == [(str(tmp_path), None, str(tmp_path))] * 2


@pytest.mark.parametrize("whom", ["the process", "its group"])
def test_an_interrupt_leaves_no_process_and_what_was_trained_is_gone_on_with(whom, tmp_path):
    import psutil

    environment = {**os.environ, "PYTHONPATH": str(REPO), "LOSSSURF_CACHE": str(tmp_path)}
    script = "signal.signal(signal.SIGINT, signal.default_int_handler)\n" + SCRIPT  # whatever a shell made of it
    script += "code.side_by_side([lambda r=r: code.learn_one_model(train, test, 5000, **r) for r in recipes.values()])"
    started = subprocess.Popen([sys.executable, "-c", f"import signal\n{script}"], env=environment,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)  # fmt: skip
    until = time.monotonic() + 120
    while len([*tmp_path.glob("runs/*/model_ep3.cpt")]) < 2 and time.monotonic() < until:
        time.sleep(0.2)
    children = psutil.Process(started.pid).children(recursive=True)
    (os.kill if whom == "the process" else os.killpg)(started.pid, signal.SIGINT)
    _, errors = started.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    gone, alive = psutil.wait_procs(children, timeout=10)
    assert len(gone) >= 2 and not alive


AFTER_AN_INTERRUPT = """
import functools, operator
from tqdm import tqdm
import lab_cnn_solution as code
tqdm.get_lock().acquire()  # as an interrupt leaves it that comes while a bar is drawn
print(code.side_by_side([functools.partial(operator.add, 1, i) for i in range(3)]))
"""


def test_a_lock_that_an_interrupted_bar_has_left_stops_nothing():
    done = subprocess.run([sys.executable, "-c", AFTER_AN_INTERRUPT], capture_output=True, text=True, timeout=120)
    assert done.stdout == "[1, 2, 3]\n", done.stderr
