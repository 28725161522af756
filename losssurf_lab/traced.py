"""The product of a Hessian and a vector in about the time of a gradient, for experiments that need many of them.

It is no answer to the task of the notebook: it refuses to be called while an answer is checked, and where answers are
graded it is not there.
"""

import contextlib
import functools
import math
import operator
import random
import warnings
from collections import OrderedDict, namedtuple
from types import SimpleNamespace

import numpy as np
import torch
from torch import fx, nn
from torch.func import functional_call, functionalize, grad, jvp
from torch.fx.experimental.proxy_tensor import make_fx

from losssurf_lab.calling import is_checking
from losssurf_lab.eigenpairs import check_weights_stay, unchanged
from losssurf_lab.keeping.content import CannotTell, key_of
from losssurf_lab.keeping.runs import random_state

aten = torch.ops.aten
MOST_KEPT = 2**30  # bytes of what is computed before the vector is known
MOST_GRAPHS = 20  # each takes seconds to trace, and little memory

Graph = namedtuple("Graph", "fixed_part vec_part")


def traced_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    """Leave in p.grad of each of params its part of H v, as the notebook's `eval_hess_vec_prod` does, but faster.

    The derivative of the gradient along v (Pearlmutter 1994) is traced once for a network, a loss and the shape of a
    batch. Its graph is split in two: what does not depend on v is computed once for given weights, and kept up to a
    gigabyte; a product runs the rest. That of the last call is kept, with the batches.

    At each call all is compared that decides the loss: weights and buffers, and by their content (a millisecond or two)
    what network and loss hold and name: layers, hooks, attributes, code, global variables. Of a loader its attributes
    and those of its data set are compared, and PyTorch's counts of changes of their tensors. Not seen is what changes
    images otherwise: through `.data` or NumPy, or as a data set computes them anew, whose first ones are kept.

    What was traced is compared once with autograd's product for a batch. Raises ValueError where they differ by more
    than half a percent, for a network that is not a function of weights and images (dropout in training mode), for one
    whose content cannot be told or changes as it is evaluated (a counter), and for one that cannot be traced, as what
    it does depends on values or as weights come into it by other ways than as its own; RuntimeError where it is called
    by an answer to the task.
    """
    if is_checking():
        raise RuntimeError(
            "traced_hess_vec_prod belongs to the experiments; the task is to write a product of your own"
        )
    params = list(params)
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
    same, equal = _signs(params, net, criterion, tensors, dataloader, device)
    ready = memory.ready
    if ready and ready.equal == equal and [*map(id, ready.same)] == [*map(id, same)]:
        if all(map(torch.equal, ready.state, tensors.values())) and ready.digest == _digest(net, criterion, tensors):
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
    same, equal = _signs(params, net, criterion, tensors, dataloader, device)  # again: a data set may note each reading
    digest = _digest(net, criterion, tensors)
    memory.ready = SimpleNamespace(same=same, equal=equal, digest=digest, state=state, batches=batches)
    return memory.ready


def _signs(params, net, criterion, tensors, loader, device):
    """What must be the same things, and what must be equal, for what was made ready to be so still."""
    data, versions = _data_of(loader)
    same = [net, criterion, loader, *params, *tensors.values(), *data]
    return same, [torch.device(device), len(loader.dataset), versions]


def _data_of(loader):
    """What tells that a loader has other images: what it and its data set hold, and counts of changes of tensors."""
    data = [loader.dataset] if type(loader.dataset) is not range else []  # a range may be made anew at each look
    data += [*getattr(loader, "__dict__", {}).values(), *getattr(loader.dataset, "__dict__", {}).values()]
    data += [x for batch in loader for x in batch] if isinstance(loader, (list, tuple)) else []
    tensors = [x for thing in data for x in (thing if isinstance(thing, tuple) else [thing])]
    return data, [x._version for x in tensors if isinstance(x, torch.Tensor) and not x.is_inference()]


def _tensors_of(net, criterion):
    """All parameters and buffers that decide the loss, each once, by name: the network's, then those of the loss."""
    tensors = {f"net.{name}": tensor for name, tensor in _named_tensors(net)}
    known = set(map(id, tensors.values()))
    return tensors | {f"loss.{name}": x for name, x in _named_tensors(criterion) if id(x) not in known}


