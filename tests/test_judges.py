"""The judges know each mistake from its result, give half points, and are not fooled by chance."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from test_submissions import judge as judge_submission
from test_submissions import read

from autograder import checks
from autograder.checks import Polychain, eval_hess_vec_prod
from losssurf_lab import verdicts
from losssurf_lab.on_paths import judge as on_paths
from losssurf_lab.tasks.Bezier import judge as bezier
from losssurf_lab.tasks.eval_hess_vec_prod import case as product_case
from losssurf_lab.tasks.eval_hess_vec_prod import judge as product
from losssurf_lab.tasks.Polychain import judge as polychain
from losssurf_lab.tasks.principal_directions import judge as principal_directions
from losssurf_lab.verdicts import RIGHT, Criterion, decide, not_yet, wrong


@pytest.fixture(scope="module")
def one_case():
    rng = np.random.default_rng(5)
    case = product_case.make_case(rng, eval_hess_vec_prod.CONNECTED, "cross_entropy", 13, 5, grads=1.0)
    return case, eval_hess_vec_prod.dense_derivatives(case), case["vectors"][0]


def test_each_wrong_product_is_told_by_its_own_sentence(one_case):
    mistakes = product.product_mistakes(*one_case)
    sentences = set()
    for mistake in mistakes[1:]:
        finding = product.explain_product(mistake.value, mistakes, 1e-8)
        assert finding.share < 1
        assert finding.message == f"{mistake.sentence}." or "last batch" in mistake.sentence
        sentences.add(finding.message)
    assert len(sentences) > 20
    assert product.explain_product(mistakes[0].value, mistakes, 1e-8) == RIGHT


@pytest.mark.parametrize(
    "change, words", [
        (lambda p: -p, "sign"), (lambda p: 2 * p, "factor 2."), (lambda p: p / 60000, "factor 1.67e-05"),
        (lambda p: 0 * p, "zero"), (lambda p: p + np.nan, "NaN"), (lambda p: p.round(2), "close"),
        (lambda p: p[::-1], "not the product of the Hessian"),
    ]
)  # fmt: skip
def test_a_product_that_is_off_is_told_how(one_case, change, words):
    mistakes = product.product_mistakes(*one_case)
    finding = product.explain_product(change(mistakes[0].value), mistakes, 1e-8)
    assert words in finding.message and finding.share < 1


def test_a_mistake_times_a_factor_is_told_with_the_factor(one_case):
    mistakes = product.product_mistakes(*one_case)
    gauss_newton = next(mistake.value for mistake in mistakes if "Gauss-Newton" in mistake.sentence)
    assert "Gauss-Newton" in (message := product.explain_product(3 * gauss_newton, mistakes, 1e-8).message)
    assert "factor 3." in message


def test_what_fits_most_cases_explains_them_all():
    first, last, only = (wrong(words) for words in ("the first batch", "the last is left out", "the gradient"))
    possible = {"two batches": [last, first], "three": [first], "four": [first, only], "raised": only}
    assert product._most_common(possible) == {"two batches": first, "three": first, "four": first, "raised": only}


@pytest.mark.parametrize(
    "name, never", [
        ("eval_hess_vec_prod/outer_product_of_batches", "gradient itself"),
        ("eval_hess_vec_prod/returns_in_the_loop", "last batch is left out"),
        ("eval_hess_vec_prod/weights_over_number_of_batches", "times N"),
        ("eval_hess_vec_prod/all_parameters_of_the_net", "no graph to differentiate"),
        ("eval_hess_vec_prod/no_create_graph", "frozen"), ("eval_hess_vec_prod/biases_left_out", "frozen"),
        ("eval_hess_vec_prod/biases_left_out", "switch"),
        ("principal_directions/all_ratios", "Mind the order"), ("principal_directions/zeros", "smallest"),
        ("Polychain/list_returned", "tensor("),
    ]
)  # fmt: skip
def test_no_second_cause_is_told_where_one_explains_all(name, never):
    path = Path(__file__).parent / "submissions" / f"{name}.py"
    assert never not in judge_submission(read(path), 0).text


@pytest.mark.parametrize("length, share", [(1.0, 1), (1.01, 1), (4.0, 0)])
def test_directions_of_another_length_do_not_draw_the_plane(length, share):
    directions = np.eye(2, 9)
    result = {"mean": np.zeros(9), "direction1": directions[0], "direction2": length * directions[1], "count": 4}
    reference = {"mean": np.zeros(9), "directions": directions}
    assert principal_directions._judge_plane({**result, "ratios": np.ones(2), "raised": ""}, reference).share == share


def draws(numbers):
    result = {"raised": "", "indices": np.asarray(numbers), "returned": np.full(len(numbers), np.nan)}
    return on_paths.judge_draws(result)


def test_uniform_numbers_are_never_found_not_to_be():
    rng = np.random.default_rng(0)
    assert all(draws(rng.random(2000, dtype=np.float32)).share for _ in range(3000))


@pytest.mark.parametrize(
    "numbers, words", [
        (lambda rng: rng.random(2000) / 2, "range"), (lambda rng: rng.random(2000) ** 2, "uniform"),
        (lambda rng: 2 * rng.random(2000), "range"),
        (lambda rng: rng.beta(2, 2, 2000), "uniform"), (lambda rng: rng.random(2000) ** 1.5, "uniform"),
        (lambda rng: rng.integers(1000, size=2000) / 999, "uniform"), (lambda rng: np.full(2000, 0.3), "new t"),
        (lambda rng: np.linspace(0, 1, 2000), "follows"), (lambda rng: rng.random((2, 2000)).mean(0), "uniform"),
        (lambda rng: rng.random(2000) + np.where(np.arange(2000) == 7, np.nan, 0), "range"),
    ]
)  # fmt: skip
def test_other_numbers_are_found_every_time(numbers, words):
    for seed in range(50):
        finding = draws(numbers(np.random.default_rng(seed)))
        assert finding.share < 1 and words in finding.message


@pytest.mark.parametrize(
    "numbers, share", [
        (lambda rng: rng.random(2000) / 2, 0), (lambda rng: rng.random(2000) ** 2, 0),
        (lambda rng: rng.random(2000) ** 0.5, 0), (lambda rng: rng.integers(2, size=2000), 0),
        (lambda rng: rng.integers(3, size=2000) / 2, 0), (lambda rng: rng.normal(size=2000), 0),
        (lambda rng: rng.random((2, 2000)).mean(0), 0.5), (lambda rng: rng.integers(11, size=2000) / 10, 0.5),
        (lambda rng: rng.uniform(0.1, 0.9, 2000), 0.5), (lambda rng: rng.uniform(0.25, 0.75, 2000), 0.5),
    ]
)  # fmt: skip
def test_numbers_that_do_not_train_both_halves_are_worth_nothing_and_others_a_part(numbers, share):
    assert all(draws(numbers(np.random.default_rng(seed))).share == share for seed in range(50))


def test_the_kolmogorov_smirnov_test_errs_less_than_once_in_a_million():
    from scipy.stats import kstwo

    threshold = np.sqrt(np.log(2 / on_paths.CHANCE) / (2 * 2000))
    assert kstwo.sf(threshold, 2000) < 1e-8 and 0.988**2000 < 1e-7


def placed_path(shares):
    """The judge's view of a path with these shares of the three nodes at each position."""
    inputs = checks.prepare("Polychain", 0)[0]
    names = [name for name in inputs["nodes"][0]]
    weights = [{name: sum(s * node[name] for s, node in zip(row, inputs["nodes"])) for name in names}
               for row in (shares(t) for t in inputs["positions"])]  # fmt: skip
    result = {"raised": "", "errors": [""] * len(weights), "weights": weights, "indices": inputs["positions"],
              "nodes": inputs["nodes"]}  # fmt: skip
    reference = {"coefficients": np.array([Polychain.coefficients(t) for t in inputs["positions"]])}
    return polychain.PolychainReport(inputs, result, reference)


