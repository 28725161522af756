"""Judges of two optional exercises: the random walk's explained variance, and the overlap of two subspaces.

They judge as `losssurf_lab.judge` does, in whose words and points they answer.
"""

import math

import numpy as np

from losssurf_lab.judge import (
    HINTS,
    RIGHT,
    at_most_half,
    decide,
    digits,
    tell_error,
    unless_raised,
    what_came,
    with_hints,
    without_network,
    without_points,
    worst,
    wrong,
)

CLOSE = 0.05  # a value as near as this, of the right one, was meant to be right


def _broken(result):
    """The finding where no such numbers came out, else None."""
    values = result["values"]
    if np.isfinite(values).all():
        return None
    shape = result["shape"]
    what = f"an array of the shape {shape}" if shape.startswith("(") else what_came(shape)
    due = "one number" if values.size == 1 else f"an array of {values.size} numbers"
    holds = "NaN or infinity in " if shape in ("()", "(1,)", f"({values.size},)") else ""
    return wrong(f"You return {holds}{what}; it should be {due}.")


def _near(values, expected, tolerance):
    """Whether each value is right to within `tolerance` of it."""
    expected = np.asarray(expected, dtype=float)
    fits = values.shape == expected.shape and np.isfinite(values).all()
    return bool(fits and (np.abs(values - expected) <= tolerance * np.abs(expected) + 1e-12).all())


def _first_fault(results):
    """The finding on the first call that raised or gave no numbers; None where all gave them."""
    for result in results:
        if result["raised"]:
            return wrong(tell_error(result["raised"]))
        if broken := _broken(result):
            return broken
    return None


HUGE = 1e9  # what is larger came of a division by what should be zero, and only rounding says how much larger


def _explain(values, told, tolerance):
    """The first mistake of all cases alike that gives their values together, in words; "" where none does.

    told: for each case `[(sentence, values), ...]`, the same sentences but for numbers in them.
    """
    for same in zip(*told, strict=True):
        mistaken = np.concatenate([each for _, each in same])
        if _near(np.minimum(values, HUGE), np.minimum(mistaken, HUGE), tolerance):
            return same[0][0]
    return ""


# -------------------------------------------------------------------------------- random_walk_explained_variance: judge

SHARE_TOLERANCE = 1e-6  # relative; the formula errs by 1e-15, the eigenvalues of a matrix of 300 points by 1e-11

WALK_CRITERIA = [
    ("walks of few points", 1),
    ("walks of many points", 0.5),
    ("k may be an array, in any order, and is left as it was", 0.5),
]


_ONE = "k may be one number too, an int, without length or elements; np.asarray(k) stands for both."
WALK_HINTS = [
    ("TypeError", "python scalar", "k may be an array: functions of math take one number, those of NumPy arrays too."),
    ("ValueError", "truth value", "k may be an array: an if takes one number."),
    ("TypeError", "'int' object is not", _ONE), ("TypeError", "type 'int' has no len", _ONE),
    ("AttributeError", "'int' object", _ONE),
    ("IndexError", "out of bounds", "k counts from 1 to n - 1, places in an array from 0."), *HINTS,
]  # fmt: skip


@with_hints(WALK_HINTS)
@np.errstate(all="ignore")
def judge_random_walk_explained_variance(inputs, results, shares, device="cpu"):
    """Verdicts on what the driver returned.

    inputs: "cases" of which "few" and "many" name those of the first two criteria. shares: {number of points: the share
    of each component (points - 1,)}, for each n of the cases and, to tell mistakes, its neighbours where known.
    """
    cases = inputs["cases"]
    findings = [_judge_shares([results[name] for name in inputs[key]], [cases[name] for name in inputs[key]], shares)
                for key in ("few", "many")]  # fmt: skip
    array = _judge_array(results["array"], cases["array"], shares)
    charged = array.message == PERCENT == findings[0].message  # once, with the first
    if array.share == 1:
        findings = [_right_for_arrays(finding, results, inputs[key]) for finding, key in zip(findings, ("few", "many"))]
    findings.append(RIGHT if charged else array)
    if not any(finding.share for finding in findings[:2]):
        findings[2] = without_points(findings[2], "Counts once the shares are right.")
    verdicts = decide(WALK_CRITERIA, findings)
    return at_most_half(verdicts) if results["array"]["raised"] else verdicts  # the notebook's k are arrays


def _right_for_arrays(finding, results, names):
    """The finding on an answer that is right for arrays: half of it is left where no number may stand for k."""
    raised = all(results[name]["raised"] for name in names)
    return wrong(f"For arrays it is right. {finding.message}", 0.5) if raised else finding


