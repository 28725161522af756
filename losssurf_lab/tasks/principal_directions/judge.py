"""The principal directions judged: mean, directions and ratios."""

from dataclasses import replace

import numpy as np

from losssurf_lab.comparing import agree, digits, what_came, without_network
from losssurf_lab.verdicts import (
    RIGHT,
    Criterion,
    Mistake,
    first_that_fits,
    mean_of,
    unless_raised,
    waiting,
    worst,
    wrong,
)

DIRECTION_TOLERANCE = 1e-3  # of unit vectors; right answers, in float32 too, err by at most 2e-6
VALUE_TOLERANCE = 1e-4  # of means and ratios, relative; right answers err by at most 7e-7
ALMOST = 0.05  # a result as close as this was meant to be right
ZERO = 1e-6  # a ratio below it is that of a direction in which the points do not vary, but for rounding

CRITERIA = [
    Criterion("mean", "the mean", 0.5),
    Criterion("direction1", "direction1, of the largest variance", 1),
    Criterion("direction2", "direction2, of the second largest", 1),
    Criterion("frame", "the shapes are right, the directions orthogonal and of unit length", 0.5),
    Criterion("ratios", "ratios of the total variance", 1.5),
    Criterion("unchanged", "ws is left as it was", 0.5),
    Criterion("other cases", "square, float32 and repeated points", 0.5),
    Criterion("network", "points of the course's network, (12, 44426), without an n x n matrix", 0.5),
]
MAIN_CASES = ("few points", "many points")
OTHER_CASES = ("square", "single precision", "repeated points")
ORDER = "Mind the order: mean, direction1, direction2, ratios."


def judge(inputs, results, reference, device):
    """The finding on each criterion; the device makes no difference, as the points are arrays.

    reference: for each case "mean" (n,), "directions" (2, n) and "variances", those of all directions, largest first,
    up to a common factor. "wide" is there for its budget alone.
    """
    results = {name: _unpacked(result) for name, result in results.items()}
    found = {}
    for name in MAIN_CASES + OTHER_CASES:
        points = inputs["cases"][name].astype(np.float64)
        found[name] = _judge_numbers(results[name], points, reference[name])
    numbers = {key: mean_of([found[name][key] for name in MAIN_CASES]) for key in found[MAIN_CASES[0]]}
    others = worst([finding for name in OTHER_CASES for finding in found[name].values()])
    conduct = {
        "unchanged": worst([_judge_unchanged(results[name]) for name in MAIN_CASES]),
        "other cases": RIGHT if others.share == 1 else wrong(others.message),
    }
    if not any(finding.share for finding in numbers.values()):
        conduct = {key: waiting(finding, "Counts once something else is right.") for key, finding in conduct.items()}
    network = without_network(inputs, results) or _judge_plane(results["network"], reference["network"])
    return {**numbers, **conduct, "network": replace(network, unfit=network.share < 1)}


def _judge_numbers(result, points, reference):
    """The findings on one case."""
    return {
        "mean": _judge_mean(result, points, reference),
        "direction1": _judge_direction(0, result, points, reference),
        "direction2": _judge_direction(1, result, points, reference),
        "frame": _judge_frame(result, points, reference),
        "ratios": _judge_ratios(result, points, reference),
    }


def _unpacked(result):
    """Where both directions came in one array, of three values, they are taken apart; "together" says so."""
    both = result.get("direction1")
    if result.get("count") != 3 or both is None or both.ndim != 2 or len(both) != 2:
        return result
    apart = {"direction1": both[0], "direction2": both[1], "ratios": result["direction2"], "count": 4}
    return {**result, **apart, "together": True}


@unless_raised
def _broken(result, name, size):
    """The finding where there are no such numbers to judge, else None."""
    if result["count"] != 4:
        what = f"{result['count']} values in a {result['kind']}" if result["count"] >= 0 else what_came(result["kind"])
        return wrong(f"Return four values: mean, direction1, direction2, ratios. You return {what}.")
    value = result.get(name)
    if value is None:
        return wrong(f"{name} is None, or no array of numbers: return four arrays.")
    if value.size != size:
        return wrong(f"{name} has the shape {value.shape}; it should be ({size},).{_which(result, name)}")
    return None if np.isfinite(value).all() else wrong(f"{name} holds NaN or infinity.")


