"""What a key tells: everything that decides a result, and nothing that differs from one process to the next."""

import copy
import dataclasses
import datetime
import enum
import functools
import itertools
import operator
import os
import subprocess
import sys
import threading
import types
from collections import OrderedDict, deque, namedtuple
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize
from torch.utils.data import DataLoader, TensorDataset

import lab_cnn_solution as code
import losssurf_lab_utils as utils
from losssurf_lab import spectrum
from losssurf_lab.keeping.content import CannotTell, key_of

SCALE = 1.0
Point = namedtuple("Point", "x y")


def key(thing):
    return key_of({"it": thing}).digest


def net_of(make, seed=0):
    with code.seeded(seed):
        return make()


# -------------------------------------------------------------------------------------------- things of the same form


class Temperature(code.CNN):
    def __init__(self, t):
        super().__init__()
        self.t = t

    def forward(self, x):
        return super().forward(x) / self.t


class Focal(nn.Module):
    def __init__(self, gamma):
        super().__init__()
        self.gamma = gamma

    def forward(self, output, labels):
        loss = F.cross_entropy(output, labels, reduction="none")
        return ((1 - torch.exp(-loss)) ** self.gamma * loss).mean()


class Times:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, output, labels):
        return self.factor * F.cross_entropy(output, labels)

    def method(self, output, labels):
        return self(output, labels)


class InSlots:
    __slots__ = ("factor",)

    def __init__(self, factor):
        self.factor = factor


class Counting(dict):
    def __init__(self, start):
        super().__init__(a=1)
        self.start = start


@dataclasses.dataclass
class Setting:
    rate: float
    steps: list = dataclasses.field(default_factory=list)


class Kind(enum.Enum):
    ONE = 1
    TWO = 2


class Symmetric(nn.Module):
    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, weight):
        return self.scale * (weight + weight.T)


def closure(s):
    return lambda output, labels: F.cross_entropy(output, labels, label_smoothing=s)


def default(s):
    def loss(output, labels, s=s):
        return F.cross_entropy(output, labels, label_smoothing=s)

    return loss


def keyword(s):
    def loss(output, labels, *, s=s):
        return F.cross_entropy(output, labels, label_smoothing=s)

    return loss


def attribute(s):
    def loss(output, labels):
        return F.cross_entropy(output, labels, label_smoothing=loss.s)

    loss.s = s
    return loss


def decorated(s):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            return s * function(*args)

        return wrapper

    return decorate(F.cross_entropy)


def nested(s):
    def inner():
        return [s * x for x in range(3)]

    return lambda: inner()


def class_with(s):
    class Loss(nn.CrossEntropyLoss):
        factor = s

        def forward(self, output, labels):
            return self.factor * super().forward(output, labels)

    return Loss


def base_with(s):
    class Loss(class_with(s)):
        pass

    return Loss()


def property_of(s):
    class Loss:
        @property
        def factor(self):
            return s

        @staticmethod
        def static():
            return s

    return Loss()


def slow(s):
    @functools.lru_cache
    def cached(x):
        return s * x

    return cached


def with_hook(s):
    net = net_of(lambda: nn.Linear(3, 3))
    net.register_forward_hook(lambda module, inputs, output: s * output)
    return net


def with_hook_of_a_weight(s):
    net = net_of(lambda: nn.Linear(3, 3))
    net.weight.register_hook(lambda grad: s * grad)
    return net


def parametrised(s):
    net = net_of(lambda: nn.Linear(3, 3))
    return parametrize.register_parametrization(net, "weight", Symmetric(s))


def patched(s):
    net = net_of(lambda: nn.Linear(3, 3))
    net.forward = types.MethodType(lambda self, x: s * F.linear(x, self.weight), net)
    return net


def frozen(s):
    return net_of(lambda: nn.Linear(3, 3)).requires_grad_(s == 1)


def mode(s):
    net = nn.Sequential(nn.Dropout(0.5), nn.BatchNorm1d(3))
    net[1].train(s == 1)
    return net


def tied(s):
    net = nn.Sequential(*[nn.Linear(3, 3) for _ in range(2)])
    net[1].load_state_dict(net_of(lambda: nn.Linear(3, 3)).state_dict())
    net[0].load_state_dict(net[1].state_dict())
    if s == 1:
        net[1].weight = net[0].weight
    return net


