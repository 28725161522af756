"""The polychain judged: two straight lines from node to node."""

import numpy as np

from losssurf_lab.comparing import agree
from losssurf_lab.on_paths.judge import (
    BUT_ONE,
    COEFFICIENT_TOLERANCE,
    HINTS,
    NEAR,
    NO_PATH,
    OUTPUT_TOLERANCE,
    SOMEWHAT,
    Conduct,
    WeightsAlong,
    judge_course,
)
from losssurf_lab.verdicts import (
    RIGHT,
    Criterion,
    Mistake,
    first_that_fits,
    not_yet,
    tell_error,
    unless_raised,
    waiting,
    worst,
    wrong,
)

__all__ = ["CRITERIA", "HINTS", "PolychainReport", "judge"]

# Whatever the notebook's experiment cannot do without costs at least the last one: half of the points.
CRITERIA = [
    Criterion("first half", "first half of the path, t < 1/2", 1),
    Criterion("second half", "second half of the path, t > 1/2", 1),
    Criterion("nodes", "at t = 0, 1/2 and 1 the three networks, with batch norm too", 0.5),
    Criterion("index", "the index is a buffer of one number", 0.5),
    Criterion("draws", "gen_index draws a new t each time, uniformly from [0, 1]", 0.5),
    Criterion("one t", "one t for all layers, which stays where freeze_index is set", 0.5),
    Criterion("training", "gradients reach the bend, and training moves nothing else", 1),
    Criterion("experiment", "the experiment: evaluated and trained as in the notebook, on its network", 5),
]


def judge(inputs, results, reference, device):
    """The finding on each criterion.

    reference: "coefficients" (positions, 3) of start, bend and end; "bend_gradients", a vector for each of the
    gradient positions; "outputs" (2, B, classes) of the two endpoints; "course", outputs of the course's network. The
    positions are symmetric about 1/2.
    """
    path, tolerance = PolychainReport(inputs, results["path"], reference), OUTPUT_TOLERANCE[device]
    t = inputs["positions"]
    inside = (np.abs(t - 0.5) > NEAR) & (t > 0) & (t < 1)
    first = path.judge_half(inside & (t < 0.5), "first half (t < 1/2)")
    second = path.judge_half(inside & (t > 0.5), "second half (t > 1/2)")
    halves = {"the first half of the path is right": first, "the second half of the path is right": second}
    right = all(finding.share >= BUT_ONE for finding in halves.values())
    conduct = Conduct(inputs, results, reference, path, right, tolerance)
    steps = {what: float(finding.share >= BUT_ONE) for what, finding in halves.items()} | conduct.steps()
    nodes = path.judge_nodes(~inside)
    if not path.strays():
        nodes = worst([nodes, _judge_outputs(results["ends"], reference["outputs"], tolerance)])
    findings = {
        "first half": first,
        "second half": second,
        "nodes": nodes,
        "index": conduct.index,
        "draws": conduct.draws,
        "one t": worst([conduct.freezing, conduct.layers]),
        "training": worst([conduct.gradients, conduct.training]),
        "experiment": _judge_experiment(steps, judge_course(results["course"], reference["course"], tolerance)),
    }
    return findings if path.exists() else _without_path(findings)


def _without_path(findings):
    """What is left where there is no path: the index, and how it is drawn."""
    kept = ("index", "draws") if findings["draws"].share else ()
    return {key: finding if key in kept else waiting(finding, NO_PATH.message) for key, finding in findings.items()}


def _judge_experiment(steps, course):
    """The finding on the notebook's experiment, of which nothing is left where one of its steps fails.

    steps: {what it takes: how much of that is there, 0 to 1}, the causes before their consequences
    """
    what = min(steps, key=steps.get)
    if steps[what] == 0:
        return not_yet(f"Counts once {what}.")
    if course.share < 1 or steps[what] == 1:
        return course
    return not_yet(f"Counts once {what}; until then in part.", (1 + steps[what]) / 2)


@unless_raised
def _judge_outputs(result, references, tolerance):
    places = "t = 0, the first", "t = 1, the second"
    for output, expected, error, place in zip(result["outputs"], references, result["errors"], places, strict=True):
        where = f"On a network with batch norm, at {place} of the endpoints"
        if error:
            return wrong(f"{where}: {tell_error(error)}")
        if output is None or not agree(output, expected, tolerance):
            return wrong(f"{where}, the output is not that of the endpoint.")
    return RIGHT


