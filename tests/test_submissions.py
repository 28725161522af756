"""The corpus of student answers: each gets the points that a careful person would give, and a diagnosis that fits.

`python tests/test_submissions.py [--device cuda] [part of a name ...]` prints the table of docs/checks.md and each
submission that is misjudged.
"""

import argparse
import ast
import functools
import io
import linecache
import sys
import time
import warnings
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import lab_cnn_solution as code
import losssurf_lab_utils as utils
from autograder import checks

FOLDER = Path(__file__).parent / "submissions"
FULL_MARKS = {task: check.max_score for task, check in checks.CHECKS.items()}
SEEDS_OF_RIGHT_ANSWERS = range(20)
SEEDS_OF_WRONG_ANSWERS = range(2)
SEEDS_OF_EVERY_DAY = 2  # the margins of right answers are wide (docs/checks.md): more seeds are for the night

# ---------------------------------------------------------------------------------------------------- the corpus


@dataclass(frozen=True)
class Submission:
    """One answer: its source, the points it deserves (low, high), and the words its diagnosis must contain.

    diagnosis: groups of alternatives; a message fits where it contains one word of each group; fit: whether the answer
    can do the notebook's experiment; reference: whether a right answer is one whose mutants must lose points; on_cuda:
    whether it works on a GPU as on the CPU, for it may make tensors where the network is not
    """

    path: Path
    task: str
    source: str
    points: tuple
    diagnosis: tuple
    why: str
    fit: bool = True
    reference: bool = False
    on_cuda: bool = True

    @property
    def name(self):
        return f"{self.task}/{self.path.stem}"

    @property
    def is_right(self):
        return self.points[0] == FULL_MARKS[self.task]


@dataclass(frozen=True)
class Outcome:
    """What the check said on one submission with one seed."""

    score: float
    text: str
    seconds: float


def read(path):
    """The submission in a file, whose docstring is the header; raises ValueError for a header that is not complete."""
    source = path.read_text(encoding="utf-8")
    header = dict(line.split(": ", 1) for line in ast.get_docstring(ast.parse(source)).splitlines())
    if not header.keys() >= {"task", "points", "why"} or header["task"] != path.parent.name:
        raise ValueError(f"{path}: the header must give task (the folder's name), points and why")
    low, _, high = header["points"].partition("-")
    diagnosis = [group.strip() for group in header.get("diagnosis", "").split(";") if group.strip()]
    alternatives = tuple(tuple(word.strip().lower() for word in group.split("|")) for group in diagnosis)
    points, fit = (float(low), float(high or low)), header.get("experiment") != "no"
    reference, on_cuda = header.get("reference") == "yes", header.get("cuda") != "no"
    return Submission(path, header["task"], source, points, alternatives, header["why"], fit, reference, on_cuda)


def corpus():
    """All submissions, sorted by task and name."""
    return [read(path) for path in sorted(FOLDER.glob("*/*.py"))]


def execute(source, task, filename):
    """The answer that a cell defines, or None where it defines none of the task's name."""
    # Only with its source in linecache can a traceback show the student's own line.
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = dict(
        __name__="__main__", np=np, torch=torch, nn=nn, F=F, code=code, utils=utils,
        Base=utils.Base, Segment=utils.Segment,
    )  # fmt: skip
    exec(compile(source, filename, "exec"), namespace)
    return namespace.get(task)


@functools.cache
def judge(submission, seed, device="cpu"):
    """The check's outcome, with the submission's own output swallowed and the global random state as it was."""
    start = time.perf_counter()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            answer = execute(submission.source, submission.task, f"<answer {submission.path.stem}>")
            verdicts = checks.run(submission.task, answer, seed=seed, device=device)
    assert sum(verdict.max_score for verdict in verdicts) == FULL_MARKS[submission.task]
    score = sum(verdict.score for verdict in verdicts)
    text = "\n".join(verdict.message for verdict in verdicts)
    return Outcome(score, text, time.perf_counter() - start)


def has_fair_points(submission, outcome):
    low, high = submission.points
    return low <= outcome.score <= high


def has_fitting_diagnosis(submission, outcome):
    text = outcome.text.lower()
    return all(any(word in text for word in words) for words in submission.diagnosis)


# ----------------------------------------------------------------------------------------------------- the tests

CORPUS = corpus()
RIGHT = [submission for submission in CORPUS if submission.is_right]
WRONG = [submission for submission in CORPUS if not submission.is_right]


def by_lane(submissions):
    """The submissions as parameters, four of five marked as long."""
    return [pytest.param(submission, id=submission.name, marks=pytest.mark.long if number % 5 else [])
            for number, submission in enumerate(submissions)]  # fmt: skip


