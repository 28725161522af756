import contextlib
import io

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils.data import DataLoader, SubsetRandomSampler, TensorDataset, WeightedRandomSampler

import lab_cnn_solution as code
import losssurf_lab_utils as utils

criterion = nn.CrossEntropyLoss()


class NormNet(nn.Module):
    """A small network with everything that a state dict can hold: weights, running statistics, a counter."""

    def __init__(self, width=4):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.BatchNorm1d(width), nn.Linear(width, 10))

    def forward(self, x):
        return self.layers(x)


def network(net_class, seed):
    with code.seeded(seed):
        net = net_class()
        if net_class is NormNet:
            net(torch.rand(8, 1, 28, 28))  # gives the running statistics values of their own
    return net.eval()


@pytest.fixture(scope="module")
def images():
    return torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def loaders():
    return tuple(code.TensorLoader(*[t[:60] for t in loader.dataset.tensors]) for loader in code.get_digits())


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


# ---------------------------------------------------------------------------------------------- weights as vectors


def odd_state_dict(device="cpu"):
    return {
        "half": torch.tensor([0.1, -3.0], dtype=torch.bfloat16, device=device),
        "scalar": torch.tensor(0.3, device=device),
        "matrix": torch.arange(6, dtype=torch.float32, device=device).reshape(2, 3).T,
        "none": torch.zeros(0, 3, device=device),
        "counter": torch.tensor(7, dtype=torch.int64, device=device),
        "mask": torch.tensor([True, False], device=device),
    }


@pytest.mark.parametrize(
    "extra", [{}, {"double": torch.tensor([0.1], dtype=torch.float64)}, {"big": torch.tensor([2**40 + 1])}]
)
def test_a_state_dict_comes_back_from_its_vector_exactly(extra, device):
    state_dict = odd_state_dict(device) | {name: value.to(device) for name, value in extra.items()}
    vector = utils.sd2tensor(state_dict)
    assert vector.dtype == (torch.float64 if extra else torch.float32) and vector.device.type == device.type
    back = utils.tensor2sd(vector, state_dict)
    assert list(back) == list(state_dict)
    for name, value in state_dict.items():
        assert (back[name].dtype, back[name].shape, back[name].device) == (value.dtype, value.shape, value.device)
        assert torch.equal(back[name], value), name
    assert torch.equal(utils.sd2tensor(back), vector)


def test_the_state_dict_from_a_vector_has_memory_of_its_own():
    state_dict = {"w": torch.ones(3)}
    vector = utils.sd2tensor(state_dict)
    back = utils.tensor2sd(vector, state_dict)
    vector.zero_()
    assert back["w"].tolist() == state_dict["w"].tolist() == [1, 1, 1]


def test_an_average_of_counters_is_rounded_and_keeps_its_dtype():
    back = utils.tensor2sd(torch.tensor([2.5, 3.7]), {"w": torch.zeros(1), "n": torch.tensor(0)})
    assert back["n"].dtype == torch.int64 and back["n"].item() == 4


def test_vectors_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"shape \(5,\); the state dict holds 3 numbers"):
        utils.tensor2sd(torch.zeros(5), {"w": torch.zeros(3)})
    with pytest.raises(ValueError, match="the state dict is empty"):
        utils.sd2tensor({})
    with pytest.raises(ValueError, match="epoch is no tensor but int"):
        utils.sd2tensor({"w": torch.zeros(3), "epoch": 3})
    with pytest.raises(ValueError, match="big .* holds numbers that float64 cannot hold"):
        utils.sd2tensor({"big": torch.tensor([2**60 + 1])})
    params = list(nn.Linear(3, 2).parameters())
    with pytest.raises(ValueError, match=r"shape \(9,\); the parameters hold 8 numbers"):
        utils.npvec_to_tensorlist(np.zeros(9), params, "cpu")


def test_numpy_vectors_and_parameters_are_exact_inverses(device):
    net = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1).double()).to(device)
    params = list(net.parameters())
    vec = np.random.default_rng(0).standard_normal(11)
    vec[:8] = vec[:8].astype(np.float32)
    parts = utils.npvec_to_tensorlist(vec[::-1][::-1], params, device)
    for part, p in zip(parts, params, strict=True):
        assert (part.shape, part.dtype, part.device) == (p.shape, p.dtype, p.device)
        p.grad = part
    assert np.array_equal(utils.gradtensor_to_npvec(net), vec)


def test_a_vector_of_gradients_is_a_copy_and_float32_for_a_float32_network():
    net = nn.Linear(3, 2)
    vec = np.ones(8, dtype=np.float32)
    parts = utils.npvec_to_tensorlist(vec, net.parameters(), "cpu")
    vec[:] = 0
    assert parts[0].sum() == 6
    for part, p in zip(parts, net.parameters(), strict=True):
        p.grad = part
    assert utils.gradtensor_to_npvec(net).dtype == np.float32


def test_frozen_and_unused_parameters_count_as_zeros():
    net = nn.Sequential(nn.Linear(2, 1), nn.Linear(2, 1))
    net[0].weight.requires_grad_(False)
    net[0](torch.ones(1, 2)).sum().backward()
    assert utils.gradtensor_to_npvec(net).tolist() == [0, 0, 1, 0, 0, 0]


# ------------------------------------------------------------------------------------------------------- manifolds


@pytest.mark.parametrize("net_class", [code.CNN, NormNet])
def test_a_segment_is_the_first_network_at_0_the_second_at_1_and_between_a_mean_of_weights(net_class, images, device):
    ends = [network(net_class, seed).to(device) for seed in (0, 1)]
    segment = utils.Segment(net_class, [end.state_dict() for end in ends]).to(device).eval()
    segment.freeze_index = True
    x = images.to(device)
    for t in (0, 1):
        segment.index = t
        torch.testing.assert_close(segment(x), ends[t](x))
    quarter = network(net_class, 0).to(device)
    first, second = (utils.sd2tensor(end.state_dict()) for end in ends)
    quarter.load_state_dict(utils.tensor2sd(0.75 * first + 0.25 * second, ends[0].state_dict()))
    segment.index = 0.25
    torch.testing.assert_close(segment(x), quarter(x), rtol=1e-4, atol=1e-5)


