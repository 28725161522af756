"""The helpers take any classifier: other classes, sizes and colours, batch norm, frozen layers, PyTorch's loaders."""

import copy
import functools

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

import lab_cnn_solution as code
import losssurf_lab_utils as utils
from losssurf_lab import paths, spectrum, walks
from losssurf_lab.traced import traced_hess_vec_prod

pytestmark = pytest.mark.long

criterion, cpu = nn.CrossEntropyLoss(label_smoothing=0.1), torch.device("cpu")


class Residual(nn.Module):
    """A network of colour pictures with a step past a convolution, and batch norms of both kinds."""

    def __init__(self, classes=3):
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4)
        self.second, self.second_norm = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.flat_norm, self.last = nn.BatchNorm1d(4), nn.Linear(4, classes)

    def forward(self, x):
        x = F.relu(self.norm(self.first(x)))
        x = F.relu(x + self.second_norm(self.second(x)), inplace=True)
        return self.last(self.flat_norm(x.mean((2, 3))))


def pictures(classes=3, number=96, size=20, channels=3):
    """Random pictures of another brightness for each class, and their classes."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(number) % classes
    images = torch.rand(number, channels, size, size, generator=generator)
    return (images + labels[:, None, None, None] / classes) / 2, labels


def shuffled(*data):
    return DataLoader(TensorDataset(*data), 32, shuffle=True, generator=torch.Generator().manual_seed(0))


def in_order(*data):
    return DataLoader(TensorDataset(*data), 32)


def new(net_class, *arguments, seed=0):
    with code.seeded(seed):
        return net_class(*arguments)


def learn(loader, epochs=3, seed=0, net_class=Residual):
    options = dict(net_class=net_class, criterion=criterion, device=cpu)
    return code.learn_one_model(loader, loader, epochs, seed=seed, **options)


# --------------------------------------------------------------------------------------------------------- classes


@pytest.mark.parametrize(
    "classes, make_loader", [(2, code.TensorLoader), (100, code.TensorLoader), (3, in_order), (100, shuffled)]
)
@pytest.mark.filterwarnings("ignore:A training is done anew", "ignore:.* is computed anew")
def test_with_any_number_of_classes_a_network_is_trained_and_its_hessian_has_eigenpairs(classes, make_loader):
    loader = make_loader(*pictures(classes, 200 // classes * classes))
    model, log, _ = learn(loader, 2, net_class=functools.partial(Residual, classes))
    loss, accuracy = code.evaluate_loss_acc(loader, model, criterion, cpu)
    assert loss == pytest.approx(log[0][-1], rel=1e-5) and 0 <= accuracy <= 1
    found = utils.eigenpairs(traced_hess_vec_prod, model.eval(), criterion, loader, cpu, 2)
    assert (found.residuals < 0.01).all()
    each = spectrum.class_mean_gradients(model, criterion, loader, cpu)
    assert len(each) == classes
    np.testing.assert_allclose(each.mean(0), spectrum.mean_gradient(model, criterion, loader, cpu), atol=1e-5)


USES = {
    "training": lambda loader: learn(loader),
    "weights": lambda loader: spectrum.weights_along(
        net := Residual(), torch.optim.SGD(net.parameters(), 0.1), loader, criterion, cpu, 3
    ),
    "evaluation": lambda loader: code.evaluate_loss_acc(loader, Residual(), criterion, cpu),
    "gradient": lambda loader: spectrum.mean_gradient(Residual().eval(), criterion, loader, cpu),
    "Hessian": lambda loader: utils.eigenpairs(traced_hess_vec_prod, Residual().eval(), criterion, loader, cpu, 1),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("make_loader", [code.TensorLoader, in_order])
@pytest.mark.filterwarnings("ignore:A training is done anew", "ignore:.* is computed anew")
def test_a_label_for_which_there_is_no_output_is_named_wherever_it_is_met(use, make_loader):
    with pytest.raises(ValueError, match="labels must lie in 0..2; these go from 0 to [34]"):
        USES[use](make_loader(*pictures(5)))


def test_labels_of_any_integers_are_classes():
    images, labels = pictures()
    net = new(Residual).eval()
    losses = []
    for kind in (torch.int64, torch.int32, torch.uint8):
        loader = code.TensorLoader(images, labels.to(kind), batch_size=32)
        losses.append(sum(F.cross_entropy(net(x), y).item() for x, y in loader))
    assert losses[0] == losses[1] == losses[2]


# ------------------------------------------------------------------------------------------------- sizes of pictures


@pytest.mark.parametrize("channels, size, expected", [(1, 28, 400), (3, 28, 133), (3, 224, 10), (1, 8, 400)])
def test_larger_pictures_are_evaluated_in_smaller_batches_but_not_in_smaller_than_those_of_training(
    channels, size, expected
):
    net = nn.Sequential(nn.Flatten(), nn.Linear(channels * size**2, 2))
    sizes = []
    net.register_forward_pre_hook(lambda module, arguments: sizes.append(len(arguments[0])))
    code.evaluate_loss_acc(code.TensorLoader(*pictures(2, 401, size, channels), batch_size=10), net, criterion, cpu)
    assert sizes[0] == expected and sum(sizes) == 401


# ------------------------------------------------------------------------------------------------------- batch norm


@pytest.mark.parametrize("use", ["training", "re-estimation"])
def test_a_last_batch_of_one_image_is_named_where_batch_norm_can_do_nothing_with_it(use):
    loader = code.TensorLoader(*pictures(number=65))
    segment = utils.Segment(Residual, [new(Residual).state_dict()] * 2)
    with pytest.raises(ValueError, match="a batch of one image, in which batch norm finds no variance: choose a batch"):
        learn(loader) if use == "training" else paths.reestimate_batch_norm(segment, loader, cpu)


class Frozen(Residual):
    """Its first layers stay as they are, as where they come from another data set."""

    def __init__(self):
        super().__init__()
        self.first.requires_grad_(False)
        self.norm.requires_grad_(False)
        self.norm.running_mean.fill_(0.3)
        self.norm.running_var.fill_(0.5)

    def train(self, mode=True):
        super().train(mode)
        self.norm.eval()
        return self


def test_a_frozen_batch_norm_keeps_its_statistics_and_the_others_get_those_of_the_images():
    images, labels = pictures()
    segment = utils.Segment(Frozen, [new(Frozen, seed=seed).state_dict() for seed in (0, 1)])
    segment.index = 0.25
    net = paths.reestimate_batch_norm(segment, code.TensorLoader(images, labels, batch_size=96), cpu)
    assert (net.norm.running_mean == 0.3).all() and (net.norm.running_var == 0.5).all()
    with torch.no_grad():
        inside = net.second(F.relu(net.norm.eval()(net.first(images))))
    torch.testing.assert_close(net.second_norm.running_mean, inside.mean((0, 2, 3)))
    torch.testing.assert_close(net.second_norm.running_var, inside.transpose(0, 1).flatten(1).var(1))
    assert net.second_norm.momentum == 0.1 and not net.norm.training and net.second_norm.training


class Dropped(Residual):
    def forward(self, x):
        return super().forward(F.dropout(x, 0.5, self.training))


def test_re_estimated_statistics_are_those_without_dropout_and_the_same_each_time():
    loader = code.TensorLoader(*pictures())
    ends = [new(Residual, seed=seed).state_dict() for seed in (0, 1)]
    dropped, plain = (utils.Segment(net_class, ends) for net_class in (Dropped, Residual))
    states = [paths.reestimate_batch_norm(each, loader, cpu).state_dict() for each in (dropped, dropped, plain)]
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]) and torch.equal(value, states[2][name]), name


def test_the_path_of_a_network_with_batch_norm_is_that_of_its_parameters():
    model, _, checkpoints = learn(code.TensorLoader(*pictures(), batch_size=8), 6)
    files = [utils.sd2tensor(code.load_checkpoint(file)).numpy() for file in checkpoints]
    names = np.array([name for name, value in model.state_dict().items() for _ in range(value.numel())])
    parameters = np.isin(names, [name for name, _ in model.named_parameters()])
    path = walks.path_of(checkpoints, model)
    np.testing.assert_array_equal(path[:, parameters], np.stack(files)[:, parameters])
    last = utils.sd2tensor(model.state_dict()).numpy()
    np.testing.assert_array_equal(path[:, ~parameters], np.tile(last[~parameters], (7, 1)))
    found = []
    for points in (np.stack(files), path):
        _, _, directions = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
        found.append(names[np.abs(directions[0]).argmax()])
    assert found[0].endswith("num_batches_tracked") and not found[1].endswith("num_batches_tracked")


class Twice(nn.Module):
    """One layer under two names."""

    def __init__(self):
        super().__init__()
        self.one = self.other = nn.Linear(3, 3)

    def forward(self, x):
        return self.other(self.one(x.mean((2, 3))))


def test_tied_weights_move_along_the_path_under_both_names():
    model, _, checkpoints = learn(code.TensorLoader(*pictures()), 2, net_class=Twice)
    expected = [utils.sd2tensor(code.load_checkpoint(file)).numpy() for file in checkpoints]
    np.testing.assert_array_equal(walks.path_of(checkpoints, model), expected)


# ---------------------------------------------------------------------------------------------------- disagreements


@pytest.fixture(scope="module")
def segment():
    """Between two networks of which one knows the pictures."""
    loader = code.TensorLoader(*pictures(), batch_size=16)
    return utils.Segment(Residual, [learn(loader, 7, seed=seed).checkpoints[-1] for seed in (0, 1)])


def test_disagreements_are_those_of_the_same_images_in_every_pass_of_a_shuffled_loader(segment):
    images, labels = pictures()
    ordered = paths.disagreements(segment, in_order(images, labels), cpu, [0, 0.5, 1])
    for one, other in zip(ordered, paths.disagreements(segment, shuffled(images, labels), cpu, [0, 0.5, 1])):
        assert one.count == other.count > 0
    for image, words in zip(other.images, other.words):
        (number,) = (i for i, candidate in enumerate(images) if np.array_equal(candidate.movedim(0, -1), image))
        assert words.startswith(f"{labels[number]}: ")


# ----------------------------------------------------------------------------------------------- manifolds of them


def test_a_path_of_residual_networks_has_its_ends_and_trains_its_bend_alone():
    loader = code.TensorLoader(*pictures())
    ends = [learn(loader, 1, seed=seed) for seed in (0, 1)]
    segment = utils.Segment(Residual, [end.checkpoints[-1] for end in ends])
    for t, end in enumerate(ends):
        expected = code.evaluate_loss_acc(loader, end.model, criterion, cpu)
        assert code.evaluate_loss_acc(loader, paths.network_at(segment, t), criterion, cpu) == pytest.approx(expected)
    path = walks.path_of(ends[0].checkpoints, ends[0].model)
    still = copy.deepcopy(ends[0].model.state_dict())
    plane = utils.Plane2dConnection(Residual, path[1], path[0] - path[1], np.zeros_like(path[0]))
    plane.index = [1.0, 0.0]
    state = paths.network_at(plane).state_dict()
    initial = code.load_checkpoint(ends[0].checkpoints[0])
    for name, value in state.items():
        expected = initial[name] if name in dict(ends[0].model.named_parameters()) else still[name]
        torch.testing.assert_close(value, expected)
