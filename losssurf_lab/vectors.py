"""The weights of a network as one vector, and back."""

from collections import OrderedDict

import numpy as np
import torch


def sd2tensor(sd):
    """All numbers of a state dict in one vector (n,), in the order of its keys.

    The vector is float32 where that holds every number exactly, else float64 (then on the CPU if the state dict is on
    Apple's MPS, which has no float64). Raises ValueError for an empty state dict, for what is no tensor, and for a
    number that float64 cannot hold. Weights that a network ties have a key each, so that they come twice.

    >>> sd2tensor({"weight": torch.tensor([[1.0, 2.0]]), "bias": torch.tensor([3.0])})
    tensor([1., 2., 3.])
    """
    if not sd:
        raise ValueError("the state dict is empty: there is nothing to put into a vector")
    for key, value in sd.items():
        if not isinstance(value, torch.Tensor):
            raise ValueError(f"{key} is no tensor but {type(value).__name__}: a state dict holds tensors alone")
    dtype = torch.float32 if all(_fits(tensor, torch.float32) for tensor in sd.values()) else torch.float64
    for key, tensor in sd.items():
        if not _fits(tensor, dtype):
            raise ValueError(f"{key} ({tensor.dtype}) holds numbers that float64 cannot hold exactly")
    device = next(iter(sd.values())).device
    if device.type == "mps" and dtype == torch.float64:
        device = torch.device("cpu")
    return torch.cat([tensor.reshape(-1).to(device).to(dtype) for tensor in sd.values()])


def tensor2sd(tensor, sd_example):
    """The state dict of which `sd2tensor` made this vector (n,): keys, shapes, dtypes and devices of the example.

    Integers are rounded. The state dict has memory of its own. Raises ValueError where the length does not fit.

    >>> example = {"weight": torch.zeros(1, 2), "bias": torch.zeros(1)}
    >>> tensor2sd(torch.tensor([1.0, 2.0, 3.0]), example)["weight"]
    tensor([[1., 2.]])
    """
    sizes = [value.numel() for value in sd_example.values()]
    if tensor.ndim != 1 or len(tensor) != sum(sizes):
        raise ValueError(f"a vector of shape {tuple(tensor.shape)}; the state dict holds {sum(sizes)} numbers")
    state_dict = OrderedDict()
    for (key, value), part in zip(sd_example.items(), tensor.split(sizes)):
        part = part if value.is_floating_point() else part.round()
        part = part.to(value.dtype).to(value.device)  # dtype first: MPS takes no float64
        state_dict[key] = part.reshape(value.shape).clone()
    return state_dict


def npvec_to_tensorlist(vec, params, device):
    """A NumPy vector (n,) as tensors of the shapes and dtypes of `params`, on the device.

    Raises ValueError where the length is not that of all params together.

    >>> npvec_to_tensorlist(np.arange(3.0), torch.nn.Linear(2, 1).parameters(), "cpu")
    [tensor([[0., 1.]]), tensor([2.])]
    """
    params = list(params)
    vec = np.ascontiguousarray(vec)
    sizes = [p.numel() for p in params]
    if vec.ndim != 1 or vec.size != sum(sizes):
        raise ValueError(f"a vector of shape {vec.shape}; the parameters hold {sum(sizes)} numbers")
    return split_by_params(torch.tensor(vec), params, device)


def split_by_params(vector, params, device):
    """A vector (n,) as tensors of the shapes and dtypes of a list of parameters, on the device."""
    parts = vector.split([p.numel() for p in params])
    # dtype first: MPS takes no float64
    return [part.reshape(p.shape).to(p.dtype).to(device) for part, p in zip(parts, params, strict=True)]


def gradtensor_to_npvec(net):
    """The gradients of all parameters of the net in one NumPy vector (n,), zeros where a parameter has none.

    Inverse of `npvec_to_tensorlist(vec, net.parameters(), device)`: n counts frozen parameters too, and tied ones once.
    float32, or float64 for a net that holds any.

    >>> net = torch.nn.Linear(2, 1)
    >>> net(torch.tensor([4.0, 5.0])).backward()
    >>> gradtensor_to_npvec(net)
    array([4., 5., 1.], dtype=float32)
    """
    params = list(net.parameters())
    return gradients_of(params, "cpu", dtype_of(params)).numpy()


def gradients_of(params, device, dtype):
    """The gradients of a list of parameters in one vector (n,), zeros where one has none."""
    grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in params]
    return torch.cat([grad.detach().to_dense().to(device).to(dtype).reshape(-1) for grad in grads])


def dtype_of(params):
    """The dtype of a vector for parameters: float32, or float64 where any is."""
    return torch.float64 if any(p.dtype == torch.float64 for p in params) else torch.float32


def _fits(tensor, dtype):
    if tensor.is_floating_point():
        return torch.finfo(tensor.dtype).bits <= torch.finfo(dtype).bits
    if tensor.is_complex():
        return False
    largest = 2 / torch.finfo(dtype).eps
    return tensor.numel() == 0 or -largest <= int(tensor.min()) <= int(tensor.max()) <= largest
