"""The hidden half of the checks: inputs made from a seed, and references in float64 that share no code with an answer.

`run("Polychain", Polychain)` gives the verdicts, `grade("Polychain", Polychain)` prints them and gives the points.
An optional exercise is checked like the others; its points are a bonus, which adds nothing to what can be had.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

import torch

from autograder.checks import (
    bezier,
    hessian_vector_product,
    polychain,
    principal_directions,
    random_walk,
    subspaces,
)  # fmt: skip
from autograder.checks.form import require
from losssurf_lab import driver, judge, judge_optional
from losssurf_lab.judge import Verdict

__all__ = [
    "CHECKS", "Check", "Verdict", "devices", "grade", "judge_results", "prepare", "report", "run",
    "total_of_full_marks", "without_points",
]  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One task: how its answer is called, how the results are judged, and where inputs and references come from.

    module: has make_inputs(seed) and make_reference(inputs), and, where results have one form whatever the answer, one
    `stand_in` for an answer, which shows it; bonus: whether the exercise is optional, and its points a bonus
    """

    drive: callable
    judge: callable
    criteria: list
    module: ModuleType
    bonus: bool = False

    @property
    def max_score(self):
        """The points of all criteria together."""
        return float(sum(points for _, points, *_ in self.criteria))


CHECKS = {
    "eval_hess_vec_prod": Check(
        driver.drive_eval_hess_vec_prod, judge.judge_eval_hess_vec_prod,
        judge.PRODUCT_CRITERIA + judge.CONDUCT_CRITERIA, hessian_vector_product,
    ),
    "Polychain": Check(driver.drive_Polychain, judge.judge_Polychain, judge.POLYCHAIN_CRITERIA, polychain),
    "principal_directions": Check(
        driver.drive_principal_directions, judge.judge_principal_directions,
        judge.DIRECTION_CRITERIA, principal_directions,
    ),
    "Bezier": Check(driver.drive_Bezier, judge.judge_Bezier, judge.BEZIER_CRITERIA, bezier, bonus=True),
    "random_walk_explained_variance": Check(
        driver.drive_random_walk_explained_variance, judge_optional.judge_random_walk_explained_variance,
        judge_optional.WALK_CRITERIA, random_walk, bonus=True,
    ),
    "subspace_overlap": Check(
        driver.drive_subspace_overlap, judge_optional.judge_subspace_overlap,
        judge_optional.OVERLAP_CRITERIA, subspaces, bonus=True,
    ),
}  # fmt: skip


def run(grade_id, answer, *, seed=0, device="cpu"):
    """The verdicts on an answer, a student's function or class (None: there is none), as a list of `Verdict`.

    device: "cpu", "cuda", or "auto": the CPU, and CUDA too where there is a GPU. On several devices, each criterion has
    the points of the one where it went worst. Raises KeyError for an unknown grade_id, RuntimeError without a GPU.
    """
    check = CHECKS[grade_id]
    if answer is None:
        return judge.without_answer(grade_id, check.criteria)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own would go to stderr, which nbgrader takes for a failure
        inputs, _ = prepare(grade_id, seed)
        results = {name: check.drive(answer, inputs, name) for name in devices(device)}
        return judge_results(grade_id, results, seed=seed)


@lru_cache(maxsize=16)
def prepare(grade_id, seed):
    """The inputs that a seed gives, and what a right answer makes of them; the caller's random numbers are let be."""
    module = CHECKS[grade_id].module
    with driver.reproducibly(seed):
        inputs = module.make_inputs(seed)
        return inputs, module.make_reference(inputs)


def judge_results(grade_id, results, *, seed):
    """The verdicts on what the driver returned on each device, {device: results}; of several the worst.

    Raises `form.Misfit` where it is nothing that the driver returns.
    """
    inputs, reference = prepare(grade_id, seed)
    if expected := form(grade_id, seed):
        for result in results.values():
            require(expected, result)
    runs = [CHECKS[grade_id].judge(inputs, result, reference, device) for device, result in results.items()]
    return [min(verdicts, key=lambda verdict: verdict.score) for verdicts in zip(*runs, strict=True)]


@lru_cache(maxsize=16)
def form(grade_id, seed):
    """Results of the form that all have, None where that is up to the answer."""
    check = CHECKS[grade_id]
    stand_in = getattr(check.module, "stand_in", None)
    return check.drive(stand_in, prepare(grade_id, seed)[0]) if stand_in else None


def without_points(grade_id, reason):
    """The verdicts on an answer of which nothing came back, with the reason."""
    return judge.decide(CHECKS[grade_id].criteria, [judge.wrong(reason)] * len(CHECKS[grade_id].criteria))


def devices(device):
    """The devices on which to run, for "cpu", "cuda" or "auto"; raises RuntimeError where "cuda" is not there."""
    if device not in ("cpu", "cuda", "auto"):
        raise ValueError(f"device is {device!r}; it must be 'auto', 'cpu' or 'cuda'")
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and not has_gpu:
        raise RuntimeError("there is no GPU that PyTorch can use here: choose device 'cpu' or 'auto'")
    return {"cpu": ["cpu"], "cuda": ["cpu", "cuda"], "auto": ["cpu", "cuda"] if has_gpu else ["cpu"]}[device]


def grade(grade_id, answer, *, seed=0, device="auto"):
    """Run the check, print the criteria and what is wrong, and return the points as a float in [0, max].

    Of an optional exercise nothing is returned: nbgrader takes no points above those of the cell, which has none.
    """
    verdicts = run(grade_id, answer, seed=seed, device=device)
    print(report(grade_id, verdicts))
    return None if CHECKS[grade_id].bonus else float(sum(verdict.score for verdict in verdicts))


def report(grade_id, verdicts):
    """The verdicts on an answer as text, the table of the criteria."""
    return judge.report(verdicts, "bonus points" if CHECKS[grade_id].bonus else "points")


def total_of_full_marks(grade_id):
    """The last line of the report on an answer that has all points."""
    full = CHECKS[grade_id].max_score
    return report(grade_id, [Verdict("", full, full)]).splitlines()[-1]
