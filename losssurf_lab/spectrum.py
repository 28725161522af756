"""What the further experiments of the Hessian notebook compute: spectral density, the gradient's share in a subspace,
and the sharpness along SGD. Imported there as `spectrum`.

The product of the Hessian and a vector is the student's `eval_hess_vec_prod`, an argument of each function.
"""

import contextlib
import copy
import math
from itertools import pairwise

import numpy as np
import torch

from lab_cnn_solution import TensorLoader, highest_label, kept, progress, read_batches, same_modes, train_step
from losssurf_lab.eigenpairs import (
    check_weights_stay,
    eigenpairs,
    hessian_vector_product,
    product_of_tensors,
    unchanged,
    zero_vector,
)  # fmt: skip
from losssurf_lab.lanczos import ASYMMETRY, NOT_SYMMETRIC, KrylovSpace, NotFinite, random_direction
from losssurf_lab.losses import check_slopes, sum_and_weight
from losssurf_lab.vectors import sd2tensor, tensor2sd

__all__ = [
    "spectral_density", "smooth", "full_spectrum", "mean_gradient", "class_mean_gradients", "share_in_subspace",
    "weights_along", "sharpness_along_sgd",
]  # fmt: skip


# --------------------------------------------------------------------------------------------------- the whole spectrum


@kept
def spectral_density(eval_hess_vec_prod, net, criterion, loader, device, *, num_vectors=4, num_steps=80, seed=0):
    """All eigenvalues of the Hessian as a distribution: nodes and weights, each (num_vectors, num_steps).

    Stochastic Lanczos quadrature: from a random vector, `num_steps` of Lanczos give nodes whose weights are the squared
    first numbers of the small matrix' eigenvectors; the mean over vectors estimates the density. The weights of each
    vector add up to 1, so that sum(weights * nodes**p) / num_vectors is an estimate of trace(H**p) / n. Where the steps
    end early, as rounding shows no part of the vector in more eigenspaces, its nodes are exact, and further ones have
    the weight 0.
    (Ghorbani, Krishnan, Xiao 2019, arXiv 1901.10159)
    """
    for name, number in (("num_vectors", num_vectors), ("num_steps", num_steps)):
        if number < 1:
            raise ValueError(f"{name} is {number}; it must be at least 1")
    product, zero = product_of_tensors(eval_hess_vec_prod, net, criterion, loader, device), zero_vector(net)
    rng, nodes, weights = np.random.default_rng(seed), [], []
    bar = progress(None, "spectral density", total=num_vectors * num_steps, unit="product")
    for _ in range(num_vectors):
        space = KrylovSpace(zero)
        step = space.start(random_direction(rng, space.directions))
        while step is not None and space.size < num_steps:
            space.grow(step, product)
            bar.update()
            step = space.onward()
        values, vectors = np.linalg.eigh(space.matrix())
        missing = 0, num_steps - len(values)
        nodes.append(np.pad(values, missing, mode="edge"))
        weights.append(np.pad(vectors[0] ** 2, missing))
    bar.close()
    return np.array(nodes), np.array(weights)


def smooth(nodes, weights, grid, width):
    """The density (points,) of weighted nodes on a grid (points,), each node a normal density of this width > 0.

    >>> smooth(np.array([0.0]), np.array([1.0]), np.array([0.0]), 1).round(3)
    array([0.399])
    """
    if not width > 0:
        raise ValueError(f"the width is {width}; it must be positive (of a Hessian that is zero, choose one)")
    weights = np.ravel(weights) / np.sum(weights)
    distances = (np.asarray(grid)[:, None] - np.ravel(nodes)) / width
    return np.exp(-(distances**2) / 2) @ weights / (width * np.sqrt(2 * np.pi))


@kept
def full_spectrum(eval_hess_vec_prod, net, criterion, loader, device):
    """All n eigenvalues (n,) of the Hessian, in ascending order, from n products: for small networks only.

    Raises ValueError for a product that is not with a symmetric matrix, or holds NaN.
    """
    product = hessian_vector_product(eval_hess_vec_prod, net, criterion, loader, device)
    n = sum(p.numel() for p in net.parameters())
    hessian = np.array([product(unit) for unit in progress(np.eye(n), "rows of the Hessian", unit="product")])
    if not np.isfinite(hessian).all():
        raise NotFinite("the product of the Hessian and a vector holds NaN or infinity")
    if np.abs(hessian - hessian.T).max() > ASYMMETRY * np.linalg.norm(hessian, axis=1).max():
        raise ValueError(NOT_SYMMETRIC)
    return np.linalg.eigvalsh((hessian + hessian.T) / 2)


# ------------------------------------------------------------------------------------------ the gradient and a subspace


