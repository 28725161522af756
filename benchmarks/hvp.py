"""How fast the product of a Hessian and a vector can be: the helpers' `traced_hess_vec_prod`, and others' products.

    python benchmarks/hvp.py [--images N] [--repeats N] [--threads N]

`traced_hess_vec_prod` is called as the student's `eval_hess_vec_prod`. The script times it on the trained CNN of the
notebook `hessian_spectrum` and the first 6,000 training images, beside the gradient, the student's double backward,
forward over reverse differentiation, `torch.func.linearize`, PyHessian and curvlinops. All run in turn, in one
process; printed are medians. The gradient and those without a set-up run at the fastest of several batch sizes.

columns:
  batch      images a batch
  product    seconds a product, and its ratio to a gradient of the same images
  work       floating-point operations of a product over those of a gradient: what no skill can save
  set-up     seconds before the first product, tracing included
  kept       MB that the set-up leaves in memory (the growth of the process)
  60 prod.   seconds of the set-up and 60 products, about what 20 eigenpairs take
  error      distance to the double backward, relative to the product's length

LOSSSURF_PROFILE=quick takes the digits of scikit-learn. PyHessian and curvlinops are left out where they are not
installed: `pip install pyhessian curvlinops-for-pytorch`.
"""

import argparse
import contextlib
import ctypes
import gc
import importlib.util
import statistics
import sys
import time
import warnings
from collections import namedtuple
from pathlib import Path

import torch
from torch import nn
from torch.func import functional_call, grad, jvp, linearize
from torch.utils.flop_counter import FlopCounterMode

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import lab_cnn_solution as code  # noqa: E402
from losssurf_lab import traced  # noqa: E402
from losssurf_lab.traced import traced_hess_vec_prod  # noqa: E402

criterion = nn.CrossEntropyLoss()
CPU = torch.device("cpu")
PRODUCTS = 60  # over which a set-up is counted: 20 eigenpairs take about as many

# ------------------------------------------------------------------------------------------------ what it is timed with


def double_backward(vec, params, net, criterion, dataloader, device):
    """The student's product, as `solutions/hessian_spectrum.ipynb` has it."""
    product = [torch.zeros_like(p) for p in params]
    for x, y in dataloader:
        x, y = x.to(device), y.to(device)
        loss = criterion(net(x), y) * len(y) / len(dataloader.dataset)
        grads = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
        slope = sum((part * v).sum() for part, v in zip(grads, vec))
        torch._foreach_add_(product, torch.autograd.grad(slope, params, materialize_grads=True))
    for p, part in zip(params, product):
        p.grad = part


def by_students_interface(function):
    """A method from a function that is called as the student's."""

    def method(net, loader):
        params = list(net.parameters())
        if function is traced_hess_vec_prod:
            traced._prepare(params, net, criterion, loader, CPU)

        def product(vec):
            function(vec, params, net, criterion, loader, CPU)
            return [p.grad for p in params]

        return product

    return method


def gradient(net, loader):
    params = list(net.parameters())

    def product(vec):
        return sum_over_batches(loader, lambda x, y, share: torch.autograd.grad(share * criterion(net(x), y), params))

    return product


def untraced(net, loader):
    weights = tuple(p.detach() for p in net.parameters())

    def product(vec):
        return sum_over_batches(loader, lambda *batch: jvp(grad_of(net, *batch), weights, tuple(vec))[1])

    return product


def linearized(net, loader):
    weights = tuple(p.detach() for p in net.parameters())
    batches = code.progress(loader, "linearizing", unit="batch")
    products = [linearize(grad_of(net, x, y, len(y) / len(loader.dataset)), *weights)[1] for x, y in batches]

    def product(vec):
        total = [torch.zeros_like(v) for v in vec]
        for function in products:
            torch._foreach_add_(total, function(*vec))
        return total

    return product


def grad_of(net, x, y, share):
    """The gradient of a batch's share of the loss, as a function of the weights."""
    names = [name for name, p in net.named_parameters()]

    def loss(*weights):
        return share * criterion(functional_call(net, dict(zip(names, weights)), (x,)), y)

    return grad(loss, argnums=tuple(range(len(names))))


def sum_over_batches(loader, function):
    """The sum of `function(x, y, share)`, a list of tensors, with each batch's share of the images."""
    total = None
    for x, y in loader:
        parts = list(function(x, y, len(y) / len(loader.dataset)))
        if total is None:
            total = parts
        else:
            torch._foreach_add_(total, parts)
    return total


def pyhessian(net, loader):
    from pyhessian import hessian

    operator = hessian(net, criterion, dataloader=loader, cuda=False)
    return lambda vec: operator.dataloader_hv_product(vec)[1]


def curvlinops(net, loader):
    from curvlinops import HessianLinearOperator

    # Without its check that the data are in order: two products that no use of it needs.
    operator = HessianLinearOperator(net, criterion, list(net.parameters()), loader, check_deterministic=False)
    return lambda vec: operator @ vec


GRADIENT, STUDENT, OURS = "gradient", "double backward, batch 64", "traced_hess_vec_prod"
SIZES = (100, 250, 500)
# Each is called as `method(net, loader)`, which does the set-up, and returns the function of the vector.
METHODS = {  # name: (method, batch sizes to choose from); ours before linearize, as the first pays for the imports
    GRADIENT: (gradient, (64, 100, 200, 250, 500)),
    STUDENT: (by_students_interface(double_backward), (64,)),
    "double backward, batch 250": (by_students_interface(double_backward), (250,)),
    "forward over reverse": (untraced, SIZES),
    OURS: (by_students_interface(traced_hess_vec_prod), (500,)),
    "torch.func.linearize": (linearized, (500,)),
    "PyHessian": (pyhessian, SIZES),
    "curvlinops": (curvlinops, SIZES),
}


