"""What a GPU makes of the course: are right answers right on it, do the tests pass, and how much faster is it?

    python benchmarks/gpu.py [--device cuda|cpu] [--output docs/gpu.md]

Needs PyTorch, NumPy, SciPy, scikit-learn, Matplotlib, tqdm and pytest, and at most eight minutes. Each section is
written to the output as soon as it is done; one that fails says so there, and the others follow. Without a GPU it says
so, and writes nothing. LOSSSURF_DATA=FOLDER takes MNIST from FOLDER/MNIST/raw for the eigenpairs, for which torchvision
is needed; else they are those of scikit-learn's digits.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import torch

REPO = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO), str(REPO / "tests")]

import hvp  # noqa: E402
from helpers import cases, seconds  # noqa: E402
from test_submissions import RIGHT, WRONG, execute, has_fair_points, judge  # noqa: E402

import lab_cnn_solution as code  # noqa: E402
import losssurf_lab_utils as utils  # noqa: E402
from autograder import checks  # noqa: E402
from losssurf_lab import traced  # noqa: E402
from losssurf_lab.traced import traced_hess_vec_prod  # noqa: E402

TESTS = ["test_lab_cnn_solution.py", "test_losssurf_lab_utils.py", "test_traced.py", "test_walks.py"]
BUDGET = 100  # seconds for the wrong answers, some of which take their time
ROW = "| {} | {} | {} | {} |"


# ----------------------------------------------------------------------------------------------------------- sections


def surroundings(device):
    """The machine."""
    name = torch.cuda.get_device_name() if device == "cuda" else "no GPU"
    versions = f"Python {platform.python_version()}, PyTorch {torch.__version__}, NumPy {np.__version__}"
    return f"{name}, {os.cpu_count()} cores, CUDA {torch.version.cuda}; {versions}."


@contextmanager
def tf32(allowed):
    """TF32, with its 10 bits for the factors of products and convolutions, allowed or not."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = allowed
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def right_answers(device):
    """How many right answers have all points."""
    fit = [submission for submission in RIGHT if submission.on_cuda]
    names = ", ".join(f"`{submission.name}`" for submission in RIGHT if not submission.on_cuda)
    lines = [
        "Each is called on the CPU and on the GPU, and has the points of where it went worse. Left out are answers "
        f"that make tensors on the CPU alone, which a GPU refuses: {names}.",
        "",
    ]
    for allowed in (False, True):
        with tf32(allowed):
            lost = [text for submission in code.progress(fit, "right answers") if (text := lost_by(submission, device))]
        lines += [
            f"TF32 {'on' if allowed else 'off'}: {len(fit) - len(lost)} of {len(fit)} have all points.",
            *lost,
            "",
        ]
    return "\n".join(lines).strip()


def lost_by(submission, device):
    """What a right answer loses points for, "" where it does not."""
    answer = execute(submission.source, submission.task, "<answer>")
    with torch.random.fork_rng():
        verdicts = checks.run(submission.task, answer, device=device)
    said = [verdict for verdict in verdicts if verdict.score < verdict.max_score]
    return "\n".join(f"- `{submission.name}`: {each.name}: {each.message.splitlines()[0]}" for each in said)


def wrong_answers(device):
    """Whether wrong answers get what they deserve."""
    end, seen, unfair = time.monotonic() + BUDGET, 0, []
    for submission in code.progress([each for each in WRONG if each.on_cuda], "wrong answers"):
        if time.monotonic() > end:
            break
        with tf32(False):
            outcome, seen = judge(submission, 0, device), seen + 1
        if not has_fair_points(submission, outcome):
            unfair.append(f"- `{submission.name}`: {outcome.score:g} points, fair are {submission.points}")
    return "\n".join([f"{seen - len(unfair)} of the {seen} tried have the points that they deserve.", *unfair])


def tests(device):
    """The tests that run on the GPU too."""
    command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider", "-k", device]
    command += [str(REPO / "tests" / name) for name in TESTS]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True)
    print(done.stdout[-3000:], done.stderr[-2000:])
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    last = done.stdout.splitlines()[-1] if done.stdout else done.stderr[-300:]
    return "\n".join([f"`pytest -k {device}`: {last.strip('= ')}", *(f"- {line}" for line in lines)])