def test_buffers_come_from_the_supports_with_their_dtype():
    ends = [network(NormNet, seed) for seed in (0, 1)]
    segment = utils.Segment(NormNet, [end.state_dict() for end in ends])
    segment.index = 0.5
    weights = segment.gen_weights()
    counter, mean = "layers.2.num_batches_tracked", "layers.2.running_mean"
    assert weights[counter].dtype == torch.int64 and weights[counter].item() == 1
    torch.testing.assert_close(weights[mean], (ends[0].state_dict()[mean] + ends[1].state_dict()[mean]) / 2)


def test_training_along_a_path_leaves_the_endpoints_and_their_buffers_alone(images):
    ends = [network(NormNet, seed).state_dict() for seed in (0, 1)]
    segment = utils.Segment(NormNet, ends).train()
    segment(images)
    for net, end in zip(segment.support_nets, ends, strict=True):
        assert all(torch.equal(value, end[name]) for name, value in net.state_dict().items())


def test_a_segment_has_nothing_to_train():
    segment = utils.Segment(code.CNN, [code.CNN().state_dict(), code.CNN().state_dict()])
    assert not [p for p in segment.parameters() if p.requires_grad] and len(segment.param_nets) == 0


def test_a_segment_draws_its_index_unless_it_is_frozen(images):
    segment = utils.Segment(code.CNN, [code.CNN().state_dict(), code.CNN().state_dict()])
    drawn = {(segment(images), segment.index.item())[1] for _ in range(20)}
    assert len(drawn) == 20 and 0 <= min(drawn) and max(drawn) <= 1
    segment.freeze_index, segment.index = True, 0.3
    segment(images)
    assert segment.index.item() == pytest.approx(0.3)


