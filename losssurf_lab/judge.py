"""Judges what `losssurf_lab.driver` got out of an answer: points for each criterion, and what is wrong in words.

Here are the tasks of the three notebooks and the Bezier curve, which is judged as the polychain is; the other optional
exercises are in `losssurf_lab.judge_optional`.

A judge sees the inputs, the arrays that came out, and a reference; it never calls a student's code. The check cells of
the notebooks and the tests that count use the same judges, on other inputs and with references made in other ways.
Tolerances come from `benchmarks/checks.py`, which measures the rounding errors of right answers.
"""

import functools
import math
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, replace

import numpy as np
import torch

# ---------------------------------------------------------------------------------------------------- points and words


@dataclass(frozen=True)
class Verdict:
    """What one criterion gave: its name, the points, the points there were, and what is wrong ("" where nothing is).

    waits: the message names no mistake, as the criterion counts once another one is met
    """

    name: str
    score: float
    max_score: float
    message: str = ""
    waits: bool = False


@dataclass(frozen=True)
class Finding:
    """How much of a criterion is fulfilled, 0 to 1, and what is wrong with the rest; waits: as in `Verdict`."""

    share: float
    message: str = ""
    waits: bool = False


RIGHT = Finding(1.0)


def wrong(message, share=0.0):
    """The finding of a mistake, which may leave a share of the points."""
    return Finding(share, message)


def waiting(message, share=0.0):
    """The finding on what counts once another criterion is met, which is no mistake."""
    return Finding(share, message, waits=True)


def decide(criteria, findings):
    """The verdicts on criteria (name, points, ...), each with its finding, in half points, rounded down."""
    pairs = list(zip(criteria, findings, strict=True))
    scores = [np.floor(2 * points * finding.share + 1e-9) / 2 for (_, points, *_), finding in pairs]
    return [
        Verdict(name, float(score), float(points), finding.message, finding.waits)
        for ((name, points, *_), finding), score in zip(pairs, scores, strict=True)
    ]


NOT_COUNTED = "Not counted: an answer that cannot do the notebook's experiment gets at most half of the points."


def at_most_half(verdicts):
    """The verdicts on an answer that cannot do the notebook's experiment: what is beyond half is not counted."""
    left, counted = sum(verdict.max_score for verdict in verdicts) / 2, []
    for verdict in verdicts:
        score = min(verdict.score, left)
        message = f"{verdict.message} {NOT_COUNTED}".strip() if score < verdict.score else verdict.message
        counted.append(replace(verdict, score=score, message=message))
        left -= score
    return counted


def worst(findings):
    """Of several cases the one that decides: the smallest share."""
    return min(findings, key=lambda finding: finding.share)


def mean_of(findings):
    """Several cases as one: the mean of the shares, and the message of the worst."""
    return replace(worst(findings), share=float(np.mean([finding.share for finding in findings])))


def without_points(finding, reason):
    """A finding that cannot count, as there is nothing that it could be about: the reason says what it waits for."""
    return replace(finding, share=0.0) if finding.message else waiting(reason)


def without_answer(grade_id, criteria):
    """The verdicts where there is no answer of that name."""
    missing = wrong(f"Nothing named {grade_id} is defined: keep the name that the answer cell had.")
    return decide(criteria, [missing] * len(criteria))


def report(verdicts, unit="points"):
    """A table of the criteria as text: points, name, and below it what is wrong (each message once)."""
    lines = []
    for verdict, message in zip(verdicts, said_once(verdicts), strict=True):
        mark = "ok" if verdict.score == verdict.max_score else "PART" if verdict.score else "WRONG"
        lines.append(f"{mark:5}  {verdict.score:4g} of {verdict.max_score:<4g} {verdict.name}")
        lines += [f"       {line}" for line in message.splitlines()]
    total, full = (sum(getattr(verdict, key) for verdict in verdicts) for key in ("score", "max_score"))
    return "\n".join([*lines, f"{total:g} of {full:g} {unit}"])


def said_once(verdicts):
    """The messages of the verdicts, where one that was said before is only pointed at."""
    first = {}
    return [f"as for: {first[verdict.message]}" if first.setdefault(verdict.message, verdict.name) != verdict.name
            and verdict.message else verdict.message for verdict in verdicts]  # fmt: skip


# What to say of an exception: (its type, words of its message, what they mean), a table for each task.
HINTS = [
    ("NotImplementedError", "", "This part is not written yet."),
    ("TypeError", "nonetype", "Something is None here: a result without a return, or what was not set yet."),
    ("AttributeError", "nonetype", "Something is None here: a result without a return, or what was not set yet."),
]
_NONE = (
    "Something is None here: p.grad is None until a tensor is stored in it, and torch.autograd.grad with "
    "allow_unused=True gives None for a parameter on which the result does not depend (materialize_grads=True: zeros)."
)
PRODUCT_HINTS = [
    ("TypeError", "nonetype", _NONE), ("AttributeError", "nonetype", _NONE),
    ("RuntimeError", "does not require grad", "The gradient has no graph to differentiate again: create_graph=True is "
     "missing, or no_grad, detach() or .item() cut the graph."),
    ("RuntimeError", "second time", "The graph was freed before it was needed again: create_graph=True keeps that of a "
     "gradient."),
    ("RuntimeError", "not have been used", "A gradient was taken by something on which it does not depend: is all of "
     "the loss computed from these parameters?"),
    ("RuntimeError", "same device", "Each batch, images and labels, must be moved to `device` before it is used."),
    ("RuntimeError", "no nvidia driver", "Move tensors to `device`, not to CUDA: there need not be a GPU."),
    ("AssertionError", "not compiled with cuda", "Move tensors to `device`, not to CUDA: there need not be a GPU."),
    ("RuntimeError", "data of a different type", "p.grad must have the dtype of p."),
    ("RuntimeError", "data of a different size", "p.grad must have the shape of p."),
    *HINTS,
]  # fmt: skip
PATH_HINTS = [
    ("ValueError", "values to unpack", "param_list holds one weight of each bend, of which a polychain has one, and "
     "support_list two, of the endpoints."),
    ("ValueError", "an index of", "index must be a buffer of one number."),
    ("ValueError", "outside [", "t must stay in the range [0, 1]."),
    *HINTS,
]  # fmt: skip
_hints = ContextVar("the hints of the task that is judged", default=HINTS)


