"""Hidden inputs and reference of the subspaces' overlap: random pairs at random angles, and SciPy's angles of them."""

import numpy as np
from scipy.linalg import subspace_angles

from losssurf_lab.calling import limits_for
from losssurf_lab.networks import NETWORK_SIZE

MANY = 2500  # dimensions of the case "wide": an n x n matrix has 50 MB, U and V less than 1


def make_inputs(rng):
    """Random pairs of bases."""
    equal = random_pair(rng, 30, 4, 4)
    same = random_basis(rng, 20, 3)
    orthogonal = random_basis(rng, 25, 5)
    cases = {
        "equal": equal,
        "the same subspace": {"U": same, "V": turned(rng, same)},
        "orthogonal": {"U": orthogonal[:, :2], "V": orthogonal[:, 2:]},
        "more in V": random_pair(rng, 40, 2, 6),
        "more in U": random_pair(rng, 35, 5, 3),
        "other basis": {name: turned(rng, basis) for name, basis in equal.items()},
        "wide": random_pair(rng, MANY, 3, 4),
        "network": random_pair(rng, NETWORK_SIZE, 2, 2),
    }
    budgets = {"wide": limits_for(MANY), "network": limits_for(NETWORK_SIZE)}
    return {"cases": cases, "budgets": budgets, "random_start": int(rng.integers(2**31))}


def random_basis(rng, size, count):
    """Orthonormal columns (size, count)."""
    return np.linalg.qr(rng.standard_normal((size, count)))[0]


def random_pair(rng, size, k, l):  # noqa: E741, the task's letter
    """Bases of k and l dimensions, with angles between them of all sizes."""
    columns, few = random_basis(rng, size, k + l), min(k, l)
    U, V = columns[:, :k], columns[:, k:].copy()
    angles = (np.arange(few) + rng.uniform(0.2, 0.8, few)) / few * np.pi / 2
    V[:, :few] = np.cos(angles) * U[:, :few] + np.sin(angles) * V[:, :few]
    return {"U": turned(rng, U), "V": turned(rng, V)}


def turned(rng, basis):
    """Another orthonormal basis of the same subspace."""
    return basis @ random_basis(rng, basis.shape[1], basis.shape[1])


def stand_in(U, V):
    """An answer that gives nothing."""


def make_reference(inputs):
    """For each case the cosines of the angles between the two subspaces."""
    return {name: np.cos(subspace_angles(case["U"], case["V"])) for name, case in inputs["cases"].items()}
