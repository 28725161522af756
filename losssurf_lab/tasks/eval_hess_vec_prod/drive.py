"""The Hessian-vector product called: once for each vector of each case."""

import functools
import random

import numpy as np
import torch

from ...calling import attempt_apart, call_each, reproducibly, to_array
from ...networks import LOSSES, make_loader, make_net, split_like


def drive(answer, inputs, device="cpu"):
    """Call the answer once for each vector of each case: `{case: {"products": (calls, n), "raised": text, ...}}`."""
    call = functools.partial(_call_products, answer, device=torch.device(device))
    with reproducibly(inputs["random_start"]):
        return call_each(call, inputs)


def _call_products(answer, case, budget, device):
    net = make_net(case).to(device)
    params = [parameter for name, parameter in net.named_parameters() if name in case["params"]]
    rest = net, LOSSES[case["loss"]], make_loader(case, device), device
    calls = []
    for vector in case["vectors"]:
        if not (calls and case["keep_grads"]):
            _put_grads(params, case["grads"])
        calls.append(_call_product(answer, vector, params, rest, budget))
    raised = next((call["raised"] for call in calls if call["raised"]), "")
    stacked = {key: np.stack([call[key] for call in calls]) for key in calls[0] if key != "raised"}
    return stacked | _state_of(net) | {"raised": raised}


def _call_product(answer, vector, params, rest, budget):
    """One call: the product (n,), zeros where there is none, and what shows whether anything else was changed."""
    vec = split_like(vector, params)
    before = _random_state()
    returned, raised, grad_mode = attempt_apart(answer, [vec, params, *rest], budget)
    after = _random_state()
    grads = [parameter.grad for parameter in params]
    return {
        "products": _flat([torch.zeros_like(p) if g is None else g for g, p in zip(grads, params)], len(vector)),
        "missing": np.array([grad is None for grad in grads]),
        "grads_fit": np.array(
            [g is None or (g.shape, g.dtype, g.device) == (p.shape, p.dtype, p.device) for g, p in zip(grads, params)]
        ),
        "returned": _flat(returned, len(vector)),
        "vector": _flat(vec, len(vector)),
        "random_before": before,
        "random_after": after,
        "grad_mode": np.array(grad_mode),
        "raised": raised,
    }


def _put_grads(params, grads):
    """Start gradients: `grads` is None or a vector (n,)."""
    for parameter, part in zip(params, [None] * len(params) if grads is None else split_like(grads, params)):
        parameter.grad = part


def _flat(tensors, size):
    """Tensors in one float64 vector (size,), NaN throughout where they are no tensors or another number of numbers."""
    try:
        tensors = [tensors] if isinstance(tensors, (torch.Tensor, np.ndarray)) else list(tensors)
        parts = [to_array(torch.as_tensor(part)).astype(np.float64).ravel() for part in tensors]
        flat = np.concatenate(parts) if parts else np.zeros(0)
        return flat if flat.size == size else np.full(size, np.nan)
    except Exception:  # whatever a student returned, it is no vector
        return np.full(size, np.nan)


def _state_of(net):
    return {
        "parameters": {name: to_array(parameter) for name, parameter in net.named_parameters()},
        "buffers": {name: to_array(buffer) for name, buffer in net.named_buffers()},
        "modes": np.array([module.training for module in net.modules()]),
        "requires_grad": {name: parameter.requires_grad for name, parameter in net.named_parameters()},
    }


def _random_state():
    """The states of the global random numbers of PyTorch, NumPy and Python, as bytes (uint8), which cross best."""
    numpy_state, python_state = np.random.get_state(), random.getstate()
    words = np.concatenate([numpy_state[1], [numpy_state[2]], python_state[1]]).astype(np.uint32)
    return np.concatenate([torch.get_rng_state().numpy(), words.view(np.uint8)])