def with_hints(hints):
    """For the judge of a task: what it says of exceptions comes from this table."""

    def decorate(judge):
        @functools.wraps(judge)
        def judge_with_hints(*args, **options):
            before = _hints.set(hints)
            try:
                return judge(*args, **options)
            finally:
                _hints.reset(before)

        return judge_with_hints

    return decorate


def tell_error(raised):
    """What to say of an exception: a hint where the cause is known, and the student's traceback."""
    kind, _, message = raised.partition("\n")[0].partition(": ")  # not the lines of code, which may say anything
    hints = [hint + " " for name, words, hint in _hints.get() if name == kind and words in message.lower()]
    return f"{''.join(hints[:1])}Your code raised {raised}"


def unless_raised(judge):
    """Let `judge(result, ...)` see only results of code that came to its end; else the finding is its exception."""

    @functools.wraps(judge)
    def judge_or_tell(result, *args):
        raised = result["raised"] or result.get("error")
        return wrong(tell_error(raised)) if raised else judge(result, *args)

    return judge_or_tell


def without_network(inputs, results):
    """The finding where the answer failed or took too much on "wide" or "network"; None where it gave results."""
    for name in ("wide", "network"):
        if finding := _over_budget(inputs["budgets"][name], results[name].get("cost")):
            return finding
        if results[name]["raised"]:
            return wrong(tell_error(results[name]["raised"]))
    return None


def _over_budget(limits, cost):
    n = f"{limits['n']:,}"
    if cost and cost["operations"] >= limits["most_operations"]:
        return wrong(f"Stopped after {limits['most_operations']:,} operations of PyTorch, for n = {n} parameters: so "
                     "many are passes for each parameter, of which the course's network has 44,426.")  # fmt: skip
    if cost and cost["bytes"] >= limits["most_bytes"]:
        return wrong(f"For n = {n} the call took {cost['bytes'] / 1e6:.0f} MB at once, as a matrix of n x n numbers "
                     "does: for the course's network, n = 44,426, it has 8 to 16 GB.")  # fmt: skip
    return None


def digits(value):
    """A number as a student reads it, to three digits."""
    return f"{value:.3g}"


def agree(result, expected, tolerance, scale=None):
    """Whether two vectors differ by at most `tolerance` of the length of the second, or of `scale`; NaN never does."""
    if np.shape(result) != np.shape(expected):  # without numbers, or stretched over the others, it would agree with all
        return False
    scale = np.linalg.norm(expected) if scale is None else scale
    return bool(np.isfinite(result).all() and np.linalg.norm(result - expected) <= tolerance * scale)


# ------------------------------------------------------------------------------------------ eval_hess_vec_prod: judge

# Of the product's length. On a CPU right answers (double backward, forward over reverse, one large batch, any order)
# err by at most 6e-7, differences of gradients by 1e-5 and more. TF32, which a GPU may use, errs by up to 3e-3.
PRODUCT_TOLERANCE = {"cpu": 8e-6, "cuda": 0.04}
NETWORK_TOLERANCE = {"cpu": 0.01, "cuda": 0.2}  # its units switch: where rounding is coarse, some do so wrongly
ALMOST = 0.05  # a result as close as this was meant to be right

PRODUCT_CRITERIA = [
    ("a fully connected network, all data in one batch", 1, ["one batch"]),
    ("a convolutional network, batches of equal size, old gradients present", 1, ["convolution"]),
    ("a smaller last batch, and data in another order at each pass", 2, ["last batch", "shuffled"]),
    ("batch norm in evaluation mode", 0.5, ["batch norm"]),
    ("frozen parameters, which params leaves out", 0.5, ["frozen"]),
    ("other losses", 0.5, ["square", "poisson"]),
]
CONDUCT_CRITERIA = [
    ("the course's network of 44,426 parameters, two products one after another", 1),
    ("linear in the vector, and zero for a zero vector", 0.5),
    ("the same when called again", 0.5),
    ("everything but .grad is left as it was", 1),
    ("the result is in .grad of each parameter, of its shape, dtype and device", 0.5),
    ("images and labels are moved to the device", 1),
]
EMPTY = "There is nothing in .grad after the call: it is None."
OLD = "There is nothing new in .grad after the call: it holds what it held before."


@with_hints(PRODUCT_HINTS)
@np.errstate(all="ignore")  # what a student computed may be infinite
def judge_eval_hess_vec_prod(inputs, results, references, device="cpu"):
    """Verdicts on what the driver returned.

    references: for each small case the arrays of `product_mistakes`; for "network" directions "probes" (m, n), and the
    "curvatures" (2, m) along them, probe H vector. "wide" is there for its budget alone.
    """
    cases, tolerance = inputs["cases"], PRODUCT_TOLERANCE[device]
    names = [name for _, _, names in PRODUCT_CRITERIA for name in names] + ["foreign"]
    found = _most_common(
        {name: _judge_product(results[name], cases[name], references[name], tolerance) for name in names}
    )
    findings = [worst([found[name] for name in names]) for _, _, names in PRODUCT_CRITERIA]
    network = without_network(inputs, results) or _judge_network(
        results["network"], references["network"], NETWORK_TOLERANCE[device]
    )
    conduct = [
        _judge_linearity(results["linear"], cases["linear"], tolerance),
        _judge_second_call(results["twice"], cases["twice"], references["twice"], tolerance),
        _judge_state(cases, results),
        _judge_place(results["one batch"]),
        _judge_device(found["foreign"]),
    ]
    if not any(finding.share for finding in [*findings, network]):
        conduct = [without_points(finding, "Counts once a product is right.") for finding in conduct]
    verdicts = decide(PRODUCT_CRITERIA + CONDUCT_CRITERIA, [*_with_hint_on_loss(findings, found), network, *conduct])
    return verdicts if network.share == 1 else at_most_half(verdicts)


def _is_untouched(result, case, call=0):
    """Whether nothing is in p.grad after a call but what was there before it."""
    before = np.zeros(0) if case["grads"] is None else case["grads"]
    return bool(result["missing"][call].all()) or agree(result["products"][call], before, 0)


def _most_common(possible):
    """Of the possible findings on each case, or the only one, that whose words fit most cases: one mistake fits all."""
    lists = {name: each if isinstance(each, list) else [each] for name, each in possible.items()}
    times = Counter(message for each in lists.values() for message in {finding.message for finding in each})
    return {name: max(each, key=lambda finding: times[finding.message]) for name, each in lists.items()}


