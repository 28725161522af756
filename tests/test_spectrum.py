"""What Sagun, Gur-Ari and Jastrzebski found, on the digits, and the mathematics behind it on small matrices."""

import copy
import functools

import numpy as np
import pytest
import torch
from scipy.integrate import trapezoid
from test_losssurf_lab_utils import Quadratic, matrix_of, product_with
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

import lab_cnn_solution as code
import losssurf_lab_utils as utils
from losssurf_lab import spectrum

cpu = torch.device("cpu")
criterion = nn.CrossEntropyLoss()
no_data = code.TensorLoader(torch.zeros(1, 1, 28, 28), torch.zeros(1, dtype=torch.int64))


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    product = [torch.zeros_like(p) for p in params]
    for x, y in dataloader:
        loss = criterion(net(x), y) * len(y) / len(dataloader.dataset)
        grads = torch.autograd.grad(loss, params, create_graph=True)
        slope = sum((grad * v).sum() for grad, v in zip(grads, vec))
        for total, part in zip(product, torch.autograd.grad(slope, params)):
            total += part
    for p, total in zip(params, product):
        p.grad = total


def part_of(loader, num_images):
    return code.TensorLoader(*[t[:num_images] for t in loader.dataset.tensors], batch_size=250)


def small_network():
    return nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(49, 12), nn.Tanh(), nn.Linear(12, 10))


@pytest.fixture(scope="module")
def digits():
    return code.get_digits(device=cpu)


@pytest.fixture(scope="module")
def small(digits):
    """A small trained network, images, and all eigenvalues of its Hessian, by PyTorch's own second derivatives."""
    net = code.learn_one_model(*digits, 8, net_class=small_network, device=cpu).model
    loader = part_of(digits[0], 300)
    images, labels = loader.dataset.tensors
    names, parts = zip(*net.named_parameters())
    sizes = [part.numel() for part in parts]

    def loss(vector):
        weights = {name: x.reshape(p.shape) for name, x, p in zip(names, vector.split(sizes), parts)}
        return criterion(torch.func.functional_call(net, weights, (images,)), labels)

    start = torch.cat([part.detach().reshape(-1) for part in parts])
    return net, loader, np.linalg.eigvalsh(torch.func.hessian(loss)(start).double().numpy())


# --------------------------------------------------------------------------------------------------- the whole spectrum


def test_all_eigenvalues_by_products_are_those_of_the_hessian(small):
    net, loader, eigenvalues = small
    found = spectrum.full_spectrum(eval_hess_vec_prod, net, criterion, loader, cpu)
    np.testing.assert_allclose(found, eigenvalues, atol=1e-6 * eigenvalues[-1])


def test_a_product_that_is_not_symmetric_has_no_spectrum():
    with pytest.raises(ValueError, match="not the product with a symmetric matrix .*net.double"):
        spectrum.full_spectrum(product_with(np.tri(9)), Quadratic(9), criterion, no_data, cpu)
    with pytest.raises(ValueError, match="NaN"):
        spectrum.full_spectrum(product_with(np.full((9, 9), np.nan)), Quadratic(9), criterion, no_data, cpu)


def test_dropout_in_training_mode_has_no_spectrum():
    net = nn.Sequential(nn.AvgPool2d(14), nn.Flatten(), nn.Dropout(), nn.Linear(4, 10))
    loader = code.get_digits(num_images=50, device=cpu)[0].in_order(50)
    with pytest.raises(ValueError, match="not the product with a symmetric matrix"):
        spectrum.full_spectrum(eval_hess_vec_prod, net.train(), criterion, loader, cpu)


def test_an_embedding_that_rescales_its_weights_has_no_gradient():
    net = nn.Sequential(nn.Embedding(5, 3, max_norm=0.1), nn.Flatten(), nn.Linear(6, 3))
    before = net[0].weight.clone()
    batch = [(torch.tensor([[0, 1], [2, 3]]), torch.tensor([0, 1]))]
    with pytest.raises(ValueError, match="max_norm"):
        spectrum.mean_gradient(net, criterion, batch, cpu)
    with pytest.raises(ValueError, match="max_norm"):
        utils.eigenpairs(eval_hess_vec_prod, net, criterion, batch, cpu, 1)
    assert torch.equal(net[0].weight, before)


