"""Calls a student's answer on given inputs and returns what came out as arrays: it judges nothing, knows no result.

`losssurf_lab.checks` and the autograder use it. Inputs and outputs are dicts of NumPy arrays, numbers and text, so that
the calls may be made in another process than the judging.
"""

import contextlib
import copy
import ctypes
import functools
import io
import random
import sys
import sysconfig
import threading
import time
import traceback
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.data import DataLoader, TensorDataset

from lab_cnn_solution import TensorLoader, adam

# ------------------------------------------------------------------------------- networks and data, made from arrays


LAYERS = {
    "linear": nn.Linear, "conv": nn.Conv2d, "norm": nn.BatchNorm1d, "norm2d": nn.BatchNorm2d, "pool": nn.AvgPool2d,
    "max_pool": nn.MaxPool2d, "flatten": nn.Flatten, "tanh": nn.Tanh, "softplus": nn.Softplus, "relu": nn.ReLU,
}  # fmt: skip


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


def make_net(case, dtype=torch.float32):
    """The network of a case, with the case's weights, frozen parameters and mode."""
    net = LayeredNet(case["layers"])
    net.load_state_dict({name: torch.tensor(array) for name, array in case["weights"].items()})
    for name, parameter in net.named_parameters():
        parameter.requires_grad_(name not in case["frozen"])
    return net.to(dtype).train(case["training"])


