"""The claims of docs/papers.md that a number can state, over several seeds: measure them, and write docs/seeds.md.

    python docs/seeds.py                                      every claim, five seeds each: hours
    python docs/seeds.py --claims near_zero class_means       these two alone
    python docs/seeds.py --seeds 0 1 2                        fewer seeds: no verdict where a claim wants more
    python docs/seeds.py --profile quick                      on scikit-learn's digits: minutes, and prints the table

A claim is a function that takes a seed, which decides the initial weights and the order of the images, and the data;
it returns numbers. All else is as the notebooks of `solutions/` have it, but that more is measured here: SGD's
sharpness at 30 steps of longer runs, the gradient's subspace up to epoch 20, children of a fork after epoch 3 too. Each
number may have a bound, the criterion. A claim holds where every bounded number keeps its bound for every seed, does
not where none does, and else holds in part. Where a claim compares two networks, seed s stands for those of the seeds
2s and 2s + 1.

Seeds run side by side, one process a core and one thread each. What is measured is kept in the cache folder
(LOSSSURF_CACHE), and so is each epoch of a training: end the program when you like, and the same command goes on. It is
measured anew once the code that decides it has changed. MNIST is taken from LOSSSURF_DATA. After each claim its rows
in docs/seeds.md are replaced; those of claims that were not measured stay as they are.
"""

import argparse
import functools
import os
import sys
from collections import namedtuple
from math import inf
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

REPO = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO)]

import lab_cnn_solution as code  # noqa: E402
import losssurf_lab_utils as utils  # noqa: E402
from losssurf_lab import paths, spectrum, walks  # noqa: E402
from losssurf_lab.keeping.results import unwatched  # noqa: E402
from losssurf_lab.traced import traced_hess_vec_prod  # noqa: E402

TABLE = REPO / "docs" / "seeds.md"
DEVICE = code.get_device()
RATES = {0.03: 2400, 0.1: 1500, 0.3: 1200}  # of SGD in batches of 64: its steps
BATCHES = {8: 2400, 64: 1500, 512: 600}  # at the learning rate 0.1
criterion = nn.CrossEntropyLoss()

Lab = namedtuple("Lab", "train test quick")  # two loaders, and whether they hold the digits
Claim = namedtuple("Claim", "notebook sentence numbers seeds measure")
Bound = namedtuple("Bound", "low high", defaults=(-inf, inf))
CLAIMS = {}


def claim(notebook, sentence, numbers, seeds=5):
    """Enter a function into CLAIMS: it takes a seed and a `Lab`, and returns a number for each of {name: Bound}.

    seeds: how many it takes for a verdict
    """

    def enter(function):
        CLAIMS[function.__name__] = Claim(notebook, sentence, numbers, seeds, function)
        return function

    return enter


def at_least(low):
    return Bound(low=low)


def at_most(high):
    return Bound(high=high)


shown = Bound()  # a number that is told, and not judged


# ----------------------------------------------------------------------------------------------------------- networks


def trained(lab, epochs, **options):
    """The weights of a run of `code.learn_one_model`, the initial ones first, and its log; trained once."""
    run = code.learn_one_model(lab.train, lab.test, epochs, **options)
    with unwatched():  # files of the run's own, which the arguments decide
        return [code.load_checkpoint(file) for file in run.checkpoints], run.log


def network(weights, net_class=code.CNN):
    with code.seeded(0):  # its random weights, which nobody uses
        net = net_class().to(DEVICE)
    net.load_state_dict(weights)
    return net


def network_after(epoch, seed, lab):
    weights, _ = trained(lab, epoch, seed=seed)
    return network(weights[-1])


def last_epoch(lab):
    return 30 if lab.quick else 10


def first_images(lab, full, quick):
    return lab.train.first(quick if lab.quick else full).in_order(250)


def top_eigenpairs(net, loader, k, **options):
    return utils.eigenpairs(traced_hess_vec_prod, net, criterion, loader, DEVICE, k, **options)