def path_judge(shares):
    """The findings on the two halves of such a path."""
    path = placed_path(shares)
    inside = (path.positions > 0) & (path.positions < 1)
    halves = inside & (path.positions < 0.49), inside & (path.positions > 0.51)
    return [path.judge_half(half, name) for half, name in zip(halves, ("first half", "second half"))]


def test_the_path_of_the_formula_is_right():
    assert path_judge(Polychain.coefficients) == [RIGHT, RIGHT]


@pytest.mark.parametrize(
    "shares, words", [
        (lambda t: Polychain.coefficients(t)[::-1], "reversed"), (lambda t: (1 - t, 0, t), "straight line"),
        (lambda t: ((1 - t) ** 2, 2 * t * (1 - t), t * t), "Bezier"),
        (lambda t: (1 - t, t, 0) if t <= 0.5 else (0, 1 - t, t), "factor 2"),
        (lambda t: (0, 2 - 2 * t, 2 * t - 1) if t <= 0.5 else (1 - 2 * t, 2 * t, 0), "swapped halves"),
        (lambda t: (0, 1, 0), "do not follow the formula"), (lambda t: (1 - t * t, t * t, 0), "does not follow"),
    ]
)  # fmt: skip
def test_a_wrong_path_is_told_by_its_name(shares, words):
    findings = path_judge(shares)
    assert all(finding.share < 1 and words in finding.message for finding in findings)


