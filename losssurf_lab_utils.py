"""Weights as vectors, networks whose weights are a function of a position, and loss along lines, paths and planes.

The notebooks import this module as `utils`. A manifold is a module whose weights are computed from its `index`: a
number t on a segment or a path, two coordinates on a plane. It is evaluated and trained like any other network.
"""

import os
import pickle
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.func import functional_call

from lab_cnn_solution import get_device, load_checkpoint, progress
from losssurf_lab.eigenpairs import eigenpairs, hessian_vector_product
from losssurf_lab.lanczos import KrylovSpace
from losssurf_lab.pictures.flat import draw_lines, draw_plane, plot_curve
from losssurf_lab.pictures.showing import show
from losssurf_lab.pictures.sliders import plot_disagreements, plot_spectra
from losssurf_lab.pictures.surface import plot_surface
from losssurf_lab.vectors import gradtensor_to_npvec, npvec_to_tensorlist, sd2tensor, tensor2sd

__all__ = [
    "sd2tensor", "tensor2sd", "npvec_to_tensorlist", "gradtensor_to_npvec", "Base", "Segment", "Plane2dConnection",
    "build_segment_grid", "evaluate_along_manifold", "plot_along_manifold", "plot_2d", "plot_curve",
    "plot_surface", "plot_spectra", "plot_disagreements", "show", "hessian_vector_product",
    "eigenpairs", "KrylovSpace", "get_device",
]  # fmt: skip

# ------------------------------------------------------------------------------------------------------- manifolds


class Base(nn.Module):
    """A network whose weights are a function of `index`, of trained parameters and of given weights.

    `net_class(*net_args, **net_kwargs)` makes the network. `supports_files` are given weights that never change:
    paths of state dicts, or state dicts. `num_param_nets` is the number of weights to be trained, each with the
    network's random start. A subclass says how they make the weights, in `process_weights_item`, and where the index
    comes from, in `gen_index`; `Base` itself is a single point: the first trained weights, else the first given ones.
    Weights that the network ties are tied at every index, and made once.

    index: a buffer, the position; what is assigned to it is copied and must lie in `index_range`
    freeze_index: if set, the index stays as it is; else each forward pass draws a new one
    logic_net: the network through which data goes; its own weights are not used
    frozen: the names of the parameters that `net_class` makes frozen
    param_nets, support_nets: networks that hold the trained and the given weights
    """

    index_range = (0.0, 1.0)  # None: anywhere

    def __init__(self, net_class, supports_files=(), num_param_nets=1, net_args=(), net_kwargs=None):
        super().__init__()
        self.net_class, self.net_args, self.net_kwargs = net_class, tuple(net_args), dict(net_kwargs or {})
        self.num_param_nets = num_param_nets
        self.freeze_index = False
        self.logic_net = self._new_net()
        self.frozen = {name for name, p in self.logic_net.named_parameters() if not p.requires_grad}
        self.logic_net.requires_grad_(False)
        self.create_index()
        self.create_params()
        self.load_supports(supports_files)
        if not len(self.param_nets) and not len(self.support_nets):
            raise ValueError("neither supports_files nor num_param_nets: there are no weights to make a network of")

    def create_index(self):
        """Register the buffer `index`: here one number."""
        self.register_buffer("index", torch.zeros(1))

    def gen_index(self):
        """Draw a new `index`: here it stays."""

    def create_params(self):
        """Make the networks that hold the trained weights."""
        self.param_nets = nn.ModuleList(self._new_net() for _ in range(self.num_param_nets))

    def load_supports(self, supports_files):
        """Make the networks that hold the given weights, as `load_weights` takes them."""
        if isinstance(supports_files, (str, os.PathLike, dict, torch.Tensor, nn.Module)):
            raise TypeError("supports_files must be a list of paths or state dicts, not one of them")
        self.support_nets = nn.ModuleList()
        for number, support in enumerate(supports_files):
            name = str(support) if isinstance(support, (str, os.PathLike)) else f"support {number}"
            net = self._new_net().requires_grad_(False)
            load_weights(net, support, name, self._net_name())
            self.support_nets.append(net)

    def process_weights_item(self, param_list, support_list):
        """One weight tensor of the network, from that of each of `param_nets` and of each of `support_nets`."""
        return [*param_list, *support_list][0]

    def gen_weights(self):
        """The weights at `index`: a dict of tensors, by the names of the network's state dict.

        Buffers of floating point (a batch norm's running statistics) are made as weights are; others (its counter)
        are copied from the first network that has them.
        """
        params = [net.state_dict(keep_vars=True) for net in self.param_nets]
        supports = [net.state_dict(keep_vars=True) for net in self.support_nets]
        weights, made = {}, {}
        for name, example in self.logic_net.state_dict(keep_vars=True).items():
            if id(example) not in made:  # else it is tied to one that was made
                items = [sd[name] for sd in params], [sd[name] for sd in supports]
                made[id(example)] = self._make_item(example, *items)
            weights[name] = made[id(example)]
        return weights

    def _make_item(self, example, param_list, support_list):
        if not (example.is_floating_point() or example.is_complex()):
            return [*param_list, *support_list][0].clone()
        item = self.process_weights_item(param_list, support_list)
        if item is not None and not isinstance(item, torch.Tensor):
            raise TypeError(f"process_weights_item must return a tensor, and returned a {type(item).__name__}")
        if torch.finfo(example.dtype).bits < 32 and item is not None:
            item = item.to(example.dtype)  # the index, in float32, has made it wider
        given = not isinstance(example, nn.Parameter) and any(item is support for support in support_list)
        return item.clone() if given else item  # else a batch norm in training mode would change what is given

    def forward(self, *inputs):
        if not self.freeze_index:
            self.gen_index()
        return functional_call(self.logic_net, self.gen_weights(), inputs)

    def __setattr__(self, name, value):
        if name == "index" and isinstance(self.__dict__.get("_buffers", {}).get("index"), torch.Tensor):
            # A copy: the buffer must not become a view of the caller's grid, which drawing an index would overwrite.
            value = self._checked_index(value)
        super().__setattr__(name, value)

    def _checked_index(self, value):
        old = self._buffers["index"]
        new = torch.as_tensor(value).detach().to(old.dtype).to(old.device)
        if new.numel() != old.numel():
            raise ValueError(f"an index of {new.numel()} numbers; {type(self).__name__} takes {old.numel()}")
        low, high = self.index_range or (-torch.inf, torch.inf)
        if not ((new >= low) & (new <= high)).all():  # so put, NaN is refused too
            raise ValueError(f"index {new.tolist()} outside [{low:g}, {high:g}], the range of {type(self).__name__}")
        if not new.isfinite().all():
            raise ValueError(f"index {new.tolist()} of {type(self).__name__}: it must be finite")
        return new.reshape(old.shape).clone()

    def _new_net(self):
        return self.net_class(*self.net_args, **self.net_kwargs)

    def _net_name(self):
        return getattr(self.net_class, "__name__", str(self.net_class))