# --------------------------------------------------------------------------------------------------- Hessian spectrum

HESSIAN = "Hessian spectrum"


@claim(
    HESSIAN, "Sagun et al. 2017: nearly all eigenvalues are near zero, a few stand apart",
    {"% within a hundredth of the largest, after 1 epoch": at_least(99), "... at the end": at_least(99)},
)  # fmt: skip
def near_zero(seed, lab):
    num_vectors, num_steps = (1, 24) if lab.quick else (4, 60)
    for epoch in (1, last_epoch(lab)):
        net, loader = network_after(epoch, seed, lab), first_images(lab, 1000, 50)
        arguments = traced_hess_vec_prod, net, criterion, loader, DEVICE
        nodes, weights = spectrum.spectral_density(*arguments, num_vectors=num_vectors, num_steps=num_steps, seed=seed)
        yield 100 * np.sum(weights[np.abs(nodes) < nodes.max() / 100]) / num_vectors


def ratios_by_class(num_classes, seed, lab):
    """The ratios (C + 1,) of the largest eigenvalues to the next, for C classes, early in training and at the end."""
    parts = [loader.dataset.tensors for loader in (lab.train, lab.test)]
    parts = [(images[labels < num_classes], labels[labels < num_classes]) for images, labels in parts]
    if not lab.quick:
        parts[0] = [tensor[: 300 * num_classes] for tensor in parts[0]]
    train, test = (code.TensorLoader(*part, shuffle=part is parts[0]) for part in parts)
    few = lab._replace(train=train, test=test)
    weights, log = trained(few, 20, seed=seed)
    early = 1 + next(epoch for epoch, loss in enumerate(log[0]) if loss < 1)
    loader = first_images(few, 1000, 100)
    spectra = [top_eigenpairs(network(weights[epoch]), loader, num_classes + 2).values for epoch in (early, 20)]
    return [values[:-1] / values[1:] for values in spectra]


OUTLIERS = {
    "ratio after the second, 3 classes": shown, "the largest ratio is after number": Bound(2, 2),
    "ratio after the ninth, 10 classes": shown, "... the largest is after number": Bound(9, 9),
}  # fmt: skip


def outliers(moment, seed, lab):
    for num_classes in (3, 10):
        ratios = ratios_by_class(num_classes, seed, lab)[moment]
        yield from (ratios[num_classes - 2], 1 + np.argmax(ratios))


@claim(HESSIAN, "the outliers are one fewer than the classes, early in training", OUTLIERS)
def outliers_early(seed, lab):
    return outliers(0, seed, lab)


@claim(HESSIAN, "... and stand apart at the end", OUTLIERS)
def outliers_at_the_end(seed, lab):
    return outliers(1, seed, lab)


CLASS_MEANS = {"share of the first nine, the least": at_least(0.8), "of the next three, the largest": at_most(0.2)}


def class_mean_shares(epoch, seed, lab):
    net, loader = network_after(epoch, seed, lab), first_images(lab, 2000, 100)
    basis, _ = np.linalg.qr(spectrum.class_mean_gradients(net, criterion, loader, DEVICE).T)
    shares = [spectrum.share_in_subspace(vector, basis) for vector in top_eigenpairs(net, loader, 12).vectors.T]
    return min(shares[:9]), max(shares[9:])


@claim(
    HESSIAN, "Papyan 2019: the outliers' eigenvectors lie in the span of the class-mean gradients, after 1 epoch",
    CLASS_MEANS,
)  # fmt: skip
def class_means(seed, lab):
    return class_mean_shares(1, seed, lab)


@claim(HESSIAN, "... and at the end", CLASS_MEANS)
def class_means_at_the_end(seed, lab):
    return class_mean_shares(last_epoch(lab), seed, lab)