def test_the_density_integrates_to_1_and_is_that_of_all_eigenvalues(small):
    net, loader, eigenvalues = small
    nodes, weights = spectrum.spectral_density(eval_hess_vec_prod, net, criterion, loader, cpu, num_vectors=10)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-8)
    width = eigenvalues[-1] / 20
    grid = np.linspace(eigenvalues[0] - 6 * width, eigenvalues[-1] + 6 * width, 2001)
    density = spectrum.smooth(nodes, weights, grid, width)
    assert trapezoid(density, grid) == pytest.approx(1, abs=1e-6)
    exact = spectrum.smooth(eigenvalues, np.ones_like(eigenvalues), grid, width)
    assert trapezoid(np.abs(density - exact), grid) < 0.05  # at most 2, for densities that share nothing


@pytest.mark.long
def test_the_moments_of_the_density_match_hutchinsons_estimates_of_the_traces(digits):
    net, loader = code.learn_one_model(*digits, 2, device=cpu).model, part_of(digits[0], 200)
    nodes, weights = spectrum.spectral_density(
        eval_hess_vec_prod, net, criterion, loader, cpu, num_vectors=4, num_steps=20, seed=3
    )
    product = utils.hessian_vector_product(eval_hess_vec_prod, net, criterion, loader, cpu)
    rng = np.random.default_rng(3)

    def estimates(count):  # of trace(H) / n and trace(H^2) / n, one for each random vector
        vectors = [v / np.linalg.norm(v) for v in rng.standard_normal((count, 44426))]
        products = [product(v) for v in vectors]
        return np.array([[v @ hv, hv @ hv] for v, hv in zip(vectors, products)])

    moments = np.array([np.sum(weights * nodes**power, axis=1) for power in (1, 2)]).T
    np.testing.assert_allclose(moments, estimates(4), rtol=1e-4)  # on the same vectors
    others = estimates(20)
    error = others.std(axis=0) * np.sqrt(1 / 4 + 1 / 20)
    assert (np.abs(moments.mean(axis=0) - others.mean(axis=0)) < 4 * error).all()