class Tied(nn.Module):
    """A network of which two layers share their weight, but not their bias."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(784, 5), nn.Linear(5, 10)
        self.one, self.other = nn.Linear(5, 5), nn.Linear(5, 5)
        self.other.weight = self.one.weight

    def forward(self, x):
        return self.last(self.other(self.one(self.first(x.flatten(1))).tanh()).tanh())


class Bend(utils.Base):
    """The parabola through the first support, the trained weights at t = 1/2 and the second support."""

    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        (bend,), (start, end), t = param_list, support_list, self.index
        return (1 - t) * (1 - 2 * t) * start + 4 * t * (1 - t) * bend + t * (2 * t - 1) * end


@pytest.mark.parametrize("position", [0, 0.25, 1])
def test_tied_weights_are_made_once_and_stay_tied_at_every_index(images, position):
    ends = [network(Tied, seed) for seed in (0, 1)]
    vectors = [utils.sd2tensor(end.state_dict()) for end in ends]
    segment = utils.Segment(Tied, [end.state_dict() for end in ends])
    plane = utils.Plane2dConnection(Tied, vectors[0], vectors[1] - vectors[0], vectors[1])
    segment.freeze_index, segment.index, plane.index = True, position, [position, 0]
    expected = network(Tied, 2)
    mixed = (1 - position) * vectors[0] + position * vectors[1]
    expected.load_state_dict(utils.tensor2sd(mixed, ends[0].state_dict()))
    for manifold in (segment, plane):
        weights = manifold.gen_weights()
        assert weights["one.weight"] is weights["other.weight"]
        torch.testing.assert_close(manifold(images), expected(images))


@pytest.mark.parametrize("item, name", [([torch.zeros(1)], "list"), (0.5, "float"), (np.zeros(1), "ndarray")])
def test_weights_that_are_no_tensor_are_named(item, name):
    class Other(utils.Base):
        def process_weights_item(self, param_list, support_list):
            return item

    with pytest.raises(TypeError, match=f"process_weights_item must return a tensor, and returned a {name}$"):
        Other(nn.Linear, net_args=(1, 1)).gen_weights()


def test_a_path_of_tied_networks_is_trained_with_one_gradient_for_both_places(images):
    path = Bend(Tied, [network(Tied, seed).state_dict() for seed in (0, 1)])
    path.freeze_index, path.index = True, 0.5
    path(images).sum().backward()
    alone = network(Tied, 2)
    alone.load_state_dict(path.param_nets[0].state_dict())
    alone(images).sum().backward()
    assert len(list(path.param_nets.parameters())) == len(list(alone.parameters())) == 7
    for found, expected in zip(path.param_nets.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(found.grad, expected.grad)


def test_a_direction_that_would_part_tied_weights_is_refused():
    vector = utils.sd2tensor(network(Tied, 0).state_dict())
    apart = torch.randn(len(vector), generator=torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="support 1: one.weight and other.weight are one weight in Tied, but differ"):
        utils.Plane2dConnection(Tied, vector, apart, vector)
    half = {k: v for k, v in network(Tied, 0).state_dict().items() if k != "other.weight"}  # as safetensors keeps it
    segment = utils.Segment(Tied, [half, half])
    assert torch.equal(utils.sd2tensor(segment.gen_weights()), vector)


def test_the_principal_directions_of_tied_networks_span_a_plane():
    points = np.stack([utils.sd2tensor(network(Tied, seed).state_dict()).numpy() for seed in range(5)])
    mean = points.mean(axis=0)
    directions = np.linalg.svd(points - mean, full_matrices=False)[2]
    directions += 1e-8 * np.random.default_rng(0).standard_normal(directions.shape)  # another library's rounding
    plane = utils.Plane2dConnection(Tied, mean, *directions[:2])
    plane.index = (points[3] - mean) @ directions[:2].T
    near = utils.sd2tensor(plane.gen_weights()).numpy()
    assert np.linalg.norm(near - points[3]) < np.linalg.norm(mean - points[3])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_a_manifold_has_the_dtype_of_its_network(images, dtype):
    def net_class():
        return code.CNN().to(dtype)

    ends = [net_class() for _ in range(2)]
    segment = utils.Segment(net_class, [end.state_dict() for end in ends])
    segment.freeze_index = True
    assert {weight.dtype for weight in segment.gen_weights().values()} == {dtype}
    for position, end in zip((0, 1), ends, strict=True):
        segment.index = position
        torch.testing.assert_close(segment(images.to(dtype)), end(images.to(dtype)))
        loader = code.TensorLoader(images, torch.arange(6))
        expected = code.evaluate_loss_acc(loader, end, criterion, "cpu")
        assert code.evaluate_loss_acc(loader, segment, criterion, "cpu") == pytest.approx(expected, rel=1e-2)


def test_complex_weights_are_combined_and_not_copied():
    class Phase(nn.Module):
        def __init__(self, value=0j):
            super().__init__()
            self.weight = nn.Parameter(torch.tensor([value]))

    segment = utils.Segment(Phase, [Phase(2 + 4j).state_dict(), Phase(4 - 4j).state_dict()])
    segment.index = 0.5
    assert segment.gen_weights()["weight"].item() == 3


def test_a_network_in_training_mode_does_not_change_what_is_given(images):
    given = network(NormNet, 0).state_dict()
    base = utils.Base(NormNet, [given], num_param_nets=0).train()
    base(images)
    assert all(torch.equal(value, given[name]) for name, value in base.support_nets[0].state_dict().items())


def test_train_and_eval_return_the_manifold_and_reach_the_network():
    base = utils.Base(NormNet)
    assert base.eval() is base and not base.logic_net.layers[2].training
    assert base.train() is base and base.logic_net.layers[2].training


def test_base_without_supports_is_the_network_that_it_trains(images):
    base = utils.Base(code.CNN).eval()
    torch.testing.assert_close(base(images), base.param_nets[0](images))
    base(images).sum().backward()
    assert all(p.grad is not None for p in base.param_nets.parameters())
    assert all(p.grad is None for p in base.logic_net.parameters())
    with pytest.raises(ValueError, match="there are no weights"):
        utils.Base(code.CNN, num_param_nets=0)


def test_arguments_of_the_network_reach_it(images):
    base = utils.Base(NormNet, net_args=(7,)).eval()
    assert base.logic_net.layers[1].out_features == 7 and base(images).shape == (6, 10)
    assert utils.Base(code.CNN, net_kwargs={"k": 2}).logic_net.conv1.out_channels == 12


def test_the_index_is_a_copy_of_what_is_assigned():
    segment = utils.Segment(code.CNN, [code.CNN().state_dict(), code.CNN().state_dict()])
    grid = torch.linspace(0, 1, 5)
    segment.index = grid[2]
    segment.gen_index()
    assert torch.equal(grid, torch.linspace(0, 1, 5)) and segment.index.shape == (1,)
    assert "index" in dict(segment.named_buffers())


def test_the_index_follows_the_manifold_to_its_device(device):
    segment = utils.Segment(code.CNN, [code.CNN().state_dict(), code.CNN().state_dict()]).to(device)
    segment.index = np.float64(0.5)
    assert segment.index.device.type == device.type and segment.index.dtype == torch.float32


@pytest.mark.parametrize("index", [-0.1, 1.5, float("nan")])
def test_an_index_outside_the_range_is_refused(index):
    segment = utils.Segment(code.CNN, [code.CNN().state_dict(), code.CNN().state_dict()])
    with pytest.raises(ValueError, match=r"outside \[0, 1\], the range of Segment"):
        segment.index = index
    with pytest.raises(ValueError, match="an index of 2 numbers; Segment takes 1"):
        segment.index = torch.zeros(2)


@pytest.mark.parametrize("index", [[np.inf, 0], [0, -np.inf], [np.nan, 0]])
def test_an_index_of_a_plane_that_is_not_finite_is_refused(index):
    plane = utils.Plane2dConnection(nn.Linear, [1.0, 1.0], [1.0, 0.0], [0.0, 1.0], net_args=(2, 1, False))
    with pytest.raises(ValueError, match="index .* of Plane2dConnection: it must be finite|outside"):
        plane.index = index


def test_supports_are_files_or_state_dicts_and_wrong_ones_are_named(tmp_path, images):
    ends = [network(code.CNN, seed) for seed in (0, 1)]
    code.save_checkpoint(ends[0].state_dict(), tmp_path / "end.cpt")
    segment = utils.Segment(code.CNN, [tmp_path / "end.cpt", ends[1].state_dict()]).eval()
    segment.freeze_index = True
    torch.testing.assert_close(segment(images), ends[0](images))
    with pytest.raises(FileNotFoundError, match="none.cpt"):
        utils.Segment(code.CNN, [tmp_path / "none.cpt", ends[1].state_dict()])
    with pytest.raises(ValueError, match="(?s)support 1 holds weights of another network than CNN.*size mismatch"):
        utils.Segment(code.CNN, [tmp_path / "end.cpt", code.CNN(2).state_dict()])
    with pytest.raises(ValueError, match="another network than NormNet"):
        utils.Segment(NormNet, [tmp_path / "end.cpt", ends[1].state_dict()])
    with pytest.raises(ValueError, match="a segment joins 2 networks; supports_files has 1"):
        utils.Segment(code.CNN, [ends[0].state_dict()])


def test_checkpoints_of_other_programs_are_supports_too(tmp_path, images):
    net = network(code.CNN, 0)
    state_dict = net.state_dict()
    parallel = nn.DataParallel(net).state_dict()
    kinds = {
        "parallel": parallel,
        "compiled": torch.compile(net).state_dict(),
        "both": {f"_orig_mod.{key}": value for key, value in parallel.items()},
        "with an epoch": {"epoch": 3, "state_dict": state_dict, "optimizer": {"state": {}}},
        "model": {"model": parallel, "epoch": 3},
        "half": {key: value.half() for key, value in state_dict.items()},
    }
    for name, content in kinds.items():
        torch.save(content, tmp_path / name)
        segment = utils.Segment(code.CNN, [tmp_path / name, net])  # a network itself is taken as well
        segment.freeze_index = True
        torch.testing.assert_close(segment(images), net(images), atol=1e-3, rtol=1e-2)
    segment = utils.Segment(lambda: nn.DataParallel(code.CNN()), [state_dict, parallel])
    assert torch.equal(utils.sd2tensor(segment.gen_weights()), utils.sd2tensor(state_dict))


def test_checkpoints_of_anything_else_are_refused_in_one_sentence(tmp_path):
    state_dict = network(code.CNN, 0).state_dict()
    less, more = dict(list(state_dict.items())[1:]), state_dict | {"fc4.bias": torch.ones(1)}
    for name, content, message in (
        ("vector", utils.sd2tensor(state_dict), r"holds a tensor \(44426,\), not the state dict .*tensor2sd"),
        ("network", nn.Linear(2, 2), r"holds a whole network or other objects: save its state_dict\(\)"),
        ("less", less, "another network than CNN: no conv1.weight"),
        ("more", {"model": more}, "another network than CNN: fc4.bias, which it has not"),
        ("wide", code.CNN(2).state_dict(), "size mismatch in conv1.weight, .*; and 2 more"),
        ("epoch", {"epoch": 3}, r"a dict with what is no tensor \(epoch\)"),
        ("empty", {}, "an empty dict"),
        ("list", [1, 2], "holds list"),
    ):
        torch.save(content, tmp_path / name)
        with pytest.raises(ValueError, match=message) as error:
            utils.Segment(code.CNN, [tmp_path / name, state_dict])
        assert name in str(error.value) and "\n" not in str(error.value)
    with pytest.raises(TypeError, match="a list of paths or state dicts"):
        utils.Segment(code.CNN, tmp_path / "less")


@pytest.mark.parametrize("net_class", [code.CNN, NormNet])
def test_a_plane_is_its_mean_plus_the_two_directions(net_class, images, device):
    nets = [network(net_class, seed) for seed in range(3)]
    vectors = [utils.sd2tensor(net.state_dict()) for net in nets]
    plane = utils.Plane2dConnection(net_class, vectors[0].numpy(), vectors[1] - vectors[0], vectors[2] - vectors[0])
    plane = plane.to(device).eval()
    for index, net in zip(([0, 0], [1, 0], [0, 1]), nets, strict=True):
        plane.index = torch.tensor(index)
        torch.testing.assert_close(plane(images.to(device)).cpu(), net(images), rtol=1e-4, atol=1e-5)
    plane.index = [-30, 2.5]  # a plane has no border
    with pytest.raises(ValueError, match="shape .*; the state dict holds"):
        utils.Plane2dConnection(net_class, vectors[0][1:], vectors[1], vectors[2])


# ---------------------------------------------------------------------------------------- loss along a manifold


def test_losses_along_a_segment_are_those_of_the_networks_on_it(loaders, device):
    ends = [network(code.CNN, seed).to(device) for seed in (0, 1)]
    segment = utils.Segment(code.CNN, [end.state_dict() for end in ends]).to(device)
    grid = utils.build_segment_grid(device, 5)
    assert grid.tolist() == [0, 0.25, 0.5, 0.75, 1]
    curves = utils.plot_along_manifold({"s": segment}, *loaders, code.evaluate_loss_acc, criterion, device, grid)
    for part, loader in zip(("train", "test"), loaders, strict=True):
        assert curves["s"][part]["loss"].shape == curves["s"][part]["acc"].shape == (5,)
        for position, end in ((0, ends[0]), (4, ends[1])):
            loss, acc = code.evaluate_loss_acc(loader, end, criterion, device)
            assert curves["s"][part]["loss"][position] == pytest.approx(loss, rel=1e-5)
            assert curves["s"][part]["acc"][position] == pytest.approx(acc)


def test_a_plot_leaves_the_manifold_and_the_grid_as_they_were(loaders):
    segment = utils.Segment(code.CNN, [code.CNN().state_dict(), code.CNN().state_dict()])
    segment.index = 0.7
    grid = torch.linspace(0, 1, 3)
    evaluate = lambda *args: (segment.gen_index(), (1.0, 0.5))[1]  # noqa: E731 - an evaluation that draws an index
    utils.evaluate_along_manifold(segment, loaders[0], evaluate, criterion, "cpu", grid)
    assert segment.index.item() == pytest.approx(0.7) and segment.freeze_index is False
    assert torch.equal(grid, torch.linspace(0, 1, 3))
    with pytest.raises(ValueError, match="outside"):
        utils.evaluate_along_manifold(segment, loaders[0], evaluate, criterion, "cpu", torch.tensor([0.1, 2.0]))
    assert segment.index.item() == pytest.approx(0.7) and segment.freeze_index is False


def test_the_drawn_lines_and_axes_tell_what_was_computed(loaders):
    segment = utils.Segment(code.CNN, [code.CNN().state_dict(), code.CNN().state_dict()])
    grid = torch.linspace(0.25, 0.75, 3)
    backend = plt.get_backend()
    curves = utils.plot_along_manifold(
        {"line": segment}, *loaders, code.evaluate_loss_acc, criterion, "cpu", grid, plot=True, xlabel="position"
    )
    assert plt.get_backend() == backend
    axes = plt.gcf().axes
    assert [axis.get_ylabel() for axis in axes] == ["train loss", "train error, %", "test loss", "test error, %"]
    assert axes[2].get_xlabel() == axes[3].get_xlabel() == "position"
    line = axes[1].lines[0]
    np.testing.assert_allclose(line.get_xdata(), [0.25, 0.5, 0.75])
    np.testing.assert_allclose(line.get_ydata(), 100 - 100 * curves["line"]["train"]["acc"])


def test_the_plane_is_drawn_and_returned_with_the_path_on_it(loaders):
    draw = np.random.default_rng(0)
    example = network(code.CNN, 0).state_dict()
    mean = utils.sd2tensor(example).numpy()
    components = np.linalg.qr(draw.standard_normal((len(mean), 2)))[0].T.astype(np.float32)
    path = np.array([[0, 0], [2, 1], [3, -1.0]], dtype=np.float32)
    plane = utils.Plane2dConnection(code.CNN, mean, *components)
    result = utils.plot_2d(
        components, mean, mean + path @ components, plane, "cpu", *loaders, code.evaluate_loss_acc, criterion, 4, 3
    )
    np.testing.assert_allclose(result["path"], path, atol=1e-4)
    assert result["x"].min() < 0 and result["x"].max() > 3 and (len(result["x"]), len(result["y"])) == (4, 3)
    point = mean + result["x"][1] * components[0] + result["y"][2] * components[1]
    net = code.CNN()
    net.load_state_dict(utils.tensor2sd(torch.tensor(point), example))
    loss, _ = code.evaluate_loss_acc(loaders[1], net, criterion, "cpu")
    assert result["test"]["loss"].shape == (4, 3) and result["test"]["loss"][1, 2] == pytest.approx(loss, rel=1e-4)
    drawn = plt.gcf().axes[0].lines[0]
    np.testing.assert_allclose(np.stack(drawn.get_data(), axis=1), path, atol=1e-4)
    assert plt.gcf().axes[2].get_xlabel() == "step along direction 1"


def with_nan_where(is_bad):
    """An evaluation that gives NaN and infinity at some indices, as a diverging network does."""

    def evaluate(loader, manifold, criterion, device):
        loss, acc = code.evaluate_loss_acc(loader, manifold, criterion, device)
        return (np.nan if manifold.index[0] < 0.5 else np.inf, acc) if is_bad(manifold.index) else (loss, acc)

    return evaluate


def test_values_that_are_nan_are_missing_on_the_plane_and_all_others_are_there(loaders):
    mean = utils.sd2tensor(network(code.CNN, 0).state_dict()).numpy()
    components = np.eye(2, len(mean), dtype=np.float32)
    plane = utils.Plane2dConnection(code.CNN, mean, *components)
    path = mean + np.array([[0, 0], [1, 1]]) @ components
    args = components, mean, path, plane, "cpu", *loaders
    corner = with_nan_where(lambda index: (index < 0).all() or (index > 1).all())
    result = utils.plot_2d(*args, corner, criterion, 3, 3)
    whole = utils.plot_2d(*args, code.evaluate_loss_acc, criterion, 3, 3)
    loss, expected = result["train"]["loss"], whole["train"]["loss"].copy()
    expected[0, 0], expected[2, 2] = np.nan, np.inf
    np.testing.assert_array_equal(loss, expected)
    figure = plt.figure(plt.get_fignums()[0])
    titles = [axis.get_title() for axis in figure.axes[:4]]
    assert titles[::2] == [f"{p} loss\n2 of 9 points missing: NaN or infinite" for p in ("train", "test")]
    assert titles[1] == "train error, %"
    nothing = utils.plot_2d(*args, lambda *args: (np.nan, np.nan), criterion, 3, 3)
    assert np.isnan(nothing["test"]["acc"]).all() and "9 of 9 points missing" in plt.gcf().axes[3].get_title()
    path[1, 0] = np.inf
    with pytest.raises(ValueError, match=r"points \[1\] of the path, counted from 0, hold NaN or infinity"):
        utils.plot_2d(*args, corner, criterion, 3, 3)


def test_values_that_are_nan_are_missing_on_a_line_which_says_so(loaders):
    segment = utils.Segment(code.CNN, [code.CNN().state_dict(), code.CNN().state_dict()])
    grid, bad = torch.linspace(0, 1, 3), with_nan_where(lambda index: index < 0.1)
    curves = utils.plot_along_manifold({"s": segment}, *loaders, bad, criterion, "cpu", grid, plot=True)
    assert np.isnan(curves["s"]["train"]["loss"]).tolist() == [True, False, False]
    titles = [axis.get_title() for axis in plt.gcf().axes]
    assert titles == ["1 of 3 points missing: NaN or infinite", ""] * 2


class NoDoubles(TorchFunctionMode):
    """Refuses float64 on the meta device, as Apple's MPS would."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor) and result.device.type == "meta" and result.dtype == torch.float64:
            raise TypeError(f"{function} puts float64 on a device that has none")
        return result


