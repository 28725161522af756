import functools
import math
import os
import pickle
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

import lab_cnn_solution as code

criterion = nn.CrossEntropyLoss()


@pytest.fixture(scope="module")
def digits():
    return code.get_digits(device="cpu")


@pytest.fixture(scope="module")
def few():
    """200 images for training and 50 for testing, for runs of a fraction of a second."""
    (train, test) = code.get_digits(device="cpu", num_images=200)
    return train, test.first(50)


def new_run(seed=0):
    with code.seeded(seed):
        model = code.CNN()
    return model, torch.optim.Adam(model.parameters(), lr=1e-3)


def train(few, folder, epochs=2, seed=0, model_seed=0, verbose=False, **options):
    model, optimizer = new_run(model_seed)
    log = code.train(model, optimizer, *few, criterion, epochs, "cpu", verbose, folder, seed=seed, **options)
    return model, optimizer, log


def same_weights(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.values(), other.values(), strict=True))


# ------------------------------------------------------------------------------------------------------------ data


def test_digits_look_like_mnist(digits):
    train, test = digits
    images, labels = next(iter(train))
    assert images.shape == (64, 1, 28, 28) and images.dtype == torch.float32
    assert labels.shape == (64,) and labels.dtype == torch.int64
    everything = train.dataset.tensors[0]
    assert everything.min() == 0 and 0.9 < everything.max() <= 1
    assert (len(train.dataset), len(test.dataset)) == (1500, 297)


def test_a_number_of_images_and_of_classes_can_be_chosen():
    train, test = code.get_digits(num_images=100, num_classes=3, batch_size=30)
    assert [len(labels) for _, labels in train] == [30, 30, 30, 10]
    assert set(test.dataset.tensors[1].tolist()) == {0, 1, 2}
    with pytest.raises(ValueError, match="num_images is 10000; there are 1500"):
        code.get_digits(num_images=10000)
    with pytest.raises(ValueError, match="there are 1500 .*[Rr]estart the kernel.*Colab.*%env LOSSSURF_PROFILE=quick"):
        code.get_data(num_images=5000)  # as of a notebook in which the profile was set after its first cells
    with pytest.raises(ValueError, match="there are 1500 training images$"):
        code.get_data(num_images=0)
    with pytest.raises(ValueError, match=r"num_classes is 11; it must be in 1\.\.10"):
        code.get_digits(num_classes=11)


def test_a_loader_gives_every_image_once_and_in_a_new_order_each_pass(digits):
    train, _ = digits
    loader = train.with_seed(3)
    first, second = (torch.cat([labels for _, labels in loader]) for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(first.sort().values, train.dataset.tensors[1].sort().values)
    again = torch.cat([labels for _, labels in train.with_seed(3)])
    assert torch.equal(first, again)
    assert len(loader) == 24 == math.ceil(1500 / 64)


def test_a_loader_leaves_the_global_random_state_alone(digits):
    before = torch.get_rng_state()
    list(digits[0])
    code.learn_one_model(*digits, 1, seed=5)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    "labels, message",
    [
        ([-1, 3], "labels must be 0 or more; these go from -1 to 3"),
        ([1], "2 images, but 1 labels"),
    ],
)
def test_a_loader_refuses_labels_that_cannot_be(labels, message):
    with pytest.raises(ValueError, match=message):
        code.TensorLoader(torch.zeros(2, 1, 28, 28), torch.tensor(labels))


@pytest.mark.parametrize("make_loader", [code.TensorLoader, lambda *data: DataLoader(TensorDataset(*data), 4)])
def test_labels_for_which_the_network_has_no_output_are_named(make_loader):
    loader = make_loader(torch.zeros(4, 1, 28, 28), torch.tensor([0, 1, 2, 12]))
    with pytest.raises(ValueError, match="labels must lie in 0..9; these go from 0 to 12"):
        code.evaluate_loss_acc(loader, code.CNN(), criterion, "cpu")
    model, optimizer = new_run()
    with pytest.raises(ValueError, match="labels must lie in 0..9; these go from 0 to 12"):
        code.train_epoch(model, optimizer, loader, criterion, "cpu")


def test_an_empty_loader_is_refused():
    empty = TensorDataset(torch.zeros(0, 1, 28, 28), torch.zeros(0, dtype=torch.int64))
    with pytest.raises(ValueError, match="the loader is empty"):
        code.evaluate_loss_acc(DataLoader(empty, batch_size=2), code.CNN(), criterion, "cpu")
    with pytest.raises(ValueError, match="no images"):
        code.TensorLoader(*empty.tensors)


