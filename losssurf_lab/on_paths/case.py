"""A path to be made and used: networks and data, and what is right on it."""

import numpy as np

from losssurf_lab.networks import COURSE, double_net, evaluate, random_weights, to_double

COURSE_STEPS = 6  # of training: where t is at an end a third of the time, all are there once in a thousand


def networks_of_path(rng, layers, num_bends=None):
    """What a path joins: the layers, random weights of its "nodes" (start, bends, end), nine images and their labels.

    num_bends: None for a polychain, which has one without being asked for it.
    """
    nodes = [random_weights(rng, layers) for _ in range((num_bends or 1) + 2)]
    shape = (1, 28, 28) if layers == COURSE else layers[0][1:2]
    return {
        "layers": layers, "nodes": nodes, "options": {"num_param_nets": num_bends} if num_bends else {},
        "images": rng.standard_normal((9, *shape)).astype(np.float32), "labels": rng.integers(layers[-1][2], size=9),
    }  # fmt: skip


def course_of_path(rng, positions, num_bends=None):
    """A path between networks of the course, and where on it the outputs are compared."""
    return {**networks_of_path(rng, COURSE, num_bends), "positions": positions, "training_steps": COURSE_STEPS}


def mix(nodes, shares):
    """The weights that are these shares of the nodes, tensors by name."""
    return {name: sum(share * node[name] for share, node in zip(shares, nodes)) for name in nodes[0]}


def reference_of_path(inputs, shares_at, bend_gradient):
    """Of one path the shares at its positions, the gradients with respect to its bends, the course's outputs on it.

    shares_at: gives the shares of the nodes at t; bend_gradient: gives, from inputs and shares, the gradient (bends n,)
    """
    course = inputs["course"]
    net, nodes = double_net(course["layers"]), [to_double(node) for node in course["nodes"]]
    on_course = [evaluate(net, mix(nodes, shares_at(t)), course["images"]) for t in course["positions"]]
    return {
        "coefficients": np.array([shares_at(t) for t in inputs["positions"]], dtype=float),
        "bend_gradients": [bend_gradient(inputs, shares_at(t)) for t in inputs["gradient_positions"]],
        "course": [outputs.numpy() for outputs in on_course],
    }


def outputs_at_the_ends(inputs):
    """The outputs (2, B, classes) of the two endpoints of a path."""
    net, ends = double_net(inputs["layers"]), (inputs["nodes"][0], inputs["nodes"][-1])
    return [evaluate(net, to_double(node), inputs["images"]).numpy() for node in ends]