@claim(
    HESSIAN, "there are negative eigenvalues, small at the end",
    {"lowest / largest, at the start": at_most(0), "... after 1 epoch": at_most(0), "... at the end": Bound(-0.1, 0)},
)  # fmt: skip
def negative(seed, lab):
    loader = first_images(lab, 2000, 100)
    for epoch in (0, 1, last_epoch(lab)):
        net = network_after(epoch, seed, lab)
        lowest = top_eigenpairs(net, loader, 3, lowest=True).values[0]
        yield lowest / top_eigenpairs(net, loader, 12).values[0]


def small_network():
    """Images of 7 x 7, 16 hidden units: 970 parameters."""
    return nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(49, 16), nn.Tanh(), nn.Linear(16, 10))


@claim(
    HESSIAN, "Ghorbani et al. 2019: Lanczos quadrature gives the density of all of them (small network)",
    {"area between it and the exact density": at_most(0.1), "trace of the square / exact": Bound(0.8, 1.2)},
)  # fmt: skip
def quadrature(seed, lab):
    weights, _ = trained(lab, 10 if lab.quick else 2, seed=seed, net_class=small_network)
    net, loader = network(weights[-1], small_network), first_images(lab, 2000, 100)
    arguments = traced_hess_vec_prod, net, criterion, loader, DEVICE
    exact = spectrum.full_spectrum(*arguments)
    nodes, weights = spectrum.spectral_density(*arguments, num_vectors=10, seed=seed)
    width = exact.max() / 20
    grid = np.linspace(exact.min() - 6 * width, exact.max() + 6 * width, 2001)
    one = spectrum.smooth(exact, np.ones(len(exact)), grid, width)
    area = np.trapezoid(np.abs(one - spectrum.smooth(nodes, weights, grid, width)), grid)
    return area, np.mean(np.sum(weights * nodes**2, axis=1)) / np.mean(exact**2)


def top_subspace(net, lab):
    return top_eigenpairs(net, first_images(lab, 1500, 200), 10).vectors


def gradient_share(net, lab):
    gradient = spectrum.mean_gradient(net, criterion, first_images(lab, 1500, 200), DEVICE)
    return spectrum.share_in_subspace(gradient, top_subspace(net, lab))


@claim(
    HESSIAN, "Gur-Ari et al. 2018: soon the gradient lies in the top subspace",
    {
        "share in the top 10, at the start": shown, "... at step 200 (digits: 100)": at_least(0.8),
        "... after 1 epoch": at_least(0.8),
    },
)  # fmt: skip
def gradient_soon(seed, lab):
    net = network_after(0, seed, lab)
    yield gradient_share(net, lab)
    optimizer, steps = code.adam(net.parameters()), 100 if lab.quick else 200  # the first of the same run
    spectrum.weights_along(net, optimizer, lab.train.with_seed(seed), criterion, DEVICE, steps)
    yield gradient_share(net, lab)
    yield gradient_share(network_after(1, seed, lab), lab)


@claim(
    HESSIAN, "... and remains there",
    {f"share in the top 10, after {epoch} epochs": at_least(0.8) for epoch in (2, 5, 10, 20)},
)  # fmt: skip
def gradient_later(seed, lab):
    return [gradient_share(network_after(epoch, seed, lab), lab) for epoch in (2, 5, 10, 20)]


@claim(
    HESSIAN, "... and the subspace is mostly preserved",
    {
        "overlap of the top 10, epochs 1 and 2": at_least(0.5), "... 1 and 5": at_least(0.5),
        "... 1 and 20": at_least(0.5), "... the start and 1": shown,
    },
)  # fmt: skip
def subspace_stays(seed, lab):
    first = top_subspace(network_after(1, seed, lab), lab)
    others = (top_subspace(network_after(epoch, seed, lab), lab) for epoch in (2, 5, 20, 0))
    return [np.sum((first.T @ other) ** 2) / first.shape[1] for other in others]


