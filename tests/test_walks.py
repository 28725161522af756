import numpy as np
import pytest
import torch
from torch import nn

import lab_cnn_solution as code
import losssurf_lab_utils as utils
from losssurf_lab import walks

DIMENSIONS = 20_000


def walk(num_points, seed=0, **options):
    return walks.random_walk(num_points, DIMENSIONS, np.random.default_rng(seed), **options)


def exact_ratios(num_points):
    """The shares of the components of an isotropic walk in infinitely many dimensions (arXiv 1806.08805)."""
    k = np.arange(1, num_points)
    return 6 / (num_points**2 - 1) / (4 * np.sin(k * np.pi / (2 * num_points)) ** 2)


# ----------------------------------------------------------------------------------------------------------- walks


@pytest.mark.parametrize("num_points", [10, 20, 100])
def test_a_walk_explains_what_the_formula_says_within_a_point(num_points):
    ratios, _ = walks.principal_components(walk(num_points))
    assert ratios.shape == (num_points,) and ratios.sum() == pytest.approx(1)
    np.testing.assert_allclose(ratios[:-1], exact_ratios(num_points), atol=0.01)
    assert ratios[-1] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("num_points", [10, 20, 100])
def test_the_projections_of_a_walk_are_cosines(num_points):
    _, projections = walks.principal_components(walk(num_points))
    assert walks.cosine_fits(projections[:, :3]).min() > 0.99


def test_points_without_order_make_no_cosines():
    cloud = np.random.default_rng(0).standard_normal((20, DIMENSIONS))
    _, projections = walks.principal_components(cloud)
    assert walks.cosine_fits(projections[:, :3]).max() < 0.8


def test_a_step_has_the_length_of_its_noise_and_its_drift():
    steps = np.diff(walk(50), axis=0)
    assert np.linalg.norm(steps, axis=1) == pytest.approx(1, abs=0.03)
    steps = np.diff(walk(50, drift=2.0), axis=0)
    assert np.linalg.norm(steps.mean(axis=0)) == pytest.approx(2, abs=0.03)
    assert np.linalg.norm(steps, axis=1) == pytest.approx(5**0.5, abs=0.05)


def test_the_stronger_the_drift_the_more_lies_in_the_first_component():
    first = [walks.principal_components(walk(20, drift=drift))[0][0] for drift in (0, 0.3, 1, 3)]
    assert first[0] == pytest.approx(exact_ratios(20)[0], abs=0.01)
    assert first[0] + 0.1 < first[1] and first[1] + 0.05 < first[2] < first[3] and first[3] > 0.98


@pytest.mark.parametrize("drift", [0.0, 0.3, 1.0])
def test_the_steps_of_a_walk_tell_its_drift(drift):
    assert walks.drift_of_steps(walk(20, drift=drift)) == pytest.approx(drift, abs=0.08)


def test_a_walk_in_a_bowl_stays_at_a_distance_from_its_bottom():
    pull = 0.3
    distances = np.linalg.norm(walk(60, pull=pull), axis=1)
    assert distances[0] == 0
    assert distances[20:] == pytest.approx((1 - (1 - pull) ** 2) ** -0.5, rel=0.05)


def test_a_walk_in_a_steep_bowl_spreads_its_variance_over_more_components():
    free, bowl = (walks.principal_components(walk(20, pull=pull))[0] for pull in (0, 0.5))
    assert bowl[0] < free[0] / 2


def test_a_walk_into_a_bowl_from_outside_has_the_shares_and_cosines_of_training():
    points = walk(20, pull=0.1, start=10)
    assert np.linalg.norm(points[0]) == pytest.approx(10)
    ratios, projections = walks.principal_components(points)
    assert 0.75 < ratios[0] < 0.92 and ratios[0] + ratios[1] > 0.85
    assert walks.cosine_fits(projections[:, :1])[0] > 0.9


def test_a_walk_follows_from_its_generator_alone():
    before = np.random.get_state()[1].copy()
    assert np.array_equal(walk(5, seed=3), walk(5, seed=3)) and not np.array_equal(walk(5, seed=3), walk(5, seed=4))
    assert np.array_equal(before, np.random.get_state()[1])


# ------------------------------------------------------------------------------------------- principal components


