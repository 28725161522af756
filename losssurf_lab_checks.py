"""Checks of the answers, for students: each says what is right, and what a wrong result looks like.

A check calls your code on small inputs (`losssurf_lab_driver`) and compares the arrays that come out with known ones
(`losssurf_lab_judge`). The tests that count use the same judges on other inputs. Here the known results come without
the methods that you are to write: from differences of the loss, points placed by hand, clouds of known directions,
tables, known angles.
"""

import contextlib
import warnings

import numpy as np
import torch
from torch.func import functional_call, vmap

import losssurf_lab_driver as driver
import losssurf_lab_judge as judge
import losssurf_lab_judge_optional as judge_optional

# ---------------------------------------------------------------------------------------------------- what you call


def check_eval_hess_vec_prod(answer):
    """Check the product of the Hessian and a vector on networks of 10 to 44,426 parameters, and print what is wrong."""
    with prepared():
        inputs = public_product_inputs()
    results = driver.drive_eval_hess_vec_prod(answer, inputs)
    with prepared():  # after the call, which could find them
        references = product_references(inputs)
    print(judge.report(judge.judge_eval_hess_vec_prod(inputs, results, references)))


def check_Polychain(answer):
    """Check the class on three networks placed by hand, print what is wrong, and draw its path for two weights."""
    with prepared():
        inputs = public_path_inputs()
        reference = path_reference(inputs)
    results = driver.drive_Polychain(answer, inputs)
    print(judge.report(judge.judge_Polychain(inputs, results, reference)))
    draw_path(inputs["picture"], results["picture"], reference["picture"])


def check_Bezier(answer):
    """Check the class with one bend and with two, print what is wrong, and draw a curve with two for two weights."""
    with prepared():
        inputs = public_curve_inputs()
        reference = curve_reference(inputs)
    results = driver.drive_Bezier(answer, inputs)
    print(judge.report(judge.judge_Bezier(inputs, results, reference), "bonus points"))
    draw_path(inputs["picture"], results["picture"], reference["picture"])


def check_principal_directions(answer):
    """Check the function on clouds made of known directions, print what is wrong, and draw it in two dimensions."""
    inputs = public_direction_inputs()
    results = driver.drive_principal_directions(answer, inputs)
    print(judge.report(judge.judge_principal_directions(inputs, results, public_clouds())))
    draw_directions(plane_cloud(), results["plane"])


def check_random_walk_explained_variance(answer):
    """Check the function on walks of a few points, print what is wrong, and draw its shares for the longest of them."""
    inputs = public_walks()
    results = driver.drive_random_walk_explained_variance(answer, inputs)
    verdicts = judge_optional.judge_random_walk_explained_variance(inputs, results, WALK_SHARES)
    print(judge.report(verdicts, "bonus points"))
    draw_shares(inputs["cases"]["picture"], results["picture"])


def check_subspace_overlap(answer):
    """Check the function on subspaces at known angles, and print what is wrong."""
    inputs = public_overlap_inputs()
    results = driver.drive_subspace_overlap(answer, inputs)
    cosines_of = {name: np.cos(pair["angles"]) for name, pair in public_pairs().items()}
    print(judge.report(judge_optional.judge_subspace_overlap(inputs, results, cosines_of), "bonus points"))


@contextlib.contextmanager
def prepared():
    """Inside, random numbers and warnings of ours that nobody sees outside."""
    with driver.reproducibly(0), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


# ------------------------------------------------------------------------------------- inputs, for the hidden tests too


