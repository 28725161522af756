"""Check the function on clouds made of known directions, print what is wrong, and draw it in two dimensions."""

import numpy as np

from losssurf_lab.calling import limits_for
from losssurf_lab.networks import NETWORK_SIZE
from losssurf_lab.pictures.showing import show
from losssurf_lab.waves import orthonormal_waves


def clouds():
    """Clouds with their "points", and "mean", "directions" (2, n) and "variances" of which they were made."""
    few, square = make_cloud(11, 14), make_cloud(9, 9)
    return {
        "few points": few,
        "many points": make_cloud(12, 6),
        "square": square,
        "single precision": {**square, "points": square["points"].astype(np.float32)},
        "repeated points": {**few, "points": np.repeat(few["points"], 2, axis=0)},
        "wide": make_cloud(6, 1200),
        "network": make_cloud(12, NETWORK_SIZE),
    }


def plane_cloud():
    """Such a cloud in two dimensions, for the picture."""
    return make_cloud(12, 2, tilt=0.6)


def make_inputs():
    """The same clouds at every call."""
    cases = {name: cloud["points"] for name, cloud in {**clouds(), "plane": plane_cloud()}.items()}
    return {"cases": cases, "budgets": {"wide": limits_for(1200), "network": limits_for(NETWORK_SIZE)},
            "random_start": 0}  # fmt: skip


def make_reference(inputs):
    """Of what each cloud was made."""
    return clouds()


def make_cloud(count, size, tilt=None):
    """Points (count, size): sums of known directions, along each of which they are spread less than along the last."""
    spreads = np.array([1.0, 0.6, 0.3, 0.2, 0.1])[: min(count - 1, size if tilt else size - 1)]
    directions = orthonormal_waves(size, len(spreads))
    if tilt:
        directions = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    mean = 0.5 + 0.4 * np.sin(np.arange(size) ** 2)
    points = mean + 3 * (orthonormal_waves(count, len(spreads)) * spreads) @ directions.T
    return {"points": points, "mean": mean, "directions": directions.T[:2], "variances": spreads**2}


def draw(inputs, results, reference):
    """The points in the plane, and both directions with the spread along them as length: as they are, and yours."""
    from matplotlib import pyplot as plt

    cloud, result = plane_cloud(), results["plane"]
    points, mean = cloud["points"], cloud["mean"]
    spreads = 3 * np.sqrt(cloud["variances"] / len(points))
    figure, axis = plt.subplots(figsize=(5, 4), layout="constrained")
    axis.plot(*points.T, "o", color="gray")
    for direction, spread in zip(cloud["directions"], spreads):
        axis.plot(*zip(mean - spread * direction, mean + spread * direction), color="lightgray", linewidth=6)
    center = result.get("mean")
    center = center.ravel() if center is not None and center.size == 2 else mean
    yours = []
    for name, color, spread in zip(("direction1", "direction2"), ("C3", "C0"), spreads):
        direction = result.get(name)
        if direction is not None and direction.size == 2 and np.isfinite(direction).all():
            arrow = spread * direction.ravel()
            axis.annotate("", center + arrow, center, arrowprops=dict(color=color, width=2, headwidth=8))
            axis.plot([], [], color=color, label=f"your {name}")
            yours.append(f"{name} {_in_words(direction.ravel())}")
    axis.set(xlabel="weight 1", ylabel="weight 2", title="The known directions (gray), and yours", aspect="equal")
    if axis.get_legend_handles_labels()[0]:
        axis.legend()
    known = " and ".join(map(_in_words, cloud["directions"]))
    show(f"A cloud of {len(points)} points, its known directions {known}, and yours: {', '.join(yours) or 'none'}.")


def _in_words(direction):
    x, y = direction if direction[0] >= 0 else -direction  # the opposite is the same direction
    return f"({x:.3g}, {y:.3g})"
