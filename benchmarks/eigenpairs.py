"""How many products the 20 largest eigenpairs of the Hessian take, by `utils.eigenpairs` and by others.

    python benchmarks/eigenpairs.py [--images N] [--starts N] [--threads N]

The Hessian is that of the trained CNN of the notebook `hessian_spectrum` on the first 6,000 training images; the
tolerance is 1e-2. Each method means something else by it: `eigenpairs` the residual of each pair; ARPACK (`eigsh`)
the same, from its own estimate; PyHessian (power iteration, one pair after the other) the change of an eigenvalue
from one product to the next, with at most 100 products a pair.

columns:
  products   made until the method returned
  seconds    until then. All but curvlinops make their products by `traced_hess_vec_prod`, set up before: PyHessian
             too, as its own, several times slower (see hvp.py), would take minutes; its algorithm is untouched
  residual   the largest ||H v - l v|| / |l| of the 20 pairs, from products made afresh
  skipped    pairs that should have been found: the eigenvector (of a reference with a tolerance of 1e-4) has less
             than half of its squared length in the span of the 20 found, though its eigenvalue is larger than the
             smallest of theirs, by more than the tolerance

Then `eigenpairs` starts from 20 other vectors.

Last come networks of 44 thousand, 2.4 and 10 million parameters, trained for an epoch on 2,000 images, and their
Hessian on 250 of them. Each method runs in a process of its own, all but curvlinops with the double backward; columns:
  a product  seconds of one; not known of curvlinops, which makes its own
  beside it  seconds a product that the method needs for all else: its own work
  MB more    by which the process has grown over what a product needs; a vector of float32 has 4 for a million numbers

LOSSSURF_PROFILE=quick takes the digits of scikit-learn. PyHessian and curvlinops are left out where they are not
installed: `pip install pyhessian curvlinops-for-pytorch`.
"""

import contextlib
import functools
import itertools
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections import namedtuple
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from hvp import CPU, available, criterion, double_backward, flat, options_of, print_surroundings, trained_cnn
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import nn

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import lab_cnn_solution as code  # noqa: E402
import losssurf_lab_utils as utils  # noqa: E402
from losssurf_lab.traced import traced_hess_vec_prod  # noqa: E402

K, TOL = 20, 1e-2
Found = namedtuple("Found", "values vectors num_products")  # values (k,), vectors (n, k)


def start_vector(net, seed=0):
    return np.random.default_rng(seed).standard_normal(sum(p.numel() for p in net.parameters())).astype(np.float32)


def counted(product, net):
    """A product as scipy's operator in float32, and the function that tells how often it was called."""
    n = sum(p.numel() for p in net.parameters())
    bar = code.progress(None, "Hessian-vector products", unit="product")

    def count(vector):
        bar.update()
        return product(vector.ravel())

    return LinearOperator((n, n), matvec=count, dtype=np.float32), lambda: (bar.close(), bar.n)[1]


# -------------------------------------------------------------------------------------------------------- the methods
# Each takes traced_hess_vec_prod, the network and the loader, and returns Found.


def eigenpairs(fast, net, loader, seed=0):
    with new_cache():
        pairs = utils.eigenpairs(fast, net, criterion, loader, CPU, K, tol=TOL, seed=seed)
    return Found(pairs.values, pairs.vectors, pairs.num_products)


def scipy_eigsh(fast, net, loader):
    product = utils.hessian_vector_product(fast, net, criterion, loader, CPU)
    return by_eigsh(product, net)


def reference_pairs(fast, net, loader):
    """More pairs than wanted, by ARPACK with four times its usual space for them, at a tolerance 100 times tighter."""
    product = utils.hessian_vector_product(fast, net, criterion, loader, CPU)
    return by_eigsh(product, net, K + 5, TOL / 100, ncv=4 * (K + 5), seed=1000)


def curvlinops(fast, net, loader):
    from curvlinops import HessianLinearOperator

    operator = HessianLinearOperator(net, criterion, list(net.parameters()), loader, check_deterministic=False)
    return by_eigsh(operator.to_scipy(np.float32).matvec, net)


def by_eigsh(product, net, k=K, tol=TOL, ncv=None, seed=0):
    operator, number = counted(product, net)
    values, vectors = eigsh(operator, k=k, which="LA", tol=tol, ncv=ncv, v0=start_vector(net, seed))
    return Found(values[::-1], vectors[:, ::-1], number())


def pyhessian(fast, net, loader):
    from pyhessian import hessian

    operator = hessian(net, criterion, dataloader=loader, cuda=False)
    params = list(net.parameters())
    bar = code.progress(None, "Hessian-vector products", unit="product")

    def product(vec):
        fast(vec, params, net, criterion, loader, CPU)
        result = [p.grad for p in params]
        bar.update()
        return (flat(result) @ flat(vec)).item(), result

    operator.dataloader_hv_product = product
    with code.seeded(0):
        values, vectors = operator.eigenvalues(maxIter=100, tol=TOL, top_n=K)
    bar.close()
    order = np.argsort(values)[::-1]
    return Found(np.array(values)[order], np.stack([flat(vectors[i]).numpy() for i in order], axis=1), bar.n)


