"""The Hessian-vector product judged, and its mistakes."""

from collections import Counter
from dataclasses import replace

import numpy as np
import torch

from losssurf_lab.comparing import agree, digits, without_network
from losssurf_lab.verdicts import (
    RIGHT,
    Criterion,
    Mistake,
    first_that_fits,
    unless_raised,
    waiting,
    worst,
    wrong,
)

# Of the product's length. On a CPU right answers (double backward, forward over reverse, one large batch, any order)
# err by at most 6e-7, differences of gradients by 1e-5 and more. TF32, which a GPU may use, errs by up to 3e-3.
TOLERANCE = {"cpu": 8e-6, "cuda": 0.04}
NETWORK_TOLERANCE = {"cpu": 0.01, "cuda": 0.2}  # its units switch: where rounding is coarse, some do so wrongly
ALMOST = 0.05  # a result as close as this was meant to be right

CRITERIA = [
    Criterion("one batch", "a fully connected network, all data in one batch", 1),
    Criterion("convolution", "a convolutional network, batches of equal size, old gradients present", 1),
    Criterion("batches", "a smaller last batch, and data in another order at each pass", 2),
    Criterion("batch norm", "batch norm in evaluation mode", 0.5),
    Criterion("frozen", "frozen parameters, which params leaves out", 0.5),
    Criterion("losses", "other losses", 0.5),
    Criterion("network", "the course's network of 44,426 parameters, two products one after another", 1),
    Criterion("linear", "linear in the vector, and zero for a zero vector", 0.5),
    Criterion("second call", "the same when called again", 0.5),
    Criterion("state", "everything but .grad is left as it was", 1),
    Criterion("place", "the result is in .grad of each parameter, of its shape, dtype and device", 0.5),
    Criterion("device", "images and labels are moved to the device", 1),
]
CASES = {  # of the criteria that are about a product
    "one batch": ["one batch"], "convolution": ["convolution"], "batches": ["last batch", "shuffled"],
    "batch norm": ["batch norm"], "frozen": ["frozen"], "losses": ["square", "poisson"],
}  # fmt: skip
EMPTY = "There is nothing in .grad after the call: it is None."
OLD = "There is nothing new in .grad after the call: it holds what it held before."
_NONE = (
    "Something is None here: p.grad is None until a tensor is stored in it, and torch.autograd.grad with "
    "allow_unused=True gives None for a parameter on which the result does not depend (materialize_grads=True: zeros)."
)
FROZEN = "It fails with frozen parameters alone: is net.parameters(), which holds them too, used in place of params?"
CLOSE = "is it a difference of gradients, where it should be a derivative of the gradient, or a precision lowered?"
NETWORK_WRONG = "The products of the course's network are not right."
TIMES_N = "times N, the number of images: the weights of the batches must add up to 1"
UNITS_SWITCH = "Is it a difference of gradients? Between its two places units of this network switch on and off."
HINTS = [
    ("TypeError", "nonetype", _NONE), ("AttributeError", "nonetype", _NONE),
    ("RuntimeError", "one of the differentiated", "A gradient is taken by a tensor that requires none."),
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
]  # fmt: skip


def judge(inputs, results, reference, device):
    """The finding on each criterion.

    reference: for each small case the arrays of `product_mistakes`; for "network" directions "probes" (m, n), and the
    "curvatures" (2, m) along them, probe H vector. "wide" is there for its budget alone.
    """
    cases, tolerance = inputs["cases"], TOLERANCE[device]
    names = [*(name for names in CASES.values() for name in names), "foreign"]
    found = _most_common(
        {name: _judge_product(results[name], cases[name], reference[name], tolerance) for name in names}
    )
    found["frozen"] = _with_hint_on_frozen(found)
    products = {key: worst([found[name] for name in names]) for key, names in CASES.items()}
    network = without_network(inputs, results) or _judge_network(
        results["network"], reference["network"], NETWORK_TOLERANCE[device], cases["network"]["size"]
    )
    if network.message == NETWORK_WRONG and any(CLOSE in finding.message for finding in products.values()):
        network = wrong(f"{NETWORK_WRONG} {UNITS_SWITCH}")
    conduct = {
        "linear": _judge_linearity(results["linear"], cases["linear"], tolerance),
        "second call": _judge_second_call(results["twice"], cases["twice"], reference["twice"], tolerance),
        "state": _judge_state(cases, results),
        "place": _judge_place(results["one batch"]),
        "device": _judge_device(found["foreign"]),
    }
    if not any(finding.share for finding in [*products.values(), network]):
        conduct = {key: waiting(finding, "Counts once a product is right.") for key, finding in conduct.items()}
    network = replace(network, unfit=network.share < 1)
    return {**_with_hint_on_loss(products, found), "network": network, **conduct}


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
    right = mistakes[0].value
    if not _is_untouched(result, case):
        return possible_findings(result["products"][0], mistakes, tolerance)
    for key, where in (("returned", "is returned"), ("vector", "was left in vec")):
        if agree(result[key][0], right, tolerance):
            return wrong(f"There is nothing new in .grad: the right product {where}, but p.grad must hold it.", 0.25)
    return wrong(EMPTY if case["grads"] is None else OLD)