def _judge_shares(results, cases, shares):
    """The finding on several calls, of which one mistake must explain all: a single number may fit several."""
    if fault := _first_fault(results):
        return fault
    values = np.concatenate([result["values"] for result in results])
    right = np.concatenate([shares_at(case, shares) for case in cases])
    if _near(values, right, SHARE_TOLERANCE):
        return RIGHT
    told = [_share_mistakes(case, shares) for case in cases]
    if sentence := _explain(values, told, SHARE_TOLERANCE):
        return wrong(sentence, 0.5 * (sentence == PERCENT))
    factor = values @ right / (right @ right)
    if factor and _near(values, factor * right, SHARE_TOLERANCE):
        return wrong(f"Each value is the share times the factor {digits(factor)}.")
    at = int(np.argmax(np.abs(values - right)))
    n, k = ([number for case in cases for number in np.broadcast_to(case[key], np.shape(case["k"])).ravel()][at]
            for key in ("n", "k"))  # fmt: skip
    came_out = f"for {n} points, k = {k}, you give {digits(values[at])}; it should be {digits(right[at])}"
    if _near(values, right, CLOSE):
        return wrong(f"Close, but not exact: {came_out}. A walk that is simulated, or one in finitely many dimensions, "
                     "has only nearly these shares.")  # fmt: skip
    return wrong(f"These are not the shares: {came_out}.")


PERCENT = "The shares are in percent: they should be shares of 1."


def shares_at(case, shares):
    """The share of each k of a case, an array (as many as k,), from the shares of all components by n."""
    return shares[case["n"]][np.atleast_1d(case["k"]) - 1]


def _share_mistakes(case, shares):
    """What mistakes would give: `[(sentence, values), ...]`."""
    n, k = case["n"], np.atleast_1d(case["k"])
    right, every = shares_at(case, shares), shares[n]
    total, angle = (n * n - 1) / 6, k * np.pi / (2 * n)
    mistakes = [
        ("k counts from 1: you give the next component's share, as if it counted from 0.", _with_next(every)[k]),
        ("k counts from 1: you give the share of the component before.", np.append(0, every)[k - 1]),
        ("That is the limit of a long walk, 6 / (pi k)^2: for n points the exact share is another.",
         6 / (np.pi * k) ** 2),
        ("The eigenvalue is not divided by the total, the sum over all components.", right * total),
        ("The eigenvalue is not divided by the total: the share is that of all components.", right * total * 4),
        (PERCENT, 100 * right),
        ("The share is divided by 6 twice over: the total is (n^2 - 1) / 6, and to divide by it is to multiply by 6.",
         right / 36),
        ("The angle is k pi / n: it should be half of that.", right * (np.sin(angle) / np.sin(2 * angle)) ** 2),
        ("The angle is multiplied by n: a bracket is missing, k pi / (2 n).",
         1.5 / (n * n - 1) / np.sin(k * np.pi / 2 * n) ** 2),
        ("The sine is not squared.", right * np.sin(angle)),
        ("The total is not (n^2 - 1) / 6: n^2 - 1, not n^2.", right * (n * n - 1) / (n * n)),
        ("The factor is wrong: you give 4 times the share.", 4 * right),
        ("The factor is wrong: you give a quarter of the share.", right / 4),
        ("The shares are cumulative: component k alone, not the first k together.", np.cumsum(every)[k - 1]),
        ("The order is reversed: component 1 has the largest variance.", every[::-1][k - 1]),
        ("Those are shares of standard deviations: variances are their squares.",
         np.sqrt(every)[k - 1] / np.sqrt(every).sum()),
        ("Those are shares of squared variances: the eigenvalues are variances already.",
         every[k - 1] ** 2 / (every**2).sum()),
        ("The shares are relative to the first component: divide by the sum over all components.", right / every[0]),
        ("The walk is not centred: subtract the mean of the points first.", _uncentred(n, k)),
        ("The walk is not centred: subtract the mean of the points first.", _uncentred(n - 1, k)),
    ]  # fmt: skip
    for other, words in ((n + 1, "more than n: n points have n - 1 steps between them"),
                         (n - 1, "less than n: n is the number of points, not of steps")):  # fmt: skip
        known = other in shares
        mistakes.append((f"The shares are those of a walk of one point {words}.",
                         _with_next(shares[other])[k - 1] if known else np.full(k.shape, np.nan)))  # fmt: skip
    return mistakes


def _with_next(every):
    """The shares of all components, and what the formula gives after the last."""
    return np.append(every, 1.5 / ((len(every) + 1) ** 2 - 1))


def _uncentred(steps, k):
    """The shares of the second moments about the origin, of a walk of so many points behind it."""
    if steps < 1:
        return np.full(k.shape, np.nan)
    return 1 / (2 * np.sin((2 * k - 1) * np.pi / (4 * steps + 2)) ** 2) / (steps * (steps + 1))


