"""Hidden inputs and reference of the polychain: random networks, and the formula of the path."""

import numpy as np

from autograder.checks.on_paths import CONDUCT, LAYERS, bend_gradient, stand_in
from losssurf_lab.on_paths.case import course_of_path, networks_of_path, outputs_at_the_ends, reference_of_path

__all__ = ["coefficients", "make_inputs", "make_reference", "stand_in"]

WITH_BUFFERS = (("linear", 4, 5), ("norm", 5), ("softplus",), ("linear", 5, 3))


def make_inputs(rng):
    """Paths between random networks, and where they are looked at."""
    t = rng.uniform([0.04, 0.04, 0.27, 0.27], [0.23, 0.23, 0.46, 0.46])  # on both sides of 1/4
    special = [0, 0.25, 0.4999, 0.5, 0.5001, 0.75, 1]
    positions = np.sort(np.concatenate([special, t, 1 - t])).astype(np.float32).astype(np.float64)
    return {
        **networks_of_path(rng, LAYERS), **CONDUCT, "positions": positions,
        "ends": {**networks_of_path(rng, WITH_BUFFERS), "positions": np.array([0.0, 1.0])},
        "course": course_of_path(rng, list(rng.uniform([0.1, 0.6], [0.4, 0.9]))),
        "random_start": int(rng.integers(2**31)),
    }  # fmt: skip


def make_reference(inputs):
    """Shares of the formula, gradients of the loss, and outputs, in float64."""
    path = reference_of_path(inputs, coefficients, bend_gradient)
    return {**path, "outputs": outputs_at_the_ends(inputs["ends"])}


def coefficients(t):
    """Of start, bend and end at t: Garipov et al. 2018, eq. 1, with w(0), w(1/2) and w(1) the three."""
    return (1 - 2 * t, 2 * t, 0.0) if t <= 0.5 else (0.0, 2 - 2 * t, 2 * t - 1)
