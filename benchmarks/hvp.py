"""How fast the product of a Hessian and a vector can be: a reference for the task "make it fast", and others' products.

    python benchmarks/hvp.py [--images N] [--repeats N] [--threads N]

`FastHessVecProd` is called as the student's `eval_hess_vec_prod`. The script times it on the trained CNN of the
notebook `hessian_spectrum` and the first 6,000 training images, beside the gradient, the student's double backward,
forward over reverse differentiation, `torch.func.linearize`, PyHessian and curvlinops. All run in turn, in one
process; printed are medians. The gradient and those without a set-up run at the fastest of several batch sizes.

columns:
  batch      images a batch
  product    seconds a product, and its ratio to a gradient of the same images
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
from torch import fx, nn
from torch.func import functional_call, functionalize, grad, jvp, linearize
from torch.fx.experimental.proxy_tensor import make_fx

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

import lab_cnn_solution as code  # noqa: E402

aten = torch.ops.aten
criterion = nn.CrossEntropyLoss()
CPU = torch.device("cpu")
PRODUCTS = 60  # over which a set-up is counted: 20 eigenpairs take about as many

# --------------------------------------------------------------------------------------------- the reference solution


class FastHessVecProd:
    """The product H v in about the time of a gradient: what does not depend on v is computed once, not once a product.

    Called as `eval_hess_vec_prod`, which it can replace. The derivative of the gradient along v (Pearlmutter 1994) is
    traced once for each shape of a batch. Its graph is split in two: one part depends on v, and runs with each
    product; the values of the other that the first part reads are kept for each batch. So are the batches.

    limit: bytes for the kept values; batches beyond it keep none, and run both parts with each product

    The first call does this set-up, and so does each call with another network, weights (compared number by number),
    loader, criterion or params; after other weights alone nothing is traced again. The network's forward pass must be
    a function of weights and images: no dropout, no batch norm in training mode. Images changed in place go unseen.
    """

    def __init__(self, limit=2**30):
        self.limit = limit
        self.traced = self.state = None

    def __call__(self, vec, params, net, criterion, dataloader, device):
        self.set_up(params, net, criterion, dataloader, device)
        product = [torch.zeros_like(p) for p in params]
        with torch.no_grad():
            for batch, values in self.batches:
                fixed_part, vec_part = self.graphs[_shapes(batch)]
                values = fixed_part(*self.weights, *batch) if values is None else values
                torch._foreach_add_(product, vec_part(*values, *vec))
        for p, part in zip(params, product):
            p.grad = part

    @torch.no_grad()
    def set_up(self, params, net, criterion, dataloader, device):
        """Compute all that does not depend on the vector, unless it is known from the last call."""
        traced = [net, criterion, dataloader, *params, *(module.training for module in net.modules())]
        same = self.traced is not None and [*map(id, traced)] == [*map(id, self.traced)]
        state = [tensor.clone() for tensor in net.state_dict().values()]
        if same and all(map(torch.equal, state, self.state)):
            return
        if not same:
            self.graphs = {}
        self.traced, self.state = traced, state
        self.weights = [p.detach().clone() for p in params]
        self.batches, room = [], self.limit
        for batch in dataloader:
            batch = [tensor.to(device) for tensor in batch]
            if _shapes(batch) not in self.graphs:
                share = len(batch[1]) / len(dataloader.dataset)
                self.graphs[_shapes(batch)] = trace_in_two_parts(params, net, criterion, batch, share)
            values = self.graphs[_shapes(batch)][0](*self.weights, *batch) if room >= 0 else ()
            room -= _bytes_of(values, besides=[*self.weights, *batch])
            self.batches.append((batch, values if room >= 0 else None))  # once one does not fit, none after it is kept


def trace_in_two_parts(params, net, criterion, batch, share):
    """The graph of `share` times the product for a batch: `values = fixed_part(*weights, *batch)`, and
    `product = vec_part(*values, *vec)`.
    """
    names = {id(p): name for name, p in net.named_parameters()}

    def loss(weights, x, y):
        weights = {names[id(p)]: weight for p, weight in zip(params, weights)}
        return share * criterion(functional_call(net, weights, (x,)), y)

    def product(weights, vec, x, y):
        return jvp(lambda *weights: grad(loss)(weights, x, y), weights, vec)[1]

    weights, vec = (tuple(p.detach().clone() for p in params) for _ in range(2))
    # Functionalized: an operation in place would change a kept value, and with it the next product.
    traced = make_fx(functionalize(product))(weights, vec, *batch)
    drop_zeros(traced.graph)

    *nodes, output = traced.graph.nodes
    inputs = [node for node in nodes if node.op == "placeholder"]
    vec = inputs[len(params) : 2 * len(params)]
    on_vec = set(vec)
    for node in nodes:
        if not on_vec.isdisjoint(node.all_input_nodes):
            on_vec.add(node)
    read = [n for node in [*nodes, output] if node in on_vec or node is output for n in node.all_input_nodes]
    values = list(dict.fromkeys(node for node in read if node not in on_vec))
    fixed_inputs = [node for node in inputs if node not in vec]
    return part_of(traced, fixed_inputs, values), part_of(traced, values + vec, output.args[0])


def part_of(traced, inputs, outputs):
    """The part of a graph that computes these nodes from those, as a function."""
    graph, copies = fx.Graph(), {}
    for node in inputs:
        copies[node] = graph.placeholder(node.name)
    for node in traced.graph.nodes:
        if node.op in ("call_function", "get_attr") and node not in copies:
            if all(n in copies for n in node.all_input_nodes):
                copies[node] = graph.node_copy(node, copies.get)
    graph.output([copies[node] for node in outputs])
    graph.eliminate_dead_code()
    return fx.GraphModule(traced, graph)


def drop_zeros(graph):
    """Take out of a graph what adds zeros: the derivative with respect to the images, which forward mode carries."""
    zeros = set()
    for node in graph.nodes:
        if node.target is aten.alias.default:
            node.replace_all_uses_with(node.args[0])
        elif node.target in (aten.zeros.default, aten.zeros_like.default):
            zeros.add(node)
        elif node.target is aten.expand.default or node.target is aten.convolution.default and node.args[2] is None:
            zeros.update({node} if node.args[0] in zeros else ())
        elif node.target is aten.add.Tensor and not node.kwargs:
            for term, other in (node.args, node.args[::-1]):
                if term in zeros and other.meta["val"].shape == node.meta["val"].shape:
                    node.replace_all_uses_with(other)
    graph.eliminate_dead_code()


def _bytes_of(tensors, besides=()):
    """The memory of tensors, each storage counted once, that is not that of others."""
    sizes = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    return sum(sizes[place] for place in sizes.keys() - {other.untyped_storage().data_ptr() for other in besides})


def _shapes(batch):
    return tuple(tensor.shape for tensor in batch)


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


def by_students_interface(make_function):
    """A method from what makes a function that is called as the student's."""

    def method(net, loader):
        function = make_function()
        params = list(net.parameters())
        if isinstance(function, FastHessVecProd):
            function.set_up(params, net, criterion, loader, CPU)

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


