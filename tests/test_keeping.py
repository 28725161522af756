"""What is kept is read again only where it is right; what cannot be told or written is computed anew, and said."""

import contextlib
import dataclasses
import functools
import importlib.metadata
import inspect
import os
import pickle
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import warnings
import zipfile
from collections import OrderedDict, namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import lab_cnn_solution as code
import losssurf_lab_utils as utils
from losssurf_lab.keeping.results import draft

criterion = nn.CrossEntropyLoss()
device = torch.device("cpu")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSSURF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def computed(capsys):
    """Whether a kept function was called since the last time: each of them prints a line."""

    def number_of_calls():
        return capsys.readouterr().out.count("computed")

    return number_of_calls


@pytest.fixture
def images():
    return code.get_digits(device="cpu", num_images=64)[0].in_order(64)


@pytest.fixture
def silent():
    """Fails a test that warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# ----------------------------------------------------------------------------------------------------- what is read


Pair = namedtuple("Pair", "values vectors")


@dataclasses.dataclass(frozen=True)
class Finding:
    name: str
    values: np.ndarray


RESULTS = {
    "numbers": [1, 2.5, True, None, "text", 1 + 2j, b"a\x00b\x00", 10**30, float("inf")],
    "arrays": (np.arange(6.0).reshape(2, 3), np.float32(1.5), np.array(["a", "bc"]), np.arange(3, dtype=">i2")),
    "empty": [np.zeros((0, 3)), torch.zeros(0, 2), (), {}, set()],
    "tensors": {"w": torch.arange(6).reshape(2, 3).T, 3: torch.zeros(2, dtype=torch.bfloat16), (1, 2): torch.tensor(1)},
    "named": [Pair(1, [np.ones(2)]), Finding("x", np.ones(3)), torch.ones(3).max(0), np.linalg.eigh(np.eye(2))],
    "other": [OrderedDict(a=1), {1, 2}, frozenset("a"), nn.Parameter(torch.ones(2)), torch.ones(2, requires_grad=True)],
}


def look(thing):
    """A text that shows types and contents."""
    if isinstance(thing, (torch.Tensor, np.ndarray)):
        return f"{type(thing)} {thing.dtype} {thing.shape} {thing.tolist()} {getattr(thing, 'requires_grad', None)}"
    if dataclasses.is_dataclass(thing):
        thing = (type(thing), vars(thing))
    if isinstance(thing, dict):
        thing = (type(thing), list(thing.items()))
    if isinstance(thing, (list, tuple)):
        return f"{type(thing)} {[look(x) for x in thing]}"
    return f"{type(thing)} {thing!r}"


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_read_as_it_was_computed(name, computed, silent):
    @code.kept
    def result(name):
        print("computed")
        return RESULTS[name]

    assert look(result(name)) == look(result(name)) == look(RESULTS[name])
    assert computed() == 1


def test_a_kept_function_is_not_called_again_whatever_the_form_of_its_call(computed, silent):
    @code.kept
    def power(x, exponent=2, *, scale=1):
        print("computed")
        return scale * x**exponent

    assert power(3, 2) == power(x=3, exponent=2) == power(exponent=2, x=3) == 9 and computed() == 1
    assert power(3, 2, scale=2) == 18 and computed() == 1


@pytest.mark.long
def test_another_process_reads_what_was_kept(tmp_path, silent):
    (tmp_path / "own.py").write_text("def loss(output, labels):\n    return ((output - labels) ** 2).mean()\n")
    script = """
import torch, lab_cnn_solution as code, own
class Net(torch.nn.Linear): pass
scale = {"b": 2.0, "a": torch.ones(2)}
@code.kept
def measure(net, function, names):
    print("computed", end=" ")
    return float(scale["b"] * function(net(torch.ones(2, 2)), 1))
