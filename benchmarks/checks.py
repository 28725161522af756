"""Prints the time of each check, and the rounding errors of right answers on which the tolerances rest.

`python benchmarks/checks.py [seeds]`. Right answers are those of `tests/submissions` that deserve full marks, and the
errors are the largest over all of them, all cases and all seeds. TF32 is a GPU's own where there is one; elsewhere it
is imitated: the factors of each matrix product and convolution are rounded to 10 bits.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

REPO = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO), str(REPO / "tests")]

from test_submissions import corpus, execute  # noqa: E402

from autograder import checks  # noqa: E402
from losssurf_lab.on_paths.judge import OUTPUT_TOLERANCE, WEIGHT_TOLERANCE, WeightsAlong  # noqa: E402
from losssurf_lab.tasks.eval_hess_vec_prod import judge as product_judge  # noqa: E402
from losssurf_lab.tasks.principal_directions import judge as directions_judge  # noqa: E402
from losssurf_lab.tasks.random_walk_explained_variance import judge as walk_judge  # noqa: E402
from losssurf_lab.tasks.subspace_overlap import judge as overlap_judge  # noqa: E402

PRODUCTS = [torch.ops.aten.mm, torch.ops.aten.addmm, torch.ops.aten.bmm]
PRODUCTS += [torch.ops.aten.convolution, torch.ops.aten.convolution_backward]


class ImitatedTF32(TorchDispatchMode):
    """Rounds the float32 inputs of matrix products and convolutions to the 10 bits that TF32 keeps."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function.overloadpacket in PRODUCTS:
            args = [_rounded(arg) if isinstance(arg, torch.Tensor) else arg for arg in args]
        return function(*args, **(kwargs or {}))


def _rounded(tensor):
    if tensor.dtype != torch.float32:
        return tensor
    bits = tensor.contiguous().view(torch.int32)
    return ((bits + 0x1000) & ~0x1FFF).view(torch.float32)


def right_answers(grade_id):
    """`{name: answer}` of the corpus' right answers."""
    right = [each for each in corpus() if each.task == grade_id and each.is_right]
    return {each.path.stem: execute(each.source, grade_id, f"<answer {each.path.stem}>") for each in right}


def runs(grade_id, seeds, answers, device="cpu"):
    """Each answer on the inputs of each seed: (inputs, reference, results)."""
    for seed in seeds:
        inputs, reference = checks.prepare(grade_id, seed)
        for answer in answers.values():
            yield inputs, reference, checks.CHECKS[grade_id].drive.drive(answer, inputs, device)


def product_errors(seeds, answers, device="cpu"):
    """The largest error of a product, as a share of its length."""
    errors = []
    for inputs, references, results in runs("eval_hess_vec_prod", seeds, answers, device):
        for name, case in inputs["cases"].items():
            if name in inputs["budgets"]:  # of which nobody has the whole Hessian
                continue
            for vector, product in zip(case["vectors"][:3], results[name]["products"]):
                right = references[name]["hessians"].mean(0) @ vector
                errors.append(np.linalg.norm(product - right) / np.linalg.norm(right))
    return max(errors)


def path_errors(grade_id, seeds, answers, device="cpu"):
    """The largest errors of weights (of the largest weight), and of outputs and gradients (of their length)."""
    weights, others = [], []
    for run in runs(grade_id, seeds, answers, device):
        curves = ["one bend", "two bends"] if grade_id == "Bezier" else []
        for inputs, reference, results in [[part[curve] for part in run] for curve in curves] or [run]:
            path = WeightsAlong(inputs, results["path"], reference)
            weights += [path.error(at).max() / np.abs(path.nodes).max() for at in range(len(path.positions))]
            grads = [np.concatenate([g.ravel() for bend in bends for g in bend.values()])
                     for bends in results["gradients"]["bends"]]  # fmt: skip
            pairs = [*zip(grads, reference["bend_gradients"]), *zip(results["course"]["outputs"], reference["course"])]
            if "ends" in results:
                pairs += zip(results["ends"]["outputs"], reference["outputs"])
            others += [np.linalg.norm(got - due) / np.linalg.norm(due) for got, due in pairs]
    return max(weights), max(others)


def direction_errors(seeds, answers):
    """The largest errors of a direction (a unit vector), and of means and ratios (of their length)."""
    directions, values = [], []
    for _, references, results in runs("principal_directions", seeds, answers):
        for name, due in references.items():
            for key, direction in zip(("direction1", "direction2"), due["directions"]):
                got = results[name][key].ravel()
                directions.append(min(np.linalg.norm(got - direction), np.linalg.norm(got + direction)))
            ratios = (due["variances"] / due["variances"].sum())[:2]
            for got, value in ((results[name]["mean"].ravel(), due["mean"]), (results[name]["ratios"], ratios)):
                values.append(np.linalg.norm(got - value) / np.linalg.norm(value))
    return max(directions), max(values)


