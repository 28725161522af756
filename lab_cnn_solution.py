"""Data, network and training for the loss-surface course.

The notebooks import this module as `code`. It reads MNIST or scikit-learn's digits into memory, defines the small CNN
whose loss surface is studied, trains it, and keeps what it has trained, so that running a notebook again is quick.
"""

import losssurf_lab  # noqa: F401, I001  before PyTorch, as it settles how PyTorch's threads wait
import contextlib
import copy
import hashlib
import os
import sys
from collections import namedtuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from losssurf_lab.keeping.results import as_path, cache_dir, cache_file, kept, load_checkpoint, save_checkpoint
from losssurf_lab.keeping.runs import Run, random_state, run_folder, run_key
from losssurf_lab.losses import accuracy, check_classes, loss_of, mean_loss, together
from losssurf_lab.side_by_side import progress, side_by_side
from losssurf_lab.threads import leave_the_cores_to_pytorch, no_more_threads_than_cores

__all__ = [
    "get_device", "get_profile", "progress", "seeded", "TensorLoader", "get_mnist", "get_digits", "get_data", "CNN",
    "max_pool", "evaluating", "train_epoch", "evaluate_loss_acc", "train", "LearnedModel", "adam", "learn_one_model",
    "side_by_side", "cache_dir", "cache_file", "kept", "load_checkpoint", "save_checkpoint",
]  # fmt: skip

# NumPy before 2.4 looks up the smallest number of a type once, and warns where that is zero, as it is afterwards.
np.finfo(np.float32), np.finfo(np.float64)
# Gradients of a network that fits its images are full of numbers below 1e-38, which take a CPU far longer than others:
# without this, epoch 15 on MNIST took 2.6 to 3.5 times as long. Set on import, before PyTorch starts the threads that
# inherit it.
torch.set_flush_denormal(True)
no_more_threads_than_cores()
leave_the_cores_to_pytorch()  # on two cores a product inside scipy's `eigsh` took six times as long without

NUM_CLASSES = 10
MNIST_PIXELS = 28 * 28
LOG_IMAGES = 10_000  # on which an epoch's log is measured; all 60,000 of MNIST would take a fifth of the epoch
EVALUATION_BATCH = 400  # fastest of 50 ... 1,000 on two cores; on one it makes little difference

MNIST_MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}

# ---------------------------------------------------------------------------------------------------- surroundings


