"""The mean of a loss over a data set, whatever the criterion averages over, and the share of images classified right.

A criterion gives a mean or a sum, over images, pixels or weights, or a number for each; the mean over a whole data set
depends neither on that nor on the size of the batches.
"""

import copy
import functools
import math

import torch
from torch import nn
from torch.nn import functional as F


def together(pairs):
    """All outputs and all labels of a list of pairs; raises ValueError where batches differ in the shape of an image's.

    What is read back from a GPU is read from these, once, as a number after each batch would make it wait.
    """
    outputs, labels = zip(*pairs)
    for name, parts in (("outputs", outputs), ("labels", labels)):
        if len(shapes := {tuple(part.shape[1:]) for part in parts}) > 1:
            raise ValueError(f"the {name} of an image differ in shape, {shapes}: there is no mean over all of them")
    return torch.cat(outputs), torch.cat(labels)


@torch.no_grad()
def mean_loss(criterion, outputs, labels):
    """The mean loss of a whole data set, a float, from all its outputs (N, ...) and labels (N, ...).

    It is what the criterion gives for all of them in one batch: it divides by what it divides by, numbers of images or
    of pixels or sums of weights. If it gives a sum (twice as much for everything twice), that is divided by N; if it
    gives many numbers, it is their mean. What the criterion counts or notes stays as it is. Raises ValueError where it
    is neither a mean nor a sum.
    """
    return mean_of_all(criterion, outputs, labels).item()


def mean_of_all(criterion, outputs, labels):
    """`mean_loss` as a tensor, through which derivatives go to the outputs."""
    check_classes(criterion, outputs, labels)
    criterion, outputs, labels = _in_float32(criterion, outputs, labels)
    once = loss_of(_copy_of(criterion), outputs, labels).double().mean()
    with torch.no_grad():
        pairs = torch.cat([outputs, outputs]), torch.cat([labels, labels])
        one, two = once.item(), loss_of(_copy_of(criterion), *pairs).double().mean().item()
    if not math.isfinite(one) or math.isclose(one, two, rel_tol=1e-3):
        return once
    if math.isclose(2 * one, two, rel_tol=1e-3):
        return once / len(labels)
    if max(abs(one), abs(two)) < 1e-6:  # terms of both signs, of which nothing but rounding is left
        return once
    raise ValueError(
        f"the criterion gives {one:g} for all images and {two:g} for all of them twice, so it is neither a mean nor "
        "a sum over images: a mean loss that does not depend on the size of batches cannot be told"
    )


def _copy_of(criterion):
    try:
        return copy.deepcopy(criterion)
    except Exception:  # it holds what has no copy, a lock say
        return criterion


def sum_and_weight(criterion, output, labels):
    """The sum over a batch of which a criterion takes the mean, and what it divides by: images, or sums of weights.

    The mean over several batches is the total of the one by that of the other, whatever their size. So it is for
    PyTorch's losses, and where all images count alike; for any other criterion, compare it with `mean_loss` of all.
    """
    check_classes(criterion, output, labels)
    criterion, output, labels = _in_float32(criterion, output, labels)
    function, options = _function_and_options(criterion)
    if function in CLASS_LOSSES and options.get("reduction", "mean") == "mean" and _are_classes(labels, output):
        weights = torch.ones_like(labels, dtype=output.dtype)
        if options.get("weight") is not None:
            weights = options["weight"].to(labels.device)[labels.clamp(0, output.shape[1] - 1)]
        weights = weights.masked_fill(labels == options.get("ignore_index", IGNORED), 0)
        adding = functools.partial(function, **{**options, "reduction": "sum"})  # a mean of none at all would be NaN
        return loss_of(adding, output, labels), weights.sum()
    loss, size = loss_of(criterion, output, labels).mean(), torch.tensor(float(len(labels)), device=output.device)
    return torch.where(_doubles(loss, criterion, output, labels), loss, loss * size), size


