"""Hidden inputs and reference of the principal directions: random clouds of points, and their SVD in float64."""

import numpy as np

from losssurf_lab.calling import limits_for
from losssurf_lab.networks import NETWORK_SIZE

SPREADS = np.array([1.0, 0.62, 0.3, 0.2, 0.13, 0.09, 0.06, 0.04, 0.03, 0.02])


def make_inputs(rng):
    """Random clouds."""
    repeated = random_points(rng, 5, 23)
    return {
        "cases": {
            "few points": random_points(rng, 11, 40),
            "many points": random_points(rng, 30, 8),
            "square": random_points(rng, 12, 12),
            "single precision": random_points(rng, 9, 60).astype(np.float32),
            "repeated points": np.repeat(repeated, [1, 3, 1, 2, 1], axis=0),
            "wide": random_points(rng, 6, 1200),
            "network": list(random_points(rng, 12, NETWORK_SIZE).astype(np.float32)),  # larger arrays do not cross
        },
        "budgets": {"wide": limits_for(1200), "network": limits_for(NETWORK_SIZE)},
        "random_start": int(rng.integers(2**31)),
    }


def random_points(rng, count, size):
    """Points (count, size) whose variances along random directions fall as SPREADS squared, far from the origin."""
    directions = random_orthonormal(rng, size, min(size, len(SPREADS)))
    scores = random_orthonormal(rng, count - 1, min(count - 1, directions.shape[1]))
    scores = np.vstack([scores, -scores.sum(0)])  # so that their mean is zero
    used = scores.shape[1]
    mean = rng.uniform(0.4, 1.2, size) * rng.choice([-1, 1], size)
    return mean + 3 * (scores * SPREADS[:used]) @ directions[:, :used].T


def random_orthonormal(rng, rows, columns):
    return np.linalg.qr(rng.standard_normal((rows, columns)))[0]


def make_reference(inputs):
    """For each cloud the mean, the first two directions and all variances up to a factor."""
    return {name: decompose(np.asarray(points, dtype=np.float64)) for name, points in inputs["cases"].items()}


def decompose(points):
    mean = points.mean(0)
    _, singular, directions = np.linalg.svd(points - mean, full_matrices=False)
    return {"mean": mean, "directions": directions[:2], "variances": singular**2}
