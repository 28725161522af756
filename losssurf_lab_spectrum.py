"""What the further experiments of the Hessian notebook compute: spectral density, the gradient's share in a subspace,
and the sharpness along SGD. Imported there as `spectrum`.

The product of the Hessian and a vector is the student's `eval_hess_vec_prod`, an argument of each function.
"""

import copy
from itertools import pairwise

import numpy as np
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from lab_cnn_solution import TensorLoader, kept, progress
from losssurf_lab_utils import KrylovSpace, eigenpairs, hessian_vector_product

__all__ = [
    "spectral_density", "smooth", "full_spectrum", "mean_gradient", "share_in_subspace", "weights_along",
    "sharpness_along_sgd",
]  # fmt: skip


# --------------------------------------------------------------------------------------------------- the whole spectrum


@kept
def spectral_density(eval_hess_vec_prod, net, criterion, loader, device, *, num_vectors=4, num_steps=80, seed=0):
    """All eigenvalues of the Hessian as a distribution: nodes and weights, each (num_vectors, num_steps).

    Stochastic Lanczos quadrature: from a random vector, `num_steps` of Lanczos give nodes whose weights are the squared
    first numbers of the small matrix' eigenvectors; the mean over vectors estimates the density. The weights of each
    vector add up to 1, so that sum(weights * nodes**p) / num_vectors is an estimate of trace(H**p) / n.
    (Ghorbani, Krishnan, Xiao 2019, arXiv 1901.10159)
    """
    product = hessian_vector_product(eval_hess_vec_prod, net, criterion, loader, device)
    n, rng = sum(p.numel() for p in net.parameters()), np.random.default_rng(seed)
    nodes, weights = [], []
    bar = progress(None, "spectral density", total=num_vectors * num_steps, unit="product")
    for _ in range(num_vectors):
        space, direction = KrylovSpace.empty(n), rng.standard_normal(n)
        for _ in range(num_steps):
            space.add([direction], product)
            direction = space.products[-1]
            bar.update()
        values, vectors = np.linalg.eigh(space.projected)
        nodes.append(values)
        weights.append(vectors[0] ** 2)
    bar.close()
    return np.array(nodes), np.array(weights)


def smooth(nodes, weights, grid, width):
    """The density (points,) of weighted nodes on a grid (points,), each node a normal density of this width."""
    weights = np.ravel(weights) / np.sum(weights)
    distances = (np.asarray(grid)[:, None] - np.ravel(nodes)) / width
    return np.exp(-(distances**2) / 2) @ weights / (width * np.sqrt(2 * np.pi))


@kept
def full_spectrum(eval_hess_vec_prod, net, criterion, loader, device):
    """All n eigenvalues (n,) of the Hessian, in ascending order, from n products: for small networks only."""
    product = hessian_vector_product(eval_hess_vec_prod, net, criterion, loader, device)
    n = sum(p.numel() for p in net.parameters())
    hessian = np.array([product(unit) for unit in progress(np.eye(n), "rows of the Hessian", unit="product")])
    return np.linalg.eigvalsh((hessian + hessian.T) / 2)


# ------------------------------------------------------------------------------------------ the gradient and a subspace


def mean_gradient(net, criterion, loader, device):
    """The gradient (n,) of the mean loss over all batches of a loader; p.grad is afterwards what it was."""
    params, total = list(net.parameters()), 0
    for images, labels in loader:
        loss = criterion(net(images.to(device)), labels.to(device)) * len(labels)
        parts = torch.autograd.grad(loss, params, materialize_grads=True)
        total = total + torch.cat([part.reshape(-1) for part in parts])
    return (total / len(loader.dataset)).cpu().double().numpy()


def share_in_subspace(vector, basis):
    """The part of the squared length of a vector (n,) that lies in the span of orthonormal columns (n, k), in [0, 1].

    A random vector has k / n of it. (Gur-Ari, Roberts, Dyer 2018, openreview ByeTHsAqtX, f_top)
    """
    return float(np.sum((basis.T @ vector) ** 2) / np.sum(vector**2))


# --------------------------------------------------------------------------------------------------- along the training


def weights_along(net, optimizer, loader, criterion, device, num_steps, every=1):
    """Train the network for `num_steps` batches; its weights before them and after each `every` (points, n)."""
    weights, batches = [parameters_to_vector(net.parameters())], iter(())
    net.train()
    for step in progress(range(1, num_steps + 1), "training", unit="step"):
        batch = next(batches, None)
        if batch is None:  # the epoch is over
            batches = iter(loader)
            batch = next(batches)
        images, labels = (tensor.to(device) for tensor in batch)
        optimizer.zero_grad()
        criterion(net(images), labels).backward()
        optimizer.step()
        if step % every == 0:
            weights.append(parameters_to_vector(net.parameters()))
    net.eval()
    return torch.stack(weights).detach().cpu()


@kept
def sharpness_along_sgd(
    eval_hess_vec_prod, net, criterion, train_loader, hessian_loader, device, lr, num_steps, *, every=5, num_points=30
):  # fmt: skip
    """The largest eigenvalue of the Hessian along plain SGD: steps (num_points,) and values (num_points,).

    The steps, multiples of `every`, are evenly spaced in the logarithm at first; then those are added that lie in the
    middle of the two neighbours whose values differ by the largest factor. (Jastrzebski et al. 2019, openreview
    SkgEaj05t7)
    """
    net = copy.deepcopy(net)
    train_loader = copy.copy(train_loader) if isinstance(train_loader, TensorLoader) else train_loader
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    weights = weights_along(net, optimizer, train_loader, criterion, device, num_steps, every)
    found = {}

    def measure(point):
        vector_to_parameters(weights[point].to(device), net.parameters())
        nearest = min(found, key=lambda other: abs(other - point), default=None)
        start = None if nearest is None else found[nearest].vectors
        found[point] = eigenpairs(eval_hess_vec_prod, net, criterion, hessian_loader, device, 1, start=start)
        bar.update()

    bar = progress(None, "sharpness", total=num_points, unit="point")
    last = len(weights) - 1
    for point in np.unique([0, *np.geomspace(1, last, num_points // 2).astype(int)]):
        measure(int(point))
    while len(found) < min(num_points, len(weights)):
        points = sorted(found)
        jumps = [abs(np.log(found[b].values[0] / found[a].values[0])) * (b - a > 1) for a, b in pairwise(points)]
        widest = int(np.argmax(jumps))
        measure((points[widest] + points[widest + 1]) // 2)
    bar.close()
    points = sorted(found)
    return every * np.array(points), np.array([found[point].values[0] for point in points])
