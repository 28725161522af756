"""Networks, losses and data of the checks, made from arrays: what an answer is called with.

The networks of a case are small, but for the one that has the size of the course's.
"""

import numpy as np
import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from lab_cnn_solution import TensorLoader

from .calling import tensors_in, to_array

LAYERS = {
    "linear": nn.Linear, "conv": nn.Conv2d, "norm": nn.BatchNorm1d, "norm2d": nn.BatchNorm2d, "pool": nn.AvgPool2d,
    "max_pool": nn.MaxPool2d, "flatten": nn.Flatten, "tanh": nn.Tanh, "softplus": nn.Softplus, "relu": nn.ReLU,
}  # fmt: skip
COURSE = (  # `code.CNN`, written out, so that a course with another network is checked on a network of this size too
    ("conv", 1, 6, 5), ("max_pool", 2), ("relu",), ("conv", 6, 16, 5), ("max_pool", 2), ("relu",), ("flatten",),
    ("linear", 256, 120), ("relu",), ("linear", 120, 84), ("relu",), ("linear", 84, 10),
)  # fmt: skip
NETWORK_SIZE = 44_426  # of `code.CNN`


def _smoothed_cross_entropy(output, label):
    return F.cross_entropy(output, label, label_smoothing=0.2)


def _one_hot(label, output):
    if label.is_floating_point():
        raise TypeError("the labels must be integers; are output and labels in the right order?")
    return torch.eye(output.shape[1], dtype=output.dtype, device=output.device)[label]


def _mean_square(output, label):
    # Not nn.MSELoss, on which PyTorch 2.14 cannot do forward over reverse differentiation.
    return (output - _one_hot(label, output)).square().mean()


def _poisson(output, label):
    return (output.exp() - _one_hot(label, output) * output).mean()


LOSSES = {
    "cross_entropy": nn.CrossEntropyLoss(), "smoothed_cross_entropy": _smoothed_cross_entropy,
    "mean_square": _mean_square, "poisson": _poisson,
}  # fmt: skip


class LayeredNet(nn.Module):
    """A network of the layers of a description: `(("linear", 4, 3), ("tanh",), ...)`."""

    seen = None  # where it is a list, each forward pass of any such network appends the weights that it uses

    def __init__(self, layers):
        super().__init__()
        self.layers = nn.Sequential(*[LAYERS[kind](*sizes) for kind, *sizes in layers])

    def forward(self, x):
        if LayeredNet.seen is not None:
            named = [*self.named_parameters(), *self.named_buffers()]
            LayeredNet.seen.append({name: to_array(tensor) for name, tensor in named})
        return self.layers(x)


def weights_in_use(model, images):
    """One forward pass: the output, and the weights with which the network was evaluated, by name."""
    seen = LayeredNet.seen = []
    try:
        return model(images), seen[-1] if seen else {}
    finally:  # an interrupt too leaves nothing behind, which the next check would meet
        LayeredNet.seen = None


def make_net(case, dtype=torch.float32):
    """The network of a case, with the case's weights, frozen parameters and mode."""
    net = LayeredNet(case["layers"])
    net.load_state_dict({name: torch.tensor(array) for name, array in case["weights"].items()})
    for name, parameter in net.named_parameters():
        parameter.requires_grad_(name not in case["frozen"])
    return net.to(dtype).train(case["training"])


def random_weights(rng, layers):
    """A state dict of arrays: about unit variance through each layer, running statistics of batch norm included."""
    weights = {}
    for name, tensor in LayeredNet(layers).state_dict().items():
        shape = tuple(tensor.shape)
        if name.endswith("num_batches_tracked"):
            weights[name] = np.array(7)
        elif name.endswith("running_var"):
            weights[name] = rng.uniform(0.5, 2, shape).astype(np.float32)
        elif len(shape) > 1:
            weights[name] = (1.3 * rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)
        else:
            weights[name] = (rng.uniform(0.3, 1.2, shape) * rng.choice([-1, 1], shape)).astype(np.float32)
    return weights


def split_like(vector, params):
    """A vector in tensors of the shapes of `params`, each of its own: of a view not everything may be changed."""
    parts = torch.tensor(vector).split([p.numel() for p in params])
    return [part.reshape(p.shape).to(p, copy=True) for part, p in zip(parts, params)]


def to_double(weights):
    """A state dict of arrays as tensors of float64."""
    return {name: torch.tensor(array, dtype=torch.float64) for name, array in weights.items()}


def double_net(layers):
    """A network in float64 and evaluation mode, whose weights are given to `evaluate`."""
    return LayeredNet(layers).double().eval().requires_grad_(False)


def evaluate(net, weights, images):
    """The outputs (B, classes) of a network with these weights, tensors by name, for an array of images (B, ...)."""
    return functional_call(net, weights, (torch.tensor(images).double(),))


# --------------------------------------------------------------------------------------------------------------- data


class ForeignTensor(torch.Tensor):
    """A tensor that behaves as if it lay on another device: together with tensors of this one, operations fail."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        tensors = list(tensors_in([args, kwargs]))
        if function in (torch.Tensor.to, torch.Tensor.cpu, torch.Tensor.cuda):
            result = super().__torch_function__(function, types, args, kwargs)
            return result.as_subclass(torch.Tensor) if _names_a_device(function, args[1:], kwargs) else result
        if function == torch.Tensor.device.__get__:
            return torch.device("meta")
        if function == torch.Tensor.numpy:
            raise TypeError("can't convert a tensor on another device to numpy: move it to the CPU first")
        if any(not isinstance(tensor, ForeignTensor) and tensor.ndim for tensor in tensors):
            raise RuntimeError("Expected all tensors to be on the same device, but the batch was not moved to `device`")
        return super().__torch_function__(function, types, args, kwargs)


def _names_a_device(function, args, kwargs):
    if function != torch.Tensor.to:
        return True
    values = [*args, *kwargs.values()]
    return any(
        isinstance(value, (torch.device, str)) or type(value) is int or type(value) in (torch.Tensor, nn.Parameter)
        for value in values
    )


class _GivenOrder:
    """A sampler that gives the rows of `orders` (passes, N), one a pass over the data, over and over."""

    def __init__(self, orders):
        self.orders, self.passes = orders, 0

    def __iter__(self):
        self.passes += 1
        return iter(self.orders[(self.passes - 1) % len(self.orders)].tolist())

    def __len__(self):
        return len(self.orders[0])


def make_loader(case, device):
    """The data of a case as a loader of its kind, on the device; those of a foreign case seem to lie on another."""
    images, labels = torch.tensor(case["images"]), torch.tensor(case["labels"])
    if case["foreign"] and torch.device(device).type == "cpu":
        images, labels = images.as_subclass(ForeignTensor), labels.as_subclass(ForeignTensor)
    elif not case["foreign"]:
        images, labels = images.to(device), labels.to(device)
    if case["loader"] == "TensorLoader":
        return TensorLoader(images, labels, batch_size=case["batch_size"])
    # With a generator of its own, as otherwise each pass would draw from the global one.
    order, generator = _GivenOrder(case["orders"]), torch.Generator()
    return DataLoader(TensorDataset(images, labels), case["batch_size"], sampler=order, generator=generator)