def get_device():
    """The fastest device here: CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def get_profile():
    """`"full"` (MNIST) or `"quick"` (digits, seconds), as the environment variable LOSSSURF_PROFILE says."""
    profile = os.environ.get("LOSSSURF_PROFILE", "full")
    if profile not in ("full", "quick"):
        raise ValueError(f"LOSSSURF_PROFILE is {profile!r}; it must be 'full' or 'quick'")
    return profile


SET_AT_FIRST = (
    "To set it, restart the kernel (Colab: Runtime, Restart session), put %env LOSSSURF_PROFILE=quick into a cell "
    "above all others, and run all cells."
)


@contextlib.contextmanager
def seeded(seed):
    """Random numbers of PyTorch from `seed` inside the block; the global state is as before afterwards.

    >>> def draw(seed):
    ...     with seeded(seed):
    ...         return torch.rand(3)
    >>> torch.equal(draw(0), draw(0)), torch.equal(draw(0), draw(1))
    (True, False)
    """
    if seed is None:
        yield
        return
    has_mps = torch.backends.mps.is_available()  # which PyTorch's `fork_rng` leaves out
    mps_before = torch.mps.get_rng_state() if has_mps else None
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        try:
            yield
        finally:
            if has_mps:
                torch.mps.set_rng_state(mps_before)


# ------------------------------------------------------------------------------------------------------------ data


class TensorLoader:
    """Batches of a data set that lies whole in memory; iterates like a `DataLoader`, without its work per image.

    images: (N, channels, height, width), those of MNIST float32 (N, 1, 28, 28); labels: integers (N,), the classes
    counted from 0, or targets of floating point, (N,) or (N, ...); both on one device, where the batches stay. What is
    at most half of a larger tensor is copied.
    With `shuffle` every pass has a new order, drawn from a generator of the loader's own that starts at `seed`.
    Raises ValueError where images and labels do not fit.

    >>> loader = TensorLoader(torch.zeros(5, 1, 28, 28), torch.arange(5), batch_size=2)
    >>> [labels.tolist() for _, labels in loader]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, images, labels, *, batch_size=64, shuffle=False, seed=0):
        if len(images) != len(labels):
            raise ValueError(f"{len(images)} images, but {len(labels)} labels: there must be one label an image")
        if len(labels) == 0:
            raise ValueError("no images: a loader needs at least one")
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; it must be at least 1")
        self.highest_label = None  # of numbers to be fitted there is none
        if not labels.is_floating_point():
            labels = labels.long()  # the classes that every loss of PyTorch takes
            lowest, self.highest_label = int(labels.min()), int(labels.max())
            if lowest < 0:
                raise ValueError(f"labels must be 0 or more; these go from {lowest} to {self.highest_label}")
        self.dataset = torch.utils.data.TensorDataset(_of_its_own(images), _of_its_own(labels))
        self.batch_size, self.shuffle, self.seed = batch_size, shuffle, seed
        self.generator = torch.Generator().manual_seed(seed)  # on the CPU: the order is the same on every device

    def __len__(self):
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self):
        images, labels = self.dataset.tensors
        if not self.shuffle:
            yield from zip(images.split(self.batch_size), labels.split(self.batch_size))
            return
        order = torch.randperm(len(labels), generator=self.generator).to(labels.device)
        for batch in order.split(self.batch_size):
            yield images[batch], labels[batch]

    def __copy__(self):
        """The same data, in the orders that are to come here, which stay as they are when the copy is read."""
        loader = object.__new__(type(self))
        vars(loader).update(vars(self), generator=torch.Generator().set_state(self.generator.get_state()))
        return loader

    def with_seed(self, seed):
        """The same data, with the orders that start at `seed`."""
        loader = copy.copy(self)  # shares the data, which are not checked again
        loader.seed = seed
        loader.generator.manual_seed(seed)
        return loader

    def in_order(self, batch_size):
        """The same data, not shuffled, in batches of `batch_size`."""
        loader = self.with_seed(0)
        loader.batch_size, loader.shuffle = batch_size, False
        return loader

    def first(self, num_images):
        """The first so many images, or all where there are fewer; batches, shuffling and seed are as here.

        >>> train, _ = get_digits(device="cpu")
        >>> len(train.first(100).dataset), len(train.first(10_000).dataset)
        (100, 1500)
        """
        loader = self.with_seed(self.seed)
        first = (_of_its_own(tensor[:num_images]) for tensor in self.dataset.tensors)
        loader.dataset = torch.utils.data.TensorDataset(*first)
        return loader


def _of_its_own(tensor):
    """The tensor, or a copy of a small part of another, as a part that is sent to a process takes the whole along.

    Copied here, and not when it is sent: PyTorch would start threads for the thread that sends, and as OpenMP then
    counts more threads than cores, all of them would sleep between two operations for as long as that one is there.
    """
    return tensor.clone() if 2 * tensor.nbytes <= tensor.untyped_storage().nbytes() else tensor


def get_mnist(*, batch_size=64, num_images=None, num_classes=NUM_CLASSES, device=None, seed=0, root=None):
    """MNIST as two loaders, `(train_loader, test_loader)`; the training images are shuffled, the test images are not.

    Images are float32 (B, 1, 28, 28) in [0, 1), labels int64, on `device` (default: `get_device()`). `num_images`
    keeps the first so many training images, `num_classes` only the digits below it. `root` is the folder that holds
    `MNIST/raw` (default: LOSSSURF_DATA, or the cache folder, to which it is downloaded). Raises FileNotFoundError
    where MNIST is neither there nor to be downloaded, ValueError where a file is damaged.
    """
    root = as_path(root or os.environ.get("LOSSSURF_DATA") or cache_dir() / "data")
    splits = [_read_mnist(root, train) for train in (True, False)]
    return _make_loaders(splits, 256, batch_size, num_images, num_classes, device, seed)


