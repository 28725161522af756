"""What the experiments on paths between networks need: barriers, statistics of batch norm, matched hidden units.

The notebook on mode connectivity imports this module as `paths`.
"""

import copy
import functools
from collections import namedtuple
from itertools import combinations

import numpy as np
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from lab_cnn_solution import evaluating, output_of, progress, read_batches

# ------------------------------------------------------------------------------------------------- along a manifold


def barrier(t, loss):
    """How far the loss (points,) at the positions t (points,) rises above the straight line between its two ends.

    The ends are the first and the last point. A path that never rises above that line has the barrier 0. Raises
    ValueError where both ends have one position.
    """
    t, loss = np.asarray(t, dtype=float), np.asarray(loss, dtype=float)
    if t[0] == t[-1]:
        raise ValueError(f"both ends of the path are at t = {t[0]:g}: there is no line between them")
    share = (t - t[0]) / (t[-1] - t[0])
    return float(np.max(loss - ((1 - share) * loss[0] + share * loss[-1])))


@torch.no_grad()
def network_at(manifold, index=None):
    """A plain network, on the manifold's device, with a copy of the manifold's weights at `index`.

    By default the index is where the manifold is now; it stays there. Raises ValueError for one out of its range.
    """
    before = manifold.index.clone()
    try:
        if index is not None:
            manifold.index = index
        weights = manifold.gen_weights()
    finally:
        manifold.index = before
    net = copy.deepcopy(manifold.logic_net)  # a new network would draw random numbers
    for name, parameter in net.named_parameters():
        parameter.requires_grad_(name not in manifold.frozen)
    net.load_state_dict(weights)
    return net


@torch.no_grad()
def reestimate_batch_norm(manifold, loader, device):
    """The plain network at the manifold's index, its running statistics those of its own weights on `loader`'s images.

    At each batch norm the batches' means and variances are averaged, with equal weight: let the batches be large and of
    one size. One batch of all images gives the exact statistics. A batch norm that stays in evaluation mode when the
    network is put in training mode keeps its own; dropout is off.
    """
    net = network_at(manifold)
    with evaluating(net):
        norms = [module for module in net.train().modules() if isinstance(module, _BatchNorm) and module.training]
        net.eval()
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.train().reset_running_stats()
            norm.momentum = None  # the plain mean over batches
        for images, _ in read_batches(loader, device, net):
            output_of(net, images)
        for norm, momentum in zip(norms, momenta):
            norm.momentum = momentum
    return net


Disagreement = namedtuple("Disagreement", "count images words")


@torch.no_grad()
def disagreements(manifold, loader, device, t, most=8):
    """At each position of t (points,) a `Disagreement`: the images on which its network and those at 0 and 1 disagree.

    Each has the number of all such images, and the first of them, at most `most`: `images` (number, height, width), or
    (number, height, width, 3) for three colour channels, and `words`, what the three say of each and what it is.
    """
    batches = list(read_batches(loader, device, manifold))  # once, as a shuffled loader has another order each time

    @functools.cache  # the ends are among the positions
    def predictions(index):
        net = network_at(manifold, index).eval()
        return torch.cat([net(images).argmax(1) for images, _ in batches]).cpu()

    start, end = predictions(0), predictions(1)
    images, labels = (torch.cat(parts).cpu() for parts in zip(*batches))
    pictures = images.movedim(1, -1) if images.shape[1] == 3 else images[:, 0]
    found = []
    for index in progress(t, "disagreements", unit="point"):
        here = predictions(index)
        which = ((here != start) | (here != end)).nonzero()[:, 0]
        said = zip(*(numbers[which[:most]].tolist() for numbers in (labels, start, here, end)))
        words = [f"{label}: {' / '.join(map(str, three))}" for label, *three in said]
        found.append(Disagreement(len(which), pictures[which[:most]].numpy(), words))
    return found


# -------------------------------------------------------------------------------------------------- hidden units


def permute_units(state_dict, layer, order):
    """The state dict of a chain of layers (see `match_weights`), with the units of a hidden layer in another order.

    Unit i of `layer` becomes what `order[i]` was; the next layer reads them accordingly, so that the network computes
    the same function. A unit is a neuron, or the channel of a convolution. Raises ValueError for other networks.
    """
    order = torch.as_tensor(np.asarray(order))
    following = dict(_hidden_layers(state_dict))[layer]
    weight, bias, outgoing = (state_dict[name] for name in _tensors(layer, following))
    by_unit = outgoing.reshape(len(outgoing), len(weight), -1)  # a flattened channel is several inputs in a row
    moved = weight[order], bias[order], by_unit[:, order].reshape(outgoing.shape)
    return {**state_dict, **dict(zip(_tensors(layer, following), moved))}