class Segment(Base):
    """The straight line between two networks: at t = 0 the first of the two, at t = 1 the second.

    >>> ends = [{"weight": torch.tensor([[value]])} for value in (0.0, 8.0)]
    >>> segment = Segment(nn.Linear, ends, net_args=(1, 1, False))
    >>> segment.index = 0.25
    >>> segment.gen_weights()["weight"]
    tensor([[2.]])
    """

    def __init__(self, net_class, supports_files, net_args=(), net_kwargs=None):
        super().__init__(net_class, supports_files, 0, net_args, net_kwargs)
        if len(self.support_nets) != 2:
            raise ValueError(f"a segment joins 2 networks; supports_files has {len(self.support_nets)}")

    def gen_index(self):
        self.index.uniform_()

    def process_weights_item(self, param_list, support_list):
        start, end = support_list
        return (1 - self.index) * start + self.index * end


class Plane2dConnection(Base):
    """The plane `mean + a * direction1 + b * direction2` in weight space, at the index (a, b).

    The three are vectors (n,), NumPy or PyTorch, in the order of `sd2tensor`. The index is not drawn: set it.

    >>> plane = Plane2dConnection(nn.Linear, [1.0, 1.0], [1.0, 0.0], [0.0, 1.0], net_args=(2, 1, False))
    >>> plane.index = [2.0, 3.0]
    >>> plane.gen_weights()["weight"]
    tensor([[3., 4.]])
    """

    index_range = None

    def __init__(self, net_class, mean, direction1, direction2, net_args=(), net_kwargs=None):
        example = net_class(*net_args, **(net_kwargs or {})).state_dict()
        vectors = [
            vector.detach() if isinstance(vector, torch.Tensor) else torch.tensor(np.asarray(vector))
            for vector in (mean, direction1, direction2)
        ]
        super().__init__(net_class, [tensor2sd(v, example) for v in vectors], 0, net_args, net_kwargs)

    def create_index(self):
        self.register_buffer("index", torch.zeros(2))

    def process_weights_item(self, param_list, support_list):
        mean, direction1, direction2 = support_list
        return mean + self.index[0] * direction1 + self.index[1] * direction2


