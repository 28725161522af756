"""The driver calls an answer in silence, leaves no traces, and needs neither judge nor reference."""

import random
import signal
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
import torch

from losssurf_lab import checks as public
from losssurf_lab import driver
from losssurf_lab_utils import Base


@pytest.fixture
def foreign():
    return torch.arange(6.0).reshape(2, 3).as_subclass(driver.ForeignTensor)


def test_a_foreign_tensor_cannot_be_used_with_tensors_of_this_device(foreign):
    for operation in (lambda: foreign @ torch.ones(3), lambda: torch.nn.Linear(3, 2)(foreign), lambda: foreign.numpy()):
        with pytest.raises((RuntimeError, TypeError), match="device"):
            operation()


def test_a_foreign_tensor_can_be_used_with_itself_and_with_numbers(foreign):
    row = (foreign * 2 + foreign.mean())[0].reshape(-1).double()
    assert type(row) is driver.ForeignTensor and len(row) == 3 and foreign.device != torch.device("cpu")


@pytest.mark.parametrize(
    "move", [lambda x: x.to("cpu"), lambda x: x.to(torch.device("cpu"), torch.float64), lambda x: x.cpu(),
             lambda x: x.to(device="cpu"), lambda x: x.to(torch.zeros(1)), lambda x: x.double().to("cpu")]
)  # fmt: skip
def test_a_foreign_tensor_that_is_moved_is_an_ordinary_one(foreign, move):
    moved = move(foreign)
    assert type(moved) is torch.Tensor
    assert torch.equal(moved.float(), torch.arange(6.0).reshape(2, 3))


def test_a_foreign_tensor_of_another_dtype_is_still_foreign(foreign):
    assert type(foreign.to(torch.float64)) is driver.ForeignTensor


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
        result = driver.drive_principal_directions(noisy, {"cases": {"few": np.eye(3)}, "random_start": 0})
    assert result["few"]["raised"].startswith("ValueError: failed")
    assert capfd.readouterr() == ("", "")
    assert random_states() == before and torch.is_grad_enabled()


def test_a_traceback_holds_the_students_lines_and_no_line_of_ours_and_no_path():
    result = driver.drive_principal_directions(noisy, {"cases": {"few": np.eye(3)}, "random_start": 0})
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

    driver.drive_eval_hess_vec_prod(watching, public.public_product_inputs())
    driver.drive_principal_directions(watching, public.public_direction_inputs())
    assert len(above) > 40 and not {"case", "cases", "inputs", "references"} & {n for f in above for n in f.f_locals}


def test_an_interrupt_ends_the_answer_too():
    ended = []

    def endless(ws):
        try:
            threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
            while True:
                pass
        finally:
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        driver.drive_principal_directions(endless, {"cases": {"few": np.eye(3)}, "random_start": 0})
    assert ended


def test_old_gradients_and_vectors_are_tensors_of_their_own():
    def in_place(vec, params, *rest):
        for tensor in [*vec, *[p.grad for p in params]]:
            tensor.detach_().zero_()

    inputs = public.public_product_inputs()
    cases = {name: case for name, case in inputs["cases"].items() if case["grads"] is not None}
    results = driver.drive_eval_hess_vec_prod(in_place, {"cases": cases, "random_start": 0})
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
    results = driver.drive_principal_directions(greedy, inputs)
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
    budget = driver.Budget(10**9, 10**9)
    found, raised, _ = driver.attempt_apart(differentiate, [lambda x: x.tanh().pow(3).sum(), x], budget)
    assert not raised and torch.equal(found, due) and budget.operations > 3


def test_an_answer_that_exits_is_a_failed_call():
    result = driver.drive_principal_directions(lambda ws: sys.exit(3), {"cases": {"few": np.eye(3)}, "random_start": 0})
    assert result["few"]["raised"].startswith("SystemExit")


def test_an_interrupt_by_the_user_is_not_caught():
    def interrupted(ws):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        driver.drive_principal_directions(interrupted, {"cases": {"few": np.eye(3)}, "random_start": 0})


def test_after_an_interrupt_of_a_forward_pass_the_next_check_runs_as_ever():
    class Interrupted(Base):
        def gen_index(self):
            pass

        def process_weights_item(self, param_list, support_list):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        driver.drive_Polychain(Interrupted, public.public_path_inputs())
    net = driver.LayeredNet((("linear", 3, 2),))
    assert torch.func.jvp(net, (torch.ones(1, 3),), (torch.ones(1, 3),))[1].shape == (1, 2)


def test_each_pass_over_the_loader_has_the_order_that_was_given():
    case = public.make_product_case(np.random.default_rng(0), public.CONNECTED, "cross_entropy", 5, 2, passes=2)
    loader = driver._make_loader(case, torch.device("cpu"))
    for order in (*case["orders"], case["orders"][0]):
        labels = torch.cat([labels for _, labels in loader]).numpy()
        assert np.array_equal(labels, case["labels"][order])
    assert [len(x) for x, _ in loader] == [2, 2, 1] and len(loader.dataset) == 5


def test_what_comes_out_is_arrays_numbers_and_text():
    def leaves(value):
        if isinstance(value, dict):
            value = list(value.values())
        return [leaf for item in value for leaf in leaves(item)] if isinstance(value, list) else [value]

    inputs = public.public_product_inputs()
    results = driver.drive_eval_hess_vec_prod(lambda *args: None, inputs)
    assert {type(leaf) for leaf in leaves(results)} <= {np.ndarray, bool, str, int}


def test_the_driver_runs_without_judge_reference_and_autograder():
    script = """
import sys
import numpy as np
from losssurf_lab import driver
result = driver.drive_principal_directions(lambda ws: ws, {"cases": {"few": np.eye(3)}, "random_start": 0})
assert result["few"]["count"] == 3
assert not {"losssurf_lab.judge", "losssurf_lab.checks", "autograder"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], cwd=public.__file__.rpartition("/")[0], check=True)
