"""The outermost eigenvalues of the Hessian of a mean loss, and their eigenvectors, from products with vectors alone."""

import contextlib
import copy
from collections import namedtuple

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler

from lab_cnn_solution import TensorLoader, check_pair, kept, progress, read_batches, same_modes
from losssurf_lab.keeping.results import draft
from losssurf_lab.losses import check_slopes
from losssurf_lab.vectors import gradtensor_to_npvec, npvec_to_tensorlist

Eigenpairs = namedtuple("Eigenpairs", "values vectors residuals num_products")
ROUNDING = 2e-6  # of a product in float32, relative to the largest eigenvalue in modulus
ASYMMETRY = 1e-3  # from here on, relative to the same, a product is no longer that of a symmetric matrix
SAFETY = 5  # residuals fall to tol / SAFETY: at tol itself a pair that the start hardly contains may still be missing


def hessian_vector_product(eval_hess_vec_prod, net, criterion, loader, device):
    """The function that takes a NumPy vector v (n,) to H v (n,), float64, by products of `eval_hess_vec_prod`.

    n counts all parameters of the net, in the order of `gradtensor_to_npvec`. Rows and columns of a parameter that is
    frozen (it does not require a gradient) or not used are zeros; `eval_hess_vec_prod` gets only those not frozen. As
    it divides by `len(loader.dataset)`, a loader that gives other images than just those, or others each time
    (`drop_last`, a sampler), is read once, and its batches are kept in memory. Gradients, buffers and modes of the net
    and the order of a shuffled `TensorLoader` are afterwards what they were. Raises ValueError where there is nothing
    to differentiate, for half precision, which is too coarse, and where the batches' means are not the mean over all
    images: with class weights or ignored labels, all images must be in one batch.
    """
    params = list(net.parameters())
    free = [p for p in params if p.requires_grad]
    if not free:
        raise ValueError("all parameters are frozen (requires_grad is False), so that there is no Hessian")
    coarse = {p.dtype for p in free if torch.finfo(p.dtype).bits < 32}
    if coarse:
        raise ValueError(f"a network in {coarse.pop()} is too coarse for second derivatives: take net.float()")
    loader = _repeatable(loader)
    _check_batches(net, criterion, loader, device)
    arguments, used = (net, criterion, loader, device), free

    def product(vector):
        nonlocal used
        try:
            return _product(eval_hess_vec_prod, vector, used, *arguments)
        except RuntimeError as error:
            if "not have been used in the graph" not in str(error):
                raise
            used = _used(free, *arguments)
            if len(used) == len(free):
                raise ValueError(
                    "the gradient does not depend on one of the parameters, in which the loss is linear: "
                    f"eval_hess_vec_prod needs torch.autograd.grad(..., materialize_grads=True) ({error})"
                ) from error
        return _product(eval_hess_vec_prod, vector, used, *arguments)

    return product


def _product(eval_hess_vec_prod, vector, used, net, criterion, loader, device):
    params, ids = list(net.parameters()), {id(p) for p in used}
    vec = [v for v, p in zip(npvec_to_tensorlist(vector, params, device), params) if id(p) in ids]
    with unchanged(net), sdpa_kernel(SDPBackend.MATH):  # the faster kernels of attention have no second derivatives
        for p in params:
            p.grad = None
        try:
            eval_hess_vec_prod(vec, used, net, criterion, loader, device)
        except RuntimeError as error:
            if "does not require grad" in str(error):
                raise ValueError(
                    "the gradient cannot be differentiated: either the loss is linear in the parameters, so that "
                    f"its Hessian is zero, or eval_hess_vec_prod makes no graph ({error})"
                ) from error
            raise
        if all(p.grad is None for p in used):
            raise ValueError("eval_hess_vec_prod leaves nothing in p.grad of any of params: H v belongs there")
        return gradtensor_to_npvec(net).astype(np.float64)


def _check_batches(net, criterion, loader, device):
    """Raise ValueError where the batches' means, each times its number of images, are not the mean over all images."""
    if len(loader) == 1:
        return
    pairs, slopes = [], []
    with unchanged(net):
        for images, labels in read_batches(loader, device, net):
            output = net(images).detach().requires_grad_()
            slopes += torch.autograd.grad(criterion(output, labels).mean() * len(labels), output)
            pairs.append((output.detach(), labels))
    check_slopes(criterion, pairs, torch.cat(slopes), any_factor=True)