@unless_raised
def _judge_product(result, case, reference, tolerance):
    """The finding on the only product of a case, or all that are possible."""
    mistakes = product_mistakes(case, reference, case["vectors"][0])
    right = mistakes[0][2]
    if not _is_untouched(result, case):
        return possible_findings(result["products"][0], mistakes, tolerance)
    for key, where in (("returned", "is returned"), ("vector", "was left in vec")):
        if agree(result[key][0], right, tolerance):
            return wrong(f"There is nothing new in .grad: the right product {where}, but p.grad must hold it.", 0.25)
    return wrong(EMPTY if case["grads"] is None else OLD)


def _judge_network(result, reference, tolerance):
    """The finding on the two products of the course's network, the second with the first still in p.grad."""
    if result["missing"].all(1).any():
        return wrong(EMPTY)
    due, found = reference["curvatures"], result["products"] @ reference["probes"].T
    first, second = (agree(got, expected, tolerance) for got, expected in zip(found, due, strict=True))
    if first and second:
        return RIGHT
    if first:
        return wrong("The first product is right, the second, with another vector, is not: what the first call left in "
                     "p.grad, or changed, is in it.")  # fmt: skip
    factor = np.sum(found * due) / np.sum(due**2)
    if factor and agree(found.ravel(), factor * due.ravel(), tolerance, abs(factor) * np.linalg.norm(due)):
        return wrong(f"The products are those of the Hessian, times the factor {digits(factor)}.")
    return wrong("The products of the course's network are not right.")


def explain_product(product, mistakes, tolerance):
    """Which of the `mistakes`, of which the first is none, gave this product (n,)."""
    return possible_findings(product, mistakes, tolerance)[0]


def possible_findings(product, mistakes, tolerance):
    """All of the `mistakes` that could have given this product, best known first; where none could, what it is like."""
    right = mistakes[0][2]
    if agree(product, right, tolerance):
        return [RIGHT]
    if np.isfinite(product).all() and product.any() and not agree(product, -right, tolerance):
        if exact := [wrong(f"{sentence}.", share) for share, sentence, vector in mistakes[1:]
                     if agree(product, vector, tolerance)]:  # fmt: skip
            return exact
    return [_describe_product(product, mistakes, tolerance)]


def _describe_product(product, mistakes, tolerance):
    """The finding on a product that no mistake gives as it stands."""
    right = mistakes[0][2]
    if not np.isfinite(product).all():
        return wrong("The product holds NaN or infinity.")
    if not product.any():
        return wrong("The product is zero throughout.")
    if agree(product, -right, tolerance):
        return wrong("The product has the wrong sign.", 0.5)
    for share, sentence, vector in mistakes:
        factor = (product @ vector) / max(vector @ vector, 1e-30)
        if factor and agree(product, factor * vector, tolerance):
            return wrong(f"{sentence}, times the factor {digits(factor)}.", 0.5 if vector is right else share)
    vector = mistakes[-1][2]
    if agree(product - right, vector * (((product - right) @ vector) / (vector @ vector)), 10 * tolerance):
        return wrong("The result is the product plus a multiple of the vector: is a penalty added to the loss?", 0.5)
    difference = np.linalg.norm(product - right) / np.linalg.norm(right)
    if difference < ALMOST:
        error = f"its error of {100 * difference:.2g} % is far above rounding in float32"
        return wrong(f"The product is close, but {error}: is a derivative approximated, or a precision lowered?", 0.25)
    return wrong(
        "The result is not the product of the Hessian of this loss and the vector: it differs by "
        f"{100 * difference:.3g} % of its length."
    )


def batches_of(case):
    """The indices of the images in each batch, in the first pass over the data."""
    order, size = np.asarray(case["orders"][0]), case["batch_size"]
    return [order[start : start + size] for start in range(0, len(order), size)]


def product_mistakes(case, reference, vector):
    """What mistakes would give: `[(share of the points, sentence, product (n,)), ...]`, the right product first.

    The last is the vector itself.

    reference: "hessians" (N, n, n), "gradients" (N, n) and "gauss_newton" (N, n, n), image by image, in float64.
    """
    gradients, hessian = reference["gradients"], reference["hessians"].mean(0)
    gradient, right, length = gradients.mean(0), hessian @ vector, np.linalg.norm(vector)
    old = np.zeros_like(vector) if case["grads"] is None else case["grads"]
    return [
        (1, "The result is the product", right),
        *_batch_mistakes(case, reference, vector),
        (0.5, "The gradient of an earlier call is still in the result: clear p.grad first", right + old),
        (0, "The result is the gradient itself: nothing is differentiated twice, the vector is not used", gradient),
        (0.5, "The result is the gradient plus the product: a first backward() left its part in p.grad",
         gradient + right),
        (0.5, "The vector was normalised, and the result is too small by its length", right / max(length, 1e-30)),
        (0, "The result is each image's gradient times its scalar product with the vector: that is the empirical "
         "Fisher matrix, not the Hessian", gradients.T @ (gradients @ vector) / case["size"]),
        (0, "The result is the product with the Gauss-Newton matrix, which leaves out the second derivatives of the "
         "network", reference["gauss_newton"].mean(0) @ vector),
        *_vector_mistakes(case, hessian, gradient, vector),
    ]  # fmt: skip


def _batch_mistakes(case, reference, vector):
    """Wrong weights of the batches, or only some of them."""
    batches, size, nominal = batches_of(case), case["size"], case["batch_size"]
    products = np.array([reference["hessians"][batch].mean(0) @ vector for batch in batches])
    gradients = np.array([reference["gradients"][batch].mean(0) for batch in batches])
    weights = np.array([len(batch) for batch in batches]) / size
    fisher = (weights[:, None] * gradients).T @ (gradients @ vector)
    outer = (0, "The result is each batch's gradient times its scalar product with the vector: an outer product, a "
             "Fisher matrix of batches, not the Hessian", fisher)  # fmt: skip
    if len(batches) == 1:
        return [outer]
    total = products.sum(0)
    first, last = "Only the first batch is in the result", "Only the last batch is in the result"
    return [
        (0, "The result is the sum over batches of the products of their means: weigh each by its size over N", total),
        (0, "The result is the mean of batch means: a small last batch weighs too much", total / len(batches)),
        (0, "Each batch has the nominal batch size as weight, the smaller last batch too", total * nominal / size),
        (0, "The sum over batches of their means is divided by the number of images", total / size),
        (0, "The weight of a batch enters twice: once is enough", weights**2 @ products),
        (0.5 if nominal * len(batches) == size else 0, "The last batch is left out", weights[:-1] @ products[:-1]),
        (0, first, products[0]), (0, first, weights[0] * products[0]),
        (0, last, products[-1]), (0, last, weights[-1] * products[-1]),
        outer,
    ]  # fmt: skip