def make_product_case(
    rng, layers, loss, size, batch_size, *, side=6, passes=0, frozen=(), grads=None, vectors="one",
    training=False, foreign=False, loader="DataLoader",
):  # fmt: skip
    """One network with data, random from `rng`: what `drive_eval_hess_vec_prod` and its judge need of a case.

    side: of the images, where the network has convolutions. passes: how many random orders the data come in, one a
    pass; 0: always in their own. grads: the spread of the gradients that are there before the call; None: there are
    none. vectors: "one", "two", "twice" the same, or "linear": u, v, 2 u - 3 v and zero.
    """
    weights = random_weights(rng, layers)
    names = [name for name, _ in driver.LayeredNet(layers).named_parameters() if name not in frozen]
    sizes = [weights[name].size for name in names]
    u, v = rng.standard_normal((2, sum(sizes))).astype(np.float32)
    chosen = {"one": [u], "two": [u, v], "twice": [u, u], "linear": [u, v, 2 * u - 3 * v, 0 * u]}[vectors]
    shape = (size, layers[0][1]) if layers[0][0] == "linear" else (size, 1, side, side)
    labels = rng.choice(layers[-1][2], size=size).astype(np.int64)
    return {
        "layers": layers, "loss": loss, "weights": weights, "frozen": list(frozen), "params": names,
        "training": training,
        "images": rng.standard_normal(shape).astype(np.float32), "labels": labels,
        "size": size, "batch_size": batch_size, "loader": loader, "foreign": foreign,
        "orders": np.array([rng.permutation(size) for _ in range(passes)] or [np.arange(size)]),
        "vectors": np.stack(chosen), "keep_grads": vectors in ("two", "twice"),
        "grads": None if grads is None else (grads * rng.standard_normal(sum(sizes))).astype(np.float32),
        "is_bias": np.repeat([name.endswith("bias") for name in names], sizes),
        "tensor_numbers": np.repeat(np.arange(len(names)), sizes),
    }  # fmt: skip


def random_weights(rng, layers):
    """A state dict of arrays: about unit variance through each layer, running statistics of batch norm included."""
    weights = {}
    for name, tensor in driver.LayeredNet(layers).state_dict().items():
        shape = tuple(tensor.shape)
        if name.endswith("num_batches_tracked"):
            weights[name] = np.array(7)
        elif name.endswith("running_var"):
            weights[name] = rng.uniform(0.5, 2, shape).astype(np.float32)
        elif len(shape) > 1:
            weights[name] = (1.3 * rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)
        else:
            weights[name] = (rng.uniform(0.3, 1.2, shape) * rng.choice([-1, 1], shape)).astype(np.float32)
    return weights


NETWORK_SIZE = 44_426  # of COURSE
MOST_OPERATIONS = 40_000  # of PyTorch; two products of the course's network take 400 to 2800


def make_network_case(rng):
    """The same with the course's network, as its notebook has it: batches of equal size, product after product."""
    options = dict(side=28, vectors="two", loader="TensorLoader")
    return make_product_case(rng, COURSE, "cross_entropy", 6, 3, **options)


def product_budgets(cases):
    return {name: budget(len(cases[name]["vectors"][0])) for name in ("wide", "network")}


def budget(n):
    """What a call with n parameters may do: not hold a matrix (n, n) of float32, nor take n passes."""
    return {"n": n, "most_bytes": 4 * n * n, "most_operations": MOST_OPERATIONS}


def networks_of_path(rng, layers, num_bends=None):
    """What a path joins: the layers, random weights of its "nodes" (start, bends, end), nine images and their labels.

    num_bends: None for a polychain, which has one without being asked for it.
    """
    nodes = [random_weights(rng, layers) for _ in range((num_bends or 1) + 2)]
    shape = (1, 28, 28) if layers == COURSE else layers[0][1:2]
    return {
        "layers": layers, "nodes": nodes, "options": {"num_param_nets": num_bends} if num_bends else {},
        "images": rng.standard_normal((9, *shape)).astype(np.float32), "labels": rng.integers(layers[-1][2], size=9),
    }  # fmt: skip


def course_of_path(rng, positions, num_bends=None):
    """A path between networks of the course, and where on it the outputs are compared."""
    return {**networks_of_path(rng, COURSE, num_bends), "positions": positions, "training_steps": 2}


# ------------------------------------------------------------------ the product: derivatives by differences of the loss

