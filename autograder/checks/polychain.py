"""Hidden inputs and reference of the polychain: a random network with batch norm, and the formula of the path."""

import numpy as np
import torch
from torch.func import functional_call

import losssurf_lab_utils as utils
from losssurf_lab import driver
from losssurf_lab.checks import course_of_path, networks_of_path

CONDUCT = {
    "gradient_positions": [0.3125, 0.8125], "frozen_position": 0.375, "training_steps": 3, "draws": 2000, "passes": 5,
}  # fmt: skip
LAYERS = (("linear", 4, 7), ("tanh",), ("linear", 7, 6))
WITH_BUFFERS = (("linear", 4, 5), ("norm", 5), ("softplus",), ("linear", 5, 3))


def make_inputs(seed):
    """The inputs of `drive_Polychain`, from a seed."""
    rng = np.random.default_rng([seed, 2])
    t = rng.uniform([0.04, 0.04, 0.27, 0.27], [0.23, 0.23, 0.46, 0.46])  # on both sides of 1/4
    special = [0, 0.25, 0.4999, 0.5, 0.5001, 0.75, 1]
    positions = np.sort(np.concatenate([special, t, 1 - t])).astype(np.float32).astype(np.float64)
    return {
        **networks_of_path(rng, LAYERS), **CONDUCT, "positions": positions,
        "ends": {**networks_of_path(rng, WITH_BUFFERS), "positions": np.array([0.0, 1.0])},
        "course": course_of_path(rng, list(rng.uniform([0.1, 0.6], [0.4, 0.9]))),
        "random_start": int(rng.integers(2**31)),
    }  # fmt: skip


class stand_in(utils.Base):  # noqa: N801, as it stands for an answer
    """A path that stays at the sum of its bends, whatever their number."""

    def process_weights_item(self, param_list, support_list):
        return sum(param_list)


def make_reference(inputs):
    """What `judge_Polychain` needs: shares of the formula, gradients of the loss, and outputs, in float64."""
    ends = inputs["ends"]
    outputs = [evaluate(ends, to_double(ends["nodes"][place])).detach().numpy() for place in (0, -1)]
    return {**reference_of_path(inputs, coefficients), "outputs": outputs}


def reference_of_path(inputs, shares):
    """Of one path the shares at its positions, the gradients with respect to its bends, the course's outputs on it."""
    course = inputs["course"]
    nodes = [to_double(node) for node in course["nodes"]]
    return {
        "coefficients": np.array([shares(t) for t in inputs["positions"]]),
        "bend_gradients": [bend_gradient(inputs, shares(t)) for t in inputs["gradient_positions"]],
        "course": [evaluate(course, mix(nodes, shares(t))).detach().numpy() for t in course["positions"]],
    }


def coefficients(t):
    """Of start, bend and end at t: Garipov et al. 2018, eq. 1, with w(0), w(1/2) and w(1) the three."""
    return (1 - 2 * t, 2 * t, 0.0) if t <= 0.5 else (0.0, 2 - 2 * t, 2 * t - 1)


def mix(nodes, shares):
    return {name: sum(share * node[name] for share, node in zip(shares, nodes, strict=True)) for name in nodes[0]}


def to_double(weights):
    return {name: torch.tensor(array, dtype=torch.float64) for name, array in weights.items()}


def evaluate(inputs, weights):
    net = driver.LayeredNet(inputs["layers"]).double().eval()
    return functional_call(net, weights, (torch.tensor(inputs["images"]).double(),))


def bend_gradient(inputs, shares):
    """The gradient (bends n,) of the loss on the path with respect to the parameters of its bends, in their order."""
    start, *bends, end = [to_double(node) for node in inputs["nodes"]]
    leaves = [tensor.requires_grad_() for bend in bends for tensor in bend.values()]
    outputs = evaluate(inputs, mix([start, *bends, end], shares))
    grads = torch.autograd.grad(torch.nn.functional.cross_entropy(outputs, torch.tensor(inputs["labels"])), leaves)
    return torch.cat([grad.reshape(-1) for grad in grads]).numpy()
