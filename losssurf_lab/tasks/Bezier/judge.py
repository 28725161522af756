"""The Bezier curve judged, with one bend and with two."""

import math

import numpy as np

from losssurf_lab.on_paths.judge import (
    BUT_ONE,
    COEFFICIENT_TOLERANCE,
    HINTS,
    OUTPUT_TOLERANCE,
    SOMEWHAT,
    Conduct,
    WeightsAlong,
    judge_course,
)
from losssurf_lab.verdicts import RIGHT, Criterion, Mistake, first_that_fits, not_yet, worst, wrong

__all__ = ["BONUS", "CRITERIA", "HINTS", "judge"]

NO_CURVE = not_yet("Counts once there is a curve.")
WRONG_CURVE = not_yet("Counts once a curve is right; until then in part.", SOMEWHAT)
NAMES = "one bend", "two bends"
POINTS = "The points are in the wrong order: first w0, then the bends, last w1."
EACH_BEND = "param_list holds one weight for each bend."
CRITERIA = [
    Criterion("one bend", "the curve with one bend", 0.5),
    Criterion("two bends", "the curve with two bends", 0.5),
    Criterion("experiment", "the experiment: index, gen_index and training as in the polychain, on the notebook's "
              "network", 1),
]  # fmt: skip
BONUS = True


def judge(inputs, results, reference, device):
    """The finding on each criterion; `reference` has, for each of the two curves, what the polychain's has."""
    tolerance = OUTPUT_TOLERANCE[device]
    curves = {name: BezierReport(inputs[name], results[name]["path"], reference[name]) for name in NAMES}
    found = {name: curve.judge() for name, curve in curves.items()}
    right = [name for name, finding in found.items() if finding.share >= BUT_ONE]
    chosen = right or [name for name, curve in curves.items() if curve.exists()]
    experiments = []
    for name in chosen:
        conduct = Conduct(inputs[name], results[name], reference[name], curves[name], bool(right), tolerance)
        course = judge_course(results[name]["course"], reference[name]["course"], tolerance) if right else WRONG_CURVE
        experiments.append(worst([*conduct.all(), course]))
    return {**_tell_apart(found, right), "experiment": worst(experiments or [NO_CURVE])}


def _with_hint_on_bends(finding):
    """The message of a finding on a curve, which says once what param_list holds."""
    return finding.message if EACH_BEND in finding.message else f"{EACH_BEND} {finding.message}"


def _tell_apart(found, right):
    """The findings on the two curves, with a remark where one is right; the same exceptions cost only once."""
    one, two = (found[name] for name in NAMES)
    if one.share == two.share == BUT_ONE:
        two = RIGHT
    elif right == ["one bend"]:
        two = wrong(f"With one bend the curve is right, with two it is not. {_with_hint_on_bends(two)}")
    elif right == ["two bends"]:
        one = wrong(f"With two bends the curve is right, with one it is not. {_with_hint_on_bends(one)}")
    return {"one bend": one, "two bends": two}


