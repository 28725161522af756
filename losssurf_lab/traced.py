"""The product of a Hessian and a vector in about the time of a gradient, for experiments that need many of them.

It is no answer to the task of the notebook: it refuses to be called while an answer is checked, and where answers are
graded it is not there.
"""

import contextlib
import functools
import math
import warnings
from collections import OrderedDict, namedtuple
from types import SimpleNamespace

import torch
from torch import fx, nn
from torch.func import functional_call, functionalize, grad, jvp
from torch.fx.experimental.proxy_tensor import make_fx

from losssurf_lab.calling import is_checking
from losssurf_lab.keeping.content import CannotTell, key_of

aten = torch.ops.aten
MOST_KEPT = 2**30  # bytes of what is computed before the vector is known
MOST_GRAPHS = 20  # each takes seconds to trace, and little memory

Graph = namedtuple("Graph", "fixed_part vec_part")


def traced_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    """Leave in p.grad of each of params its part of H v, as the notebook's `eval_hess_vec_prod` does, but faster.

    The derivative of the gradient along v (Pearlmutter 1994) is traced once for a network, a loss and the shape of a
    batch. Its graph is split in two: what does not depend on v is computed once for given weights, and kept up to a
    gigabyte; a product runs the rest. That of the last call is kept, with the batches. Weights, buffers and the
    numbers of the loss are compared each time; images that are changed in place go unseen.

    Raises ValueError for a network that is not a function of weights and images (dropout in training mode), and for one
    that cannot be traced, as what it does depends on values; RuntimeError where it is called by an answer to the task.
    """
    if is_checking():
        raise RuntimeError(
            "traced_hess_vec_prod belongs to the experiments; the task is to write a product of your own"
        )
    ready = _prepare(params, net, criterion, dataloader, device)
    product = [torch.zeros_like(p) for p in params]
    with torch.no_grad():
        for batch, graph, values in ready.batches:
            values = graph.fixed_part(*ready.state, *batch) if values is None else values
            torch._foreach_add_(product, graph.vec_part(*values, *vec), alpha=len(batch[1]) / len(dataloader.dataset))
    for p, part in zip(params, product, strict=True):
        p.grad = part


# ----------------------------------------------------------------------------------------------- before the vector


@functools.cache
def _memory():
    """What is kept from call to call; in a function, as a variable of the module would decide what `kept` reads."""
    return SimpleNamespace(graphs=OrderedDict(), ready=None)


@torch.no_grad()
def _prepare(params, net, criterion, dataloader, device):
    """All that does not depend on the vector, computed unless it is known from the last call."""
    memory, tensors = _memory(), _tensors_of(net, criterion)
    same = [net, criterion, dataloader, *params, *tensors.values()]
    equal = [torch.device(device), len(dataloader.dataset), [module.training for module in net.modules()]]
    ready = memory.ready
    if ready and ready.equal == equal and [*map(id, ready.same)] == [*map(id, same)]:
        if all(map(torch.equal, ready.state, tensors.values())):
            return ready
    memory.ready = None  # first, so that two are never held at once
    state = [tensor.detach().clone() for tensor in tensors.values()]
    batches, graphs, room = [], {}, MOST_KEPT
    for batch in dataloader:
        batch = [tensor.to(device) for tensor in batch]
        shapes = tuple((tensor.shape, tensor.dtype, str(tensor.device)) for tensor in batch)
        if shapes not in graphs:
            graphs[shapes] = _graph_for(params, net, criterion, tensors, state, batch, shapes)
        graph = graphs[shapes]
        values = graph.fixed_part(*state, *batch) if room >= 0 else ()
        room -= _bytes_of(values, besides=[*state, *batch])
        batches.append((batch, graph, values if room >= 0 else None))  # once one does not fit, none after it is kept
    memory.ready = SimpleNamespace(same=same, equal=equal, state=state, batches=batches)
    return memory.ready


def _tensors_of(net, criterion):
    """All parameters and buffers that decide the loss, by name: the network's, then those of the loss."""
    modules = {"net": net} | ({"loss": criterion} if isinstance(criterion, nn.Module) else {})
    return {f"{of}.{name}": tensor for of, module in modules.items()
            for name, tensor in (*module.named_parameters(), *module.named_buffers())}  # fmt: skip


def _graph_for(params, net, criterion, tensors, state, batch, shapes):
    """The graph for batches of these shapes, traced unless one was for the same network and loss with other numbers."""
    graphs = _memory().graphs
    chosen = [next(name for name, tensor in tensors.items() if tensor is p) for p in params]
    key = None
    with contextlib.suppress(CannotTell):  # then it is traced each time
        key = key_of({"net": net, "loss": criterion, "rest": [chosen, shapes]}, ignored=tensors.values()).digest
    if key not in graphs or key is None:
        graph = _traced(chosen, net, criterion, dict(zip(tensors, state)), batch)
        while len(graphs) >= MOST_GRAPHS:
            graphs.popitem(last=False)
        graphs[key] = graph
    graphs.move_to_end(key)
    return graphs[key]