def test_corpus_is_large_enough_and_covers_the_tasks():
    right, wrong = (Counter(submission.task for submission in part) for part in (RIGHT, WRONG))
    assert (right.total(), wrong.total()) == (83, 371), "count anew if the corpus has changed"
    page = (FOLDER.parents[1] / "docs" / "checks.md").read_text()
    assert all(f"\n| all | {kind} | {part.total()} |" in page for kind, part in (("right", right), ("wrong", wrong)))
    assert right.keys() == wrong.keys() == FULL_MARKS.keys()
    assert all(submission.diagnosis for submission in WRONG)
    assert all(submission.points[1] < FULL_MARKS[submission.task] for submission in WRONG)


@pytest.mark.long
def test_an_answer_that_cannot_do_the_experiment_has_at_most_half():
    unfit = [submission for submission in CORPUS if not submission.fit]
    assert len(unfit) > 40
    for submission in unfit:
        assert max(submission.points[1], judge(submission, 0).score) <= FULL_MARKS[submission.task] / 2, submission.name


@pytest.mark.long
@pytest.mark.parametrize("task", ["eval_hess_vec_prod", "principal_directions", "subspace_overlap"])
def test_every_right_answer_needs_a_tenth_of_its_budget_at_most(task):
    inputs, _ = checks.prepare(task, 0)
    for submission in [submission for submission in RIGHT if submission.task == task]:
        results = checks.CHECKS[task].drive.drive(execute(submission.source, task, "<answer>"), inputs)
        for name, limits in inputs["budgets"].items():
            for counted in ("bytes", "operations"):
                assert 10 * results[name]["cost"][counted] <= limits[f"most_{counted}"], (submission.name, name)


@pytest.mark.parametrize("seeds", [
    SEEDS_OF_RIGHT_ANSWERS[:SEEDS_OF_EVERY_DAY],
    pytest.param(SEEDS_OF_RIGHT_ANSWERS[SEEDS_OF_EVERY_DAY:], marks=pytest.mark.night),
])  # fmt: skip
@pytest.mark.parametrize("submission", by_lane(RIGHT))
def test_a_right_answer_never_loses_a_point(submission, seeds):
    for seed in seeds:
        outcome = judge(submission, seed)
        assert outcome.score == FULL_MARKS[submission.task], f"seed {seed}: {outcome.text}"


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.night)])
@pytest.mark.parametrize("submission", by_lane(WRONG))
def test_a_wrong_answer_gets_the_points_it_deserves(submission, seed):
    outcome = judge(submission, seed)
    assert has_fair_points(submission, outcome), (
        f"{outcome.score:g} points, fair are {submission.points}, as: {submission.why}\n{outcome.text}"
    )


@pytest.mark.long
def test_every_wrong_answer_gets_the_fitting_diagnosis():
    without = [submission.name for submission in WRONG if not has_fitting_diagnosis(submission, judge(submission, 0))]
    assert without == []


# ----------------------------------------------------------------------------------------------------- the table


def report(submissions, device="cpu"):
    """Judge all, print the table and each misjudged submission, and return how many those are."""
    counts, misjudged, slowest = {}, [], Counter()
    for submission in submissions:
        kind = "right" if submission.is_right else "wrong"
        seeds = SEEDS_OF_RIGHT_ANSWERS if submission.is_right else SEEDS_OF_WRONG_ANSWERS
        outcomes = [judge(submission, seed, device) for seed in seeds]
        fair = all(has_fair_points(submission, outcome) for outcome in outcomes)
        fitting = all(has_fitting_diagnosis(submission, outcome) for outcome in outcomes)
        row = counts.setdefault((submission.task, kind), Counter())
        row.update(count=1, verdicts=int(fair), diagnoses=int(fitting))
        slowest[submission.task] = max(slowest[submission.task], *(outcome.seconds for outcome in outcomes))
        if not (fair and fitting):
            misjudged.append((submission, outcomes))

    print("| task | kind | count | right verdicts | right diagnoses |")
    print("|---|---|---|---|---|")
    for kind in ("right", "wrong"):
        total = Counter()
        for (task, row_kind), row in counts.items():
            if row_kind == kind:
                total.update(row)
                print(_table_row(task, kind, row))
        print(_table_row("all", kind, total))
    print("\nslowest check, in seconds:", ", ".join(f"{task} {seconds:.2f}" for task, seconds in slowest.items()))
    for submission, outcomes in misjudged:
        print(f"\n{submission.name}: fair are {submission.points}, words {submission.diagnosis}; {submission.why}")
        print(f"  scores {[outcome.score for outcome in outcomes]}")
        worst = next((outcome for outcome in outcomes if not has_fair_points(submission, outcome)), outcomes[0])
        print("    " + worst.text.strip().replace("\n", "\n    "))
    return len(misjudged)


def _table_row(task, kind, row):
    diagnoses = row["diagnoses"] if kind == "wrong" else "-"
    return f"| {task} | {kind} | {row['count']} | {row['verdicts']} | {diagnoses} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Grade the corpus and print where the check and its headers differ.")
    parser.add_argument("names", nargs="*", help="parts of the names of the submissions to grade (default: all)")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    wanted = [s for s in CORPUS if not arguments.names or any(part in s.name for part in arguments.names)]
    sys.exit(report(wanted, arguments.device) > 0)