def _vector_mistakes(case, hessian, gradient, vector):
    """The vector, or rows or columns of the Hessian, taken wrongly."""
    bias, layers, ones = case["is_bias"], case["tensor_numbers"], np.ones_like(vector)
    masked, blocks = np.where(bias, 0, vector), np.where(layers[:, None] == layers, hessian, 0)
    biases = "The biases are left out of the product"
    return [
        (0.25, biases, hessian @ masked),
        (0.25, biases, np.where(bias, 0, hessian @ masked)),
        (0.25, biases, np.where(bias, 0, hessian @ vector)),
        (0.25, "Only the blocks of each layer's own parameters are multiplied: the parts of the Hessian that mix two "
         "layers are missing", blocks @ vector),
        (0, "Only the last layer's part of the vector enters", hessian @ np.where(layers == layers[-1], vector, 0)),
        (0, "The vector is not used: the result is the Hessian times a vector of ones", hessian @ ones),
        (0, "The vector enters too late: the result is (Hessian times ones) times vector, number by number",
         (hessian @ ones) * vector),
        (0, "The result is the Hessian times the gradient, not times the vector", hessian @ gradient),
        (0, "The result is the gradient times the vector, number by number", gradient * vector),
        (0, "Only the diagonal of the Hessian is multiplied by the vector", np.diag(hessian) * vector),
        (0, "The result is the vector itself, as if the Hessian were the identity matrix", vector),
    ]  # fmt: skip


def _with_hint_on_loss(findings, found):
    """The findings, with a remark where only the cases with cross-entropy are right."""
    plain = all(found[name].share == 1 for name in ("convolution", "last batch", "shuffled"))
    if not plain or found["one batch"].share == 1 or found["square"].share == 1:
        return findings
    hint = " It is right for cross-entropy only: use the criterion that is given, as it is."
    return [finding if finding.share == 1 else wrong(finding.message + hint, finding.share) for finding in findings]


@unless_raised
def _judge_linearity(result, case, tolerance):
    """The four vectors of the case are u, v, 2 u - 3 v and zero."""
    if _is_untouched(result, case):
        return wrong(EMPTY)
    u, v, combined, zero = result["products"]
    scale = np.linalg.norm(u) + np.linalg.norm(v)
    if not np.isfinite(zero).all():
        return wrong("For a zero vector the product is NaN; it should be zero.")
    if not agree(zero, 0 * zero, tolerance, scale):
        return wrong("For a zero vector the product is not zero.")
    if not agree(combined, 2 * u - 3 * v, 5 * tolerance, scale):
        return wrong("The product is not linear: that of 2 u - 3 v is not 2 H u - 3 H v.")
    return RIGHT


@unless_raised
def _judge_second_call(result, case, reference, tolerance):
    first, second = result["products"]
    if _is_untouched(result, case):
        return wrong(OLD)
    finding = explain_product(first, product_mistakes(case, reference, case["vectors"][0]), tolerance)
    if agree(first, second, tolerance) and "earlier call" not in finding.message:
        return RIGHT
    what = "grows by the old one" if agree(second - first, first - case["grads"], 10 * tolerance) else "is another"
    return wrong(f"Called again, the result {what}: the gradients of an earlier call must be cleared.")


def _judge_state(cases, results):
    """Whether parameters, buffers, modes, requires_grad, vectors, random numbers and autograd's mode are unchanged."""
    called = [name for name in cases if "parameters" in results[name]]
    problems = [text for name in called for text in _changes(cases[name], results[name])]
    return wrong(" ".join(dict.fromkeys(problems))) if problems else RIGHT


def _changes(case, result):
    """What the calls changed, a sentence each."""
    after = result["parameters"] | result["buffers"]
    changed = [name for name, array in case["weights"].items() if not np.array_equal(after.get(name), array)]
    if any(name in result["parameters"] for name in changed):
        yield f"The parameters changed ({changed[0]}): only .grad may."
    if any(name not in result["parameters"] for name in changed):
        yield "The buffers of batch norm changed: a forward pass in training mode updates its running statistics."
    if (result["modes"] != case["training"]).any():
        yield f"The mode of the network changed: it was {'train()' if case['training'] else 'eval()'} before the call."
    if any(on != (name not in case["frozen"]) for name, on in result["requires_grad"].items()):
        yield "requires_grad of a parameter changed."
    if result["raised"]:  # what follows is known of complete calls only
        return
    if not np.array_equal(result["vector"], case["vectors"].astype(np.float32)):
        yield "The vector changed: vec belongs to the caller."
    if not all(map(_same_random_state, result["random_before"], result["random_after"])):
        yield "The global random state changed: a seed was set, or random numbers were drawn."
    if not result["grad_mode"].all():
        yield "Gradients are still switched off (set_grad_enabled) after the call."


def _same_random_state(before, after):
    """Whether nothing was drawn but what DataLoaders of the student's own draw, of which nobody would complain."""
    size, generator = len(torch.get_rng_state()), torch.Generator()
    generator.set_state(torch.tensor(before[:size], dtype=torch.uint8))
    for _ in range(20):
        if np.array_equal(generator.get_state().numpy(), after[:size]):
            return np.array_equal(before[size:], after[size:])
        torch.empty((), dtype=torch.int64).random_(generator=generator)
    return False


@unless_raised
def _judge_place(result):
    if result["missing"].any():
        return wrong("There is nothing in .grad of some parameters.")
    return RIGHT if result["grads_fit"].all() else wrong("The shape, dtype or device of p.grad is not that of p.")


def _judge_device(finding):
    return RIGHT if finding.share else wrong("Where the data lie on another device: " + finding.message)


# ---------------------------------------------------------------------------------------------------- Polychain: judge

WEIGHT_TOLERANCE = 1e-5  # of the largest weight; the float32 error of right answers is at most 1e-7 of it
COEFFICIENT_TOLERANCE = 2e-3  # of those found by least squares in a single tensor
# Of the length of outputs or gradient; right answers err by at most 2e-7, with TF32 by 9e-4.
OUTPUT_TOLERANCE = {"cpu": 1e-5, "cuda": 0.02}
NEAR = 0.01  # positions this near to 1/2 are there to see a jump
CHANCE = 1e-9  # that a test finds uniform numbers not to be uniform

