"""The traced product gives what the double backward gives, whatever it keeps, and is no answer to the task."""

import copy
import functools
import random
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import lab_cnn_solution as code
from losssurf_lab import calling, eigenpairs, spectrum, traced
from losssurf_lab.traced import traced_hess_vec_prod as fast

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from hvp import double_backward  # noqa: E402

pytestmark = pytest.mark.long

CPU = torch.device("cpu")
criterion = nn.CrossEntropyLoss()


@pytest.fixture(autouse=True)
def nothing_kept():
    traced._memory.cache_clear()
    yield
    traced._memory.cache_clear()


@pytest.fixture
def tracings(monkeypatch):
    """The list of networks that were traced."""
    networks, trace = [], traced._traced
    monkeypatch.setattr(traced, "_traced", lambda chosen, net, *rest: networks.append(net) or trace(chosen, net, *rest))
    return networks


@pytest.fixture(scope="module")
def trained():
    """The CNN after two epochs on digits: where a product has no part that is zero."""
    return code.learn_one_model(*code.get_digits(num_images=300, device=CPU), 2, seed=0, device=CPU).model


@pytest.fixture
def net(trained):
    net = code.CNN()
    net.load_state_dict(trained.state_dict())
    return net


@pytest.fixture(scope="module")
def loader():
    """Batches of 40, 40 and 20."""
    return code.get_digits(num_images=100, device=CPU)[0].in_order(40)


def error(net, loader, params=None, loss=criterion, device=CPU):
    """The distance of a product to that of the double backward, relative to its length."""
    params = list(net.parameters()) if params is None else params
    draw = torch.Generator().manual_seed(0)
    vec = [torch.randn(p.shape, generator=draw).to(device) for p in params]
    products = []
    for function in (fast, double_backward):
        function(vec, params, net, loss, loader, device)
        products.append(torch.cat([p.grad.reshape(-1) for p in params]))
    return ((products[0] - products[1]).norm() / products[1].norm()).item()


def batches():
    return traced._memory().ready.batches


def test_the_product_is_that_of_the_double_backward(net, loader):
    assert error(net, loader) < 1e-5
    assert error(net, loader) < 1e-5, "a product changed what is kept for the next"
    assert all(values is not None for *_, values in batches()) and len(batches()) == 3


