"""What Sagun, Gur-Ari and Jastrzebski found, on the digits, and the mathematics behind it on small matrices."""

import numpy as np
import pytest
import torch
from test_losssurf_lab_utils import Quadratic, matrix_of, product_with
from torch import nn

import lab_cnn_solution as code
import losssurf_lab_spectrum as spectrum
import losssurf_lab_utils as utils

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


# ----------------------------------------------------------------------------------------------------- the whole spectrum


def test_all_eigenvalues_by_products_are_those_of_the_hessian(small):
    net, loader, eigenvalues = small
    found = spectrum.full_spectrum(eval_hess_vec_prod, net, criterion, loader, cpu)
    np.testing.assert_allclose(found, eigenvalues, atol=1e-6 * eigenvalues[-1])


def test_the_density_integrates_to_1_and_is_that_of_all_eigenvalues(small):
    net, loader, eigenvalues = small
    nodes, weights = spectrum.spectral_density(eval_hess_vec_prod, net, criterion, loader, cpu, num_vectors=10)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-8)
    width = eigenvalues[-1] / 20
    grid = np.linspace(eigenvalues[0] - 6 * width, eigenvalues[-1] + 6 * width, 2001)
    density = spectrum.smooth(nodes, weights, grid, width)
    assert np.trapezoid(density, grid) == pytest.approx(1, abs=1e-6)
    exact = spectrum.smooth(eigenvalues, np.ones_like(eigenvalues), grid, width)
    assert np.trapezoid(np.abs(density - exact), grid) < 0.05  # at most 2, for densities that share nothing


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


# ------------------------------------------------------------------------------------------------- outliers and classes


@pytest.mark.parametrize("num_classes", [3, 5])
def test_early_in_training_one_eigenvalue_less_than_classes_stands_apart(num_classes):
    loaders = code.get_digits(num_classes=num_classes, device=cpu)
    model, log, checkpoints = code.learn_one_model(*loaders, 10, device=cpu)
    early = 1 + next(epoch for epoch, loss in enumerate(log[0]) if loss < 1)
    model.load_state_dict(code.load_checkpoint(checkpoints[early]))
    loader = part_of(loaders[0], 300)
    values = utils.eigenpairs(eval_hess_vec_prod, model, criterion, loader, cpu, num_classes + 2).values
    ratios = values[:-1] / values[1:]
    assert np.argmax(ratios) == num_classes - 2  # after number C - 1, counted from 1
    assert ratios[num_classes - 2] > 5


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


@pytest.mark.parametrize("epoch", [5, 10])
def test_after_warm_up_the_gradient_lies_in_the_top_subspace_and_not_in_a_random_one(subspaces, epoch):
    vectors, gradient = subspaces[epoch]
    assert spectrum.share_in_subspace(gradient, vectors) >= 0.8
    random = np.linalg.qr(np.random.default_rng(0).standard_normal(vectors.shape))[0]
    assert spectrum.share_in_subspace(gradient, random) < 0.01


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