CONNECTED = (("linear", 2, 3), ("tanh",), ("linear", 3, 2))
CONVOLUTION = (("conv", 1, 2, 2), ("softplus",), ("pool", 2), ("flatten",), ("linear", 2, 2))
BATCH_NORM = (("linear", 2, 3), ("norm", 3), ("tanh",), ("linear", 3, 2))
WIDE = (("linear", 60, 42), ("tanh",), ("linear", 42, 10))
STEP = 1e-4  # of the differences, in float64, which find the derivatives to within 3e-7
MOST_PARAMETERS = 30  # for which to take differences

# Of the course's network, for each of two vectors v, u H v along eight probes u. A table, so that no one needs the
# second differences of the loss here; `tests/test_checks_hidden.py` takes them.
NETWORK_CURVATURES = np.array([
    [-179.39, 402.50, -443.02, 298.35, -93.24, -807.04, 37.82, 38.05],
    [28.45, 577.70, -403.58, 97.74, -345.45, 155.96, -319.53, -437.72],
])  # fmt: skip


def public_product_inputs():
    rng = np.random.default_rng(2017)
    case, smooth, cross = make_product_case, "smoothed_cross_entropy", "cross_entropy"
    frozen = ["layers.0.weight", "layers.0.bias"]
    cases = {
        "one batch": case(rng, CONNECTED, smooth, 6, 6, training=True),
        "convolution": case(rng, CONVOLUTION, cross, 6, 2, side=3, grads=1.0),
        "last batch": case(rng, CONNECTED, cross, 7, 3, loader="TensorLoader", grads=0.0),
        "shuffled": case(rng, CONNECTED, cross, 7, 3, passes=3),
        "batch norm": case(rng, BATCH_NORM, smooth, 6, 3),
        "frozen": case(rng, CONNECTED, cross, 6, 3, frozen=frozen),
        "square": case(rng, CONNECTED, "mean_square", 6, 3),
        "poisson": case(rng, CONNECTED, "poisson", 6, 3),
        "linear": case(rng, CONNECTED, smooth, 6, 6, vectors="linear"),
        "twice": case(rng, CONNECTED, smooth, 6, 6, vectors="twice", grads=1.0),
        "foreign": case(rng, CONNECTED, cross, 6, 6, foreign=True, loader="TensorLoader"),
        "wide": case(rng, WIDE, cross, 6, 3),
        "network": make_network_case(_numbers_of_the_network()),
    }
    return {"cases": cases, "budgets": product_budgets(cases), "random_start": 0}


def _numbers_of_the_network():
    """Random numbers that will never change, unlike those of NumPy's newer generators: the table rests on them."""
    return np.random.RandomState(2017)


def product_references(inputs):
    """For each small case its derivatives, and of the course's network "probes" (8, n) and "curvatures" (2, 8)."""
    small = {name: case for name, case in inputs["cases"].items() if name not in inputs["budgets"]}
    references = {name: derivatives_by_differences(case) for name, case in small.items()}
    return references | {"network": {"probes": network_probes(), "curvatures": NETWORK_CURVATURES}}


def network_probes():
    """Directions (8, n) of the course's network."""
    return np.random.RandomState(2018).choice([-1.0, 1.0], size=(8, NETWORK_SIZE))