@torch.no_grad()
def is_sum(criterion, output, labels):
    """Whether a criterion takes the sum over a batch: it gives twice as much for everything twice."""
    return bool(_doubles(loss_of(criterion, output, labels).mean(), criterion, output, labels))


@torch.no_grad()
def _doubles(loss, criterion, output, labels):
    twice = loss_of(criterion, torch.cat([output, output]), torch.cat([labels, labels])).mean()
    return torch.isclose(2 * loss, twice, rtol=1e-3) & ~torch.isclose(loss, twice, rtol=1e-3)


def check_slopes(criterion, pairs, found, *, any_factor=False):
    """Raise ValueError where the mean loss of all (outputs, labels) has other derivatives by the outputs than found.

    found: those of the batches together, (N, ...); with `any_factor` it may be a multiple, as of a sum over images.
    """
    outputs, labels = together(pairs)
    outputs = outputs.requires_grad_()
    (expected,) = torch.autograd.grad(mean_of_all(criterion, outputs, labels), outputs)
    if any_factor:
        expected = expected * ((found * expected).sum() / (expected**2).sum())
    length, error = expected.norm().item(), (found - expected).norm().item()
    if error > 1e-3 * length and math.isfinite(length):
        raise ValueError(
            f"the criterion's mean over all images has slopes of length {length:g}, and its means over batches add up "
            f"to others, {error:g} away: it divides by something else than the number of images. Put all images into "
            "one batch, or take a criterion that divides by their number"
        )


def loss_of(criterion, output, labels):
    """What the criterion gives, a tensor; raises ValueError, with their shapes, where outputs and labels do not fit."""
    _check_pairing(criterion, output, labels)
    return _call(criterion, output, labels)


def _call(criterion, output, labels):
    forms = [labels]
    if labels.shape == output.shape and not labels.is_floating_point():
        forms = [labels.to(output.dtype), labels]  # numbers to fit, or one-hot: classes have one dimension less
    for form in forms:
        try:
            loss = criterion(output, form)
            break
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            failure = error
    else:
        if not output.isfinite().all():  # some losses refuse NaN; the loss is no number either
            return output.sum() * torch.nan
        shapes = f"outputs {tuple(output.shape)} and labels {tuple(labels.shape)} of {labels.dtype}"
        raise ValueError(f"the criterion fails for {shapes}: {failure}") from failure
    if not isinstance(loss, torch.Tensor):
        raise ValueError(f"the criterion must give a tensor, not {type(loss).__name__}")
    return loss


