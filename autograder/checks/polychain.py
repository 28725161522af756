"""Hidden inputs and reference of the polychain: a random network with batch norm, and the formula of the path."""

import numpy as np
import torch
from torch.func import functional_call

import losssurf_lab_driver as driver
import losssurf_lab_utils as utils
from losssurf_lab_checks import networks_of_path

LAYERS = (("linear", 4, 7), ("tanh",), ("linear", 7, 6))
WITH_BUFFERS = (("linear", 4, 5), ("norm", 5), ("softplus",), ("linear", 5, 3))


def make_inputs(seed):
    """The inputs of `drive_Polychain`, from a seed."""
    rng = np.random.default_rng([seed, 2])
    t = rng.uniform([0.04, 0.04, 0.27, 0.27], [0.23, 0.23, 0.46, 0.46])  # on both sides of 1/4
    quarters = [0, 0.25, 0.4999, 0.5, 0.5001, 0.75, 1]
    positions = np.sort(np.concatenate([quarters, t, 1 - t])).astype(np.float32).astype(np.float64)
    return {
        **networks_of_path(rng, LAYERS), "positions": positions,
        "gradient_positions": [0.3125, 0.8125], "frozen_position": 0.375,
        "ends": {**networks_of_path(rng, WITH_BUFFERS), "positions": np.array([0.0, 1.0])},
        "labels": rng.integers(6, size=9), "training_steps": 3, "draws": 2000, "passes": 5,
        "random_start": int(rng.integers(2**31)),
    }  # fmt: skip


class stand_in(utils.Base):  # noqa: N801, as it stands for an answer
    """A path that stays at the bend."""

    def process_weights_item(self, param_list, support_list):
        return param_list[0]


def make_reference(inputs):
    """Coefficients of the path, gradients of the loss with respect to the bend, and the endpoints' outputs."""
    weights = [to_double(node) for node in inputs["nodes"]]
    positions, ends = inputs["gradient_positions"], inputs["ends"]
    return {
        "coefficients": np.array([coefficients(t) for t in inputs["positions"]]),
        "bend_gradients": [bend_gradient(inputs, coefficients(t), weights) for t in positions],
        "outputs": [evaluate(ends, to_double(ends["nodes"][place])).detach().numpy() for place in (0, -1)],
    }


def coefficients(t):
    """Of start, bend and end at t: Garipov et al. 2018, eq. 1, with w(0), w(1/2) and w(1) the three."""
    return (1 - 2 * t, 2 * t, 0.0) if t <= 0.5 else (0.0, 2 - 2 * t, 2 * t - 1)


def to_double(weights):
    return {name: torch.tensor(array, dtype=torch.float64) for name, array in weights.items()}


def evaluate(inputs, weights):
    net = driver.LayeredNet(inputs["layers"]).double().eval()
    return functional_call(net, weights, (torch.tensor(inputs["images"]).double(),))


def bend_gradient(inputs, shares, weights):
    """The gradient (n,) of the loss on the path with respect to the bend's parameters, in their order."""
    names = [name for name, _ in driver.LayeredNet(inputs["layers"]).named_parameters()]
    bend = {name: tensor.clone().requires_grad_(name in names) for name, tensor in weights[1].items()}
    three = weights[0], bend, weights[2]
    mixed = {name: sum(share * each[name] for share, each in zip(shares, three)) for name in bend}
    loss = torch.nn.functional.cross_entropy(evaluate(inputs, mixed), torch.tensor(inputs["labels"]))
    grads = torch.autograd.grad(loss, [bend[name] for name in names])
    return torch.cat([grad.reshape(-1) for grad in grads]).numpy()
