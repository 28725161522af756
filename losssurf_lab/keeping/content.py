"""What decides a result, as a key: equal for two calls only where all agrees that they are given and that they name.

A key is the same in every process: it holds contents, never addresses or the order of a set. What an installed library
defines counts by its name and version, all else by its code and by what that code names. `results` keeps results under
such keys.
"""

import builtins
import copyreg
import datetime
import dis
import functools
import hashlib
import importlib
import importlib.util
import inspect
import os
import random
import sys
import sysconfig
import time
import types
import uuid
import weakref
import zlib
from collections import OrderedDict, namedtuple
from pathlib import Path, PurePath

import numpy as np
import torch
from torch import nn

PLAIN = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented))
NO_IDENTITY = (tuple, frozenset, types.CodeType)  # constants, which Python shares in one process and not in the next
COURSE = ("lab_cnn_solution", "losssurf_lab", "autograder")  # counts by its code also where it is installed
KEEPING = "losssurf_lab.keeping.", "losssurf_lab.side_by_side"  # never changes a result
NOT_CONTENT = {  # attributes of a class that Python makes of the others
    "__dict__", "__weakref__", "__module__", "__doc__", "__firstlineno__", "__static_attributes__", "__annotations__",
    "__annotate__", "__annotate_func__", "__annotations_cache__", "__abstractmethods__", "_abc_impl", "__slotnames__",
}  # fmt: skip
CLOCKS = ("time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns", "process_time")
DATES = ("now", "today", "utcnow")
OUTSIDE = {  # what reads more than a function is given or names
    id(thing): name
    for name, thing in {
        "os.environ": os.environ, "os.getenv": os.getenv, "input": input, "eval": eval, "exec": exec,
        "globals": globals, "__import__": __import__, "importlib.import_module": importlib.import_module,
        "torch.jit.load": torch.jit.load, "torch.from_file": torch.from_file,  # open files where no watch sees it
        "os.urandom": os.urandom, "os.getpid": os.getpid, "os.getcwd": os.getcwd, "uuid.uuid4": uuid.uuid4,
        **{f"time.{name}": getattr(time, name) for name in CLOCKS},
    }.items()
}  # fmt: skip
STATES = {  # what shows the global random numbers, without a trace that they were used
    id(thing)
    for thing in (
        torch.random.fork_rng, torch.get_rng_state, torch.initial_seed, np.random.get_state, random.getstate,
    )
}  # fmt: skip
SMALL = 2**20  # bytes that are hashed each time; those of a larger tensor, only where a quicker checksum has changed

Key = namedtuple("Key", "digest parts files")


class CannotTell(Exception):
    """Something whose content cannot be told for certain; the message says what."""


def key_of(parts, ignored=()):
    """The key of a dict of things: their digest, that of all up to each of them by name, and the files they name.

    Of the tensors in `ignored` only shape and kind count, of a generator there nothing. Raises CannotTell where one
    holds or names what cannot be told: an iterator, a `DataLoader`, the clock.
    """
    content, ends, name = Content(ignored), {}, "the settings of PyTorch"
    try:
        content.add(_circumstances())
        for name, thing in parts.items():
            content.add(name)
            content.add(thing)
            ends[name] = content.digest()
    except CannotTell as error:
        raise CannotTell(f"{name}: {error}") from None
    except Exception as error:  # whatever the objects of others raise when they are looked at
        raise CannotTell(f"{name}: {type(error).__name__}: {error}") from error
    return Key(content.digest(), ends, content.files)


def _circumstances():
    hooks = {name: list(of.values()) for name, of in vars(nn.modules.module).items() if _is_numbered(name, of)}
    return [
        sys.version, torch.__version__, np.__version__, torch.get_default_dtype(), torch.get_default_device(),
        torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.get_float32_matmul_precision(),
        torch.are_deterministic_algorithms_enabled(), hooks,
        [(torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind)) for kind in ("cpu", "cuda")],
    ]  # fmt: skip