def test_without_mnist_the_error_names_three_ways_out(tmp_path, monkeypatch):
    from torchvision.datasets import MNIST

    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/"])  # the discard port: no server, no download
    with pytest.raises(FileNotFoundError) as error:
        code.get_mnist(root=tmp_path)
    for words in (str(tmp_path / "MNIST" / "raw"), "LOSSSURF_DATA", "internet", "LOSSSURF_PROFILE=quick"):
        assert words in str(error.value)


def test_a_damaged_mnist_file_is_named(tmp_path):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in code.MNIST_MD5:
        (raw / name).write_bytes(b"cut short")
    with pytest.raises(ValueError, match="train-images-idx3-ubyte is damaged"):
        code.get_mnist(root=tmp_path)


def test_the_profile_must_be_known(monkeypatch):
    monkeypatch.setitem(os.environ, "LOSSSURF_PROFILE", "fast")
    with pytest.raises(ValueError, match="'fast'; it must be 'full' or 'quick'"):
        code.get_profile()


# --------------------------------------------------------------------------------------------------------- network


@pytest.mark.parametrize("k, num_parameters", [(1, 44_426), (2, 82_518)])
def test_the_network_has_the_size_of_the_course(k, num_parameters):
    model = code.CNN(k)
    assert model(torch.rand(2, 1, 28, 28)).shape == (2, 10)
    convolutions = (25 + 1) * 6 * k + (6 * k * 25 + 1) * 16 * k
    layers = (256 * k + 1) * 120 + 121 * 84 + 85 * 10
    assert sum(p.numel() for p in model.parameters()) == convolutions + layers == num_parameters


@pytest.mark.parametrize("size", [(24, 24), (7, 5)])
def test_pooling_without_gradients_gives_the_same_numbers(size):
    x = torch.randn(3, 6, *size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(code.max_pool(x), F.max_pool2d(x, 2))


def test_the_network_computes_what_its_definition_says():
    with code.seeded(0):
        model, x = code.CNN(), torch.rand(5, 1, 28, 28)
    out = F.max_pool2d(F.relu(model.conv1(x)), 2)
    out = F.max_pool2d(F.relu(model.conv2(out)), 2).reshape(5, -1)
    expected = model.fc3(F.relu(model.fc2(F.relu(model.fc1(out)))))
    torch.testing.assert_close(model(x), expected)
    with torch.no_grad():
        torch.testing.assert_close(model(x), expected)


# ------------------------------------------------------------------------------------------- evaluation, training


def test_the_loss_is_the_mean_over_images_whatever_the_batch_size(digits, device):
    images, labels = digits[1].dataset.tensors
    model, _ = new_run()
    with torch.no_grad():
        expected = F.cross_entropy(model(images), labels).item()
        accuracy = (model(images).argmax(1) == labels).double().mean().item()
    model.to(device)
    loaders = [DataLoader(TensorDataset(images, labels), batch_size=b) for b in (1, 64, 100, 297)]
    for loader in [*loaders, code.TensorLoader(images, labels, batch_size=7, shuffle=True)]:
        for reduction in ("mean", "sum", "none"):
            loss, acc = code.evaluate_loss_acc(loader, model, nn.CrossEntropyLoss(reduction=reduction), device)
            assert loss == pytest.approx(expected, rel=1e-5)
            assert acc == pytest.approx(accuracy)


def test_evaluation_leaves_every_module_in_its_mode(few):
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784), nn.Linear(784, 10))
    model.train()
    model[1].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    code.evaluate_loss_acc(few[1], model, criterion, "cpu")
    assert (model.training, model[1].training, model[2].training) == (True, False, True)
    assert same_weights(before, model.state_dict())


class Flat(nn.Module):
    """A linear layer of flattened images, and a function of its outputs."""

    def __init__(self, outputs=10, function=lambda outputs: outputs):
        super().__init__()
        self.layer, self.function = nn.Linear(784, outputs), function

    def forward(self, x):
        return self.function(self.layer(x.flatten(1)))


draw = torch.Generator().manual_seed(0)
IMAGES = torch.rand(60, 1, 28, 28, generator=draw)
CLASSES = torch.randint(0, 10, (60,), generator=draw)
BINARY = (CLASSES > 4).float()
SHARES = torch.softmax(3 * torch.randn(60, 10, generator=draw), 1)
NUMBERS = 9 * torch.rand(60, 1, generator=draw)
PIXELS = torch.randint(0, 3, (60, 28, 28), generator=draw)
PIXELS[:20, :9] = 255  # of no class
WEIGHT = torch.logspace(-1, 1, 10)
UNLABELLED = torch.where(CLASSES % 3 == 0, -100, CLASSES)