def _used(params, net, criterion, loader, device):
    """Those of the parameters on which the loss of any batch depends."""
    used = set()
    with unchanged(net):
        for images, labels in read_batches(loader, device, net):
            grads = torch.autograd.grad(criterion(net(images), labels).sum(), params, allow_unused=True)
            used |= {id(p) for p, grad in zip(params, grads) if grad is not None}
    return [p for p in params if id(p) in used]


@contextlib.contextmanager
def unchanged(net):
    """The net's gradients, buffers and modes are after the block what they were before it."""
    grads = [(p, p.grad) for p in net.parameters()]
    buffers = [(buffer, buffer.clone()) for buffer in net.buffers()]
    try:
        with same_modes(net):
            yield
    finally:
        for p, grad in grads:
            p.grad = grad
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)


class Batches(list):
    """Batches in memory, whose `dataset` is as long as they hold images."""

    @property
    def dataset(self):
        return range(sum(len(labels) for _, labels in self))


def _repeatable(loader):
    """A loader that gives the same images in each pass, `len(loader.dataset)` in all."""
    if isinstance(loader, TensorLoader):
        return copy.copy(loader)
    if type(loader) is DataLoader and type(loader.batch_sampler) is BatchSampler:
        sampler, size = loader.sampler, loader.batch_size
        all_of_them = type(sampler) is SequentialSampler or type(sampler) is RandomSampler and not sampler.replacement
        all_of_them = all_of_them and 0 < len(sampler) == len(loader.dataset)
        if all_of_them and not (loader.drop_last and len(sampler) % size):
            return loader
    batches = Batches(map(check_pair, loader))
    if not batches:
        raise ValueError(
            "the loader is empty: there is no image of which to take the loss (a generator gives them once)"
        )
    return batches


@kept
def eigenpairs(
    eval_hess_vec_prod, net, criterion, loader, device, k=20, *, lowest=False, tol=1e-2, start=None, seed=0
):  # fmt: skip
    """The k largest eigenvalues (or the k lowest) of the Hessian of the mean loss, with eigenvectors and residuals.

    Lanczos' method with full reorthogonalisation. It ends when the residual ||H v - l v|| / |l| of each wanted pair is
    well below `tol` (or no more than rounding), as follows from the products made, so that none is skipped. Only an
    eigenvalue that is there several times, exactly (of a linear network with the squared error, say), may come fewer
    times than it is there: give `start` as many vectors, or see `spectrum.full_spectrum`.

    eval_hess_vec_prod(vec, params, net, criterion, loader, device): leaves H vec in p.grad of each of params; n and H
        are those of `hessian_vector_product`, with zeros for frozen parameters, so that 0 is an eigenvalue then
    start: vectors (n, s) to begin with, those of an earlier network say; a random one from `seed` is added
    Returns `(values (k,), vectors (n, k), residuals (k,), num_products)`, the largest (or lowest) first, the largest
    number of each vector positive. They are kept: called again with the same, it reads them; interrupted, it goes on
    where it was. Raises ValueError for k outside 1..n, and for a product with NaN or not with a symmetric matrix.
    """
    n = sum(p.numel() for p in net.parameters())
    if not 1 <= k <= n:
        raise ValueError(f"k is {k}; with {n} parameters it must be in 1..{n}")
    starts = [*([] if start is None else start.T), _random_vector(n, seed)]
    sign, product = -1 if lowest else 1, hessian_vector_product(eval_hess_vec_prod, net, criterion, loader, device)
    space = _search(lambda vector: sign * product(vector), k, tol, starts)
    values, coefficients, errors = space.pairs(k)
    vectors = space.basis.T @ coefficients
    vectors *= np.sign(vectors[np.abs(vectors).argmax(axis=0), range(k)])  # else each could come with either sign
    residuals = errors / np.maximum(np.abs(values), np.finfo(float).tiny)
    return Eigenpairs(sign * values, vectors, residuals, space.num_products)


def _search(product, k, tol, starts):
    """The space of the wanted pairs; goes on from an interrupted search."""
    unfinished, n = draft(), len(starts[0])
    space = next((KrylovSpace(**state) for state in unfinished.read()), KrylovSpace.empty(n))
    bar = progress(None, "Hessian-vector products", unit="product", initial=space.num_products)
    try:
        while not space.is_whole:
            found = np.sum(space.is_found(k, tol))
            if found == k and space.num_products >= len(starts):
                break
            number = space.num_products
            bar.set_postfix_str(f"{found} of {k} eigenpairs found", refresh=False)
            directions = starts[number : number + 1] or space.residual(k, tol)
            directions = [*directions, _random_vector(n, [number, 1])]  # another stream than any start's
            vector = next((v for v in map(space.outside, directions) if v is not None), None)
            if vector is None:
                raise ValueError("the products are too inexact for residuals as small as tol: raise tol")
            space.add(vector, product)
            bar.update()
            unfinished.write(space.state())
    except KeyboardInterrupt:
        unfinished.write(space.state(), now=True)
        raise
    finally:
        bar.close()
    return space