def derivatives_by_differences(case):
    """Hessians (N, n, n), gradients (N, n) and Gauss-Newton matrices (N, n, n), image by image, in float64.

    All come from values of the loss and of the outputs nearby: 2 n^2 of them. Raises ValueError for a network that is
    not tiny.
    """
    if len(case["vectors"][0]) > MOST_PARAMETERS:
        raise ValueError(f"differences are for networks of at most {MOST_PARAMETERS} parameters")
    net = driver.make_net(case, torch.float64).eval()
    criterion = driver.LOSSES[case["loss"]]
    fixed = {name: tensor.detach() for name, tensor in net.state_dict().items()}
    own = [fixed[name] for name in case["params"]]
    images, labels = torch.tensor(case["images"]).double(), torch.tensor(case["labels"])

    def outputs(vector):
        parts = vector.split([tensor.numel() for tensor in own])
        weights = {name: part.reshape(fixed[name].shape) for name, part in zip(case["params"], parts)}
        return functional_call(net, {**fixed, **weights}, (images,))

    def losses(outputs):
        return torch.stack([criterion(output[None], label[None]) for output, label in zip(outputs, labels)])

    start = torch.cat([tensor.reshape(-1) for tensor in own])
    center = outputs(start)
    curvatures = [_second_differences(vmap(lambda o, i=i: losses(center.index_put((i,), o))[i]), center[i])
                  for i in torch.arange(len(images))]  # fmt: skip
    jacobians = _first_differences(vmap(outputs), start).permute(1, 2, 0)
    return {
        "hessians": _second_differences(vmap(lambda w: losses(outputs(w))), start).movedim(-1, 0).numpy(),
        "gradients": _first_differences(vmap(lambda w: losses(outputs(w))), start).T.numpy(),
        "gauss_newton": (jacobians.mT @ torch.stack(curvatures) @ jacobians).numpy(),
    }


def _first_differences(function, point):
    """d function / d point (n, ...), for a function of many points at once, (points, n) to (points, ...)."""
    steps = STEP * torch.eye(len(point), dtype=point.dtype)
    return (function(point + steps) - function(point - steps)) / (2 * STEP)


def _second_differences(function, point):
    """The matrix of second derivatives (n, n, ...) of such a function."""
    steps = STEP * torch.eye(len(point), dtype=point.dtype)
    pairs = [(a + b, a - b) for a in steps for b in steps]
    ahead, across = (torch.stack(points) for points in zip(*pairs))
    corners = function(point + ahead) + function(point - ahead) - function(point + across) - function(point - across)
    return corners.reshape(len(point), len(point), *corners.shape[1:]) / (4 * STEP**2)


# -------------------------------------------------------------------------------------- the path: points placed by hand

PLACED = {  # t: shares of the first endpoint, the bend and the second endpoint, up to the bend
    0.0: (1, 0, 0), 0.05: (0.9, 0.1, 0), 0.15: (0.7, 0.3, 0), 0.25: (0.5, 0.5, 0), 0.3: (0.4, 0.6, 0),
    0.4: (0.2, 0.8, 0), 0.4999: (0.0002, 0.9998, 0), 0.5: (0, 1, 0),
}  # fmt: skip
QUADRATIC = {  # the same of a Bezier curve, up to its middle
    0.0: (1, 0, 0), 0.1: (0.81, 0.18, 0.01), 0.2: (0.64, 0.32, 0.04), 0.25: (0.5625, 0.375, 0.0625),
    0.3: (0.49, 0.42, 0.09), 0.4: (0.36, 0.48, 0.16), 0.5: (0.25, 0.5, 0.25),
}  # fmt: skip
CUBIC = {  # t: shares of the first endpoint, the first bend, the second and the second endpoint
    0.0: (1, 0, 0, 0), 0.1: (0.729, 0.243, 0.027, 0.001), 0.2: (0.512, 0.384, 0.096, 0.008),
    0.25: (0.421875, 0.421875, 0.140625, 0.015625), 0.3: (0.343, 0.441, 0.189, 0.027),
    0.4: (0.216, 0.432, 0.288, 0.064), 0.5: (0.125, 0.375, 0.375, 0.125),
}  # fmt: skip


def both_halves(half):
    """Shares up to the middle, and their mirror image beyond it."""
    return half | {round(1 - t, 4): half[t][::-1] for t in reversed(half)}


