"""Check the class with one bend and with two, print what is wrong, and draw a curve with two for two weights."""

import numpy as np

from losssurf_lab.on_paths.case import course_of_path, networks_of_path, reference_of_path
from losssurf_lab.on_paths.public import (
    CONDUCT,
    COURSE_POSITIONS,
    NET,
    bend_gradient,
    both_halves,
    draw_path,
    in_the_plane,
)

QUADRATIC = both_halves({  # t: shares of the first endpoint, the bend and the second endpoint, up to the middle
    0.0: (1, 0, 0), 0.1: (0.81, 0.18, 0.01), 0.2: (0.64, 0.32, 0.04), 0.25: (0.5625, 0.375, 0.0625),
    0.3: (0.49, 0.42, 0.09), 0.4: (0.36, 0.48, 0.16), 0.5: (0.25, 0.5, 0.25),
})  # fmt: skip
CUBIC = both_halves({  # the same with two bends
    0.0: (1, 0, 0, 0), 0.1: (0.729, 0.243, 0.027, 0.001), 0.2: (0.512, 0.384, 0.096, 0.008),
    0.25: (0.421875, 0.421875, 0.140625, 0.015625), 0.3: (0.343, 0.441, 0.189, 0.027),
    0.4: (0.216, 0.432, 0.288, 0.064), 0.5: (0.125, 0.375, 0.375, 0.125),
})  # fmt: skip
TWO_WEIGHTS = {"w0": (-1.0, -0.6), "b1": (-0.8, 0.9), "b2": (0.5, 1.0), "w1": (1.0, -0.3)}
PLACED = {"one bend": QUADRATIC, "two bends": CUBIC}


def make_inputs():
    """The same curves at every call: between small networks, networks of the course, and networks of two weights."""
    rng = np.random.default_rng(2019)
    curves = {
        name: {
            **networks_of_path(rng, NET, num_bends), **CONDUCT, "positions": np.array(list(PLACED[name])),
            "gradient_positions": [0.3, 0.8], "course": course_of_path(rng, COURSE_POSITIONS, num_bends),
        }
        for name, num_bends in (("one bend", 1), ("two bends", 2))
    }  # fmt: skip
    return {**curves, "picture": in_the_plane(TWO_WEIGHTS, np.array(list(CUBIC)), 2), "random_start": 0}


def make_reference(inputs):
    """Of each curve shares from the table, gradients from differences of the loss, and outputs."""
    return {name: reference_of_path(inputs[name], placed.__getitem__, bend_gradient) for name, placed in PLACED.items()}


def draw(inputs, results, reference):
    """The curve with two bends of a network of two weights."""
    draw_path(inputs["picture"], results["picture"], np.array(list(CUBIC.values())))