class PolychainReport(WeightsAlong):
    """A path that should go straight from node to node."""

    def due(self, t):
        """The right shares (points, 3) at any t (points,)."""
        below, above = self.formulas(t)
        return np.where(np.asarray(t)[:, None] < 0.5, below, above)

    def formulas(self, t):
        """The shares (points, 3) that the formulas of the first and of the second half give at any t."""
        halves = self.positions < 0.5 - NEAR, self.positions > 0.5 + NEAR
        fits = [np.polyfit(self.positions[half], self.expected[half], 1) for half in halves]
        return [slope * np.asarray(t)[:, None] + offset for slope, offset in fits]

    def judge_half(self, chosen, name):
        """The finding on one half: right at all its positions, or which mistake fits."""
        if failure := self.failure():
            return failure
        if self.strays():
            return RIGHT
        numbers = np.flatnonzero(chosen)
        bad = [at for at in numbers if not self.is_right(at)]
        if not bad:
            return RIGHT
        if len(bad) == 1:
            return wrong(self.tell(bad), BUT_ONE)
        broken = [at for at in bad if at in self.broken]
        return wrong(self.tell(broken)) if broken else self.explain(numbers, bad, name)

    def judge_nodes(self, chosen):
        """The finding on t = 0, 1/2 and 1, and the positions just below and above 1/2."""
        if failure := self.failure():
            return failure
        bad = [at for at in np.flatnonzero(chosen) if not self.is_right(at)]
        if self.strays() or not bad:
            return RIGHT
        return wrong(self.tell(bad[:1]))

    def explain(self, numbers, bad, name):
        """Which mistake fits a half that is wrong at the positions `bad`."""
        found = self.found()
        if self.is_elsewhere(numbers):
            return wrong(self.why_elsewhere(), SOMEWHAT)
        if not self.varies():
            always = self.in_words(found[bad[0]])
            return wrong(f"In the {name} the weights do not follow the formula: whatever the index, they are {always}.")
        if self.only_biases(bad):
            return wrong("The biases (all weights with one axis) are not on the path, the others are.")
        seen = [at for at in self.sound if abs(self.positions[at] - 0.5) > NEAR]
        if mistake := first_that_fits(self.mistakes(), lambda shares: self.agree(found, shares, seen)):
            return wrong(mistake.sentence, mistake.share)
        at = max(bad, key=lambda number: np.abs(found[number] - self.expected[number]).max())
        came_out = f"at {self.at(at)} the weights are {self.in_words(found[at])}"
        if self.lacks_factor(numbers, found):
            return wrong("A factor 2 is missing: in each half, which has the length 1/2, the weights go all the way "
                         f"between an endpoint and the bend. Yours: {came_out}.")  # fmt: skip
        expected = self.in_words(self.expected[at])
        if self.keeps_to_the_path():
            return wrong(f"The weights lie on the path, but not where t says: {came_out}; they should be {expected}.",
                         SOMEWHAT)  # fmt: skip
        return wrong(f"The {name} does not follow the formula: {came_out}; they should be {expected}.")

    def mistakes(self):
        """What mistakes would give, shares (positions, 3)."""
        t = self.positions[:, None]
        below, above = self.formulas(self.positions)
        return [
            Mistake("The path is reversed: t = 0 must be the first endpoint, w0 (support_list[0]), and t = 1 the "
                    "second.", self.expected[::-1], SOMEWHAT),
            Mistake("The path has swapped halves: the formula of t > 1/2 is used below 1/2, and the other above.",
                    np.where(t < 0.5, above, below)),
            Mistake("The path is the straight line between the endpoints: the bend is not used.",
                    np.hstack([1 - t, 0 * t, t])),
            Mistake("The path is a Bezier curve: the polychain consists of two straight lines, with the bend on it.",
                    np.hstack([(1 - t) ** 2, 2 * t * (1 - t), t**2]), SOMEWHAT),
        ]  # fmt: skip

    def keeps_to_the_path(self):
        """Whether a path from node to node is right but for the places of the points between them."""
        t = self.positions[self.sound]
        shares = self.found()[self.sound]
        between = np.minimum(np.minimum(t, 1 - t), np.abs(t - 0.5)) > NEAR
        nodes = np.flatnonzero(np.isin(self.positions, (0, 0.5, 1)))
        return (all(map(self.is_right, nodes)) and self.are_on_path(shares).all()
                and shares[between].max() < 1 - COEFFICIENT_TOLERANCE)  # fmt: skip

    def lacks_factor(self, numbers, found):
        """Whether a share changes half as fast with t as it should."""
        got, due = (np.polyfit(self.positions[numbers], shares[numbers], 1)[0] for shares in (found, self.expected))
        return bool(((np.abs(due) > 0.1) & (np.abs(got - due / 2) < COEFFICIENT_TOLERANCE)).any())
