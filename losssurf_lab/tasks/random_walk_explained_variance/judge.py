"""The random walk's explained variance judged."""

from dataclasses import replace

import numpy as np

from losssurf_lab.comparing import digits, first_fault, near, one_for_all, without_numbers
from losssurf_lab.verdicts import RIGHT, Criterion, Mistake, unless_raised, waiting, wrong

TOLERANCE = 1e-6  # relative; the formula errs by 1e-15, the eigenvalues of a matrix of 300 points by 1e-11
CLOSE = 0.05  # a value as near as this, of the right one, was meant to be right
EVERY_COMPONENT = "You return as many numbers as there are components, or points: return the shares of k alone."
PERCENT = "The shares are in percent: they should be shares of 1."

CRITERIA = [
    Criterion("few", "walks of few points", 1),
    Criterion("many", "walks of many points", 0.5),
    Criterion("array", "k may be an array, in any order, and is left as it was", 0.5),
]
BONUS = True
_ONE = "k may be one number too, an int, without length or elements; np.asarray(k) stands for both."
HINTS = [
    ("TypeError", "python scalar", "k may be an array: functions of math take one number, those of NumPy arrays too."),
    ("ValueError", "truth value", "k may be an array: an if takes one number."),
    ("TypeError", "'int' object is not", _ONE), ("TypeError", "type 'int' has no len", _ONE),
    ("AttributeError", "'int' object", _ONE),
    ("IndexError", "out of bounds", "k counts from 1 to n - 1, places in an array from 0."),
]  # fmt: skip


def judge(inputs, results, reference, device):
    """The finding on each criterion; the device makes no difference, as n and k are numbers and arrays.

    inputs: "cases" of which "few" and "many" name those of the first two criteria. reference: {number of points: the
    share of each component (points - 1,)}, for each n of the cases and, to tell mistakes, its neighbours where known.
    """
    cases = inputs["cases"]
    found = {key: _judge_shares([results[name] for name in inputs[key]], [cases[name] for name in inputs[key]],
                                reference) for key in ("few", "many")}  # fmt: skip
    array = _judge_array(results["array"], cases["array"], reference)
    charged = array.message == PERCENT == found["few"].message  # once, with the first
    if array.share == 1:
        found = {key: _right_for_arrays(finding, results, inputs[key]) for key, finding in found.items()}
    array = RIGHT if charged else replace(array, unfit=bool(results["array"]["raised"]))  # the notebook's k are arrays
    if not any(finding.share for finding in found.values()):
        array = waiting(array, "Counts once the shares are right.")
    return {**found, "array": array}


def _right_for_arrays(finding, results, names):
    """The finding on an answer that is right for arrays: half of it is left where no number may stand for k."""
    raised = all(results[name]["raised"] for name in names)
    return wrong(f"For arrays it is right. {finding.message}", 0.5) if raised else finding


def _judge_shares(results, cases, shares):
    """The finding on several calls, of which one mistake must explain all: a single number may fit several."""
    if all(map(_has_every_component, results, cases)):
        return wrong(EVERY_COMPONENT)
    if fault := first_fault(results):
        return fault
    values = np.concatenate([result["values"] for result in results])
    right = np.concatenate([shares_at(case, shares) for case in cases])
    if near(values, right, TOLERANCE):
        return RIGHT
    told = [_share_mistakes(case, shares) for case in cases]
    if mistake := one_for_all(values, told, TOLERANCE):
        return wrong(mistake.sentence, mistake.share)
    factor = values @ right / (right @ right)
    if factor and near(values, factor * right, TOLERANCE):
        return wrong(f"Each value is the share times the factor {digits(factor)}.")
    at = int(np.argmax(np.abs(values - right)))
    n, k = ([number for case in cases for number in np.broadcast_to(case[key], np.shape(case["k"])).ravel()][at]
            for key in ("n", "k"))  # fmt: skip
    came_out = f"for {n} points, k = {k}, you give {digits(values[at])}; it should be {digits(right[at])}"
    if near(values, right, CLOSE):
        return wrong(f"Close, but not exact: {came_out}. A walk that is simulated, or one in finitely many dimensions, "
                     "has only nearly these shares.")  # fmt: skip
    return wrong(f"These are not the shares: {came_out}.")


def _has_every_component(result, case):
    """Whether a share of each component came out, or of each point, where k asks for others."""
    return result["shape"] in (f"({case['n'] - 1},)", f"({case['n']},)") and result["shape"] != str(np.shape(case["k"]))


def shares_at(case, shares):
    """The share of each k of a case, an array (as many as k,), from the shares of all components by n."""
    return shares[case["n"]][np.atleast_1d(case["k"]) - 1]