def sharing_memory(s):
    net = tied(2)
    if s == 1:
        net[1].weight.data = net[0].weight.data
    return net


def with_gradient(s):
    net = net_of(lambda: nn.Linear(3, 3))
    net.weight.grad = torch.full((3, 3), float(s))
    return net


def running(s):
    net = nn.BatchNorm1d(3)
    net.running_mean.fill_(s)
    return net


def optimizer(s):
    return torch.optim.SGD(net_of(lambda: nn.Linear(3, 3)).parameters(), lr=s)


def optimizer_of_a_part(s):
    net = net_of(lambda: nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)))
    return net, torch.optim.SGD(net[int(s == 1)].parameters(), lr=0.1)


def stepped(s):
    with_hook = optimizer(0.1)
    with_hook.register_step_post_hook(lambda optimizer, args, kwargs: s)
    return with_hook


def loader(**changes):
    images, labels = torch.zeros(4, 1, 28, 28), torch.tensor([1, 2, 3, 4])
    return code.TensorLoader(images, labels, **{"batch_size": 2, "shuffle": True, **changes})


def after_one_pass(s):
    one = loader()
    if s == 1:
        list(one)
    return one


class Flipped(code.TensorLoader):
    def __init__(self, flip):
        super().__init__(torch.zeros(4, 1, 28, 28), torch.tensor([1, 2, 3, 4]))
        self.flip = flip

    def __iter__(self):
        for images, labels in super().__iter__():
            yield images.flip(-1) if self.flip == 1 else images, labels


def uses_global():
    return SCALE


def uses_it_indirectly():
    return [uses_global() for _ in range(2)]


class UsesGlobal(nn.Module):
    def forward(self, x):
        return SCALE * x


def named(s):
    net = nn.Linear(1, 1).requires_grad_(False)
    net.hooks = {str(s): 1}
    net.weight.data.fill_(0)
    net.bias.data.fill_(0)
    return net


def cooled(t):
    return net_of(lambda: Temperature(t))


def point(x):
    return Point(x, 0)


MAKERS = [
    cooled, Focal, Times, InSlots, Counting, Setting, point, closure, default, keyword, attribute, decorated, nested,
    class_with, base_with, property_of, slow, with_hook, with_hook_of_a_weight, parametrised, patched, frozen, mode,
    tied, sharing_memory, with_gradient, running, optimizer, optimizer_of_a_part, stepped, after_one_pass, Flipped,
    Kind, named,
]  # fmt: skip


def options_of_losses():
    """Pairs of losses and layers that differ in one option."""
    weight = torch.linspace(0.1, 5, 10)
    plain = nn.CrossEntropyLoss()
    yield from (
        (plain, nn.CrossEntropyLoss(**option))
        for option in ({"label_smoothing": 0.2}, {"reduction": "sum"}, {"ignore_index": 3}, {"weight": weight})
    )
    yield nn.CrossEntropyLoss(weight=weight), nn.CrossEntropyLoss(weight=2 * weight)
    yield nn.HuberLoss(), nn.HuberLoss(delta=0.1)
    yield nn.Dropout(0.5), nn.Dropout(0.4)
    yield nn.Sequential(nn.LeakyReLU(0.01)), nn.Sequential(nn.LeakyReLU(0.2))
    yield nn.ReLU(), nn.Tanh()
    yield nn.Linear(2, 2).float(), nn.Linear(2, 2).double()


def other_pairs():
    """Pairs of other things that are nearly the same."""
    yield functools.partial(F.cross_entropy, reduction="sum"), functools.partial(F.cross_entropy, reduction="none")
    yield Times(1).method, Times(2).method
    yield operator.itemgetter(1), operator.itemgetter(2)
    yield np.arange(3), np.arange(3.0)
    yield np.arange(4), np.arange(4).reshape(2, 2)
    yield np.float32(1), np.float64(1)
    yield np.array([1, "a"], dtype=object), np.array([1, "b"], dtype=object)
    yield torch.zeros(2), torch.zeros(2, dtype=torch.int32)
    yield torch.zeros(2), torch.zeros(2, requires_grad=True)
    yield 1, True
    yield 1, 1.0
    yield 0.0, -0.0
    yield [1, [2]], [[1], 2]
    yield ["ab", "c"], ["a", "bc"]
    yield (1, 2), [1, 2]
    yield {1: 2}, OrderedDict({1: 2})
    yield {1, 2}, {1, 3}
    yield deque([1]), deque([2])
    yield np.random.default_rng(0), np.random.default_rng(1)
    yield torch.Generator().manual_seed(0), torch.Generator().manual_seed(1)
    yield torch.device("cpu"), torch.device("cuda")
    yield F.relu, F.gelu
    yield np.exp, np.log
    yield code.evaluate_loss_acc, code.train_epoch
    yield loader(), loader(batch_size=3)
    yield loader(), loader(shuffle=False)
    yield loader(), loader(seed=1)
    yield TensorDataset(torch.zeros(2)), TensorDataset(torch.ones(2))
    yield Path("none"), Path("none either")