def sharpness(lr, batch_size, steps, seed, lab):
    """The largest eigenvalue at the start, at its peak and at the end of SGD with this learning rate."""
    images, labels = lab.train.dataset.tensors
    loader = code.TensorLoader(images, labels, batch_size=batch_size, shuffle=True, seed=seed)
    _, values = spectrum.sharpness_along_sgd(
        traced_hess_vec_prod, network_after(0, seed, lab), criterion, loader, first_images(lab, 1000, 100), DEVICE, lr,
        steps // 3 if lab.quick else steps, num_points=12 if lab.quick else 30,
    )  # fmt: skip
    return values[0], values.max(), values[-1]


@claim(
    HESSIAN, "Jastrzębski et al. 2019: the sharpness rises, then falls",
    {
        "sharpness at the start": shown, **{f"... the last at the rate {lr}": shown for lr in RATES},
        "peak / start, the least of three rates": at_least(10), "last / peak, the largest": at_most(0.5),
    },
)  # fmt: skip
def rise_and_fall(seed, lab):
    start, peaks, last = np.transpose([sharpness(lr, 64, steps, seed, lab) for lr, steps in RATES.items()])
    return start[0], *last, min(peaks / start), max(last / peaks)


@claim(
    HESSIAN, "it peaks lower for a larger learning rate",
    {
        **{f"peak at the rate {lr}": shown for lr in RATES},
        "peak at 0.03 / at 0.1": at_least(1), "peak at 0.1 / at 0.3": at_least(1),
    },
)  # fmt: skip
def peak_by_rate(seed, lab):
    low, middle, high = (sharpness(lr, 64, steps, seed, lab)[1] for lr, steps in RATES.items())
    return low, middle, high, low / middle, middle / high


@claim(
    HESSIAN, "it peaks lower for a smaller batch",
    {
        **{f"peak with batches of {size}": shown for size in BATCHES},
        "peak with 64 / with 8": at_least(1), "peak with 512 / with 64": at_least(1),
    },
)  # fmt: skip
def peak_by_batch(seed, lab):
    small, middle, large = (sharpness(0.1, size, steps, seed, lab)[1] for size, steps in BATCHES.items())
    return small, middle, large, middle / small, large / middle


def squared_error(output, targets):
    """Half of the squared distance of an output to its target, the mean over images."""
    return ((output - targets) ** 2).sum(1).mean() / 2  # not nn.MSELoss, which has no traced product


def tanh_network():
    hidden = nn.Linear(784, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh()
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(32, 10))


