"""Hidden inputs and reference of the Bezier curve: random networks, and Bernstein's polynomials."""

import numpy as np
from scipy.special import binom

from autograder.checks import polychain
from losssurf_lab_checks import networks_of_path

stand_in = polychain.stand_in


def make_inputs(seed):
    """The inputs of `drive_Bezier`, from a seed."""
    rng = np.random.default_rng([seed, 4])
    return {
        **networks_of_path(rng, polychain.LAYERS), "positions": random_positions(rng),
        "two bends": {**networks_of_path(rng, polychain.LAYERS, 2), "positions": random_positions(rng)},
        "gradient_positions": [0.3125, 0.8125], "frozen_position": 0.375,
        "labels": rng.integers(6, size=9), "training_steps": 3, "draws": 2000, "passes": 5,
        "random_start": int(rng.integers(2**31)),
    }  # fmt: skip


def random_positions(rng):
    """The ends, the middle, and a place at random in each sixth between them; exact in float32, as the index is."""
    t = (np.arange(6) + rng.uniform(0.2, 0.8, 6)) / 6
    return np.sort(np.concatenate([[0, 0.5, 1], t])).astype(np.float32).astype(np.float64)


def make_reference(inputs):
    """Coefficients of both curves, and gradients of the loss on the first with respect to its bend."""
    weights = [polychain.to_double(node) for node in inputs["nodes"]]
    return {
        "coefficients": bernstein(inputs["positions"], 2),
        "bend_gradients": [polychain.bend_gradient(inputs, bernstein(t, 2), weights)
                           for t in inputs["gradient_positions"]],
        "two bends": bernstein(inputs["two bends"]["positions"], 3),
    }  # fmt: skip


def bernstein(t, degree):
    """The polynomials of a degree m at t (...): C(m, i) (1 - t)^(m - i) t^i for i = 0 to m, shape (..., m + 1)."""
    t, i = np.asarray(t)[..., None], np.arange(degree + 1)
    return binom(degree, i) * (1 - t) ** (degree - i) * t**i