@pytest.mark.parametrize("power", [1, 2, 3])
def test_the_nodes_of_a_start_have_its_moments(power, tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSSURF_CACHE", str(tmp_path))
    matrix, _ = matrix_of(np.linspace(-1, 4, 60))
    nodes, weights = spectrum.spectral_density(
        product_with(matrix), Quadratic(60), criterion, no_data, cpu, num_vectors=400, num_steps=4
    )
    exact = np.trace(np.linalg.matrix_power(matrix, power)) / 60
    assert np.mean(np.sum(weights * nodes**power, axis=1)) == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize(
    "eigenvalues",
    [np.arange(1.0, 31), np.repeat([5.0, 2, -1], 10), np.r_[3.0, 2, 1, np.zeros(27)], np.ones(30), np.zeros(30)],
    ids=["fewer than steps", "three values", "low rank", "identity", "zero"],
)
@pytest.mark.parametrize("num_steps", [40, 200])
def test_a_density_ends_exactly_where_no_direction_is_left(eigenvalues, num_steps, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LOSSSURF_CACHE", str(tmp_path))
    matrix, vectors = matrix_of(eigenvalues)
    nodes, weights = spectrum.spectral_density(
        product_with(matrix), Quadratic(30), criterion, no_data, cpu, num_vectors=3, num_steps=num_steps, seed=4
    )
    calls = capsys.readouterr().out.count("product\n")
    assert calls <= 3 * (len(np.unique(eigenvalues)) + 1)  # rounding is no direction
    assert nodes.shape == weights.shape == (3, num_steps)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-8)
    np.testing.assert_allclose([nodes.min(), nodes.max()], [eigenvalues.min(), eigenvalues.max()], atol=2e-5)
    rng = np.random.default_rng(4)
    for row, shares in zip(nodes, weights, strict=True):
        start = vectors.T @ rng.standard_normal(30)
        for value in np.unique(eigenvalues):
            expected = np.sum(start[eigenvalues == value] ** 2) / np.sum(start**2)
            assert shares[np.abs(row - value) < 1e-4].sum() == pytest.approx(expected, abs=1e-4)


@pytest.mark.long
def test_the_density_of_a_network_with_frozen_layers_has_zeros_for_them(small, tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSSURF_CACHE", str(tmp_path))
    net, loader, _ = small
    net = copy.deepcopy(net)
    net[2].requires_grad_(False)  # 600 of 730 parameters
    exact = spectrum.full_spectrum(eval_hess_vec_prod, net, criterion, loader, cpu)
    assert len(exact) == 730 and np.sum(np.abs(exact) < 1e-9) >= 600 and exact[-1] > 0.1
    nodes, weights = spectrum.spectral_density(eval_hess_vec_prod, net, criterion, loader, cpu, num_vectors=10)
    assert np.mean(np.sum(weights * nodes**2, axis=1)) == pytest.approx(np.mean(exact**2), rel=0.3)
    assert np.sum(weights[np.abs(nodes) < 1e-3]) / 10 > 0.8


def test_a_width_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="the width is 0.0; it must be positive"):
        spectrum.smooth(np.zeros(3), np.ones(3), np.zeros(2), 0.0)


# ------------------------------------------------------------------------------------------------- outliers and classes


@pytest.mark.long
@pytest.mark.parametrize("num_classes", [3, pytest.param(5, marks=pytest.mark.night)])
def test_early_in_training_one_eigenvalue_less_than_classes_stands_apart(num_classes):
    loaders = code.get_digits(num_classes=num_classes, device=cpu)
    model, log, checkpoints = code.learn_one_model(*loaders, 10, device=cpu)
    early = 1 + next(epoch for epoch, loss in enumerate(log[0]) if loss < 1)
    model.load_state_dict(code.load_checkpoint(checkpoints[early]))
    loader = part_of(loaders[0], 300)
    values, vectors, *_ = utils.eigenpairs(eval_hess_vec_prod, model, criterion, loader, cpu, num_classes + 2)
    ratios = values[:-1] / values[1:]
    assert np.argmax(ratios) == num_classes - 2  # after number C - 1, counted from 1
    assert ratios[num_classes - 2] > 5
    basis, _ = np.linalg.qr(spectrum.class_mean_gradients(model, criterion, loader, cpu).T)
    shares = [spectrum.share_in_subspace(vector, basis) for vector in vectors.T]
    assert min(shares[: num_classes - 1]) > 0.8 > 0.4 > max(shares[num_classes:])


def test_the_class_means_weighed_by_their_images_add_up_to_the_gradient(digits):
    loader = part_of(digits[0], 300)
    labels = loader.dataset.tensors[1]
    means = spectrum.class_mean_gradients(code.CNN(), criterion, loader, cpu)
    assert means.shape == (10, 44_426)
    with code.seeded(0):
        net = code.CNN()
    whole = np.bincount(labels.numpy()) @ spectrum.class_mean_gradients(net, criterion, loader, cpu) / len(labels)
    assert whole == pytest.approx(spectrum.mean_gradient(net, criterion, loader, cpu), abs=1e-6)


# ------------------------------------------------------------------------------------------ the gradient and a subspace


@pytest.fixture(scope="module")
def subspaces(digits):
    """The network, and the top 10 eigenvectors at initialisation and after 5 and 10 epochs."""
    model, _, checkpoints = code.learn_one_model(*digits, 10, device=cpu)
    loader, found = part_of(digits[0], 300), {}
    for epoch in (0, 5, 10):
        model.load_state_dict(code.load_checkpoint(checkpoints[epoch]))
        vectors = utils.eigenpairs(eval_hess_vec_prod, model, criterion, loader, cpu, 10).vectors
        found[epoch] = vectors, spectrum.mean_gradient(model, criterion, loader, cpu)
    return found


def test_the_mean_gradient_is_that_of_all_images_at_once(digits):
    net, loader = code.CNN(), part_of(digits[0], 300)
    criterion(net(loader.dataset.tensors[0]), loader.dataset.tensors[1]).backward()
    expected = utils.gradtensor_to_npvec(net)
    found = spectrum.mean_gradient(net, criterion, loader.in_order(70), cpu)
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())