def test_a_float64_tensor_never_reaches_a_device_without_that_type():
    params = [torch.zeros(3, device="meta")]
    state_dict = {"w": torch.zeros(3, device="meta")}
    with NoDoubles():
        assert utils.npvec_to_tensorlist(np.zeros(3, dtype=np.float64), params, "meta")[0].dtype == torch.float32
        assert utils.tensor2sd(torch.zeros(3, dtype=torch.float64), state_dict)["w"].dtype == torch.float32


def test_the_device_is_chosen_from_what_is_there(monkeypatch):
    for cuda, mps, name in ((True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda found=cuda: found)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda found=mps: found)
        assert utils.get_device().type == name


# ---------------------------------------------------------------------------------------------------------- eigenpairs


class Quadratic(nn.Module):
    """A network of n parameters, on which the products of the tests below do not depend."""

    def __init__(self, n):
        super().__init__()
        self.first, self.rest = nn.Parameter(torch.zeros(2, 2)), nn.Parameter(torch.zeros(n - 4))


def product_with(matrix):
    """A function in the place of `eval_hess_vec_prod` that multiplies with a given matrix, and says so."""
    matrix = torch.as_tensor(matrix, dtype=torch.float32)

    def product(vec, params, net, criterion, loader, device):
        print("product")
        result = matrix @ torch.cat([part.reshape(-1) for part in vec])
        for p, part in zip(params, result.split([p.numel() for p in params])):
            p.grad = part.reshape(p.shape)

    return product