def get_digits(*, batch_size=64, num_images=None, num_classes=NUM_CLASSES, device=None, seed=0):
    """Scikit-learn's 1,797 digits in the form of MNIST, 1,500 for training and 297 for testing; needs no download.

    The 8 x 8 images are divided by 16, so that they lie in [0, 1], and resized to 28 x 28 bilinearly. They are mixed
    before the split, always in the same way: the last of them come from writers whom the first do not show. Arguments
    and result are those of `get_mnist`.

    >>> train, test = get_digits(device="cpu")
    >>> len(train.dataset), len(test.dataset), train.dataset.tensors[0].shape[1:]
    (1500, 297, torch.Size([1, 28, 28]))
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32)[:, None]
    images = F.interpolate(images, size=(28, 28), mode="bilinear", align_corners=False)
    labels = torch.tensor(digits.target, dtype=torch.int64)
    mixed = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    splits = [(images[part], labels[part]) for part in mixed.split(1500)]
    return _make_loaders(splits, 16, batch_size, num_images, num_classes, device, seed)


def get_data(**options):
    """`get_mnist` in the full profile, `get_digits` in the quick one."""
    return get_mnist(**options) if get_profile() == "full" else get_digits(**options)


def _make_loaders(splits, scale, batch_size, num_images, num_classes, device, seed):
    if not 1 <= num_classes <= NUM_CLASSES:
        raise ValueError(f"num_classes is {num_classes}; it must be in 1..{NUM_CLASSES}")
    device = get_device() if device is None else device
    loaders = []
    for images, labels, training in zip(*zip(*splits), (True, False)):
        chosen = (labels < num_classes).nonzero()[:, 0]
        if training and num_images is not None:
            if not 1 <= num_images <= len(chosen):
                late = ""
                if get_profile() == "quick" and num_images > 0:
                    late = f" in the quick profile. Was LOSSSURF_PROFILE set after the first cells ran? {SET_AT_FIRST}"
                raise ValueError(f"num_images is {num_images}; there are {len(chosen)} training images{late}")
            chosen = chosen[:num_images]
        images = (images[chosen].float() / scale).to(device)
        options = dict(batch_size=batch_size, shuffle=training, seed=seed)
        loaders.append(TensorLoader(images, labels[chosen].to(device), **options))
    return tuple(loaders)


def _read_mnist(root, train):
    from torchvision.datasets import MNIST  # here, as importing torchvision takes as long as importing torch

    try:
        data = MNIST(root, train=train, download=not _has_mnist(root))
    except (OSError, RuntimeError) as error:
        raise FileNotFoundError(
            f"MNIST is not in {root / 'MNIST' / 'raw'}, and could not be downloaded ({error}). Three ways out: set "
            "LOSSSURF_DATA to a folder that holds MNIST/raw; run this once where there is internet; or set "
            f"LOSSSURF_PROFILE=quick to work on scikit-learn's digits, which need no download. {SET_AT_FIRST}"
        ) from error
    return data.data[:, None], data.targets


def _has_mnist(root):
    """Whether the four files of MNIST are there; raises ValueError where one is damaged."""
    paths = [root / "MNIST" / "raw" / name for name in MNIST_MD5]
    if not all(path.is_file() for path in paths):
        return False
    for path in paths:
        if hashlib.md5(path.read_bytes()).hexdigest() != MNIST_MD5[path.name]:
            raise ValueError(f"{path} is damaged: its MD5 sum is not MNIST's. Delete it, and it is downloaded again.")
    return True


def read_batches(loader, device, model):
    """The batches of a loader as pairs (images, labels) on the device; both, if floating, in the model's dtype.

    Labels that are integers become int64. Raises ValueError for a batch that is no pair, and where there is none.
    """
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
    empty = True
    for images, labels in map(check_pair, loader):
        labels = labels if labels.is_floating_point() else labels.long()
        yield tuple((x.to(dtype) if x.is_floating_point() else x).to(device) for x in (images, labels))
        empty = False
    if empty:
        raise ValueError("the loader is empty: there is no image to train on or to evaluate")


def check_pair(batch):
    """The batch itself, if it is a pair of tensors (images, labels) of one length; raises ValueError for any other."""
    if not isinstance(batch, (list, tuple)) or len(batch) != 2 or not all(isinstance(x, torch.Tensor) for x in batch):
        items = batch if isinstance(batch, (list, tuple)) else [batch]
        found = f"{type(batch).__name__} of {len(items)}: {', '.join(type(item).__name__ for item in items)}"
        raise ValueError(f"a batch of the loader must be a pair of tensors, (images, labels); this one is a {found}")
    images, labels = batch
    if images.ndim == 0 or labels.ndim == 0 or len(images) != len(labels):
        raise ValueError(
            f"a batch with images {tuple(images.shape)} and labels {tuple(labels.shape)}: there must be one label an "
            "image; a loader without batches needs a batch_size"
        )
    return batch


# --------------------------------------------------------------------------------------------------------- network


class CNN(nn.Module):
    """The network of the course: two convolutions and three fully connected layers; 44,426 parameters at k = 1.

    Takes images (B, 1, 28, 28), returns logits (B, 10). `k` multiplies the number of channels.

    >>> CNN()(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 10])
    >>> sum(p.numel() for p in CNN().parameters())
    44426
    """

    def __init__(self, k=1):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6 * k, kernel_size=5)
        self.conv2 = nn.Conv2d(6 * k, 16 * k, kernel_size=5)
        self.fc1 = nn.Linear(16 * k * 4 * 4, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, NUM_CLASSES)

    def forward(self, x):
        if x.device.type == "cpu" and torch.is_grad_enabled():
            x = channels_last(x)
        # The maximum commutes with ReLU, and after pooling there are four times fewer numbers to take it of.
        x = F.relu(max_pool(self.conv1(x)))
        x = F.relu(max_pool(self.conv2(x)))
        x = x.flatten(1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


def channels_last(x):
    """The same images (B, 1, height, width), with the channels innermost in memory: each layer keeps to that.

    On a CPU gradients of convolutions and of max pooling are so faster: a step of training takes a fifth to a quarter
    less. Without gradients nothing is won.
    """
    # With one channel both forms are the same memory, and PyTorch tells them apart by a stride that is never used.
    return x.squeeze(1).unsqueeze(-1).movedim(-1, 1) if x.ndim == 4 and x.shape[1] == 1 else x


def max_pool(x):
    """The maximum over 2 x 2 windows of x (..., height, width), as `F.max_pool2d(x, 2)` gives it."""
    if torch.is_grad_enabled() or x.device.type != "cpu":
        return F.max_pool2d(x, 2)
    # Without gradients nobody needs the place of the maximum, and finding it is half of a forward pass on the CPU.
    x = x[..., : x.shape[-2] // 2 * 2, : x.shape[-1] // 2 * 2]
    rows = torch.maximum(x[..., ::2, :], x[..., 1::2, :])
    return torch.maximum(rows[..., ::2], rows[..., 1::2])


# -------------------------------------------------------------------------------------------------------- training


@contextlib.contextmanager
def same_modes(model):
    """Every module of the model is after the block in the mode, training or evaluation, in which it was before."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


