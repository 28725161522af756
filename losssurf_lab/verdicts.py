"""Points and words: what a judge finds, what it is worth, and how an exception is told.

A judge sees the inputs, the arrays that came out, and a reference; it never calls a student's code. The checks of the
notebooks and the tests that count use the same judges, on other inputs and with references made in other ways.
"""

import contextlib
import functools
from contextvars import ContextVar
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Criterion:
    """What points are given for: the key of its finding, its name for students, and the points."""

    key: str
    name: str
    points: float


@dataclass(frozen=True)
class Finding:
    """How much of a criterion is fulfilled, 0 to 1, and what is wrong with the rest.

    unfit: whether with it the notebook's experiment cannot be done; then at most half of all points are left
    waits: whether the message names no mistake, as the criterion counts once another one is met
    """

    share: float
    message: str = ""
    unfit: bool = False
    waits: bool = False


@dataclass(frozen=True)
class Verdict:
    """What one criterion gave: its name, the points, the points there were, and what is wrong ("" where nothing is).

    waits: as in `Finding`; also of what is right and not counted
    """

    name: str
    score: float
    max_score: float
    message: str = ""
    waits: bool = False


@dataclass(frozen=True)
class Mistake:
    """What a mistake would give: the sentence that tells it, the value, and the share of the points that it leaves."""

    sentence: str
    value: object
    share: float = 0.0


RIGHT = Finding(1.0)


def wrong(message, share=0.0):
    """The finding of a mistake, which may leave a share of the points."""
    return Finding(share, message)


def not_yet(message, share=0.0):
    """The finding on what counts once another criterion is met, which is no mistake."""
    return Finding(share, message, waits=True)


def first_that_fits(mistakes, fits):
    """The first mistake for whose value `fits(value)` is true, None where there is none."""
    return next((mistake for mistake in mistakes if fits(mistake.value)), None)


# -------------------------------------------------------------------------------------------------------------- points


def verdicts_of(judge, inputs, results, reference):
    """The verdicts of a task's judge, the module, on what its `drive` returned, {"cpu" or "cuda": results}.

    On several devices each criterion has the finding of the one where it went worst. Points are counted after that,
    once: where only half of them count, that half may be of other criteria on another device.
    """
    hints = [*getattr(judge, "HINTS", []), *HINTS]
    with _telling(hints), np.errstate(all="ignore"):  # what a student computed may be infinite
        found = [judge.judge(inputs, each, reference, device) for device, each in results.items()]
        return decide(judge.CRITERIA, {key: _worst_device([each[key] for each in found]) for key in found[0]})


def _worst_device(findings):
    return replace(worst(findings), unfit=any(finding.unfit for finding in findings))


def decide(criteria, findings):
    """The verdicts on the criteria, in half points, rounded down, from their findings, {key of the criterion: Finding}.

    Raises ValueError where a criterion has no finding, or a finding no criterion.
    """
    if findings.keys() != {criterion.key for criterion in criteria}:
        raise ValueError(f"findings on {sorted(findings)}, criteria {[criterion.key for criterion in criteria]}")
    verdicts = [_verdict(criterion, findings[criterion.key]) for criterion in criteria]
    return at_most_half(verdicts) if any(finding.unfit for finding in findings.values()) else verdicts


def _verdict(criterion, finding):
    score = np.floor(2 * criterion.points * finding.share + 1e-9) / 2
    return Verdict(criterion.name, float(score), float(criterion.points), finding.message, finding.waits)


HALF = "an answer that cannot do the notebook's experiment gets at most half of the points."


def at_most_half(verdicts):
    """The verdicts on an answer that cannot do the notebook's experiment: what is beyond half is not counted."""
    left, counted = sum(verdict.max_score for verdict in verdicts) / 2, []
    for verdict in verdicts:
        score = min(verdict.score, left)
        if score < verdict.score:
            message = f"{verdict.message} {'Not all is' if score else 'Not'} counted: {HALF}".strip()
            waits = verdict.waits or not verdict.message
            verdict = replace(verdict, score=score, message=message, waits=waits)
        counted.append(verdict)
        left -= score
    return counted


def without_points(criteria, reason):
    """The verdicts on an answer of which there is nothing to judge, with the reason."""
    return decide(criteria, {criterion.key: wrong(reason) for criterion in criteria})


def without_answer(task, criteria):
    """The verdicts where there is no answer of that name."""
    return without_points(criteria, f"Nothing named {task} is defined: keep the name that the answer cell had.")


# ------------------------------------------------------------------------------------------------------------ findings


def worst(findings):
    """Of several cases the one that decides: the smallest share."""
    return min(findings, key=lambda finding: finding.share)


def mean_of(findings):
    """Several cases as one: the mean of the shares, and the message of the worst."""
    decides = worst(findings)
    return Finding(float(np.mean([finding.share for finding in findings])), decides.message, waits=decides.waits)


def waiting(finding, reason):
    """A finding that cannot count yet, as there is nothing that it could be about."""
    waits = finding.waits or not finding.message
    return replace(finding, share=0.0, message=finding.message or reason, waits=waits)


# ----------------------------------------------------------------------------------------------------------- the table


BONUS_POINTS = "bonus points"


def unit_of(judge):
    """What the points of a task are called, by its judge, the module: those of an optional exercise are a bonus."""
    return BONUS_POINTS if getattr(judge, "BONUS", False) else "points"


def report(verdicts, unit="points"):
    """A table of the criteria as text: points, name, and below it what is wrong (each message once)."""
    lines = []
    for verdict, message in zip(verdicts, said_once(verdicts), strict=True):
        lines.append(f"{_mark(verdict):5}  {verdict.score:4g} of {verdict.max_score:<4g} {verdict.name}")
        lines += [f"       {line}" for line in message.splitlines()]
    total, full = (sum(getattr(verdict, key) for verdict in verdicts) for key in ("score", "max_score"))
    return "\n".join([*lines, f"{total:g} of {full:g} {unit}"])


def _mark(verdict):
    """The word that says how a criterion stands: WRONG is not for what only waits for another one."""
    if verdict.score == verdict.max_score:
        return "ok"
    return "PART" if verdict.score else "WAITS" if verdict.waits else "WRONG"


def said_once(verdicts):
    """The messages of the verdicts, where one that was said before is only pointed at."""
    first = {}
    return [f"as for: {first[verdict.message]}" if first.setdefault(verdict.message, verdict.name) != verdict.name
            and verdict.message else verdict.message for verdict in verdicts]  # fmt: skip


# --------------------------------------------------------------------------------------------------------- exceptions

# What to say of an exception: (its type, words of its message, what they mean). A judge may have such a table too.
HINTS = [
    ("NotImplementedError", "", "This part is not written yet."),
    ("TypeError", "nonetype", "Something is None here: a result without a return, or what was not set yet."),
    ("AttributeError", "nonetype", "Something is None here: a result without a return, or what was not set yet."),
]
_hints = ContextVar("the hints of the task that is judged", default=HINTS)


@contextlib.contextmanager
def _telling(hints):
    """Inside, exceptions are told with these hints."""
    before = _hints.set(hints)
    try:
        yield
    finally:
        _hints.reset(before)


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