class Content:
    """The digest of things that are added one after the other, each with all that it holds or names.

    `files` are those whose content it holds. Raises CannotTell for a thing of a kind that it does not know.
    """

    def __init__(self, ignored=()):
        self._hash, self._numbers, self._alive = hashlib.blake2b(digest_size=20), {}, []
        self._ignored, self._looked_at, self.files = {id(thing) for thing in ignored}, set(), set()

    def digest(self):
        """The digest of what was added so far."""
        return self._hash.hexdigest()

    def add(self, thing):
        """Add a thing; one that was there before, as the same: tied weights are others than equal ones."""
        kind = type(thing)
        if kind in PLAIN:
            return self._put(kind.__name__, f"{thing:x}" if kind is int else repr(thing))
        if id(thing) in OUTSIDE:
            raise CannotTell(f"what {OUTSIDE[id(thing)]} gives")
        if not isinstance(thing, NO_IDENTITY) and self._is_again(id(thing)):
            return None
        self._alive.append(thing)  # else its address could become another's
        return next((add for base, add in ADDED.items() if isinstance(thing, base)), Content._add_object)(self, thing)

    def _is_again(self, mark):
        again = mark in self._numbers
        number = self._numbers.setdefault(mark, len(self._numbers))
        if again:
            self._put(f"again {number}")
        return again

    def _put(self, *texts):
        for text in texts:
            data = text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
            self._hash.update(len(data).to_bytes(8, "little") + data)

    def _add_all(self, things):
        things = list(things)
        self._put(str(len(things)))
        for thing in things:
            self.add(thing)

    # ---------------------------------------------------------------------------------------------------- numbers

    def _add_tensor(self, tensor):
        is_ignored = id(tensor) in self._ignored
        if tensor.grad_fn is not None and not is_ignored:
            raise CannotTell("a tensor that derivatives go through (detach it)")
        self._put("tensor", str(tensor.dtype), str(tuple(tensor.shape)), tensor.device.type, str(tensor.requires_grad))
        self.add(type(tensor))
        if is_ignored:
            return
        if tensor.is_meta or tensor.layout != torch.strided or tensor.is_quantized or tensor.is_nested:
            raise CannotTell(f"a tensor of the layout {tensor.layout} on {tensor.device}")
        self._is_again(("memory", tensor.device, tensor.untyped_storage().data_ptr()))
        self._put(_digest_of(tensor))
        hooks = tensor._backward_hooks, getattr(tensor, "_post_accumulate_grad_hooks", None)
        self._add_all([tensor.grad, vars(tensor), *[list(found.values()) for found in hooks if found]])

    def _add_array(self, array):
        self._put("array", repr(array.dtype), array.dtype.str, str(array.shape))
        self._add_all(array.ravel().tolist() if array.dtype.hasobject else [array.tobytes()])
        if not isinstance(array, np.generic) and type(array) is not np.ndarray:
            self._add_object(array)

    def _add_generator(self, generator):
        state = b"" if id(generator) in self._ignored else generator.get_state().numpy().tobytes()
        self._put("generator", generator.device.type, state)

    # ------------------------------------------------------------------------------------------------- containers

    def _add_sequence(self, things):
        self.add(type(things))
        self._add_all(things)
        self._add_attributes(things)

    def _add_set(self, things):
        self.add(type(things))
        parts = [Content() for _ in things]
        for part, thing in zip(parts, things):
            part.add(thing)
        self._put(*sorted(part.digest() for part in parts))
        self._add_attributes(things)

    def _add_dict(self, things):
        if type(things) not in (dict, OrderedDict, types.MappingProxyType):
            return self._add_object(things)
        self.add(type(things))
        return self._add_all(x for item in things.items() for x in item)

    def _add_path(self, path):
        self._put("path", str(path), str(isinstance(path, Path) and path.exists()))
        if isinstance(path, Path) and path.is_file():
            self._put(path.read_bytes())
            self.files.add(os.path.realpath(path))

    # ------------------------------------------------------------------------------------------------------- code

    def _add_function(self, function):
        module = function.__globals__.get("__name__")
        if is_library(module):
            self._put("function", module, function.__qualname__, _version(module))
            if _is_found(function, module):
                return
        self._put("function")
        self.add(function.__code__)
        self._add_all([function.__defaults__, function.__kwdefaults__, vars(function)])
        cells = {name: cell.cell_contents for name, cell in _cells(function).items() if _is_full(cell)}
        self._add_values(cells, function.__code__)
        if not is_library(module):
            self._add_values(_named(function.__code__, function.__globals__), function.__code__)

    def _add_code(self, code):
        counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
        names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
        self._put("code", code.co_code, code.co_exceptiontable, repr(counts), repr(names))
        self._add_all(code.co_consts)

    def _add_values(self, values, code):
        """The values of variables that code names, of a module the attributes that the code names."""
        names, attributes, _ = names_in(code)
        for name, value in values.items():
            self._put(name)
            if getattr(value, "__module__", value) in ("datetime", datetime) and {*DATES} & {*attributes}:
                raise CannotTell("what the clock gives")
            if isinstance(value, types.ModuleType):
                self._add_module(value, () if "getattr" in names or "vars" in names else attributes)
            else:
                self.add(value)

    def _add_module(self, module, attributes=()):
        """Of a module those of the attributes that it has, or else all; of a library's, what others put there."""
        name = module.__name__
        if is_library(name):
            self._put("module", name, _version(name))
            return self._add_foreign(module, attributes)
        if self._is_again((id(module), attributes)):
            return None
        self._put("module", name)
        found = {attribute: vars(module)[attribute] for attribute in attributes if attribute in vars(module)}
        if not found:
            found = {attribute: value for attribute, value in vars(module).items() if not attribute.startswith("__")}
        for attribute, value in found.items():
            self._put(attribute)
            self._add_module(value, attributes) if isinstance(value, types.ModuleType) else self.add(value)
        return None

    def _add_foreign(self, module, attributes):
        """Nothing else, as parts of a library may not be there before their first use."""
        if (id(module), attributes) in self._looked_at:
            return
        self._looked_at.add((id(module), attributes))
        for value in [vars(module)[attribute] for attribute in attributes if attribute in vars(module)]:
            if isinstance(value, types.ModuleType):
                self._add_foreign(value, attributes)
            elif id(value) in OUTSIDE or _is_ours(value):
                self.add(value)
            elif id(value) in STATES and "manual_seed" not in attributes and "seed" not in attributes:
                raise CannotTell(f"the state of the global random numbers, by {value.__name__}")

    def _add_class(self, kind):
        self._put("class", str(kind.__module__), kind.__qualname__)
        if _is_ours(kind):
            self._add_all([type(kind), kind.__bases__])
            attributes = {name: value for name, value in vars(kind).items() if name not in NOT_CONTENT}
        else:
            self._put(_version(kind.__module__))
            attributes = {n: v for c in kind.__mro__[::-1] for n, v in vars(c).items() if _is_ours(v)}  # put there
        for name, value in attributes.items():
            self._put(name)
            self.add(value)

    def _add_method(self, method):
        self._put("method")
        self._add_all([method.__func__, method.__self__])

    def _add_builtin(self, function):
        module, owner = str(function.__module__), function.__self__
        if function.__module__ and not is_library(module):
            raise CannotTell(f"what {module}.{function.__qualname__} does, which is compiled")
        self._put("builtin", module, function.__qualname__, _version(module))
        if not isinstance(owner, (types.ModuleType, type)):
            self.add(owner)

    def _add_wrapper(self, wrapper):
        self._put(type(wrapper).__name__)
        names = [name for name in ("__func__", "func", "__wrapped__") if hasattr(wrapper, name)]
        self.add(getattr(wrapper, names[0]))

    def _add_property(self, found):
        self._put("property")
        self._add_all([found.fget, found.fset, found.fdel])

    def _add_reference(self, reference):
        """A weak reference, as an LSTM has to its weights."""
        self._put("reference")
        if not isinstance(reference(), (torch.Tensor, type(None))):
            raise CannotTell(f"a reference to a {type(reference()).__name__}")
        self.add(reference())

    def _add_descriptor(self, descriptor):
        self._put("descriptor", descriptor.__qualname__)

    # ---------------------------------------------------------------------------------------------------- objects

    def _add_net(self, net):
        """A network or an optimizer, whose hooks are filed under numbers that count all hooks of the process."""
        self.add(type(net))
        self._add_dict({
            name: _renumbered(name, value, vars(net)) if _is_numbered(name, value) else value
            for name, value in vars(net).items()
        })  # fmt: skip

    def _add_object(self, thing):
        """Any other object, by what it would be pickled from; one of the student's, by all its attributes too."""
        kind = type(thing)
        if hasattr(thing, "__next__") or isinstance(thing, torch.utils.data.DataLoader):
            raise CannotTell(f"what a {kind.__name__} gives next")
        module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
        if isinstance(name, str) and is_library(module) and _is_found(thing, module):  # a function that is compiled
            return self._put("named", module, name, _version(module))
        try:
            reduced = copyreg.dispatch_table.get(kind, lambda thing: thing.__reduce_ex__(4))(thing)
        except Exception as error:
            raise CannotTell(f"what a {kind.__name__} holds") from error
        self.add(kind)
        parts = [reduced] if isinstance(reduced, str) else reduced
        self._add_all(list(part) if hasattr(part, "__next__") else part for part in parts)
        return self._add_attributes(thing)

    def _add_attributes(self, thing):
        kind = type(thing)
        if _is_ours(kind):
            slots = [n for c in kind.__mro__ for n, v in vars(c).items() if isinstance(v, types.MemberDescriptorType)]
            self._add_dict({name: getattr(thing, name) for name in slots if hasattr(thing, name)})
            self._add_dict(getattr(thing, "__dict__", {}))