def evaluate_in_batches(model, labels, loss):
    """What evaluation gives in batches of several sizes, which must be the same for all; else its error."""
    results = [
        code.evaluate_loss_acc(DataLoader(TensorDataset(IMAGES, labels), batch_size=size), model, loss, "cpu")
        for size in (60, 7, 1)
    ]
    for result in results:
        assert result == pytest.approx(results[0], rel=1e-5, nan_ok=True)
    return results[0]


def model_for(outputs=10, function=lambda outputs: outputs):
    with code.seeded(0):
        return Flat(outputs, function)


def plain(loss, labels, model):
    with torch.no_grad():
        return loss(model(IMAGES), labels).mean().item()


LOSSES = {
    "class weights": (nn.CrossEntropyLoss(weight=WEIGHT), CLASSES, {}),
    "an ignored class": (nn.CrossEntropyLoss(ignore_index=3), CLASSES, {}),
    "unlabelled images": (nn.CrossEntropyLoss(), UNLABELLED, {}),
    "weights and smoothing": (nn.CrossEntropyLoss(weight=WEIGHT, label_smoothing=0.1, ignore_index=2), CLASSES, {}),
    "negative log-likelihood": (nn.NLLLoss(weight=WEIGHT), CLASSES, {"function": nn.LogSoftmax(1)}),
    "a function": (F.cross_entropy, CLASSES, {}),
    "a partial function": (functools.partial(F.cross_entropy, weight=WEIGHT), CLASSES, {}),
    "weights inside a function": (lambda o, y: F.cross_entropy(o, y, weight=WEIGHT), CLASSES, {}),
    "numbers for each image": (nn.CrossEntropyLoss(reduction="none", weight=WEIGHT), CLASSES, {}),
    "one column of labels": (lambda o, y: F.cross_entropy(o, y.squeeze(1)), CLASSES[:, None], {}),
    "shares": (nn.CrossEntropyLoss(weight=WEIGHT), SHARES, {}),
    "one-hot labels": (nn.MSELoss(), F.one_hot(CLASSES, 10).double(), {}),
    "several labels": (nn.MultiLabelMarginLoss(), F.one_hot(CLASSES, 10).cumsum(1), {}),
    "Kullback-Leibler": (nn.KLDivLoss(reduction="batchmean"), SHARES, {"function": nn.LogSoftmax(1)}),
    "numbers to fit": (nn.MSELoss(), NUMBERS, {"outputs": 1}),
    "one logit": (nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0)), BINARY[:, None], {"outputs": 1}),
    "one probability": (F.binary_cross_entropy, BINARY, {"outputs": 1, "function": lambda o: o.sigmoid().squeeze(1)}),
    "a margin": (nn.MultiMarginLoss(weight=WEIGHT), CLASSES, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_the_mean_of_any_loss_is_that_of_all_images_in_one_batch(name):
    loss, labels, options = LOSSES[name]
    model = model_for(**options)
    expected = plain(loss, labels.float() if labels.is_floating_point() else labels, model)
    assert evaluate_in_batches(model, labels, loss)[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    "loss", [functools.partial(F.cross_entropy, reduction="sum"), lambda o, y: F.cross_entropy(o, y, reduction="sum")]
)
def test_a_sum_of_losses_is_divided_by_the_number_of_images(loss):
    expected = plain(loss, CLASSES, model_for()) / 60
    assert evaluate_in_batches(model_for(), CLASSES, loss)[0] == pytest.approx(expected, rel=1e-5)


def test_integers_in_the_shape_of_the_outputs_are_numbers_and_not_classes():
    for loss, labels, outputs in (
        (nn.CrossEntropyLoss(weight=WEIGHT), F.one_hot(CLASSES, 10), 10),
        (nn.MSELoss(), F.one_hot(CLASSES, 10), 10),
        (nn.BCEWithLogitsLoss(), BINARY[:, None].long(), 1),
    ):
        expected = evaluate_in_batches(model_for(outputs), labels.float(), loss)
        assert evaluate_in_batches(model_for(outputs), labels, loss) == pytest.approx(expected)
        model = model_for(outputs)
        code.train_epoch(model, torch.optim.SGD(model.parameters(), lr=1e-3), [(IMAGES, labels)], loss, "cpu")
        assert evaluate_in_batches(model, labels, loss)[0] < expected[0]


def test_the_loss_of_pixels_counts_those_that_are_not_ignored():
    loss = nn.CrossEntropyLoss(weight=WEIGHT[:3], ignore_index=255)
    with code.seeded(0):
        model = nn.Conv2d(1, 3, 3, padding=1)
    found = evaluate_in_batches(model, PIXELS, loss)
    counted = PIXELS != 255
    right = (model(IMAGES).argmax(1) == PIXELS)[counted].double().mean().item()
    assert found == pytest.approx((plain(loss, PIXELS, model), right), rel=1e-5)


def test_accuracy_is_that_of_the_labels_whatever_their_form():
    predicted = model_for()(IMAGES).argmax(1)
    expected = (predicted == CLASSES).double().mean().item()
    for name in ("class weights", "an ignored class", "a partial function", "one column of labels", "one-hot labels"):
        loss, labels, options = LOSSES[name]
        assert evaluate_in_batches(model_for(**options), labels, loss)[1] == pytest.approx(expected), name
    assert 0 < expected < 1
    labelled = UNLABELLED >= 0
    known = (predicted == CLASSES)[labelled].double().mean().item()
    assert evaluate_in_batches(model_for(), UNLABELLED, criterion)[1] == pytest.approx(known)
    shares = (predicted == SHARES.argmax(1)).double().mean().item()
    assert evaluate_in_batches(model_for(), SHARES, criterion)[1] == pytest.approx(shares)


def test_one_output_tells_two_classes_by_the_loss_it_is_for():
    right = ((model_for(1)(IMAGES)[:, 0] > 0) == (BINARY > 0)).double().mean().item()
    for name in ("one logit", "one probability"):
        loss, labels, options = LOSSES[name]
        assert evaluate_in_batches(model_for(**options), labels, loss)[1] == pytest.approx(right), name
    unknown = lambda o, y: F.binary_cross_entropy_with_logits(o, y)  # noqa: E731 - logits or probabilities?
    assert math.isnan(evaluate_in_batches(model_for(1), BINARY[:, None], unknown)[1])


def test_where_there_are_no_classes_the_accuracy_is_nan():
    assert math.isnan(evaluate_in_batches(model_for(1), NUMBERS, nn.MSELoss())[1])
    assert math.isnan(evaluate_in_batches(model_for(2), NUMBERS.repeat(1, 2), nn.MSELoss())[1])
    several = torch.ones(60, 3)  # three classes at once
    assert math.isnan(evaluate_in_batches(model_for(3), several, nn.BCEWithLogitsLoss())[1])


def test_a_network_whose_outputs_are_nan_has_the_loss_nan_and_classifies_nothing_right():
    for loss, labels, options in (LOSSES["a function"], LOSSES["one probability"]):  # which refuses NaN by itself
        model = model_for(**options)
        model.layer.weight.data.fill_(torch.nan)
        loss, acc = evaluate_in_batches(model, labels, loss)
        assert math.isnan(loss) and acc == 0


@pytest.mark.parametrize(
    "loss, labels, outputs, message",
    [
        (criterion, CLASSES.float(), 10, r"fails for outputs \(60, 10\) and labels \(60,\) of torch.float32"),
        (criterion, CLASSES[:, None], 10, r"labels \(60, 1\)"),
        (criterion, CLASSES, 5, r"labels must lie in 0\.\.4"),
        (nn.MSELoss(), NUMBERS[:, 0], 1, "fit by broadcasting alone"),
        (nn.MSELoss(), CLASSES, 1, "fit by broadcasting alone"),
        (lambda o, y: ((o - y) ** 2).mean(), NUMBERS[:, 0], 1, "fit by broadcasting alone"),
        (lambda o, y: (o @ o.T).logsumexp(1).mean(), CLASSES, 10, "neither a mean nor a sum"),
        (lambda o, y: 1.0, CLASSES, 10, "must give a tensor, not float"),
    ],
)
def test_outputs_labels_and_losses_that_do_not_fit_are_refused_in_words(loss, labels, outputs, message):
    loader = DataLoader(TensorDataset(IMAGES, labels), batch_size=60)
    with pytest.raises(ValueError, match=message):
        code.evaluate_loss_acc(loader, model_for(outputs), loss, "cpu")


def test_a_loss_that_pairs_outputs_and_labels_of_two_shapes_itself_is_taken():
    loss = lambda o, y: (o.squeeze(1) - y).abs().mean()  # noqa: E731
    expected = plain(loss, NUMBERS[:, 0], model_for(1))
    assert evaluate_in_batches(model_for(1), NUMBERS[:, 0], loss)[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    "batch, message",
    [
        ({"image": IMAGES, "label": CLASSES}, "pair of tensors, .*; this one is a dict"),
        ((IMAGES, CLASSES, CLASSES), "a tuple of 3: Tensor, Tensor, Tensor"),
        ((IMAGES, CLASSES.tolist()), "a tuple of 2: Tensor, list"),
        (IMAGES, "this one is a Tensor"),
        ((IMAGES, CLASSES[:3]), "one label an image"),
    ],
)
def test_batches_that_are_no_pairs_are_refused_in_words(batch, message):
    for use in (
        lambda: code.evaluate_loss_acc([batch], model_for(), criterion, "cpu"),
        lambda: code.train_epoch(model_for(), None, [batch], criterion, "cpu"),
    ):
        with pytest.raises(ValueError, match=message):
            use()


def test_a_network_that_does_not_give_a_tensor_a_row_an_image_is_refused_in_words():
    for function, found in ((lambda o: (o, o), "tuple"), (lambda o: o.mean(0), r"\(10,\)")):
        with pytest.raises(ValueError, match=f"for 60 images the network returns {found}"):
            code.evaluate_loss_acc([(IMAGES, CLASSES)], model_for(function=function), criterion, "cpu")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_a_network_of_another_dtype_is_evaluated_in_its_own(dtype):
    model = model_for().to(dtype)
    for weight in (None, WEIGHT.to(dtype)):
        loss = nn.CrossEntropyLoss(weight=weight)
        expected = plain(nn.CrossEntropyLoss(weight=None if weight is None else weight.double()), CLASSES,
                         lambda x, model=model: model(x.to(dtype)).double())  # fmt: skip
        found = evaluate_in_batches(model, CLASSES, loss)[0]
        assert found == pytest.approx(expected, rel=1e-5)
    many = model(IMAGES.to(dtype)).repeat(1000, 1), CLASSES.repeat(1000)  # their sum is no number of half precision
    assert code.mean_loss(nn.CrossEntropyLoss(weight=weight), *many) == pytest.approx(found, rel=1e-3)


def test_a_part_of_a_data_set_goes_to_another_process_alone():
    train, _ = code.get_digits(device="cpu")
    part = train.first(64)
    sent = pickle.dumps(part)
    assert len(sent) < 64 * 28 * 28 * 4 + 20_000 < len(pickle.dumps(train)) / 10
    for received, here in zip(pickle.loads(sent), part, strict=True):
        assert all(map(torch.equal, received, here))


def test_a_part_is_sent_without_threads_of_pytorchs_for_the_thread_that_sends_it():
    """With more of them than cores OpenMP lets all sleep, and small operations took four times as long."""
    psutil = pytest.importorskip("psutil", reason="psutil, which counts threads, is missing")
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        whole = torch.rand(4000, 1, 28, 28)
        part = code.TensorLoader(whole[:2000], torch.zeros(2000, dtype=torch.int64))
        whole[:2000] + 1  # threads of the main thread's
        with ThreadPoolExecutor(1) as sender:
            sender.submit(int).result()
            before = psutil.Process().num_threads()
            sender.submit(pickle.dumps, part).result()
            assert psutil.Process().num_threads() == before
    finally:
        torch.set_num_threads(threads)


def test_the_log_is_measured_on_the_first_images(monkeypatch):
    monkeypatch.setattr(code, "LOG_IMAGES", 100)
    train_loader, test_loader = code.get_digits(device="cpu")
    with code.seeded(0):
        net = code.CNN()
    log = code.train(net, code.adam(net.parameters()), train_loader, test_loader, criterion, 1, "cpu", False, seed=0)
    few = code.TensorLoader(*(tensor[:100] for tensor in train_loader.dataset.tensors))
    expected = [
        number for loader in (few, test_loader) for number in code.evaluate_loss_acc(loader, net, criterion, "cpu")
    ]
    assert [numbers[0] for numbers in log] == pytest.approx(expected, rel=1e-6)


def test_random_numbers_on_a_macs_gpu_are_put_back_too(monkeypatch):
    """PyTorch's `fork_rng` does not; there is none here, so that its two functions are stand-ins."""
    put_back = []
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.mps, "get_rng_state", lambda: "the state before")
    monkeypatch.setattr(torch.mps, "set_rng_state", put_back.append)
    with pytest.raises(KeyError), code.seeded(0):
        raise KeyError
    assert put_back == ["the state before"]


