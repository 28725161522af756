"""A path judged: its weights in terms of the nodes, and how the class behaves."""

from itertools import pairwise

import numpy as np

from losssurf_lab.comparing import agree, digits
from losssurf_lab.verdicts import RIGHT, not_yet, tell_error, unless_raised, worst, wrong

WEIGHT_TOLERANCE = 1e-5  # of the largest weight; the float32 error of right answers is at most 1e-7 of it
COEFFICIENT_TOLERANCE = 2e-3  # of those found by least squares in a single tensor
# Of the length of outputs or gradient; right answers err by at most 2e-7, with TF32 by 9e-4.
OUTPUT_TOLERANCE = {"cpu": 1e-5, "cuda": 0.02}
CHANCE = 1e-9  # that a test finds uniform numbers not to be uniform

ENOUGH = 0.4  # of the draws in each half: with fewer, training lowers the barrier much less
FEW = 5  # different numbers are too few to train a path by
SLOW = 0.2  # seconds of a forward pass of the course's network; right answers take 0.003
NEAR = 0.01  # positions this near to 1/2 are there to see a jump
BUT_ONE = 0.75  # of the points are left where a path is right at all positions but one
SOMEWHAT = 0.5

NO_PATH = not_yet("Counts once there is a path.")
HINTS = [
    ("ValueError", "values to unpack", "param_list holds one weight of each bend, of which a polychain has one, and "
     "support_list two, of the endpoints."),
    ("TypeError", "only integer tensors", "Perhaps a list is multiplied by t, or t is the place of something in it: "
     "param_list and support_list are lists of tensors."),
    ("TypeError", "multiply sequence", "A list is multiplied: param_list and support_list are lists of tensors."),
    ("ValueError", "an index of", "index must be a buffer of one number."),
    ("ValueError", "outside [", "t must stay in the range [0, 1]."),
]  # fmt: skip