class ForeignTensor(torch.Tensor):
    """A tensor that behaves as if it lay on another device: together with tensors of this one, operations fail."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        tensors = list(_tensors_in([args, kwargs]))
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


def _tensors_in(value):
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _tensors_in(item)


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


def _make_loader(case, device):
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


# -------------------------------------------------------------------------------------------- calling a student's code


def to_array(tensor):
    return tensor.detach().cpu().numpy().copy()


@contextlib.contextmanager
def quiet():
    """Nothing that is printed, drawn or warned of inside gets out; yields the text file that takes it."""
    text = io.StringIO()
    with contextlib.ExitStack() as stack:
        if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
            from IPython.utils.capture import capture_output

            stack.enter_context(capture_output(stdout=False, stderr=False, display=True))
        stack.enter_context(contextlib.redirect_stdout(text))
        stack.enter_context(contextlib.redirect_stderr(text))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield text


@contextlib.contextmanager
def reproducibly(number):
    """One thread, and random numbers that start at `number`; afterwards these and autograd's mode are as before.

    On networks this small more threads cost more than they save, and where the cores are busy they cost seconds.
    """
    states, threads = (random.getstate(), np.random.get_state()), torch.get_num_threads()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices), torch.enable_grad():
        try:
            _seed_all(number)
            torch.set_num_threads(1)
            yield
        finally:
            torch.set_num_threads(threads)
            random.setstate(states[0])
            np.random.set_state(states[1])


def _seed_all(number):
    torch.manual_seed(number)
    random.seed(number)
    np.random.seed(number % 2**32)  # which takes no larger one


def attempt(call):
    """`call()` in silence: what it returned, and its own traceback as text ("" if it did not raise)."""
    with quiet():
        try:
            return call(), ""
        except (Exception, SystemExit) as error:
            return None, describe_error(error)


TICK = 0.2  # seconds between two looks for an interrupt, of which a thread that waits may hear nothing


def attempt_apart(answer, arguments, budget=None):
    """As `attempt`, `answer(*arguments)` in a thread of its own: the frames above it hold nothing else.

    Returns what it returned, its traceback, and whether gradients were still switched on at its end.
    budget: a `Budget` in which to make the call
    """
    outcome, interrupt, ended = {}, None, threading.Event()
    thread = threading.Thread(target=_run, args=(answer, arguments, budget, outcome, ended), daemon=True)
    with quiet():
        thread.start()
        while not ended.is_set():
            try:
                ended.wait(TICK)
            except BaseException as error:  # an interrupt reaches the main thread alone, which is this one
                interrupt = error
                raised_there = ctypes.py_object(type(error))
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), raised_there)
    if interrupt:
        raise interrupt
    error = outcome.get("error")
    if error is not None and not isinstance(error, (Exception, SystemExit)):
        raise error
    return outcome.get("returned"), describe_error(error) if error else "", outcome["grad_mode"]


def _run(answer, arguments, budget, outcome, ended):
    """Put into `outcome` what came of the call."""
    try:
        with budget or contextlib.nullcontext():
            outcome["returned"] = answer(*arguments)
    except BaseException as error:
        outcome["error"] = error
    finally:
        outcome["grad_mode"] = torch.is_grad_enabled()  # which each thread has for itself
        ended.set()


class OverBudget(RuntimeError):
    """Raised in an answer that does more than its budget allows."""


class Budget(TorchDispatchMode):
    """Counts, in the thread that enters it, the operations of PyTorch and the most bytes held at once.

    The bytes are those of the largest tensor, or of all that Python and NumPy hold beyond what there was before.
    Raises OverBudget inside as soon as a tensor or the number of operations is too large; NumPy's memory is known at
    the end only. What is counted does not depend on the machine, as seconds would.
    """

    def __init__(self, most_bytes, most_operations):
        super().__init__()
        self.most_bytes, self.most_operations = most_bytes, most_operations
        self.bytes = self.operations = 0

    @classmethod
    def _should_skip_dynamo(cls):
        return False  # else PyTorch imports its compiler at the first operation, which takes seconds

    @property
    def is_exceeded(self):
        return self.bytes >= self.most_bytes or self.operations >= self.most_operations

    def __enter__(self):
        self._begun_here = not tracemalloc.is_tracing()
        if self._begun_here:
            tracemalloc.start()
        tracemalloc.reset_peak()
        self._before = tracemalloc.get_traced_memory()[0]
        return super().__enter__()

    def __exit__(self, *error):
        result = super().__exit__(*error)
        self.bytes = max(self.bytes, tracemalloc.get_traced_memory()[1] - self._before)
        if self._begun_here:
            tracemalloc.stop()
        return result

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        self.operations += 1
        held = [tensor.untyped_storage().nbytes() for tensor in _tensors_in(result) if tensor.layout == torch.strided]
        self.bytes = max([self.bytes, *held])
        if self.is_exceeded:
            raise OverBudget(f"{self.operations} operations, {self.bytes} bytes in a tensor")
        return result


LEFT_OUT = {"raised": "Not called: the call before failed, or took too much."}


def _call_each(call, inputs):
    """`{case: call(case, its Budget or None)}`; after one with a budget that failed no other of these is called."""
    results, failed = {}, False
    for name, case in inputs["cases"].items():
        limits = inputs.get("budgets", {}).get(name)
        if not limits:
            results[name] = call(case, None)
        elif failed:
            results[name] = dict(LEFT_OUT)
        else:
            results[name], budget = _call_within(call, case, limits)
            failed = budget.is_exceeded or bool(results[name]["raised"])
    return results


def _call_within(call, case, limits):
    """What came of the call, with its "cost", and the budget."""
    modules = len(sys.modules)
    budget = Budget(limits["most_bytes"], limits["most_operations"])
    result = call(case, budget)
    if budget.is_exceeded and len(sys.modules) > modules:  # which take memory too, but only the first time
        return _call_within(call, case, limits)
    return {**result, "cost": {"bytes": budget.bytes, "operations": budget.operations}}, budget


OURS = "lab_cnn_solution", "losssurf_lab_utils", "losssurf_lab"  # whose frames no student wants to see
LONGEST_MESSAGE = 400


def describe_error(error):
    """The error and the student's lines that led to it, without the frames of the check or of the libraries."""
    ours = {__file__, *(getattr(module, "__file__", "") for name, module in [*sys.modules.items()]
                        if name.partition(".")[0] in OURS)}  # fmt: skip
    frames = [
        f"  line {frame.lineno}, in {frame.name}: {frame.line}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename not in ours
        and not {"site-packages", "dist-packages"} & set(Path(frame.filename).parts)
        and not frame.filename.startswith(sysconfig.get_path("stdlib"))
    ]
    try:
        message = str(error).strip()[:LONGEST_MESSAGE]
    except Exception:
        message = "(its message cannot be shown)"
    return "\n".join([f"{type(error).__name__}: {message}", *frames[-6:]])