@pytest.mark.parametrize("make", MAKERS)
def test_what_differs_in_one_thing_that_it_holds_has_another_key(make):
    assert key(make(1)) != key(make(2))


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_made_again_in_the_same_way_has_the_same_key(make):
    assert key(make(2)) == key(make(2))


@pytest.mark.parametrize("one, other", [*options_of_losses(), *other_pairs()])
def test_what_differs_in_one_option_has_another_key(one, other):
    assert key(one) != key(other) and key([one]) != key([other])


@pytest.mark.parametrize("thing", [uses_global, uses_it_indirectly, UsesGlobal(), functools.partial(uses_global)])
def test_a_variable_that_code_names_counts(thing, monkeypatch):
    before = key(thing)
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    assert key(thing) != before
    monkeypatch.setitem(globals(), "SCALE", 1.0)
    assert key(thing) == before


def names_a_helper(x):
    return utils.KrylovSpace(x)


def imports_a_helper(x):
    from losssurf_lab_utils import KrylovSpace as space

    return space(x)


def finds_a_helper(x):
    return getattr(utils, "Krylov" + "Space")(x)


@pytest.mark.parametrize(
    "function", [names_a_helper, imports_a_helper, finds_a_helper, utils.eigenpairs, spectrum.spectral_density]
)
def test_a_mended_helper_of_another_module_counts(function, monkeypatch):
    before = key(function)
    for module in (utils, spectrum, sys.modules["losssurf_lab.eigenpairs"]):
        monkeypatch.setattr(module, "KrylovSpace", lambda zero: [])
    assert key(function) != before