ENOUGH = 0.4  # of the draws in each half: with fewer, training lowers the barrier much less
FEW = 5  # different numbers are too few to train a path by
SLOW = 0.2  # seconds of a forward pass of the course's network; right answers take 0.003
BUT_ONE = 0.75  # of the points are left where a path is right at all positions but one
SOMEWHAT = 0.5

NO_PATH = waiting("Counts once there is a path.")

# Whatever the notebook's experiment cannot do without costs at least the last one: half of the points.
POLYCHAIN_CRITERIA = [
    ("first half of the path, t < 1/2", 1),
    ("second half of the path, t > 1/2", 1),
    ("at t = 0, 1/2 and 1 the three networks, with batch norm too", 0.5),
    ("the index is a buffer of one number", 0.5),
    ("gen_index draws a new t each time, uniformly from [0, 1]", 0.5),
    ("one t for all layers, which stays where freeze_index is set", 0.5),
    ("gradients reach the bend, and training moves nothing else", 1),
    ("the experiment: evaluated and trained as in the notebook, on its network", 5),
]


@with_hints(PATH_HINTS)
@np.errstate(all="ignore")
def judge_Polychain(inputs, results, reference, device="cpu"):
    """Verdicts on what the driver returned.

    reference: "coefficients" (positions, 3) of start, bend and end; "bend_gradients", a vector for each of the
    gradient positions; "outputs" (2, B, classes) of the two endpoints; "course", outputs of the course's network. The
    positions are symmetric about 1/2.
    """
    path, tolerance, t = Polychain(inputs, results["path"], reference), OUTPUT_TOLERANCE[device], inputs["positions"]
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
    findings = [
        first,
        second,
        nodes,
        conduct.index,
        conduct.draws,
        worst([conduct.freezing, conduct.layers]),
        worst([conduct.gradients, conduct.training]),
        _judge_experiment(steps, _judge_course(results["course"], reference["course"], tolerance)),
    ]
    if not path.exists():  # then nothing is left to count but the index and how it is drawn
        kept = findings[3:5] if conduct.draws.share else []
        findings = [without_points(finding, NO_PATH.message) for finding in findings]
        findings[3 : 3 + len(kept)] = kept
    return decide(POLYCHAIN_CRITERIA, findings)


def _judge_experiment(steps, course):
    """The finding on the notebook's experiment, of which nothing is left where one of its steps fails.

    steps: {what it takes: how much of that is there, 0 to 1}, the causes before their consequences
    """
    what = min(steps, key=steps.get)
    if steps[what] == 0:
        return waiting(f"Counts once {what}.")
    if course.share < 1 or steps[what] == 1:
        return course
    return waiting(f"Counts once {what}; until then in part.", (1 + steps[what]) / 2)


def _judge_course(result, references, tolerance):
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


class Path:
    """The weights along the path as a student's class gave them, in terms of the nodes: endpoints and bends."""

    def __init__(self, inputs, result, reference):
        self.result, self.positions, self.expected = result, inputs["positions"], reference["coefficients"]
        self.shapes = {name: array.shape for name, array in inputs["nodes"][0].items() if array.dtype.kind == "f"}
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes.values()])
        self.parts = [slice(start, end) for start, end in zip([0, *ends], ends)]
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

    def in_words(self, coefficients):
        terms = [f"{c:.4g} {name}" for c, name in zip(coefficients, self.names) if abs(c) > 5e-4]
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
                   for shape, part in zip(self.shapes.values(), self.parts))  # fmt: skip

    def tell(self, bad):
        """What is wrong at the first of the positions `bad`, and at which of the others it is the same."""
        if problem := self.broken.get(bad[0]):
            alike = [f"{self.positions[at]:.4g}" for at in bad if self.broken.get(at) == problem]
            return f"At t = {', '.join(alike)}: {problem}"
        weights, due = (self.in_words(shares[bad[0]]) for shares in (self.found(), self.expected))
        return f"At {self.at(bad[0])} the weights are {weights}; they should be {due}."