def _judge_network(result, reference, tolerance, size):
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
        times = TIMES_N if abs(factor / size - 1) < tolerance else f"times the factor {digits(factor)}"
        return wrong(f"The products are those of the Hessian, {times}.")
    return wrong(NETWORK_WRONG)


def explain_product(product, mistakes, tolerance):
    """Which of the `mistakes`, of which the first is none, gave this product (n,)."""
    return possible_findings(product, mistakes, tolerance)[0]


def possible_findings(product, mistakes, tolerance):
    """All of the `mistakes` that could have given this product, best known first; where none could, what it is like."""
    right = mistakes[0].value
    if agree(product, right, tolerance):
        return [RIGHT]
    if np.isfinite(product).all() and product.any() and not agree(product, -right, tolerance):
        if exact := [wrong(f"{mistake.sentence}.", mistake.share) for mistake in mistakes[1:]
                     if agree(product, mistake.value, tolerance)]:  # fmt: skip
            return exact
    return [_describe_product(product, mistakes, tolerance)]


def _describe_product(product, mistakes, tolerance):
    """The finding on a product that no mistake gives as it stands."""
    right = mistakes[0].value
    if not np.isfinite(product).all():
        return wrong("The product holds NaN or infinity.")
    if not product.any():
        return wrong("The product is zero throughout.")
    if agree(product, -right, tolerance):
        return wrong("The product has the wrong sign.", 0.5)
    if scaled := first_that_fits(mistakes, lambda value: _is_multiple(product, value, tolerance)):
        factor = digits(_factor(product, scaled.value))
        return wrong(f"{scaled.sentence}, times the factor {factor}.", min(scaled.share, 0.5))
    vector = mistakes[-1].value
    if agree(product - right, vector * _factor(product - right, vector), 10 * tolerance):
        return wrong("The result is the product plus a multiple of the vector: is a penalty added to the loss?", 0.5)
    difference = np.linalg.norm(product - right) / np.linalg.norm(right)
    if difference < ALMOST:
        error = f"its error of {100 * difference:.2g} % is far above rounding in float32"
        return wrong(f"The product is close, but {error}: {CLOSE}", 0.25)
    return wrong(
        "The result is not the product of the Hessian of this loss and the vector: it differs by "
        f"{100 * difference:.3g} % of its length."
    )


def _is_multiple(product, vector, tolerance):
    factor = _factor(product, vector)
    return factor != 0 and agree(product, factor * vector, tolerance)


def _factor(product, vector):
    """By least squares, the factor that makes the product of the vector."""
    return (product @ vector) / max(vector @ vector, 1e-30)


def batches_of(case):
    """The indices of the images in each batch, in the first pass over the data."""
    order, size = np.asarray(case["orders"][0]), case["batch_size"]
    return [order[start : start + size] for start in range(0, len(order), size)]


def product_mistakes(case, reference, vector):
    """What mistakes would give, products (n,): the right product first, the vector itself last.

    reference: "hessians" (N, n, n), "gradients" (N, n) and "gauss_newton" (N, n, n), image by image, in float64.
    """
    gradients, hessian = reference["gradients"], reference["hessians"].mean(0)
    gradient, right, length = gradients.mean(0), hessian @ vector, np.linalg.norm(vector)
    old = np.zeros_like(vector) if case["grads"] is None else case["grads"]
    return [
        Mistake("The result is the product", right, 1),
        *_batch_mistakes(case, reference, vector),
        Mistake(f"The result is the product {TIMES_N}", right * case["size"], 0.5),
        Mistake("The batches are weighed by their sizes, and the sum is divided by their number: divide it by N, the "
                "number of images", right * case["size"] / len(batches_of(case)), 0.5),
        Mistake("The gradient of an earlier call is still in the result: clear p.grad first", right + old, 0.5),
        Mistake("The result is the gradient itself: nothing is differentiated twice, the vector is not used", gradient),
        Mistake("The result is the gradient plus the product: a first backward() left its part in p.grad",
                gradient + right, 0.5),
        Mistake("The vector was normalised, and the result is too small by its length", right / max(length, 1e-30),
                0.5),
        Mistake("The result is each image's gradient times its scalar product with the vector: that is the empirical "
                "Fisher matrix, not the Hessian", gradients.T @ (gradients @ vector) / case["size"]),
        Mistake("The result is the product with the Gauss-Newton matrix, which leaves out the second derivatives of "
                "the network", reference["gauss_newton"].mean(0) @ vector),
        *_vector_mistakes(case, hessian, gradient, vector),
    ]  # fmt: skip