# ------------------------------------------------------------------------------------------------------- the graph


def _traced(chosen, net, criterion, state, batch):
    """The graph of the product for one batch: `values = fixed_part(*state, *batch)`, `H v = vec_part(*values, *vec)`.

    chosen: the names of the parameters that the vector has parts of; state: all tensors by name
    """
    product = _product_of_batch(chosen, net, criterion, list(state))
    # Some vector, and none that is drawn: random numbers would keep `kept` from keeping what is made with the product.
    vec = [torch.arange(state[name].numel()).cos().to(state[name]).reshape(state[name].shape) for name in chosen]
    inputs = [*state.values(), *vec, *batch]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of PyTorch, about its own code
            # First: what PyTorch cannot compute (nn.MSELoss in 2.14) is an error here, and a crash of it in make_fx.
            expected = product(*(tensor.clone() for tensor in inputs))
            # Functionalized: an operation in place would change a kept value, and with it the next product.
            traced = make_fx(functionalize(product))(*inputs)
    except Exception as error:
        raise ValueError(
            f"the product of this network cannot be traced ({type(error).__name__}: {str(error).splitlines()[0]}): "
            "take eval_hess_vec_prod"
        ) from error
    graph = _split(_without_zeros(_with_own_constants(traced)), len(state), len(vec))
    found = graph.vec_part(*graph.fixed_part(*state.values(), *batch), *vec)
    if not _are_close(found, expected):
        raise ValueError(
            "the network is not a function of its weights and the images, as with dropout in training mode: call "
            "net.eval() first, or take eval_hess_vec_prod"
        )
    return graph


def _product_of_batch(chosen, net, criterion, names):
    """The product of a batch's Hessian as a function of all tensors, the vector and the batch."""

    def loss_of(tensors, x, y):
        own = {name.removeprefix("loss."): tensor for name, tensor in tensors.items() if name.startswith("loss.")}
        rest = {name.removeprefix("net."): tensor for name, tensor in tensors.items() if name.startswith("net.")}
        output = functional_call(net, rest, (x,))
        return functional_call(criterion, own, (output, y)) if own else criterion(output, y)

    def product(*inputs):
        tensors, vec, batch = dict(zip(names, inputs)), inputs[len(names) : -2], inputs[-2:]

        def loss(*weights):
            return loss_of({**tensors, **dict(zip(chosen, weights))}, *batch)

        slope = grad(loss, argnums=tuple(range(len(chosen))))
        return jvp(slope, tuple(tensors[name] for name in chosen), vec)[1]

    return product


def _are_close(product, expected):
    """Whether two products, each a part for each parameter, are equal but for rounding."""
    # As wholes: a part that is zero but for rounding, as a bias has before a batch norm, is other noise on each way.
    apart, length = (
        math.hypot(*(float(part.norm()) for part in parts))
        for parts in (torch._foreach_sub(product, expected), expected)
    )
    return not apart > 1e-3 * length  # so put, NaN where training has diverged is no difference


def _with_own_constants(traced):
    """The same graph, whose constants are copies: what they were taken from may change."""
    for node in traced.graph.find_nodes(op="get_attr"):
        setattr(traced, node.target, getattr(traced, node.target).detach().clone())
    return traced


def _split(traced, num_state, num_vec):
    """The graph in two: what can be computed before the vector is known, and the rest."""
    *nodes, output = traced.graph.nodes
    inputs = [node for node in nodes if node.op == "placeholder"]
    vec = inputs[num_state : num_state + num_vec]
    on_vec = set(vec)
    for node in nodes:
        if not on_vec.isdisjoint(node.all_input_nodes):
            on_vec.add(node)
    read = [n for node in [*nodes, output] if node in on_vec or node is output for n in node.all_input_nodes]
    values = list(dict.fromkeys(node for node in read if node not in on_vec))
    fixed_inputs = [node for node in inputs if node not in vec]
    return Graph(_part_of(traced, fixed_inputs, values), _part_of(traced, values + vec, output.args[0]))


def _part_of(traced, inputs, outputs):
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


def _without_zeros(traced):
    """The graph without what adds zeros: the derivative with respect to the images, which forward mode carries."""
    zeros = set()
    for node in traced.graph.nodes:
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
    traced.graph.eliminate_dead_code()
    return traced


def _bytes_of(tensors, besides=()):
    """The memory of tensors, each storage counted once, that is not that of others."""
    sizes = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    return sum(sizes[place] for place in sizes.keys() - {other.untyped_storage().data_ptr() for other in besides})
