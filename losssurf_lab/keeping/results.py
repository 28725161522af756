"""Results, checkpoints and unfinished work on the disk: found again under the key of all that decides them.

What cannot be told, or cannot be written, is computed anew each time, with one warning that says why. What is read is
data: no file can run code.
"""

import contextlib
import dataclasses
import functools
import inspect
import os
import random
import re
import sys
import tempfile
import threading
import time
import warnings
import weakref
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch

from losssurf_lab.keeping.content import CannotTell, is_library_file, key_of

SECONDS_BETWEEN_SAVES = 20

# ------------------------------------------------------------------------------------------------------------ files


def cache_dir():
    """The folder for downloads and trained networks: LOSSSURF_CACHE, or the user's cache folder."""
    if os.environ.get("LOSSSURF_CACHE"):
        return as_path(os.environ["LOSSSURF_CACHE"])
    import platformdirs

    return Path(platformdirs.user_cache_dir("losssurf"))


def as_path(path):
    """A path in which `~` is the home folder."""
    return Path(os.path.expanduser(path))


def save_checkpoint(state_dict, path):
    """Write a state dict (or any tree of tensors and numbers) to a file, whole or not at all."""
    path = as_path(path)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.unfinished")
    with unwatched():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.save(state_dict, unfinished)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)


def load_checkpoint(path):
    """Read what `save_checkpoint` wrote, onto the CPU, wherever it was written.

    Raises FileNotFoundError where there is no such file, ValueError where it is cut short, damaged or no checkpoint.
    """
    path = as_path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint {path}: train the network first, or correct the path")
    try:
        return _tree_in(path, map_location="cpu")
    except Exception as error:  # torch raises five different kinds for a damaged file
        raise ValueError(
            f"{path} is no readable checkpoint (cut short, damaged, or another kind of file): {error}"
        ) from error


def _tree_in(path, **options):
    """What a file holds; whatever torch raises, or ValueError, where it is not what was written.

    A file of PyTorch's format before 1.6 has no checksums: of that, damage may go unseen.
    """
    with open(path, "rb") as file:
        if file.read(4) == b"PK\3\4":  # what torch itself looks for; it does not look at the checksums
            damaged = zipfile.ZipFile(file).testzip()
            if damaged:
                raise ValueError(f"the checksum of {damaged} is wrong")
        file.seek(0)
        return torch.load(file, weights_only=True, **options)


def cache_file(name, *parts):
    """A file of the cache folder, `results/NAME-KEY.cpt`, whose key tells all that the parts hold and name.

    None, with a warning, where that cannot be told.
    """
    try:
        return _file_of(name, key_of({f"part {number}": part for number, part in enumerate(parts, start=1)}))
    except CannotTell as error:
        warn_once(_said, f"What decides {name} cannot be told, so that it is not kept: {error}.")
        return None


def _file_of(name, key):
    return cache_dir() / "results" / f"{re.sub('[^a-zA-Z0-9_]', '', name)}-{key.digest[:20]}.cpt"


_said = set()


def warn_once(said, text):
    """Warn with a text that is not in the set `said` yet."""
    if text not in said:
        said.add(text)
        warnings.warn(text, stacklevel=3)


# ---------------------------------------------------------------------------------------------------------- results