def test_a_module_of_the_students_own_counts(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    keys = []
    for factor in (1, 2, 1):
        text = f"def loss(x):\n    return factor() * x\ndef factor():\n    return {factor}"
        (tmp_path / "own_losses.py").write_text(text)
        monkeypatch.delitem(sys.modules, "own_losses", raising=False)
        variables = {}
        exec("def f(x):\n    import own_losses\n    return own_losses.loss(x)", variables)
        sys.dont_write_bytecode, before = True, sys.dont_write_bytecode  # else the file's time stamp would decide
        keys.append(key(variables["f"]))
        sys.dont_write_bytecode = before
    monkeypatch.delitem(sys.modules, "own_losses")
    assert keys[0] != keys[1] and keys[0] == keys[2]


def test_code_that_runs_counts_and_not_the_text_that_stands_in_its_file_now(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "edited.py").write_text("def f():\n    return 1\n")
    import edited

    before = key(edited.f)
    (tmp_path / "edited.py").write_text("def f():\n    return 2\n")
    assert key(edited.f) == before


@pytest.mark.parametrize("name", ["forward", "extra"])
def test_what_somebody_puts_into_a_class_of_a_library_counts(name, monkeypatch):
    net = nn.Linear(2, 2)
    before = key(net)
    monkeypatch.setattr(nn.Linear, name, lambda self, x: x, raising=False)
    assert key(net) != before


@pytest.mark.parametrize(
    "change, back",
    [
        (lambda: torch.set_default_dtype(torch.float64), lambda: torch.set_default_dtype(torch.float32)),
        (lambda: torch.set_grad_enabled(False), lambda: torch.set_grad_enabled(True)),
        (lambda: torch.set_float32_matmul_precision("medium"), lambda: torch.set_float32_matmul_precision("highest")),
    ],
)
def test_settings_of_pytorch_count(change, back):
    before = key(1)
    change()
    try:
        assert key(1) != before
    finally:
        back()


def test_a_hook_on_all_modules_counts():
    before = key(1)
    handle = nn.modules.module.register_module_forward_hook(lambda module, inputs, output: output)
    try:
        assert key(1) != before
    finally:
        handle.remove()
    assert key(1) == before


def test_hooks_registered_before_do_not_count():
    before = key(with_hook(1))
    nn.Linear(2, 2).register_forward_hook(print)
    assert key(with_hook(1)) == before


def test_a_file_counts_with_its_content(tmp_path):
    path = tmp_path / "w.cpt"
    keys = [key(path)]
    for text in ("a", "b"):
        path.write_text(text)
        keys.append(key(path))
    assert len(set(keys)) == 3
    assert key_of({"it": path}).files == {os.path.realpath(path)}
    assert key(tmp_path)  # a folder counts with its name: what lies in it shows when it is opened


@pytest.mark.parametrize(
    "through", ["torch", "numpy", "a row through numpy", "an order through numpy", "an order through .data"]
)
def test_large_data_are_hashed_again_when_they_change(through):
    images, labels = torch.rand(2000, 1, 32, 32), torch.zeros(2000, dtype=torch.int64)
    data = code.TensorLoader(images, labels)
    before = key(data)
    assert key(data) == before == key(code.TensorLoader(images.clone(), labels.clone()))
    if through == "torch":
        images[7, 0, 3, 3] += 0.5
    elif through == "numpy":
        images.numpy()[7, 0, 3, 3] += 1e-3
    elif through == "a row through numpy":
        images.numpy()[[7, 1007]] = images.numpy()[[1007, 7]]
    elif through == "an order through numpy":
        images.numpy()[:] = images.numpy()[:, :, ::-1].copy()
    else:
        images.data[:] = images.data.roll(2, 3)
    assert key(data) != before


def generator():
    yield 1


def forked():
    with torch.random.fork_rng():
        return torch.rand(1)


@pytest.mark.parametrize(
    "make",
    [
        generator, lambda: iter([1]), lambda: map(abs, [1]), lambda: zip([1]), lambda: itertools.count(),
        threading.Lock, lambda: DataLoader(TensorDataset(torch.zeros(2))), lambda: torch.zeros(2, device="meta"),
        lambda: torch.eye(2).to_sparse(), lambda: torch.ones(2, requires_grad=True) * 2, lambda: sys.stdout,
        lambda: lambda: eval("SCALE"), lambda: lambda: globals()["SCALE"], lambda: lambda: os.environ["HOME"],
        lambda: lambda: os.getenv("HOME"), lambda: code.get_profile, lambda: nn.Sequential(nn.LazyLinear(2)),
        lambda: closure(generator()), lambda: __import__("time").time, lambda: lambda: datetime.date.today(),
        lambda: lambda: datetime.datetime.now(), lambda: forked, lambda: lambda: torch.initial_seed(),
        lambda: lambda: torch.jit.load("a file"), lambda: lambda: torch.from_file("a file", size=1),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused_in_words(make):
    with pytest.raises(CannotTell, match="it: "):
        key_of({"it": make()})


def test_a_scheduler_that_steers_an_optimizer_is_refused():
    steered = optimizer(0.1)
    torch.optim.lr_scheduler.StepLR(steered, 1)
    with pytest.raises(CannotTell):
        key(steered)


def test_looking_at_things_does_not_change_them():
    things = [make(1) for make in MAKERS]
    before = torch.get_rng_state()
    first = key(things)
    assert key(things) == first and torch.equal(torch.get_rng_state(), before)


def test_what_python_notes_on_a_class_at_its_first_copy_does_not_count():
    class New:
        pass

    before = key(New)
    copy.copy(New())
    assert key(New) == before


def test_structures_that_hold_themselves_end():
    ring, deep = [], {}
    ring.append(ring)
    for _ in range(10_000):
        deep = {"": deep}
    assert key(ring) == key(ring)
    with pytest.raises(CannotTell, match="RecursionError"):
        key(deep)


@pytest.mark.night
def test_keys_are_the_same_in_a_new_process():
    script = """
import sys
sys.path[:0] = ["tests"]
import test_content as t
things = [make(2) for make in t.MAKERS] + [x for pair in t.other_pairs() for x in pair] + [{"a", "b", "c", "d"}]
things += [t.uses_it_indirectly, t.utils.eigenpairs, t.code.learn_one_model, t.code.get_digits, t.loader().in_order(3)]
for thing in things:
    print(t.key(thing))
"""
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script], cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert outputs[0] == outputs[1] and len(set(outputs[0].split())) > 70