def matrix_of(eigenvalues, seed=0):
    """A symmetric matrix with these eigenvalues, and its eigenvectors in columns."""
    vectors = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(eigenvalues),) * 2))[0]
    return vectors * eigenvalues @ vectors.T, vectors


def find(product, n, *args, **options):
    loader = code.TensorLoader(torch.zeros(1, 1, 28, 28), torch.zeros(1, dtype=torch.int64))
    return utils.eigenpairs(product, Quadratic(n), nn.CrossEntropyLoss(), loader, torch.device("cpu"), *args, **options)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSSURF_CACHE", str(tmp_path))


@pytest.mark.parametrize(
    "options, words",
    [({"k": 10}, r"k is 10; with 9 parameters it must be in 1\.\.9"), ({"k": 1.0}, "k is 1.0"),
     ({"tol": -1}, "tol is -1"), ({"tol": float("nan")}, "tol is nan"),
     ({"start": np.ones((1, 9))}, r"shape \(1, 9\); for 9 parameters it must be \(9"),
     ({"start": np.full((9, 1), np.nan)}, "start holds NaN or infinity")],
)  # fmt: skip
def test_arguments_that_make_no_sense_are_refused_in_words(options, words, cache):
    with pytest.raises(ValueError, match=words):
        find(product_with(np.eye(9)), 9, **{"k": 1, **options})