class WeightsAlong:
    """The weights along the path as a student's class gave them, in terms of the nodes: endpoints and bends."""

    def __init__(self, inputs, result, reference):
        self.result, self.positions, self.expected = result, inputs["positions"], reference["coefficients"]
        self.shapes = {name: array.shape for name, array in inputs["nodes"][0].items() if array.dtype.kind == "f"}
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes.values()])
        self.parts = [slice(start, end) for start, end in pairwise([0, *ends])]
        self.nodes = np.stack([self.flat(node) for node in inputs["nodes"]])
        bends = [f"b{number}" for number in range(1, len(self.nodes) - 1)]
        self.names = ["w0", *(bends if len(bends) > 1 else ["b"]), "w1"]
        self.tolerance = WEIGHT_TOLERANCE * np.abs(self.nodes).max()
        self.weights = [self.flat(weights) for weights in result.get("weights", [])]
        self.broken = {at: problem for at in range(len(self.weights)) if (problem := self.problem(at))}
        self.sound = [at for at in range(len(self.weights)) if at not in self.broken]
        self.indices = result.get("indices", self.positions)
        self.moved = np.abs(self.indices - self.positions)[self.sound].max(initial=0) > 1e-6

    def flat(self, weights):
        """Weights by name in one vector, None where some are missing or of another shape."""
        if any(name not in weights or weights[name].shape != shape for name, shape in self.shapes.items()):
            return None
        return np.concatenate([weights[name].astype(np.float64).ravel() for name in self.shapes])

    def problem(self, at):
        """Why there are no weights at the position of this number, "" where there are."""
        if raised := self.result["errors"][at]:
            return tell_error(raised)
        if self.weights[at] is None:
            return "The network got weights of the wrong shape: that of param_list[0] is right."
        return "" if np.isfinite(self.weights[at]).all() else "The weights hold NaN or infinity."

    def failure(self):
        """What kept the weights from coming out anywhere, None if nothing did."""
        if self.result["raised"]:
            return wrong(tell_error(self.result["raised"]))
        if overwritten := self.overwritten():
            return overwritten
        return None if self.sound else wrong(self.broken[0])

    def overwritten(self):
        """The finding where the nodes are no longer what they were, None where they are."""
        for number, (before, after) in enumerate(zip(self.nodes, self.result["nodes"], strict=True)):
            after = self.flat(after)
            if not np.array_equal(before, after):
                ends = number in (0, len(self.nodes) - 1)
                what, where = ("The endpoints", "support_list") if ends else ("The bends", "param_list")
                return wrong(f"{what} changed: your code writes into the tensors of {where} (+=, mul_(), .data or the "
                             "like). Make a new tensor.")  # fmt: skip
        return None

    def varies(self):
        """Whether the weights depend on the position at all."""
        return max(np.abs(self.weights[at] - self.weights[self.sound[0]]).max() for at in self.sound) > self.tolerance

    def exists(self):
        """Whether there is a path, be it not where the index is."""
        return not self.failure() and (self.varies() or self.is_elsewhere(self.sound))

    def error(self, at):
        """The error of each weight at the position of this number."""
        return np.abs(self.weights[at] - self.expected[at] @ self.nodes)

    def is_right(self, at):
        return at not in self.broken and self.error(at).max() <= self.tolerance

    def at(self, at):
        """The position of this number as text."""
        return f"t = {self.positions[at]:.4g}"

    def coefficients(self, weights, part=slice(None)):
        """By least squares, the shares of the nodes that give the weights."""
        return np.linalg.lstsq(self.nodes[:, part].T, weights[part], rcond=None)[0]

    def found(self):
        """The shares at each position (positions, nodes), NaN where there are no weights."""
        nothing = np.full(len(self.nodes), np.nan)
        return np.array([nothing if at in self.broken else self.coefficients(self.weights[at])
                         for at in range(len(self.weights))])  # fmt: skip

    def agree(self, found, shares, numbers):
        """Whether the shares found (positions, nodes) at these numbers of positions are those of another path."""
        return np.abs(found - shares)[numbers].max() < COEFFICIENT_TOLERANCE

    def in_words(self, coefficients):
        terms = [f"{c:.4g} {name}" for c, name in zip(coefficients, self.names, strict=True) if abs(c) > 5e-4]
        return " + ".join(terms) or "0"

    def passes_by_the_bends(self):
        """Whether the weights have no share of any bend."""
        return bool(self.sound) and np.abs(self.found()[self.sound, 1:-1]).max() < COEFFICIENT_TOLERANCE

    def strays(self):
        """Whether the weights are right for an index that does not stay where it is put."""
        if not self.moved or np.ptp(self.indices[self.sound]) < 0.5:
            return False
        due = self.due(self.indices[self.sound])
        return bool(np.abs(self.found()[self.sound] - due).max() < COEFFICIENT_TOLERANCE)

    def is_elsewhere(self, numbers):
        """Whether every tensor lies on the path, between two nodes, but not where the index is."""
        inside = [self.weights[at] for at in numbers if 0 < self.positions[at] < 1 and at not in self.broken]
        if not inside:
            return False
        shares = np.array([self.coefficients(weights, part) for weights in inside for part in self.parts])
        on_path = self.are_on_path(shares) & (shares.max(1) < 1 - 1e-5)
        return on_path.all() and (self.moved or self.layers_differ(inside) or not self.varies())

    def are_on_path(self, shares):
        """Which shares (points, nodes) are those of a point of the path, at whatever t."""
        t = shares @ np.linspace(0, 1, len(self.nodes))
        return np.abs(shares - self.due(t)).max(1) < COEFFICIENT_TOLERANCE

    def why_elsewhere(self):
        if self.layers_differ([self.weights[at] for at in self.sound]):
            return "The weights lie on the path, but each layer at a t of its own: draw t in gen_index only."
        if self.moved:
            return "The weights lie on the path, but the index does not stay where it is put, against freeze_index."
        return "The weights lie on the path, but do not follow the buffer index, which is set: use self.index as t."

    def layers_differ(self, many):
        """Whether, in any of many weights, the tensors lie at different places of the path."""
        shares = [[self.coefficients(weights, part) for part in self.parts] for weights in many]
        return np.ptp(shares, axis=1).max() > 10 * COEFFICIENT_TOLERANCE

    def only_biases(self, bad):
        """Whether nothing but vectors, such as biases, is wrong."""
        errors = np.max([self.error(at) for at in bad], axis=0)
        return all(len(shape) == 1 or errors[part].max() <= self.tolerance
                   for shape, part in zip(self.shapes.values(), self.parts, strict=True))  # fmt: skip

    def tell(self, bad):
        """What is wrong at the first of the positions `bad`, and at which of the others it is the same."""
        if problem := self.broken.get(bad[0]):
            alike = [f"{self.positions[at]:.4g}" for at in bad if self.broken.get(at) == problem]
            return f"At t = {', '.join(alike)}: {problem}"
        weights, due = (self.in_words(shares[bad[0]]) for shares in (self.found(), self.expected))
        return f"At {self.at(bad[0])} the weights are {weights}; they should be {due}."


