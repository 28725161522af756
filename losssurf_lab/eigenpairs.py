"""The outermost eigenvalues of the Hessian of a mean loss, and their eigenvectors, from products with vectors alone."""

import contextlib
import copy
import numbers
from collections import namedtuple

import numpy as np
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler

from lab_cnn_solution import TensorLoader, check_pair, kept, progress, read_batches, same_modes
from losssurf_lab.keeping.results import draft
from losssurf_lab.lanczos import KrylovSpace, Search
from losssurf_lab.losses import check_classes, check_slopes, is_sum
from losssurf_lab.vectors import dtype_of, gradients_of, split_by_params

Eigenpairs = namedtuple("Eigenpairs", "values vectors residuals num_products certain")


def hessian_vector_product(eval_hess_vec_prod, net, criterion, loader, device):
    """The function that takes a NumPy vector v (n,) to H v (n,), float64, by products of `eval_hess_vec_prod`.

    n counts all parameters of the net, in the order of `gradtensor_to_npvec`. Rows and columns of a parameter that is
    frozen (it does not require a gradient) or not used are zeros; `eval_hess_vec_prod` gets only those not frozen. As
    it divides by `len(loader.dataset)`, a loader that gives other images than just those, or others each time
    (`drop_last`, a sampler), is read once, and its batches are kept in memory; so is one of images of another precision
    than the net's. H is that of the mean loss also where the criterion gives the sum over a batch. Gradients, buffers
    and modes of the net and the order of a shuffled `TensorLoader` are afterwards what they were. Raises ValueError
    where there is nothing to differentiate, for half precision, which is too coarse, for an embedding with `max_norm`,
    and where the batches' means are not the mean over all images: with class weights or ignored labels, all images must
    be in one batch, and of a sum all batches must be of one size.

    >>> def double(vec, params, net, criterion, loader, device):
    ...     for p, v in zip(params, vec, strict=True):
    ...         p.grad = 2 * v
    >>> batch = torch.zeros(1, 2), torch.zeros(1, dtype=torch.int64)
    >>> product = hessian_vector_product(double, torch.nn.Linear(2, 2), torch.nn.CrossEntropyLoss(), [batch], "cpu")
    >>> product(np.arange(6))
    array([ 0.,  2.,  4.,  6.,  8., 10.])
    """
    product = product_of_tensors(eval_hess_vec_prod, net, criterion, loader, device)
    like = zero_vector(net)

    def numpy_product(vector):
        vector = np.array(vector, dtype=float)
        if vector.shape != like.shape:
            raise ValueError(f"a vector of shape {vector.shape}; the parameters hold {len(like)} numbers")
        return product(torch.from_numpy(vector).to(like)).cpu().double().numpy()

    return numpy_product


def zero_vector(net):
    """A vector (n,) for the weights of a network: on its device, float64 for one that holds any."""
    params = list(net.parameters())
    return torch.zeros(sum(p.numel() for p in params), dtype=dtype_of(params), device=params[0].device)


def product_of_tensors(eval_hess_vec_prod, net, criterion, loader, device):
    """The same of tensors (n,) of the kind that `zero_vector` makes."""
    params = list(net.parameters())
    free = [p for p in params if p.requires_grad]
    if not free:
        raise ValueError("all parameters are frozen (requires_grad is False), so that there is no Hessian")
    coarse = {p.dtype for p in free if torch.finfo(p.dtype).bits < 32}
    if coarse:
        raise ValueError(f"a network in {coarse.pop()} is too coarse for second derivatives: take net.float()")
    check_weights_stay(net)
    loader = _in_dtype_of(net, _repeatable(loader), device)
    divisor = _checked_divisor(net, criterion, loader, device)
    arguments, used = (net, criterion, loader, device), free

    def product(vector):
        result = multiple(vector)
        return result if divisor == 1 else result / divisor

    def multiple(vector):
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
    parts = zip(split_by_params(vector, params, device), params, strict=True)
    vec = [part for part, p in parts if id(p) in ids]
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
        return gradients_of(params, vector.device, vector.dtype)


def _checked_divisor(net, criterion, loader, device):
    """Of which number times the mean loss the batches' losses are the mean: 1, or of sums, the images of a batch.

    Raises ValueError where the batches' losses, each times its number of images, are no multiple of the mean's.
    """
    if len(loader) == 1:
        return _divisor_of_one_batch(net, criterion, loader, device)
    pairs, slopes = [], []
    with unchanged(net):
        for images, labels in read_batches(loader, device, net):
            output = net(images).detach().requires_grad_()
            check_classes(criterion, output, labels)
            slopes += torch.autograd.grad(criterion(output, labels).mean() * len(labels), output)
            pairs.append((output.detach(), labels))
    check_slopes(criterion, pairs, torch.cat(slopes), any_factor=True)
    return len(pairs[0][1]) if is_sum(criterion, *pairs[0]) else 1


