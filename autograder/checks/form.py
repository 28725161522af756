"""Whether what came out of the sandbox has the form of a task's results: the judges take that for granted.

Without it, arrays without numbers would agree with everything, and a column against a row would fill the memory.
"""

import numpy as np

MOST_ENTRIES = 1000  # of a dict whose names are the student's


class Misfit(ValueError):
    """Results that no task gives; the message says where they differ."""


def require(pattern, value, place="the result"):
    """Raise Misfit unless `value` has the form of `pattern`, the results on another answer.

    Arrays have the same shape, or are None where there was nothing; lists the same length; dicts the same names, or
    only "raised" with a text, or no entry; an empty dict in the pattern, below the top, is for numbers under any names.
    """
    if isinstance(pattern, dict):
        _require_dict(pattern, value, place)
    elif isinstance(pattern, list):
        _demand(isinstance(value, list) and len(value) == len(pattern), place)
        for number, (part, item) in enumerate(zip(pattern, value, strict=True)):
            require(part, item, f"{place}, {number}")
    elif isinstance(pattern, np.ndarray):
        fits = isinstance(value, np.ndarray) and value.shape == pattern.shape
        _demand(value is None or (fits and (value.dtype.kind in "fiub") == (pattern.dtype.kind in "fiub")), place)
    elif isinstance(pattern, (bool, str)):
        _demand(isinstance(value, type(pattern)), place)
    else:
        _demand(_is_number(value), place)


def _require_dict(pattern, value, place):
    _demand(isinstance(value, dict) and len(value) <= MOST_ENTRIES, place)
    if not pattern:
        _demand(all(_is_number(item) for item in value.values()), place)
    elif value and not (set(value) == {"raised"} and isinstance(value["raised"], str) and value["raised"]):
        _demand(set(value) == set(pattern), place)
        for name, part in pattern.items():
            require(part, value[name], f"{place}, {name}")


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _demand(fits, place):
    if not fits:
        raise Misfit(f"{place} has another form than a result of the check")