METHODS = {
    "eigenpairs": eigenpairs,
    "scipy eigsh": scipy_eigsh,
    "PyHessian": pyhessian,
    "curvlinops": curvlinops,
}

# -------------------------------------------------------------------------------------------------------- their judging


@contextlib.contextmanager
def new_cache():
    """An empty cache folder inside the block, else `eigenpairs` would read what it has found before."""
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, LOSSSURF_CACHE=folder):
        yield


def largest_residual(product, found):
    errors = [
        np.linalg.norm(product(vector) - value * vector) / abs(value)
        for value, vector in zip(found.values, found.vectors.T)
    ]
    return max(errors)


def skipped(found, reference):
    """The number of skipped pairs, as the head of this file defines them."""
    span, _ = np.linalg.qr(found.vectors)
    inside = np.sum((span.T @ reference.vectors[:, :K]) ** 2, axis=0)
    return np.sum((inside < 0.5) & (reference.values[:K] > (1 + TOL) * min(found.values)))


# ------------------------------------------------------------------------------------------------------ larger networks


class Wide(nn.Sequential):
    """A fully connected network with two hidden layers of the same width."""

    def __init__(self, num_inputs, width):
        hidden = nn.Linear(num_inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
        super().__init__(nn.Flatten(), *hidden, nn.Linear(width, 10))


WIDTHS = None, 1200, 2800  # of the hidden layers; None: the CNN of the course


def small_problem(width):
    """A network after an epoch on 2,000 images, and a loader of 250."""
    images, labels = (tensor[:2000] for tensor in code.get_data(device=CPU)[0].dataset.tensors)
    net_class = code.CNN if width is None else functools.partial(Wide, images[0].numel(), width)
    with code.seeded(0):
        net = net_class()
        loader = code.TensorLoader(images, labels, batch_size=64, shuffle=True)
        code.train_epoch(net, code.adam(net.parameters()), loader, criterion, CPU)
    return net, code.TensorLoader(images[:250], labels[:250], batch_size=250)


Cost = namedtuple("Cost", "parameters products seconds in_products megabytes")


def cost(name, width, threads):
    """What a method costs; to be called in a process of its own."""
    torch.set_num_threads(threads)
    net, loader = small_problem(width)
    params, in_products = list(net.parameters()), []

    def timed(*arguments):
        start = time.perf_counter()
        double_backward(*arguments)
        in_products.append(time.perf_counter() - start)

    timed([torch.ones_like(p) for p in params], params, net, criterion, loader, CPU)
    in_products.clear()
    before, start = peak(), time.perf_counter()
    found = METHODS[name](timed, net, loader)
    seconds = time.perf_counter() - start
    return Cost(len(flat(params)), found.num_products, seconds, sum(in_products), peak() - before)


def peak():
    """The most memory that the process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def print_costs():
    print(
        f"\n{'':14}{'parameters':>12}{'products':>9}{'seconds':>9}{'a product':>11}{'beside it':>11}{'MB more':>9}",
        flush=True,
    )
    for width, name in itertools.product(WIDTHS, available(METHODS)):
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            of = pool.submit(cost, name, width, torch.get_num_threads()).result()
        inside, beside = (seconds / of.products for seconds in (of.in_products, of.seconds - of.in_products))
        known = f"{inside:11.3f}{beside:11.3f}" if inside else f"{'-':>11}{'-':>11}"
        print(f"{name:14}{of.parameters:12,}{of.products:9}{of.seconds:9.1f}{known}{of.megabytes:9.0f}", flush=True)


def main():
    options = options_of(__doc__, ("--starts", 20, "start vectors of eigenpairs"))
    net, loader = trained_cnn(options.images)
    print_surroundings(loader)
    fast = traced_hess_vec_prod
    product = utils.hessian_vector_product(fast, net, criterion, loader, CPU)
    product(np.ones(sum(p.numel() for p in net.parameters())))  # which traces it
    reference = reference_pairs(fast, net, loader)
    print(f"reference: {reference.num_products} products, largest residual {largest_residual(product, reference):.1e}, "
          f"eigenvalues {' '.join(f'{value:.4g}' for value in reference.values)}", flush=True)  # fmt: skip

    print(f"{'':14}{'products':>9}{'seconds':>9}{'residual':>10}{'skipped':>9}", flush=True)
    for name, method in available(METHODS).items():
        start = time.perf_counter()
        found = method(fast, net, loader)
        seconds = time.perf_counter() - start
        print(f"{name:14}{found.num_products:9}{seconds:9.1f}{largest_residual(product, found):10.1e}"
              f"{skipped(found, reference):9}", flush=True)  # fmt: skip

    starts = code.progress(range(1, options.starts + 1), "start vectors", unit="start")
    runs = [eigenpairs(fast, net, loader, seed=seed) for seed in starts]
    numbers = sorted(run.num_products for run in runs)
    print(f"eigenpairs from {len(runs)} start vectors: products {' '.join(map(str, numbers))}; median "
          f"{np.median(numbers):g}; pairs skipped: {sum(skipped(run, reference) for run in runs)}")  # fmt: skip
    print_costs()


if __name__ == "__main__":
    main()
