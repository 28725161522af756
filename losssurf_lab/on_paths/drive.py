"""A student's class of a path made and used: walked, differentiated, trained and drawn from."""

import functools
import time

import numpy as np
import torch
from torch import nn

from lab_cnn_solution import adam

from ..calling import attempt, to_array
from ..networks import LOSSES, LayeredNet, weights_in_use


def drive_parts(parts, answer, inputs, device):
    """What came of each part, `{name: {..., "raised": text}}`; part(answer, inputs, device) gives a dict."""
    results = {}
    for name, part in parts.items():
        value, raised = attempt(lambda part=part: part(answer, inputs, torch.device(device)))
        results[name] = {**(value or {}), "raised": raised}
        torch.set_grad_enabled(True)
    return results


def drive_picture(answer, inputs, device):
    """A walk on the network of two weights that is drawn, where there is one."""
    return drive_parts({"picture": walk}, answer, inputs["picture"], device) if "picture" in inputs else {}


def _make_path(answer, inputs, device):
    """A path of the class over the given nodes, made as its docstring says: endpoint, bends, endpoint."""
    start, *bends, end = [{name: torch.tensor(array) for name, array in node.items()} for node in inputs["nodes"]]
    net_class = functools.partial(LayeredNet, inputs["layers"])
    model = answer(net_class, [start, end], **inputs["options"]).to(device)
    if len(model.param_nets) != len(bends):
        raise ValueError(f"there are {len(model.param_nets)} param_nets where {len(bends)} were asked for")
    for net, bend in zip(model.param_nets, bends):
        net.load_state_dict(bend)
    attempt(model.gen_index)  # an answer may keep its position elsewhere than in the index, and set it here only
    return model.eval()


def _put_index(model, position):
    """Set the index, also one that is no buffer of one number: that shall not cost the rest."""
    if isinstance(model.index, nn.Parameter):  # which takes no plain tensor
        model.index.data.fill_(position)
    else:
        model.index = torch.full_like(torch.as_tensor(model.index), position)


def _read_index(model):
    return float(torch.as_tensor(model.index).detach().reshape(-1)[0])


def walk(answer, inputs, device):
    """Weights and outputs at each position, with the index frozen there, and index and nodes afterwards.

    Each position is a call of its own: what it raised is in "errors", "" where it raised nothing.
    """
    model = _make_path(answer, inputs, device)
    images = torch.tensor(inputs["images"]).to(device)
    weights, outputs, indices, errors = [], [], [], []
    model.freeze_index = True

    def go_to(position):
        _put_index(model, position)
        return *weights_in_use(model, images), _read_index(model)

    for position in inputs["positions"]:
        there, error = attempt(lambda position=position: go_to(position))
        output, used, index = there or (None, {}, np.nan)
        weights.append(used)
        outputs.append(to_array(output) if isinstance(output, torch.Tensor) else None)
        indices.append(index)
        errors.append(error)
    return {"weights": weights, "outputs": outputs, "indices": np.array(indices), "errors": errors,
            "nodes": _nodes_of(model)}  # fmt: skip


def _nodes_of(model):
    """The weights of the first endpoint, the bends and the second endpoint as they are now."""
    start, end = model.support_nets
    return [_to_arrays(net.state_dict()) for net in (start, *model.param_nets, end)]


def _to_arrays(state_dict):
    return {name: to_array(tensor) for name, tensor in state_dict.items()}


def _backward(answer, inputs, device):
    """Gradients of the loss at the positions `gradient_positions`: of each bend, and of everything else."""
    bends, others, errors = [], {}, []
    for position in inputs["gradient_positions"]:
        model = _make_path(answer, inputs, device).train()
        model.freeze_index = True
        _put_index(model, position)
        _, error = attempt(lambda model=model: _loss_of(model, inputs, device, backward=True))
        errors.append(error)
        own = [dict(net.named_parameters()) for net in model.param_nets]
        bends.append([{name: None if p.grad is None else to_array(p.grad) for name, p in bend.items()} for bend in own])
        trained = {id(p) for bend in own for p in bend.values()}
        for name, p in model.named_parameters():
            if p.grad is not None and id(p) not in trained:
                others[name] = max(others.get(name, 0.0), float(p.grad.abs().max()))
    return {"bends": bends, "others": others, "errors": errors}