class Noisy(nn.Linear):
    """Draws in evaluation too, as a path does its positions."""

    def forward(self, x):
        return super().forward(x.flatten(1)) + torch.randn(len(x), 10)


def test_what_a_network_is_measured_on_does_not_change_what_it_learns():
    train_loader, test_loader = (loader.first(200) for loader in code.get_digits(device="cpu"))
    learned = []
    for measured_on in (test_loader, test_loader.first(10)):
        with code.seeded(0):
            net = Noisy(784, 10)
        code.train(net, code.adam(net.parameters()), train_loader, measured_on, criterion, 3, "cpu", False, seed=0)
        learned.append(net.weight)
    assert torch.equal(*learned)


def test_training_takes_targets_of_floating_point_as_they_are():
    model = model_for(1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    with torch.no_grad():
        error = model(IMAGES) - NUMBERS
    code.train_epoch(model, optimizer, [(IMAGES, NUMBERS.double())], nn.MSELoss(), "cpu")
    expected = model_for(1).layer.bias - 1e-3 * 2 * error.mean()
    torch.testing.assert_close(model.layer.bias.data, expected.data)
    with pytest.raises(ValueError, match=r"gives \(60, 1\) numbers; to train, it must give one"):
        code.train_epoch(model, optimizer, [(IMAGES, NUMBERS)], nn.MSELoss(reduction="none"), "cpu")
    with pytest.raises(ValueError, match="fit by broadcasting alone"):
        code.train_epoch(model, optimizer, [(IMAGES, NUMBERS[:, 0])], nn.MSELoss(), "cpu")


def test_a_tensor_loader_holds_targets_of_floating_point_uncut():
    loader = code.TensorLoader(IMAGES, NUMBERS, batch_size=7)
    expected = plain(nn.MSELoss(), NUMBERS, model_for(1))
    assert code.evaluate_loss_acc(loader, model_for(1), nn.MSELoss(), "cpu")[0] == pytest.approx(expected)


@pytest.mark.parametrize("folder", [None, ""])
def test_without_a_folder_nothing_is_written(few, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    at_root = set(Path("/").iterdir())
    _, _, log = train(few, folder, epochs=1)
    assert [len(numbers) for numbers in log] == [1, 1, 1, 1]
    assert not list(tmp_path.iterdir()) and set(Path("/").iterdir()) == at_root


def test_every_epoch_and_the_initial_weights_are_kept(few, tmp_path):
    model, _, (train_loss, train_acc, test_loss, test_acc) = train(few, tmp_path, epochs=2)
    assert sorted(p.name for p in tmp_path.glob("*.cpt")) == ["model_ep0.cpt", "model_ep1.cpt", "model_initial.cpt"]
    initial = code.load_checkpoint(tmp_path / "model_initial.cpt")
    assert same_weights(initial, new_run()[0].state_dict())
    assert same_weights(code.load_checkpoint(tmp_path / "model_ep1.cpt"), model.state_dict())
    assert test_loss[1] == pytest.approx(code.evaluate_loss_acc(few[1], model, criterion, "cpu")[0])
    assert train_loss[1] < train_loss[0] and 0 <= train_acc[0] <= 1 and 0 <= test_acc[0] <= 1
    train(few, tmp_path / "other", epochs=1, keep_initial=False)
    assert not (tmp_path / "other" / "model_initial.cpt").exists()


def test_an_identical_run_is_not_trained_again(few, tmp_path, capsys):
    model, optimizer, log = train(few, tmp_path, verbose=True)
    assert capsys.readouterr().out.count("epoch") == 2
    again, optimizer_again, log_again = train(few, tmp_path, verbose=True)
    assert capsys.readouterr().out == ""
    assert log_again == log and same_weights(again.state_dict(), model.state_dict())
    step = optimizer_again.state_dict()["state"][0]
    assert all(torch.equal(step[name], value) for name, value in optimizer.state_dict()["state"][0].items())


def test_a_longer_run_goes_on_from_where_a_shorter_one_ended(few, tmp_path):
    straight, _, log = train(few, tmp_path / "straight", epochs=3)
    train(few, tmp_path / "parts", epochs=1)
    parts, _, log_parts = train(few, tmp_path / "parts", epochs=3)
    assert log_parts == log and same_weights(parts.state_dict(), straight.state_dict())


class Stochastic(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop, self.layer = nn.Dropout(0.5), nn.Linear(784, 10)

    def forward(self, x):
        return self.layer(self.drop(x.flatten(1)))


def test_going_on_continues_the_random_numbers_of_the_network_too(few, tmp_path):
    options = {"net_class": Stochastic, "device": "cpu", "make_optimizer": lambda p: torch.optim.SGD(p, lr=0.1)}
    straight = code.learn_one_model(*few, 2, path_to_save=tmp_path / "straight", **options)
    code.learn_one_model(*few, 1, path_to_save=tmp_path / "parts", **options)
    parts = code.learn_one_model(*few, 2, path_to_save=tmp_path / "parts", **options)
    assert same_weights(parts.model.state_dict(), straight.model.state_dict())


@pytest.mark.parametrize("change", ["seed", "model_seed", "lr", "data"])
def test_another_run_in_the_same_folder_replaces_the_first(few, tmp_path, change):
    train(few, tmp_path, epochs=3)
    expected_folder = tmp_path.with_name(tmp_path.name + "_expected")
    for folder in (tmp_path, expected_folder):
        model, optimizer = new_run(7 if change == "model_seed" else 0)
        if change == "lr":
            optimizer.param_groups[0]["lr"] = 0.01
        images, labels = few[0].dataset.tensors
        loader = code.TensorLoader(images, labels.flip(0), shuffle=True) if change == "data" else few[0]
        seed = 7 if change == "seed" else 0
        code.train(model, optimizer, loader, few[1], criterion, 1, "cpu", 0, folder, seed=seed)
    names = [sorted(p.name for p in folder.glob("*.cpt")) for folder in (tmp_path, expected_folder)]
    assert names[0] == names[1] == ["model_ep0.cpt", "model_initial.cpt"]
    kept, expected = (code.load_checkpoint(f / "model_ep0.cpt") for f in (tmp_path, expected_folder))
    assert same_weights(kept, expected)


def test_a_changed_definition_of_the_network_is_another_run(few, tmp_path, monkeypatch):
    options = {"net_class": Stochastic, "device": "cpu", "path_to_save": tmp_path}
    first = code.learn_one_model(*few, 1, **options)

    def forward(self, x):
        return self.layer(self.drop(x.flatten(1).flip(1)))

    monkeypatch.setattr(Stochastic, "forward", forward)
    second = code.learn_one_model(*few, 1, **options)
    assert not same_weights(first.model.state_dict(), second.model.state_dict())


@pytest.mark.long
def test_a_run_that_was_cut_short_loses_only_the_epoch_under_way(few, tmp_path):
    expected, _, _ = train(few, tmp_path / "expected", epochs=3)
    script = f"""
import os, sys
import lab_cnn_solution as code
import tests.test_lab_cnn_solution as t
train_loader, test_loader = code.get_digits(device="cpu", num_images=200)
few = train_loader, test_loader.first(50)
write, epochs = sys.stdout.write, []
def killed_after_the_second(text):  # when the third is under way
    write(text)
    epochs.extend(["epoch"] * text.count("epoch"))
    if len(epochs) == 2:
        os.kill(os.getpid(), 9)
sys.stdout.write = killed_after_the_second
t.train(few, {str(tmp_path / "killed")!r}, epochs=3, verbose=True)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[1], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    assert sorted(p.name for p in (tmp_path / "killed").glob("model_ep*")) == ["model_ep0.cpt", "model_ep1.cpt"]
    model, _, _ = train(few, tmp_path / "killed", epochs=3)
    assert same_weights(model.state_dict(), expected.state_dict())


def test_a_checkpoint_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "w.cpt"
    code.save_checkpoint({"w": torch.ones(3)}, path)
    with pytest.raises(Exception, match="pickle"):
        code.save_checkpoint({"w": (x for x in [])}, path)  # no generator can be written
    assert torch.equal(code.load_checkpoint(path)["w"], torch.ones(3))
    assert [p.name for p in tmp_path.iterdir()] == ["w.cpt"]


def test_a_missing_or_truncated_checkpoint_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no checkpoint .*none.cpt"):
        code.load_checkpoint(tmp_path / "none.cpt")
    code.save_checkpoint(code.CNN().state_dict(), tmp_path / "cut.cpt")
    (tmp_path / "cut.cpt").write_bytes((tmp_path / "cut.cpt").read_bytes()[:1000])
    with pytest.raises(ValueError, match="cut.cpt is no readable checkpoint"):
        code.load_checkpoint(tmp_path / "cut.cpt")


def test_learning_from_a_seed_gives_the_same_network_and_its_checkpoints(digits):
    first = code.learn_one_model(*digits, 2, seed=1)
    list(digits[0])  # a pass over the data in between makes no difference
    second = code.learn_one_model(*digits, 2, seed=1)
    assert same_weights(first.model.state_dict(), second.model.state_dict()) and first.log == second.log
    assert [path.name for path in first.checkpoints] == ["model_initial.cpt", "model_ep0.cpt", "model_ep1.cpt"]
    assert all(path.is_file() for path in first.checkpoints)
    other = code.learn_one_model(*digits, 2, seed=2)
    assert not same_weights(first.model.state_dict(), other.model.state_dict())
    assert other.checkpoints[0].parent != first.checkpoints[0].parent


def test_training_shows_a_progress_bar_and_an_epoch_a_line_if_asked(few, capsys):
    model, optimizer = new_run()
    code.train(model, optimizer, *few, criterion, 1, "cpu", 1)
    out, err = capsys.readouterr()
    assert "epoch 1: loss" in out and "training" in err
    code.train(model, optimizer, *few, criterion, 1, "cpu", 0)
    assert capsys.readouterr().out == ""


@pytest.mark.long
def test_digits_reach_the_accuracy_of_the_course(digits):
    log = code.learn_one_model(*digits, 30, seed=0).log
    assert 0.5 < log[0][1] < 1.3 and 0.08 < log[0][9] < 0.25 and log[0][29] < 0.05
    assert log[3][29] > 0.95


@pytest.mark.night
def test_mnist_is_read_and_ten_epochs_reach_the_accuracy_of_the_course(mnist):
    train_loader, test_loader = code.get_mnist()
    assert len(train_loader.dataset) == 60_000 and len(test_loader.dataset) == 10_000
    images = test_loader.dataset.tensors[0]
    assert images.min() == 0 and 0.9 < images.max() < 1
    log = code.learn_one_model(train_loader, test_loader, 10, seed=0).log
    # Measured with seeds 0 and 1: training loss .0138 and .0190, test error .94 and 1.31 %.
    assert log[0][9] < 0.025 and log[3][9] > 0.985
    assert log[3][0] > 0.96


def test_importing_the_modules_imports_neither_torchvision_nor_matplotlib():
    slow = ("torchvision", "matplotlib", "sklearn", "scipy")
    script = f"import sys, losssurf_lab_utils; print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_numpy_does_not_warn_of_the_small_numbers_that_are_taken_for_zero():
    script = "import lab_cnn_solution, numpy; numpy.finfo('float32'), numpy.finfo('float64')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_on_a_cpu_gradients_are_taken_with_the_channels_innermost_and_lie_in_memory_as_ever():
    with code.seeded(0):
        net, images = code.CNN(), torch.rand(3, 1, 28, 28)
    inputs = []
    net.conv2.register_forward_pre_hook(lambda module, arguments: inputs.append(arguments[0]))
    outputs = net(images)
    outputs.square().sum().backward()
    with torch.no_grad():
        assert torch.allclose(net(images), outputs, atol=1e-6)
    assert [x.is_contiguous(memory_format=torch.channels_last) for x in inputs] == [True, False]
    for p in net.parameters():
        assert p.view(-1).shape == p.grad.view(-1).shape  # as many students flatten them


@pytest.mark.skipif(sys.platform != "linux", reason="of the OpenMP that PyTorch brings for Linux")
@pytest.mark.parametrize(
    "settings, spins", [({}, "2000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "PASSIVE"}, "0")]
)
def test_pytorchs_threads_soon_leave_a_core_but_where_the_environment_says_otherwise(settings, spins):
    own = "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"
    environment = {name: value for name, value in os.environ.items() if name not in own}
    environment |= {"OMP_DISPLAY_ENV": "VERBOSE", **settings}  # it tells its settings when it is loaded
    done = subprocess.run([sys.executable, "-c", "import lab_cnn_solution"], env=environment, capture_output=True)
    assert re.findall(r"GOMP_SPINCOUNT = '(\d+)'", done.stderr.decode()) == [spins]


@pytest.mark.skipif(os.cpu_count() == 1, reason="one core, so one thread always")
@pytest.mark.parametrize("settings, threads", [({}, 1), ({"OMP_NUM_THREADS": "2"}, 2)])
def test_pytorch_has_as_many_threads_as_cores_are_given_to_the_process(settings, threads):
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    environment |= {"LOKY_MAX_CPU_COUNT": "1", **settings}  # where joblib looks, as into a container's limits
    source = "import lab_cnn_solution, torch; print(torch.get_num_threads())"
    done = subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True)
    assert done.stdout.decode().strip() == str(threads), done.stderr


THREADS = """
import lab_cnn_solution, scipy.linalg, threadpoolctl
print({each["num_threads"] for each in threadpoolctl.threadpool_info() if each["internal_api"] == "openblas"})
"""


@pytest.mark.skipif(os.cpu_count() == 1, reason="one core, so one thread always")
@pytest.mark.parametrize("settings, threads", [({}, "{1}"), ({"OPENBLAS_NUM_THREADS": "2"}, "{2}")])
def test_numpy_has_one_thread_beside_pytorch_but_where_the_environment_says_otherwise(settings, threads):
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", THREADS], env={**environment, **settings}, capture_output=True)
    assert done.stdout.decode().strip() == threads, done.stderr