def kept(function):
    """Let a function keep its results in the cache folder: called again with the same, it reads them from there.

    The same are the contents of its arguments, its own code, and all that it names: other functions, classes, variables
    (see `content`). Its results are not kept, and a warning says so, where these cannot be told; where it
    changes one of them, draws from the global random numbers, or reads files other than those that it is given as
    `pathlib.Path`; and where a result is anything but tensors, arrays, numbers and texts, in lists, tuples (named ones
    too), dicts, sets and dataclasses.

    Not seen, so that a result may be out of date: what is read by a thread or process that was there before the call,
    by compiled code that opens files itself, and by way of `sys.modules`, a frame or a function of C; and what was
    remembered elsewhere, as by `functools.cache`.
    It may be called in several threads at once, each of which computes; random numbers drawn by one count for all.
    """
    name, said = getattr(function, "__name__", type(function).__name__), set()

    @functools.wraps(function)
    def read_or_compute(*args, **kwargs):
        parts = {f"the function {name}": function, **_by_name(function, args, kwargs)}
        try:
            key = key_of(parts)
        except CannotTell as error:
            warn_once(said, f"{name} is computed anew at each call, as what decides it cannot be told: {error}.")
            with _draft_of(Draft()):
                return function(*args, **kwargs)
        file = _file_of(name, key)
        for state in _read(file, key.digest):
            return state
        with _draft_of(Draft(file.with_suffix(".draft"), key.digest)) as unfinished, Watch() as watch:
            result = function(*args, **kwargs)
        if reason := watch.reason(key.files) or _changed(parts, key) or _not_written(result, file, key.digest):
            warn_once(said, f"The result of {name} is not kept, but computed anew at each call: {reason}.")
        unfinished.remove()
        return result

    return read_or_compute


def _by_name(function, args, kwargs):
    try:
        bound = inspect.signature(function, follow_wrapped=False).bind(*args, **kwargs)
    except (TypeError, ValueError):  # a function without a signature, or a call that it will refuse
        return {"its arguments": [args, kwargs]}
    return {f"its argument {name}": value for name, value in bound.arguments.items()}


def _changed(parts, key):
    try:
        now = key_of(parts).parts
    except CannotTell as error:
        return f"the call leaves behind what cannot be told, {error}"
    changed = next((name for name, digest in key.parts.items() if now[name] != digest), None)
    return changed and f"the call changes {changed} (or what that holds or names)"


def _not_written(result, file, key):
    try:
        save_checkpoint({"key": key, "tree": _encoded(result)}, file)
    except CannotTell as error:
        return f"it holds more than data, {error}"
    except Exception as error:  # no room, no permission, no such folder: torch and the system raise many kinds
        return f"it cannot be written to {file} ({error})"
    return None


def _read(file, key):
    """In a list, what was written to a file under this key; an empty list where nothing was, or it is damaged."""
    with unwatched():
        try:
            state = _tree_in(file)
            return [_decoded(state["tree"])] if state["key"] == key else []
        except Exception as error:  # files of others can make torch raise anything
            if os.path.isfile(file):
                reason = (str(error).splitlines() or [type(error).__name__])[0]
                warn_once(_said, f"{file} is damaged, and what it held is computed anew: {reason}")
            return []


# ------------------------------------------------------------------------------------------------- unfinished work


class _Drafts(threading.local):
    def __init__(self):
        self.all = []


_drafts = _Drafts()  # of the kept functions that this thread is in


def draft():
    """The draft of the kept function that calls this: what it has so far, should it be interrupted."""
    return _drafts.all[-1] if _drafts.all else Draft()


@contextlib.contextmanager
def _draft_of(unfinished):
    _drafts.all.append(unfinished)
    try:
        yield unfinished
    finally:
        _drafts.all.pop()


class Draft:
    """What a computation has so far: a tree of arrays and numbers in a file, or nowhere where none is named."""

    def __init__(self, file=None, key=None):
        self.file, self.key, self.next = file, key, time.monotonic() + SECONDS_BETWEEN_SAVES

    def read(self):
        """In a list, what an earlier call with the same key wrote; an empty list where there is nothing."""
        return _read(self.file, self.key) if self.file else []

    def write(self, tree, *, now=False):
        """Write what there is, now, or if the last time is long enough ago."""
        start = time.monotonic()
        if self.file and (now or start > self.next):
            if reason := _not_written(tree, self.file, self.key):
                warn_once(_said, f"What is unfinished is lost when it is interrupted: {reason}.")
            end = time.monotonic()
            self.next = end + max(SECONDS_BETWEEN_SAVES, 20 * (end - start))  # of the time, a twentieth at most

    def remove(self):
        """Remove the file, if there is one."""
        if self.file:
            with contextlib.suppress(OSError, ValueError):
                self.file.unlink()