def test_batches_beyond_the_memory_limit_are_computed_again_each_time(net, loader, monkeypatch):
    error(net, loader)
    sizes = [traced._bytes_of(values, [*traced._memory().ready.state, *batch]) for batch, _, values in batches()]
    for room, kept in ((sizes[0] + sizes[1] // 2, [True, False, False]), (0, [False] * 3)):
        traced._memory().ready = None
        monkeypatch.setattr(traced, "MOST_KEPT", room)
        assert error(net, loader) < 1e-5
        assert [values is not None for *_, values in batches()] == kept


@pytest.mark.parametrize("change", ["in place", "behind autograd's back", "loaded"])
def test_changed_weights_are_seen_and_nothing_is_traced_again(net, loader, change, tracings):
    error(net, loader)
    before = len(tracings)
    if change == "in place":
        with torch.no_grad():
            net.conv2.weight *= 1.1
    elif change == "loaded":
        net.load_state_dict({name: 0.9 * value for name, value in net.state_dict().items()})
    else:
        net.fc1.weight.data[0] += 0.1
    assert error(net, loader) < 1e-5
    assert len(tracings) == before


def test_another_network_of_the_same_kind_is_not_traced_again(net, loader, tracings):
    error(net, loader)
    before = len(tracings)
    with code.seeded(1):
        other = code.CNN()
    assert error(other, loader.in_order(40)) < 1e-5
    assert len(tracings) == before == 2  # for batches of 40 and of 20


def test_another_loader_criterion_or_params_are_seen(net, loader):
    error(net, loader)
    assert error(net, loader.in_order(100)) < 1e-5
    assert error(net, loader, loss=nn.CrossEntropyLoss(label_smoothing=0.3)) < 1e-5
    assert error(net, loader, params=[net.conv1.bias, net.fc2.weight]) < 1e-5
    assert error(net, loader, params=[net.fc2.weight, net.conv1.bias]) < 1e-5
    assert error(net, loader, loss=lambda output, y: (output.exp().sum(1) - output[range(len(y)), y]).mean()) < 1e-5


class Scaled(nn.Module):
    """A number, and a tensor that is no buffer, which decide what it does."""

    def __init__(self, scale):
        super().__init__()
        self.scale, self.shift, self.linear = scale, torch.full((10,), scale), nn.Linear(28 * 28, 10)

    def forward(self, x):
        return torch.tanh(self.scale * self.linear(x.flatten(1)) + self.shift) ** 3


def test_what_a_network_holds_besides_its_weights_counts(loader):
    one, other = Scaled(1.0), Scaled(2.0)
    other.load_state_dict(one.state_dict())
    assert error(one, loader) < 1e-5
    assert error(other, loader) < 1e-5
    one.shift += 1
    assert error(code.CNN(), loader) < 1e-5  # so that what was made ready for `one` is gone
    assert error(one, loader) < 1e-5


def test_class_weights_that_change_are_seen(net, loader):
    weighted = nn.CrossEntropyLoss(weight=torch.linspace(1, 2, 10))
    assert error(net, loader, loss=weighted) < 1e-5
    weighted.weight *= torch.linspace(2, 1, 10)
    assert error(net, loader, loss=weighted) < 1e-5


def test_a_weight_outside_params_counts_as_it_is_now(net, loader):
    params = [net.fc1.weight, net.fc3.bias]
    error(net, loader, params)
    with torch.no_grad():
        net.conv1.weight *= 1.1
    assert error(net, loader, params) < 1e-5


def test_batches_that_come_mixed_are_kept_as_they_came(net, monkeypatch):
    monkeypatch.setattr(traced, "MOST_KEPT", 0)
    mixed = code.get_digits(num_images=100, batch_size=40, device=CPU)[0]
    assert mixed.shuffle
    assert error(net, mixed) < 1e-5
    assert error(net, mixed) < 1e-5


class InPlace(nn.Module):
    """Writes what depends on the weights into a tensor that does not."""

    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv2d(1, 3, 5), nn.Linear(3 * 24**2, 10)

    def forward(self, x):
        output = torch.zeros(len(x), 10)
        output += torch.tanh(self.linear(torch.relu_(self.conv(x)).flatten(1)))
        return output


def with_batch_norm():
    return nn.Sequential(
        nn.Conv2d(1, 4, 5), nn.BatchNorm2d(4), nn.Tanh(), nn.AvgPool2d(6), nn.Flatten(), nn.Dropout(), nn.Linear(64, 10)
    )


def tied():
    net = nn.Sequential(
        nn.AvgPool2d(7), nn.Flatten(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 16), nn.Linear(16, 10)
    )
    net[4].weight = net[2].weight
    return net


@pytest.mark.parametrize("make", [InPlace, with_batch_norm, tied])
def test_networks_of_other_kinds(loader, make):
    with code.seeded(0):
        net = make()
    code.train_epoch(net, torch.optim.SGD(net.parameters(), lr=0.1), loader, criterion, CPU)
    net.eval()
    assert error(net, loader) < 1e-5
    assert error(net, loader) < 1e-5


def test_running_statistics_count_as_they_are_now(loader):
    net = with_batch_norm().eval()
    assert error(net, loader) < 1e-5
    net[1].running_var *= 4
    assert error(net, loader) < 1e-5


def with_the_statistics_of_the_batch():
    """A network whose first bias changes nothing: its part of a product is nothing but rounding."""
    norms = (nn.BatchNorm2d(number, track_running_stats=False) for number in (6, 16))
    net = code.CNN()
    net.conv1, net.conv2 = (nn.Sequential(conv, norm) for conv, norm in zip((net.conv1, net.conv2), norms))
    return net


def test_each_batch_normalised_by_its_own_statistics(loader, device):
    with code.seeded(0):
        net = with_the_statistics_of_the_batch().to(device)
    assert error(net, loader, device=device) < (1e-5 if device.type == "cpu" else 1e-3)  # TF32, where a GPU has it


def test_only_the_product_as_a_whole_is_compared_with_what_was_traced():
    noise, part = 1e-9 * torch.randn(2, 6, generator=torch.Generator().manual_seed(0)), torch.ones(3, 3)
    assert traced._are_close([noise[0], part], [noise[1], part])
    assert traced._are_close([part * (1 + 1e-6)], [part])
    assert not traced._are_close([noise[0], part * 1.01], [noise[1], part])
    assert not traced._are_close([noise[0], 0 * part], [noise[0], part])


def test_a_network_that_is_no_function_of_the_images_is_refused(loader):
    with pytest.raises(ValueError, match="dropout in training mode: call net.eval"):
        error(nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(784, 10)), loader)


class Branching(nn.Linear):
    def forward(self, x):
        output = super().forward(x.flatten(1))
        return output if output.sum() > 0 else output**2


def test_a_network_that_cannot_be_traced_is_refused_in_words(loader):
    with pytest.raises(ValueError, match="cannot be traced .*take eval_hess_vec_prod"):
        error(Branching(784, 10), loader)


@pytest.mark.parametrize("loss", [nn.MSELoss(), nn.L1Loss()])
def test_a_loss_of_numbers_is_either_computed_or_refused_and_never_ends_python(loader, loss):
    images, labels = loader.dataset.tensors
    numbers = code.TensorLoader(images, nn.functional.one_hot(labels, 10).float(), batch_size=40)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.Tanh())
    try:
        assert error(net, numbers, loss=loss) < 1e-5
    except ValueError as refusal:
        assert "take eval_hess_vec_prod" in str(refusal)


