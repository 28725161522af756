"""In the kernel: the cells of a submission. An answer is run with what it uses of the others, statement by statement.

A statement that fails costs what it would have done, and nothing else. What went wrong is left for the grader as JSON.
"""

import __future__

import ast
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import dependencies
import drive  # noqa: F401  before a student's code runs, which could lay a module of that name beside it
import plain_python
import stand_ins
from IPython import get_ipython

LONGEST_LINE, LONGEST_ERROR, MOST_TOLD = 80, 300, 50
NOT_RUN = "it was not run, as the time was used up"
CUT = "it was stopped, as the time was used up"


@dataclass
class Cell:
    """A cell of the student's notebook, as `as_inputs` in `marking/steps.py` describes it.

    statements: None until it is parsed; error: why it cannot be; passed_over: its lines that are no Python
    """

    name: str
    kind: str
    task: str
    source: str
    released: str
    stands_for: str
    number: int = 0
    statements: list | None = None
    error: BaseException | None = None
    passed_over: list = field(default_factory=list)


cells, slices = [], {}
executed, owners = set(), {}  # statements that have run, and which of them gave each name its value


def read(exchange):
    """Take in the cells of the submission."""
    stand_ins.install()
    told = json.loads(Path(exchange, "inputs").read_bytes())
    cells.extend(Cell(**cell, number=number) for number, cell in enumerate(told))


def run_released(cell_id):
    """Run a cell as the course released it, as a kernel does: to its end or its first error."""
    cell = next(cell for cell in cells if cell.stands_for == cell_id)
    if cell.kind == "setup" or cell.source == cell.released:
        statements = [statement for statement in _parsed(cell) if statement.ours]
    else:
        statements = _statements(cell, cell.released, plain_python.statements_of(cell.released)[0])
    for statement in statements:
        _execute(statement, shown=statement is statements[-1])


def prepare(task, exchange):
    """Run what the answer to a task uses of other cells, and comes before it; report to the grader."""
    with _report(exchange) as told:
        answer = _answer_cell(task)
        statements = [statement for cell in cells for statement in _parsed(cell)]
        told["unread"] = [[cell.name, _words(cell.error)] for cell in cells if cell.error and cell is not answer]
        tests = [cell.number for cell in cells if cell.kind == "test" and cell.task == task]
        end = max([answer.number + 1, *tests])
        slices[task] = dependencies.needed_by(answer.statements, statements, task, (end, -1))
        own = {statement.place[0] for statement in slices[task].before + slices[task].after if not statement.ours}
        told["taken"] = [cells[number].name for number in sorted(own)]
        told["failed"] = _run_all(slices[task].before)


def run_answer(task, exchange):
    """Run the answer cell of a task, and what comes after it and belongs to it; report to the grader."""
    with _report(exchange) as told:
        cell = _answer_cell(task)
        statements = _parsed(cell)
        told["passed_over"] = [line[:LONGEST_LINE] for line in cell.passed_over]
        if cell.error:
            raise cell.error.with_traceback(None)
        told["failed"] = _run_all(statements, shown=True)
        if task in slices:
            told["failed"] += _run_all(slices[task].after)


def run_test(task, exchange):
    """Run a test of the instructor's own with what it uses of the notebook.

    At its end leave as JSON the number that its last line gives, nbgrader's partial credit, or null.
    """
    source = Path(exchange, "inputs").read_text(encoding="utf-8")
    number = max(cell.number for cell in cells if cell.kind == "test" and cell.task == task)
    test = Cell(task, "test", task, source, source, "", number)
    own = _statements(test, source, plain_python.statements_of(source)[0])
    others = [statement for cell in cells if cell.number != number for statement in _parsed(cell)]
    needed = dependencies.needed_by(own, others, task, (number + 1, -1))
    _run_all(needed.before + needed.after)
    *first, last = own
    for statement in first:
        _execute(statement)
    points = None
    if isinstance(last.node, ast.Expr):
        points = eval(compile(ast.Expression(last.node.value), _file_of(test, source), "eval"), get_ipython().user_ns)
    else:
        _execute(last)
    is_number = isinstance(points, (int, float)) and not isinstance(points, bool)
    Path(exchange, "results").write_text(json.dumps(float(points) if is_number else None))