class BezierReport(WeightsAlong):
    """A path that should be a Bezier curve."""

    def due(self, t):
        """The right shares (points, nodes) at any t (points,)."""
        last = len(self.nodes) - 1
        return np.transpose([np.polyval(np.polyfit(self.positions, column, last), t) for column in self.expected.T])

    def judge(self):
        """The finding on all positions: right, or which mistake fits."""
        if failure := self.failure():
            return failure
        bad = [at for at in range(len(self.positions)) if not self.is_right(at)]
        if self.strays() or not bad:
            return RIGHT
        if len(bad) == 1 or all(self.positions[at] in (0, 1) for at in bad):
            return wrong(self.tell(bad), BUT_ONE)
        broken = [at for at in bad if at in self.broken]
        return wrong(self.tell(broken)) if broken else self.explain(bad)

    def explain(self, bad):
        """Which mistake fits a curve that is wrong at the positions `bad`."""
        found = self.found()
        if self.is_elsewhere(self.sound):
            return wrong(self.why_elsewhere())
        if not self.varies():
            return wrong(f"The weights do not follow the index: they are always {self.in_words(found[bad[0]])}.")
        if self.only_biases(bad):
            return wrong("The biases (all weights with one axis) are not on the curve, the others are.")
        if mistake := first_that_fits(self.mistakes(), lambda shares: self.agree(found, shares, self.sound)):
            return wrong(mistake.sentence)
        at = max(bad, key=lambda number: np.abs(found[number] - self.expected[number]).max())
        came_out = f"at {self.at(at)} the weights are {self.in_words(found[at])}"
        sums = "" if np.abs(found.sum(1) - 1).max() < COEFFICIENT_TOLERANCE else " The shares must add up to 1."
        expected = self.in_words(self.expected[at])
        return wrong(f"The weights do not follow the formula: {came_out}; they should be {expected}.{sums}")

    def mistakes(self):
        """What mistakes would give, shares (positions, nodes)."""
        t, right, last = self.positions[:, None], self.expected, len(self.nodes) - 1
        plain = right / [math.comb(last, number) for number in range(last + 1)]
        inner, zeros = [*range(1, last)], np.zeros((len(t), last - 1))
        chain = np.maximum(0, 1 - np.abs(last * t - np.arange(last + 1)))
        twice = np.hstack([plain[:, :1], 2 * plain[:, 1:-1], plain[:, -1:]])
        one_more = np.hstack([math.comb(last + 1, i) * (1 - t) ** (last + 1 - i) * t**i for i in range(last + 1)])
        factors = "factors C(m, i) of the bends are" if last > 2 else "factor 2 of the bend is"
        mistakes = [
            Mistake(f"The binomial {factors} missing: the shares do not add up to 1.", plain),
            Mistake("The curve is reversed: t = 0 must be the first endpoint, w0 (support_list[0]), and t = 1 the "
                    "second. Are the points in reverse order, or t and 1 - t exchanged?", right[:, ::-1]),
            Mistake("The two endpoints are swapped: t = 0 must be w0, which is support_list[0].",
                    right[:, [last, *inner, 0]]),
            Mistake("The path is the polychain: straight lines with the bends on it. A Bezier curve is smooth, and "
                    "passes the bends by.", chain),
            Mistake("The path is the straight line between the endpoints: the bends are not used.",
                    np.hstack([1 - t, zeros, t])),
            Mistake("The last point of the sum, w1 (support_list[1]), is left out: i goes from 0 to m, m included.",
                    np.hstack([right[:, :-1], 0 * t])),
            Mistake("The first point of the sum, w0 (support_list[0]), is left out: i begins at 0.",
                    np.hstack([0 * t, right[:, 1:]])),
            Mistake(POINTS, right[:, [0, *range(2, last + 1), 1]]),
            Mistake(POINTS, right[:, [last - 1, *range(last - 1), last]]),
            Mistake("m is one too large: it is the number of points less one, as the points are p_0 to p_m.", one_more),
        ]  # fmt: skip
        if last == 2:
            return mistakes
        quadratic = (1 - t) ** 2, 2 * t * (1 - t), t**2
        return [
            *mistakes,
            Mistake("The bends are in the wrong order: param_list has them as the curve takes them.",
                    right[:, [0, *inner[::-1], last]]),
            Mistake("Only the first bend is used: param_list holds one weight for each bend.",
                    np.hstack([*quadratic[:2], zeros[:, 1:], quadratic[2]])),
            Mistake("Only the last bend is used: param_list holds one weight for each bend.",
                    np.hstack([quadratic[0], zeros[:, 1:], *quadratic[1:]])),
            Mistake("The curve is that of one bend, with the mean of the bends: the order of the curve grows "
                    "with their number.",
                    np.hstack([quadratic[0], *[quadratic[1] / (last - 1)] * (last - 1), quadratic[2]])),
            Mistake("Each bend has the factor 2; the binomial factors C(m, i) are 3 for two bends.", twice),
        ]  # fmt: skip