class Conduct:
    """The findings on all but the weights of a path: index, gen_index, freezing, layers, gradients and training.

    What one mistake does to several of them is told where it belongs, and costs nothing elsewhere.
    """

    def __init__(self, inputs, results, reference, path, right, tolerance):
        draws, forward, training = results["draws"], results["forward"], results["training"]
        self.index = _judge_index(results["index"])
        self.draws = worst([judge_draws(draws), _judge_new_t(draws, forward)])
        if path.failure():
            self.freezing = self.layers = self.gradients = self.training = NO_PATH
            return
        self.freezing = _judge_freezing(results["frozen"], inputs["frozen_position"])
        due = reference["bend_gradients"] if right and not path.moved else None
        self.gradients = _judge_gradients(results["gradients"], inputs["gradient_positions"], due, tolerance)
        passes_by = not right and path.passes_by_the_bends()
        if passes_by:
            self.gradients = RIGHT
        stuck = self.draws.share == 0
        self.layers = RIGHT if stuck or _is_told(forward, path) else _judge_layers(forward, path)
        told = stuck or passes_by or not self.gradients.share or _is_told(training, path)
        self.training = RIGHT if told else _judge_training(training, inputs, right)

    def all(self):
        """The findings, the causes before their consequences; what the experiment can do without leaves a part."""
        index = self.index if self.index.share else wrong(self.index.message, SOMEWHAT)
        layers = wrong(self.layers.message, SOMEWHAT) if 0 < self.layers.share < SOMEWHAT else self.layers
        return [index, self.draws, self.freezing, layers, self.gradients, self.training]

    def steps(self):
        """What the notebook's experiment takes of them, for the judge of the polychain."""
        return {
            "gen_index draws t from all of [0, 1]": self.draws.share,
            "the index stays where it is put": self.freezing.share,
            "all layers have the same t": self.layers.share,
            "gradients reach the bend": float(self.gradients.share > 0),
            "training moves the bend": float(self.training.share > 0),
        }


def _is_told(result, path):
    """Whether an exception is that of some positions of the path, which is told there."""
    return bool(result["raised"] and path.broken)


@unless_raised
def _judge_gradients(result, positions, references, tolerance):
    """The finding on the gradients; references: None where they cannot be right, as the path is another."""
    errors = [(position, error) for position, error in zip(positions, result["errors"], strict=True) if error]
    if errors and (references or len(errors) == len(positions)):
        return wrong(f"At t = {digits(errors[0][0])}, with gradients: {tell_error(errors[0][1])}")
    vectors = [[_joined(bend) for bend in bends] for bends in result["bends"]]
    reached = np.array([[grad.any() for grad in grads] for grads in vectors])  # positions, bends
    if not (reached.all() if references else reached.any(0).all()):
        at, bend = min(np.argwhere(~reached).tolist(), key=lambda place: reached[:, place[1]].any())
        which = f"bend {bend + 1}" if reached.shape[1] > 1 else "the bend"
        return wrong(f"At t = {digits(positions[at])} no gradient reaches {which}, so that training cannot move it: is "
                     "it left out, or cut off by .data, detach(), no_grad or NumPy?")  # fmt: skip
    others = {name: size for name, size in result["others"].items() if name != "index"}  # which is told as no buffer
    if others:
        name = max(others, key=others.get)
        return wrong(f"Gradients reach more than the bend: {name}. The endpoints must stay fixed.", SOMEWHAT)
    pairs = zip(vectors, references or vectors, strict=True)
    if references and not all(agree(np.concatenate(found), due, tolerance) for found, due in pairs):
        return wrong("The gradient reaches the bend, but is not that of the path.", SOMEWHAT)
    return RIGHT


def _joined(grads):
    """Gradients by name, or None, in one vector."""
    return np.concatenate([np.zeros(0), *[g.ravel() for g in grads.values() if g is not None]]).astype(np.float64)


@unless_raised
def _judge_training(result, inputs, right):
    """The finding on some steps of training; on a path that is not right a bend may lie where they do not come by."""
    start, *bends, end = map(_same_weights, zip(inputs["nodes"], result["nodes"], strict=True))
    if not (start and end):
        return wrong("Training moved the endpoints: they must stay fixed.", SOMEWHAT)
    if any(bends) if right else all(bends):
        return wrong("Training did not move the bend: in training no gradient reaches it.")
    return RIGHT


def _same_weights(pair):
    """Whether two state dicts agree in all numbers of floating point."""
    before, after = pair
    return all(np.array_equal(array, after[name]) for name, array in before.items() if array.dtype.kind == "f")


@unless_raised
def _judge_index(result):
    if result["is_parameter"] or not result["is_buffer"] or not result["follows"]:
        return wrong("index is no buffer: .to(device) must move it, and training must not. Leave it to create_index of "
                     "Base, or use register_buffer.")  # fmt: skip
    return RIGHT if result["size"] == 1 else wrong(f"The buffer index holds {result['size']} numbers; t is one number.")