class _report:
    """The dict that is filled inside the block, and written as JSON at its end."""

    def __init__(self, exchange):
        self.path, self.told = Path(exchange, "results"), {}

    def __enter__(self):
        return self.told

    def __exit__(self, *error):
        self.path.write_text(json.dumps({key: value[:MOST_TOLD] for key, value in self.told.items()}))


def _answer_cell(task):
    return next(cell for cell in cells if cell.kind == "answer" and cell.task == task)


# ------------------------------------------------------------------------------------------------------------- parsing


def _parsed(cell):
    """The cell's statements; none, and `cell.error`, where it is no Python."""
    if cell.statements is None:
        cell.statements = []
        try:
            cell.statements = _parse(cell)
        except Exception as error:  # SyntaxError, ValueError, RecursionError, MemoryError
            cell.error = error
    return cell.statements


def _parse(cell):
    """The statements of the student's cell; those that it has from the released one are `ours`.

    A setup cell has run as it was released: it is that, and behind it what the student has put in.
    """
    released = plain_python.statements_of(cell.released)[0]
    shapes = {ast.dump(node) for node in released}
    nodes, cell.passed_over = plain_python.statements_of(cell.source, _file_of(cell, cell.source))
    if cell.kind != "setup":
        return _statements(cell, cell.source, nodes, shapes)
    added = [node for node in nodes if ast.dump(node) not in shapes]
    return [*_statements(cell, cell.released, released), *_statements(cell, cell.source, added, (), len(released))]


def _statements(cell, source, nodes, shapes=None, first=0):
    """The nodes as `Statement`s, numbered from `first`; `ours` are those of the given shapes (None: all)."""
    file, flags = _file_of(cell, source), _future_flags(nodes)
    return [
        dependencies.Statement(
            (cell.number, first + place), node, compile(ast.Module([node], []), file, "exec", flags, dont_inherit=True),
            ours=shapes is None or ast.dump(node) in shapes,
        )
        for place, node in enumerate(nodes)
        if not isinstance(node, ast.Pass)
    ]  # fmt: skip


def _file_of(cell, source):
    """The name under which tracebacks and `inspect` find the source."""
    return get_ipython().compile.cache(source, cell.number + 1, raw_code=source)


def _future_flags(nodes):
    """The compiler's flags for what a cell imports from __future__."""
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    flags = 0
    for name in [name.name for node in imports for name in node.names]:
        flags |= getattr(getattr(__future__, name, None), "compiler_flag", 0)
    return flags


# ------------------------------------------------------------------------------------------------------------- running


def _run_all(statements, shown=False):
    """Run the statements, each whatever becomes of the others; return [[cell, line, text, error, names that it binds]].

    Those that have run are run again where another statement has rebound their names. After an interrupt only what
    takes no time is run. shown: as the cell of a notebook shows it, with the value of the last one.
    """
    failed, cut = [], False
    for statement in statements:
        if statement in executed and all(owners.get(name) is statement for name in statement.binds):
            continue
        error = NOT_RUN
        try:
            if not cut or statement.is_cheap:
                _execute(statement, shown and statement is statements[-1])
                continue
        except KeyboardInterrupt:
            cut, error = True, CUT
        except BaseException as raised:  # SystemExit too
            error = _words(raised)
            if shown:
                get_ipython().showtraceback()
                print(f"(Line {statement.node.lineno} was passed over.)", file=sys.stderr)
        failed.append(_as_told(statement, error))
    return failed


def _execute(statement, shown=False):
    shell, code = get_ipython(), statement.code
    if shown and isinstance(statement.node, ast.Expr):
        flags = code.co_flags & sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
        code = compile(ast.Interactive([statement.node]), code.co_filename, "single", flags, dont_inherit=True)
    exec(code, shell.user_ns)
    executed.add(statement)
    owners.update(dict.fromkeys(statement.binds, statement))


def _as_told(statement, error):
    text = ast.unparse(statement.node).partition("\n")[0][:LONGEST_LINE]
    return [cells[statement.place[0]].name, statement.node.lineno, text, error, sorted(statement.binds)[:MOST_TOLD]]


def _words(error):
    try:
        return f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
    except Exception:  # of a message that cannot be shown
        return type(error).__name__