def _which(result, name):
    """A guess why a value has another size: that of another result, or of the ratios of all directions."""
    pairs = [other for other in ("mean", "direction1", "direction2", "ratios") if np.size(result.get(other)) == 2]
    if name in pairs or name == "ratios" and pairs:
        return f" {ORDER}"
    all_of_them = name == "ratios" and result[name].ndim == 1 and result[name].size > 2
    return " Return the first two only, those of the two directions." if all_of_them else ""


def _judge_plane(result, reference):
    """The finding on the plane of the two directions: on it the notebook draws the path of its network."""
    for name in ("direction1", "direction2"):
        if broken := _broken(result, name, len(reference["mean"])):
            return broken
    if result.get("together"):
        return wrong(TOGETHER)
    own = np.array([result[name].ravel() / np.linalg.norm(result[name]) for name in ("direction1", "direction2")])
    in_plane = own @ reference["directions"].T
    inside = np.abs(np.linalg.norm(in_plane, axis=1) - 1).max() < ALMOST**2
    if not inside or abs(np.linalg.det(in_plane)) < 0.5:
        return wrong("The two directions do not span the plane of the two largest variances.")
    return _judge_unit_lengths(result, ALMOST)  # else the path is drawn where its weights are not


TOGETHER = (
    "Return four values: mean, direction1, direction2, ratios. You return three, with both directions in one array, "
    "and the notebook cannot unpack them."
)

OTHER_AXIS = "The mean is that of each point over its numbers (transposed): take it over the points, axis 0."


def _judge_mean(result, points, reference):
    expected = reference["mean"]
    if broken := _broken(result, "mean", len(expected)):
        value = result.get("mean")
        each = value is not None and agree(value.ravel(), points.mean(1), VALUE_TOLERANCE)
        return wrong(OTHER_AXIS) if each else broken
    mean = result["mean"].ravel()
    at = [which for which in range(2) if _parallel(mean, reference["directions"][which])]
    if at:
        return wrong(f"The mean is the true direction{at[0] + 1}. {ORDER}")
    if agree(mean, expected, VALUE_TOLERANCE):
        return RIGHT
    if agree(mean, 0 * mean, VALUE_TOLERANCE, np.linalg.norm(expected)):
        return wrong("The mean is zero: was it taken of the points after they were centred?")
    if len(points) == len(mean) and agree(mean, points.mean(1), VALUE_TOLERANCE):
        return wrong(OTHER_AXIS)
    if agree(mean, expected, ALMOST / 5):
        return wrong("The mean is close, but its precision is too low.", 0.5)
    same = [number for number, point in enumerate(points) if agree(mean, point, VALUE_TOLERANCE)]
    return wrong(f"The mean is point {same[0]} of ws." if same else "The mean is not that of the points, over axis 0.")


def _judge_direction(which, result, points, reference):
    """The finding on direction1 (which = 0) or direction2 (1), whatever its sign and length."""
    name, other, size = f"direction{which + 1}", f"direction{2 - which}", points.shape[1]
    if broken := _broken(result, name, size):
        value = result.get(name)
        if value is not None and value.size == len(points) != size:
            return wrong(f"{name} has a number a point, {len(points)}, not one a parameter, {size}: the shape is "
                         "transposed. Take the other factor of the decomposition, or rows for columns.")  # fmt: skip
        return broken
    if agree(result[name].ravel(), reference["mean"], VALUE_TOLERANCE):
        return wrong(f"{name} is the mean. {ORDER}")
    direction = result[name].ravel() / np.linalg.norm(result[name])
    if not np.isfinite(direction).all():
        return wrong(f"{name} is zero; it should have unit length.")
    if _parallel(direction, reference["directions"][which]):
        return RIGHT
    if _parallel(direction, reference["directions"][1 - which]):
        partner = result[other]
        swapped = partner is not None and partner.size == size and _parallel(partner, reference["directions"][which])
        both = ", the two are swapped" if swapped else ""
        return wrong(f"{name} is in the wrong order: it is the true {other}{both}.", 0.5 if swapped else 0)
    if _parallel(direction, reference["directions"][which], ALMOST):
        return wrong(f"{name} is close, but its precision is too low: it is rotated a little.", 0.5)
    hint = SMALLEST if _is_of_the_smallest(result) else ""
    return wrong(f"{name} {_explain_direction(direction, points, reference)}.{hint}")