def test_a_half_that_is_right_has_its_points_whatever_the_other_is():
    first, second = path_judge(lambda t: Polychain.coefficients(t) if t <= 0.5 else (0, 0, 1))
    assert first == RIGHT and second.share == 0 and "second half" in second.message


@pytest.mark.parametrize("position", [0.25, 0.75])
def test_one_wrong_position_costs_a_part_of_its_half_and_is_named(position):
    findings = path_judge(lambda t: (np.nan,) * 3 if t == position else Polychain.coefficients(t))
    marred, whole = sorted(findings, key=lambda finding: finding.share)
    assert whole == RIGHT and marred.share == on_paths.BUT_ONE and marred.message.startswith(f"At t = {position}: ")


@pytest.mark.parametrize("position", [0, 0.5, 1])
def test_an_end_or_the_middle_that_is_wrong_is_named_and_costs_neither_half(position):
    def shares(t):
        return (1, 1, 1) if t == position else Polychain.coefficients(t)

    path = placed_path(shares)
    assert path_judge(shares) == [RIGHT, RIGHT]
    finding = path.judge_nodes(np.isin(path.positions, (0, 0.5, 1)))
    assert finding.share == 0 and finding.message.startswith(f"At t = {position} the weights are 1 w0 + 1 b + 1 w1;")


def test_what_the_experiment_cannot_do_without_costs_half_of_the_points():
    for criteria in (polychain.CRITERIA, bezier.CRITERIA):
        total = sum(criterion.points for criterion in criteria)
        assert criteria[-1].key == "experiment" and criteria[-1].points == total / 2
    steps = {"gradients reach the bend": 1.0, "all layers have the same t": 0.0}
    assert polychain._judge_experiment(steps, RIGHT) == not_yet("Counts once all layers have the same t.")
    assert polychain._judge_experiment({"gradients reach the bend": 1.0}, RIGHT) == RIGHT


def criteria_of(**points):
    return [Criterion(key, key, number) for key, number in points.items()]


def test_points_are_halves_rounded_down():
    shares = {"a": 0.5, "b": 1, "c": 0.9}
    found = decide(criteria_of(a=1.5, b=1, c=0.5), {key: wrong("", share) for key, share in shares.items()})
    assert [verdict.score for verdict in found] == [0.5, 1.0, 0.0]
    assert all(type(verdict.score) is float for verdict in found)


NOT_COUNTED, NOT_ALL = (f"{how} counted: {verdicts.HALF}" for how in ("Not", "Not all is"))


def test_where_the_experiment_cannot_be_done_points_beyond_half_are_not_counted():
    findings = {"a": wrong("oh", 0.75), "b": RIGHT, "c": RIGHT}
    assert [verdict.score for verdict in decide(criteria_of(a=2, b=1, c=1), findings)] == [1.5, 1, 1]
    counted = decide(criteria_of(a=2, b=1, c=1), {**findings, "a": replace(findings["a"], unfit=True)})
    assert [verdict.score for verdict in counted] == [1.5, 0.5, 0]
    assert [verdict.message for verdict in counted] == ["oh", NOT_ALL, NOT_COUNTED]
    assert [verdict.waits for verdict in counted] == [False, True, True]


def marks_of(criteria, findings):
    """The word before each criterion in the report."""
    return [line.split()[0] for line in verdicts.report(decide(criteria, findings)).splitlines() if line[:1] != " "]