ADDED = {
    torch.Tensor: Content._add_tensor,
    (np.ndarray, np.generic): Content._add_array,
    torch.Generator: Content._add_generator,
    (nn.Module, torch.optim.Optimizer): Content._add_net,
    (dict, types.MappingProxyType): Content._add_dict,
    (list, tuple): Content._add_sequence,
    (set, frozenset): Content._add_set,
    PurePath: Content._add_path,
    types.FunctionType: Content._add_function,
    types.CodeType: Content._add_code,
    types.MethodType: Content._add_method,
    types.BuiltinFunctionType: Content._add_builtin,
    types.ModuleType: Content._add_module,
    type: Content._add_class,
    # A cache of results does not decide them: what is wrapped counts.
    (staticmethod, classmethod, functools.cached_property, functools._lru_cache_wrapper): Content._add_wrapper,
    property: Content._add_property,
    weakref.ReferenceType: Content._add_reference,
    (
        types.MemberDescriptorType, types.GetSetDescriptorType, types.WrapperDescriptorType,
        types.MethodDescriptorType, types.ClassMethodDescriptorType, types.MethodWrapperType,
    ): Content._add_descriptor,
}  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- numbers

_digests = {}  # of large tensors: address of the tensor -> (weak reference to it, what shows a change, digest)