CLASS_WEIGHT = torch.logspace(-1, 1, 10)


@pytest.mark.parametrize("num_images", [100, 64])  # the second by drop_last
@pytest.mark.parametrize(
    "loss",
    [
        criterion,
        nn.CrossEntropyLoss(reduction="sum"),
        nn.CrossEntropyLoss(reduction="none"),
        nn.CrossEntropyLoss(weight=CLASS_WEIGHT, label_smoothing=0.1),
        nn.CrossEntropyLoss(ignore_index=3),
        functools.partial(F.cross_entropy, weight=CLASS_WEIGHT),
        lambda o, y: F.cross_entropy(o, y, reduction="sum"),
        nn.MultiMarginLoss(),
    ],
)
def test_the_mean_gradient_is_that_of_the_mean_loss_for_any_loss_and_loader(digits, loss, num_images):
    images, labels = (t[:100] for t in digits[0].dataset.tensors)
    with code.seeded(0):
        net = small_network()
    seen = images[:num_images], labels[:num_images]
    whole = code.mean_loss(loss, net(seen[0]), seen[1])
    expected = loss(net(seen[0]), seen[1]).mean()
    expected = torch.autograd.grad(expected * whole / expected.item(), list(net.parameters()))
    expected = torch.cat([part.reshape(-1) for part in expected]).numpy()
    for batch_size in (64, 16, 1):
        if batch_size > 1 or num_images == 64:
            loader = DataLoader(TensorDataset(images[:num_images], labels[:num_images]), batch_size=batch_size)
        if num_images == 64 and batch_size == 64:
            loader = DataLoader(TensorDataset(images, labels), batch_size=64, drop_last=True)
        found = spectrum.mean_gradient(net, loss, loader, cpu)
        np.testing.assert_allclose(found, expected, atol=2e-6 * np.abs(expected).max())


def test_a_batch_of_ignored_images_alone_does_not_count(digits):
    images, labels = (t[:100] for t in digits[0].dataset.tensors)
    order = (labels == 3).int().argsort(descending=True, stable=True)
    loader = DataLoader(TensorDataset(images[order], labels[order]), batch_size=4)
    loss, net = nn.CrossEntropyLoss(ignore_index=3), small_network()
    expected = torch.autograd.grad(loss(net(images), labels), list(net.parameters()))
    expected = torch.cat([part.reshape(-1) for part in expected]).numpy()
    np.testing.assert_allclose(spectrum.mean_gradient(net, loss, loader, cpu), expected, atol=1e-6)


def test_a_loss_whose_divisor_cannot_be_told_has_no_mean_gradient(digits):
    loss = lambda o, y: F.cross_entropy(o, y, weight=CLASS_WEIGHT)  # noqa: E731
    loader = part_of(digits[0], 100)
    net = small_network()
    assert spectrum.mean_gradient(net, loss, loader, cpu).shape == (730,)  # one batch of all
    with pytest.raises(ValueError, match="it divides by something else than the number of images"):
        spectrum.mean_gradient(net, loss, loader.in_order(10), cpu)