def available(methods, modules=("pyhessian", "curvlinops")):
    """The methods without those whose package is not installed, which a line says."""
    warnings.simplefilter("ignore")  # of create_graph=True in PyHessian, of scripting in curvlinops
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        print(f"left out, as not installed: {', '.join(missing)}: pip install pyhessian curvlinops-for-pytorch")
    return {name: method for name, method in methods.items() if name.split()[0].lower() not in missing}


def trained_cnn(num_images):
    """The trained CNN of the notebook, and a loader of the first training images."""
    train_loader, test_loader = code.get_data(device=CPU)
    epochs = 10 if code.get_profile() == "full" else 30
    net = code.learn_one_model(train_loader, test_loader, epochs, seed=0, device=CPU).model
    images, labels = train_loader.dataset.tensors
    return net, code.TensorLoader(images[:num_images], labels[:num_images], batch_size=250)


# ------------------------------------------------------------------------------------------------------------ the table

Row = namedtuple("Row", "batch seconds work set_up kept total error")


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def operations(function, *arguments):
    """The floating-point operations that PyTorch counts: those of convolutions and products of matrices."""
    with FlopCounterMode(display=False) as counter:
        function(*arguments)
    return counter.get_total_flops()


def memory():
    """Bytes that the process holds, after what is free has been given back where that can be asked for (glibc)."""
    gc.collect()
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
    import psutil  # here, as `gpu.py` imports this module where there is none

    return psutil.Process().memory_info().rss


def fastest_batch(method, sizes, net, loader, vec):
    """The batch size, of these, with the fastest product."""
    products = {size: method(net, loader.in_order(size)) for size in sizes if len(sizes) > 1}
    times = {size: min(seconds(product, vec) for _ in range(2)) for size, product in products.items()}
    return min(times, key=times.get) if times else sizes[0]


def measure(methods, net, loader, vec, repeats):
    """A row for each method; products run in turn."""
    batches, products, set_ups, kept = {}, {}, {}, {}
    for name, (method, sizes) in methods.items():
        print(f"  {name}: ", end="", flush=True)
        batches[name] = fastest_batch(method, sizes, net, loader, vec)
        before, start = memory(), time.perf_counter()
        products[name] = method(net, loader.in_order(batches[name]))
        set_ups[name] = time.perf_counter() - start
        kept[name] = max(memory() - before, 0)
        print(f"batch {batches[name]}, set-up {set_ups[name]:.2f} s", flush=True)
    results = {name: flat(product(vec)) for name, product in products.items()}
    right, work = results[STUDENT], {name: operations(product, vec) for name, product in products.items()}
    times = {name: [] for name in products}
    for _ in code.progress(range(repeats), "products in turn", unit="round"):
        for name, product in products.items():
            times[name].append(seconds(product, vec))
    rows = {}
    for name in products:
        median = statistics.median(times[name])
        error = ((results[name] - right).norm() / right.norm()).item() if name != GRADIENT else float("nan")
        total = set_ups[name] + PRODUCTS * median
        rows[name] = Row(batches[name], median, work[name], set_ups[name], kept[name] / 1e6, total, error)
    return rows


def flat(tensors):
    return torch.cat([tensor.reshape(-1) for tensor in tensors])


def print_table(rows):
    print(f"{'':28}{'batch':>6}{'product, s':>12}{'ratio':>7}{'work':>6}{'set-up, s':>11}{'kept, MB':>10}"
          f"{'60 prod., s':>13}{'error':>10}")  # fmt: skip
    unit = rows[GRADIENT].seconds
    for name, row in rows.items():
        error = "-" if name == GRADIENT else f"{row.error:.1e}"
        work = row.work / rows[GRADIENT].work
        print(f"{name:28}{row.batch:6}{row.seconds:12.3f}{row.seconds / unit:7.2f}{work:6.2f}{row.set_up:11.2f}"
              f"{row.kept:10.0f}{row.total:13.1f}{error:>10}")  # fmt: skip
    ours = rows[OURS]
    print(f"\n{OURS}: {ours.seconds / unit:.2f} gradients a product (aim: 1.0, at most 1.3); "
          f"{ours.seconds / rows[STUDENT].seconds:.2f} of the double backward at batch 64 (at most 0.33)")  # fmt: skip
    for name in rows.keys() & {"PyHessian", "curvlinops"}:
        print(f"with its set-up, over {PRODUCTS} products {rows[name].total / ours.total:.2f} times as fast as {name} "
              "(at least 1.5)")  # fmt: skip


def options_of(description, *more):
    """The command line's options, --images, --threads and some numbers more: (name, default, what it counts)."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default, what in (("--images", 6000, "training images"), *more):
        parser.add_argument(name, type=int, default=default, metavar="N", help=f"number of {what} (default: {default})")
    parser.add_argument("--threads", type=int, metavar="N", help="of PyTorch (default: as many as it takes)")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    return options


def print_surroundings(loader):
    data = "MNIST" if code.get_profile() == "full" else "digits"
    print(f"torch {torch.__version__}, CPU, {torch.get_num_threads()} threads, {len(loader.dataset)} images of {data}",
          flush=True)  # fmt: skip


def main():
    options = options_of(__doc__, ("--repeats", 7, "counted products of each"))
    net, loader = trained_cnn(options.images)
    print_surroundings(loader)
    draw = torch.Generator().manual_seed(0)
    vec = [torch.randn(p.shape, generator=draw) for p in net.parameters()]
    print_table(measure(available(METHODS), net, loader, vec, options.repeats))


if __name__ == "__main__":
    main()