@unless_raised
def _judge_array(result, case, shares):
    if result["shape"] == "()":
        return wrong(f"For an array of {np.size(case['k'])} numbers k you return one number.")
    if broken := _broken(result):
        return broken
    if not result["unchanged"]:
        return wrong("Your code changed k, its argument, in place.")
    if result["shape"] != f"({np.size(case['k'])},)":
        return wrong(f"For k of the shape {np.shape(case['k'])} you return the shape {result['shape']}.")
    values, right = result["values"], shares_at(case, shares)
    if _near(np.sort(values), np.sort(right), SHARE_TOLERANCE) and not _near(values, right, SHARE_TOLERANCE):
        return wrong("The shares are not in the order of k.")
    return _judge_shares([result], [case], shares)


# ---------------------------------------------------------------------------------------------- subspace_overlap: judge

OVERLAP_TOLERANCE = 1e-6  # relative and absolute; right answers err by 1e-15, in float32 by 1e-7

OVERLAP_CRITERIA = [
    ("subspaces of the same dimension", 0.5),
    ("subspaces of different dimensions", 0.5),
    ("the same in any other basis of the subspaces", 0.5),
    ("many dimensions, as of the course's network, without an n x n matrix", 0.5),
]
_SHAPES = (
    "The shapes do not fit where U has another number of columns than V: compare columns, which have n numbers each, "
    "not rows."
)
OVERLAP_HINTS = [
    ("ValueError", "mismatch", _SHAPES), ("ValueError", "not aligned", _SHAPES), ("ValueError", "broadcast", _SHAPES),
    ("RuntimeError", "cannot be multiplied", _SHAPES), ("RuntimeError", "must match", _SHAPES), *HINTS,
]  # fmt: skip
SAME, DIFFERENT = ("equal", "the same subspace"), ("more in V", "more in U", "orthogonal")


@with_hints(OVERLAP_HINTS)
@np.errstate(all="ignore")
def judge_subspace_overlap(inputs, results, references, device="cpu"):
    """Verdicts on what the driver returned.

    references: for each case the cosines (min(k, l),) of the angles between the two subspaces. The case "other basis"
    is "equal" with other bases; "orthogonal" may have other dimensions; "wide" is there for its budget, too.
    """
    cases = inputs["cases"]
    findings = [_judge_overlaps([results[name] for name in names], [cases[name] for name in names],
                                [references[name] for name in names]) for names in (SAME, DIFFERENT, ["other basis"])]
    findings[2] = _judge_basis(results["equal"], results["other basis"], findings[2])
    many = [_judge_overlaps([results[name]], [cases[name]], [references[name]]) for name in ("wide", "network")]
    findings.append(without_network(inputs, results) or worst(many))
    if not any(finding.share for finding in findings[:2]):
        reason = "Counts once an overlap is right."
        findings[2:] = [without_points(finding, reason) for finding in findings[2:]]
    if not all(_judge_unchanged(results[name]) for name in cases):
        findings[2] = wrong("Your code changed U or V, its arguments, in place.")
    return decide(OVERLAP_CRITERIA, findings)


def _judge_unchanged(result):
    return bool(result["raised"]) or result["unchanged"]


def _judge_overlaps(results, cases, references):
    """The finding on several calls, of which one mistake must explain all."""
    if fault := _first_fault(results):
        return fault
    values = np.concatenate([result["values"] for result in results])
    right = np.array([overlap(case, cosines) for case, cosines in zip(cases, references, strict=True)])
    errors = np.abs(values - right)
    if (errors <= OVERLAP_TOLERANCE).all():
        return RIGHT
    told = [_overlap_mistakes(case, cosines) for case, cosines in zip(cases, references, strict=True)]
    if sentence := _explain(values, told, OVERLAP_TOLERANCE):
        return wrong(sentence)
    at = int(np.argmax(errors))
    (n, k), l = cases[at]["U"].shape, cases[at]["V"].shape[1]  # noqa: E741, the task's letters
    outside = "" if -1e-9 <= values[at] <= 1 + 1e-9 else " An overlap lies in [0, 1]."
    return wrong(f"That is not the overlap: for subspaces of {k} and {l} dimensions in {n} you give "
                 f"{digits(values[at])}; it should be {digits(right[at])}.{outside}")  # fmt: skip


def overlap(case, cosines):
    """The overlap of a case's two subspaces, from the cosines of the angles between them."""
    return np.sum(cosines**2) / np.sqrt(case["U"].shape[1] * case["V"].shape[1])


def _overlap_mistakes(case, cosines):
    """What mistakes would give: `[(sentence, [value]), ...]`."""
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
    return [(sentence, np.array([float(value)])) for sentence, value in mistakes]


@unless_raised
def _judge_basis(result, other, finding):
    """Whether the bases matter; the other basis' own mistake is no matter of this criterion."""
    if other["raised"] or not math.isfinite(other["values"][0]) or not math.isfinite(result["values"][0]):
        return finding
    if abs(result["values"][0] - other["values"][0]) <= OVERLAP_TOLERANCE:
        return RIGHT
    first, second = (digits(each["values"][0]) for each in (result, other))
    return wrong(f"The result depends on the bases: for one pair of subspaces it is {first} and {second}.")
