"""Check the function on subspaces at known angles, and print what is wrong."""

import numpy as np

from losssurf_lab.calling import limits_for
from losssurf_lab.networks import NETWORK_SIZE
from losssurf_lab.waves import orthonormal_waves


def pairs():
    """Pairs of orthonormal bases "U" (n, k) and "V" (n, l), with the "angles" between the subspaces."""
    return {
        "equal": make_pair(7, 3, 3, [0.3, 0.9, 1.2]),
        "the same subspace": make_pair(6, 2, 2, [0.0, 0.0]),
        "orthogonal": make_pair(9, 2, 3, [np.pi / 2, np.pi / 2]),
        "more in V": make_pair(8, 2, 4, [0.4, 1.0]),
        "more in U": make_pair(8, 3, 1, [0.7]),
        "other basis": make_pair(7, 3, 3, [0.3, 0.9, 1.2], turn=2.0),
        "wide": make_pair(2000, 2, 3, [0.5, 1.1]),
        "network": make_pair(NETWORK_SIZE, 2, 2, [0.5, 1.1]),
    }


def make_inputs():
    """The same pairs at every call."""
    cases = {name: {"U": pair["U"], "V": pair["V"]} for name, pair in pairs().items()}
    return {"cases": cases, "budgets": {"wide": limits_for(2000), "network": limits_for(NETWORK_SIZE)},
            "random_start": 0}  # fmt: skip


def make_reference(inputs):
    """The cosines of the angles at which each pair was made."""
    return {name: np.cos(pair["angles"]) for name, pair in pairs().items()}


def make_pair(size, k, l, angles, turn=0.0):  # noqa: E741, the task's letter
    """Subspaces of k and l dimensions at these angles, min(k, l) of them; their bases are turned within them."""
    directions, few = orthonormal_waves(size, k + l), min(k, l)
    U, V = directions[:, :k], directions[:, k:].copy()
    V[:, :few] = np.cos(angles) * U[:, :few] + np.sin(angles) * V[:, :few]
    return {"U": U @ _turned(k, 0.5 + turn), "V": V @ _turned(l, 0.8 - turn), "angles": np.array(angles)}


def _turned(size, angle):
    """A matrix (size, size) that turns the first two and then the next two of any vector's numbers, and so on."""
    matrix = np.eye(size)
    for place in range(size - 1):
        turn = np.eye(size)
        turn[place : place + 2, place : place + 2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        matrix = matrix @ turn
    return matrix
