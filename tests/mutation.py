"""Mutation testing of the checks: `python tests/mutation.py [task]` changes reference answers one place at a time.

Each mutant of a reference, of which there are the answer in `solutions/` and a right answer of the corpus in another
style for each task, must lose points. The program prints the share that does, and the survivors with their changes.
"""

import ast
import contextlib
import copy
import difflib
import io
import json
import signal
import sys
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import torch
from test_submissions import CORPUS, FULL_MARKS, execute

from autograder import checks

SOLUTIONS = Path(__file__).parents[1] / "solutions"
SECONDS_PER_MUTANT = 20  # a mutant may loop for ever, and one that is stopped is one that is caught

_ZIP = "the product of the two is the same in either order"
_SLOPE = "slope = sum(((grad * v).sum() for grad, v in zip(grads, vec)))"
_STACK = "gv = torch.stack([torch.sum(gi * vi) for gi, vi in zip(g, vec)]).sum()"
_SHARES = "return (s ** 2 / np.sum(s ** 2))[np.asarray(k) - 1]"
_SIZES = "k, l = (U.shape[1], V.shape[1])"
_NORM = "return np.linalg.norm(U.T @ V, 'fro') ** 2 / (k * l) ** 0.5"

# Changes after which the answer is as right as before: (lines before, lines after), and why.
EQUIVALENT = {
    (_SLOPE, _SLOPE.replace("grad, v in", "v, grad in")): _ZIP,
    (_SLOPE, _SLOPE.replace("grads, vec", "vec, grads")): _ZIP,
    (_STACK, _STACK.replace("gi, vi in", "vi, gi in")): _ZIP,
    (_STACK, _STACK.replace("(g, vec)", "(vec, g)")): _ZIP,
    (_SLOPE, _SLOPE.replace("sum((", "(", 1)[:-1]): "torch.autograd.grad takes the terms, and adds their gradients up",
    ("if p.grad is None:", "if True:"): "new zeros in place of a tensor that is set to zero",
    ("if t <= 0.5:", "if t < 0.5:"): "at t = 1/2 both halves give the bend",
    (
        "return c0 * support_list[0] + cb * param_list[0] + c1 * support_list[1]",
        "return c0 * support_list[0] + cb * param_list[-1] + c1 * support_list[1]",
    ): "param_list has one tensor, so that the last is the first",
    ("ws64 = np.array(ws, dtype=np.float64)", "ws64 = np.array(ws)"): "float32 points are precise enough as they are",
    ("ws64 = np.array(ws, dtype=np.float64)", "ws64 = ws"): "float32 points are precise enough as they are",
    ("return points[0]", "return points[-1]"): "one point is left, so that the last is the first",
    (_SHARES, _SHARES.replace("np.asarray(k)", "k")): "k is an int or an array as it comes",
    (_SIZES, _SIZES.replace("k, l", "l, k")): "only the product of the two sizes is used",
    (_SIZES, "k, l = (V.shape[1], U.shape[1])"): "only the product of the two sizes is used",
    (_NORM, _NORM.replace(", 'fro'", "")): "the Frobenius norm is NumPy's default for a matrix",
    ("d = A.T @ U[:, :2]", "d = A.T @ U[:, :3]"): "only the first two columns are used",
    ("d = A.T @ U[:, :2]", "d = A.T @ U[:, :4]"): "only the first two columns are used",
}

# Changes that make the answer worse where no check looks: they count as missed.
UNSEEN = {}

# ------------------------------------------------------------------------------------------------------ references


@dataclass(frozen=True)
class Reference:
    """A right answer: its task, where it comes from, and its source without docstrings and comments."""

    task: str
    origin: str
    source: str


def references():
    """Two right answers a task: that of the solution notebook, where there is one, and one of the corpus."""
    for task, source in answers_of_solutions().items():
        yield Reference(task, "solutions", _bare(source))
    for submission in CORPUS:
        if submission.reference:
            yield Reference(submission.task, submission.path.stem, _bare(submission.source))


def answers_of_solutions():
    cells = [cell for path in sorted(SOLUTIONS.glob("*.ipynb")) for cell in json.loads(path.read_text())["cells"]]
    sources = {cell["metadata"].get("nbgrader", {}).get("grade_id"): "".join(cell["source"]) for cell in cells}
    return {task: sources[task] for task in FULL_MARKS if task in sources}