@claim(
    HESSIAN, "Cohen et al. 2021: gradient descent on all images ends at the edge of stability, 2 / learning rate",
    {
        f"{which} sharpness x rate / 2 in the second half, rate {lr}": Bound(0.9, 1.2)
        for lr in (0.1, 0.2) for which in ("lowest", "highest")
    },
)  # fmt: skip
def edge_of_stability(seed, lab):
    images, labels = first_images(lab, 1000, 300).dataset.tensors
    loader = code.TensorLoader(images, F.one_hot(labels, 10).float(), batch_size=len(labels))
    for lr in (0.1, 0.2):
        with code.seeded(seed):
            net = tanh_network().to(DEVICE)
        optimizer = torch.optim.SGD(net.parameters(), lr=lr)
        points = spectrum.weights_along(net, optimizer, loader, squared_error, DEVICE, 3000, every=250)
        values = []
        for point in points[len(points) // 2 :]:
            net.load_state_dict(utils.tensor2sd(point, net.state_dict()))
            top = utils.eigenpairs(traced_hess_vec_prod, net, squared_error, loader, DEVICE, 1)
            values.append(top.values[0] * lr / 2)
        yield from (min(values), max(values))


# -------------------------------------------------------------------------------------------------- mode connectivity

MODES = "Mode connectivity"


class Polychain(utils.Base):
    """The chain of two segments from the first of two networks over a trained bend to the second."""

    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        (bend,), (start, end) = param_list, support_list
        side = start if self.index < 0.5 else end
        return bend + (2 * self.index - 1).abs() * (side - bend)


def ends_of(seed, lab):
    """The weights of two networks, of the seeds 2s and 2s + 1."""
    return [trained(lab, 15 if lab.quick else 10, seed=2 * seed + number)[0][-1] for number in (0, 1)]


def along(manifold, lab):
    """The positions of a grid on a path, the training loss there, and the test error in percent."""
    grid = utils.build_segment_grid(DEVICE, 11 if lab.quick else 21)
    curves = [
        utils.evaluate_along_manifold(manifold, loader, code.evaluate_loss_acc, criterion, DEVICE, grid)
        for loader in (first_images(lab, 10_000, 500), lab.test)
    ]
    return grid.cpu(), curves[0]["loss"], 100 - 100 * curves[1]["acc"]


@code.kept
def segment(ends, lab):
    """What `along` gives of the straight line between two weights."""
    with code.seeded(0):
        return along(utils.Segment(code.CNN, ends).to(DEVICE), lab)


@code.kept
def chain(seed, lab):
    """What `along` gives of the polychain between two networks, trained from their midpoint."""
    ends = ends_of(seed, lab)

    def straight_line():
        path = Polychain(code.CNN, ends)
        path.param_nets[0].load_state_dict({name: (w + ends[1][name]) / 2 for name, w in ends[0].items()})
        return path

    epochs = 10 if lab.quick else 8
    return along(
        code.learn_one_model(lab.train, lab.test, epochs, seed=2 * seed + 2, net_class=straight_line).model, lab
    )


@claim(
    MODES, "Garipov et al. 2018: the straight line between two optima has a barrier, a path with one bend almost none",
    {"barrier of the segment": shown, "of the polychain": at_most(0.1), "the one / the other": at_least(5)}, seeds=3,
)  # fmt: skip
def barriers(seed, lab):
    straight, bent = (paths.barrier(t, loss) for t, loss, _ in (segment(ends_of(seed, lab), lab), chain(seed, lab)))
    return straight, bent, straight / bent


@claim(
    MODES, "... the loss along the path is nearly constant, and its test error that of the ends",
    {
        "largest test error of the polychain, %": shown, "that of the worse end": shown,
        "the one / the other": at_most(1.1),
        "largest loss / that of the worse end": at_most(1.5),
    },
    seeds=3,
)  # fmt: skip
def as_good_as_the_ends(seed, lab):
    _, loss, error = chain(seed, lab)
    worse = max(error[0], error[-1])
    return error.max(), worse, error.max() / worse, loss.max() / max(loss[0], loss[-1])


@claim(
    MODES, "Ainsworth et al. 2023: after permuting hidden units the barrier is gone",
    {"barrier as trained": shown, "after weight matching": at_most(0.05), "the one / the other": at_least(5)}, seeds=3,
)  # fmt: skip
def matching(seed, lab):
    first, second = ends_of(seed, lab)
    lines = (segment([first, other], lab) for other in (second, paths.match_weights(first, second)))
    before, after = (paths.barrier(t, loss) for t, loss, _ in lines)
    return before, after, before / after


@claim(
    MODES, "Frankle et al. 2020: two children of one network, with other orders of the images, have no barrier",
    {f"barrier of children forked at epoch {epoch}": at_most(0.05) for epoch in (0, 1, 3)},
)  # fmt: skip
def children(seed, lab):
    for epoch in (0, 1, 3):
        parent = functools.partial(network_after, epoch, seed, lab)
        orders = 100 + 2 * seed, 101 + 2 * seed
        ends = [trained(lab, 2, seed=order, net_class=parent)[0][-1] for order in orders]
        yield paths.barrier(*segment(ends, lab)[:2])


def test_error(outputs, lab):
    labels = lab.test.dataset.tensors[1]
    return 100 * (outputs.argmax(1) != labels).double().mean().item()


@torch.no_grad()
def test_outputs(weights, lab):
    """The probabilities (images, classes) that the network with these weights gives to the test images."""
    net = network(weights).eval()
    return torch.cat([net(images).softmax(1) for images, _ in lab.test.in_order(200)])


@claim(
    MODES, "Izmailov et al. 2018: the mean of the weights of several epochs is better than each of them",
    {
        "test error of the mean of epochs 6 to 10, %": shown, "of the best of these epochs": shown,
        "of the worst": shown, "the mean's / the best's": at_most(1),
    },
)  # fmt: skip
def mean_of_weights(seed, lab):
    last = trained(lab, 10, seed=seed)[0][6:]
    mean = {name: torch.stack([weights[name] for weights in last]).mean(0) for name in last[0]}
    found, *each = (test_error(test_outputs(weights, lab), lab) for weights in (mean, *last))
    return found, min(each), max(each), found / min(each)


@claim(
    MODES, "the two ends together classify better than each",
    {"test error of their mean output, %": shown, "of the better end": shown, "the one / the other": at_most(1)},
    seeds=3,
)  # fmt: skip
def ensemble(seed, lab):
    outputs = [test_outputs(weights, lab) for weights in ends_of(seed, lab)]
    both, better = test_error(sum(outputs), lab), min(test_error(each, lab) for each in outputs)
    return both, better, both / better


# --------------------------------------------------------------------------------------------------------- SGD's path

PATH = "SGD's path"
RANDOM_WALK = 76.5  # percent in two components of a random walk of 20 points


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.1)