torch.manual_seed(0)
print(measure(Net(2, 2), own.loss, {"x", "y", "z"}))
"""
    environment = {**os.environ, "PYTHONPATH": f"{Path(__file__).parents[1]}{os.pathsep}{tmp_path}"}
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script], env={**environment, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in "12"
    ]  # fmt: skip
    assert outputs[0] == f"computed {outputs[1]}"


SMOOTHING = 0.0


def hessian_vector_product(vec, params, net, criterion, loader, device):
    product = [torch.zeros_like(p) for p in params]
    for x, y in loader:
        grads = torch.autograd.grad(criterion(net(x), y), params, create_graph=True)
        slope = sum((grad * v).sum() for grad, v in zip(grads, vec))
        for total, part in zip(product, torch.autograd.grad(slope, params)):
            total += part
    for p, total in zip(params, product):
        p.grad = total


def small_network():
    with code.seeded(0):
        return nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(49, 4), nn.Tanh(), nn.Linear(4, 10))


@pytest.mark.parametrize(
    "option", [{"label_smoothing": 0.2}, {"ignore_index": 3}, {"weight": torch.linspace(1, 9, 10)}]
)
def test_eigenpairs_are_those_of_the_loss_that_is_given(option, images, silent):
    net, values = small_network(), []
    for loss in (criterion, nn.CrossEntropyLoss(**option)):
        found = utils.eigenpairs(hessian_vector_product, net, loss, images, device, 1)
        product = utils.hessian_vector_product(hessian_vector_product, net, loss, images, device)
        assert found.values[0] == pytest.approx(found.vectors[:, 0] @ product(found.vectors[:, 0]), rel=1e-3)
        again = utils.eigenpairs(hessian_vector_product, net, loss, images, device, 1)
        np.testing.assert_array_equal(again.vectors, found.vectors)
        values.append(found.values[0])
    assert abs(values[0] / values[1] - 1) > 0.02  # far more than the tolerance of either


def test_a_shuffled_loader_has_the_same_order_afterwards_and_eigenpairs_are_kept(computed, silent):
    loader = code.get_digits(device="cpu", num_images=64)[0]
    before = loader.generator.get_state()

    def product(*args):
        print("computed")
        return hessian_vector_product(*args)

    first = utils.eigenpairs(product, small_network(), criterion, loader, device, 1)
    assert torch.equal(loader.generator.get_state(), before) and computed() == first.num_products
    utils.eigenpairs(product, small_network(), criterion, loader, device, 1)
    assert computed() == 0


def cell_of_the_course(name):
    """A cell of a notebook, as the notebook runs it: on variables of its own."""
    import json

    file = Path(__file__).parents[1] / "solutions" / "hessian_spectrum.ipynb"
    return next("".join(c["source"]) for c in json.loads(file.read_text())["cells"] if c["id"] == name)


def test_the_notebooks_own_eigenvalues_are_kept_and_follow_its_loss(images, silent):
    from scipy.sparse.linalg import LinearOperator, eigsh

    variables = dict(code=code, utils=utils, np=np, LinearOperator=LinearOperator, eigsh=eigsh, device=device)
    net = small_network()

    def eigenvalue(smoothing):
        """By the cell run anew, with a loss of the variable that it uses."""
        loss = nn.CrossEntropyLoss(label_smoothing=smoothing)
        variables.update(criterion=loss, eval_hess_vec_prod=hessian_vector_product)
        exec(cell_of_the_course("hessian-11"), variables)
        return variables["get_hessian_eigs"](net, images, k=1, tol=1e-5)[0][0]

    plain, smoothed = eigenvalue(0.0), eigenvalue(0.2)
    assert abs(smoothed / plain - 1) > 0.02
    files = sorted(Path(os.environ["LOSSSURF_CACHE"]).glob("results/*"))
    assert (eigenvalue(0.0), eigenvalue(0.2)) == (plain, smoothed)
    assert len(files) == 2 and sorted(Path(os.environ["LOSSSURF_CACHE"]).glob("results/*")) == files


def test_a_function_that_is_redefined_beside_a_kept_one_counts(computed):
    variables = {"code": code}
    exec("@code.kept\ndef outer(x):\n    print('computed')\n    return inner(x)", variables)
    exec("def inner(x):\n    return x + 1", variables)
    assert variables["outer"](1) == 2
    exec("def inner(x):\n    return x + 2", variables)
    assert variables["outer"](1) == 3
    assert computed() == 2


# -------------------------------------------------------------------------------------------- what is computed anew


def with_generator(x=None):
    return len(list(x or iter([1])))


def drawing_by_torch():
    return torch.rand(1).item()


def drawing_by_numpy():
    return np.random.rand()


def drawing_by_python():
    return random.random()


def drawing_without_a_seed(seed=None):
    return np.random.default_rng(seed).random()


def dropping(x=None):
    return nn.functional.dropout(torch.ones(100), 0.5).sum().item()


@pytest.mark.parametrize(
    "function", [drawing_by_torch, drawing_by_numpy, drawing_by_python, drawing_without_a_seed, dropping]
)
def test_a_function_that_draws_random_numbers_draws_them_each_time_and_says_so(function):
    kept = code.kept(function)
    with pytest.warns(UserWarning, match=f"result of {function.__name__} is not kept.*random numbers") as said:
        assert len({kept() for _ in range(4)}) > 1
    assert len(said) == 1


def test_random_numbers_from_a_seed_are_kept(computed, silent):
    @code.kept
    def drawn(seed):
        print("computed")
        with code.seeded(seed):
            return torch.rand(1).item() + np.random.default_rng(seed).random()

    assert drawn(3) == drawn(3) and computed() == 1


def advance(rng):
    return rng.random()


def append(things):
    things.append(1)
    return len(things)


def train_a_little(net):
    net[4].bias.data += 1
    return net[4].bias.sum().item()


def leave_gradients(net):
    net(torch.ones(1, 1, 28, 28)).sum().backward()
    return 1.0


def take_statistics(net):
    net[1](torch.randn(8, 3, generator=torch.Generator().manual_seed(0)))
    return 1.0


def read_through(loader):
    return sum(len(labels) for _, labels in loader)


COUNTS = [0]


def count(x):
    COUNTS[0] += 1
    return COUNTS[0]


@pytest.mark.parametrize(
    "function, argument",
    [
        (advance, lambda: np.random.default_rng(0)), (append, list), (train_a_little, small_network),
        (leave_gradients, small_network), (count, int),
        (take_statistics, lambda: nn.Sequential(nn.Flatten(), nn.BatchNorm1d(3))),
        (read_through, lambda: code.get_digits(device="cpu", num_images=64)[0]),
    ],
)  # fmt: skip
def test_a_function_that_changes_what_it_is_given_does_so_each_time_and_says_so(function, argument):
    kept, changed = code.kept(function), []
    with pytest.warns(UserWarning, match=f"result of {function.__name__} is not kept.* the call changes") as said:
        for _ in range(2):
            thing = argument()
            kept(thing)
            changed.append(thing)
    assert len(said) == 1
    expected = argument()
    function(expected)
    for thing in changed:
        if isinstance(thing, nn.Module):
            states = thing.state_dict(), expected.state_dict()
            assert all(torch.equal(a, b) for a, b in zip(*(s.values() for s in states)))
            grads = [[p.grad is None for p in net.parameters()] for net in (thing, expected)]
            assert grads[0] == grads[1]


@pytest.mark.parametrize("given, is_kept", [(lambda path: path, True), (str, False)])
def test_a_file_is_followed_where_it_is_given_as_a_path_and_else_nothing_is_kept(given, is_kept, tmp_path, computed):
    @code.kept
    def numbers(file):
        print("computed")
        return np.load(file)

    file = tmp_path / "numbers.npy"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for value in (1, 1, 2):
            np.save(file, np.full(2, value))
            assert numbers(given(file)).tolist() == [value, value]
    assert computed() == (2 if is_kept else 3)
    assert [("numbers.npy" in str(w.message) and "pathlib.Path" in str(w.message)) for w in said] == [True] * (
        not is_kept
    )


def read_in_a_pool(file):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(Path(file).read_text).result()


def read_in_a_thread_of_a_thread(file):
    found = []
    inner = threading.Thread(target=lambda: found.append(Path(file).read_text()))
    outer = threading.Thread(target=lambda: (inner.start(), inner.join()))
    outer.start()
    outer.join()
    return found[0]


def read_from_a_database(file):
    with contextlib.closing(sqlite3.connect(f"{file}.db")) as connection:
        return connection.execute("select x from t").fetchone()[0]


@pytest.mark.parametrize("read", [read_in_a_pool, read_in_a_thread_of_a_thread, read_from_a_database])
def test_a_file_read_by_a_thread_of_the_call_or_as_a_database_is_seen(read, tmp_path):
    file, kept = tmp_path / "text", code.kept(read)
    with contextlib.closing(sqlite3.connect(f"{file}.db")) as connection, pytest.warns(UserWarning, match="it uses"):
        connection.execute("create table t(x)")
        connection.execute("insert into t values('')")
        for text in ("one", "two"):
            file.write_text(text)
            connection.execute("update t set x = ?", [text])
            connection.commit()
            assert kept(str(file)) == text


def test_a_database_in_memory_is_no_file(computed, silent):
    @code.kept
    def one():
        print("computed")
        with contextlib.closing(sqlite3.connect(":memory:")) as connection:
            return connection.execute("select 1").fetchone()[0]

    assert one() == one() == 1 and computed() == 1


def test_threads_call_kept_functions_at_once_and_what_other_threads_read_does_not_count(tmp_path, cache, silent):
    (tmp_path / "others").write_text("a file of another thread")

    @code.kept
    def numbers(k):
        return np.arange(300_000.0) + k

    @code.kept
    def wait(k):
        time.sleep(0.1 * k)
        return k

    def work(k):
        (tmp_path / "others").read_text()
        np.random.default_rng()
        return numbers(k % 2)[0], wait(k), draft().file

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(work, range(4))] == [(k % 2, k, None) for k in range(4)]
        assert [*pool.map(lambda k: numbers(k % 2)[0], range(8))] == [0, 1] * 4
    assert len(list(cache.glob("results/*"))) == 6


def test_looking_for_modules_and_packages_reads_no_data(tmp_path, monkeypatch, computed, silent):
    archive = tmp_path / "modules.zip"
    with zipfile.ZipFile(archive, "w") as modules:
        modules.writestr("zipped_module.py", "three = 3")
    monkeypatch.syspath_prepend(str(archive))

    @code.kept
    def three():
        print("computed")
        importlib.metadata.version("numpy")
        import zipped_module

        return zipped_module.three

    importlib.invalidate_caches()
    assert (three(), three()) == (3, 3) and computed() == 1


def test_what_pip_wrote_of_a_package_is_no_data_wherever_it_lies(tmp_path, monkeypatch, computed, silent):
    folder = tmp_path / "beside-1.0.dist-info"  # as `pip install --target` leaves it
    folder.mkdir()
    (folder / "METADATA").write_text("Name: beside\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[of.beside]\nname = module:function\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    @code.kept
    def found():
        print("computed")
        return [point.name for point in importlib.metadata.entry_points(group="of.beside")]

    importlib.invalidate_caches()
    assert (found(), found()) == (["name"], ["name"]) and computed() == 1


def test_finding_the_folder_of_temporary_files_reads_no_data(monkeypatch, computed, silent):
    monkeypatch.setattr(tempfile, "tempdir", None)  # as in a process that has not looked for it yet

    @code.kept
    def has_a_folder():
        print("computed")
        return bool(tempfile.gettempdir())

    assert has_a_folder() and computed()
    assert has_a_folder() and not computed()


def test_an_lstm_can_be_told(computed, silent):
    @code.kept
    def outputs(net):
        print("computed")
        return net(torch.ones(2, 3))[0].detach()

    with code.seeded(0):
        net = nn.LSTM(3, 2)
    with code.seeded(0):
        again = nn.LSTM(3, 2)
    assert torch.equal(outputs(net), outputs(again)) and computed() == 1
    net.weight_hh_l0.data += 1
    outputs(net)
    assert computed() == 1


def test_what_lies_in_a_folder_is_not_kept(tmp_path):
    number_of_files = code.kept(lambda folder: len(os.listdir(folder)))
    with pytest.warns(UserWarning, match="the folder"):
        assert number_of_files(tmp_path) == 0
    (tmp_path / "new").touch()
    assert number_of_files(tmp_path) == 1


@pytest.mark.parametrize(
    "argument, words",
    [(lambda: iter([1, 2]), "list_iterator"), (lambda: DataLoader(TensorDataset(torch.ones(2))), "DataLoader")],
)
def test_what_cannot_be_told_is_computed_anew_with_one_warning(argument, words, computed):
    @code.kept
    def length(things):
        print("computed")
        return len(list(things))

    with pytest.warns(UserWarning, match=f"length is computed anew at each call.*argument things.*{words}") as said:
        assert length(argument()) == length(argument()) == 2
    assert len(said) == 1 and computed() == 2


def test_the_profile_and_the_clock_are_no_results_to_keep(monkeypatch):
    for function, words in ((lambda: code.get_profile(), "os.environ"), (lambda: time.perf_counter(), "perf_counter")):
        with pytest.warns(UserWarning, match=words):
            code.kept(function)()


class Loose:
    pass


@pytest.mark.parametrize("make", [lambda: (x for x in [1]), Loose, small_network, lambda: [lambda: 1]])
def test_a_result_that_is_more_than_data_is_returned_all_the_same(make, cache):
    with pytest.warns(UserWarning, match="holds more than data") as said:
        kept = code.kept(lambda: make())
        assert type(kept()) is type(make()) and type(kept()) is type(make())
    assert len(said) == 1 and not list(cache.glob("results/*"))
    assert list(code.kept(lambda: (x for x in [1, 2]))()) == [1, 2]


@pytest.mark.parametrize("kind", ["a file in the way", "no folder at all", "a null character"])
def test_a_result_that_cannot_be_written_is_returned_all_the_same(kind, tmp_path, monkeypatch, computed):
    (tmp_path / "file").touch()
    place = {"a file in the way": tmp_path / "file" / "cache", "no folder at all": "/dev/null/cache"}.get(kind)
    if place:
        monkeypatch.setenv("LOSSSURF_CACHE", str(place))
    else:
        monkeypatch.setattr("losssurf_lab.keeping.results.cache_dir", lambda: Path("nu\0ll"))

    @code.kept
    def one():
        print("computed")
        return torch.ones(1)

    with pytest.warns(UserWarning, match="result of one is not kept.*cannot be written") as said:
        assert one() == one() == 1
    assert len(said) == 1 and computed() == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_costs_no_result(monkeypatch, computed, cache):
    @code.kept
    def one():
        print("computed")
        return torch.ones(1)

    save = torch.save
    monkeypatch.setattr(torch, "save", lambda tree, file: save(tree, "/dev/full"))
    with pytest.warns(UserWarning, match="cannot be written"):
        assert one() == 1
    assert not list(cache.glob("results/*"))


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


@pytest.mark.parametrize("content", ["a pickle", "cut short", "another key", "another form", "nothing"])
def test_foreign_and_damaged_files_are_computed_anew_and_run_no_code(content, cache, computed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    @code.kept
    def one():
        print("computed")
        return [1]

    one()
    (file,) = cache.glob("results/*")
    state = torch.load(file, weights_only=True)
    if content == "a pickle":
        file.write_bytes(pickle.dumps({"key": state["key"], "tree": Bomb()}))
    elif content in ("cut short", "nothing"):
        file.write_bytes(file.read_bytes()[: 100 if content == "cut short" else 0])
    else:
        wrong = {"another key": {**state, "key": "0"}, "another form": {**state, "tree": {"is": "os", "of": [2]}}}
        torch.save(wrong[content], file)
    assert one() == [1] == one() and computed() == 2
    assert not Path("exploded").exists()
    assert torch.load(file, weights_only=True) == state


def flip_a_bit_in(file, data):
    """In a file, of the numbers that it holds."""
    content = bytearray(file.read_bytes())
    content[content.index(data) + 6] ^= 16
    file.write_bytes(content)


def test_one_wrong_bit_of_a_result_is_seen_and_the_result_computed_anew(cache, computed):
    @code.kept
    def numbers():
        print("computed")
        return np.arange(1000.0) + 0.5

    right = numbers()
    (file,) = cache.glob("results/*")
    flip_a_bit_in(file, right.tobytes())
    with pytest.warns(UserWarning, match="is damaged, and what it held is computed anew"):
        np.testing.assert_array_equal(numbers(), right)
    np.testing.assert_array_equal(numbers(), right)
    assert computed() == 2


def test_one_wrong_bit_of_a_checkpoint_is_told_in_words(tmp_path):
    weights = torch.arange(1000.0)
    code.save_checkpoint({"w": weights}, tmp_path / "w.cpt")
    assert torch.equal(code.load_checkpoint(tmp_path / "w.cpt")["w"], weights)
    flip_a_bit_in(tmp_path / "w.cpt", weights.numpy().tobytes())
    with pytest.raises(ValueError, match=r"w\.cpt is no readable checkpoint .*damaged.*the checksum of"):
        code.load_checkpoint(tmp_path / "w.cpt")


def test_a_checkpoint_of_the_format_without_checksums_is_read(tmp_path):
    torch.save({"w": torch.ones(2)}, tmp_path / "w.cpt", _use_new_zipfile_serialization=False)
    assert torch.equal(code.load_checkpoint(tmp_path / "w.cpt")["w"], torch.ones(2))


def test_what_is_written_is_data_alone(cache):
    for result in RESULTS.values():
        code.kept(lambda result=result: result)()
    for file in cache.glob("results/*"):
        torch.load(file, weights_only=True)
    assert len(list(cache.glob("results/*"))) == len(RESULTS)


# ------------------------------------------------------------------------------------------------------- the rest


def test_a_draft_is_read_by_the_next_call_and_gone_at_the_end(cache, capsys):
    @code.kept
    def slowly(x):
        found = [*draft().read(), {"numbers": np.zeros(0)}][0]["numbers"]
        print(f"starts with {len(found)}")
        for number in range(len(found), 3):
            found = np.append(found, number)
            if x == "interrupted" and number == 1:
                draft().write({"numbers": found}, now=True)
                raise KeyboardInterrupt
            draft().write({"numbers": found})
        return found

    with pytest.raises(KeyboardInterrupt):
        slowly("interrupted")
    assert slowly("whole").tolist() == [0, 1, 2]
    assert slowly("interrupted").tolist() == [0, 1, 2]
    assert capsys.readouterr().out.split() == "starts with 0 starts with 0 starts with 2".split()
    assert len(list(cache.glob("results/*"))) == 2


def test_a_kept_function_keeps_its_name_and_its_signature():
    assert code.kept(np.linalg.norm).__name__ == "norm"
    assert list(inspect.signature(code.kept(train_a_little)).parameters) == ["net"]
    assert code.kept(functools.partial(pow, 2))(3) == 8


def test_a_kept_method_tells_its_objects_apart(computed, silent):
    class Scale:
        def __init__(self, factor):
            self.factor = factor

        @code.kept
        def times(self, x):
            print("computed")
            return self.factor * x

    assert (Scale(2).times(3), Scale(2).times(3), Scale(5).times(3)) == (6, 6, 15) and computed() == 2


def test_an_error_is_raised_as_it_is_and_nothing_is_kept(cache):
    @code.kept
    def fails(x):
        raise ValueError("the function's own")

    for call in (lambda: fails(1), lambda: fails(1)):
        with pytest.raises(ValueError, match="the function's own"):
            call()
    with pytest.raises(TypeError, match="fails"):
        fails(1, 2)
    assert not list(cache.glob("results/*"))


@pytest.mark.parametrize("variable", ["LOSSSURF_CACHE", "LOSSSURF_DATA"])
def test_a_tilde_is_the_home_folder(variable, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(variable, "~/folder")
    if variable == "LOSSSURF_CACHE":
        assert code.cache_dir() == tmp_path / "folder"
    else:
        (tmp_path / "folder" / "MNIST" / "raw").mkdir(parents=True)
        for name in code.MNIST_MD5:
            (tmp_path / "folder" / "MNIST" / "raw" / name).write_bytes(b"found, and damaged")
        with pytest.raises(ValueError, match="is damaged"):
            code.get_mnist()
    code.save_checkpoint({"w": torch.ones(1)}, "~/w.cpt")
    assert (tmp_path / "w.cpt").is_file() and code.load_checkpoint("~/w.cpt")["w"] == 1


def test_cache_file_names_one_file_for_one_content(cache):
    assert code.cache_file("x", 1, criterion) == code.cache_file("x", 1, nn.CrossEntropyLoss())
    assert code.cache_file("x", 1) != code.cache_file("x", 2) and code.cache_file("x", 1).parent == cache / "results"
    with pytest.warns(UserWarning, match="What decides y cannot be told"):
        assert code.cache_file("y", iter([1])) is None
