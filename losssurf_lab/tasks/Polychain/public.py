"""Check the class on three networks placed by hand, print what is wrong, and draw its path for two weights."""

import numpy as np

from losssurf_lab.on_paths.case import course_of_path, networks_of_path, outputs_at_the_ends, reference_of_path
from losssurf_lab.on_paths.public import (
    CONDUCT,
    COURSE_POSITIONS,
    NET,
    bend_gradient,
    both_halves,
    draw_path,
    in_the_plane,
)

PLACED = both_halves({  # t: shares of the first endpoint, the bend and the second endpoint, up to the middle
    0.0: (1, 0, 0), 0.05: (0.9, 0.1, 0), 0.15: (0.7, 0.3, 0), 0.25: (0.5, 0.5, 0), 0.3: (0.4, 0.6, 0),
    0.4: (0.2, 0.8, 0), 0.4999: (0.0002, 0.9998, 0), 0.5: (0, 1, 0),
})  # fmt: skip
NET_WITH_BUFFERS = (("linear", 2, 4), ("norm", 4), ("tanh",), ("linear", 4, 3))
TWO_WEIGHTS = {"w0": (-1.0, -0.6), "b": (0.1, 0.9), "w1": (1.0, -0.3)}


def make_inputs():
    """The same paths at every call: between small networks, networks of the course, and networks of two weights."""
    rng = np.random.default_rng(2018)
    positions = np.array(list(PLACED))
    return {
        **networks_of_path(rng, NET), **CONDUCT, "positions": positions, "gradient_positions": [0.3, 0.85],
        "ends": {**networks_of_path(rng, NET_WITH_BUFFERS), "positions": np.array([0.0, 1.0])},
        "course": course_of_path(rng, COURSE_POSITIONS),
        "picture": in_the_plane(TWO_WEIGHTS, positions), "random_start": 0,
    }  # fmt: skip


def make_reference(inputs):
    """Shares from the table, gradients from differences of the loss, and outputs."""
    path = reference_of_path(inputs, PLACED.__getitem__, bend_gradient)
    return {**path, "outputs": outputs_at_the_ends(inputs["ends"])}


def draw(inputs, results, reference):
    """The path of a network of two weights."""
    draw_path(inputs["picture"], results["picture"], np.eye(3))