@contextlib.contextmanager
def evaluating(model):
    """The model in evaluation mode inside the block; every module in the mode it had afterwards.

    >>> net = nn.Dropout().train()
    >>> with evaluating(net):
    ...     net.training
    False
    >>> net.training
    True
    """
    with same_modes(model):
        model.eval()
        yield


def train_epoch(model, optimizer, train_loader, criterion, device):
    """One pass over the training images, with a step of the optimizer after each batch."""
    model.train()
    for images, labels in read_batches(train_loader, device, model):
        train_step(model, optimizer, criterion, images, labels, highest_label(train_loader))


def highest_label(loader):
    """The highest label of a data set where it is known, else None."""
    return getattr(loader, "highest_label", None)


def train_step(model, optimizer, criterion, images, labels, highest=None):
    """One step of the optimizer; highest: the highest label of all, for which a GPU need not be asked at each step."""
    optimizer.zero_grad()
    output = output_of(model, images)
    if highest is None or output.ndim < 2 or highest >= output.shape[1]:
        check_classes(criterion, output, labels)
    loss = loss_of(criterion, output, labels)
    if loss.ndim:
        raise ValueError(f"the criterion gives {tuple(loss.shape)} numbers; to train, it must give one (their mean)")
    loss.backward()
    optimizer.step()


