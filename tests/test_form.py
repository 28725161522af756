"""The results of a task have one form, whatever the answer, and what comes out of the sandbox must have it."""

import copy

import numpy as np
import pytest
from sample_class import source_of

from autograder import checks
from autograder.checks.form import Misfit, require
from losssurf_lab.tasks.eval_hess_vec_prod.drive import drive

SEED = 7


@pytest.fixture(scope="module")
def product():
    """(the form, the results of a right answer)."""
    names = {"torch": __import__("torch")}
    exec(source_of("double_backward", "hessian_spectrum"), names)
    inputs, _ = checks.prepare("eval_hess_vec_prod", SEED)
    return checks.form("eval_hess_vec_prod", SEED), drive(names["eval_hess_vec_prod"], inputs)


def broken(product, change):
    form, results = product
    results = copy.deepcopy(results)
    change(results["one batch"], results)
    return form, results


def test_results_of_a_right_answer_have_the_form(product):
    require(*product)


@pytest.mark.parametrize("change", [
    lambda case, results: case.update(products=np.zeros((1, 0, 1))),
    lambda case, results: case.update(products=case["products"].T),
    lambda case, results: case.update(products=case["products"][:, None]),
    lambda case, results: case.update(products=[1.0]),
    lambda case, results: case.update(products="1"),
    lambda case, results: case.update(raised=3),
    lambda case, results: case.update(more=1),
    lambda case, results: case.pop("vector"),
    lambda case, results: case["parameters"].popitem(),
    lambda case, results: case["requires_grad"].update({name: 1 for name in case["requires_grad"]}),
    lambda case, results: results.pop("linear"),
    lambda case, results: results.update(linear=[]),
])  # fmt: skip
def test_another_shape_name_or_type_is_a_misfit(product, change):
    with pytest.raises(Misfit):
        require(*broken(product, change))


def test_what_is_missing_may_be_none_or_an_exception_but_gives_no_points(product):
    def take_away(case, results):
        for each in results.values():
            each["products"] = None

    form, results = broken(product, take_away)
    require(form, results)
    with pytest.raises(Exception):  # noqa: B017, whatever the judge raises, the grader gives no points
        checks.judge_results("eval_hess_vec_prod", {"cpu": results}, seed=SEED)
    require({"a": np.zeros(3)}, {"raised": "ValueError: of this test"})
    with pytest.raises(Misfit):
        require({"a": np.zeros(3)}, {"raised": ""})


def test_lists_have_their_length_and_names_of_a_students_own_are_numbers_and_few():
    require([np.zeros(2)] * 3, [np.ones(2)] * 3)
    require({"others": {}}, {"others": {"layer": 0.5}})
    for value in ([], [np.ones(2)] * 2, (np.ones(2),) * 3):
        with pytest.raises(Misfit):
            require([np.zeros(2)] * 3, value)
    for others in ({"layer": "x"}, {"layer": True}, {str(number): 0.0 for number in range(2000)}):
        with pytest.raises(Misfit):
            require({"others": {}}, {"others": others})
