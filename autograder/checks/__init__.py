"""The hidden half of the checks: inputs made from a seed, and references in float64 that share no code with an answer.

`run("Polychain", Polychain)` gives the verdicts, `grade("Polychain", Polychain)` prints them and gives the points.
"""

import warnings
from dataclasses import dataclass
from types import ModuleType

import torch

import losssurf_lab_driver as driver
import losssurf_lab_judge as judge
from autograder.checks import hessian_vector_product, polychain, principal_directions
from losssurf_lab_judge import Verdict

__all__ = ["CHECKS", "Check", "Verdict", "devices", "grade", "report", "run"]


@dataclass(frozen=True)
class Check:
    """One task: how its answer is called, how the results are judged, and where inputs and references come from.

    module: has make_inputs(seed) and make_reference(inputs)
    """

    drive: callable
    judge: callable
    criteria: list
    module: ModuleType


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
        with driver.reproducibly(seed):  # after which the caller's go on as if there had been no check
            inputs = check.module.make_inputs(seed)
            reference = check.module.make_reference(inputs)
        runs = [check.judge(inputs, check.drive(answer, inputs, name), reference, name) for name in devices(device)]
    return [min(verdicts, key=lambda verdict: verdict.score) for verdicts in zip(*runs)]


def devices(device):
    """The devices on which to run, for "cpu", "cuda" or "auto"; raises RuntimeError where "cuda" is not there."""
    if device not in ("cpu", "cuda", "auto"):
        raise ValueError(f"device is {device!r}; it must be 'auto', 'cpu' or 'cuda'")
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and not has_gpu:
        raise RuntimeError("there is no GPU that PyTorch can use here: choose device 'cpu' or 'auto'")
    return {"cpu": ["cpu"], "cuda": ["cpu", "cuda"], "auto": ["cpu", "cuda"] if has_gpu else ["cpu"]}[device]


def grade(grade_id, answer, *, seed=0, device="auto"):
    """Run the check, print the criteria and what is wrong, and return the points as a float in [0, max]."""
    verdicts = run(grade_id, answer, seed=seed, device=device)
    print(judge.report(verdicts))
    return float(sum(verdict.score for verdict in verdicts))
