"""Hidden inputs and reference of the Bezier curve: random networks, and Bernstein's polynomials."""

from functools import partial

import numpy as np
from scipy.special import binom

from autograder.checks.on_paths import CONDUCT, LAYERS, bend_gradient, stand_in
from losssurf_lab.on_paths.case import course_of_path, networks_of_path, reference_of_path

__all__ = ["bernstein", "make_inputs", "make_reference", "stand_in"]


def make_inputs(rng):
    """Curves between random networks, and where they are looked at."""
    curves = {
        name: {
            **networks_of_path(rng, LAYERS, num_bends), **CONDUCT,
            "positions": random_positions(rng),
            "course": course_of_path(rng, list(rng.uniform(0.1, 0.9, 2)), num_bends),
        }
        for name, num_bends in (("one bend", 1), ("two bends", 2))
    }  # fmt: skip
    return {**curves, "random_start": int(rng.integers(2**31))}


def random_positions(rng):
    """The ends, the middle, and a place at random in each sixth between them; exact in float32, as the index is."""
    t = (np.arange(6) + rng.uniform(0.2, 0.8, 6)) / 6
    return np.sort(np.concatenate([[0, 0.5, 1], t])).astype(np.float32).astype(np.float64)


def make_reference(inputs):
    """Of each of the two curves shares of the polynomials, gradients of the loss, and outputs, in float64."""
    degrees = {"one bend": 2, "two bends": 3}
    return {name: reference_of_path(inputs[name], partial(bernstein, degree), bend_gradient)
            for name, degree in degrees.items()}  # fmt: skip


def bernstein(degree, t):
    """The polynomials of a degree m at t (...): C(m, i) (1 - t)^(m - i) t^i for i = 0 to m, shape (..., m + 1)."""
    t, i = np.asarray(t)[..., None], np.arange(degree + 1)
    return binom(degree, i) * (1 - t) ** (degree - i) * t**i