def _random_state():
    """The states of the global random numbers of PyTorch, NumPy and Python, as bytes (uint8), which cross best."""
    numpy_state, python_state = np.random.get_state(), random.getstate()
    words = np.concatenate([numpy_state[1], [numpy_state[2]], python_state[1]]).astype(np.uint32)
    return np.concatenate([torch.get_rng_state().numpy(), words.view(np.uint8)])


# --------------------------------------------------------------------------------------------- eval_hess_vec_prod


def drive_eval_hess_vec_prod(answer, inputs, device="cpu"):
    """Call the answer once for each vector of each case: `{case: {"products": (calls, n), "raised": text, ...}}`."""
    call = functools.partial(_call_products, answer, device=torch.device(device))
    with reproducibly(inputs["random_start"]):
        return _call_each(call, inputs)


def _call_products(answer, case, budget, device):
    net = make_net(case).to(device)
    params = [parameter for name, parameter in net.named_parameters() if name in case["params"]]
    rest = net, LOSSES[case["loss"]], _make_loader(case, device), device
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
    vec = _split(vector, params)
    before = _random_state()
    returned, raised, grad_mode = attempt_apart(answer, [vec, params, *rest], budget)
    after = _random_state()
    grads = [parameter.grad for parameter in params]
    return {
        "products": _flat([torch.zeros_like(p) if g is None else g for g, p in zip(grads, params)], len(vector)),
        "missing": np.array([grad is None for grad in grads]),
        "grads_fit": np.array([g is None or (g.shape, g.dtype, g.device) == (p.shape, p.dtype, p.device)
                               for g, p in zip(grads, params)]),  # fmt: skip
        "returned": _flat(returned, len(vector)),
        "vector": _flat(vec, len(vector)),
        "random_before": before,
        "random_after": after,
        "grad_mode": np.array(grad_mode),
        "raised": raised,
    }


def _put_grads(params, grads):
    """Start gradients: `grads` is None or a vector (n,)."""
    for parameter, part in zip(params, [None] * len(params) if grads is None else _split(grads, params)):
        parameter.grad = part


def _split(vector, params):
    """A vector in tensors of the shapes of `params`, each of its own: of a view not everything may be changed."""
    parts = torch.tensor(vector).split([p.numel() for p in params])
    return [part.reshape(p.shape).to(p, copy=True) for part, p in zip(parts, params)]


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


# --------------------------------------------------------------------------------------------- Polychain and Bezier


def drive_Polychain(answer, inputs, device="cpu"):
    """Make a polychain of the class and use it: `{part: {..., "raised": text}}` for each of PATH_PARTS, and a picture.

    "ends" is a walk on a second network; "course" is the notebook's use on that of the course.
    """
    with reproducibly(inputs["random_start"]):
        return {
            **_drive_parts(PATH_PARTS, answer, inputs, device),
            **_drive_parts({"ends": torch.no_grad()(_walk)}, answer, inputs["ends"], device),
            **_drive_parts({"course": _train_on_course_network}, answer, inputs["course"], device),
            **_drive_picture(answer, inputs, device),
        }


def drive_Bezier(answer, inputs, device="cpu"):
    """The same of two curves, `{"one bend": {part: ...}, "two bends": {part: ...}}`, and the picture."""
    with reproducibly(inputs["random_start"]):
        curves = {
            name: {
                **_drive_parts(PATH_PARTS, answer, inputs[name], device),
                **_drive_parts({"course": _train_on_course_network}, answer, inputs[name]["course"], device),
            }
            for name in ("one bend", "two bends")
        }
        return {**curves, **_drive_picture(answer, inputs, device)}


def _drive_parts(parts, answer, inputs, device):
    results = {}
    for name, part in parts.items():
        value, raised = attempt(lambda part=part: part(answer, inputs, torch.device(device)))
        results[name] = {**(value or {}), "raised": raised}
        torch.set_grad_enabled(True)
    return results


def _drive_picture(answer, inputs, device):
    """A walk on the network of two weights that is drawn, where there is one."""
    return _drive_parts({"picture": _walk}, answer, inputs["picture"], device) if "picture" in inputs else {}


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


def _weights_in_use(model, images):
    """One forward pass: the output, and the weights with which the network was evaluated, by name."""
    seen = LayeredNet.seen = []
    try:
        return model(images), seen[-1] if seen else {}
    finally:  # an interrupt too leaves nothing behind, which the next check would meet
        LayeredNet.seen = None