def test_the_report_calls_nothing_wrong_that_is_right_or_waits_for_another_part():
    found = {"a": wrong("oh", 0.5), "b": RIGHT, "c": not_yet("Counts once ..."), "d": not_yet("In part ...", 0.5)}
    assert marks_of(criteria_of(a=1, b=2, c=1, d=1), found) == ["PART", "ok", "WAITS", "PART", "3"]
    found = {"a": replace(wrong("oh"), unfit=True), "b": RIGHT, "c": RIGHT}
    assert marks_of(criteria_of(a=1, b=2, c=1), found) == ["WRONG", "ok", "WAITS", "2"]
    assert marks_of(criteria_of(a=1, b=2.5, c=0.5), found) == ["WRONG", "PART", "WAITS", "2"]


def test_what_is_not_counted_of_a_part_that_errs_too_is_still_a_mistake():
    findings = {"a": replace(wrong("oh"), unfit=True), "b": RIGHT, "c": wrong("eh", 0.5)}
    verdict = decide(criteria_of(a=1, b=2, c=1), findings)[-1]
    assert verdict.message == f"eh {NOT_COUNTED}" and not verdict.waits


def test_of_two_devices_the_worse_finding_counts_and_what_is_beyond_half_is_left_out_once():
    exact = {"a": wrong("imprecise"), "b": RIGHT, "c": replace(wrong("no network"), unfit=True)}
    coarse = {"a": RIGHT, "b": RIGHT, "c": RIGHT}
    findings = {"cpu": exact, "cuda": {**coarse, "c": replace(coarse["c"], unfit=True)}}

    def judge(inputs, results, reference, device):
        return findings[device]

    room = SimpleNamespace(CRITERIA=criteria_of(a=2, b=1, c=1), judge=judge)
    scores = {
        devices: [verdict.score for verdict in verdicts.verdicts_of(room, {}, dict.fromkeys(devices), {})]
        for devices in (("cpu",), ("cuda",), ("cpu", "cuda"), ("cuda", "cpu"))
    }
    assert scores[("cpu",)] == scores[("cpu", "cuda")] == scores[("cuda", "cpu")] == [0, 1, 0]
    assert scores[("cuda",)] == [2, 0, 0]


@pytest.mark.parametrize("findings", [{"a": RIGHT}, {"a": RIGHT, "b": RIGHT, "c": RIGHT}])
def test_a_criterion_without_a_finding_or_the_reverse_is_an_error(findings):
    with pytest.raises(ValueError, match="criteria"):
        decide(criteria_of(a=1, b=2), findings)


@pytest.mark.parametrize("task", checks.CHECKS)
def test_criteria_have_keys_and_names_of_their_own(task):
    criteria = checks.CHECKS[task].judge.CRITERIA
    assert len({criterion.key for criterion in criteria}) == len({c.name for c in criteria}) == len(criteria)


NONE = "TypeError: unsupported operand type(s) for +=: 'NoneType' and 'Tensor'\n  line 3, in f: p.grad += h"


@pytest.mark.parametrize(
    "hints, raised, words", [
        (product.HINTS, NONE, "allow_unused"), ([], NONE, "return"),
        (product.HINTS, "TypeError: no\n  line 2, in f: x = 1  # decompose it a second time", "Your code raised"),
        ([], "RuntimeError: backward through the graph a second time", "Your code raised"),
        (product.HINTS, "RuntimeError: backward through the graph a second time", "The graph was freed"),
        (on_paths.HINTS, "KeyError: an index of 3", "Your code raised"),
        (on_paths.HINTS, "TypeError: linear(): argument must be Tensor, not NoneType", "without a return"),
        (on_paths.HINTS, "ValueError: not enough values to unpack (expected 2, got 1)", "param_list holds one"),
    ]
)  # fmt: skip
def test_a_hint_fits_type_and_message_of_the_exception_and_the_task(hints, raised, words):
    def judge(inputs, results, reference, device):
        return {"a": wrong(verdicts.tell_error(raised))}

    room = SimpleNamespace(CRITERIA=criteria_of(a=1), HINTS=hints, judge=judge)
    message = verdicts.verdicts_of(room, {}, {"cpu": {}}, {})[0].message
    assert words in message and (message.startswith("Your code raised") == (words == "Your code raised"))


def test_the_report_says_each_message_once():
    found = decide(criteria_of(a=1, b=1, c=1), {"a": wrong("oh"), "b": wrong("oh"), "c": RIGHT})
    assert verdicts.report(found).splitlines() == [
        "WRONG     0 of 1    a", "       oh", "WRONG     0 of 1    b", "       as for: a", "ok        1 of 1    c",
        "1 of 3 points",
    ]  # fmt: skip
