"""A training run on the disk: its checkpoints, and what it takes to go on after the last of them."""

import contextlib
import shutil
import tempfile
import uuid
from pathlib import Path

import torch

from losssurf_lab.keeping.content import CannotTell, key_of
from losssurf_lab.keeping.results import (
    Watch,
    as_path,
    cache_dir,
    load_checkpoint,
    save_checkpoint,
    unwatched,
    warn_once,
)

_said = set()


def run_key(**parts):
    """A hash of all that determines a training run; None, after a warning, where that cannot be told."""
    try:
        return key_of({f"its {name.replace('_', ' ')}": part for name, part in parts.items()}).digest
    except CannotTell as error:
        warn_once(_said, f"A training is done anew each time, as what decides it cannot be told: {error}.")
        return None


def run_folder(key):
    """The folder of a run in the cache, which is its own also where no key tells the run from others."""
    return cache_dir() / "runs" / (key[:20] if key else f"once-{uuid.uuid4().hex[:16]}")


class Run:
    """One training run and its folder: `model_ep{e}.cpt` for everyone, `.resume/ep{e}.cpt` to go on after epoch e.

    files: where each file is, by its name; key: of all that determines the run, or None.
    """

    def __init__(self, folder, key, model, optimizer, train_loader, test_loader, criterion, device):
        self.folder, self.key, self.files, self.moved = as_path(folder) if folder else None, key, {}, False
        self.model, self.optimizer, self.criterion = model, optimizer, criterion
        self.loaders, self.device = (train_loader, test_loader), torch.device(device)
        self.order = getattr(train_loader, "generator", None)
        self.beside = self._beside_weights() if self.key else None

    def start(self):
        """Write the weights as they are, before the first epoch."""
        name, weights = "model_initial.cpt", self.model.state_dict()
        with contextlib.suppress(FileNotFoundError, ValueError), unwatched():  # there is none yet
            if self.folder and _digest(load_checkpoint(self.folder / name)) == _digest(weights):
                self.files[name] = self.folder / name  # so that a folder for reading alone is enough
                return
        self._write(weights, name)

    def resume(self, num_epochs):
        """Put everything in the state after the last epoch that is kept, at most `num_epochs`; return the log."""
        if not self.folder:
            return []
        if not self._kept(0):
            self._remove_other_run()
        last = ()
        for epoch in range(num_epochs):
            if not (found := self._kept(epoch)):
                break
            last, self.files[f"model_ep{epoch}.cpt"] = found, self._weights_file(epoch)
        if not last:
            return []
        state, weights = last
        self.model.load_state_dict(weights)
        self.model.train()  # as an epoch leaves it
        self.optimizer.load_state_dict(state["optimizer"])
        if self.order:
            self.order.set_state(state["order"])
        _set_random_state(state["random"], self.device)
        return state["log"]

    @contextlib.contextmanager
    def watched(self):
        """Inside the block, an epoch must leave all but weights, optimizer, order and PyTorch's numbers alone."""
        with Watch(random_by_torch=True) as watch:
            yield
        if self.key and (reason := watch.reason(()) or self._what_changed()):
            warn_once(_said, f"A training is done anew each time: {reason}.")
            self.key = None
            self._remove(self.folder / ".resume")

    def save(self, epoch, log):
        """Write the weights after an epoch, and what it takes to go on."""
        weights = self.model.state_dict()
        self._write(weights, f"model_ep{epoch}.cpt")
        if self.key:
            order, random = self.order and self.order.get_state(), random_state(self.device)
            parts = dict(log=log, optimizer=self.optimizer.state_dict(), order=order, random=random)
            self._write(dict(key=self.key, weights=_digest(weights), **parts), f".resume/ep{epoch}.cpt")

    def _kept(self, epoch):
        """What is kept of an epoch, `(state, weights)`; empty where it is not whole, or another run's."""
        with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError), unwatched():
            state = load_checkpoint(self.folder / ".resume" / f"ep{epoch}.cpt")
            weights = load_checkpoint(self._weights_file(epoch))
            if self.key and state["key"] == self.key and state["weights"] == _digest(weights):
                return state, weights
        return ()

    def _weights_file(self, epoch):
        return self.folder / f"model_ep{epoch}.cpt"

    def _write(self, state, name):
        """Write a file to the folder; from the first that cannot be written, all go to a temporary one."""
        if not self.folder:
            return
        try:
            save_checkpoint(state, self.folder / name)
        except Exception as error:  # no room, no permission, no such folder: torch and the system raise many kinds
            if not self.moved:
                self._move(name, error)
                return self._write(state, name)
            warn_once(_said, f"Nor can checkpoints be written to {self.folder}: they are lost.")
        self.files[name] = self.folder / name
        return None

    def _move(self, name, error):
        failed, self.moved, self.key = self.folder / name, True, None
        with contextlib.suppress(OSError):
            self.folder = Path(tempfile.mkdtemp(prefix="losssurf-"))
        warn_once(_said, f"{failed} cannot be written ({error}). From here on, checkpoints go to {self.folder}.")

    def _remove_other_run(self):
        # Left in place, the later epochs of a longer run would pass for epochs of this one.
        with contextlib.suppress(OSError, ValueError), unwatched():
            for file in list(self.folder.glob("model_ep*.cpt")):
                file.unlink()
        self._remove(self.folder / ".resume")

    def _remove(self, folder):
        with contextlib.suppress(ValueError), unwatched():
            shutil.rmtree(folder, ignore_errors=True)

    def _beside_weights(self):
        """The key of all in network, loss, optimizer and loaders that going on does not restore."""
        skipped = {"state", "param_groups"}
        if type(self.optimizer).__module__.startswith("torch."):  # whose own notes on a step decide nothing
            skipped |= {name for name in vars(self.optimizer) if name.startswith("_") and "hooks" not in name}
        rest = {name: value for name, value in vars(self.optimizer).items() if name not in skipped}
        names = "the network", "the loss", "the optimizer", "the training images", "the test images"
        parts = dict(zip(names, (self.model, self.criterion, rest, *self.loaders)))
        modes = [(module, module.training) for module in self.model.modules()]
        self.model.train()
        try:
            return key_of(parts, ignored=[*self.model.state_dict(keep_vars=True).values(), self.order])
        finally:
            for module, mode in modes:
                module.training = mode

    def _what_changed(self):
        try:
            now = self._beside_weights().parts
        except CannotTell as error:
            return f"an epoch leaves behind what cannot be told, {error}"
        changed = next((name for name, digest in self.beside.parts.items() if now[name] != digest), None)
        return changed and f"an epoch changes {changed} (or what that holds or names) and not only the weights"


def _digest(weights):
    """The digest of a state dict, the same on all devices."""
    try:
        return key_of({"": {name: value.detach().cpu().clone() for name, value in weights.items()}}).digest
    except (CannotTell, AttributeError):  # a module has a state of its own kind
        return float("nan")  # which equals nothing


def random_state(device):
    """The states of PyTorch's global random numbers on the CPU and on the device."""
    cuda = [torch.cuda.get_rng_state(device)] if device.type == "cuda" else []
    return [torch.get_rng_state(), *cuda, *([torch.mps.get_rng_state()] if device.type == "mps" else [])]


def _set_random_state(states, device):
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)
    if device.type == "mps":
        torch.mps.set_rng_state(states[1])