PLACED, QUADRATIC, CUBIC = both_halves(PLACED), both_halves(QUADRATIC), both_halves(CUBIC)
COURSE = (  # `code.CNN`, written out, so that a course with another network is checked on a network of this size too
    ("conv", 1, 6, 5), ("max_pool", 2), ("relu",), ("conv", 6, 16, 5), ("max_pool", 2), ("relu",), ("flatten",),
    ("linear", 256, 120), ("relu",), ("linear", 120, 84), ("relu",), ("linear", 84, 10),
)  # fmt: skip
PATH_NET = (("linear", 2, 4), ("tanh",), ("linear", 4, 4))
NET_WITH_BUFFERS = (("linear", 2, 4), ("norm", 4), ("tanh",), ("linear", 4, 3))
TWO_WEIGHTS = {"w0": (-1.0, -0.6), "b": (0.1, 0.9), "w1": (1.0, -0.3)}
TWO_WEIGHTS_OF_CURVE = {"w0": (-1.0, -0.6), "b1": (-0.8, 0.9), "b2": (0.5, 1.0), "w1": (1.0, -0.3)}


CONDUCT = {"frozen_position": 0.4, "training_steps": 3, "draws": 2000, "passes": 5}
COURSE_POSITIONS = [0.3, 0.75]  # at which the shares are placed above


def public_path_inputs():
    rng = np.random.default_rng(2018)
    positions = np.array(list(PLACED))
    return {
        **networks_of_path(rng, PATH_NET), **CONDUCT, "positions": positions, "gradient_positions": [0.3, 0.85],
        "ends": {**networks_of_path(rng, NET_WITH_BUFFERS), "positions": np.array([0.0, 1.0])},
        "course": course_of_path(rng, COURSE_POSITIONS),
        "picture": _in_the_plane(TWO_WEIGHTS, positions), "random_start": 0,
    }  # fmt: skip


def public_curve_inputs():
    rng = np.random.default_rng(2019)
    curves = {
        name: {
            **networks_of_path(rng, PATH_NET, num_bends), **CONDUCT, "positions": np.array(list(placed)),
            "gradient_positions": [0.3, 0.8], "course": course_of_path(rng, COURSE_POSITIONS, num_bends),
        }
        for name, num_bends, placed in (("one bend", 1, QUADRATIC), ("two bends", 2, CUBIC))
    }  # fmt: skip
    return {**curves, "picture": _in_the_plane(TWO_WEIGHTS_OF_CURVE, np.array(list(CUBIC)), 2), "random_start": 0}


def _in_the_plane(corners, positions, num_bends=None):
    """A network of two weights, whose nodes are these corners (2,)."""
    nodes = [{"layers.0.weight": np.array([[x]], np.float32), "layers.0.bias": np.array([y], np.float32)}
             for x, y in corners.values()]  # fmt: skip
    return {**networks_of_path(np.random.default_rng(0), (("linear", 1, 1),), num_bends), "nodes": nodes,
            "positions": positions, "corners": corners}  # fmt: skip


def path_reference(inputs):
    """What `judge_Polychain` needs: shares from the table, gradients from differences of the loss, and outputs."""
    ends = inputs["ends"]
    return {
        **_reference(inputs, PLACED), "picture": np.eye(3),
        "outputs": [_outputs(_network(ends), ends, _double(ends["nodes"][place])).numpy() for place in (0, -1)],
    }  # fmt: skip


def curve_reference(inputs):
    """The same for `judge_Bezier`."""
    placed = {"one bend": QUADRATIC, "two bends": CUBIC}
    curves = {name: _reference(inputs[name], shares) for name, shares in placed.items()}
    return {**curves, "picture": np.array(list(CUBIC.values()))}


def _reference(inputs, placed):
    """Of one path the shares, the gradients of the loss with respect to its bends, and the course's outputs on it."""
    course = inputs["course"]
    nodes = [_double(node) for node in course["nodes"]]
    return {
        "coefficients": np.array([placed[t] for t in inputs["positions"]], dtype=float),
        "bend_gradients": [bend_gradient(inputs, placed[t]) for t in inputs["gradient_positions"]],
        "course": [_outputs(_network(course), course, _mix(nodes, placed[t])).numpy() for t in course["positions"]],
    }  # fmt: skip


