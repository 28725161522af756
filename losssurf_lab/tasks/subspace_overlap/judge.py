"""The overlap of two subspaces judged."""

import math

import numpy as np

from losssurf_lab.comparing import digits, first_fault, one_for_all, without_network
from losssurf_lab.verdicts import RIGHT, Criterion, Mistake, unless_raised, waiting, worst, wrong

TOLERANCE = 1e-6  # relative and absolute; right answers err by 1e-15, in float32 by 1e-7

CRITERIA = [
    Criterion("same dimension", "subspaces of the same dimension", 0.5),
    Criterion("other dimensions", "subspaces of different dimensions", 0.5),
    Criterion("bases", "the same in any other basis of the subspaces", 0.5),
    Criterion("network", "many dimensions, as of the course's network, without an n x n matrix", 0.5),
]
BONUS = True
_SHAPES = (
    "The shapes do not fit where U has another number of columns than V: compare columns, which have n numbers each, "
    "not rows."
)
HINTS = [
    ("ValueError", "mismatch", _SHAPES), ("ValueError", "not aligned", _SHAPES), ("ValueError", "broadcast", _SHAPES),
    ("RuntimeError", "cannot be multiplied", _SHAPES), ("RuntimeError", "must match", _SHAPES),
]  # fmt: skip
SAME, DIFFERENT = ("equal", "the same subspace"), ("more in V", "more in U", "orthogonal")


def judge(inputs, results, reference, device):
    """The finding on each criterion; the device makes no difference, as bases are arrays.

    reference: for each case the cosines (min(k, l),) of the angles between the two subspaces. The case "other basis"
    is "equal" with other bases; "orthogonal" may have other dimensions; "wide" is there for its budget, too.
    """
    cases = inputs["cases"]

    def overlaps(*names):
        return _judge_overlaps(*([each[name] for name in names] for each in (results, cases, reference)))

    found = {"same dimension": overlaps(*SAME), "other dimensions": overlaps(*DIFFERENT)}
    conduct = {
        "bases": _judge_basis(results["equal"], results["other basis"], overlaps("other basis")),
        "network": without_network(inputs, results) or worst([overlaps("wide"), overlaps("network")]),
    }
    if not any(finding.share for finding in found.values()):
        conduct = {key: waiting(finding, "Counts once an overlap is right.") for key, finding in conduct.items()}
    if not all(_judge_unchanged(results[name]) for name in cases):
        conduct["bases"] = wrong("Your code changed U or V, its arguments, in place.")
    return {**found, **conduct}


def _judge_unchanged(result):
    return bool(result["raised"]) or result["unchanged"]


def _judge_overlaps(results, cases, references):
    """The finding on several calls, of which one mistake must explain all."""
    if fault := first_fault(results):
        return _not_added_up(results, cases) or fault
    values = np.concatenate([result["values"] for result in results])
    right = np.array([overlap(case, cosines) for case, cosines in zip(cases, references, strict=True)])
    errors = np.abs(values - right)
    if (errors <= TOLERANCE).all():
        return RIGHT
    told = [_overlap_mistakes(case, cosines) for case, cosines in zip(cases, references, strict=True)]
    if mistake := one_for_all(values, told, TOLERANCE):
        return wrong(mistake.sentence)
    at = int(np.argmax(errors))
    (n, k), l = cases[at]["U"].shape, cases[at]["V"].shape[1]  # noqa: E741, the task's letters
    outside = "" if -1e-9 <= values[at] <= 1 + 1e-9 else " An overlap lies in [0, 1]."
    return wrong(f"That is not the overlap: for subspaces of {k} and {l} dimensions in {n} you give "
                 f"{digits(values[at])}; it should be {digits(right[at])}.{outside}")  # fmt: skip


def _not_added_up(results, cases):
    """The finding where there is a number for each angle, or for each pair of columns, None where not."""
    sizes = [(case["U"].shape[1], case["V"].shape[1]) for case in cases]
    shapes = [result["shape"] for result in results]
    if shapes == [f"({min(pair)},)" for pair in sizes]:
        return wrong(
            "You return as many numbers as there are angles between the subspaces; the overlap is one for all."
        )
    if shapes == [str(pair) for pair in sizes]:
        return wrong("You return as many numbers as there are pairs of columns; the overlap is one for all.")
    return None


def overlap(case, cosines):
    """The overlap of a case's two subspaces, from the cosines of the angles between them."""
    return np.sum(cosines**2) / np.sqrt(case["U"].shape[1] * case["V"].shape[1])