def _walk(answer, inputs, device):
    """Weights and outputs at each position, with the index frozen there, and index and nodes afterwards.

    Each position is a call of its own: what it raised is in "errors", "" where it raised nothing.
    """
    model = _make_path(answer, inputs, device)
    images = torch.tensor(inputs["images"]).to(device)
    weights, outputs, indices, errors = [], [], [], []
    model.freeze_index = True

    def go_to(position):
        _put_index(model, position)
        return *_weights_in_use(model, images), _read_index(model)

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
    return [to_arrays(net.state_dict()) for net in (start, *model.param_nets, end)]


def to_arrays(state_dict):
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
        weights.append(_weights_in_use(model, images)[1])
        indices.append(_read_index(model))
    return {"weights": weights, "indices": np.array(indices)}


PATH_PARTS = {
    "path": _walk, "gradients": _backward, "training": _train, "index": _look_at_index,
    "draws": _draw, "forward": _forward_unfrozen, "frozen": _forward_frozen,
}  # fmt: skip


def _train_on_course_network(answer, inputs, device):
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


# --------------------------------------------------------------------------------------------- principal_directions


MOST_NUMBERS = 100_000  # in an array that comes back: no right one has more


def drive_principal_directions(answer, inputs, device="cpu"):
    """Call the answer on each array of points: `{case: {"mean": (n,), "direction1": (n,), ..., "raised": text}}`."""
    with reproducibly(inputs["random_start"]):
        return _call_each(functools.partial(_call_directions, answer), inputs)


def _call_directions(answer, points, budget):
    given = np.array(points)
    returned, raised, _ = attempt_apart(answer, [given], budget)
    result = {"raised": raised, "unchanged": np.array_equal(given, np.array(points)), "count": -1}
    if raised:
        return result
    parts, unreadable = attempt(lambda: list(returned))
    if unreadable or isinstance(returned, dict):
        return result | {"kind": type(returned).__name__}
    result |= {"kind": type(returned).__name__, "count": len(parts)}
    for name, part in zip(("mean", "direction1", "direction2", "ratios"), parts):
        array = attempt(lambda part=part: _real_array(part))[0]
        result[name] = array if array is not None and array.size <= MOST_NUMBERS else None
    return result


def _real_array(value):
    """What a student returned as a float64 array, from NumPy, PyTorch, or a list of numbers of either."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    elif isinstance(value, (list, tuple)):
        value = np.stack([np.asarray(_real_array(item)) for item in value])
    if value is None:
        raise TypeError("None is no array")
    array = np.asarray(value)
    if np.iscomplexobj(array) and np.allclose(array.imag, 0):
        array = array.real
    return array.astype(np.float64)


# ---------------------------------------------------------------- random_walk_explained_variance and subspace_overlap


def drive_random_walk_explained_variance(answer, inputs, device="cpu"):
    """Call the answer on each n and k: `{case: {"values": (as many as k,), "shape": text, "unchanged", "raised"}}`."""
    with reproducibly(inputs["random_start"]):
        return {name: _call_for_numbers(answer, [case["n"], case["k"]]) for name, case in inputs["cases"].items()}


def drive_subspace_overlap(answer, inputs, device="cpu"):
    """Call the answer on each pair of bases: as above, with a "cost" where the case has a budget."""
    with reproducibly(inputs["random_start"]):
        return _call_each(lambda case, budget: _call_for_numbers(answer, [case["U"], case["V"]], 1, budget), inputs)


def _call_for_numbers(answer, arguments, size=None, budget=None):
    """One call that should return `size` numbers, by default as many as the last argument has.

    "shape" is that of what came, or its type where it is no array of real numbers: then the values are NaN.
    """
    given = copy.deepcopy(arguments)
    returned, raised, _ = attempt_apart(answer, given, budget)
    array = attempt(lambda: _real_array(returned))[0]
    size = np.size(arguments[-1]) if size is None else size
    return {
        "values": array.ravel() if array is not None and array.size == size else np.full(size, np.nan),
        "shape": type(returned).__name__ if array is None else str(array.shape),
        "unchanged": all(map(np.array_equal, given, arguments)),
        "raised": raised,
    }
