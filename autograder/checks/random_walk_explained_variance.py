"""Hidden inputs and reference of the random walk: numbers of points, and the eigenvalues of the walk's own matrix."""

import numpy as np


def make_inputs(rng):
    """Random numbers of points, few and many."""
    few = {f"{n} points, {k}": {"n": n, "k": k} for n in (3, 6, 8) for k in range(1, n)}
    many = {f"{n} points, {k}": {"n": int(n), "k": int(k)} for n in rng.integers(40, 300, size=3)
            for k in (1, rng.integers(2, 6), rng.integers(6, n))}  # fmt: skip
    array = {"n": int(rng.integers(20, 40)), "k": rng.permutation(np.arange(1, 12))[:7]}
    return {
        "cases": {**few, **many, "array": array}, "few": list(few), "many": list(many),
        "random_start": int(rng.integers(2**31)),
    }  # fmt: skip


def stand_in(n, k):
    """An answer that gives nothing."""


def make_reference(inputs):
    """{number of points: the share of each component}, for the cases and for a point more or less."""
    numbers = {case["n"] + more for case in inputs["cases"].values() for more in (-1, 0, 1)}
    return {n: shares(n) for n in sorted(numbers)}


def shares(n):
    """The share of the variance in each component (n - 1,) of a walk of n points, the largest first.

    In ever more dimensions the matrix of the scalar products of the points tends to that of their expectations,
    min(i, j) for points i and j; its eigenvalues after centring are the variances along the components.
    """
    points = np.arange(1, n + 1)
    products = np.minimum.outer(points, points).astype(float)
    centring = np.eye(n) - 1 / n
    variances = np.linalg.eigvalsh(centring @ products @ centring)[:0:-1]
    return variances / variances.sum()