def path_of(seed, lab, make_optimizer=code.adam):
    """The weights (21, n) along a run of 20 epochs."""
    weights, _ = trained(lab, 20, seed=seed, make_optimizer=make_optimizer)
    return np.stack([utils.sd2tensor(each).numpy() for each in weights])


def shares_of(points):
    return 100 * walks.principal_components(points)[0]


@claim(
    PATH, "Lorch 2016: two components hold most of the path's variance, more than of a random walk (76.5 %)",
    {f"% in two, 20 epochs of {name}": at_least(RANDOM_WALK) for name in ("Adam, 0.001", "SGD, 0.1")},
)  # fmt: skip
def two_components(seed, lab):
    return [sum(shares_of(path_of(seed, lab, make)[1:])[:2]) for make in (code.adam, sgd)]


@claim(
    PATH, "with the initial point the first component holds less",
    {
        "% in the first, 10 epochs, without it": shown, "... with it": shown,
        "% in the first, 20 epochs, without it": shown, "... with it, 20 epochs": shown,
        "difference after 10": at_least(0), "difference after 20": at_least(0),
    },
)  # fmt: skip
def initial_point(seed, lab):
    points = path_of(seed, lab)
    shares = [shares_of(points[first : epochs + 1])[0] for epochs in (10, 20) for first in (1, 0)]
    return *shares, shares[0] - shares[1], shares[2] - shares[3]


@claim(
    PATH, "Antognini and Sohl-Dickstein 2018: a random walk has the shares 6 / (n² - 1) / (4 sin²(kπ / 2n))",
    {"largest difference in points, n = 5, 10, 20, 100, k = 1 to 4": at_most(1)},
)  # fmt: skip
def walk_shares(seed, lab):
    k, differences = np.arange(1, 5), []
    for n in (5, 10, 20, 100):
        exact = 600 / (n**2 - 1) / (4 * np.sin(k * np.pi / (2 * n)) ** 2)
        found = shares_of(walks.random_walk(n, 44_426, np.random.default_rng([seed, n])))[:4]
        differences.append(np.abs(found - exact).max())
    return [max(differences)]


@claim(
    PATH, "a walk's projections are cosines",
    {"lowest correlation in the first five components, 20 points": at_least(0.99)},
)  # fmt: skip
def walk_cosines(seed, lab):
    walk = walks.random_walk(20, 44_426, np.random.default_rng(seed))
    return [min(cosine_fits(walk, 5))]


def cosine_fits(points, count):
    return walks.cosine_fits(walks.principal_components(points)[1][:, :count])