@torch.no_grad()
def _divisor_of_one_batch(net, criterion, loader, device):
    try:
        with unchanged(net):
            images, labels = next(read_batches(loader, device, net))
            output = net(images)
            check_classes(criterion, output, labels)
            return len(labels) if is_sum(criterion, output, labels) else 1
    except Exception:  # a product of one's own may need neither the network nor the loss; else it raises the same
        return 1


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


def check_weights_stay(net):
    """Raise ValueError for a network that rescales its weights whenever it is evaluated."""
    for name, module in net.named_modules():
        if isinstance(module, (nn.Embedding, nn.EmbeddingBag)) and module.max_norm is not None:
            raise ValueError(
                f"{name or 'the network'} has a max_norm, by which each evaluation changes its weights: derivatives "
                "at the weights as they are need one without"
            )


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


def _in_dtype_of(net, loader, device):
    """The loader, or batches in the precision of the net where those of the loader have another."""
    data = getattr(loader.dataset, "tensors", [torch.empty(0)])  # what transforms make is float32
    data = loader[0] if isinstance(loader, Batches) else data
    dtype = next(p.dtype for p in net.parameters() if p.is_floating_point())
    if all(x.dtype == dtype for x in data if x.is_floating_point()):
        return loader
    return Batches(read_batches(loader, device, net))


@kept
def eigenpairs(
    eval_hess_vec_prod, net, criterion, loader, device, k=20, *, lowest=False, tol=1e-2, start=None, seed=0
):  # fmt: skip
    """The k largest eigenvalues (or the k lowest) of the Hessian of the mean loss, with eigenvectors and residuals.

    Lanczos' method with full reorthogonalisation. It ends when the residual ||H v - l v|| / |l| of each wanted pair is
    well below `tol` (or no more than rounding), as follows from the products made, and when further steps from a new
    random vector show nothing larger: they would show an eigenvalue that is there several times, or that `start` lacks.

    eval_hess_vec_prod(vec, params, net, criterion, loader, device): leaves H vec in p.grad of each of params; n and H
        are those of `hessian_vector_product`, with zeros for frozen parameters, so that 0 is an eigenvalue then
    start: vectors (n, s) to begin with, those of an earlier network say; without, a random one from `seed`
    Returns `(values (k,), vectors (n, k), residuals (k,), num_products, certain)`, the largest (or lowest) first, the
    largest number of each vector positive. `certain` is False where the wanted eigenvalues are so close to the next
    that the steps do not tell whether one is missing, and where rounding leaves a residual above a hundredth; what is
    smaller than some 2e-6 of the largest (float64: 1e-11) counts as 0. What a single-precision network loses on its way
    to the gradient, as for inputs in the thousands, is the same in all products and shows in neither residuals nor
    `certain`: compare with those of `net.double()`. They are kept: called again, it reads them;
    interrupted, it goes on where it was. Raises ValueError for k outside 1..n, a `start` of another shape, and for a
    product with NaN or not with a symmetric matrix.
    """
    n = sum(p.numel() for p in net.parameters())
    if not (isinstance(k, numbers.Integral) and 1 <= k <= n):
        raise ValueError(f"k is {k}; with {n} parameters it must be in 1..{n}")
    if not 0 <= tol < 1:
        raise ValueError(f"tol is {tol}; it must be at least 0 and below 1")
    if start is not None:
        start = _start_vectors(start, n)
    sign, product = -1 if lowest else 1, product_of_tensors(eval_hess_vec_prod, net, criterion, loader, device)
    search = Search(KrylovSpace(zero_vector(net)), k, tol, start, seed)
    _run(search, lambda vector: sign * product(vector))
    values, coefficients, _ = search.space.pairs(k)
    vectors, errors = search.space.vectors(coefficients), search.space.errors(coefficients)
    vectors *= np.sign(vectors[np.abs(vectors).argmax(axis=0), range(k)])  # else each could come with either sign
    residuals = errors / np.maximum(np.abs(values), np.finfo(float).tiny)
    return Eigenpairs(sign * values, vectors, residuals, search.space.size, search.certain)


def _start_vectors(start, n):
    vectors = np.asarray(start, dtype=float)
    vectors = vectors[:, None] if vectors.ndim == 1 else vectors
    if vectors.ndim != 2 or len(vectors) != n:
        raise ValueError(f"start has the shape {np.shape(start)}; for {n} parameters it must be ({n}, s)")
    if not np.isfinite(vectors).all():
        raise ValueError("start holds NaN or infinity")
    return vectors


def _run(search, product):
    """Extend the space of a search until it ends, and go on with one that was interrupted."""
    unfinished, space = draft(), search.space
    for state in unfinished.read():
        search.restore(state)
    bar, state = progress(None, "Hessian-vector products", unit="product", initial=space.size), search.state()
    try:
        while (mix := search.next_step()) is not None:
            bar.set_postfix_str(search.stage, refresh=False)
            space.grow(mix, product)
            bar.update()
            state = search.state()
            unfinished.write(state)
    except KeyboardInterrupt:
        unfinished.write(state, now=True)
        raise
    finally:
        bar.close()