def _named_tensors(module):
    return [*module.named_parameters(), *module.named_buffers()] if isinstance(module, nn.Module) else []


def _digest(net, criterion, tensors):
    """What network and loss are, but for the numbers in these tensors."""
    try:
        return key_of({"the network": net, "the loss": criterion}, ignored=tensors.values()).digest
    except CannotTell as error:
        raise ValueError(
            f"what decides the loss cannot be told, so that a change of it would not be seen ({error}): "
            "take eval_hess_vec_prod"
        ) from error


def _graph_for(params, net, criterion, tensors, state, batch, shapes):
    """The graph for batches of these shapes, traced unless one was for the same network and loss with other numbers."""
    graphs, names = _memory().graphs, {id(tensor): name for name, tensor in tensors.items()}
    if not all(id(p) in names for p in params):
        raise ValueError("one of params is none of the network's parameters")
    chosen = tuple(names[id(p)] for p in params)
    key = _digest(net, criterion, tensors), chosen, shapes
    if key not in graphs:
        check_weights_stay(net)
        expected = _checked_product(params, net, criterion, batch)  # first, as a network may keep what it makes once
        key = _digest(net, criterion, tensors), chosen, shapes
        with _same_flat_weights(net):
            graph = _traced(chosen, net, criterion, tensors, state, batch, expected)
        if _digest(net, criterion, tensors) != key[0]:
            raise ValueError(
                "the network or the loss changes as it is evaluated (a counter, random numbers of its own, a hook that "
                "notes something): take eval_hess_vec_prod"
            )
        while len(graphs) >= MOST_GRAPHS:
            graphs.popitem(last=False)
        graphs[key] = graph
    graphs.move_to_end(key)
    return graphs[key]


@contextlib.contextmanager
def _same_flat_weights(net):
    """An LSTM's own list of its weights, which tracing fills with what stands for them, is afterwards as it was."""
    recurrent = [vars(module) for module in net.modules() if isinstance(module, nn.RNNBase)]
    before = [{name: value for name, value in found.items() if name.startswith("_flat_weight")} for found in recurrent]
    try:
        yield
    finally:
        for found, values in zip(recurrent, before):
            found.update(values)


# ------------------------------------------------------------------------------------------------------- the graph


def _traced(chosen, net, criterion, tensors, state, batch, expected):
    """The graph of the product for one batch: `values = fixed_part(*state, *batch)`, `H v = vec_part(*values, *vec)`.

    chosen: the names of the parameters that the vector has parts of; tensors: all tensors by name; state: copies of
    them; expected: the product with `_some_vec`, by autograd
    """
    product = _product_of_batch(chosen, net, criterion, tensors)
    vec = _some_vec([tensors[name] for name in chosen])
    inputs = [*state, *vec, *batch]
    with _in_words():
        # First: what PyTorch cannot compute (nn.MSELoss in 2.14) is an error here, and a crash of it in make_fx.
        product(*(tensor.clone() for tensor in inputs))
        # Functionalized: an operation in place would change a kept value, and with it the next product.
        traced = make_fx(functionalize(product))(*inputs)
    _check_shapes(traced)
    graph = _split(_without_zeros(_with_own_constants(traced, tensors.values())), len(state), len(vec))
    found = graph.vec_part(*graph.fixed_part(*state, *batch), *vec)
    if not _are_close(found, expected):
        raise ValueError(
            "what was traced gives another product than autograd: the network is not a function of its weights and the "
            "images, or has a part without gradients (torch.no_grad) or hooks on gradients, or single precision is too "
            "coarse for it: take eval_hess_vec_prod"
        )
    return graph


def _some_vec(params):
    """Some vector, and none that is drawn: random numbers would keep `kept` from keeping what is made with it."""
    return [torch.arange(p.numel()).cos().to(p).reshape(p.shape) for p in params]