def drift_for(points, seed):
    """The drift of the random walk that has the same share in its first component."""
    drifts = np.linspace(0, 3, 61)
    rngs = (np.random.default_rng(seed) for _ in drifts)  # the same noise for all
    tries = (walks.random_walk(*points.shape, rng, drift=drift) for rng, drift in zip(rngs, drifts))
    return np.interp(shares_of(points)[0], [shares_of(walk)[0] for walk in tries], drifts)


FITS = {f"correlation with the cosine, component {number}": at_least(0.95) for number in (1, 2, 3)}


@claim(
    PATH, "training looks like a walk with drift (Adam, 0.001, 20 epochs)",
    {
        **FITS, **{f"drift that gives the first share, {epochs} epochs": shown for epochs in (5, 10, 20)},
        "drift for 5 epochs / for 20": Bound(0.8, 1.25),
    },
)  # fmt: skip
def like_a_walk(seed, lab):
    points = path_of(seed, lab)[1:]
    drifts = [drift_for(points[:epochs], seed) for epochs in (5, 10, 20)]
    return *cosine_fits(points, 3), *drifts, drifts[0] / drifts[2]


@claim(PATH, "... and so with SGD, 0.1", FITS)
def like_a_walk_sgd(seed, lab):
    return cosine_fits(path_of(seed, lab, sgd)[1:], 3)


@claim(
    PATH, "... and like a walk in a bowl that starts outside, not at its centre",
    {
        "% in the first component, from 10 steps off (trainings: 82 to 89)": Bound(81, 90),
        "lowest correlation with cosines 1 to 3": at_least(0.95), "% in the first, from the centre": at_most(81),
    },
)  # fmt: skip
def like_a_bowl(seed, lab):
    outside = walks.random_walk(20, 44_426, np.random.default_rng(seed), pull=0.1, start=10)
    centre = walks.random_walk(20, 44_426, np.random.default_rng(seed), pull=0.2)
    return shares_of(outside)[0], min(cosine_fits(outside, 3)), shares_of(centre)[0]


@claim(
    PATH, "Li et al. 2018: random directions see nothing of the path, two principal ones most of it",
    {"% of the variance in a random plane": at_most(0.1), "% in the principal plane": at_least(50)},
)  # fmt: skip
def random_plane(seed, lab):
    weights, _ = trained(lab, 20, seed=seed)
    points, generator = path_of(seed, lab)[1:], torch.Generator().manual_seed(seed)
    directions = np.stack([walks.filter_normalised(weights[-1], generator).numpy() for _ in range(2)])
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    centred = points - points.mean(axis=0)
    yield 100 * np.sum((centred @ directions.T) ** 2) / np.sum(centred**2)
    yield sum(shares_of(points)[:2])


# ---------------------------------------------------------------------------------------------------------- the table

HEAD = """# The claims over several seeds

Written by `python docs/seeds.py`: the numbers behind [what the papers claim, and what holds here](papers.md), for
several seeds, on MNIST. A seed decides the initial weights and the order of the images; where a claim compares two
networks, seed s stands for those of the seeds 2s and 2s + 1. A claim *holds* where every number that has a criterion
meets it for every seed, *does not* where none does, and else holds *in part*; in brackets, how many do, of how many.

The numbers differ between machines and between numbers of threads, as sums are rounded in another order and training
carries the difference on; these are of one thread. Neither the check cells nor the questions of the notebooks depend on
them.

The first column has the name that `--claims` takes.
"""
COLUMNS = "| claim | | number | for each seed | range | criterion | |\n| --- | --- | --- | --- | --- | --- | --- |"
WAITING = "not yet measured"


