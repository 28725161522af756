"""Check the product of the Hessian and a vector on networks of 10 to 44,426 parameters, and print what is wrong."""

import numpy as np
import torch
from torch.func import vmap

from losssurf_lab.differences import first_differences, second_differences
from losssurf_lab.networks import NETWORK_SIZE
from losssurf_lab.tasks.eval_hess_vec_prod.case import as_function, budgets, make_case, make_network_case

CONNECTED = (("linear", 2, 3), ("tanh",), ("linear", 3, 2))
CONVOLUTION = (("conv", 1, 2, 2), ("softplus",), ("pool", 2), ("flatten",), ("linear", 2, 2))
BATCH_NORM = (("linear", 2, 3), ("norm", 3), ("tanh",), ("linear", 3, 2))
WIDE = (("linear", 60, 42), ("tanh",), ("linear", 42, 10))
MOST_PARAMETERS = 30  # for which to take differences

# Of the course's network, for each of two vectors v, u H v along eight probes u. A table, so that no one needs the
# second differences of the loss here; `tests/test_checks_hidden.py` takes them.
NETWORK_CURVATURES = np.array([
    [-179.39, 402.50, -443.02, 298.35, -93.24, -807.04, 37.82, 38.05],
    [28.45, 577.70, -403.58, 97.74, -345.45, 155.96, -319.53, -437.72],
])  # fmt: skip


def make_inputs():
    """The same small networks at every call."""
    rng = np.random.default_rng(2017)
    case, smooth, cross = make_case, "smoothed_cross_entropy", "cross_entropy"
    frozen = ["layers.0.weight", "layers.0.bias"]
    cases = {
        "one batch": case(rng, CONNECTED, smooth, 6, 6, training=True),
        "convolution": case(rng, CONVOLUTION, cross, 6, 2, side=3, grads=1.0),
        "last batch": case(rng, CONNECTED, cross, 7, 3, loader="TensorLoader", grads=0.0),
        "shuffled": case(rng, CONNECTED, cross, 7, 3, passes=3),
        "batch norm": case(rng, BATCH_NORM, smooth, 6, 3),
        "frozen": case(rng, CONNECTED, cross, 6, 3, frozen=frozen),
        "square": case(rng, CONNECTED, "mean_square", 6, 3),
        "poisson": case(rng, CONNECTED, "poisson", 6, 3),
        "linear": case(rng, CONNECTED, smooth, 6, 6, vectors="linear"),
        "twice": case(rng, CONNECTED, smooth, 6, 6, vectors="twice", grads=1.0),
        "foreign": case(rng, CONNECTED, cross, 6, 6, foreign=True, loader="TensorLoader"),
        "wide": case(rng, WIDE, cross, 6, 3),
        "network": make_network_case(_numbers_of_the_network()),
    }
    return {"cases": cases, "budgets": budgets(cases), "random_start": 0}


def _numbers_of_the_network():
    """Random numbers that will never change, unlike those of NumPy's newer generators: the table rests on them."""
    return np.random.RandomState(2017)


def make_reference(inputs):
    """For each small case its derivatives, and of the course's network "probes" (8, n) and "curvatures" (2, 8)."""
    small = {name: case for name, case in inputs["cases"].items() if name not in inputs["budgets"]}
    references = {name: derivatives_by_differences(case) for name, case in small.items()}
    return references | {"network": {"probes": network_probes(), "curvatures": NETWORK_CURVATURES}}


def network_probes():
    """Directions (8, n) of the course's network."""
    return np.random.RandomState(2018).choice([-1.0, 1.0], size=(8, NETWORK_SIZE))


def derivatives_by_differences(case):
    """Hessians (N, n, n), gradients (N, n) and Gauss-Newton matrices (N, n, n), image by image, in float64.

    All come from values of the loss and of the outputs nearby: 2 n^2 of them. Raises ValueError for a network that is
    not tiny.
    """
    if len(case["vectors"][0]) > MOST_PARAMETERS:
        raise ValueError(f"differences are for networks of at most {MOST_PARAMETERS} parameters")
    outputs_of, start, criterion = as_function(case)
    images, labels = torch.tensor(case["images"]).double(), torch.tensor(case["labels"])

    def outputs(vector):
        return outputs_of(vector, images)

    def losses(outputs):
        return torch.stack([criterion(output[None], label[None]) for output, label in zip(outputs, labels)])

    def curvatures_of(image):
        """The second derivatives of one image's loss with respect to its output."""
        others = outputs(start)

        def loss(output):
            return losses(others.index_put((image,), output))[image]

        return second_differences(vmap(loss), others[image])

    jacobians = first_differences(vmap(outputs), start).permute(1, 2, 0)
    curvatures = torch.stack([curvatures_of(image) for image in torch.arange(len(images))])
    return {
        "hessians": second_differences(vmap(lambda w: losses(outputs(w))), start).movedim(-1, 0).numpy(),
        "gradients": first_differences(vmap(lambda w: losses(outputs(w))), start).T.numpy(),
        "gauss_newton": (jacobians.mT @ curvatures @ jacobians).numpy(),
    }