@pytest.mark.parametrize("length", [1, 1e-30])
def test_one_start_vector_may_be_a_plain_one_of_any_length(length, cache):
    matrix, vectors = matrix_of([3, 2, 1, 0, 0, 0])
    found = find(product_with(matrix), 6, 2, start=length * vectors[:, 0])
    np.testing.assert_allclose(found.values, [3, 2], rtol=1e-5)


# Outliers, two of them a percent apart, and a bulk.
SPECTRUM = np.concatenate([[50, 20, 19.8, 7, 5, 2], np.linspace(1, -1, 190), [-3, -9]])


@pytest.mark.parametrize("seed", range(20))
def test_no_eigenpair_is_skipped_whatever_the_start(cache, seed):
    matrix, vectors = matrix_of(SPECTRUM)
    found = find(product_with(matrix), len(SPECTRUM), 5, tol=1e-3, seed=seed)
    np.testing.assert_allclose(found.values, SPECTRUM[:5], rtol=1e-4)
    np.testing.assert_allclose(np.abs(np.sum(found.vectors * vectors[:, :5], axis=0)), 1, atol=1e-3)
    errors = np.linalg.norm(matrix @ found.vectors - found.vectors * found.values, axis=0) / found.values
    assert (errors <= 1e-3).all() and np.allclose(found.residuals, errors, atol=1e-6)


def test_the_lowest_eigenpairs_come_lowest_first(cache):
    matrix, _ = matrix_of(SPECTRUM)
    found = find(product_with(matrix), len(SPECTRUM), 2, lowest=True)
    np.testing.assert_allclose(found.values, [-9, -3], rtol=1e-3)


@pytest.mark.parametrize("seed", range(6))  # one of them is the number of products at which new directions are drawn
def test_all_eigenpairs_of_a_matrix_of_low_rank_are_found(cache, seed):
    matrix, _ = matrix_of(np.array([3.0, 2, 1, *np.zeros(37)]))  # equal ones are found too
    found = find(product_with(matrix), 40, 40, seed=seed)
    np.testing.assert_allclose(found.values, [3, 2, 1, *np.zeros(37)], atol=1e-5)
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(40), atol=1e-6)


class InterruptedAtTheTenth(io.StringIO):
    """Standard output that is interrupted, as by a person who looks at it."""

    def write(self, text):
        super().write(text)
        if self.getvalue().count("product") == 10:
            raise KeyboardInterrupt


def test_a_search_that_is_interrupted_goes_on_where_it_was_and_ends_the_same(cache, tmp_path, monkeypatch, capsys):
    matrix, _ = matrix_of(SPECTRUM)
    product = product_with(matrix)
    with pytest.raises(KeyboardInterrupt), contextlib.redirect_stdout(InterruptedAtTheTenth()):
        find(product, len(SPECTRUM), 6)
    found = find(product, len(SPECTRUM), 6)
    assert capsys.readouterr().out.count("product") == found.num_products - 9
    again = find(product, len(SPECTRUM), 6)
    assert capsys.readouterr().out == ""
    monkeypatch.setenv("LOSSSURF_CACHE", str(tmp_path / "other"))
    whole = find(product, len(SPECTRUM), 6)
    for one in (again, whole):
        assert one.num_products == found.num_products
        np.testing.assert_allclose(one.values, found.values, rtol=1e-10)
        np.testing.assert_allclose(one.vectors, found.vectors, atol=1e-8)


def test_the_vectors_of_a_network_nearby_are_a_better_start_than_a_random_one(cache):
    matrix, _ = matrix_of(SPECTRUM)
    near = matrix + 1e-4 * matrix_of(SPECTRUM, seed=1)[0]
    first = find(product_with(matrix), len(SPECTRUM), 3)
    after = find(product_with(near), len(SPECTRUM), 3, start=first.vectors)
    alone = find(product_with(near), len(SPECTRUM), 3)
    assert after.num_products < alone.num_products
    np.testing.assert_allclose(after.values, alone.values, rtol=1e-3)


@pytest.mark.parametrize("matrix, k, message", [
    (np.triu(np.ones((9, 9))), 3, "symmetric"), (np.full((9, 9), np.nan), 3, "NaN"), (np.eye(9), 10, r"1\.\.9"),
    (np.eye(9), 0, r"1\.\.9"),
])  # fmt: skip
def test_a_product_that_cannot_be_the_hessians_is_refused(cache, matrix, k, message):
    with pytest.raises(ValueError, match=message):
        find(product_with(matrix), 9, k)


def test_eigenpairs_leave_the_gradients_as_they_were(cache):
    net = Quadratic(9)
    net.rest.grad = before = torch.ones(5)
    loader = code.TensorLoader(torch.zeros(1, 1, 28, 28), torch.zeros(1, dtype=torch.int64))
    utils.eigenpairs(product_with(np.diag(range(9))), net, nn.CrossEntropyLoss(), loader, torch.device("cpu"), 2)
    assert net.rest.grad is before and net.first.grad is None


# ------------------------------------------------------------------------------ products on networks of other kinds


def hessian_of(net, images, labels, criterion=criterion):
    """The Hessian (n, n) of the mean loss in the parameters that are not frozen, by PyTorch's second derivatives."""
    parts = {name: p for name, p in net.named_parameters() if p.requires_grad}
    sizes = [p.numel() for p in parts.values()]

    def loss(vector):
        weights = {name: x.reshape(p.shape) for (name, p), x in zip(parts.items(), vector.split(sizes))}
        return criterion(torch.func.functional_call(net, weights, (images,)), labels)

    return torch.func.hessian(loss)(torch.cat([p.detach().reshape(-1) for p in parts.values()])).double().numpy()