@contextlib.contextmanager
def _in_words():
    """Any error inside the block is one that says what to take instead."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of PyTorch, about its own code
            yield
    except Exception as error:
        words = next(iter(str(error).splitlines()), "")
        raise ValueError(
            f"the product of this network cannot be traced ({type(error).__name__}: {words}): take eval_hess_vec_prod"
        ) from error


def _checked_product(params, net, criterion, batch):
    """The product of a batch's Hessian with `_some_vec` by autograd; raises ValueError where random numbers are drawn.

    It knows nothing of what `_product_of_batch` supposes: that weights come into the loss as the network's own alone.
    """
    before, frozen = _random_states(batch[0].device), [p for p in params if not p.requires_grad]
    try:
        with contextlib.ExitStack() as stack, _in_words(), torch.enable_grad():
            for module in filter(lambda part: isinstance(part, nn.Module), (net, criterion)):
                stack.enter_context(unchanged(module))
            for p in frozen:
                p.requires_grad_(True)
            product = _by_autograd(criterion(net(batch[0].clone()), batch[1].clone()), params)
    finally:
        for p in frozen:
            p.requires_grad_(False)
    if _random_states(batch[0].device) != before:
        raise ValueError(
            "the network is not a function of its weights and the images, as with dropout in training mode: call "
            "net.eval() first, or take eval_hess_vec_prod"
        )
    return product


def _by_autograd(loss, params):
    slopes = torch.autograd.grad(loss, params, create_graph=True, materialize_grads=True)
    slope = sum((part * v).sum() for part, v in zip(slopes, _some_vec(params)))
    if not slope.requires_grad:  # the loss is linear in them
        return [torch.zeros_like(p) for p in params]
    return torch.autograd.grad(slope, params, materialize_grads=True)


def _random_states(device):
    """The states of all global random numbers."""
    # By name, as `kept` keeps nothing that reads the states of these two: they are compared here, and decide no result.
    states = [operator.methodcaller("getstate")(random), *operator.methodcaller("get_state")(np.random)]
    states += [state.numpy() for state in random_state(device)]
    return [state.tobytes() if isinstance(state, np.ndarray) else state for state in states]


def _product_of_batch(chosen, net, criterion, tensors):
    """The product of a batch's Hessian as a function of all tensors, the vector and the batch."""
    names = {id(tensor): name for name, tensor in tensors.items()}
    # What both hold counts in both: weights that the loss decays.
    of_net, of_loss = ({name: names[id(x)] for name, x in _named_tensors(part)} for part in (net, criterion))

    def loss_of(tensors, x, y):
        output = functional_call(net, {name: tensors[key] for name, key in of_net.items()}, (x,))
        own = {name: tensors[key] for name, key in of_loss.items()}
        return functional_call(criterion, own, (output, y)) if own else criterion(output, y)

    def product(*inputs):
        tensors, vec, batch = dict(zip(names.values(), inputs)), inputs[len(names) : -2], inputs[-2:]

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
    return not apart > 5e-3 * length  # so put, NaN where training has diverged is no difference


def _check_shapes(traced):
    """Raise ValueError where the shape of a result depends on values, as by a mask: another batch has other values."""
    for node in traced.graph.find_nodes(op="call_function", target=aten.index.Tensor):
        if any(i is not None and i.meta["val"].dtype in (torch.bool, torch.uint8) for i in node.args[1]):
            raise ValueError("the product cannot be traced, as a mask decides shapes in it: take eval_hess_vec_prod")
    for node in traced.graph.nodes:
        if node.target is not aten.index.Tensor and torch.Tag.dynamic_output_shape in getattr(node.target, "tags", ()):
            raise ValueError(
                f"the product cannot be traced, as values decide shapes in it ({node.target}): take eval_hess_vec_prod"
            )


def _with_own_constants(traced, tensors):
    """The same graph, whose constants are copies: what they were taken from may change.

    Raises ValueError for one that is among the tensors: what was traced would keep the number that it has now.
    """
    places = {tensor.untyped_storage().data_ptr() for tensor in tensors if tensor.numel()}
    for node in traced.graph.find_nodes(op="get_attr"):
        constant = getattr(traced, node.target)
        if constant.untyped_storage().data_ptr() in places:
            raise ValueError(
                "the product cannot be traced: weights come into the loss by another way than as the network's own, "
                "through a list or a function that names them, say. Take eval_hess_vec_prod, or a loss that is a "
                "module which holds the network"
            )
        delattr(traced, node.target)  # a parameter takes no tensor in its place
        setattr(traced, node.target, constant.detach().clone())
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
