"""An answer is called in silence and leaves no traces; what calls it needs neither judge nor reference."""

import random
import signal
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
import torch

from autograder.layout import REPO
from losssurf_lab import calling, networks, tasks
from losssurf_lab.tasks.eval_hess_vec_prod import case as product_case
from losssurf_lab.tasks.eval_hess_vec_prod import drive as product_drive
from losssurf_lab.tasks.eval_hess_vec_prod import public as product_public
from losssurf_lab.tasks.Polychain import drive as polychain_drive
from losssurf_lab.tasks.Polychain import public as polychain_public
from losssurf_lab.tasks.principal_directions import drive as directions_drive
from losssurf_lab.tasks.principal_directions import public as directions_public
from losssurf_lab_utils import Base


@pytest.fixture
def foreign():
    return torch.arange(6.0).reshape(2, 3).as_subclass(networks.ForeignTensor)


def test_a_foreign_tensor_cannot_be_used_with_tensors_of_this_device(foreign):
    for operation in (lambda: foreign @ torch.ones(3), lambda: torch.nn.Linear(3, 2)(foreign), lambda: foreign.numpy()):
        with pytest.raises((RuntimeError, TypeError), match="device"):
            operation()


def test_a_foreign_tensor_can_be_used_with_itself_and_with_numbers(foreign):
    row = (foreign * 2 + foreign.mean())[0].reshape(-1).double()
    assert type(row) is networks.ForeignTensor and len(row) == 3 and foreign.device != torch.device("cpu")


@pytest.mark.parametrize(
    "move", [lambda x: x.to("cpu"), lambda x: x.to(torch.device("cpu"), torch.float64), lambda x: x.cpu(),
             lambda x: x.to(device="cpu"), lambda x: x.to(torch.zeros(1)), lambda x: x.double().to("cpu")]
)  # fmt: skip
def test_a_foreign_tensor_that_is_moved_is_an_ordinary_one(foreign, move):
    moved = move(foreign)
    assert type(moved) is torch.Tensor
    assert torch.equal(moved.float(), torch.arange(6.0).reshape(2, 3))


def test_a_foreign_tensor_of_another_dtype_is_still_foreign(foreign):
    assert type(foreign.to(torch.float64)) is networks.ForeignTensor


def noisy(ws):
    """Everything that a student may do besides computing."""
    from tqdm import tqdm

    for _ in tqdm(range(3)):
        print("printed")
    print("complained", file=sys.stderr)
    warnings.warn("warned", stacklevel=1)
    random.random(), np.random.rand(), torch.rand(1)
    torch.set_grad_enabled(False)
    raise ValueError("failed")


def random_states():
    numpy_state = np.random.get_state()
    return random.getstate()[1], numpy_state[1].tolist(), numpy_state[2], torch.get_rng_state().tolist()


def test_nothing_that_an_answer_prints_gets_out_and_nothing_that_it_sets_stays(capfd):
    before = random_states()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = directions_drive.drive(noisy, {"cases": {"few": np.eye(3)}, "random_start": 0})
    assert result["few"]["raised"].startswith("ValueError: failed")
    assert capfd.readouterr() == ("", "")
    assert random_states() == before and torch.is_grad_enabled()


def test_a_traceback_holds_the_students_lines_and_no_line_of_ours_and_no_path():
    result = directions_drive.drive(noisy, {"cases": {"few": np.eye(3)}, "random_start": 0})
    lines = result["few"]["raised"].splitlines()
    assert len(lines) == 2 and lines[1].endswith('in noisy: raise ValueError("failed")')
    assert "/" not in result["few"]["raised"]


def test_nothing_of_the_check_is_in_the_frames_above_an_answer():
    above = []

    def watching(*arguments):
        frame = sys._getframe().f_back
        while frame:
            above.append(frame)
            frame = frame.f_back

    product_drive.drive(watching, product_public.make_inputs())
    directions_drive.drive(watching, directions_public.make_inputs())
    assert len(above) > 40 and not {"case", "cases", "inputs", "references"} & {n for f in above for n in f.f_locals}


