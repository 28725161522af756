"""Random walks beside the path of training: how they are made, what PCA finds in them, and random directions.

The notebook on SGD's path imports this module as `walks`. A path or a walk is an array (points, n), a point a row.
"""

import numpy as np
import torch

from lab_cnn_solution import load_checkpoint
from losssurf_lab.vectors import sd2tensor
from losssurf_lab.waves import cosines

__all__ = [
    "random_walk", "path_of", "principal_components", "cosines", "cosine_fits", "drift_of_steps", "filter_normalised",
]  # fmt: skip


def random_walk(num_points, n, rng, *, drift=0.0, pull=0.0, start=0.0):
    """A walk (num_points, n): w -> (1 - pull) w + drift u + z, with z normal and isotropic.

    The noise z has the expected squared length 1, u is a fixed random direction of length 1, so that `drift` is the
    ratio of drift to noise in a step. `pull` in 0..1 is that of a quadratic bowl around the origin (a discrete
    Ornstein-Uhlenbeck process), and `start` the distance from there at which the walk begins, 0 at the origin. rng: a
    NumPy generator. Source: Antognini and Sohl-Dickstein 2018, arXiv 1806.08805.
    """
    steps = rng.standard_normal((num_points, n)) / np.sqrt(n)
    direction = rng.standard_normal(n)
    steps += drift * direction / np.linalg.norm(direction)
    walk = np.zeros((num_points, n))
    if start:
        outwards = rng.standard_normal(n)
        walk[0] = start * outwards / np.linalg.norm(outwards)
    for point in range(1, num_points):
        walk[point] = (1 - pull) * walk[point - 1] + steps[point]
    return walk


def path_of(checkpoints, net):
    """The path (points, n) of a network's training, the weights of each checkpoint in the order of `sd2tensor`.

    All points have the buffers of `net`, so that the path is that of its parameters alone: a batch norm counts its
    batches, and of a path with the counter in it PCA finds little else. checkpoints: files of state dicts of `net`.
    """
    names = dict(net.named_parameters(remove_duplicate=False))
    buffers = {name: buffer for name, buffer in net.state_dict().items() if name not in names}
    return np.stack([sd2tensor({**load_checkpoint(file), **buffers}).cpu().numpy() for file in checkpoints])


def principal_components(ws):
    """The explained variance ratios (points,) of a path (points, n), and its projections (points, points).

    Column k of the projections is the coordinate of each point along principal direction k, the direction of the
    largest variance first, with the sign that makes the first point's positive. Both come from the inner products of
    the points, (points, points); the directions themselves are not made. The last ratio is 0, as the centred points
    are linearly dependent.
    """
    centred = np.asarray(ws, dtype=float)
    centred = centred - centred.mean(axis=0)
    variances, vectors = np.linalg.eigh(centred @ centred.T)
    variances, vectors = np.maximum(variances[::-1], 0), vectors[:, ::-1]
    return variances / variances.sum(), vectors * np.sqrt(variances) * np.where(vectors[0] < 0, -1, 1)


def cosine_fits(projections):
    """The correlation of each column of `projections` (points, count) with its cosine, (count,), without its sign."""
    expected = cosines(*projections.shape)
    products = np.sum(projections * expected, axis=0)
    return np.abs(products) / (np.linalg.norm(projections, axis=0) * np.linalg.norm(expected, axis=0))


def drift_of_steps(ws):
    """The ratio of drift to noise that the steps of a path (points, n) themselves show, as `random_walk` takes it.

    The mean step holds the drift and a share of the noise, which is taken off; 0 where nothing is left.
    """
    steps = np.diff(np.asarray(ws, dtype=float), axis=0)
    mean = steps.mean(axis=0)
    noise = np.sum((steps - mean) ** 2) / (len(steps) - 1)
    drift = np.sum(mean**2) - noise / len(steps)
    return float(np.sqrt(max(drift, 0) / noise))


def filter_normalised(state_dict, generator):
    """A random direction (n,), in the order of `sd2tensor`, whose every filter is as long as the network's own.

    A filter is the part of a weight tensor that makes one output channel or neuron: `weight[i]`. What has fewer than
    two dimensions (biases, all of batch norm) gets zeros, as in the authors' code. Weights that are tied get one
    direction. generator: a PyTorch generator on the CPU. Source: Li et al. 2018, arXiv 1712.09913.
    """
    made = {}
    for weight in state_dict.values():
        if _place(weight) not in made:  # tied weights, which have one memory, move as one
            made[_place(weight)] = _like_filters(weight, generator)
    return sd2tensor({name: made[_place(weight)] for name, weight in state_dict.items()})


def _place(weight):
    return weight.data_ptr(), weight.shape, weight.stride()


def _like_filters(weight, generator):
    if weight.ndim < 2 or not weight.is_floating_point():
        return torch.zeros_like(weight)
    filters = weight.flatten(1)
    noise = torch.randn(filters.shape, generator=generator).to(filters)
    noise *= filters.norm(dim=1, keepdim=True) / noise.norm(dim=1, keepdim=True)
    return noise.reshape(weight.shape)
