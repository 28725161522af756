"""Who follows docs/own_network.md sees the three experiments on other networks and data: its blocks, run as they stand.

`python tests/test_own_network.py FOLDER` runs them on FashionMNIST, and draws the page's pictures. FOLDER is where the
data are, or come to be.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mutation import answers_of_solutions
from PIL import Image

pytestmark = pytest.mark.long

REPO = Path(__file__).parents[1]
PAGE = REPO / "docs" / "own_network.md"
TASKS = "eval_hess_vec_prod", "Polychain", "principal_directions"
SAVED = """import itertools
from matplotlib import pyplot
names = itertools.count(1)
def save():
    pyplot.savefig(f"{next(names)}.png", dpi=80)
    pyplot.close("all")
pyplot.show = save
"""


def script(*, with_pictures):
    """The blocks of the page as one script, with the answers of `solutions/`, whose figures go to files."""
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    answers = answers_of_solutions()
    text = "\n\n".join(block for block in blocks if with_pictures or 'cases["pictures"]' not in block)
    assert text.count("# Put them here.") == 1
    return SAVED + text.replace("# Put them here.", "\n\n\n".join(answers[task] for task in TASKS))


def run(folder, *, with_pictures):
    """What the script prints in a folder."""
    Path(folder, "own_network.py").write_text(script(with_pictures=with_pictures), encoding="utf-8")
    environment = {**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": str(REPO)}
    done = subprocess.run(
        [sys.executable, "own_network.py"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


# -------------------------------------------------------------------------------------------------------- small data


def write_idx(path, array):
    """A file of MNIST's format: two zeros, the code of bytes, the number of dimensions, the sizes, the numbers."""
    head = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    path.write_bytes(head + array.astype(np.uint8).tobytes())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the digits in the files of FashionMNIST, and with pictures of three colours in class folders."""
    from lab_cnn_solution import get_digits

    folder = tmp_path_factory.mktemp("own")
    raw = folder / "data" / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name, loader in zip(("train", "t10k"), get_digits(device="cpu")):
        images, labels = (tensor.numpy() for tensor in loader.dataset.tensors)
        write_idx(raw / f"{name}-images-idx3-ubyte", 255 * images[:, 0])
        write_idx(raw / f"{name}-labels-idx1-ubyte", labels)
    rng = np.random.default_rng(0)
    for part, number in (("train", 100), ("test", 40)):
        for channel, kind in enumerate(("leaf", "rose", "sky")):
            (folder / "pictures" / part / kind).mkdir(parents=True)
            for i in range(number):
                pixels = rng.uniform(0, 200, (24 + i % 9, 40, 3))
                pixels[..., channel] += 40
                Image.fromarray(pixels.astype(np.uint8)).save(folder / "pictures" / part / kind / f"{i}.png")
    return folder


@pytest.fixture(scope="module")
def printed(folder):
    """What the script prints with the data of the folder, a figure of each part drawn for each of the two."""
    text = run(folder, with_pictures=True)
    assert len(list(folder.glob("*.png"))) == 6
    return text


def numbers(text, name, words):
    """The numbers that are printed of a data set after these words."""
    (line,) = re.findall(rf"^{name}: .*{words}(.*)$", text, re.MULTILINE)
    return [float(number) for number in re.findall(r"\d+\.?\d*(?:e[+-]\d+)?", line)]


CASES = "FashionMNIST", "pictures"


@pytest.mark.parametrize("name", CASES)
def test_the_network_learns_and_its_eigenpairs_are_eigenpairs(printed, name):
    (error,) = numbers(printed, name, "test error")
    assert error < 40  # chance: 90 and 67
    (residual,) = numbers(printed, name, "largest residual")
    assert residual < 0.01


@pytest.mark.parametrize("name", CASES)
def test_the_polychain_goes_around_the_barrier_of_the_segment(printed, name):
    segment, chain = numbers(printed, name, "barrier of the segment")
    assert 0.05 < segment and chain < segment / 2


@pytest.mark.parametrize("name", CASES)
def test_the_path_of_training_lies_closer_to_a_plane_than_a_random_walk(printed, name):
    first, second, walk_first, walk_second = numbers(printed, name, "explained variance")
    assert (walk_first, walk_second) == pytest.approx((61, 16), abs=2)  # of ten points
    assert walk_first < first < 99 and 1 < second < 20


def main(folder):
    """Run the script on FashionMNIST, and keep its three figures as the page's pictures."""
    print(run(folder, with_pictures=False))
    for number, part in enumerate(("hessian", "path", "plane"), start=1):
        shutil.copy(folder / f"{number}.png", PAGE.with_name(f"{PAGE.stem}_{part}.png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