def _loss_of(model, inputs, device, backward=False):
    """The loss at the model's index, or where a forward pass puts it; backwards too, where it depends on anything."""
    images, labels = (torch.tensor(inputs[key]).to(device) for key in ("images", "labels"))
    loss = LOSSES["cross_entropy"](model(images), labels)
    if backward and loss.requires_grad:
        loss.backward()
    return loss


def _train(answer, inputs, device):
    """All nodes after some steps of gradient descent."""
    model = _make_path(answer, inputs, device).train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=0.1)
    for _ in range(inputs["training_steps"]):
        optimizer.zero_grad()
        _loss_of(model, inputs, device, backward=True)
        optimizer.step()
    return {"nodes": _nodes_of(model)}


def _look_at_index(answer, inputs, device):
    """Whether the index is a buffer, how many numbers it has, and whether it follows the network to another device."""
    model = _make_path(answer, inputs, device)
    index = getattr(model, "index", None)
    buffers = dict(model.named_buffers())
    result = {
        "is_buffer": "index" in buffers and buffers["index"] is index,
        "is_parameter": isinstance(index, nn.Parameter),
        "size": index.numel() if isinstance(index, torch.Tensor) else 0,
    }
    moved = model.to("meta").index
    return {**result, "follows": isinstance(moved, torch.Tensor) and moved.device.type == "meta"}


def _draw(answer, inputs, device):
    """The index after each of many calls of gen_index, and what these calls returned, NaN where that is no number."""
    model = _make_path(answer, inputs, device).train()
    indices, returned = [], []
    for _ in range(inputs["draws"]):
        value = model.gen_index()
        indices.append(torch.as_tensor(model.index).detach().clone().reshape(-1)[0])
        returned.append(_number(value))
    return {"indices": torch.stack(indices).cpu().double().numpy(), "returned": np.array(returned)}


def _number(value):
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return np.nan


def _forward_unfrozen(answer, inputs, device):
    """The weights used in some forward passes that draw their index, as in training, and the indices."""
    return _forward(_make_path(answer, inputs, device).train(), inputs, device)


def _forward_frozen(answer, inputs, device):
    """The same with the index frozen, put there as `utils.plot_along_manifold` puts it."""
    model = _make_path(answer, inputs, device)
    model.freeze_index = True
    model.index = torch.tensor([inputs["frozen_position"]], dtype=torch.float32, device=device)
    return _forward(model, inputs, device)


def _forward(model, inputs, device):
    images = torch.tensor(inputs["images"]).to(device)
    weights, indices = [], []
    for _ in range(inputs["passes"]):
        weights.append(weights_in_use(model, images)[1])
        indices.append(_read_index(model))
    return {"weights": weights, "indices": np.array(indices)}


PATH_PARTS = {
    "path": walk, "gradients": _backward, "training": _train, "index": _look_at_index,
    "draws": _draw, "forward": _forward_unfrozen, "frozen": _forward_frozen,
}  # fmt: skip


def train_on_course_network(answer, inputs, device):
    """Outputs at the positions, the seconds of the quickest pass, and which tensors of each bend a few steps move."""
    model = _make_path(answer, inputs, device)
    images = torch.tensor(inputs["images"]).to(device)
    model.freeze_index, outputs, seconds = True, [], []
    for position in inputs["positions"]:
        _put_index(model, position)
        begun = time.thread_time()
        outputs.append(to_array(model(images)))
        seconds.append(time.thread_time() - begun)
    model.freeze_index = False
    model.train()
    before = [[p.detach().clone() for p in net.parameters()] for net in model.param_nets]
    optimizer = adam(model.param_nets.parameters())
    for _ in range(inputs["training_steps"]):
        optimizer.zero_grad()
        _loss_of(model, inputs, device, backward=True)
        optimizer.step()
    moved = [[not torch.equal(p, old) for p, old in zip(net.parameters(), olds)]
             for net, olds in zip(model.param_nets, before)]  # fmt: skip
    return {"outputs": outputs, "seconds": min(seconds), "moved": np.array(moved)}