def share_errors(seeds, answers):
    """The largest error of a random walk's share, as a part of it."""
    return max(
        np.abs(results[name]["values"] / walk_judge.shares_at(case, shares) - 1).max()
        for inputs, shares, results in runs("random_walk_explained_variance", seeds, answers)
        for name, case in inputs["cases"].items()
    )


def overlap_errors(seeds, answers):
    """The largest error of an overlap."""
    return max(
        abs(results[name]["values"][0] - overlap_judge.overlap(case, cosines[name]))
        for inputs, cosines, results in runs("subspace_overlap", seeds, answers)
        for name, case in inputs["cases"].items()
    )


def print_tolerances(seeds):
    """The table of tolerances and errors."""
    answers = {grade_id: right_answers(grade_id) for grade_id in checks.CHECKS}
    product, chain = answers["eval_hess_vec_prod"], answers["Polychain"]
    rows = [("product", "float32", product_errors(seeds, product), product_judge.TOLERANCE["cpu"])]
    weights, others = path_errors("Polychain", seeds, chain)
    rows += [("path: weights", "float32", weights, WEIGHT_TOLERANCE)]
    rows += [("path: outputs, gradients", "float32", others, OUTPUT_TOLERANCE["cpu"])]
    directions, values = direction_errors(seeds, answers["principal_directions"])
    rows += [("directions", "float32 and 64", directions, directions_judge.DIRECTION_TOLERANCE)]
    rows += [("means, ratios", "float32 and 64", values, directions_judge.VALUE_TOLERANCE)]
    weights, others = path_errors("Bezier", seeds, answers["Bezier"])
    rows += [("curve: weights", "float32", weights, WEIGHT_TOLERANCE)]
    rows += [("curve: gradients", "float32", others, OUTPUT_TOLERANCE["cpu"])]
    shares = share_errors(seeds, answers["random_walk_explained_variance"])
    rows += [("shares of a walk", "float64", shares, walk_judge.TOLERANCE)]
    overlaps = overlap_errors(seeds, answers["subspace_overlap"])
    rows += [("overlaps", "float64", overlaps, overlap_judge.TOLERANCE)]
    rows += _rows_of_tf32(seeds[:5], product, chain)
    print("| what | arithmetic | largest error of a right answer | tolerance | margin |\n|---|---|---|---|---|")
    for what, arithmetic, error, tolerance in rows:
        print(f"| {what} | {arithmetic} | {error:.1e} | {tolerance:.0e} | {tolerance / error:.0f} |")


def _rows_of_tf32(seeds, product, chain):
    if torch.cuda.is_available():
        rows = []
        for allowed in (False, True):
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = allowed
            errors = product_errors(seeds, product, "cuda"), path_errors("Polychain", seeds, chain, "cuda")[1]
            rows += _rows_on_a_gpu(f"CUDA, TF32 {'on' if allowed else 'off'}", *errors)
        return rows
    # Without vmap and forward differentiation, which do not go through a dispatch mode in one piece.
    plain = {name: product[name] for name in ("double_backward", "sum_then_divide", "one_large_batch")}
    with ImitatedTF32():
        return _rows_on_a_gpu("TF32, imitated", product_errors(seeds, plain), path_errors("Polychain", seeds, chain)[1])


def _rows_on_a_gpu(arithmetic, product, others):
    return [("product", arithmetic, product, product_judge.TOLERANCE["cuda"]),
            ("path: outputs, gradients", arithmetic, others, OUTPUT_TOLERANCE["cuda"])]  # fmt: skip


def print_times(repeats=5):
    """The time of each check of a right answer: the first call in this process, and the median of later ones."""
    print("\n| check | first call, s | later calls, s |\n|---|---|---|")
    for grade_id in checks.CHECKS:
        answer = next(iter(right_answers(grade_id).values()))
        seconds = []
        for seed in range(repeats + 1):
            start = time.perf_counter()
            checks.run(grade_id, answer, seed=seed)
            seconds.append(time.perf_counter() - start)
        print(f"| {grade_id} | {seconds[0]:.2f} | {np.median(seconds[1:]):.2f} |")


if __name__ == "__main__":
    torch.set_num_threads(1)
    print_times()
    print()
    print_tolerances(range(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