def _share_mistakes(case, shares):
    """What mistakes would give, values (as many as k,)."""
    n, k = case["n"], np.atleast_1d(case["k"])
    right, every = shares_at(case, shares), shares[n]
    total, angle = (n * n - 1) / 6, k * np.pi / (2 * n)
    eigenvalue = right * total
    mistakes = [
        Mistake("k counts from 1: you give the next component's share, as if it counted from 0.", _with_next(every)[k]),
        Mistake("k counts from 1: you give the share of the component before.", np.append(0, every)[k - 1]),
        Mistake("That is the limit of a long walk, 6 / (pi k)^2: for n points the exact share is another.",
                6 / (np.pi * k) ** 2),
        Mistake("The eigenvalue is not divided by the total, the sum over all components.", eigenvalue),
        Mistake("The eigenvalue is not divided by the total: the share is that of all components.", right * total * 4),
        Mistake(PERCENT, 100 * right, 0.5),
        Mistake("The share is divided by 6 twice over: the total is (n^2 - 1) / 6, and to divide by it is to multiply "
                "by 6.", right / 36),
        Mistake("The angle is k pi / n: it should be half of that.", right * (np.sin(angle) / np.sin(2 * angle)) ** 2),
        Mistake("The angle is multiplied by n: a bracket is missing, k pi / (2 n).",
                1.5 / (n * n - 1) / np.sin(k * np.pi / 2 * n) ** 2),
        Mistake("The angle is in degrees: np.sin takes radians, k pi / (2 n).",
                right * (np.sin(angle) / np.sin(np.degrees(angle))) ** 2),
        Mistake("The angle is converted to radians twice: k pi / (2 n) has them already.",
                right * (np.sin(angle) / np.sin(np.radians(angle))) ** 2),
        Mistake("The sine is not squared.", right * np.sin(angle)),
        Mistake("The angle is squared, not its sine.", right * np.sin(angle) ** 2 / np.sin(angle**2)),
        Mistake("A bracket is missing: what stands behind / 4 * is multiplied, and should be divided by.",
                np.sin(angle) ** 2 / total / 4),
        Mistake("The eigenvalue is upside down: it is 1 / (4 sin^2), not 4 sin^2.", 1 / eigenvalue / total),
        Mistake("A bracket is missing in the total: n^2 - 1 as a whole is divided by 6.",
                eigenvalue / (n * n - 1 / 6)),
        Mistake("A bracket is missing around the total: (n^2 - 1) / 6.", eigenvalue / (n * n) - 1 / 6),
        Mistake("A bracket is missing around n^2 - 1.", 6 / (n * n) - eigenvalue),
        Mistake("A bracket is missing around n^2 - 1.", 6 * eigenvalue / (n * n) - 1),
        Mistake("The eigenvalue is multiplied by the total, not divided: a bracket is missing, / ((n^2 - 1) / 6).",
                eigenvalue * total),
        Mistake("The total is not (n^2 - 1) / 6: n^2 - 1, not (n - 1)^2.", right * (n + 1) / (n - 1)),
        Mistake("The total is not (n^2 - 1) / 6: n^2 - 1, not n^2.", right * (n * n - 1) / (n * n)),
        Mistake("The factor is wrong: you give 4 times the share.", 4 * right),
        Mistake("The factor is wrong: you give a quarter of the share.", right / 4),
        Mistake("The shares are cumulative: component k alone, not the first k together.", np.cumsum(every)[k - 1]),
        Mistake("The order is reversed, or a cosine stands for the sine: component 1 has the largest variance.",
                every[::-1][k - 1]),
        Mistake("The order is ascending, as eigh gives it: component 1 has the largest variance.",
                np.append(0, every[::-1])[k - 1]),
        Mistake("Those are shares of standard deviations: variances are their squares.",
                np.sqrt(every)[k - 1] / np.sqrt(every).sum()),
        Mistake("Those are shares of squared variances: the eigenvalues are variances already.",
                every[k - 1] ** 2 / (every**2).sum()),
        Mistake("The shares are relative to the first component: divide by the sum over all components.",
                right / every[0]),
        Mistake("The walk is not centred: subtract the mean of the points first.", _uncentred(n, k)),
        Mistake("The walk is not centred: subtract the mean of the points first.", _uncentred(n - 1, k)),
    ]  # fmt: skip
    for other, words in ((n + 1, "more than n: n points have n - 1 steps between them"),
                         (n - 1, "less than n: n is the number of points, not of steps")):  # fmt: skip
        known = other in shares
        mistaken = _with_next(shares[other])[k - 1] if known else np.full(k.shape, np.nan)
        mistakes.append(Mistake(f"The shares are those of a walk of one point {words}.", mistaken))
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
    if _has_every_component(result, case):
        return wrong(EVERY_COMPONENT)
    if result["shape"] == "()":
        return wrong(f"For an array of {np.size(case['k'])} numbers k you return one number.")
    if broken := without_numbers(result):
        return broken
    if not result["unchanged"]:
        return wrong("Your code changed k, its argument, in place.")
    if result["shape"] != f"({np.size(case['k'])},)":
        return wrong(f"For k of the shape {np.shape(case['k'])} you return the shape {result['shape']}.")
    values, right = result["values"], shares_at(case, shares)
    if near(np.sort(values), np.sort(right), TOLERANCE) and not near(values, right, TOLERANCE):
        return wrong("The shares are not in the order of k.")
    return _judge_shares([result], [case], shares)