def _random_vector(n, seed):
    return np.random.default_rng(seed).standard_normal(n)


class NotFinite(ValueError):
    """A product holds NaN or infinity, as where training has diverged."""


class KrylovSpace:
    """An orthonormal basis (m, n), its products (m, n) with a symmetric matrix, and the best eigenpairs in its span.

    From one start vector these are Lanczos': the residuals all point in the one direction that his recurrence adds.
    Taken from the products themselves, they are right for any start, and their residuals cost no product.
    """

    def __init__(self, basis, products, num_products):
        self.basis, self.products, self.num_products = basis, products, num_products
        self.projected, self.gram = (basis @ products.T + products @ basis.T) / 2, products @ products.T

    @classmethod
    def empty(cls, n):
        """A space without vectors yet."""
        return cls(np.zeros((0, n)), np.zeros((0, n)), 0)

    def state(self):
        """What it takes to make it again: `KrylovSpace(**state)`."""
        return {"basis": self.basis, "products": self.products, "num_products": self.num_products}

    def pairs(self, k):
        """The k largest Ritz values, their vectors in the basis (m, k), and the lengths of their residuals."""
        values, coefficients = np.linalg.eigh(self.projected)
        values, coefficients = values[::-1][:k], coefficients[:, ::-1][:, :k]
        squares = np.sum(coefficients * (self.gram @ coefficients), axis=0) - values**2
        return values, coefficients, np.sqrt(np.maximum(squares, 0))

    def is_found(self, k, tol):
        """Of each of these pairs, whether its residual is small enough."""
        values, _, errors = self.pairs(k)
        return errors <= self._allowed(values, tol)

    def _allowed(self, values, tol):
        return np.maximum(tol / SAFETY * np.abs(values), ROUNDING * self.scale)

    @property
    def scale(self):
        """The largest length of a product of a vector of length 1."""
        return np.sqrt(self.gram.diagonal().max(initial=0))

    def residual(self, k, tol):
        """The longest residual of those not small enough, in a list; an empty one where there is none."""
        values, coefficients, errors = self.pairs(k)
        errors[errors <= self._allowed(values, tol)] = 0
        i = np.argmax(errors)
        if errors[i] == 0:
            return []
        return [self.products.T @ coefficients[:, i] - values[i] * (self.basis.T @ coefficients[:, i])]

    @property
    def is_whole(self):
        """Whether there is no direction outside the span."""
        return len(self.basis) == self.basis.shape[1]

    def outside(self, direction, least=0.0):
        """The part of a direction outside the span, of length 1; None where it is rounding, or at most `least` long."""
        length = np.linalg.norm(direction)
        if self.is_whole or not length > least:
            return None
        vector = direction / length
        for _ in range(2):  # twice is enough to be orthogonal to rounding
            vector = vector - self.basis.T @ (self.basis @ vector)
        rest = np.linalg.norm(vector)
        return vector / rest if rest > max(ROUNDING, least / length) else None

    def add(self, vector, product):
        """Extend the basis by a vector that `outside` gave, and by its product."""
        result = product(vector)
        if not np.isfinite(result).all():
            raise NotFinite("the product of the Hessian and a vector holds NaN or infinity")
        self.num_products += 1
        self.basis, self.products = np.vstack([self.basis, vector]), np.vstack([self.products, result])
        one, other = self.basis @ result, self.products @ vector  # equal, but for rounding
        self.projected = _bordered(self.projected, (one + other) / 2)
        self.gram = _bordered(self.gram, self.products @ result)
        if np.abs(one - other).max() > ASYMMETRY * self.scale:
            raise ValueError(
                "eval_hess_vec_prod is not the product with a symmetric matrix (u'Hv and v'Hu differ), so it is not "
                "that of the Hessian: check it; with dropout or batch norm, put the network in evaluation mode"
            )


def _bordered(matrix, column):
    """The symmetric matrix with one row and column more."""
    return np.block([[matrix, column[:-1, None]], [column[None]]])