def bend_gradient(inputs, shares):
    """By differences of the loss, its gradient (bends n,) with respect to the bends, the nodes having these shares."""
    start, *bends, end = [_double(node) for node in inputs["nodes"]]
    net, labels, names = _network(inputs), torch.tensor(inputs["labels"]), list(start)
    sizes = [start[name].numel() for name in names]

    def loss(vector):
        parts = [vector[k * sum(sizes) : (k + 1) * sum(sizes)].split(sizes) for k in range(len(bends))]
        moved = [{name: part.reshape(start[name].shape) for name, part in zip(names, bend)} for bend in parts]
        return driver.LOSSES["cross_entropy"](_outputs(net, inputs, _mix([start, *moved, end], shares)), labels)

    bends_as_one = torch.cat([bend[name].reshape(-1) for bend in bends for name in names])
    return _first_differences(vmap(loss), bends_as_one).numpy()


def _mix(nodes, shares):
    return {name: sum(share * node[name] for share, node in zip(shares, nodes)) for name in nodes[0]}


def _double(weights):
    return {name: torch.tensor(array, dtype=torch.float64) for name, array in weights.items()}


def _network(inputs):
    return driver.LayeredNet(inputs["layers"]).double().eval().requires_grad_(False)


def _outputs(net, inputs, weights):
    return functional_call(net, weights, (torch.tensor(inputs["images"]).double(),))


def draw_path(inputs, result, placed):
    """The path of a network of two weights: where the weights are at each t, and the nodes.

    placed: shares (points, nodes) of the points through which the right path goes
    """
    from matplotlib import pyplot as plt  # here, as it takes long to import

    corners = np.array(list(inputs["corners"].values()))
    figure, axis = plt.subplots(figsize=(5, 3.6), layout="constrained")
    axis.plot(*(placed @ corners).T, color="lightgray", linewidth=5, label="as it should be")
    axis.plot(*corners.T, "o", color="lightgray", markersize=12)
    for name, corner in inputs["corners"].items():
        axis.annotate(name, corner, xytext=(8, 6), textcoords="offset points")
    points = [(t, *(float(array.ravel()[0]) for array in weights.values()))
              for t, weights in zip(inputs["positions"], result.get("weights", [])) if len(weights) == 2]  # fmt: skip
    if points:
        t, x, y = np.array(points).T
        axis.plot(x, y, color="black", linewidth=0.8)
        dots = axis.scatter(x, y, c=t, cmap="viridis", zorder=3, label="yours")
        figure.colorbar(dots, label="t")
    axis.set(xlabel="weight 1", ylabel="weight 2", title="Your path" if points else "Your class gave no path")
    axis.margins(0.15)
    axis.legend(loc="lower center")
    plt.show()


# ---------------------------------------------------------------------- the directions: clouds made of known directions


def public_clouds():
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


def public_direction_inputs():
    cases = {name: cloud["points"] for name, cloud in public_clouds().items()} | {"plane": plane_cloud()["points"]}
    return {"cases": cases, "budgets": {"wide": budget(1200), "network": budget(NETWORK_SIZE)}, "random_start": 0}


def make_cloud(count, size, tilt=None):
    """Points (count, size): sums of known directions, along each of which they are spread less than along the last."""
    spreads = np.array([1.0, 0.6, 0.3, 0.2, 0.1])[: min(count - 1, size if tilt else size - 1)]
    directions = cosines(size, len(spreads))
    if tilt:
        directions = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    mean = 0.5 + 0.4 * np.sin(np.arange(size) ** 2)
    points = mean + 3 * (cosines(count, len(spreads)) * spreads) @ directions.T
    return {"points": points, "mean": mean, "directions": directions.T[:2], "variances": spreads**2}


