"""Trained networks: each run has its own, whatever it is trained on and wherever it is written."""

import functools
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

import lab_cnn_solution as code
from losssurf_lab.keeping import runs

STEEP = 1.0


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSSURF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(runs, "_said", set())  # what other tests have said is said again
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def few():
    train, test = code.get_digits(device="cpu", num_images=64)
    return train, test.first(20)


@pytest.fixture
def silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


class Small(nn.Module):
    def __init__(self, steep=1.0):
        super().__init__()
        self.steep, self.layer = steep, nn.Linear(784, 10)

    def forward(self, x):
        return STEEP * self.steep * self.layer(x.flatten(1))


class Wide(Small):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 784)

    def forward(self, x):
        return super().forward(F.relu(self.hidden(x.flatten(1))))


sgd = functools.partial(torch.optim.SGD, lr=0.1)


def learn(loaders, epochs=1, verbose=True, **options):
    options = {"net_class": Small, "make_optimizer": sgd, "device": "cpu", **options}
    return code.learn_one_model(*loaders, epochs, verbose=verbose, **options)


def trained_epochs(capsys):
    return capsys.readouterr().out.count("epoch")


def same_weights(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def assert_its_own(learned):
    """The last checkpoint is the network's, and it can be loaded; so can the first, which is another."""
    weights = [code.load_checkpoint(path) for path in learned.checkpoints]
    assert same_weights(weights[-1], learned.model.state_dict())
    assert len(weights) == 1 + len(learned.log[0]) and not same_weights(weights[0], weights[-1])


def plainly(few):
    return [DataLoader(loader.dataset, batch_size=32, shuffle=number == 0) for number, loader in enumerate(few)]


# ----------------------------------------------------------------------------------------- what determines a training


def smoothed(s):
    return lambda output, labels: F.cross_entropy(output, labels, label_smoothing=s)


CHANGES = [
    {"criterion": nn.CrossEntropyLoss(label_smoothing=0.2)}, {"criterion": nn.CrossEntropyLoss(reduction="sum")},
    {"criterion": nn.CrossEntropyLoss(weight=torch.linspace(0.1, 5, 10))}, {"criterion": smoothed(0.3)},
    {"criterion": functools.partial(F.cross_entropy, label_smoothing=0.4)}, {"net_class": lambda: Small(5.0)},
    {"make_optimizer": functools.partial(sgd, weight_decay=0.1)}, {"seed": 1},
    {"make_optimizer": lambda parameters: sgd(list(parameters)[:1])},
    {"make_optimizer": lambda parameters: sgd(list(parameters)[1:])},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_another_loss_network_or_optimizer_is_another_training(few, change, capsys, silent):
    plain, other = learn(few), learn(few, **change)
    assert not same_weights(plain.model.state_dict(), other.model.state_dict())
    assert plain.checkpoints[1].parent != other.checkpoints[1].parent
    assert_its_own(plain)
    assert_its_own(other)
    assert trained_epochs(capsys) == 2
    again = learn(few, **change)
    assert trained_epochs(capsys) == 0 and same_weights(again.model.state_dict(), other.model.state_dict())


def test_a_variable_that_the_network_uses_counts(few, monkeypatch, silent):
    before = learn(few)
    monkeypatch.setitem(globals(), "STEEP", 3.0)
    assert not same_weights(learn(few).model.state_dict(), before.model.state_dict())


def test_the_function_that_trains_an_epoch_counts(few, monkeypatch, silent):
    learn(few)
    monkeypatch.setattr(code, "train_epoch", lambda *args: None)
    learned = learn(few)
    assert same_weights(code.load_checkpoint(learned.checkpoints[0]), learned.model.state_dict())


def test_a_network_that_is_read_is_as_one_that_was_trained(few, silent):
    read = [learn(few, net_class=lambda: Small().eval()) for _ in range(2)][1].model
    assert read.training and read.layer.training
    assert all(p.grad is None and p.requires_grad for p in read.parameters())


def test_data_that_changed_are_trained_on_anew(few, capsys, silent):
    images, labels = (tensor.clone() for tensor in few[0].dataset.tensors)
    loader = code.TensorLoader(images, labels, shuffle=True)
    learn([loader, few[1]])
    labels.numpy()[:] = np.roll(labels.numpy(), 1)
    learn([loader, few[1]])
    assert trained_epochs(capsys) == 2


# ---------------------------------------------------------------------------------------------------- plain loaders


def test_networks_that_are_trained_by_a_plain_dataloader_have_their_own_checkpoints(few):
    loaders = plainly(few)
    with pytest.warns(UserWarning, match="training is done anew each time.* training images.*DataLoader") as said:
        learned = [learn(loaders, 2), learn(loaders, 2, net_class=Wide), learn(loaders, 2, seed=1), learn(loaders, 2)]
    assert len(said) == 1
    assert len({path for one in learned for path in one.checkpoints}) == 12
    for one in learned:
        assert_its_own(one)


def test_a_run_that_cannot_be_told_leaves_nothing_that_passes_for_a_kept_one(few, tmp_path, capsys):
    first = learn(few, 3, path_to_save=tmp_path / "folder")
    with pytest.warns(UserWarning, match="DataLoader"):
        learn(plainly(few), 1, path_to_save=tmp_path / "folder")
    assert sorted(path.name for path in (tmp_path / "folder").glob("model_ep*")) == ["model_ep0.cpt"]
    capsys.readouterr()
    again = learn(few, 3, path_to_save=tmp_path / "folder")
    assert trained_epochs(capsys) == 3 and same_weights(again.model.state_dict(), first.model.state_dict())
    assert_its_own(again)


@pytest.mark.parametrize("epoch", [0, 1])
def test_a_checkpoint_that_somebody_else_wrote_is_not_taken_for_the_runs_own(few, epoch, capsys):
    first = learn(few, 2)
    code.save_checkpoint(Small().state_dict(), first.checkpoints[1 + epoch])
    capsys.readouterr()
    again = learn(few, 2)
    assert trained_epochs(capsys) == 2 - epoch
    assert same_weights(again.model.state_dict(), first.model.state_dict())
    assert same_weights(code.load_checkpoint(again.checkpoints[1]), code.load_checkpoint(first.checkpoints[1]))


def test_a_run_of_no_epochs_leaves_the_kept_ones_in_place(few, capsys, silent):
    learn(few, 2)
    assert learn(few, 0).checkpoints[0].is_file()
    capsys.readouterr()
    learn(few, 2)
    assert trained_epochs(capsys) == 0


# ------------------------------------------------------------------------------------------- what going on would lose


class Counts(Small):
    def forward(self, x):
        self.steep += 0.1
        return super().forward(x)


class Noisy(Small):
    def forward(self, x):
        return super().forward(x) + float(np.random.rand())


class Annealed(nn.CrossEntropyLoss):
    steps = 0

    def forward(self, output, labels):
        self.steps += 1
        return super().forward(output, labels) / self.steps


@pytest.mark.parametrize(
    "option, words",
    [
        ({"net_class": Counts}, "changes the network"), ({"net_class": Noisy}, "random numbers"),
        ({"criterion": Annealed()}, "changes the loss"),
    ],
)  # fmt: skip
def test_a_training_that_cannot_go_on_right_starts_anew(few, option, words, capsys):
    with pytest.warns(UserWarning, match=f"training is done anew each time: .*{words}") as said:
        learn(few, 1, **option)
        learned = learn(few, 2, **option)
    assert len(said) == 1 and trained_epochs(capsys) == 3
    assert_its_own(learned)


# --------------------------------------------------------------------------------------------- what cannot be written


@pytest.mark.parametrize("place", ["cache", "path_to_save"])
@pytest.mark.parametrize("folder", ["/dev/null/folder", "nu\0ll", "{tmp_path}/file/folder"])
def test_where_nothing_can_be_written_the_network_is_returned_with_usable_checkpoints(
    few, place, folder, tmp_path, monkeypatch
):
    (tmp_path / "file").touch()
    folder = folder.format(tmp_path=tmp_path)
    if place == "cache":
        monkeypatch.setattr(runs, "cache_dir", lambda: Path(folder))
    with pytest.warns(UserWarning, match="cannot be written.*checkpoints go to") as said:
        learned = learn(few, 2, path_to_save=folder if place == "path_to_save" else None)
    assert len(said) == 1 and str(learned.checkpoints[0].parent) in str(said[0].message)
    assert_its_own(learned)


def test_train_goes_on_where_its_folder_cannot_be_written(few):
    net = Small()
    with pytest.warns(UserWarning, match="cannot be written"):
        log = code.train(net, sgd(net.parameters()), *few, nn.CrossEntropyLoss(), 2, "cpu", 0, "/dev/null/folder")
    assert [len(numbers) for numbers in log] == [2] * 4


def test_a_disk_that_is_full_after_an_epoch_costs_no_checkpoint(few, monkeypatch):
    save, written = torch.save, []

    def until_it_is_full(state, file):
        written.append(file)
        if "cache" in str(file) and len(written) > 4:
            file = "/dev/full"
        save(state, file)

    monkeypatch.setattr(torch, "save", until_it_is_full)
    with pytest.warns(UserWarning, match="cannot be written.*checkpoints go to") as said:
        learned = learn(few, 3)
    assert len(said) == 1 and len({path.parent for path in learned.checkpoints}) == 2
    assert_its_own(learned)


def test_a_folder_that_can_only_be_read_is_enough_for_a_finished_run(few, monkeypatch, silent, capsys):
    first = learn(few)
    capsys.readouterr()
    monkeypatch.setattr(torch, "save", lambda *args: pytest.fail("written"))
    again = learn(few)
    assert again.checkpoints == first.checkpoints and trained_epochs(capsys) == 0


def test_a_tilde_in_the_folder_is_the_home_folder(few, tmp_path, monkeypatch, silent):
    monkeypatch.setenv("HOME", str(tmp_path))
    learned = learn(few, path_to_save="~/runs")
    assert learned.checkpoints[0] == tmp_path / "runs" / "model_initial.cpt" and learned.checkpoints[1].is_file()


def test_a_kept_function_may_train_networks(few, capsys, silent):
    @code.kept
    def last_loss(loaders, epochs):
        return learn(loaders, epochs).log[0][-1]

    learn(few, 1, verbose=False)
    first = last_loss(few, 2)
    assert trained_epochs(capsys) == 1
    for path in Path(os.environ["LOSSSURF_CACHE"]).glob("runs/*/.resume/*"):
        path.unlink()
    assert last_loss(few, 2) == first and trained_epochs(capsys) == 0


def test_a_kept_function_may_train_networks_that_nobody_trained_before(few, capsys, silent):
    @code.kept
    def last_losses(loaders, seeds):
        return [learn(loaders, seed=seed).log[0][-1] for seed in seeds]

    first = last_losses(few, [0, 1])
    assert trained_epochs(capsys) == 2
    for path in Path(os.environ["LOSSSURF_CACHE"]).glob("runs/*/.resume/*"):
        path.unlink()
    assert last_losses(few, [0, 1]) == first and trained_epochs(capsys) == 0


@pytest.mark.long
def test_another_process_finds_the_run(few, cache, capsys, silent):
    learned = learn(few)
    script = """
import sys
sys.path[:0] = ["tests"]
import test_runs as t
train, test = t.code.get_digits(device="cpu", num_images=64)
test = test.first(20)
print(t.learn((train, test)).checkpoints[1])
"""
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    options = dict(cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True, env=environment)
    assert subprocess.run([sys.executable, "-c", script], **options).stdout == f"{learned.checkpoints[1]}\n"