def test_components_are_those_of_the_singular_value_decomposition():
    ws = np.random.default_rng(0).standard_normal((8, 30)).astype(np.float32)
    ratios, projections = walks.principal_components(ws)
    u, s, _ = np.linalg.svd(ws.astype(float) - ws.mean(axis=0, dtype=float), full_matrices=False)
    np.testing.assert_allclose(ratios, s**2 / np.sum(s**2), atol=1e-6)
    np.testing.assert_allclose(np.abs(projections), np.abs(u * s), atol=1e-5)
    assert np.all(projections[0] >= 0)


def test_the_path_of_ten_epochs_on_digits_lies_mostly_in_two_components():
    _, _, checkpoints = code.learn_one_model(*code.get_digits(), 10, seed=0)
    ws = np.stack([utils.sd2tensor(code.load_checkpoint(path)).numpy() for path in checkpoints])
    ratios, _ = walks.principal_components(ws[1:])
    assert 0.75 < ratios[0] < 0.92 and 0.05 < ratios[1] < 0.2 and ratios[2] < 0.05
    assert ratios[0] > exact_ratios(10)[0] + 0.1
    assert walks.drift_of_steps(ws[1:]) > 0.2


# --------------------------------------------------------------------------------------------- random directions


class NormNet(nn.Module):
    """A network with a batch norm, whose state dict holds running statistics and a counter."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(3 * 26 * 26, 10))


def direction_of(state_dict, seed=0):
    return walks.filter_normalised(state_dict, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("net_class", [code.CNN, NormNet])
def test_every_filter_of_a_direction_is_as_long_as_the_networks_and_the_rest_is_zero(net_class, device):
    state_dict = net_class().to(device).state_dict()
    direction = utils.tensor2sd(direction_of(state_dict), state_dict)
    for name, weight in state_dict.items():
        if weight.ndim < 2:
            assert not direction[name].any(), name
        else:
            lengths = [tensor.flatten(1).norm(dim=1) for tensor in (direction[name], weight)]
            torch.testing.assert_close(*lengths)
            assert torch.cosine_similarity(direction[name].flatten(), weight.flatten(), dim=0).abs() < 0.6, name


def test_tied_weights_get_one_direction_and_what_is_no_weight_none():
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4))
    net[2].weight = net[0].weight
    net.register_buffer("mask", torch.ones(3, 3, dtype=torch.int64))
    direction = utils.tensor2sd(direction_of(net.state_dict()), net.state_dict())
    assert torch.equal(direction["0.weight"], direction["2.weight"]) and not direction["mask"].any()
    assert not torch.equal(direction["0.weight"], direction["1.weight"])


def test_the_same_seed_makes_the_same_direction_and_leaves_the_global_random_state_alone():
    state_dict = code.CNN().state_dict()
    before = torch.get_rng_state()
    assert torch.equal(direction_of(state_dict, 1), direction_of(state_dict, 1))
    assert torch.equal(before, torch.get_rng_state())
    first, second = direction_of(state_dict, 1), direction_of(state_dict, 2)
    assert torch.cosine_similarity(first, second, dim=0).abs() < 0.05


def test_one_generator_gives_one_direction_after_another():
    state_dict, generator = code.CNN().state_dict(), torch.Generator().manual_seed(0)
    first, second = (walks.filter_normalised(state_dict, generator) for _ in range(2))
    assert not torch.equal(first, second)


def test_a_direction_does_not_write_into_the_network():
    state_dict = code.CNN().state_dict()
    copy = {name: weight.clone() for name, weight in state_dict.items()}
    direction_of(state_dict).zero_()
    assert all(torch.equal(weight, copy[name]) for name, weight in state_dict.items())


def test_a_step_along_a_direction_is_the_same_for_a_network_with_rescaled_layers():
    net, images = code.CNN(), code.get_digits()[1].dataset.tensors[0][:50]
    scaled = {name: weight.clone() for name, weight in net.state_dict().items()}
    for name, factor in (("conv1.weight", 4), ("conv1.bias", 4), ("conv2.weight", 1 / 4)):
        scaled[name] *= factor
    outputs = []
    for state_dict in (net.state_dict(), scaled):
        vector = utils.sd2tensor(state_dict) + 0.5 * direction_of(state_dict)
        moved = code.CNN()
        moved.load_state_dict(utils.tensor2sd(vector, state_dict))
        outputs.append(moved(images))
    torch.testing.assert_close(*outputs, rtol=1e-4, atol=1e-5)