def cosines(rows, columns):
    """A matrix whose columns, waves of ever shorter length, are orthogonal, of unit length and of mean zero."""
    places, waves = np.arange(rows)[:, None] + 0.5, np.arange(1, columns + 1)
    return np.sqrt(2 / rows) * np.cos(np.pi * places * waves / rows)


def draw_directions(cloud, result):
    """The points in the plane, and both directions with the spread along them as length: as they are, and yours."""
    from matplotlib import pyplot as plt

    points, mean = cloud["points"], cloud["mean"]
    spreads = 3 * np.sqrt(cloud["variances"] / len(points))
    figure, axis = plt.subplots(figsize=(5, 4), layout="constrained")
    axis.plot(*points.T, "o", color="gray")
    for direction, spread in zip(cloud["directions"], spreads):
        axis.plot(*zip(mean - spread * direction, mean + spread * direction), color="lightgray", linewidth=6)
    center = result.get("mean")
    center = center.ravel() if center is not None and center.size == 2 else mean
    for name, color, spread in zip(("direction1", "direction2"), ("C3", "C0"), spreads):
        direction = result.get(name)
        if direction is not None and direction.size == 2 and np.isfinite(direction).all():
            arrow = spread * direction.ravel()
            axis.annotate("", center + arrow, center, arrowprops=dict(color=color, width=2, headwidth=8))
            axis.plot([], [], color=color, label=f"your {name}")
    axis.set(xlabel="weight 1", ylabel="weight 2", title="The known directions (gray), and yours", aspect="equal")
    if axis.get_legend_handles_labels()[0]:
        axis.legend()
    plt.show()


# ------------------------------------------------------------------------------------------ the walk: a table of shares

WALK_SHARES = {  # number of points: the share of each component
    2: [1],
    3: [3 / 4, 1 / 4],
    4: [(2 + np.sqrt(2)) / 5, 1 / 5, (2 - np.sqrt(2)) / 5],
    5: [(3 + np.sqrt(5)) / 8, (5 + np.sqrt(5)) / 40, (3 - np.sqrt(5)) / 8, (5 - np.sqrt(5)) / 40],
    6: [6 * (2 + np.sqrt(3)) / 35, 6 / 35, 3 / 35, 2 / 35, 6 * (2 - np.sqrt(3)) / 35],
}
WALK_SHARES = {n: np.array(shares) for n, shares in WALK_SHARES.items()}


def public_walks():
    few, many = ({f"{n} points, k = {k}": {"n": n, "k": k} for n in numbers for k in range(1, n)}
                 for numbers in ((3, 4, 5), (6,)))  # fmt: skip
    arrays = {"array": {"n": 5, "k": np.array([3, 1, 4])}, "picture": {"n": 6, "k": np.arange(1, 6)}}
    return {"cases": {**few, **many, **arrays}, "few": list(few), "many": list(many), "random_start": 0}


def draw_shares(case, result):
    """The share of each component of a walk: as it should be, and yours."""
    from matplotlib import pyplot as plt

    _, axis = plt.subplots(figsize=(5, 3.4), layout="constrained")
    axis.bar(case["k"], WALK_SHARES[case["n"]], color="lightgray", label="as it should be")
    if np.isfinite(result["values"]).any():
        axis.plot(case["k"], result["values"], "o", color="C3", label="yours")
    axis.set(xlabel="component k", ylabel="share of the variance", title=f"A random walk of {case['n']} points")
    axis.legend()
    plt.show()


# --------------------------------------------------------------------------------- the subspaces: pairs at known angles


def public_pairs():
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


def public_overlap_inputs():
    cases = {name: {"U": pair["U"], "V": pair["V"]} for name, pair in public_pairs().items()}
    return {"cases": cases, "budgets": {"wide": budget(2000), "network": budget(NETWORK_SIZE)}, "random_start": 0}


def make_pair(size, k, l, angles, turn=0.0):  # noqa: E741, the task's letter
    """Subspaces of k and l dimensions at these angles, min(k, l) of them; their bases are turned within them."""
    directions, few = cosines(size, k + l), min(k, l)
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