class Polychain(Path):
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
        for share, sentence, coefficients in self.mistakes():
            if np.abs(found - coefficients)[seen].max() < COEFFICIENT_TOLERANCE:
                return wrong(sentence, share)
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
        """Shares (positions, 3) that mistakes would give: `[(share of the points, sentence, shares), ...]`."""
        t = self.positions[:, None]
        below, above = self.formulas(self.positions)
        return [
            (SOMEWHAT, "The path is reversed: t = 0 must be the first endpoint, w0 (support_list[0]), and t = 1 the "
             "second.", self.expected[::-1]),
            (0, "The path has swapped halves: the formula of t > 1/2 is used below 1/2, and the other above.",
             np.where(t < 0.5, above, below)),
            (0, "The path is the straight line between the endpoints: the bend is not used.",
             np.hstack([1 - t, 0 * t, t])),
            (SOMEWHAT, "The path is a Bezier curve: the polychain consists of two straight lines, with the bend on it.",
             np.hstack([(1 - t) ** 2, 2 * t * (1 - t), t**2])),
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
        """What the notebook's experiment takes of them, for `_judge_experiment`."""
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
    errors = [(position, error) for position, error in zip(positions, result["errors"]) if error]
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
    if references and not all(agree(np.concatenate(g), due, tolerance) for g, due in zip(vectors, references)):
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


# ------------------------------------------------------------------------------------------------------ Bezier: judge

NO_CURVE = waiting("Counts once there is a curve.")
WRONG_CURVE = waiting("Counts once a curve is right; until then in part.", SOMEWHAT)
EACH_BEND = "param_list holds one weight for each bend."


def _with_hint_on_bends(finding):
    """The message of a finding on a curve, which says once what param_list holds."""
    return finding.message if EACH_BEND in finding.message else f"{EACH_BEND} {finding.message}"


BEZIER_CRITERIA = [
    ("the curve with one bend", 0.5),
    ("the curve with two bends", 0.5),
    ("the experiment: index, gen_index and training as in the polychain, on the notebook's network", 1),
]


@with_hints(PATH_HINTS)
@np.errstate(all="ignore")
def judge_Bezier(inputs, results, reference, device="cpu"):
    """Verdicts on what the driver returned; `reference` has, for each of the two curves, what the polychain's has."""
    tolerance = OUTPUT_TOLERANCE[device]
    curves = {name: Bezier(inputs[name], results[name]["path"], reference[name]) for name in ("one bend", "two bends")}
    found = {name: curve.judge() for name, curve in curves.items()}
    right = [name for name, finding in found.items() if finding.share >= BUT_ONE]
    chosen = right or [name for name, curve in curves.items() if curve.exists()]
    if not chosen:
        return decide(BEZIER_CRITERIA, [*found.values(), NO_CURVE])
    experiments = []
    for name in chosen:
        conduct = Conduct(inputs[name], results[name], reference[name], curves[name], bool(right), tolerance)
        course = _judge_course(results[name]["course"], reference[name]["course"], tolerance) if right else WRONG_CURVE
        experiments.append(worst([*conduct.all(), course]))
    return decide(BEZIER_CRITERIA, [*_tell_apart(found, right), worst(experiments)])


def _tell_apart(found, right):
    """The findings on the two curves, with a remark where one is right; the same exceptions cost only once."""
    one, two = found.values()
    if one.share == two.share == BUT_ONE:
        return [one, RIGHT]
    if right == ["one bend"]:
        return [one, wrong(f"With one bend the curve is right, with two it is not. {_with_hint_on_bends(two)}")]
    if right == ["two bends"]:
        return [wrong(f"With two bends the curve is right, with one it is not. {_with_hint_on_bends(one)}"), two]
    return [one, two]


class Bezier(Path):
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
        for sentence, coefficients in self.mistakes():
            if np.abs(found - coefficients)[self.sound].max() < COEFFICIENT_TOLERANCE:
                return wrong(sentence)
        at = max(bad, key=lambda number: np.abs(found[number] - self.expected[number]).max())
        came_out = f"at {self.at(at)} the weights are {self.in_words(found[at])}"
        sums = "" if np.abs(found.sum(1) - 1).max() < COEFFICIENT_TOLERANCE else " The shares must add up to 1."
        expected = self.in_words(self.expected[at])
        return wrong(f"The weights do not follow the formula: {came_out}; they should be {expected}.{sums}")

    def mistakes(self):
        """Shares (positions, nodes) that mistakes would give: `[(sentence, shares), ...]`."""
        t, right, last = self.positions[:, None], self.expected, len(self.nodes) - 1
        plain = right / [math.comb(last, number) for number in range(last + 1)]
        inner, zeros = [*range(1, last)], np.zeros((len(t), last - 1))
        chain = np.maximum(0, 1 - np.abs(last * t - np.arange(last + 1)))
        twice = np.hstack([plain[:, :1], 2 * plain[:, 1:-1], plain[:, -1:]])
        one_more = np.hstack([math.comb(last + 1, i) * (1 - t) ** (last + 1 - i) * t**i for i in range(last + 1)])
        factors = "factors C(m, i) of the bends are" if last > 2 else "factor 2 of the bend is"
        mistakes = [
            (f"The binomial {factors} missing: the shares do not add up to 1.", plain),
            ("The curve is reversed: t = 0 must be the first endpoint, w0 (support_list[0]), and t = 1 the second.",
             right[:, ::-1]),
            ("The two endpoints are swapped: t = 0 must be w0, which is support_list[0].",
             right[:, [last, *inner, 0]]),
            ("The path is the polychain: straight lines with the bends on it. A Bezier curve is smooth, and passes the "
             "bends by.", chain),
            ("The path is the straight line between the endpoints: the bends are not used.",
             np.hstack([1 - t, zeros, t])),
            ("The last point of the sum, w1 (support_list[1]), is left out: i goes from 0 to m, m included.",
             np.hstack([right[:, :-1], 0 * t])),
            ("The first point of the sum, w0 (support_list[0]), is left out: i begins at 0.",
             np.hstack([0 * t, right[:, 1:]])),
            ("m is one too large: it is the number of points less one, as the points are p_0 to p_m.", one_more),
        ]  # fmt: skip
        if last == 2:
            return mistakes
        quadratic = (1 - t) ** 2, 2 * t * (1 - t), t**2
        return [
            *mistakes,
            ("The bends are in the wrong order: param_list has them as the curve takes them.",
             right[:, [0, *inner[::-1], last]]),
            ("Only the first bend is used: param_list holds one weight for each bend.",
             np.hstack([*quadratic[:2], zeros[:, 1:], quadratic[2]])),
            ("Only the last bend is used: param_list holds one weight for each bend.",
             np.hstack([quadratic[0], zeros[:, 1:], *quadratic[1:]])),
            ("The curve is that of one bend, with the mean of the bends: the order of the curve grows with their "
             "number.", np.hstack([quadratic[0], *[quadratic[1] / (last - 1)] * (last - 1), quadratic[2]])),
            ("Each bend has the factor 2; the binomial factors C(m, i) are 3 for two bends.", twice),
        ]  # fmt: skip


# ----------------------------------------------------------------------------------------- principal_directions: judge

DIRECTION_TOLERANCE = 1e-3  # of unit vectors; right answers, in float32 too, err by at most 2e-6
VALUE_TOLERANCE = 1e-4  # of means and ratios, relative; right answers err by at most 7e-7

DIRECTION_CRITERIA = [
    ("the mean", 0.5),
    ("direction1, of the largest variance", 1),
    ("direction2, of the second largest", 1),
    ("the shapes are right, the directions orthogonal and of unit length", 0.5),
    ("ratios of the total variance", 1.5),
    ("ws is left as it was", 0.5),
    ("square, float32 and repeated points", 0.5),
    ("points of the course's network, (12, 44426), without an n x n matrix", 0.5),
]
MAIN_CASES = ("few points", "many points")
OTHER_CASES = ("square", "single precision", "repeated points")
ORDER = "Mind the order: mean, direction1, direction2, ratios."


@np.errstate(all="ignore")
def judge_principal_directions(inputs, results, references, device="cpu"):
    """Verdicts on what the driver returned.

    references: for each case "mean" (n,), "directions" (2, n) and "variances", those of all directions, largest first,
    up to a common factor. "wide" is there for its budget alone.
    """
    cases = {name: inputs["cases"][name].astype(np.float64) for name in MAIN_CASES + OTHER_CASES}
    results = {name: _unpacked(result) for name, result in results.items()}
    found = {name: [judge(results[name], cases[name], references[name]) for judge in DIRECTION_JUDGES]
             for name in MAIN_CASES + OTHER_CASES}  # fmt: skip
    findings = [mean_of(each) for each in zip(*[found[name] for name in MAIN_CASES], strict=True)]
    others = worst([finding for name in OTHER_CASES for finding in found[name]])
    unchanged = worst([_judge_unchanged(results[name]) for name in MAIN_CASES])
    network = without_network(inputs, results) or _judge_plane(results["network"], references["network"])
    conduct = [unchanged, RIGHT if others.share == 1 else wrong(others.message)]
    if not any(finding.share for finding in findings):
        conduct = [without_points(finding, "Counts once something else is right.") for finding in conduct]
    verdicts = decide(DIRECTION_CRITERIA, [*findings, *conduct, network])
    return verdicts if network.share == 1 else at_most_half(verdicts)


def _unpacked(result):
    """Where both directions came in one array, of three values, they are taken apart; "together" says so."""
    both = result.get("direction1")
    if result.get("count") != 3 or both is None or both.ndim != 2 or len(both) != 2:
        return result
    apart = {"direction1": both[0], "direction2": both[1], "ratios": result["direction2"], "count": 4}
    return {**result, **apart, "together": True}


def what_came(kind):
    """What a student returned, by the name of its type, in words."""
    return "nothing (None, as where a return is missing)" if kind == "NoneType" else f"a {kind}"


@unless_raised
def _broken(result, name, size):
    """The finding where there are no such numbers to judge, else None."""
    if result["count"] != 4:
        what = f"{result['count']} values in a {result['kind']}" if result["count"] >= 0 else what_came(result["kind"])
        return wrong(f"Return four values: mean, direction1, direction2, ratios. You return {what}.")
    value = result.get(name)
    if value is None:
        return wrong(f"{name} is None, or no array of numbers: return four arrays.")
    if value.size != size:
        return wrong(f"{name} has the shape {value.shape}; it should be ({size},).{_which(value, size)}")
    return None if np.isfinite(value).all() else wrong(f"{name} holds NaN or infinity.")


def _which(value, size):
    """A guess where a value has the size of another result."""
    swapped = value.size == 2 or size == 2 and value.ndim == 1
    return f" {ORDER}" if swapped else ""


def _judge_plane(result, reference):
    """The finding on the plane of the two directions: on it the notebook draws the path of its network."""
    for name in ("direction1", "direction2"):
        if broken := _broken(result, name, len(reference["mean"])):
            return broken
    if result.get("together"):
        return wrong(TOGETHER)
    own = np.array([result[name].ravel() / np.linalg.norm(result[name]) for name in ("direction1", "direction2")])
    in_plane = own @ reference["directions"].T
    inside = np.abs(np.linalg.norm(in_plane, axis=1) - 1).max() < ALMOST**2
    if not inside or abs(np.linalg.det(in_plane)) < 0.5:
        return wrong("The two directions do not span the plane of the two largest variances.")
    return _judge_unit_lengths(result, ALMOST)  # else the path is drawn where its weights are not


TOGETHER = (
    "Return four values: mean, direction1, direction2, ratios. You return three, with both directions in one array, "
    "and the notebook cannot unpack them."
)


OTHER_AXIS = "The mean is that of each point over its numbers (transposed): take it over the points, axis 0."


def _judge_mean(result, points, reference):
    expected = reference["mean"]
    if broken := _broken(result, "mean", len(expected)):
        value = result.get("mean")
        each = value is not None and agree(value.ravel(), points.mean(1), VALUE_TOLERANCE)
        return wrong(OTHER_AXIS) if each else broken
    mean = result["mean"].ravel()
    at = [which for which in range(2) if _parallel(mean, reference["directions"][which])]
    if at:
        return wrong(f"The mean is the true direction{at[0] + 1}. {ORDER}")
    if agree(mean, expected, VALUE_TOLERANCE):
        return RIGHT
    if agree(mean, 0 * mean, VALUE_TOLERANCE, np.linalg.norm(expected)):
        return wrong("The mean is zero: was it taken of the points after they were centred?")
    if len(points) == len(mean) and agree(mean, points.mean(1), VALUE_TOLERANCE):
        return wrong(OTHER_AXIS)
    if agree(mean, expected, ALMOST / 5):
        return wrong("The mean is close, but its precision is too low.", 0.5)
    same = [number for number, point in enumerate(points) if agree(mean, point, VALUE_TOLERANCE)]
    return wrong(f"The mean is point {same[0]} of ws." if same else "The mean is not that of the points, over axis 0.")


def _judge_direction(which, result, points, reference):
    """The finding on direction1 (which = 0) or direction2 (1), whatever its sign and length."""
    name, other, size = f"direction{which + 1}", f"direction{2 - which}", points.shape[1]
    if broken := _broken(result, name, size):
        value = result.get(name)
        if value is not None and value.size == len(points) != size:
            return wrong(f"{name} has a number a point, {len(points)}, not one a parameter, {size}: the shape is "
                         "transposed. Take the other factor of the decomposition, or rows for columns.")  # fmt: skip
        return broken
    if agree(result[name].ravel(), reference["mean"], VALUE_TOLERANCE):
        return wrong(f"{name} is the mean. {ORDER}")
    direction = result[name].ravel() / np.linalg.norm(result[name])
    if not np.isfinite(direction).all():
        return wrong(f"{name} is zero; it should have unit length.")
    if _parallel(direction, reference["directions"][which]):
        return RIGHT
    if _parallel(direction, reference["directions"][1 - which]):
        partner = result[other]
        swapped = partner is not None and partner.size == size and _parallel(partner, reference["directions"][which])
        both = ", the two are swapped" if swapped else ""
        return wrong(f"{name} is in the wrong order: it is the true {other}{both}.", 0.5 * swapped)
    if _parallel(direction, reference["directions"][which], ALMOST):
        return wrong(f"{name} is close, but its precision is too low: it is rotated a little.", 0.5)
    return wrong(f"{name} {_explain_direction(direction, points, reference)}.")


def _parallel(a, b, tolerance=DIRECTION_TOLERANCE):
    """Whether two vectors have the same direction, up to the sign."""
    a, b = (vector.ravel() / max(np.linalg.norm(vector), 1e-30) for vector in (a, b))
    return bool(min(np.linalg.norm(a - b), np.linalg.norm(a + b)) <= tolerance)


def _is_kept_by(matrix, direction):
    """Whether the matrix only stretches the direction; that is how directions of variance are known."""
    return _parallel(matrix @ direction, direction, 10 * DIRECTION_TOLERANCE)


def _explain_direction(direction, points, reference):
    """What a wrong direction is, in words that follow its name."""
    centred = points - reference["mean"]
    spread, shares = centred.std(0), reference["variances"] / reference["variances"].sum()
    share = np.linalg.norm(centred @ direction) ** 2 / np.linalg.norm(centred) ** 2
    if _is_kept_by(points.T @ points, direction):
        return "belongs to points that are not centred: subtract the mean first"
    if share < 1e-8:
        return "is one along which the points do not vary, the smallest variance, not the largest: mind the order"
    if _is_kept_by(centred.T @ centred, direction):
        rank = 1 + int(np.argmin(np.abs(shares - share)))
        return f"is number {rank} in the order of variance" + (", the smallest" if rank == len(shares) else "")
    if len(points) == points.shape[1] and _is_kept_by(centred @ centred.T, direction):
        return "belongs to the transposed points: rows are points, columns are parameters"
    if spread.min() > 0 and _is_kept_by((centred / spread).T @ (centred / spread), direction):
        return "belongs to standardised points: centre them, but do not scale the parameters"
    along_rows = points - points.mean(1, keepdims=True)
    if _is_kept_by(along_rows.T @ along_rows, direction):
        return "belongs to points of which each lost its own mean: subtract the mean over the points, axis 0"
    inside = np.linalg.norm(reference["directions"] @ direction)
    if inside > 1 - DIRECTION_TOLERANCE:
        return "lies in the right plane but is rotated: it is not the direction of largest variance in it"
    return f"is wrong: {100 * inside**2:.0f} % of its square lie in the plane of the two principal directions, not all"


def _judge_frame(result, points, reference):
    """The finding on shapes, lengths and the angle."""
    size = points.shape[1]
    if result.get("together"):
        return wrong(TOGETHER)
    for name, expected in (("direction1", size), ("direction2", size), ("mean", size), ("ratios", 2)):
        if broken := _broken(result, name, expected):
            return broken
        if result[name].ndim != 1:
            return wrong(f"{name} has the shape {result[name].shape}; it should be ({expected},).")
    if (finding := _judge_unit_lengths(result, DIRECTION_TOLERANCE)).share < 1:
        return finding
    product = result["direction1"] @ result["direction2"]
    if abs(product) > DIRECTION_TOLERANCE:
        return wrong(f"The directions are not orthogonal: their scalar product is {digits(product)}.")
    return RIGHT


def _judge_unit_lengths(result, tolerance):
    """The finding on the lengths of both directions."""
    for name in ("direction1", "direction2"):
        length = np.linalg.norm(result[name])
        if abs(length - 1) > tolerance:
            return wrong(f"{name} is not of unit length: its length is {digits(length)}.")
    return RIGHT


def _judge_ratios(result, points, reference):
    right = (reference["variances"] / reference["variances"].sum())[:2]
    if broken := _broken(result, "ratios", 2):
        value = result.get("ratios")
        if value is not None and value.size > 2 and agree(value.ravel()[:2], right, VALUE_TOLERANCE):
            return wrong(f"ratios has the shape {value.shape}; return the first two only, shape (2,).", 1 / 3)
        return broken
    ratios = result["ratios"].ravel()
    if agree(ratios, right, VALUE_TOLERANCE):
        return RIGHT
    for share, sentence, mistaken in _ratio_mistakes(result, points, reference, right):
        if agree(ratios, mistaken, VALUE_TOLERANCE):
            return wrong(f"The ratios {sentence}.", share)
    factor = ratios @ right / (right @ right)
    if factor > 0 and agree(ratios, factor * right, VALUE_TOLERANCE):
        return wrong(f"The ratios are wrong by the factor {digits(factor)}: divide the variances and the total by the "
                     "same number.", 1 / 3)  # fmt: skip
    if agree(ratios, right, ALMOST / 5):
        return wrong("The ratios are close, but their precision is too low.", 0.5)
    came_out = " and ".join(digits(ratio) for ratio in ratios)
    return wrong(f"The ratios are not the shares of the total variance: they come out as {came_out}.")


def _ratio_mistakes(result, points, reference, right):
    """What mistakes would give: `[(share of the points, words, ratios), ...]`."""
    variances, total = reference["variances"], np.sum((points - reference["mean"]) ** 2)
    singular, all_squares = np.sqrt(variances), np.sum(points**2)
    smallest = np.sort(np.append(variances, [0.0] * (len(points) > len(variances))))[:2] / variances.sum()
    scales = total / variances.sum() / (len(points) - np.arange(2))
    own = [np.zeros(points.shape[1]) if _broken(result, name, points.shape[1]) else result[name].ravel()
           for name in ("direction1", "direction2")]  # fmt: skip
    return [
        (0, "are those of points that are not centred", np.sum((points @ np.array(own).T) ** 2, axis=0) / all_squares),
        (1 / 3, "are in ascending order, or swapped", right[::-1]),
        (0, "are those of the smallest variances, not the largest: mind the order", smallest),
        (0, "are those of the smallest variances, not the largest: mind the order", smallest[::-1]),
        (0, "are of the kept part: they must be shares of the total variance, not add up to 1", right / right.sum()),
        (0, "are those of the singular values, whose squares are the variances", singular[:2] / singular.sum()),
        (0, "are those of the kept singular values, not of variances", singular[:2] / singular[:2].sum()),
        (0, "are those of the squares of the variances", variances[:2] ** 2 / np.sum(variances**2)),
        (0, "are cumulative: the second is that of both directions together", np.cumsum(right)),
        (1 / 3, "are in percent: they should be shares of 1", 100 * right),
        (0, "are variances, not divided by the total variance", variances[:2] * scales[0]),
        (0, "are variances, not divided by the total variance", variances[:2] * scales[1]),
        (0, "are divided by the sum of squares of points that are not centred", right * total / all_squares),
    ]  # fmt: skip


@unless_raised
def _judge_unchanged(result):
    return RIGHT if result["unchanged"] else wrong("Your code changed ws, its argument, in place: work on a copy.")


DIRECTION_JUDGES = [
    _judge_mean, functools.partial(_judge_direction, 0), functools.partial(_judge_direction, 1), _judge_frame,
    _judge_ratios,
]  # fmt: skip