def figures(device):
    """Times of the helpers on the CPU and on the GPU."""
    lines = [ROW.format("seconds, median of 5", "CPU", "GPU", "ratio"), ROW.format(*["---"] * 4)]
    for (name, _, on_cpu), (_, _, on_gpu) in list(zip(cases("cpu"), cases(device)))[:-1]:  # less the imports
        lines.append(row(name, partial(seconds, on_cpu, "cpu"), partial(seconds, on_gpu, device)))
    traced.MOST_KEPT = 2**35  # all of it
    for name, product in (("as students write it", hvp.double_backward), ("traced", traced_hess_vec_prod)):
        name = f"product of the Hessian, 60,000 images, {name}"
        lines.append(row(name, *(product_timer(product, where) for where in ("cpu", device)), repeats=3))
    return "\n".join(lines)


def row(name, *timers, repeats=5):
    """A row of the table: medians of the two timers' seconds after a first run that does not count."""
    medians = [statistics.median([timer() for _ in range(repeats + 1)][1:]) for timer in timers]
    return ROW.format(name, *(f"{median:.4f}" for median in medians), f"{medians[0] / medians[1]:.1f}")


def product_timer(product, device):
    """A function that makes a product over 60,000 random images and tells its seconds."""
    draw = torch.Generator().manual_seed(0)
    images, labels = torch.rand(60000, 1, 28, 28, generator=draw), torch.randint(10, (60000,), generator=draw)
    loader = code.TensorLoader(images.to(device), labels.to(device), batch_size=1000)
    with code.seeded(0):
        net = code.CNN().to(device)
    params = list(net.parameters())
    vec = [torch.ones_like(p) for p in params]
    return partial(seconds, partial(product, vec, params, net, hvp.criterion, loader, torch.device(device)), device)


def eigenpairs(device):
    """The 20 largest eigenpairs, found on both."""
    has_mnist = (Path(os.environ.get("LOSSSURF_DATA", "")) / "MNIST" / "raw").is_dir()
    train, test = (code.get_mnist if has_mnist else code.get_digits)(device="cpu")
    with code.seeded(0):
        net = code.CNN()
    optimizer = code.adam(net.parameters())
    for _ in range(3 if has_mnist else 10):
        code.train_epoch(net, optimizer, train, hvp.criterion, "cpu")
    images, labels = (tensor[:6000] for tensor in train.dataset.tensors)
    found, times = {}, {}
    for where in ("cpu", device):
        loader = code.TensorLoader(images.to(where), labels.to(where), batch_size=1000)
        start = time.perf_counter()
        arguments = hvp.double_backward, net.to(where), hvp.criterion, loader, torch.device(where)
        found[where] = utils.eigenpairs.__wrapped__(*arguments, 20)
        times[where] = time.perf_counter() - start
    cpu, gpu = found["cpu"], found[device]
    overlap = np.linalg.norm(cpu.vectors.T @ gpu.vectors) ** 2 / 20
    return (
        f"Of the Hessian on {len(labels)} images of {'MNIST' if has_mnist else 'the digits'}: "
        f"{times['cpu']:.1f} s and {cpu.num_products} products on the CPU, {times[device]:.1f} s and "
        f"{gpu.num_products} on the GPU. The values differ by {np.abs(gpu.values / cpu.values - 1).max():.1e} at most, "
        f"relative; of the two spans {overlap:.4f} is common."
    )


SECTIONS = {
    "Right answers": right_answers,
    "Tests": tests,
    "Times": figures,
    "Eigenpairs": eigenpairs,
    "Wrong answers": wrong_answers,
}


# --------------------------------------------------------------------------------------------------------------- page


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", choices=["cpu", "cuda"], help="cpu: to try the program itself")
    parser.add_argument("--output", type=Path, default=REPO / "docs" / "gpu.md")
    parser.add_argument("sections", nargs="*", metavar="section", help=f"of: {', '.join(SECTIONS)} (default: all)")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        print("There is no GPU here that PyTorch can use: nothing was measured, and nothing was written.")
        return 0
    warnings.simplefilter("ignore")
    page, failed = ["# On a GPU", f"Made by `make gpu`. {surroundings(options.device)}"], 0
    with tempfile.TemporaryDirectory() as cache:
        os.environ["LOSSSURF_CACHE"] = cache
        for title, section in SECTIONS.items():
            if options.sections and title not in options.sections:
                continue
            start = time.perf_counter()
            try:
                text = section(options.device)
            except Exception as error:  # the other sections are to be had all the same
                traceback.print_exc()
                text, failed = f"This section ended with {type(error).__name__}: {error}", failed + 1
            page += [f"## {title}", text, f"({time.perf_counter() - start:.0f} s)"]
            print("\n\n".join(page[-3:]), flush=True)
            options.output.write_text("\n\n".join(page) + "\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