def _digest_of(tensor):
    tensor = tensor.detach() if tensor.nbytes <= SMALL else tensor
    if tensor.nbytes <= SMALL:
        return _hashed(tensor)
    reference, before, digest = _digests.get(id(tensor), (lambda: None, None, None))
    now = _signs_of_change(tensor)
    if reference() is not tensor or now is None or now != before:
        digest = _hashed(tensor)
        _digests[id(tensor)] = weakref.ref(tensor, functools.partial(_forget, id(tensor))), now, digest
    return digest


def _forget(address, _):
    _digests.pop(address, None)


def _signs_of_change(tensor):
    """PyTorch's count of changes, and a checksum, as changes through NumPy or `.data` are not counted."""
    if tensor.is_inference():  # which has no count
        return None
    return tensor._version, tensor.data_ptr(), zlib.crc32(_bytes_of(tensor))


def _hashed(tensor):
    return hashlib.blake2b(_bytes_of(tensor), digest_size=20).hexdigest()


def _bytes_of(tensor):
    return tensor.detach().resolve_conj().resolve_neg().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()


# ------------------------------------------------------------------------------------------------- libraries, names


def is_library(module):
    """Whether a module, given by its name, is Python's or an installed one: not the course's or the student's."""
    if not isinstance(module, str):
        return False
    return module.startswith(KEEPING) or (not module.startswith(COURSE) and _is_installed(module.partition(".")[0]))


