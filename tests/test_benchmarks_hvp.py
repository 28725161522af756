"""The reference solution of "make it fast" gives what the double backward gives, whatever it keeps."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import lab_cnn_solution as code

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

import hvp  # noqa: E402

pytestmark = pytest.mark.long

CPU = torch.device("cpu")
criterion = nn.CrossEntropyLoss()


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


def error(fast, net, loader, params=None, loss=criterion):
    """The distance of a product to that of the double backward, relative to its length."""
    params = list(net.parameters()) if params is None else params
    draw = torch.Generator().manual_seed(0)
    vec = [torch.randn(p.shape, generator=draw) for p in params]
    products = []
    for function in (fast, hvp.double_backward):
        function(vec, params, net, loss, loader, CPU)
        products.append(torch.cat([p.grad.reshape(-1) for p in params]))
    return ((products[0] - products[1]).norm() / products[1].norm()).item()


def test_the_product_is_that_of_the_double_backward(net, loader):
    fast = hvp.FastHessVecProd()
    assert error(fast, net, loader) < 1e-5
    assert error(fast, net, loader) < 1e-5, "a product changed what is kept for the next"
    assert all(values is not None for batch, values in fast.batches) and len(fast.batches) == 3


def test_batches_beyond_the_memory_limit_are_computed_again_each_time(net, loader):
    whole = hvp.FastHessVecProd()
    whole.set_up(list(net.parameters()), net, criterion, loader, CPU)
    sizes = [hvp._bytes_of(values, [*whole.weights, *batch]) for batch, values in whole.batches]
    fast = hvp.FastHessVecProd(limit=sizes[0] + sizes[1] // 2)
    assert error(fast, net, loader) < 1e-5
    assert [values is None for batch, values in fast.batches] == [False, True, True]
    assert error(hvp.FastHessVecProd(limit=0), net, loader) < 1e-5


@pytest.mark.parametrize("change", ["in place", "behind autograd's back", "loaded"])
def test_changed_weights_are_seen(net, loader, change):
    fast = hvp.FastHessVecProd()
    error(fast, net, loader)
    graphs = list(fast.graphs.values())
    if change == "in place":
        with torch.no_grad():
            net.conv2.weight *= 1.1
    elif change == "loaded":
        net.load_state_dict({name: 0.9 * value for name, value in net.state_dict().items()})
    else:
        net.fc1.weight.data[0] += 0.1
    assert error(fast, net, loader) < 1e-5
    assert list(fast.graphs.values()) == graphs, "traced again, though only the weights changed"


def test_another_net_loader_criterion_or_params_are_seen(net, loader):
    fast = hvp.FastHessVecProd()
    error(fast, net, loader)
    assert error(fast, net, loader.in_order(100)) < 1e-5
    assert error(fast, net, loader, loss=nn.CrossEntropyLoss(label_smoothing=0.3)) < 1e-5
    assert error(fast, net, loader, params=[net.conv1.bias, net.fc2.weight]) < 1e-5
    with code.seeded(1):
        assert error(fast, code.CNN(), loader) < 1e-5


def test_a_weight_outside_params_counts_as_it_is_now(net, loader):
    params = [net.fc1.weight, net.fc3.bias]
    fast = hvp.FastHessVecProd()
    error(fast, net, loader, params)
    with torch.no_grad():
        net.conv1.weight *= 1.1
    assert error(fast, net, loader, params) < 1e-5


def test_batches_that_come_mixed_are_kept_as_they_came(net):
    mixed = code.get_digits(num_images=100, batch_size=40, device=CPU)[0]
    assert mixed.shuffle
    fast = hvp.FastHessVecProd(limit=0)
    assert error(fast, net, mixed) < 1e-5
    assert error(fast, net, mixed) < 1e-5


class InPlace(nn.Module):
    """Writes what depends on the weights into a tensor that does not."""

    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv2d(1, 3, 5), nn.Linear(3 * 24**2, 10)

    def forward(self, x):
        output = torch.zeros(len(x), 10)
        output += torch.tanh(self.linear(torch.relu_(self.conv(x)).flatten(1)))
        return output


def test_a_network_that_works_in_place_is_no_exception(loader):
    with code.seeded(0):
        net = InPlace()
    fast = hvp.FastHessVecProd()
    assert error(fast, net, loader) < 1e-5
    assert error(fast, net, loader) < 1e-5