@torch.no_grad()
def evaluate_loss_acc(loader, model, criterion, device):
    """The mean loss per image and the share of images classified right, over the whole loader, in evaluation mode.

    Returns two floats, `mean_loss` and `accuracy` of all outputs and labels together, so that neither depends on the
    batch size, whatever the criterion averages over; a `TensorLoader` is read in larger batches and in its own order.
    Raises ValueError for an empty loader, labels of no class, and outputs, labels and criterion that do not fit.

    >>> _, test = get_digits(device="cpu")
    >>> loss, accuracy = evaluate_loss_acc(test, CNN(), nn.CrossEntropyLoss(), "cpu")
    >>> 0 <= accuracy <= 1
    True
    """
    if isinstance(loader, TensorLoader):
        loader = loader.in_order(_evaluation_batch(loader, device))
    with evaluating(model):
        pairs = [(output_of(model, images), labels) for images, labels in read_batches(loader, device, model)]
    outputs, labels = together(pairs)
    return mean_loss(criterion, outputs, labels), accuracy(criterion, outputs, labels)


def evaluate_epoch(train_loader, test_loader, model, criterion, device):
    """The four numbers of an epoch in the log of `train`."""
    if isinstance(train_loader, TensorLoader):
        train_loader = train_loader.first(LOG_IMAGES)
    with seeded(0):
        return [
            number
            for loader in (train_loader, test_loader)
            for number in evaluate_loss_acc(loader, model, criterion, device)
        ]


def _evaluation_batch(loader, device):
    """As many images as are evaluated fastest; fewer where they are larger than MNIST's, for their memory."""
    most = EVALUATION_BATCH if torch.device(device).type == "cpu" else 10 * EVALUATION_BATCH
    as_large = most * MNIST_PIXELS // loader.dataset.tensors[0][0].numel()
    return min(most, max(loader.batch_size, as_large))


def output_of(model, images):
    """The output of a network for a batch, a row an image; raises ValueError where it has another form, or has none."""
    try:
        output = model(images)
    except ValueError as error:
        if len(images) > 1 or "more than 1 value per channel" not in str(error):
            raise
        raise ValueError(
            "a batch of one image, in which batch norm finds no variance: choose a batch_size that leaves more for the "
            "last batch"
        ) from error
    if not isinstance(output, torch.Tensor) or output.ndim == 0 or len(output) != len(images):
        found = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
        raise ValueError(f"for {len(images)} images the network returns {found}; it must be a tensor, a row an image")
    return output


def train(
    model, optimizer, train_loader, test_loader, criterion, num_epochs, device, verbose=True, path_to_save=None,
    *, seed=None, keep_initial=True,
):  # fmt: skip
    """Train the model, and return four lists with a number an epoch: train loss, train accuracy, test loss, accuracy.

    Those of training are of the first 10,000 images of a `TensorLoader`, and of all that any other loader gives. All
    four are measured with random numbers of their own: nothing that is learned depends on what it is measured on.
    After epoch e, counted from 0, the state dict is written to `path_to_save/model_ep{e}.cpt`, and before the first
    to `model_initial.cpt`, unless `keep_initial` is off; where `path_to_save` is None or empty nothing is written, and
    where it cannot be written a warning names the folder that takes its place. The folder also keeps what is needed to
    go on: an identical run (same network, start, optimizer, data, order, loss and random numbers) takes from there the
    epochs that it has, and trains only the rest; another run in the same folder replaces it. A run whose data come from
    a plain `DataLoader`, which cannot be told from others, is trained each time, after a warning. `seed` fixes the
    order of the images and all random numbers.
    """
    with _seeded_run(train_loader, seed) as train_loader:
        key = path_to_save and _run_key(model, optimizer, train_loader, test_loader, criterion, device)
        run = Run(path_to_save, key, model, optimizer, train_loader, test_loader, criterion, device)
        return _train(run, num_epochs, verbose, keep_initial)