def _bare(source):
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


# --------------------------------------------------------------------------------------------------------- mutants

OPERATORS = {
    ast.Add: [ast.Sub, ast.Mult], ast.Sub: [ast.Add], ast.Mult: [ast.Div, ast.Add], ast.Div: [ast.Mult],
    ast.Pow: [ast.Mult], ast.MatMult: [ast.Mult],
}  # fmt: skip
COMPARISONS = {
    ast.LtE: [ast.Lt, ast.Gt], ast.Lt: [ast.LtE, ast.GtE], ast.GtE: [ast.Gt, ast.Lt], ast.Gt: [ast.GtE, ast.LtE],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is],
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A reference with one change: the kind of change, and the whole source."""

    reference: Reference
    kind: str
    source: str

    @property
    def change(self):
        """The changed lines: (text before, text after)."""
        lines = list(difflib.ndiff(self.reference.source.splitlines(), self.source.splitlines()))
        marked = [(line[:1], line[2:].strip()) for line in lines if line[:1] != "?"]
        before, after = ([text for mark, text in marked if mark == wanted] for wanted in "-+")
        if not before:  # a line was added: the one above it shows where
            position = next(number for number, (mark, _) in enumerate(marked) if mark == "+")
            before, after = [marked[position - 1][1]], [marked[position - 1][1], *after]
        return "\n".join(before), "\n".join(after)


def mutants(reference):
    """All mutants of a reference, each source once."""
    tree = ast.parse(reference.source)
    seen = {reference.source}
    for number, node in enumerate(ast.walk(tree)):
        for kind, change in _changes(node):
            mutated = copy.deepcopy(tree)
            place = next(found for position, found in enumerate(ast.walk(mutated)) if position == number)
            replacement = change(place)
            if replacement is not place:
                mutated = _Replace(place, replacement).visit(mutated)
            source = ast.unparse(ast.fix_missing_locations(mutated))
            if source not in seen:
                seen.add(source)
                yield Mutant(reference, kind, source)


class _Replace(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else super().generic_visit(node)


def _changes(node):
    """(kind, function that takes the copied node and returns its replacement) for each change of a node."""
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        for operator in OPERATORS.get(type(node.op), ()):
            yield "arithmetic operator", _setting("op", operator())
    if isinstance(node, ast.BinOp):
        yield "left operand alone", lambda place: place.left
        yield "right operand alone", lambda place: place.right
    if isinstance(node, ast.AugAssign):
        yield "assignment for addition", lambda place: ast.Assign(targets=[place.target], value=place.value)
    if isinstance(node, ast.Compare):
        for operator in COMPARISONS.get(type(node.ops[0]), ()):
            yield "comparison", _setting("ops", [operator()])
    if isinstance(node, ast.Constant):
        yield from _changes_of_constant(node.value)
    if isinstance(node, ast.UnaryOp):
        yield "unary operator removed", lambda place: place.operand
    if isinstance(node, (ast.If, ast.IfExp)):
        yield "condition always true", _setting("test", ast.Constant(True))
        yield "condition always false", _setting("test", ast.Constant(False))
    if isinstance(node, ast.Call):
        yield from _changes_of_call(node)
    if isinstance(node, (ast.Tuple, ast.List)):
        for first in range(len(node.elts) - 1):
            yield "neighbours swapped", _swapping("elts", first)
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.For, ast.If, ast.Return, ast.With, ast.Continue)):
        yield "statement dropped", lambda place: ast.Pass()
    if isinstance(node, ast.For):
        yield "loop ends after one pass", lambda place: _with_body(place, [*place.body, ast.Break()])


def _changes_of_constant(value):
    if isinstance(value, bool):
        yield "boolean", _setting("value", not value)
    elif isinstance(value, (int, float)):
        for other in dict.fromkeys([value + 1, value - 1, 2 * value, 0]):
            yield "number", _setting("value", other)
    elif value is None:
        yield "None", _setting("value", 0)


def _changes_of_call(node):
    for first in range(len(node.args) - 1):
        yield "arguments swapped", _swapping("args", first)
    for number in range(len(node.args)):
        yield "argument removed", _removing("args", number)
    for number in range(len(node.keywords)):
        yield "keyword removed", _removing("keywords", number)
    if isinstance(node.func, ast.Attribute):
        yield "method not called", lambda place: place.func.value
    if node.args:
        yield "argument for the call", lambda place: place.args[0]


def _setting(field, value):
    def change(place):
        setattr(place, field, copy.deepcopy(value))
        return place

    return change


def _swapping(field, first):
    def change(place):
        items = getattr(place, field)
        items[first], items[first + 1] = items[first + 1], items[first]
        return place

    return change


def _removing(field, number):
    def change(place):
        del getattr(place, field)[number]
        return place

    return change


def _with_body(place, body):
    place.body = body
    return place


# --------------------------------------------------------------------------------------------------------- judging


class TookTooLong(BaseException):
    """Not an Exception, so that the check, which catches those of an answer, does not catch it."""


@contextlib.contextmanager
def time_limit(seconds):
    """Raises TookTooLong in the block after so many seconds; in the main thread only."""

    def stop(*_):
        raise TookTooLong

    previous = signal.signal(signal.SIGALRM, stop)
    # Repeated, as the first may be swallowed by a bare except in the code that is stopped.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def is_caught(task, source, seed=0):
    """Whether the answer loses points, cannot be defined, or does not end."""
    quiet = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with quiet[0], quiet[1], warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        try:
            with time_limit(SECONDS_PER_MUTANT):
                try:
                    answer = execute(source, task, "<mutant>")
                except Exception:
                    return True
                return sum(verdict.score for verdict in checks.run(task, answer, seed=seed)) < FULL_MARKS[task]
        except TookTooLong:
            return True


def campaign(tasks=FULL_MARKS, every=1):
    """Run all mutants, or one in `every` of each reference: a list of (mutant, caught)."""
    chosen = [reference for reference in references() if reference.task in tasks]
    for reference in chosen:
        if is_caught(reference.task, reference.source):
            raise AssertionError(f"the check takes points from the {reference.task} of {reference.origin}")
    picked = [mutant for reference in chosen for mutant in list(mutants(reference))[::every]]
    return [(mutant, is_caught(mutant.reference.task, mutant.source)) for mutant in picked]


def shares(results):
    """For each task: mutants caught, equivalent ones that survived, all mutants."""
    figures = {}
    for mutant, caught in results:
        row = figures.setdefault(mutant.reference.task, Counter())
        row.update(all=1, caught=caught, equivalent=not caught and mutant.change in EQUIVALENT)
    return figures


def survivors(results):
    """The mutants that were not caught and are not known to be equivalent."""
    return [mutant for mutant, caught in results if not caught and mutant.change not in EQUIVALENT]


def share_caught(row):
    return row["caught"] / (row["all"] - row["equivalent"])


def report(results):
    """Print the table and the survivors."""
    print("| task | mutants | caught | equivalent | share caught of the others |")
    print("|---|---|---|---|---|")
    figures = shares(results)
    figures["all"] = sum(figures.values(), Counter())
    for task, row in figures.items():
        print(f"| {task} | {row['all']} | {row['caught']} | {row['equivalent']} | {share_caught(row):.1%} |")
    _list("survivors", survivors(results), UNSEEN)
    _list("equivalent", [m for m, caught in results if not caught and m.change in EQUIVALENT], EQUIVALENT)


def _list(title, chosen, explanations):
    print(f"\n{title}: {len(chosen)}")
    for mutant in chosen:
        print(f"  {mutant.reference.task}, {mutant.reference.origin}, {mutant.kind}")
        for mark, text in zip("-+", mutant.change):
            for line in text.splitlines():
                print(f"    {mark} {line}")
        print(f"    {explanations.get(mutant.change, 'NOT EXPLAINED')}")


if __name__ == "__main__":
    start = time.perf_counter()
    outcome = campaign(sys.argv[1:] or FULL_MARKS)
    report(outcome)
    print(f"\n{len(outcome)} mutants in {time.perf_counter() - start:.0f} s")
    sys.exit(bool(survivors(outcome)))