def product_by_autograd(vec, params, net, criterion, loader, device):
    """H vec in p.grad, of the mean loss over len(loader.dataset) images, as the notebook asks for it."""
    product = [torch.zeros_like(p) for p in params]
    for x, y in loader:
        loss = criterion(net(x), y) * len(y) / len(loader.dataset)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        parts = torch.autograd.grad(sum((g * v).sum() for g, v in zip(grads, vec)), params, materialize_grads=True)
        for total, part in zip(product, parts):
            total += part
    for p, total in zip(params, product):
        p.grad = total


class Small(nn.Module):
    """25 parameters, of which 2 are not used."""

    def __init__(self):
        super().__init__()
        self.first, self.last, self.unused = nn.Linear(4, 2), nn.Linear(2, 3), nn.Parameter(torch.ones(2))
        self.norm = nn.BatchNorm1d(2)

    def forward(self, x):
        return self.last(torch.tanh(self.norm(self.first(x))))


@pytest.fixture
def small():
    draw = torch.Generator().manual_seed(0)
    return network(Small, 0), torch.randn(40, 4, generator=draw), torch.randint(0, 3, (40,), generator=draw)


class Stream(torch.utils.data.IterableDataset):
    def __init__(self, images, labels):
        self.pairs = list(zip(images, labels))

    def __iter__(self):
        return iter(self.pairs)


class OwnLoader:
    """Gives a part of its data set alone."""

    def __init__(self, images, labels):
        self.dataset, self.batch = TensorDataset(images, labels), (images[:24], labels[:24])

    def __iter__(self):
        return iter([self.batch])


def loaders_of(images, labels):
    """Loaders that give the first 24 of 40 images, each in its way."""
    data = TensorDataset(images, labels)
    part = images[:24], labels[:24]
    first = DataLoader(TensorDataset(images[:30], labels[:30]), batch_size=24, drop_last=True)
    return {
        "drop_last": first,
        "a subset at random": DataLoader(data, batch_size=7, sampler=SubsetRandomSampler(range(24))),
        "indices": DataLoader(data, batch_size=7, sampler=range(24)),
        "batches of indices": DataLoader(data, batch_sampler=[range(20), range(20, 24)]),
        "a stream": DataLoader(Stream(*part), batch_size=7),
        "a list": [part],
        "a loader of one's own": OwnLoader(images, labels),
        "a generator": ((x, y) for x, y in [part]),
    }


@pytest.mark.parametrize("kind", loaders_of(*[torch.zeros(40)] * 2))
def test_the_hessian_is_that_of_the_images_that_a_loader_gives(cache, small, kind):
    net, images, labels = small
    expected = np.linalg.eigvalsh(hessian_of(net, images[:24], labels[:24]))[::-1]
    loader = loaders_of(images, labels)[kind]
    found = utils.eigenpairs(product_by_autograd, net, criterion, loader, "cpu", 3)
    np.testing.assert_allclose(found.values, expected[:3], rtol=1e-4)


@pytest.mark.parametrize("batch_size", [10, 20, 40])
@pytest.mark.parametrize(
    "loss", [nn.CrossEntropyLoss(reduction="sum"), lambda o, y: nn.CrossEntropyLoss()(o, y) * len(y)]
)
def test_of_a_sum_the_hessian_is_that_of_the_mean_loss(cache, small, loss, batch_size):
    net, images, labels = small
    expected = np.linalg.eigvalsh(hessian_of(net, images, labels))[::-1]
    loader = code.TensorLoader(images, labels, batch_size=batch_size)
    found = utils.eigenpairs(product_by_autograd, net, loss, loader, "cpu", 3)
    np.testing.assert_allclose(found.values, expected[:3], rtol=1e-4)
    mean = utils.eigenpairs(product_by_autograd, net, criterion, loader, "cpu", 3)
    np.testing.assert_allclose(found.values, mean.values, rtol=1e-5)


def test_a_sum_over_batches_of_several_sizes_is_refused(small):
    net, images, labels = small
    loader = code.TensorLoader(images, labels, batch_size=12)
    with pytest.raises(ValueError, match="divides by something else than the number of images"):
        utils.eigenpairs(product_by_autograd, net, nn.CrossEntropyLoss(reduction="sum"), loader, "cpu", 3)


@pytest.mark.parametrize(
    "kind", [code.TensorLoader, lambda *pair: DataLoader(TensorDataset(*pair), 10), lambda *pair: [pair]]
)
@pytest.mark.parametrize("dtypes", [(torch.float64, torch.float32), (torch.float32, torch.float64)])
@pytest.mark.filterwarnings("ignore:.* is computed anew")
def test_images_come_in_the_precision_of_the_network(cache, small, kind, dtypes):
    net, images, labels = small
    of_net, of_images = dtypes
    expected = hessian_of(net.double(), images.double(), labels)
    loader = kind(images.to(of_images), labels)
    found = utils.eigenpairs(product_by_autograd, net.to(of_net), criterion, loader, "cpu", 3)
    np.testing.assert_allclose(found.values, np.linalg.eigvalsh(expected)[::-1][:3], rtol=1e-4)


def test_a_draw_of_images_is_one_for_all_products(cache, small):
    net, images, labels = small
    data, vector, seen = TensorDataset(images, labels), np.ones(25), []

    def looks(vec, params, net, criterion, loader, device):
        seen.append(torch.cat([x for x, _ in loader]))
        assert len(loader.dataset) == len(seen[-1]) == 40
        product_by_autograd(vec, params, net, criterion, loader, device)

    sampler = WeightedRandomSampler(torch.rand(40), 40)
    product = utils.hessian_vector_product(looks, net, criterion, DataLoader(data, 10, sampler=sampler), "cpu")
    assert np.array_equal(product(vector), product(vector)) and torch.equal(*seen)
    shuffled = DataLoader(data, batch_size=7, shuffle=True)  # all images, as they come
    product = utils.hessian_vector_product(looks, net, criterion, shuffled, "cpu")
    np.testing.assert_allclose(product(vector), product(vector), atol=1e-5)
    assert not torch.equal(*seen[2:])
    empty = DataLoader(TensorDataset(images[:0], labels[:0]), batch_size=7)
    triple = [(images, labels, labels)]
    for loader, message in ((triple, "a batch of the loader must be a pair"), ([], "is empty"), (empty, "is empty")):
        with pytest.raises(ValueError, match=message):
            utils.eigenpairs(product_by_autograd, net, criterion, loader, "cpu", 3)