def _batch_mistakes(case, reference, vector):
    """Wrong weights of the batches, or only some of them."""
    batches, size, nominal = batches_of(case), case["size"], case["batch_size"]
    products = np.array([reference["hessians"][batch].mean(0) @ vector for batch in batches])
    gradients = np.array([reference["gradients"][batch].mean(0) for batch in batches])
    weights = np.array([len(batch) for batch in batches]) / size
    outer = Mistake("The result is each batch's gradient times its scalar product with the vector: an outer product, a "
                    "Fisher matrix of batches, not the Hessian",
                    (weights[:, None] * gradients).T @ (gradients @ vector))  # fmt: skip
    if len(batches) == 1:
        return [outer]
    total, equal = products.sum(0), nominal * len(batches) == size
    first, last = "Only the first batch is in the result", "Only the last batch is in the result"
    return [
        Mistake("The result is the sum over batches of the products of their means: weigh each by its size over N",
                total),
        Mistake("The result is the mean of batch means: a small last batch weighs too much", total / len(batches)),
        Mistake("Each batch has the nominal batch size as weight, the smaller last batch too", total * nominal / size),
        Mistake("The sum over batches of their means is divided by the number of images", total / size),
        Mistake("The weight of a batch enters twice: once is enough", weights**2 @ products),
        Mistake("The last batch is left out", weights[:-1] @ products[:-1], 0.5 if equal else 0),
        Mistake(first, products[0]), Mistake(first, weights[0] * products[0]),
        Mistake(last, products[-1]), Mistake(last, weights[-1] * products[-1]),
        outer,
    ]  # fmt: skip


def _vector_mistakes(case, hessian, gradient, vector):
    """The vector, or rows or columns of the Hessian, taken wrongly."""
    bias, layers, ones = case["is_bias"], case["tensor_numbers"], np.ones_like(vector)
    masked, blocks = np.where(bias, 0, vector), np.where(layers[:, None] == layers, hessian, 0)
    biases = "The biases are left out of the product"
    return [
        Mistake(biases, hessian @ masked, 0.25),
        Mistake(biases, np.where(bias, 0, hessian @ masked), 0.25),
        Mistake(biases, np.where(bias, 0, hessian @ vector), 0.25),
        Mistake("Only the blocks of each layer's own parameters are multiplied: the parts of the Hessian that mix two "
                "layers are missing", blocks @ vector, 0.25),
        Mistake("Only the last layer's part of the vector enters",
                hessian @ np.where(layers == layers[-1], vector, 0)),
        Mistake("The vector is not used: the result is the Hessian times a vector of ones", hessian @ ones),
        Mistake("The vector enters too late: the result is (Hessian times ones) times vector, number by number",
                (hessian @ ones) * vector),
        Mistake("The result is the Hessian times the gradient, not times the vector", hessian @ gradient),
        Mistake("The result is the gradient times the vector, number by number", gradient * vector),
        Mistake("Only the diagonal of the Hessian is multiplied by the vector", np.diag(hessian) * vector),
        Mistake("The result is the vector itself, as if the Hessian were the identity matrix", vector),
    ]  # fmt: skip


def _with_hint_on_frozen(found):
    """The finding on frozen parameters, with a remark where nothing else is wrong with the products."""
    finding, plain = found["frozen"], {*found} - {"frozen", "foreign"}
    if finding.share == 1 or any(found[name].share < 1 for name in plain):
        return finding
    return wrong(f"{FROZEN} {finding.message}", finding.share)


def _with_hint_on_loss(products, found):
    """The findings, with a remark where only the cases with cross-entropy are right."""
    plain = all(found[name].share == 1 for name in ("convolution", "last batch", "shuffled"))
    if not plain or found["one batch"].share == 1 or found["square"].share == 1:
        return products
    hint = " It is right for cross-entropy only: use the criterion that is given, as it is."
    return {key: finding if finding.share == 1 else wrong(finding.message + hint, finding.share)
            for key, finding in products.items()}  # fmt: skip


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
