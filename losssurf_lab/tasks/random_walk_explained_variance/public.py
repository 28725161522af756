"""Check the function on walks of a few points, print what is wrong, and draw its shares for the longest of them."""

import numpy as np

from losssurf_lab.pictures.showing import show

SHARES = {  # number of points: the share of each component
    2: [1],
    3: [3 / 4, 1 / 4],
    4: [(2 + np.sqrt(2)) / 5, 1 / 5, (2 - np.sqrt(2)) / 5],
    5: [(3 + np.sqrt(5)) / 8, (5 + np.sqrt(5)) / 40, (3 - np.sqrt(5)) / 8, (5 - np.sqrt(5)) / 40],
    6: [6 * (2 + np.sqrt(3)) / 35, 6 / 35, 3 / 35, 2 / 35, 6 * (2 - np.sqrt(3)) / 35],
}


def make_inputs():
    """Walks of two to six points."""
    few, many = ({f"{n} points, k = {k}": {"n": n, "k": k} for n in numbers for k in range(1, n)}
                 for numbers in ((3, 4, 5), (6,)))  # fmt: skip
    arrays = {"array": {"n": 5, "k": np.array([3, 1, 4])}, "picture": {"n": 6, "k": np.arange(1, 6)}}
    return {"cases": {**few, **many, **arrays}, "few": list(few), "many": list(many), "random_start": 0}


def make_reference(inputs):
    """The table."""
    return {n: np.array(shares) for n, shares in SHARES.items()}


def draw(inputs, results, reference):
    """The share of each component of a walk: as it should be, and yours."""
    from matplotlib import pyplot as plt

    case, result = inputs["cases"]["picture"], results["picture"]
    _, axis = plt.subplots(figsize=(5, 3.4), layout="constrained")
    axis.bar(case["k"], reference[case["n"]], color="lightgray", label="as it should be")
    if np.isfinite(result["values"]).any():
        axis.plot(case["k"], result["values"], "o", color="C3", label="yours")
    axis.set(xlabel="component k", ylabel="share of the variance", title=f"A random walk of {case['n']} points")
    axis.legend()
    right, yours = (", ".join(f"{share:.3g}" for share in each) for each in (reference[case["n"]], result["values"]))
    show(f"Shares of the components of a random walk of {case['n']} points: {right} as it should be; yours {yours}.")