GRADIENT, STUDENT, OURS = "gradient", "double backward, batch 64", "FastHessVecProd"
SIZES = (100, 250, 500)
# Each is called as `method(net, loader)`, which does the set-up, and returns the function of the vector.
METHODS = {  # name: (method, batch sizes to choose from); ours before linearize, as the first pays for the imports
    GRADIENT: (gradient, (64, 100, 200, 250, 500)),
    STUDENT: (by_students_interface(lambda: double_backward), (64,)),
    "double backward, batch 250": (by_students_interface(lambda: double_backward), (250,)),
    "forward over reverse": (untraced, SIZES),
    OURS: (by_students_interface(FastHessVecProd), (500,)),
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

Row = namedtuple("Row", "batch seconds set_up kept total error")


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


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
    right = results[STUDENT]
    times = {name: [] for name in products}
    for _ in code.progress(range(repeats), "products in turn", unit="round"):
        for name, product in products.items():
            times[name].append(seconds(product, vec))
    rows = {}
    for name in products:
        median = statistics.median(times[name])
        error = ((results[name] - right).norm() / right.norm()).item() if name != GRADIENT else float("nan")
        total = set_ups[name] + PRODUCTS * median
        rows[name] = Row(batches[name], median, set_ups[name], kept[name] / 1e6, total, error)
    return rows


def flat(tensors):
    return torch.cat([tensor.reshape(-1) for tensor in tensors])


def print_table(rows):
    print(f"{'':28}{'batch':>6}{'product, s':>12}{'ratio':>7}{'set-up, s':>11}{'kept, MB':>10}{'60 prod., s':>13}"
          f"{'error':>10}")  # fmt: skip
    unit = rows[GRADIENT].seconds
    for name, row in rows.items():
        error = "-" if name == GRADIENT else f"{row.error:.1e}"
        print(f"{name:28}{row.batch:6}{row.seconds:12.3f}{row.seconds / unit:7.2f}{row.set_up:11.2f}{row.kept:10.0f}"
              f"{row.total:13.1f}{error:>10}")  # fmt: skip
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
