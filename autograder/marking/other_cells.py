"""What the sandbox tells of a student's other cells, with which an answer was run: nothing is sure of it."""

import base64
import json
import re
from dataclasses import dataclass, field, replace

from autograder.marking.steps import SURROUNDINGS
from autograder.outputs import clean_text

MOST_NAMES = 5  # that are explained
MOST_TOLD, LONGEST, MOST_REASONS = 20, 300, 3  # of reasons: how many of them lead on to another
MISSING = re.compile(r"NameError: name '(\w{1,80})' is not defined")


@dataclass(frozen=True)
class Failure:
    """A statement of a cell that could not be run: its line, its first line as text, and the names that it binds."""

    cell: str
    line: int
    text: str
    error: str
    binds: tuple[str, ...]

    def __str__(self):
        return f"line {self.line} of {self.cell} (`{self.text}`) was passed over: {self.error}"


@dataclass(frozen=True)
class Report:
    """What `inside/run_cells.py` told of a step: nothing is sure of it, as a student's code may have written it.

    taken: names of cells from which the answer has something; passed_over: lines that are no Python; failed: statements
    that could not be run; unread: {name of a cell that is no Python: why}
    """

    taken: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)


def read_report(results):
    """The `Report` in the results of a step (base64, or ""), empty where there is none that can be read."""
    try:
        told = json.loads(base64.b64decode(results)) if results else {}
        texts = {key: [_text(item) for item in told.get(key, [])[:MOST_TOLD]] for key in ("taken", "passed_over")}
        failed = [Failure(_text(cell), int(line), _text(text), _text(error), tuple(map(_text, binds[:MOST_TOLD])))
                  for cell, line, text, error, binds in told.get("failed", [])[:MOST_TOLD]]  # fmt: skip
        unread = {_text(cell): _text(why) for cell, why in told.get("unread", [])[:MOST_TOLD]}
        return Report(**texts, failed=failed, unread=unread)
    except (ValueError, TypeError, AttributeError, KeyError, ArithmeticError, RecursionError):  # a forged one
        return Report()


def _text(value):
    return clean_text(value).replace("\n", " ")[:LONGEST]


def where_is(name, reports, code, depth=0):
    """A sentence on which of the student's cells (a list of `OwnCell`) has a name that an answer lacks."""
    for failure in [failure for report in reports for failure in report.failed if name in failure.binds]:
        sentence = f"{name} is made in {failure.cell} of the notebook, line {failure.line}: {failure.error}."
        reason = MISSING.search(failure.error) if depth < MOST_REASONS else None
        further = where_is(reason[1], reports, code, depth + 1) if reason and reason[1] != name else ""
        return f"{sentence} {further}".rstrip()
    unread = {cell: why for report in reports for cell, why in report.unread.items()}
    mentions = [cell.name for cell in code if re.search(rf"\b{re.escape(name)}\b", cell.source)]
    for cell in mentions:
        if cell in unread:
            return f"{name} is in {cell} of the notebook, which cannot be run: {unread[cell]}."
    if mentions:
        return f"{name} is in {mentions[0]} of the notebook, but no statement there that can be run gives it a value."
    return f"No other code cell of the notebook has {name}."


# -------------------------------------------------------------------------------------------------------- what to tell


def tell_of_other_cells(steps):
    """Which cells answers were run with, and which lines of them were passed over: (repairs, remarks for a person)."""
    by_name, repairs, eye = {step.name: step for step in steps}, [], []
    for task in dict.fromkeys(step.task for step in steps if step.task in by_name):
        surroundings, report = by_name[SURROUNDINGS.format(task)], read_report(by_name[task].results)
        if taken := read_report(surroundings.results).taken:
            repairs.append(f"{task}: it was run with what it uses of {', '.join(taken)}")
        repairs += [f"{task}: {failure}" for failure in report.failed]
        if surroundings.ended:
            eye.append(f"{task}: what it uses of other cells {clean_text(surroundings.ended)}")
    return repairs, eye


def explain_losses(task, verdicts, steps, code):
    """Where an answer lacks a name, the verdicts that say which cell of the `code` has it, and remarks for a person.

    These tell too which lines an answer lost that has lost points.
    """
    lost = [verdict.message for verdict in verdicts if verdict.score < verdict.max_score]
    reports = [read_report(step.results) for step in steps if step.name in (task, SURROUNDINGS.format(task))]
    names = dict.fromkeys(name for message in lost for name in MISSING.findall(message))
    sentences = {name: where_is(name, reports, code) for name in [*names][:MOST_NAMES]}
    eye = [f"{task}: {name} is not defined. {sentence}" for name, sentence in sentences.items()]
    passed_over = [line for report in reports for line in report.passed_over]
    if lost and passed_over:
        lines = "; ".join(passed_over)[:200]
        eye.append(f"{task}: points are lost, and lines that are no Python were left out: {lines}")
    return [replace(verdict, message=_with_sentences(verdict.message, sentences)) for verdict in verdicts], eye


def _with_sentences(message, sentences):
    extra = [sentences[name] for name in MISSING.findall(message) if name in sentences]
    return "\n".join([message, *dict.fromkeys(extra)])