@contextlib.contextmanager
def _seeded_run(train_loader, seed):
    if seed is not None and isinstance(train_loader, TensorLoader):
        train_loader = train_loader.with_seed(seed)
    with seeded(seed):
        yield train_loader


def _train(run, num_epochs, verbose, keep_initial=True):
    model, (train_loader, test_loader), criterion, device = run.model, run.loaders, run.criterion, run.device
    if keep_initial:
        run.start()
    log = run.resume(num_epochs)
    epochs = progress(range(len(log), num_epochs), "training", initial=len(log), total=num_epochs, unit="epoch")
    for epoch in epochs:
        with run.watched():
            train_epoch(model, run.optimizer, train_loader, criterion, device)
            log.append(evaluate_epoch(train_loader, test_loader, model, criterion, device))
        run.save(epoch, log)
        epochs.set_postfix_str(f"train loss {log[-1][0]:.4f}, test error {100 - 100 * log[-1][3]:.2f} %")
        if verbose:
            epochs.write(_log_line(epoch, log[-1]), file=sys.stdout)
    model.zero_grad()  # a network that was read has no gradients either
    return tuple(map(list, zip(*log))) if log else ([], [], [], [])


def _log_line(epoch, numbers):
    losses, errors = numbers[::2], [100 - 100 * accuracy for accuracy in numbers[1::2]]
    return (
        f"epoch {epoch + 1}: loss {losses[0]:.4f} (train) {losses[1]:.4f} (test), "
        f"error {errors[0]:.2f} % (train) {errors[1]:.2f} % (test)"
    )


LearnedModel = namedtuple("LearnedModel", "model log checkpoints")


def adam(parameters, lr=1e-3, **options):
    """Adam in one kernel for all parameters, which on a CPU takes a third off a small network's step."""
    return torch.optim.Adam(parameters, lr=lr, fused=True, **options)


def learn_one_model(
    train_loader, test_loader, num_epochs, *, seed=0, net_class=CNN, make_optimizer=adam, criterion=None, device=None,
    verbose=False, path_to_save=None,
):  # fmt: skip
    """Train a new network from `seed`, or take it from the folder where an identical earlier run left it.

    `net_class()` makes the network and `make_optimizer(parameters)` its optimizer; the loss is the cross-entropy
    unless a `criterion` is given; the folder is the run's own in the cache, unless `path_to_save` names another.
    Returns `(model, log, checkpoints)`: the network after the last epoch, what `train` returns, and the files of the
    weights, the initial ones first: `checkpoints[e]` is the network after e epochs. Where the folder cannot be written,
    they are in a temporary one, and a warning says so.
    """
    device = get_device() if device is None else device
    criterion = nn.CrossEntropyLoss() if criterion is None else criterion
    with _seeded_run(train_loader, seed) as train_loader:
        model = net_class().to(device)
        optimizer = make_optimizer(model.parameters())
        key = _run_key(model, optimizer, train_loader, test_loader, criterion, device)
        run = Run(path_to_save or run_folder(key), key, model, optimizer, train_loader, test_loader, criterion, device)
        log = _train(run, num_epochs, verbose)
    names = ["model_initial.cpt"] + [f"model_ep{epoch}.cpt" for epoch in range(num_epochs)]
    return LearnedModel(model, log, [run.files[name] for name in names])


def _run_key(model, optimizer, train_loader, test_loader, criterion, device):
    """A hash of all that determines a training run; None, after a warning, where that cannot be told."""
    device = torch.device(device)
    return run_key(
        network=model, optimizer=optimizer, loss=criterion, training_images=train_loader, test_images=test_loader,
        epoch=(train_epoch, evaluate_epoch), device=device.type, random_numbers=random_state(device),
    )  # fmt: skip
