"""The hidden half of the checks: inputs made from a seed, and references in float64 that share no code with an answer.

`run("Polychain", Polychain)` gives the verdicts, `grade("Polychain", Polychain)` prints them and gives the points.
An optional exercise is checked like the others; its points are a bonus, which adds nothing to what can be had.
"""

import importlib
import warnings
import zlib
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import numpy as np
import torch

from autograder.checks.form import require
from losssurf_lab import tasks, verdicts
from losssurf_lab.calling import reproducibly
from losssurf_lab.verdicts import BONUS_POINTS, Verdict, unit_of, verdicts_of

__all__ = [
    "CHECKS", "Check", "Verdict", "devices", "grade", "judge_results", "prepare", "report", "run",
    "total_of_full_marks", "without_points",
]  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One task: its room's modules `drive` and `judge`, and the hidden one, where inputs and references come from.

    hidden: has make_inputs(rng) and make_reference(inputs), and, where results have one form whatever the answer, one
    `stand_in` for an answer, which shows it
    """

    drive: ModuleType
    judge: ModuleType
    hidden: ModuleType

    @property
    def bonus(self):
        """Whether the exercise is optional, and its points a bonus."""
        return unit_of(self.judge) == BONUS_POINTS

    @property
    def max_score(self):
        """The points of all criteria together."""
        return float(sum(criterion.points for criterion in self.judge.CRITERIA))


def _check(task):
    room = f"{tasks.__name__}.{task}"
    return Check(*map(importlib.import_module, (f"{room}.drive", f"{room}.judge", f"{__name__}.{task}")))


CHECKS = {task: _check(task) for task in tasks.names()}


def run(grade_id, answer, *, seed=0, device="cpu"):
    """The verdicts on an answer, a student's function or class (None: there is none), as a list of `Verdict`.

    device: "cpu", "cuda", or "auto": the CPU, and CUDA too where there is a GPU. On several devices, each criterion has
    the points of the one where it went worst. Raises KeyError for an unknown grade_id, RuntimeError without a GPU.
    """
    check = CHECKS[grade_id]
    if answer is None:
        return verdicts.without_answer(grade_id, check.judge.CRITERIA)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own would go to stderr, which nbgrader takes for a failure
        inputs, _ = prepare(grade_id, seed)
        results = {name: check.drive.drive(answer, inputs, name) for name in devices(device)}
        return judge_results(grade_id, results, seed=seed)


@cache
def prepare(grade_id, seed):
    """The inputs that a seed gives, and what a right answer makes of them; the caller's random numbers are let be."""
    hidden = CHECKS[grade_id].hidden
    with reproducibly(seed):
        inputs = hidden.make_inputs(_stream(grade_id, seed))
        return inputs, hidden.make_reference(inputs)


def _stream(grade_id, seed):
    """Random numbers of a task's own, so that no task changes with another."""
    return np.random.default_rng([seed, zlib.crc32(grade_id.encode())])


def judge_results(grade_id, results, *, seed):
    """The verdicts on what was driven on each device, {device: results}; of several the worst.

    Raises `form.Misfit` where it is nothing that the task's `drive` returns.
    """
    inputs, reference = prepare(grade_id, seed)
    if expected := form(grade_id, seed):
        for result in results.values():
            require(expected, result)
    return verdicts_of(CHECKS[grade_id].judge, inputs, results, reference)


@cache
def form(grade_id, seed):
    """Results of the form that all have, None where that is up to the answer."""
    check = CHECKS[grade_id]
    stand_in = getattr(check.hidden, "stand_in", None)
    return check.drive.drive(stand_in, prepare(grade_id, seed)[0]) if stand_in else None


def without_points(grade_id, reason):
    """The verdicts on an answer of which nothing came back, with the reason."""
    return verdicts.without_points(CHECKS[grade_id].judge.CRITERIA, reason)


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
    found = run(grade_id, answer, seed=seed, device=device)
    print(report(grade_id, found))
    return None if CHECKS[grade_id].bonus else float(sum(verdict.score for verdict in found))


def report(grade_id, found):
    """The verdicts on an answer as text, the table of the criteria."""
    return verdicts.report(found, unit_of(CHECKS[grade_id].judge))


def total_of_full_marks(grade_id):
    """The last line of the report on an answer that has all points."""
    full = CHECKS[grade_id].max_score
    return report(grade_id, [Verdict("", full, full)]).splitlines()[-1]