def rows_of(name, values=None):
    """The lines of the table for a claim; values (seeds, numbers), or None where it is not measured."""
    _, sentence, numbers, seeds, _ = CLAIMS[name]
    verdict, rows = WAITING if values is None else verdict_on(values, numbers.values(), seeds), []
    for place, (number, bound) in enumerate(numbers.items()):
        column = [] if values is None else [each[place] for each in values]
        spread = " to ".join(dict.fromkeys((short(min(column)), short(max(column))))) if column else ""
        first = ("", "", "") if place else (f"`{name}`", sentence, verdict)
        cells = *first[:2], number, ", ".join(map(short, column)), spread, words(bound), first[2]
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def verdict_on(values, bounds, seeds):
    met = [low <= value <= high for each in values for value, (low, high) in zip(each, bounds)
           if (low, high) != shown]  # fmt: skip
    if len(values) < seeds:
        return f"too few seeds, {len(values)} of {seeds}"
    if all(met):
        return "**holds**"
    return f"**{'in part' if any(met) else 'does not'}** ({sum(met)} of {len(met)})"


def words(bound):
    low, high = bound
    if bound == shown:
        return ""
    if low == high:
        return f"is {short(low)}"
    if high == inf:
        return f"at least {short(low)}"
    return f"at most {short(high)}" if low == -inf else f"{short(low)} to {short(high)}"


def short(value):
    """A number in three digits, as docs/papers.md writes it: .0032."""
    text = np.format_float_positional(value, precision=3, fractional=False, trim="-")
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def read_rows(table):
    """The rows of each claim in the text of a table, of those claims whose rows have the present form."""
    found, name = {}, None
    for line in table.splitlines():
        if line.startswith("| `"):
            name = line.split("`")[1]
        if not line.startswith("| "):  # the table of a notebook is over
            name = None
        if name:
            found.setdefault(name, []).append(line)
    return {name: rows for name, rows in found.items() if name in CLAIMS and form(rows) == form(rows_of(name))}


def form(rows):
    """What the program says of a claim's rows, without what was measured."""
    return [[cell.strip() for number, cell in enumerate(row.split("|")) if number in (1, 2, 3, 6)] for row in rows]


def table_of(rows):
    """The text of the table, with {name: rows}; other claims are not yet measured."""
    parts = [HEAD]
    for notebook in dict.fromkeys(each.notebook for each in CLAIMS.values()):
        names = [name for name, each in CLAIMS.items() if each.notebook == notebook]
        lines = [line for name in names for line in rows.get(name, rows_of(name))]
        parts.append(f"## {notebook}\n\n" + "\n".join([COLUMNS, *lines]) + "\n")
    return "\n".join(parts)


# -------------------------------------------------------------------------------------------------------- the program


def measured(name, seed, lab):
    """The numbers of a claim for a seed; read where they are kept."""
    torch.set_num_threads(1)
    return numbers_of(CLAIMS[name].measure, seed, lab)


@code.kept
def numbers_of(measure, seed, lab):
    return [float(number) for number in measure(seed, lab)]


def options():
    lines = "\n".join(f"  {name:24}{each.sentence}" for name, each in CLAIMS.items())
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=f"claims:\n{lines}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=range(5), metavar="SEED", help="0 1 2 3 4 unless given")
    parser.add_argument("--claims", nargs="+", choices=CLAIMS, default=CLAIMS, metavar="NAME", help="all unless given")
    parser.add_argument("--profile", choices=["full", "quick"], default="full", help="MNIST, or the digits")
    return parser.parse_args()


def main():
    chosen = options()
    os.environ["LOSSSURF_PROFILE"] = chosen.profile
    lab = Lab(*code.get_data(), chosen.profile == "quick")
    rows = {} if lab.quick or not TABLE.exists() else read_rows(TABLE.read_text(encoding="utf-8"))
    for number, name in enumerate(chosen.claims, start=1):
        seeds = list(chosen.seeds)[: CLAIMS[name].seeds]
        said = f"claim {number} of {len(chosen.claims)}, {name}, seeds {' '.join(map(str, seeds))}"
        calls = [functools.partial(measured, name, seed, lab) for seed in seeds]
        rows[name] = rows_of(name, code.side_by_side(calls, said))
        print(said, *rows[name], sep="\n", flush=True)
        if not lab.quick:
            TABLE.write_text(table_of(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