# ------------------------------------------------------------------------------------------------ trees of plain data


def _encoded(thing):
    """A result as a tree of what `torch.load` takes for data; raises CannotTell for anything else."""
    kind = type(thing)
    if kind in (type(None), bool, int, float, str):
        return thing
    if kind in (list, tuple, set, frozenset):
        return {"is": kind.__name__, "of": [_encoded(x) for x in thing]}
    if kind in (dict, OrderedDict):
        return {"is": kind.__name__, "of": [[_encoded(key), _encoded(value)] for key, value in thing.items()]}
    if kind in (torch.Tensor, torch.nn.Parameter) and thing.grad_fn is None and thing.grad is None:
        return kind(thing.detach().clone()).requires_grad_(thing.requires_grad)  # without what it is a view of
    if (kind is np.ndarray or isinstance(thing, np.generic)) and thing.dtype.kind in "biufcSUmM":
        data = torch.from_numpy(np.frombuffer(thing.tobytes(), dtype=np.uint8).copy())
        return {"is": kind.__name__, "dtype": thing.dtype.str, "shape": list(thing.shape), "of": data}
    if kind in (complex, bytes):
        numbers = np.array(thing) if kind is complex else np.frombuffer(thing, dtype=np.uint8)
        return {"is": kind.__name__, "of": _encoded(numbers)}
    if isinstance(thing, tuple) and kind.__module__ and _class(kind.__module__, kind.__qualname__) is kind:
        return {"is": "record", "class": [kind.__module__, kind.__qualname__], "of": [_encoded(x) for x in thing]}
    if dataclasses.is_dataclass(kind) and _class(kind.__module__, kind.__qualname__) is kind:
        return {"is": "object", "class": [kind.__module__, kind.__qualname__], "of": _encoded(vars(thing))}
    is_graph = isinstance(thing, torch.Tensor) and thing.grad_fn is not None
    raise CannotTell("a tensor that derivatives go through (detach it)" if is_graph else f"a {kind.__name__}")


def _decoded(tree):
    if not isinstance(tree, dict):
        return tree
    kind, of = tree["is"], tree["of"]
    if kind in ("dict", "OrderedDict"):
        return {"dict": dict, "OrderedDict": OrderedDict}[kind]((_decoded(key), _decoded(value)) for key, value in of)
    if "dtype" in tree:
        array = np.frombuffer(of.numpy().tobytes(), dtype=tree["dtype"]).reshape(tree["shape"]).copy()
        return array if kind == "ndarray" else array[()]
    if kind in ("complex", "bytes"):
        return _decoded(of).item() if kind == "complex" else _decoded(of).tobytes()
    if kind == "object":
        thing = object.__new__(_class(*tree["class"], dataclass=True))
        thing.__dict__.update(_decoded(of))
        return thing
    values = [_decoded(x) for x in of]
    if kind == "record":
        kind = _class(*tree["class"])
        return tuple.__new__(kind, values) if hasattr(kind, "_fields") else kind(values)
    return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[kind](values)


def _class(module, name, *, dataclass=False):
    """A class of named tuples, or a dataclass, that exists in this process; None where there is none of the name."""
    found = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    is_record = isinstance(found, type) and issubclass(found, tuple)
    is_record = is_record and (hasattr(found, "_fields") or hasattr(found, "n_sequence_fields"))
    return found if is_record and not dataclass or dataclasses.is_dataclass(found) else None


# ----------------------------------------------------------------------------------- what a call does beside computing

_started = weakref.WeakKeyDictionary()  # thread -> the watches of the call that started it


class _Here(threading.local):
    """The watches of the calls under way that this thread is in, or works for."""

    def __init__(self):
        self.watches = _started.get(threading.current_thread(), ())