class Changeable(nn.Module):
    """Has all that can change without a weight: a layer, a number, a tensor that is no buffer."""

    def __init__(self):
        super().__init__()
        self.first, self.act, self.last = nn.Linear(784, 6), nn.Tanh(), nn.Linear(6, 10)
        self.scale, self.mask = 1.0, torch.ones(6)

    def forward(self, x):
        return self.last(self.act(self.first(x.flatten(1))) * self.scale * self.mask)


smoothing = 0.0


def smoothed(output, labels):
    return nn.functional.cross_entropy(output, labels, label_smoothing=smoothing)


def smooth_more(*_):
    global smoothing
    smoothing += 0.4


def reversed_images(loader):
    images, labels = loader.dataset.tensors
    return torch.utils.data.TensorDataset(images.flip(0), labels)


CHANGES = {
    "layer": lambda net, loss, loader: setattr(net, "act", nn.ReLU()),
    "number": lambda net, loss, loader: setattr(net, "scale", 3.0),
    "tensor": lambda net, loss, loader: setattr(net, "mask", torch.arange(6.0)),
    "hook": lambda net, loss, loader: net.last.register_forward_hook(lambda module, inputs, output: 2 * output),
    "attribute of the loss": lambda net, loss, loader: setattr(loss, "label_smoothing", 0.5),
    "global variable": smooth_more,
    "data set": lambda net, loss, loader: setattr(loader, "dataset", reversed_images(loader)),
    "tensors of the data set": lambda net, loss, loader: setattr(
        loader.dataset, "tensors", reversed_images(loader).tensors
    ),
    "images": lambda net, loss, loader: loader.dataset.tensors[0].mul_(0.5),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_decides_the_loss_is_seen_when_it_changes(change):
    with code.seeded(0):
        net, loss = Changeable(), smoothed if change == "global variable" else nn.CrossEntropyLoss()
    loader = code.get_digits(num_images=20, device=CPU)[0].in_order(20)
    assert error(net, loader, loss=loss) < 1e-5
    CHANGES[change](net, loss, loader)
    assert error(net, loader, loss=loss) < 1e-5


def test_nothing_is_made_ready_again_where_nothing_has_changed(net, loader):
    for batches in (loader, [*loader]):
        batches = eigenpairs.Batches(batches)
        error(net, batches)
        ready = traced._memory().ready
        error(net, batches)
        assert traced._memory().ready is ready


class Decayed(nn.Module):
    """A loss that holds the network, whose weights it decays."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, output, labels):
        return criterion(output, labels) + sum(p.pow(4).sum() for p in self.net.parameters())


def test_weights_that_the_loss_holds_too_count_in_both(loader):
    net = Changeable()
    assert error(net, loader, loss=Decayed(net)) < 1e-5
    with torch.no_grad():
        net.last.weight *= 2
    assert error(net, loader, loss=Decayed(net)) < 1e-5


class Listed(Changeable):
    def __init__(self):
        super().__init__()
        self.weights = [self.first.weight, self.first.bias]

    def forward(self, x):
        return self.last(torch.tanh(nn.functional.linear(x.flatten(1), *self.weights)))


class PartlyWithoutGradients(Changeable):
    def forward(self, x):
        x = torch.tanh(self.first(x.flatten(1)))
        with torch.no_grad():
            factor = torch.tanh(self.last(x))
        return self.last(x) * factor


class Masked(Changeable):
    """Adds the mean over some of the images, of another number in each batch."""

    def forward(self, x):
        output = super().forward(x)
        return output + output[output[:, 0] > 0].exp().mean(0)


class Counting(Changeable):
    def forward(self, x):
        self.calls = getattr(self, "calls", 0) + 1
        return super().forward(x)


class LayerDrop(Changeable):
    """Leaves a layer out so seldom that nearly all evaluations agree."""

    def __init__(self, draw):
        super().__init__()
        self.draw = draw

    def forward(self, x):
        x = torch.tanh(self.first(x.flatten(1)))
        return self.last(x if self.draw() < 1e-6 else x**2)


class Lookup(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.table, self.last = nn.Embedding(2, 3, **options), nn.Linear(3, 10)

    def forward(self, x):
        return self.last(torch.tanh(self.table((x.flatten(1) > 0).long()).mean(1)))


REFUSED = {
    "weights in a list": (Listed, "another way than as the network's own"),
    "part without gradients": (PartlyWithoutGradients, "another product than autograd"),
    "mask": (Masked, "a mask decides shapes"),
    "counter": (Counting, "changes as it is evaluated"),
    "Python's random numbers": (lambda: LayerDrop(random.random), "not a function of its weights"),
    "NumPy's": (lambda: LayerDrop(np.random.rand), "not a function of its weights"),
    "PyTorch's": (lambda: LayerDrop(functools.partial(torch.rand, ())), "not a function of its weights"),
    "its own": (lambda: LayerDrop(np.random.default_rng(0).random), "changes as it is evaluated"),
    "the clock": (lambda: LayerDrop(time.time), "cannot be told"),
    "max_norm": (lambda: Lookup(max_norm=0.1), "table has a max_norm"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_network_whose_product_would_be_another_is_refused_in_words(loader, kind):
    make, words = REFUSED[kind]
    net = make()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.raises(ValueError, match=words):
        error(net, loader)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_a_loss_that_names_the_weights_is_refused_in_words(loader):
    net = Changeable()
    with pytest.raises(ValueError, match="another way than as the network's own"):
        error(net, loader, loss=lambda output, y: criterion(output, y) + net.last.weight.pow(4).sum())


def test_a_parameter_of_another_network_is_refused_in_words(net, loader):
    with pytest.raises(ValueError, match="none of the network's parameters"):
        error(net, loader, params=[nn.Parameter(torch.ones(2))])


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows, self.last = nn.GRU(28, 4, batch_first=True), nn.Linear(4, 10)

    def forward(self, x):
        return self.last(self.rows(x[:, 0])[0][:, -1])


def test_a_recurrent_network_is_afterwards_what_it_was(loader):
    net = Recurrent()
    assert error(net, loader) < 1e-5
    assert error(net, loader) < 1e-5
    copy.deepcopy(net)


def test_an_answer_cannot_call_it(net, loader):
    params = list(net.parameters())
    _, raised, _ = calling.attempt_apart(fast, [params, params, net, criterion, loader, CPU])
    assert "the task is to write a product of your own" in raised


def test_what_it_remembers_is_no_part_of_the_key_of_a_result(net, loader, monkeypatch, tmp_path):
    monkeypatch.setenv("LOSSSURF_CACHE", str(tmp_path))
    density = spectrum.spectral_density(fast, net, criterion, loader, CPU, num_vectors=1, num_steps=3)
    files = sorted(tmp_path.rglob("*"))
    again = spectrum.spectral_density(fast, net, criterion, loader, CPU, num_vectors=1, num_steps=3)
    assert files and sorted(tmp_path.rglob("*")) == files
    assert (again[0] == density[0]).all()
