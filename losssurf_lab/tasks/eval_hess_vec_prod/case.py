"""A case of the Hessian-vector product: a network with data, and what is to be multiplied."""

from typing import TypedDict

import numpy as np
import torch
from torch.func import functional_call

from losssurf_lab.calling import limits_for
from losssurf_lab.networks import COURSE, LOSSES, LayeredNet, make_net, random_weights


class Case(TypedDict):
    """What a call is made with, and what its judge must know of it; N images, n parameters in `params`."""

    layers: tuple  # as of a `LayeredNet`
    loss: str  # of LOSSES
    weights: dict  # a state dict of arrays
    frozen: list  # names of parameters that require no gradient
    params: list  # names of the others
    training: bool  # the network's mode
    images: np.ndarray
    labels: np.ndarray  # (N,)
    size: int  # N
    batch_size: int
    loader: str  # "DataLoader" or "TensorLoader"
    foreign: bool  # whether the data lie on another device
    orders: np.ndarray  # (passes, N), in which the data come at each pass over them
    vectors: np.ndarray  # (calls, n)
    keep_grads: bool  # whether a call finds what the one before left in p.grad
    grads: np.ndarray | None  # (n,), what is there before the first
    is_bias: np.ndarray  # (n,)
    tensor_numbers: np.ndarray  # (n,), of which of `params` each number is


def make_case(
    rng, layers, loss, size, batch_size, *, side=6, passes=0, frozen=(), grads=None, vectors="one",
    training=False, foreign=False, loader="DataLoader",
) -> Case:  # fmt: skip
    """One network with data, random from `rng`: what `drive` and `judge` need of a case.

    side: of the images, where the network has convolutions. passes: how many random orders the data come in, one a
    pass; 0: always in their own. grads: the spread of the gradients that are there before the call; None: there are
    none. vectors: "one", "two", "twice" the same, or "linear": u, v, 2 u - 3 v and zero.
    """
    weights = random_weights(rng, layers)
    names = [name for name, _ in LayeredNet(layers).named_parameters() if name not in frozen]
    sizes = [weights[name].size for name in names]
    u, v = rng.standard_normal((2, sum(sizes))).astype(np.float32)
    chosen = {"one": [u], "two": [u, v], "twice": [u, u], "linear": [u, v, 2 * u - 3 * v, 0 * u]}[vectors]
    shape = (size, layers[0][1]) if layers[0][0] == "linear" else (size, 1, side, side)
    labels = rng.choice(layers[-1][2], size=size).astype(np.int64)
    return {
        "layers": layers, "loss": loss, "weights": weights, "frozen": list(frozen), "params": names,
        "training": training,
        "images": rng.standard_normal(shape).astype(np.float32), "labels": labels,
        "size": size, "batch_size": batch_size, "loader": loader, "foreign": foreign,
        "orders": np.array([rng.permutation(size) for _ in range(passes)] or [np.arange(size)]),
        "vectors": np.stack(chosen), "keep_grads": vectors in ("two", "twice"),
        "grads": None if grads is None else (grads * rng.standard_normal(sum(sizes))).astype(np.float32),
        "is_bias": np.repeat([name.endswith("bias") for name in names], sizes),
        "tensor_numbers": np.repeat(np.arange(len(names)), sizes),
    }  # fmt: skip


def make_network_case(rng):
    """The same with the course's network, as its notebook has it: batches of equal size, product after product."""
    options = dict(side=28, vectors="two", loader="TensorLoader")
    return make_case(rng, COURSE, "cross_entropy", 6, 3, **options)


def budgets(cases):
    """Those of the two cases that have one."""
    return {name: limits_for(len(cases[name]["vectors"][0])) for name in ("wide", "network")}


def as_function(case):
    """The network in float64 as a function of its weights (n,) and images, those weights, and the criterion."""
    net = make_net(case, torch.float64).eval()
    fixed = {name: tensor.detach() for name, tensor in net.state_dict().items()}

    def outputs(vector, images):
        parts = vector.split([fixed[name].numel() for name in case["params"]])
        own = {name: part.reshape(fixed[name].shape) for name, part in zip(case["params"], parts)}
        return functional_call(net, {**fixed, **own}, (images,))

    return outputs, torch.cat([fixed[name].reshape(-1) for name in case["params"]]), LOSSES[case["loss"]]
