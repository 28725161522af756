"""Hidden inputs and reference of the Bezier curve: random networks, and Bernstein's polynomials."""

import numpy as np
from scipy.special import binom

from autograder.checks import polychain
from losssurf_lab.checks import course_of_path, networks_of_path

stand_in = polychain.stand_in


def make_inputs(seed):
    """The inputs of `drive_Bezier`, from a seed."""
    rng = np.random.default_rng([seed, 4])
    curves = {
        name: {
            **networks_of_path(rng, polychain.LAYERS, num_bends), **polychain.CONDUCT,
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
    """What `judge_Bezier` needs of each of the two curves."""
    degrees = {"one bend": 2, "two bends": 3}
    return {name: polychain.reference_of_path(inputs[name], lambda t, degree=degree: bernstein(t, degree))
            for name, degree in degrees.items()}  # fmt: skip


def bernstein(t, degree):
    """The polynomials of a degree m at t (...): C(m, i) (1 - t)^(m - i) t^i for i = 0 to m, shape (..., m + 1)."""
    t, i = np.asarray(t)[..., None], np.arange(degree + 1)
    return binom(degree, i) * (1 - t) ** (degree - i) * t**i
