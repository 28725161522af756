"""Hidden inputs and reference of the Hessian-vector product: random networks and their dense Hessians in float64."""

import warnings

import numpy as np
import torch
from torch.func import grad, jacrev, jvp, vmap

from losssurf_lab.networks import NETWORK_SIZE
from losssurf_lab.tasks.eval_hess_vec_prod.case import as_function, budgets, make_case, make_network_case

CONNECTED = (("linear", 5, 6), ("tanh",), ("linear", 6, 4))
CONVOLUTION = (
    ("conv", 1, 3, 3), ("softplus",), ("pool", 2), ("conv", 3, 5, 2), ("tanh",), ("flatten",), ("linear", 5, 3),
)  # fmt: skip
BATCH_NORM = (("conv", 1, 3, 3), ("norm2d", 3), ("softplus",), ("pool", 2), ("flatten",), ("linear", 12, 3))
FROZEN = (("linear", 5, 5), ("tanh",), ("linear", 5, 4), ("softplus",), ("linear", 4, 3))
WIDE = (("linear", 50, 50), ("softplus",), ("linear", 50, 9))
PROBES = 16  # random directions along which the product of the course's network is compared


def make_inputs(rng):
    """Random networks with data and vectors."""
    smooth, cross = "smoothed_cross_entropy", "cross_entropy"
    cases = {
        "one batch": make_case(rng, CONNECTED, smooth, 20, 20, training=True),
        "convolution": make_case(rng, CONVOLUTION, cross, 18, 6, grads=1.0),
        "last batch": make_case(rng, CONNECTED, cross, 19, 8, loader="TensorLoader", grads=0.0),
        "shuffled": make_case(rng, CONNECTED, cross, 17, 5, passes=3),
        "batch norm": make_case(rng, BATCH_NORM, smooth, 16, 8),
        "frozen": make_case(rng, FROZEN, cross, 15, 5, frozen=["layers.0.weight", "layers.0.bias"]),
        "square": make_case(rng, CONNECTED, "mean_square", 12, 4),
        "poisson": make_case(rng, CONNECTED, "poisson", 12, 6),
        "linear": make_case(rng, CONNECTED, smooth, 16, 16, vectors="linear"),
        "twice": make_case(rng, CONNECTED, smooth, 16, 16, vectors="twice", grads=1.0),
        "foreign": make_case(rng, CONNECTED, cross, 16, 16, foreign=True, loader="TensorLoader"),
        "wide": make_case(rng, WIDE, cross, 6, 3),
        "network": smooth_network_case(rng),
    }
    return {"cases": cases, "budgets": budgets(cases), "random_start": int(rng.integers(2**31))}


def smooth_network_case(rng):
    """The course's network where no unit is about to switch, as rounding would then decide on its second derivative."""
    while True:
        case = make_network_case(rng)
        moved = {name: (1 + 1e-5 * rng.standard_normal(array.shape)) * array for name, array in case["weights"].items()}
        here, there = (network_product(each, case["vectors"][0]) for each in (case, {**case, "weights": moved}))
        if np.linalg.norm(there - here) < 1e-3 * np.linalg.norm(here):
            return case


def stand_in(vec, params, net, criterion, dataloader, device):
    """An answer that does nothing."""


# ----------------------------------------------------------------------------------------------------- references


def make_reference(inputs):
    """For each small case the derivatives of each image's loss, for the course's network curvatures along probes."""
    small = {name: case for name, case in inputs["cases"].items() if name not in inputs["budgets"]}
    references = {name: dense_derivatives(case) for name, case in small.items()}
    return references | {"network": network_reference(inputs["cases"]["network"], inputs["random_start"])}


def network_reference(case, seed):
    """Random "probes" (PROBES, n), and the "curvatures" (vectors, PROBES) along them, probe H vector."""
    probes = np.random.default_rng([seed, 1]).choice([-1.0, 1.0], size=(PROBES, NETWORK_SIZE))
    return {"probes": probes, "curvatures": np.array([probes @ network_product(case, v) for v in case["vectors"]])}


def network_product(case, vector):
    """The product (n,) of the Hessian of a case's mean loss and a vector, forward over reverse in float64."""
    outputs, start, criterion = as_function(case)
    images, labels = torch.tensor(case["images"]).double(), torch.tensor(case["labels"])

    def loss(weights):
        return criterion(outputs(weights, images), labels)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PyTorch, about its own code
        return jvp(grad(loss), (start,), (torch.tensor(vector).double(),))[1].detach().numpy()


def dense_derivatives(case):
    """Hessians (N, n, n), gradients (N, n) and Gauss-Newton matrices (N, n, n), image by image, in float64."""
    outputs_of, start, criterion = as_function(case)

    def output(vector, image):
        return outputs_of(vector, image[None])

    def loss_of(output, label):
        return criterion(output, label[None])

    def loss(vector, image, label):
        return loss_of(output(vector, image), label)

    images, labels = torch.tensor(case["images"]).double(), torch.tensor(case["labels"])
    each = (None, 0, 0)
    outputs = vmap(output, (None, 0))(start, images)
    jacobians = vmap(jacrev(output), (None, 0))(start, images)[:, 0]
    curvatures = vmap(jacrev(grad(loss_of)))(outputs, labels)[:, 0, :, 0]
    return {
        "hessians": vmap(jacrev(grad(loss)), each)(start, images, labels).detach().numpy(),
        "gradients": vmap(grad(loss), each)(start, images, labels).detach().numpy(),
        "gauss_newton": (jacobians.mT @ curvatures @ jacobians).detach().numpy(),
    }