SMALLEST = " Its ratio is zero: is it of the smallest variances, which eigh gives first?"


def _is_of_the_smallest(result):
    """Whether both ratios say that the points do not vary along the directions, which then are rounding alone."""
    ratios = result["ratios"]
    return ratios is not None and ratios.size == 2 and 0 < np.abs(ratios).max() < ZERO


def _parallel(a, b, tolerance=DIRECTION_TOLERANCE):
    """Whether two vectors have the same direction, up to the sign."""
    a, b = (vector.ravel() / max(np.linalg.norm(vector), 1e-30) for vector in (a, b))
    return bool(min(np.linalg.norm(a - b), np.linalg.norm(a + b)) <= tolerance)


def _is_kept_by(matrix, direction):
    """Whether the matrix only stretches the direction; that is how directions of variance are known."""
    return _parallel(matrix @ direction, direction, 10 * DIRECTION_TOLERANCE)


def _explain_direction(direction, points, reference):
    """What a wrong direction is, in words that follow its name."""
    centred = points - reference["mean"]
    spread, shares = centred.std(0), reference["variances"] / reference["variances"].sum()
    share = np.linalg.norm(centred @ direction) ** 2 / np.linalg.norm(centred) ** 2
    if _is_kept_by(points.T @ points, direction):
        return "belongs to points that are not centred: subtract the mean first"
    if share < 1e-8:
        return "is one along which the points do not vary, the smallest variance, not the largest: mind the order"
    if _is_kept_by(centred.T @ centred, direction):
        rank = 1 + int(np.argmin(np.abs(shares - share)))
        return f"is number {rank} in the order of variance" + (", the smallest" if rank == len(shares) else "")
    if len(points) == points.shape[1] and _is_kept_by(centred @ centred.T, direction):
        return "belongs to the transposed points: rows are points, columns are parameters"
    if spread.min() > 0 and _is_kept_by((centred / spread).T @ (centred / spread), direction):
        return "belongs to standardised points: centre them, but do not scale the parameters"
    along_rows = points - points.mean(1, keepdims=True)
    if _is_kept_by(along_rows.T @ along_rows, direction):
        return "belongs to points of which each lost its own mean: subtract the mean over the points, axis 0"
    inside = np.linalg.norm(reference["directions"] @ direction)
    if inside > 1 - DIRECTION_TOLERANCE:
        return "lies in the right plane but is rotated: it is not the direction of largest variance in it"
    return f"is wrong: {100 * inside**2:.0f} % of its square lie in the plane of the two principal directions, not all"


def _judge_frame(result, points, reference):
    """The finding on shapes, lengths and the angle."""
    size = points.shape[1]
    if result.get("together"):
        return wrong(TOGETHER)
    for name, expected in (("direction1", size), ("direction2", size), ("mean", size), ("ratios", 2)):
        if broken := _broken(result, name, expected):
            return broken
        if result[name].ndim != 1:
            return wrong(f"{name} has the shape {result[name].shape}; it should be ({expected},).")
    if (finding := _judge_unit_lengths(result, DIRECTION_TOLERANCE)).share < 1:
        return finding
    product = result["direction1"] @ result["direction2"]
    if abs(product) > DIRECTION_TOLERANCE:
        return wrong(f"The directions are not orthogonal: their scalar product is {digits(product)}.")
    return RIGHT