@unless_raised
def judge_draws(result):
    """Whether the many numbers that gen_index drew look like uniform ones on [0, 1]."""
    t = result["indices"]
    low, high, count = t.min(), t.max(), len(t)
    if low == high:
        return wrong(_say_constant(result))
    if not (low >= 0 and high <= 1):
        return wrong(f"t leaves its range [0, 1]: gen_index drew numbers from {digits(low)} to {digits(high)}.")
    steps = np.arange(count + 1) / count
    distance = max(np.abs(np.sort(t) - steps[1:]).max(), np.abs(np.sort(t) - steps[:-1]).max())
    share = SOMEWHAT if _trains_both_halves(t) else 0
    not_filled = f"t is not uniform, it does not fill its range [0, 1]: it is in {digits(low)} to {digits(high)}."
    if low > 0.05 or high < 0.95:
        return wrong(not_filled, share)
    if len(np.unique(t)) < 0.95 * count:  # of 2,000 uniform float32 numbers hardly one occurs twice
        different = f"{count} draws gave only {len(np.unique(t))} different numbers"
        return wrong(f"t is not uniform on [0, 1]: {different}.", share)
    if distance > np.sqrt(np.log(2 / CHANCE) / (2 * count)):  # Kolmogorov and Smirnov's test with Massart's bound
        quarters = f"{np.mean(t < 0.25):.0%} of the numbers lie below 1/4 and {np.mean(t > 0.75):.0%} above 3/4"
        return wrong(f"t is not uniform on [0, 1]: {quarters}.", share)
    if low > 0.012 or high < 0.988:  # by chance once in 2e10 times for 2,000 uniform numbers
        return wrong(not_filled, share)
    if abs(np.corrcoef(t[1:], t[:-1])[0, 1]) > 7 / np.sqrt(count):  # seven standard deviations
        return wrong("t is not uniform and random: each number follows from the one before.", share)
    return RIGHT


def _trains_both_halves(t):
    """Whether enough of the draws lie in each half of [0, 1], and not at a few places only."""
    return min(np.mean(t < 0.5), np.mean(t > 0.5)) + np.mean(t == 0.5) / 2 > ENOUGH and len(np.unique(t)) > FEW


def _say_constant(result):
    if np.isfinite(result["returned"]).all():
        return "There is no new t: gen_index returns a number, but must store it in self.index."
    return f"There is no new t: after each call of gen_index self.index is {digits(result['indices'][0])}."


@unless_raised
def _judge_new_t(draws, forward):
    steps = np.diff(draws["indices"])
    if not steps.any():
        return wrong(_say_constant(draws))
    if (steps == 0).mean() > 0.01:
        return wrong("Not each call of gen_index draws a new t.", SOMEWHAT)
    if forward["raised"]:
        return RIGHT  # told where the weights are judged
    return RIGHT if np.ptp(forward["indices"]) else wrong("A forward pass draws no new t.")


@unless_raised
def _judge_layers(forward, path):
    weights = [path.flat(weights) for weights in forward["weights"]]
    if any(each is None or not np.isfinite(each).all() for each in weights):
        return wrong("The network did not get weights of the right shape, without NaN, where t is drawn.")
    shares = np.array([path.coefficients(each, part) for each in weights for part in path.parts])
    on_path = np.abs(shares.sum(1) - 1).max() < COEFFICIENT_TOLERANCE and shares.max() < 1 - 1e-5
    if on_path and path.layers_differ(weights):
        text = "In one forward pass each layer has a t of its own: draw t in gen_index, which Base calls once."
        return wrong(text, SOMEWHAT / 2)
    return RIGHT


@unless_raised
def _judge_freezing(frozen, position):
    first, *later = frozen["weights"]
    same = all(np.array_equal(first[name], weights[name]) for weights in later for name in first)
    if same and np.abs(frozen["indices"] - position).max() < 1e-6:
        return RIGHT
    return wrong("freeze_index is not obeyed: where it is set, the index and the weights must stay.")


def judge_course(result, references, tolerance):
    """The finding on the network of the course: outputs on the path, and what a few steps of training move."""
    if result["raised"]:
        return wrong(f"On the network of the course (code.CNN): {tell_error(result['raised'])}")
    for output, expected in zip(result["outputs"], references, strict=True):
        if output is None or not agree(output, expected, tolerance):
            return wrong("On the network of the course (code.CNN) the outputs are not those of the path.")
    if not result["moved"].all():
        return wrong("On the network of the course (code.CNN) some training leaves weights of the bend as they were.")
    if result["seconds"] > SLOW:
        return wrong(f"On the network of the course (code.CNN) a forward pass takes {result['seconds']:.1f} s, and the "
                     "notebook needs thousands: compute with whole tensors.")  # fmt: skip
    return RIGHT