@pytest.fixture
def interruptible():
    """The interrupt as Python has it, which a job in the background of a shell ignores."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_the_answer_too(interruptible):
    ended = []

    def endless(ws):
        try:
            threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
            while True:
                pass
        finally:
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        directions_drive.drive(endless, {"cases": {"few": np.eye(3)}, "random_start": 0})
    assert ended


def test_old_gradients_and_vectors_are_tensors_of_their_own():
    def in_place(vec, params, *rest):
        for tensor in [*vec, *[p.grad for p in params]]:
            tensor.detach_().zero_()

    inputs = product_public.make_inputs()
    cases = {name: case for name, case in inputs["cases"].items() if case["grads"] is not None}
    results = product_drive.drive(in_place, {"cases": cases, "random_start": 0})
    assert cases and not any(result["raised"] for result in results.values())


HOLDS = {
    "numpy": lambda n: np.ones((n, n)), "torch": lambda n: torch.ones(n, n), "calls": lambda n: torch.ones(n) * 2,
}  # fmt: skip


@pytest.mark.parametrize("way, counted", [("numpy", "bytes"), ("torch", "bytes"), ("calls", "operations")])
def test_what_takes_too_much_is_stopped_or_told_and_the_network_is_left_out(way, counted):
    def greedy(ws):
        n, taken = ws.shape[1], 0
        for _ in range(200 if way == "calls" else 1):
            taken = HOLDS[way](n)
        return taken[:2]

    limits = {"n": 300, "most_bytes": 4 * 300**2, "most_operations": 300}
    cases = {"wide": np.ones((2, 300)), "network": np.ones((2, 9))}
    inputs = {"cases": cases, "budgets": {"wide": limits, "network": limits}, "random_start": 0}
    results = directions_drive.drive(greedy, inputs)
    assert results["wide"]["cost"][counted] >= limits[f"most_{counted}"]
    assert set(results["network"]) == {"raised"}


@pytest.mark.parametrize("differentiate", [
    lambda f, x: torch.func.hessian(f)(x), lambda f, x: torch.func.jacfwd(torch.func.grad(f))(x),
    lambda f, x: torch.vmap(torch.func.grad(f))(x.expand(2, -1)), lambda f, x: torch.func.jvp(f, (x,), (x,))[1],
    lambda f, x: torch.autograd.functional.hvp(f, x, x)[1],
])  # fmt: skip
def test_a_budget_changes_no_result(differentiate):
    x = torch.linspace(-1, 1, 5)
    due = differentiate(lambda x: x.tanh().pow(3).sum(), x)
    budget = calling.Budget(10**9, 10**9)
    found, raised, _ = calling.attempt_apart(differentiate, [lambda x: x.tanh().pow(3).sum(), x], budget)
    assert not raised and torch.equal(found, due) and budget.operations > 3


def test_an_answer_that_exits_is_a_failed_call():
    result = directions_drive.drive(lambda ws: sys.exit(3), {"cases": {"few": np.eye(3)}, "random_start": 0})
    assert result["few"]["raised"].startswith("SystemExit")


def test_an_interrupt_by_the_user_is_not_caught():
    def interrupted(ws):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        directions_drive.drive(interrupted, {"cases": {"few": np.eye(3)}, "random_start": 0})


def test_after_an_interrupt_of_a_forward_pass_the_next_check_runs_as_ever():
    class Interrupted(Base):
        def gen_index(self):
            pass

        def process_weights_item(self, param_list, support_list):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        polychain_drive.drive(Interrupted, polychain_public.make_inputs())
    net = networks.LayeredNet((("linear", 3, 2),))
    assert torch.func.jvp(net, (torch.ones(1, 3),), (torch.ones(1, 3),))[1].shape == (1, 2)


def test_each_pass_over_the_loader_has_the_order_that_was_given():
    case = product_case.make_case(np.random.default_rng(0), product_public.CONNECTED, "cross_entropy", 5, 2, passes=2)
    loader = networks.make_loader(case, torch.device("cpu"))
    for order in (*case["orders"], case["orders"][0]):
        labels = torch.cat([labels for _, labels in loader]).numpy()
        assert np.array_equal(labels, case["labels"][order])
    assert [len(x) for x, _ in loader] == [2, 2, 1] and len(loader.dataset) == 5


def test_what_comes_out_is_arrays_numbers_and_text():
    def leaves(value):
        if isinstance(value, dict):
            value = list(value.values())
        return [leaf for item in value for leaf in leaves(item)] if isinstance(value, list) else [value]

    inputs = product_public.make_inputs()
    results = product_drive.drive(lambda *args: None, inputs)
    assert {type(leaf) for leaf in leaves(results)} <= {np.ndarray, bool, str, int}


@pytest.mark.parametrize("task", tasks.names())
def test_what_calls_an_answer_imports_neither_judge_nor_reference_nor_grader(task):
    script = f"""
import sys
import losssurf_lab.tasks.{task}.drive
ours = {{name for name in sys.modules if name.partition(".")[0] in ("losssurf_lab", "autograder")}}
forbidden = {{name for name in ours if name.rpartition(".")[2] in ("judge", "public", "case", "verdicts", "comparing")}}
assert not forbidden and "autograder" not in ours, ours
"""
    subprocess.run([sys.executable, "-c", script], cwd=REPO, check=True)
