"""Numbers that came out of an answer, against those that should have."""

from dataclasses import replace

import numpy as np

from losssurf_lab.verdicts import first_that_fits, tell_error, wrong


def digits(value):
    """A number as a student reads it, to three digits."""
    return f"{value:.3g}"


def agree(result, expected, tolerance, scale=None):
    """Whether two vectors differ by at most `tolerance` of the length of the second, or of `scale`; NaN never does."""
    if np.shape(result) != np.shape(expected):  # without numbers, or stretched over the others, it would agree with all
        return False
    scale = np.linalg.norm(expected) if scale is None else scale
    return bool(np.isfinite(result).all() and np.linalg.norm(result - expected) <= tolerance * scale)


def near(values, expected, tolerance):
    """Whether each value is right to within `tolerance` of it."""
    expected = np.asarray(expected, dtype=float)
    fits = values.shape == expected.shape and np.isfinite(values).all()
    return bool(fits and (np.abs(values - expected) <= tolerance * np.abs(expected) + 1e-12).all())


def without_numbers(result):
    """The finding where no such numbers came out, else None."""
    values = result["values"]
    if np.isfinite(values).all():
        return None
    shape = result["shape"]
    what = f"an array of the shape {shape}" if shape.startswith("(") else what_came(shape)
    due = "one number" if values.size == 1 else f"an array of {values.size} numbers"
    holds = "NaN or infinity in " if shape in ("()", "(1,)", f"({values.size},)") else ""
    return wrong(f"You return {holds}{what}; it should be {due}.")


def first_fault(results):
    """The finding on the first call that raised or gave no numbers; None where all gave them."""
    for result in results:
        if result["raised"]:
            return wrong(tell_error(result["raised"]))
        if broken := without_numbers(result):
            return broken
    return None


def what_came(kind):
    """What a student returned, by the name of its type, in words."""
    return "nothing (None, as where a return is missing)" if kind == "NoneType" else f"a {kind}"


HUGE = 1e9  # what is larger came of a division by what should be zero, and only rounding says how much larger


def one_for_all(values, told, tolerance):
    """The first mistake that gives the values of all cases together, None where none does.

    told: for each case its mistakes, the same but for their values and numbers in their sentences
    """
    alike = [replace(same[0], value=np.concatenate([mistake.value for mistake in same]))
             for same in zip(*told, strict=True)]  # fmt: skip
    return first_that_fits(alike, lambda mistaken: near(*np.minimum([values, mistaken], HUGE), tolerance))


def without_network(inputs, results):
    """The finding where the answer failed or took too much on "wide" or "network"; None where it gave results."""
    for name in ("wide", "network"):
        if finding := _over_budget(inputs["budgets"][name], results[name].get("cost")):
            return finding
        if results[name]["raised"]:
            return wrong(tell_error(results[name]["raised"]))
    return None


def _over_budget(limits, cost):
    n = f"{limits['n']:,}"
    if cost and cost["operations"] >= limits["most_operations"]:
        return wrong(f"Stopped after {limits['most_operations']:,} operations of PyTorch, for n = {n} parameters: so "
                     "many are passes for each parameter, of which the course's network has 44,426.")  # fmt: skip
    if cost and cost["bytes"] >= limits["most_bytes"]:
        return wrong(f"For n = {n} the call took {cost['bytes'] / 1e6:.0f} MB at once, as a matrix of n x n numbers "
                     "does: for the course's network, n = 44,426, it has 8 to 16 GB.")  # fmt: skip
    return None