@functools.cache
def _library_folders():
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple({os.path.realpath(sysconfig.get_path(name)) + os.sep for name in names})


def _is_installed(top):
    if top in sys.builtin_module_names or top == "__main__":
        return top != "__main__"  # whose file is Jupyter's or pytest's
    module = sys.modules.get(top)
    file = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)
    if file is None:
        return getattr(getattr(module, "__spec__", None), "origin", None) == "frozen"
    return is_library_file(file)


@functools.cache
def is_library_file(file):
    """Whether a file belongs to Python or to an installed package."""
    parts = Path(file).parts
    if not {"site-packages", "dist-packages"}.isdisjoint(parts):
        return True
    # What pip writes of a package stands beside it, wherever that is: PyTorch reads it when it is first needed.
    is_of_pip = any(part.endswith((".dist-info", ".egg-info")) for part in parts)
    return is_of_pip or os.path.realpath(file).startswith(_library_folders())


def _version(module):
    return str(getattr(sys.modules.get(module.partition(".")[0]), "__version__", ""))


def _is_ours(thing):
    """Whether a function or class is none of a library's; in a library's module or class, somebody put it there."""
    if isinstance(thing, types.FunctionType):
        return not is_library(thing.__globals__.get("__name__"))
    return isinstance(thing, type) and not (is_library(thing.__module__) and _is_found(thing, thing.__module__))


def _is_found(thing, module):
    """Whether a thing stands in its module under its name, so that the name tells it."""
    if isinstance(thing, type) and (not thing.__flags__ & (1 << 9) or type(thing).__module__ == "pybind11_builtins"):
        return True  # no heap type, or one of pybind11's: written in C, for good
    found = sys.modules.get(module)
    for name in thing.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is thing


def _cells(function):
    return dict(zip(function.__code__.co_freevars, function.__closure__ or ()))


def _is_full(cell):
    try:
        return cell.cell_contents is not NotImplemented
    except ValueError:  # its variable has no value yet
        return False


def _is_numbered(name, value):
    return isinstance(value, OrderedDict) and name.startswith("_") and "hooks" in name


def _renumbered(name, hooks, attributes):
    """Hooks in their order, in place of their numbers; of a set of numbers, which of the hooks they are."""
    of = attributes.get(name.removesuffix("_with_kwargs").removesuffix("_always_called"), hooks)
    return [(list(of).index(number), hook) for number, hook in hooks.items() if number in of]


@functools.cache
def names_in(code):
    """The names that code looks up, the attributes that it reads or sets, and the modules that it imports, sorted."""
    names, attributes, imports = set(), set(), set()
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME":
            imports.add(step.argval)
        elif "ATTR" in step.opname or step.opname in ("LOAD_METHOD", "IMPORT_FROM"):
            attributes.add(step.argval)
        elif "GLOBAL" in step.opname or step.opname == "LOAD_NAME":
            names.add(step.argval)
    for part in filter(inspect.iscode, code.co_consts):
        for found, inside in zip((names, attributes, imports), names_in(part)):
            found.update(inside)
    return tuple(tuple(sorted(found)) for found in (names, attributes, imports))


def _named(code, variables):
    """What code names: variables of its module or of Python, and the modules that it imports."""
    names, _, imports = names_in(code)
    values = {name: variables.get(name, vars(builtins).get(name)) for name in names}
    return values | {f"import {name}": _imported(name, variables.get("__package__")) for name in imports}


def _imported(name, package):
    if not name or package and not importlib.util.find_spec(name.partition(".")[0]):
        name = f"{package}.{name}".rstrip(".")
    return importlib.import_module(name)
