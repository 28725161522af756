"""The instructor's own tests judged: all or nothing, or as many points as their last line gives.

They run in the student's process, after the answers. A student's code can read them there, and make them pass: the
report and docs/instructor.md say so.
"""

import ast
import base64
import json
import re

from autograder.marking.raised import without_data
from autograder.outputs import clean_text
from losssurf_lab.verdicts import Verdict

CRITERION = "the test passes"
LEFT_NOTHING = "The test gives no points, or your code ended it."
LONGEST = 1000


def verdict_on(step, source, points, sources):
    """The `Verdict` on what came of the step of a test, and what it raised in full, "" where it raised nothing.

    source: the test's; points: what it gives; sources: all that the student has written
    """
    if step.ended:
        why = f"Your code {step.ended}."
    elif step.error:
        why = _told(step.error, source, sources)
    else:
        score = _score(step.results, points)
        why = "" if score == points else "The test gives a part of its points." if score else LEFT_NOTHING
        return Verdict(CRITERION, score, points, why), ""
    return Verdict(CRITERION, 0.0, points, clean_text(why)[:LONGEST]), clean_text(step.error)[:LONGEST]


def _score(results, points):
    """All the points, or as many as the last line of the test gave; 0 where the test has left nothing."""
    try:
        given = json.loads(base64.b64decode(results))
        return points if given is None else min(max(float(given), 0.0), points)
    except (ValueError, TypeError, OverflowError, RecursionError):  # none, or a forged one
        return 0.0


def _told(error, source, sources):
    """What a student is told of an error: the words of the test's own asserts; of others what gives no input away."""
    name, _, message = error.partition(": ")
    if name == "AssertionError" and message and _is_of_the_test(message, source):
        return f"The test says: {message}"
    if name == "AssertionError":
        return "Something that the test asserts does not hold."
    return f"The test came to no end: {without_data(error, [*sources, source])}"


def _is_of_the_test(message, source):
    """Whether a message is that of an assert of the test; a value in an f-string may be any."""
    asserts = [node.msg for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    return any(re.fullmatch(_pattern(told), message, re.DOTALL) for told in asserts if told is not None)


def _pattern(node):
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(_pattern(part) if isinstance(part, ast.Constant) else ".*" for part in node.values)
    return "(?!)"