def mean_gradient(net, criterion, loader, device):
    """The gradient (n,) of the mean loss over all batches of a loader, in the order of `gradtensor_to_npvec`.

    n counts all parameters; frozen and unused ones have zeros. The mean is `code.mean_loss`'s, over the images that the
    loader gives. Gradients, buffers and modes of the net are afterwards what they were. Raises ValueError for a
    criterion that averages in a way that cannot be told from one batch: class weights inside a function of one's own;
    and for an embedding with `max_norm`.
    """
    check_weights_stay(net)
    params, pairs, total, slopes, weights = list(net.parameters()), [], 0, [], []
    free = [p for p in params if p.requires_grad]
    if not free:
        raise ValueError("all parameters are frozen (requires_grad is False), so that there is no gradient")
    with unchanged(net):
        for images, labels in read_batches(loader, device, net):
            output = net(images)
            loss, weight = sum_and_weight(criterion, output, labels)
            slope, *parts = torch.autograd.grad(loss, [output, *free], materialize_grads=True)
            parts = iter(parts)
            parts = [next(parts) if p.requires_grad else torch.zeros_like(p) for p in params]
            total = total + torch.cat([part.detach().to_dense().reshape(-1) for part in parts])
            pairs.append((output.detach(), labels))
            slopes.append(slope)
            weights.append(weight)
    weight = torch.stack(weights).sum()
    if not weight:
        raise ValueError("the criterion ignores all images, so that there is no mean loss and no gradient of it")
    check_slopes(criterion, pairs, torch.cat(slopes) / weight)
    return (total / weight).cpu().double().numpy()


def class_mean_gradients(net, criterion, loader, device):
    """The gradients (classes, n) of the mean loss over the examples of each class, in the order of the labels.

    (Papyan 2019, arXiv 1901.08244)
    """
    inputs, labels = (torch.cat(parts) for parts in zip(*loader))
    of_each = [labels == label for label in labels.unique()]
    loaders = [TensorLoader(inputs[each], labels[each], batch_size=250) for each in of_each]
    return np.stack([mean_gradient(net, criterion, each, device) for each in loaders])


def share_in_subspace(vector, basis):
    """The part of the squared length of a vector (n,) that lies in the span of orthonormal columns (n, k), in [0, 1].

    A random vector has k / n of it, the zero vector none (NaN). Raises ValueError for columns that are not orthonormal.
    (Gur-Ari, Roberts, Dyer 2018, openreview ByeTHsAqtX, f_top)

    >>> round(share_in_subspace(np.array([3.0, 4.0]), np.array([[1.0], [0.0]])), 3)
    0.36
    """
    if not np.allclose(basis.T @ basis, np.eye(basis.shape[1]), atol=1e-3):
        raise ValueError("the basis is not orthonormal, so that it gives no share: take np.linalg.qr(basis)[0]")
    length = np.sum(vector**2)
    return float(np.sum((basis.T @ vector) ** 2) / length) if length else math.nan


# --------------------------------------------------------------------------------------------------- along the training


def weights_along(net, optimizer, loader, criterion, device, num_steps, every=1):
    """Train the network for `num_steps` batches; its weights before them and after each `every` (points, n).

    A point is `sd2tensor` of the state dict, buffers included. The network's modes are afterwards what they were.
    """
    weights, batches, highest = [sd2tensor(net.state_dict())], iter(()), highest_label(loader)
    with same_modes(net):
        net.train()
        for step in progress(range(1, num_steps + 1), "training", unit="step"):
            batch = next(batches, None)
            if batch is None:  # the epoch is over
                batches = read_batches(loader, device, net)
                batch = next(batches)
            train_step(net, optimizer, criterion, *batch, highest)
            if step % every == 0:
                weights.append(sd2tensor(net.state_dict()))
    return torch.stack(weights).cpu()


@kept
def sharpness_along_sgd(
    eval_hess_vec_prod, net, criterion, train_loader, hessian_loader, device, lr, num_steps, *, every=5, num_points=30
):  # fmt: skip
    """The largest eigenvalue of the Hessian along plain SGD: steps (num_points,) and values (num_points,).

    The steps, multiples of `every`, are evenly spaced in the logarithm at first; then those are added that lie in the
    middle of the two neighbours whose values differ by the largest factor. The network is in evaluation mode, with the
    buffers that it had there; where training has diverged, so that the Hessian holds NaN or infinity, the value is NaN.
    (Jastrzebski et al. 2019, openreview SkgEaj05t7)
    """
    net = copy.deepcopy(net)
    train_loader = copy.copy(train_loader) if isinstance(train_loader, TensorLoader) else train_loader
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    weights = weights_along(net, optimizer, train_loader, criterion, device, num_steps, every)
    net.eval()
    values = {}

    def measure(point):
        values[point] = np.nan
        net.load_state_dict(tensor2sd(weights[point], net.state_dict()))
        with contextlib.suppress(NotFinite):
            # An eigenvalue's error is of the order of its residual's square.
            top = eigenpairs(eval_hess_vec_prod, net, criterion, hessian_loader, device, 1, tol=0.1)
            values[point] = top.values[0]
        bar.update()

    def jump(gap):
        one, other = (values[point] for point in gap)
        return abs(np.log(other / one)) if one > 0 and other > 0 else 0

    bar, last = progress(None, "sharpness", total=num_points, unit="point"), len(weights) - 1
    for point in np.unique([0, *np.geomspace(1, max(last, 1), num_points // 2).astype(int)]):
        measure(min(int(point), last))
    while len(values) < num_points:
        gaps = [gap for gap in pairwise(sorted(values)) if gap[1] - gap[0] > 1]
        if not gaps:
            break
        measure(sum(max(gaps, key=jump)) // 2)
    bar.close()
    points = sorted(values)
    return every * np.array(points), np.array([values[point] for point in points])