def test_a_divisor_that_cannot_be_told_is_seen_where_the_mean_loss_does_not_show_it(digits):
    images, labels = (t[:100] for t in digits[0].dataset.tensors)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    nn.init.zeros_(net[1].weight)
    nn.init.zeros_(net[1].bias)  # so that each image has the loss log(10), whatever its weight
    loss = lambda o, y: F.cross_entropy(o, y, weight=CLASS_WEIGHT)  # noqa: E731
    loader = code.TensorLoader(images, labels, batch_size=10)
    with pytest.raises(ValueError, match="it divides by something else than the number of images"):
        spectrum.mean_gradient(net, loss, loader, cpu)


def test_a_loss_that_ignores_all_images_has_no_gradient(digits):
    images, labels = (t[:10] for t in digits[0].dataset.tensors)
    batches = [(images, torch.full_like(labels, 3))]
    with pytest.raises(ValueError, match="ignores all images"):
        spectrum.mean_gradient(small_network(), nn.CrossEntropyLoss(ignore_index=3), batches, cpu)


def test_the_mean_gradient_has_zeros_for_frozen_and_unused_parameters_and_changes_nothing(digits):
    loader, net = part_of(digits[0], 100), small_network()
    net.unused, net.norm = nn.Parameter(torch.ones(3)), nn.BatchNorm1d(2)
    whole = spectrum.mean_gradient(net[:5], criterion, loader, cpu)
    net = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784), nn.Linear(784, 10))
    net.unused = nn.Parameter(torch.ones(3))
    net[2].weight.requires_grad_(False)
    net[2].bias.grad = grad = torch.ones(10)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    found = spectrum.mean_gradient(net, criterion, loader, cpu)
    bias = torch.autograd.grad(criterion(net(loader.dataset.tensors[0]), loader.dataset.tensors[1]), net[2].bias)[0]
    assert len(whole) == 730 and len(found) == 3 + 2 * 784 + 7850
    assert not found[:3].any() and not found[3 + 2 * 784 : -10].any()
    np.testing.assert_allclose(found[-10:], bias, atol=1e-6)
    assert net[2].bias.grad is grad and net.training
    net.load_state_dict(before)
    spectrum.mean_gradient(net, criterion, loader, cpu)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    with pytest.raises(ValueError, match="all parameters are frozen"):
        spectrum.mean_gradient(net.requires_grad_(False), criterion, loader, cpu)


@pytest.mark.parametrize("make", [np.array, functools.partial(np.array, dtype=np.float32)])
def test_a_basis_that_is_not_orthonormal_has_no_share(make):
    with pytest.raises(ValueError, match="the basis is not orthonormal"):
        spectrum.share_in_subspace(make([3.0, 4.0]), make([[1.0, 0.8], [0.0, 0.6]]))


def test_the_zero_vector_has_no_share():
    assert np.isnan(spectrum.share_in_subspace(np.zeros(3), np.eye(3, 2)))


@pytest.mark.long
@pytest.mark.parametrize("epoch", [5, pytest.param(10, marks=pytest.mark.night)])
def test_after_warm_up_the_gradient_lies_in_the_top_subspace_and_not_in_a_random_one(subspaces, epoch):
    vectors, gradient = subspaces[epoch]
    assert spectrum.share_in_subspace(gradient, vectors) >= 0.8
    random = np.linalg.qr(np.random.default_rng(0).standard_normal(vectors.shape))[0]
    assert spectrum.share_in_subspace(gradient, random) < 0.01


@pytest.mark.long
def test_the_top_subspace_keeps_little_of_that_at_initialisation_and_much_between_later_epochs(subspaces):
    def overlap(a, b):
        return np.sum((subspaces[a][0].T @ subspaces[b][0]) ** 2) / 10

    assert overlap(0, 5) <= 0.1 and overlap(0, 10) <= 0.1
    assert overlap(5, 10) > 0.5


# ------------------------------------------------------------------------------------------------------------ sharpness