def match_weights(state_dict_a, state_dict_b, *, seed=0):
    """`state_dict_b` with its hidden units in the order in which its weights are nearest to `state_dict_a`'s.

    The function of the network stays the same. Both are state dicts of one chain of layers in the order of their use,
    each with a weight and a bias of its own, fully connected or convolutions, without batch norm. For one layer the
    best order is a linear assignment problem; the layers are visited in random order, drawn from `seed`, until none
    changes: a local optimum. Raises ValueError for other networks. Weight matching of Ainsworth et al. 2023, arXiv
    2209.04836.
    """
    from scipy.optimize import linear_sum_assignment  # here, as only this function needs SciPy

    shapes = [{name: tensor.shape for name, tensor in sd.items()} for sd in (state_dict_a, state_dict_b)]
    if shapes[0] != shapes[1]:
        raise ValueError("the two state dicts are of different networks: only the same layers can be matched")
    layers, generator, changed = _hidden_layers(state_dict_a), np.random.default_rng(seed), True
    while changed:
        changed = False
        for number in generator.permutation(len(layers)):
            layer, following = layers[number]
            similarity = _units(state_dict_a, layer, following) @ _units(state_dict_b, layer, following).T
            _, order = linear_sum_assignment(similarity, maximize=True)
            gain = similarity[range(len(order)), order].sum() - similarity.trace()
            if gain > 1e-9 * similarity.abs().sum():  # not for rounding errors, which could go on for ever
                state_dict_b = permute_units(state_dict_b, layer, order)
                changed = True
    return state_dict_b


def unit_statistics(net, loader, device):
    """Mean and standard deviation of what each unit of a hidden layer computes, before the ReLU: {layer: (2, units)}.

    Over all images of the loader and, for a channel, all places. The network is one as `match_weights` takes it.
    """
    layers, passed = [layer for layer, _ in _hidden_layers(net.state_dict())], {}

    def note(layer):
        def hook(module, inputs, output):
            units = output.detach().double().transpose(0, 1).flatten(1)
            sums = torch.stack([torch.full_like(units[:, 0], units.shape[1]), units.sum(1), (units**2).sum(1)])
            passed[layer] = passed.get(layer, 0) + sums

        return net.get_submodule(layer).register_forward_hook(hook)

    hooks = [note(layer) for layer in layers]
    try:
        with torch.no_grad(), evaluating(net):
            for images, _ in read_batches(loader, device, net):
                net(images)
    finally:
        for hook in hooks:
            hook.remove()
    means = {layer: sums[1:] / sums[0] for layer, sums in passed.items()}
    return {
        layer: torch.stack([mean, (square - mean**2).clamp(min=0).sqrt()]) for layer, (mean, square) in means.items()
    }


def repair(net, ends, t, loader, device):
    """A copy of the network at t between two ends, its hidden units with the mean and deviation that the ends' have.

    Both are interpolated: (1 - t) times those in the first end and t times those in the second. All three networks are
    as `match_weights` takes them. One layer after the other gets new weights and biases, as what it receives depends on
    those before. A unit that is constant stays as it is. REPAIR of Jordan et al. 2023, arXiv 2211.08403.
    """
    net, (start, end) = copy.deepcopy(net), [unit_statistics(of, loader, device) for of in ends]
    for layer in start:
        (mean, deviation), wanted = unit_statistics(net, loader, device)[layer], (1 - t) * start[layer] + t * end[layer]
        factor = torch.where(deviation > 0, wanted[1] / deviation, 1).to(deviation)
        module = net.get_submodule(layer)
        with torch.no_grad():
            module.weight *= factor.reshape(-1, *[1] * (module.weight.ndim - 1)).to(module.weight)
            module.bias.copy_(torch.where(deviation > 0, (module.bias - mean) * factor + wanted[0], module.bias))
    return net


def _hidden_layers(state_dict):
    """The layers of a chain but the last, each with the layer that follows it."""
    names = [name.removesuffix(".weight") for name in state_dict if name.endswith(".weight")]
    expected = [f"{name}.{kind}" for name in names for kind in ("weight", "bias")]
    layers = list(zip(names, names[1:]))
    fit = list(state_dict) == expected and all(state_dict[f"{name}.weight"].ndim > 1 for name in names)
    if not fit or any(state_dict[f"{b}.weight"][0].numel() % len(state_dict[f"{a}.weight"]) for a, b in layers):
        raise ValueError(f"no chain of layers with a weight and a bias each: {', '.join(state_dict)}")
    for one, other in combinations(names, 2):
        weights = [state_dict[f"{name}.weight"] for name in (one, other)]
        if weights[0].shape == weights[1].shape and torch.equal(*weights) and weights[0].any():
            raise ValueError(f"{one} and {other} are tied, they have the same weights: no unit of one can move alone")
    return layers


def _tensors(layer, following):
    return f"{layer}.weight", f"{layer}.bias", f"{following}.weight"


def _units(state_dict, layer, following):
    """All the weights of each unit (units, numbers), float64: those that come in, the bias, those that go out."""
    weight, bias, outgoing = (state_dict[name].cpu().double() for name in _tensors(layer, following))
    outgoing = outgoing.reshape(len(outgoing), len(weight), -1).transpose(0, 1)
    return torch.cat([weight.flatten(1), bias[:, None], outgoing.flatten(1)], dim=1)
