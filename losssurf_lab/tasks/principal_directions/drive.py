"""The principal directions called: once for each array of points."""

import functools

import numpy as np

from ...calling import MOST_NUMBERS, attempt, attempt_apart, call_each, real_array, reproducibly


def drive(answer, inputs, device="cpu"):
    """Call the answer on each array of points: `{case: {"mean": (n,), "direction1": (n,), ..., "raised": text}}`."""
    with reproducibly(inputs["random_start"]):
        return call_each(functools.partial(_call_directions, answer), inputs)


def _call_directions(answer, points, budget):
    given = np.array(points)
    returned, raised, _ = attempt_apart(answer, [given], budget)
    result = {"raised": raised, "unchanged": np.array_equal(given, np.array(points)), "count": -1}
    if raised:
        return result
    parts, unreadable = attempt(lambda: list(returned))
    if unreadable or isinstance(returned, dict):
        return result | {"kind": type(returned).__name__}
    result |= {"kind": type(returned).__name__, "count": len(parts)}
    for name, part in zip(("mean", "direction1", "direction2", "ratios"), parts):
        array = attempt(lambda part=part: real_array(part))[0]
        result[name] = array if array is not None and array.size <= MOST_NUMBERS else None
    return result