def _overlap_mistakes(case, cosines):
    """What mistakes would give, values (1,)."""
    products = np.sum(case["U"][:, :, None] * case["V"][:, None, :], axis=0)
    n, k, l = len(case["U"]), *products.shape  # noqa: E741
    few, many, squares = min(k, l), max(k, l), np.sum(cosines**2)
    right, norm = squares / np.sqrt(k * l), np.sqrt(squares)
    not_squared = "The norm is not squared: a trace of two projections is a sum of squares"
    diagonal = np.diagonal(products)
    pairs = "Only vectors of the same number are compared: the overlap takes each u with each v"
    mistakes = [
        (f"{not_squared}.", norm / np.sqrt(k * l)), (f"{not_squared}.", norm),
        ("The square root is taken of the whole: sqrt(k l) alone has it.", np.sqrt(right)),
        (f"{not_squared}.", norm / np.sqrt(few)), (f"{not_squared}.", norm / few), (f"{not_squared}.", norm / (k * l)),
        ("The normalisation is missing: divide by sqrt(k l).", squares),
        ("A bracket is missing: divide by all of sqrt(k l).", squares / np.sqrt(k) * l),
        ("A bracket is missing: divide by all of sqrt(k l).", squares / np.sqrt(k) * np.sqrt(l)),
        ("The square is taken of the sum, and should be taken of each scalar product.",
         products.sum() ** 2 / np.sqrt(k * l)),
        (f"The sum is divided by k l = {k * l}, not by its square root.", squares / (k * l)),
        ("The overlap is divided by n: it depends on the subspaces alone, not on the space around them.", squares / n),
        ("The overlap is divided by n: it depends on the subspaces alone, not on the space around them.", right / n),
        ("The sum is divided by the dimension of U alone: divide by sqrt(k l).", squares / k),
        ("The sum is divided by the dimension of V alone: divide by sqrt(k l).", squares / l),
        ("The sum is divided by the smaller dimension: divide by sqrt(k l).", squares / few),
        ("The sum is divided by the larger dimension: divide by sqrt(k l).", squares / many),
        ("The sum is divided by the mean dimension, (k + l) / 2: divide by sqrt(k l).", 2 * squares / (k + l)),
        ("Only the largest cosine enters: the overlap takes all of them, squared.", cosines.max()),
        ("Only the largest cosine enters: the overlap takes all of them.", cosines.max() ** 2),
        ("Only the smallest cosine enters: the overlap takes all of them, squared.", cosines.min()),
        ("Only the smallest cosine enters: the overlap takes all of them.", cosines.min() ** 2),
        ("The cosines are not squared: the overlap is the mean of their squares.", cosines.mean()),
        ("The cosines are not squared: the overlap is the mean of their squares.", cosines.sum() / np.sqrt(k * l)),
        ("The cosines are multiplied: the overlap is the mean of their squares.", cosines.prod()),
        ("The cosines are multiplied: the overlap is the mean of their squares.", cosines.prod() ** 2),
        ("The result is a mean of the scalar products' sizes, |u v|, which depends on the bases: take their squares.",
         np.abs(products).mean()),
        ("The result is a sum of the scalar products' sizes, |u v|, which depends on the bases: take their squares.",
         np.abs(products).sum() / np.sqrt(k * l)),
        ("The scalar products are not squared: their signs, which depend on the bases, may cancel.", products.mean()),
        ("The scalar products are not squared: their signs, which depend on the bases, may cancel.",
         products.sum() / np.sqrt(k * l)),
        (f"{pairs}.", np.abs(diagonal).mean()), (f"{pairs}.", (diagonal**2).mean()),
        (f"{pairs}, squared.", diagonal.mean()), (f"{pairs}.", (diagonal**2).sum() / np.sqrt(k * l)),
        (f"{pairs}, squared.", diagonal.sum() / np.sqrt(k * l)), (f"{pairs}.", abs(diagonal.sum()) / np.sqrt(k * l)),
        ("The overlap is in percent: it should lie in [0, 1].", 100 * right),
        ("The result is 1 minus the overlap, a distance.", 1 - right),
        ("The result is a mean angle, not the overlap.", np.arccos(np.clip(cosines, 0, 1)).mean()),
        ("The result is 0 throughout.", 0.0), ("The result is 1 throughout.", 1.0),
    ]  # fmt: skip
    return [Mistake(sentence, np.array([float(value)])) for sentence, value in mistakes]


@unless_raised
def _judge_basis(result, other, finding):
    """Whether the bases matter; the other basis' own mistake is no matter of this criterion."""
    if other["raised"] or not math.isfinite(other["values"][0]) or not math.isfinite(result["values"][0]):
        return finding
    if abs(result["values"][0] - other["values"][0]) <= TOLERANCE:
        return RIGHT
    first, second = (digits(each["values"][0]) for each in (result, other))
    return wrong(f"The result depends on the bases: for one pair of subspaces it is {first} and {second}.")
