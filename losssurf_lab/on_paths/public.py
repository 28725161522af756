"""Paths of which the points were placed by hand, and their pictures."""

import numpy as np
import torch
from torch.func import vmap

from losssurf_lab.differences import first_differences
from losssurf_lab.networks import LOSSES, double_net, evaluate, to_double
from losssurf_lab.on_paths.case import mix, networks_of_path
from losssurf_lab.pictures.showing import show

NET = (("linear", 2, 4), ("tanh",), ("linear", 4, 4))
CONDUCT = {"frozen_position": 0.4, "training_steps": 3, "draws": 2000, "passes": 5}
COURSE_POSITIONS = [0.3, 0.75]  # at which the shares are placed above


def both_halves(half):
    """Shares up to the middle, and their mirror image beyond it."""
    return half | {round(1 - t, 4): half[t][::-1] for t in reversed(half)}


def in_the_plane(corners, positions, num_bends=None):
    """A network of two weights, whose nodes are these corners (2,)."""
    nodes = [{"layers.0.weight": np.array([[x]], np.float32), "layers.0.bias": np.array([y], np.float32)}
             for x, y in corners.values()]  # fmt: skip
    return {**networks_of_path(np.random.default_rng(0), (("linear", 1, 1),), num_bends), "nodes": nodes,
            "positions": positions, "corners": corners}  # fmt: skip


def bend_gradient(inputs, shares):
    """By differences of the loss, its gradient (bends n,) with respect to the bends, the nodes having these shares."""
    start, *bends, end = [to_double(node) for node in inputs["nodes"]]
    net, labels, names = double_net(inputs["layers"]), torch.tensor(inputs["labels"]), list(start)
    sizes = [start[name].numel() for name in names]

    def loss(vector):
        parts = [vector[k * sum(sizes) : (k + 1) * sum(sizes)].split(sizes) for k in range(len(bends))]
        moved = [{name: part.reshape(start[name].shape) for name, part in zip(names, bend)} for bend in parts]
        outputs = evaluate(net, mix([start, *moved, end], shares), inputs["images"])
        return LOSSES["cross_entropy"](outputs, labels)

    bends_as_one = torch.cat([bend[name].reshape(-1) for bend in bends for name in names])
    return first_differences(vmap(loss), bends_as_one).numpy()


def draw_path(inputs, result, placed):
    """The path of a network of two weights: where the weights are at each t, and the nodes.

    placed: shares (points, nodes) of the points through which the right path goes
    """
    from matplotlib import pyplot as plt  # here, as it takes long to import

    corners = np.array(list(inputs["corners"].values()))
    figure, axis = plt.subplots(figsize=(5, 3.6), layout="constrained")
    axis.plot(*(placed @ corners).T, color="lightgray", linewidth=5, label="as it should be")
    axis.plot(*corners.T, "o", color="lightgray", markersize=12)
    for name, corner in inputs["corners"].items():
        axis.annotate(name, corner, xytext=(8, 6), textcoords="offset points")
    points = [(t, *(float(array.ravel()[0]) for array in weights.values()))
              for t, weights in zip(inputs["positions"], result.get("weights", [])) if len(weights) == 2]  # fmt: skip
    if points:
        t, x, y = np.array(points).T
        axis.plot(x, y, color="black", linewidth=0.8)
        dots = axis.scatter(x, y, c=t, cmap="viridis", zorder=3, label="yours")
        figure.colorbar(dots, label="t")
    axis.set(xlabel="weight 1", ylabel="weight 2", title="Your path" if points else "Your class gave no path")
    axis.margins(0.15)
    axis.legend(loc="lower center")
    show(_in_words(inputs["corners"], points))


def _in_words(corners, points):
    """What is to be seen: the nodes, and the answer's path at up to five t."""
    nodes = ", ".join(f"{name} ({x:.2g}, {y:.2g})" for name, (x, y) in corners.items())
    some = [points[i] for i in sorted({*np.linspace(0, len(points) - 1, 5, dtype=int)})] if points else []
    yours = ", ".join(f"({x:.2g}, {y:.2g}) at t = {t:.2g}" for t, x, y in some)
    return f"The path of a network of two weights as it should be, of {nodes}, and yours: {yours or 'none'}."