def test_weights_along_sgd_are_those_of_a_plain_loop_and_the_last_is_in_the_network(digits):
    loader = part_of(digits[0], 130)
    loader = code.TensorLoader(*loader.dataset.tensors, batch_size=64, shuffle=True, seed=1)
    with code.seeded(0):
        net, other = code.CNN(), code.CNN()
    other.load_state_dict(net.state_dict())
    weights = spectrum.weights_along(
        net, torch.optim.SGD(net.parameters(), lr=0.1), loader, criterion, cpu, num_steps=7, every=2
    )
    optimizer, same = torch.optim.SGD(other.parameters(), lr=0.1), loader.with_seed(1)
    batches = [batch for _ in range(3) for batch in same][:7]
    expected = [utils.sd2tensor(other.state_dict())]
    for images, labels in batches:
        optimizer.zero_grad()
        criterion(other(images), labels).backward()
        optimizer.step()
        expected.append(utils.sd2tensor(other.state_dict()))
    assert torch.equal(weights, torch.stack(expected)[[0, 2, 4, 6]])
    assert torch.equal(utils.sd2tensor(net.state_dict()), expected[7])


class NormNet(nn.Sequential):
    def __init__(self):
        super().__init__(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(49, 6), nn.BatchNorm1d(6), nn.Linear(6, 10))


def test_weights_along_sgd_leave_the_modes_and_hold_the_buffers(digits):
    loader = DataLoader(TensorDataset(*[t[:50] for t in digits[0].dataset.tensors]), batch_size=20)
    net = NormNet().eval()
    net[3].train()
    weights = spectrum.weights_along(
        net, torch.optim.SGD(net.parameters(), lr=0.1), loader, criterion, cpu, num_steps=4, every=2
    )
    assert (net.training, net[2].training, net[3].training) == (False, False, True)
    assert torch.equal(weights[-1], utils.sd2tensor(net.state_dict()))
    assert utils.tensor2sd(weights[1], net.state_dict())["3.num_batches_tracked"] == 2
    with pytest.raises(ValueError, match="the loader is empty"):
        spectrum.weights_along(net, None, [], criterion, cpu, 1)


def test_sharpness_is_that_of_the_network_with_the_buffers_of_its_step(digits):
    images, labels = (t[:60] for t in digits[0].dataset.tensors)
    loader, all_of_them = (code.TensorLoader(images, labels, batch_size=size) for size in (20, 60))
    with code.seeded(0):
        net = NormNet()
    steps, values = spectrum.sharpness_along_sgd(
        eval_hess_vec_prod, net, criterion, loader, all_of_them, cpu, 0.1, 12, every=4, num_points=9
    )
    assert steps.tolist() == [0, 4, 8, 12]
    weights = spectrum.weights_along(
        net, torch.optim.SGD(net.parameters(), lr=0.1), loader, criterion, cpu, 12, every=4
    )
    for point, value in zip(weights, values, strict=True):
        net.load_state_dict(utils.tensor2sd(point, net.state_dict()))
        expected = utils.eigenpairs(eval_hess_vec_prod, net.eval(), criterion, all_of_them, cpu, 1).values[0]
        assert value == pytest.approx(expected, rel=1e-2)


def test_a_training_that_diverges_has_no_sharpness_from_there_on(digits):
    images, labels = (t[:60] for t in digits[0].dataset.tensors)
    loader, net = code.TensorLoader(images, F.one_hot(labels, 10).float(), batch_size=20), small_network()
    with np.errstate(all="raise"):
        steps, values = spectrum.sharpness_along_sgd(
            eval_hess_vec_prod, net, nn.MSELoss(), loader, loader, cpu, 1e9, 30, every=1, num_points=8
        )
    assert len(steps) == 8 and values[0] > 0 and np.isnan(values[-1])