@pytest.mark.parametrize("frozen", [[], ["first.weight", "first.bias"], ["last.bias"]])
def test_frozen_and_unused_parameters_are_zeros_of_the_hessian(cache, small, frozen):
    net, images, labels = small
    for name in frozen:
        net.get_parameter(name).requires_grad_(False)
    n, inside = 25, [p.requires_grad for p in net.parameters() for _ in range(p.numel())]
    hessian = np.zeros((n, n))
    hessian[np.ix_(inside, inside)] = hessian_of(net, images, labels)
    loader = DataLoader(TensorDataset(images, labels), batch_size=7)
    product = utils.hessian_vector_product(product_by_autograd, net, criterion, loader, "cpu")
    vector = np.random.default_rng(0).standard_normal(n)
    np.testing.assert_allclose(product(vector), hessian @ vector, atol=1e-5)
    found = utils.eigenpairs(product_by_autograd, net, criterion, loader, "cpu", n)
    np.testing.assert_allclose(found.values, np.linalg.eigvalsh(hessian)[::-1], atol=1e-5)


def product_as_taught(vec, params, net, criterion, loader, device):
    """As the notebook's solution, which has no word for a parameter that is not used."""
    product = [torch.zeros_like(p) for p in params]
    for x, y in loader:
        loss = criterion(net(x), y) * len(y) / len(loader.dataset)
        grads = torch.autograd.grad(loss, params, create_graph=True)
        for total, part in zip(product, torch.autograd.grad(sum((g * v).sum() for g, v in zip(grads, vec)), params)):
            total += part
    for p, total in zip(params, product):
        p.grad = total


def test_a_product_that_has_no_word_for_unused_parameters_gets_those_that_are_used(cache, small):
    net, images, labels = small
    loader = DataLoader(TensorDataset(images, labels), batch_size=7)
    found = [
        utils.hessian_vector_product(product, net.eval(), criterion, loader, "cpu")(np.ones(25))
        for product in (product_as_taught, product_by_autograd)
    ]
    np.testing.assert_allclose(*found, atol=1e-6)
    linear = lambda output, labels: criterion(output, labels) + net.unused.sum()  # noqa: E731
    with pytest.raises(ValueError, match="in which the loss is linear: eval_hess_vec_prod needs .*materialize_grads"):
        utils.hessian_vector_product(product_as_taught, net, linear, loader, "cpu")(np.ones(25))
    with pytest.raises(ValueError, match="leaves nothing in p.grad of any of params"):
        utils.hessian_vector_product(lambda vec, *_: vec, net, criterion, loader, "cpu")(np.ones(25))


def test_the_hessian_of_a_network_with_attention_is_that_of_its_plain_formula():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.into, self.out = nn.Linear(1, 6), nn.Linear(2, 3)

        def parts(self, x):
            return self.into(x[..., None])[:, None].chunk(3, dim=-1)

        def forward(self, x):
            return self.out(F.scaled_dot_product_attention(*self.parts(x))[:, 0].mean(1))

    class Plain(Attention):
        def forward(self, x):
            q, k, v = self.parts(x)
            return self.out((torch.softmax(q @ k.mT / 2**0.5, -1) @ v)[:, 0].mean(1))

    batch = torch.randn(9, 4, generator=torch.Generator().manual_seed(0)), torch.arange(9) % 3
    net, plain = network(Attention, 0), network(Plain, 0)
    n = sum(p.numel() for p in net.parameters())
    product = utils.hessian_vector_product(product_as_taught, net, criterion, [batch], "cpu")
    np.testing.assert_allclose(product(np.ones(n)), hessian_of(plain, *batch) @ np.ones(n), atol=1e-6)


def test_a_product_leaves_gradients_buffers_and_modes_as_they_were(small):
    net, images, labels = small
    net.train()
    net.last.eval()
    for p in net.parameters():
        p.grad = torch.ones_like(p)
    before, grads = {k: v.clone() for k, v in net.state_dict().items()}, [p.grad for p in net.parameters()]

    def careless(vec, params, net, criterion, loader, device):
        assert all(p.grad is None for p in net.parameters())  # else what is added to would be the caller's
        product_by_autograd(vec, params, net, criterion, loader, device)
        net.eval()

    utils.hessian_vector_product(careless, net, criterion, [(images, labels)], "cpu")(np.ones(25))
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert (net.training, net.last.training, net.norm.training) == (True, False, True)
    assert all(p.grad is grad and (grad == 1).all() for p, grad in zip(net.parameters(), grads, strict=True))


def test_a_loss_that_divides_by_weights_needs_all_images_in_one_batch(small):
    net, images, labels = small
    weight = torch.tensor([1.0, 2, 5])
    weighted = lambda output, labels: F.cross_entropy(output, labels, weight=weight)  # noqa: E731
    for loss in (nn.CrossEntropyLoss(weight=weight), weighted, nn.CrossEntropyLoss(ignore_index=2)):
        product = utils.hessian_vector_product(product_by_autograd, net, loss, [(images, labels)], "cpu")
        expected = hessian_of(net, images, labels, loss) @ np.ones(25)
        np.testing.assert_allclose(product(np.ones(25)), expected, atol=1e-5)
        batches = DataLoader(TensorDataset(images, labels), batch_size=7)
        with pytest.raises(ValueError, match="it divides by something else than the number of images"):
            utils.hessian_vector_product(product_by_autograd, net, loss, batches, "cpu")


def test_a_hessian_that_cannot_be_had_is_refused_in_words(small):
    net, images, labels = small
    product = lambda net, loss: utils.hessian_vector_product(product_by_autograd, net, loss, [(images, labels)], "cpu")  # noqa: E731
    with pytest.raises(ValueError, match="the loss is linear in the parameters, so that its Hessian is zero"):
        product(nn.Linear(4, 1), lambda output, labels: output.mean())(np.ones(5))
    with pytest.raises(ValueError, match="float16 is too coarse for second derivatives"):
        product(Small().half(), criterion)
    with pytest.raises(ValueError, match="all parameters are frozen"):
        product(net.requires_grad_(False), criterion)