# ----------------------------------------------------------------------------------------------- weights from files

WRAPPERS = "module", "_orig_mod"  # what DataParallel and torch.compile put into the names of a network's weights
ENTRIES = "state_dict", "model_state_dict", "model", "net", "network", "weights"  # where checkpoints hold the weights


def load_weights(net, support, name, net_name):
    """Put weights into a network: a state dict, another network, or the path of a file.

    A file may hold a dict with the weights under one of the usual names, and the weights' names may have the prefixes
    of DataParallel or `torch.compile`. Raises ValueError, with what `name` holds, where they are not of this network.
    """
    wanted = net.state_dict(keep_vars=True)
    state_dict = _renamed(_find_state_dict(support, name), wanted)
    for keys in _tied_keys(wanted):
        given = {key: state_dict[key] for key in keys if key in state_dict}
        if any(_differ(state_dict, *pair) for pair in pairwise(given.values())):
            raise ValueError(f"{name}: {' and '.join(keys)} are one weight in {net_name}, but differ here")
        state_dict |= {key: next(iter(given.values())) for key in keys if given and key not in given}
    different = [f"no {key}" for key in wanted if key not in state_dict]
    different += [f"{key}, which it has not" for key in state_dict if key not in wanted]
    different += [
        f"size mismatch in {key}, {tuple(state_dict[key].shape)} in place of {tuple(value.shape)}"
        for key, value in wanted.items()
        if key in state_dict and state_dict[key].shape != value.shape
    ]
    try:
        net.load_state_dict(state_dict)  # it knows what older files may lack
    except RuntimeError as error:
        more = f"; and {len(different) - 3} more" if len(different) > 3 else ""
        found = "; ".join(different[:3]) + more or str(error)
        raise ValueError(f"{name} holds weights of another network than {net_name}: {found}") from None


def _renamed(state_dict, wanted):
    """The state dict by the wanted names, wherever one of the two has wrappers in its names."""
    plain = {_plain(key): key for key in wanted}
    if len(plain) < len(wanted):
        return dict(state_dict)
    return {key if key in wanted else plain.get(_plain(key), key): value for key, value in state_dict.items()}


def _plain(key):
    return ".".join(part for part in key.split(".") if part not in WRAPPERS)


def _differ(state_dict, one, other):
    """Whether two tensors of a state dict differ by more than the rounding of, say, a principal direction."""
    largest = max(float(value.abs().max()) for value in state_dict.values() if value.numel())
    return one.shape == other.shape and bool((one - other).abs().max() > 1e-3 * largest)


def _tied_keys(state_dict):
    """The lists of keys of a state dict, made with `keep_vars`, that hold one and the same parameter."""
    keys = {}
    for key, value in state_dict.items():
        keys.setdefault(id(value), []).append(key)
    return [tied for tied in keys.values() if len(tied) > 1]


def _find_state_dict(support, name):
    if isinstance(support, (str, os.PathLike)):
        try:
            support = load_checkpoint(support)
        except ValueError as error:
            if isinstance(error.__cause__, pickle.UnpicklingError) and "weights_only" in str(error.__cause__):
                raise ValueError(f"{name} holds a whole network or other objects: save its state_dict()") from error
            raise
    if isinstance(support, nn.Module):
        support = support.state_dict()
    if isinstance(support, dict):
        if support and all(isinstance(value, torch.Tensor) for value in support.values()):
            return support
        for entry in ENTRIES:
            if isinstance(support.get(entry), (dict, nn.Module)):
                return _find_state_dict(support[entry], f"{name}, under {entry!r},")
        others = [str(key) for key, value in support.items() if not isinstance(value, torch.Tensor)]
        found = f"a dict with what is no tensor ({', '.join(others[:3])})" if others else "an empty dict"
    else:
        found = f"a tensor {tuple(support.shape)}" if isinstance(support, torch.Tensor) else type(support).__name__
    raise ValueError(f"{name} holds {found}, not the state dict of a network (tensor2sd makes one of a vector)")