@pytest.mark.night
@pytest.mark.long
def test_sharpness_rises_and_falls_and_peaks_lower_for_the_larger_learning_rate(digits):
    with code.seeded(0):
        net = code.CNN()
    before, peaks = utils.sd2tensor(net.state_dict()), {}
    for lr, num_steps in ((0.1, 400), (0.3, 200)):
        steps, values = spectrum.sharpness_along_sgd(
            eval_hess_vec_prod, net, criterion, digits[0].with_seed(0), part_of(digits[0], 200), cpu, lr, num_steps,
            every=4, num_points=14,
        )  # fmt: skip
        assert len(steps) == len(values) == 14 and steps[0] == 0 and steps[-1] == num_steps
        assert (np.diff(steps) > 0).all() and (steps % 4 == 0).all()
        peak = np.argmax(values)
        assert values[peak] > 10 * values[0] and values[peak] > 1.5 * values[-1]
        peaks[lr] = values[peak]
    assert peaks[0.3] < peaks[0.1]
    assert torch.equal(utils.sd2tensor(net.state_dict()), before)


def squared_error(outputs, targets):
    return ((outputs - targets) ** 2).sum(1).mean() / 2


@pytest.mark.long
@pytest.mark.parametrize("lr", [0.2, pytest.param(0.1, marks=pytest.mark.night)])
def test_gradient_descent_on_all_images_stays_at_the_edge_of_stability(digits, lr):
    images, labels = (tensor[:300] for tensor in digits[0].dataset.tensors)
    loader = code.TensorLoader(images, F.one_hot(labels, 10).float(), batch_size=300)
    with code.seeded(0):
        net = nn.Sequential(
            nn.Flatten(), nn.Linear(784, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 10)
        )
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    points = spectrum.weights_along(net, optimizer, loader, squared_error, cpu, 1500, every=150)
    sharpness, losses = [], []
    for point in points:
        net.load_state_dict(utils.tensor2sd(point, net.state_dict()))
        sharpness.append(utils.eigenpairs(eval_hess_vec_prod, net, squared_error, loader, cpu, 1).values[0])
        losses.append(squared_error(net(images), loader.dataset.tensors[1]).item())
    assert 0.9 < min(sharpness[6:]) * lr / 2 < max(sharpness[6:]) * lr / 2 < 1.2
    assert losses[-1] < 0.7 * losses[5]


def test_rescaled_layers_compute_the_same_with_another_sharpness(digits):
    net = code.learn_one_model(*digits, 5, seed=0, device=cpu).model
    loader, found = part_of(digits[0], 300), []
    for factor in (0.25, 1, 4):
        other = copy.deepcopy(net)
        with torch.no_grad():
            for parameter, by in (
                (other.conv1.weight, factor),
                (other.conv1.bias, factor),
                (other.conv2.weight, 1 / factor),
            ):
                parameter *= by
        top = utils.eigenpairs(eval_hess_vec_prod, other, criterion, loader, cpu, 1).values[0]
        found.append((top, code.evaluate_loss_acc(loader, other, criterion, cpu)[0]))
    (small_factor, *_), (plain, *_), (large_factor, *_) = found
    assert min(small_factor, large_factor) > 2 * plain
    assert [loss for _, loss in found] == pytest.approx([found[1][1]] * 3, rel=1e-4)


class Normed(code.CNN):
    def __init__(self):
        super().__init__()
        for name, units in (("conv1", 6), ("conv2", 16), ("fc1", 120), ("fc2", 84)):
            kind = nn.BatchNorm2d if name.startswith("conv") else nn.BatchNorm1d
            setattr(self, name, nn.Sequential(getattr(self, name), kind(units, track_running_stats=False)))


@pytest.mark.long
def test_with_batch_norm_the_outliers_stand_less_apart_and_hold_less_of_the_gradient(digits):
    loader, found = part_of(digits[0], 500), {}
    for net_class in (code.CNN, Normed):
        net = code.learn_one_model(*digits, 10, seed=0, net_class=net_class, device=cpu).model
        pairs = utils.eigenpairs(eval_hess_vec_prod, net, criterion, loader, cpu, 10)
        gradient = spectrum.mean_gradient(net, criterion, loader, cpu)
        found[net_class] = pairs.values[0], spectrum.share_in_subspace(gradient, pairs.vectors)
    assert found[code.CNN][0] > 2 * found[Normed][0]
    assert found[code.CNN][1] > found[Normed][1] + 0.1