_here = _Here()
LOOKS = {  # events of Python's audit -> in words
    "open": "the file", "os.listdir": "the folder", "os.scandir": "the folder", "subprocess.Popen": "the program",
    "os.system": "the command", "socket.connect": "the network,", "sqlite3.connect": "the database",
}  # fmt: skip
OPENING = ("open", "os.listdir", "os.scandir", "sqlite3.connect")
NEVER_DATA = (".py", ".pyc", ".so", ".pth")


class Watch:
    """Sees, inside the block, whether random numbers are drawn that no seed tells, and which files are opened.

    PyTorch's global random numbers may be drawn where `random_by_torch`. Threads that the block starts are seen too;
    not those that were there before, nor other processes, nor files that compiled code opens by itself.
    """

    def __init__(self, *, random_by_torch=False):
        self.with_torch = not random_by_torch

    def __enter__(self):
        tempfile.gettempdir()  # whose first call tries to write a file; importing SciPy is enough for it
        _listen()
        self.before, self.looks, self.entropy = self._states(), [], False
        _here.watches = (*_here.watches, self)
        return self

    def __exit__(self, *_):
        _here.watches = tuple(watch for watch in _here.watches if watch is not self)
        self.after = self._states()

    def _states(self):
        cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
        states = {"numpy": np.random.get_state(legacy=False), "python": random.getstate()}
        return key_of({**states, "torch": [torch.get_rng_state(), *cuda] if self.with_torch else []}).digest

    def reason(self, files):
        """Why the result is not decided by the key that holds these files; None where it is."""
        if self.before != self.after:
            return "it draws from the global random numbers (use a generator with a seed, or code.seeded)"
        if self.entropy:
            return "it draws random numbers without a seed"
        for event, what in self.looks:
            text = os.fsdecode(what) if isinstance(what, (str, bytes, os.PathLike)) else str(what)
            if event not in OPENING:
                return f"it uses {LOOKS[event]} {text}"
            path = os.path.realpath(text)
            if event == "sqlite3.connect" and text in ("", ":memory:"):
                continue
            if path not in files and not path.startswith(("/proc/", "/sys/", "/dev/")):
                is_archive = event == "open" and text in sys.path  # of modules, as Python's own python311.zip
                if not (path.endswith(NEVER_DATA) or is_library_file(path) or is_archive):
                    return f"it uses {LOOKS[event]} {text}, of which only an argument that is a pathlib.Path can tell"
        return None


def _imports(code):
    """Whether code is Python's own that finds and reads modules, of which each is told by what names it."""
    return "importlib" in code.co_filename or code.co_filename == "<frozen zipimport>"


@functools.cache
def _listen():
    """From now on hear of files that are opened, seeds that are drawn and threads that start; Python offers no end."""
    urandom, start = random._urandom, threading.Thread.start

    def hear(event, args):
        if event in LOOKS and _here.watches and not _imports(sys._getframe(1).f_code):
            what = args[1] if event == "socket.connect" else args[0]
            for watch in _here.watches if not isinstance(what, int) else ():
                watch.looks.append((event, what))

    def draw(size):
        if _here.watches and not _is_left_alone(sys._getframe(1)):
            for watch in _here.watches:
                watch.entropy = True
        return urandom(size)

    @functools.wraps(start)
    def start_as_ours(thread):
        if _here.watches:
            _started[thread] = _here.watches
        return start(thread)

    sys.addaudithook(hear)
    threading.Thread.start = start_as_ours
    random._urandom = draw  # by which NumPy's new generators are seeded


def _is_left_alone(frame):
    """Whether what draws a seed uses it for nothing: ARPACK with a start vector v0, and modules on import."""
    while frame.f_globals.get("__name__") in ("random", "secrets"):
        frame = frame.f_back
    is_import = frame.f_code.co_name == "<module>" or _imports(frame.f_code)
    return is_import or frame.f_locals.get("v0") is not None


@contextlib.contextmanager
def unwatched():
    """Inside the block what this thread does is not watched: what is kept is no file that decides a result."""
    watches, _here.watches = _here.watches, ()
    try:
        yield
    finally:
        _here.watches = watches