# ---------------------------------------------------------------------------------------- loss along a manifold


def build_segment_grid(device, num_points=100):
    """Evenly spaced positions (num_points,) from 0 to 1.

    >>> build_segment_grid("cpu", 3)
    tensor([0.0000, 0.5000, 1.0000])
    """
    return torch.linspace(0, 1, num_points).to(device)


def evaluate_along_manifold(manifold, loader, evaluate_fun, criterion, device, index_grid):
    """Loss and accuracy at every index of a grid (points,) or (points, coordinates): `{"loss": (points,), "acc": ...}`.

    `evaluate_fun(loader, manifold, criterion, device)` returns the two. The manifold's index and `freeze_index` are
    afterwards what they were. Raises ValueError for an index outside the manifold's range.
    """
    before = manifold.index.clone(), manifold.freeze_index
    values = []
    try:
        manifold.freeze_index = True
        for index in progress(index_grid, "evaluating", unit="point"):
            manifold.index = index
            values.append(evaluate_fun(loader, manifold, criterion, device))
    finally:
        manifold.index, manifold.freeze_index = before
    loss, accuracy = np.array(values, dtype=float).reshape(-1, 2).T
    return {"loss": loss, "acc": accuracy}


def plot_along_manifold(
    manifolds, train_loader, test_loader, evaluate_fun, criterion, device, index_grid, plot=False, *, xlabel="t"
):
    """Loss and accuracy of each of `{name: manifold}` along a grid (points,), on training and test images.

    Returns `{name: {"train": {"loss": (points,), "acc": (points,)}, "test": {...}}}`; with `plot` it draws them too,
    the accuracy as error in percent. Values that are NaN or infinite are returned as they are, and missing in the plot,
    which says so.
    """
    loaders = {"train": train_loader, "test": test_loader}
    result = {
        name: {
            part: evaluate_along_manifold(manifold, loader, evaluate_fun, criterion, device, index_grid)
            for part, loader in loaders.items()
        }
        for name, manifold in manifolds.items()
    }
    if plot:
        draw_lines(result, _to_numpy(index_grid), xlabel)
    return result


def plot_2d(
    components, mean, ws, plane, device, train_loader, test_loader, evaluate_fun, criterion,
    num_points_hor=11, num_points_ver=11, num_levels=20, *, labels=None,
):  # fmt: skip
    """Loss and error on the plane through a path, as contours with the path drawn on them.

    components: (2, n), the plane's directions, of unit length and orthogonal; mean: (n,); ws: (points, n), the path
    in weight space; plane: a manifold with index (a, b); labels: the text at each point of the path, by default its
    number. Returns `{"x": (hor,), "y": (ver,), "path": (points, 2), "train": {"loss": (hor, ver), "acc": ...},
    "test": ...}`. Values that are NaN or infinite are returned as they are, and gray in the plot, which says so.
    Raises ValueError for a path that is not finite.
    """
    components, mean, ws = (_to_numpy(x) for x in (components, mean, ws))
    if not np.isfinite(ws).all():
        wrong = np.flatnonzero(~np.isfinite(ws).all(axis=1))
        raise ValueError(f"points {wrong.tolist()} of the path, counted from 0, hold NaN or infinity: leave them out")
    path = (ws - mean) @ components.T
    margin = 0.2 * np.maximum(np.ptp(path, axis=0), 1e-3)
    (left, bottom), (right, top) = path.min(axis=0) - margin, path.max(axis=0) + margin
    x, y = np.linspace(left, right, num_points_hor), np.linspace(bottom, top, num_points_ver)
    points = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    grid = torch.tensor(points, dtype=torch.float32).to(device)
    values = plot_along_manifold({"plane": plane}, train_loader, test_loader, evaluate_fun, criterion, device, grid)
    shape = num_points_hor, num_points_ver
    result = {part: {k: v.reshape(shape) for k, v in curves.items()} for part, curves in values["plane"].items()}
    result = {"x": x, "y": y, "path": path, **result}
    draw_plane(result, num_levels, range(len(path)) if labels is None else labels)
    return result


def _to_numpy(values):
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