def _judge_unit_lengths(result, tolerance):
    """The finding on the lengths of both directions."""
    for name in ("direction1", "direction2"):
        length = np.linalg.norm(result[name])
        if abs(length - 1) > tolerance:
            return wrong(f"{name} is not of unit length: its length is {digits(length)}.")
    return RIGHT


def _judge_ratios(result, points, reference):
    right = (reference["variances"] / reference["variances"].sum())[:2]
    if broken := _broken(result, "ratios", 2):
        value = result.get("ratios")
        if value is not None and value.size > 2 and agree(value.ravel()[:2], right, VALUE_TOLERANCE):
            return wrong(broken.message, 1 / 3)
        if value is not None and value.size > 2 and agree(value.ravel()[:-3:-1], right, VALUE_TOLERANCE):
            return wrong(f"{broken.message} They are in ascending order: the largest come first.")
        return broken
    ratios = result["ratios"].ravel()
    if agree(ratios, right, VALUE_TOLERANCE):
        return RIGHT
    mistakes = _ratio_mistakes(result, points, reference, right)
    if not ratios.any():
        return wrong("The ratios are zero.")
    if np.abs(ratios).max() < ZERO:
        return wrong("The ratios are those of the smallest variances, not the largest: mind the order.")
    if mistake := first_that_fits(mistakes, lambda mistaken: agree(ratios, mistaken, VALUE_TOLERANCE)):
        return wrong(f"The ratios {mistake.sentence}.", mistake.share)
    factor = ratios @ right / (right @ right)
    if factor > 0 and agree(ratios, factor * right, VALUE_TOLERANCE):
        return wrong(f"The ratios are wrong by the factor {digits(factor)}: divide the variances and the total by the "
                     "same number.", 1 / 3)  # fmt: skip
    if agree(ratios, right, ALMOST / 5):
        return wrong("The ratios are close, but their precision is too low.", 0.5)
    came_out = " and ".join(digits(ratio) for ratio in ratios)
    return wrong(f"The ratios are not the shares of the total variance: they come out as {came_out}.")


def _ratio_mistakes(result, points, reference, right):
    """What mistakes would give, ratios (2,); the sentences go on after "The ratios"."""
    variances, total = reference["variances"], np.sum((points - reference["mean"]) ** 2)
    singular, all_squares = np.sqrt(variances), np.sum(points**2)
    smallest = np.sort(np.append(variances, [0.0] * (len(points) > len(variances))))[:2] / variances.sum()
    scales = total / variances.sum() / (len(points) - np.arange(2))
    own = [np.zeros(points.shape[1]) if _broken(result, name, points.shape[1]) else result[name].ravel()
           for name in ("direction1", "direction2")]  # fmt: skip
    return [
        Mistake("are those of points that are not centred",
                np.sum((points @ np.array(own).T) ** 2, axis=0) / all_squares),
        Mistake("are in ascending order, or swapped", right[::-1], 1 / 3),
        Mistake("are those of the smallest variances, not the largest: mind the order", smallest),
        Mistake("are those of the smallest variances, not the largest: mind the order", smallest[::-1]),
        Mistake("are of the kept part: they must be shares of the total variance, not add up to 1",
                right / right.sum()),
        Mistake("are those of the singular values, whose squares are the variances", singular[:2] / singular.sum()),
        Mistake("are those of the kept singular values, not of variances", singular[:2] / singular[:2].sum()),
        Mistake("are those of the squares of the variances", variances[:2] ** 2 / np.sum(variances**2)),
        Mistake("are cumulative: the second is that of both directions together", np.cumsum(right)),
        Mistake("are in percent: they should be shares of 1", 100 * right, 1 / 3),
        Mistake("are variances, not divided by the total variance", variances[:2] * scales[0]),
        Mistake("are variances, not divided by the total variance", variances[:2] * scales[1]),
        Mistake("are divided by the sum of squares of points that are not centred", right * total / all_squares),
    ]  # fmt: skip


@unless_raised
def _judge_unchanged(result):
    return RIGHT if result["unchanged"] else wrong("Your code changed ws, its argument, in place: work on a copy.")