def _check_pairing(criterion, output, labels):
    """Raise ValueError where broadcasting, (B, 1) with (B,) say, compares each output with the labels of all images."""
    if output.shape == labels.shape or output.numel() != labels.numel():
        return
    few = labels[:: -(-len(labels) // 8)]
    values = few.reshape(len(few), -1)[:, 0].sort().values
    if values[0] == values[-1]:
        return

    def loss(outputs, labels_of_them):
        shaped = [
            x.reshape(-1, *[1] * (like.ndim - 1)).expand(-1, *like.shape[1:])
            for x, like in ((outputs, output), (labels_of_them, labels))
        ]
        return _call(criterion, *shaped).mean()

    # Numbers in order meet labels in order, then in the opposite order: only a loss that pairs them sees a difference.
    places = torch.linspace(values[0].item(), values[-1].item(), len(values)).to(output)
    if torch.isclose(loss(places, values), loss(places, values.flip(0))):
        raise ValueError(
            f"outputs {tuple(output.shape)} and labels {tuple(labels.shape)} fit by broadcasting alone, so that the "
            "loss does not depend on which label is whose: give them one shape"
        )


CLASS_LOSSES = F.cross_entropy, F.nll_loss  # they divide by the weights of the labels that they do not ignore
BORDERS = {F.binary_cross_entropy_with_logits: 0.0, F.binary_cross_entropy: 0.5}  # above which an output means class 1
IGNORED = -100  # PyTorch's ignore_index, unless another is given


def _function_and_options(criterion):
    """Which of these functions of PyTorch's the criterion is, None for any other, and the options that it has."""
    if isinstance(criterion, nn.Module):
        modules = nn.CrossEntropyLoss, nn.NLLLoss, nn.BCEWithLogitsLoss, nn.BCELoss
        forward = type(criterion).forward  # not the class, of which there may be subclasses
        function = next((f for f, m in zip((*CLASS_LOSSES, *BORDERS), modules) if m.forward is forward), None)
        names = "weight", "ignore_index", "label_smoothing", "reduction"
        return function, {name: getattr(criterion, name) for name in names if hasattr(criterion, name)}
    function, options = criterion, {}
    if isinstance(criterion, functools.partial):
        function, options = criterion.func, dict(criterion.keywords)
    return next((f for f in (*CLASS_LOSSES, *BORDERS) if f is function), None), options


def _in_float32(criterion, output, labels):
    """The three as they are, or in float32 in place of half precision, in which a sum over many images overflows."""
    if not output.is_floating_point() or torch.finfo(output.dtype).bits >= 32:
        return criterion, output, labels
    criterion = copy.deepcopy(criterion).float() if isinstance(criterion, nn.Module) else criterion
    return criterion, output.float(), labels.float() if labels.is_floating_point() else labels


def check_classes(criterion, output, labels):
    """Raise ValueError for labels of no class; a GPU would only say that an assertion failed."""
    function, options = _function_and_options(criterion)
    if function in CLASS_LOSSES and _are_classes(labels, output) and output.ndim > 1:
        counted = labels[labels != options.get("ignore_index", IGNORED)]
        lowest, highest = (int(counted.min()), int(counted.max())) if counted.numel() else (0, 0)
        if lowest < 0 or highest >= output.shape[1]:
            raise ValueError(f"labels must lie in 0..{output.shape[1] - 1}; these go from {lowest} to {highest}")


def _are_classes(labels, output):
    return not labels.is_floating_point() and labels.shape != output.shape


def accuracy(criterion, outputs, labels):
    """The share of labels (N, ...) that the outputs (N, C, ...) predict, a float; NaN where that is not defined.

    Predicted is the class of the largest output; with one output, (N,) or (N, 1), class 1 where the logit is positive
    or the probability above 1/2, if the criterion is PyTorch's binary cross-entropy, which tells the two apart. Labels
    are classes or, in the shape of the outputs, one-hot or shares that add up to 1. Those of no class, which a
    criterion ignores, do not count. Not defined is it for numbers to be fitted, and for several classes at once.
    """
    if outputs.ndim < 2 or outputs.shape[1] == 1:
        return _binary_accuracy(criterion, outputs, labels)
    highest, predicted = outputs.max(1)
    if labels.shape == outputs.shape:
        if not ((labels >= 0).all() and torch.allclose(labels.sum(1).float(), torch.ones(()).to(labels.device), 1e-2)):
            return math.nan
        labels = labels.argmax(1)
    if labels.numel() != predicted.numel() or (labels.is_floating_point() and not (labels == labels.round()).all()):
        return math.nan
    labels = labels.reshape(predicted.shape)
    counted = int(((labels >= 0) & (labels < outputs.shape[1])).sum())
    return int(((predicted == labels) & ~highest.isnan()).sum()) / counted if counted else math.nan


def _binary_accuracy(criterion, outputs, labels):
    function, _ = _function_and_options(criterion)
    if function not in BORDERS or labels.numel() != outputs.numel():
        return math.nan
    outputs, labels = outputs.reshape(-1), labels.reshape(-1)
    right = ((outputs > BORDERS[function]) == (labels > 0.5)) & ~outputs.isnan()
    return int(right.sum()) / len(right)
