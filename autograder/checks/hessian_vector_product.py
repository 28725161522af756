"""Hidden inputs and reference of the Hessian-vector product: random networks and their dense Hessians in float64."""

import numpy as np
import torch
from torch.func import functional_call, grad, jacrev, vmap

import losssurf_lab_driver as driver
from losssurf_lab_checks import make_product_case

CONNECTED = (("linear", 5, 6), ("tanh",), ("linear", 6, 4))
CONVOLUTION = (
    ("conv", 1, 3, 3), ("softplus",), ("pool", 2), ("conv", 3, 5, 2), ("tanh",), ("flatten",), ("linear", 5, 3),
)  # fmt: skip
BATCH_NORM = (("conv", 1, 3, 3), ("norm2d", 3), ("softplus",), ("pool", 2), ("flatten",), ("linear", 12, 3))
FROZEN = (("linear", 5, 5), ("tanh",), ("unused", 3), ("linear", 5, 4), ("softplus",), ("linear", 4, 3))


def make_inputs(seed):
    """The cases of `drive_eval_hess_vec_prod`, from a seed."""
    rng = np.random.default_rng([seed, 1])
    smooth, cross = "smoothed_cross_entropy", "cross_entropy"
    cases = {
        "one batch": make_product_case(rng, CONNECTED, smooth, 20, 20, training=True),
        "convolution": make_product_case(rng, CONVOLUTION, cross, 18, 6, grads=1.0),
        "last batch": make_product_case(rng, CONNECTED, cross, 19, 8, loader="TensorLoader", grads=0.0),
        "shuffled": make_product_case(rng, CONNECTED, cross, 17, 5, passes=3),
        "batch norm": make_product_case(rng, BATCH_NORM, smooth, 16, 8),
        "frozen": make_product_case(rng, FROZEN, cross, 15, 5, frozen=["layers.0.weight", "layers.0.bias"]),
        "square": make_product_case(rng, CONNECTED, "mean_square", 12, 4),
        "poisson": make_product_case(rng, CONNECTED, "poisson", 12, 6),
        "linear": make_product_case(rng, CONNECTED, smooth, 16, 16, vectors="linear"),
        "twice": make_product_case(rng, CONNECTED, smooth, 16, 16, vectors="twice", grads=1.0),
        "foreign": make_product_case(rng, CONNECTED, cross, 16, 16, foreign=True, loader="TensorLoader"),
    }
    return {"cases": cases, "random_start": int(rng.integers(2**31))}


def stand_in(vec, params, net, criterion, dataloader, device):
    """An answer that does nothing."""


# ----------------------------------------------------------------------------------------------------- references


def make_reference(inputs):
    """For each case the Hessian, gradient and Gauss-Newton matrix of each image's loss."""
    return {name: dense_derivatives(case) for name, case in inputs["cases"].items()}


def dense_derivatives(case):
    """Hessians (N, n, n), gradients (N, n) and Gauss-Newton matrices (N, n, n), image by image, in float64."""
    net = driver.make_net(case, torch.float64).eval()
    fixed = {name: t.detach() for name, t in net.state_dict().items()}
    criterion = driver.LOSSES[case["loss"]]
    start = torch.cat([fixed[name].reshape(-1) for name in case["params"]])

    def output(vector, image):
        parts = vector.split([fixed[name].numel() for name in case["params"]])
        own = {name: part.reshape(fixed[name].shape) for name, part in zip(case["params"], parts)}
        return functional_call(net, {**fixed, **own}, (image[None],))

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
