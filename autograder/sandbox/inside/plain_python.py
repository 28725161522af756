"""Cells as IPython takes them, with magics and lines for the shell, as plain statements of Python."""

import ast

from IPython.core.inputtransformer2 import TransformerManager

OTHER_LANGUAGES = {
    "!", "R", "bash", "bigquery", "cmd", "cython", "file", "html", "HTML", "javascript", "js", "julia", "latex",
    "markdown", "perl", "pypy", "python2", "ruby", "script", "sh", "shell", "sql", "svg", "SVG", "sx", "system",
    "writefile",
}  # fmt: skip
TIMERS = {"time", "prun", "memit", "lprun", "mprun"}  # magics whose argument is a statement that is run once
PYLAB = "from pylab import *\nimport numpy as np\nfrom matplotlib import pyplot as plt"


def statements_of(source, filename="<cell>"):
    """The statements of a cell (a list of ast.stmt), and the lines that are no Python and are passed over, as text.

    A cell magic such as %%time stands for the cell below it; one for another language leaves nothing of it. Raises
    what the parser raises: SyntaxError, ValueError, RecursionError, MemoryError.
    """
    source, passed_over = _without_cell_magics(source)
    magics = _Magics()
    tree = magics.visit(ast.parse(TransformerManager().transform_cell(source), filename))
    return tree.body, [*passed_over, *magics.passed_over]


def _without_cell_magics(source):
    """The source with blank lines for the cell magics before its first statement, and these."""
    lines, passed_over = source.splitlines(), []
    for number, line in enumerate(lines):
        if line.startswith("%%"):
            passed_over.append(line)
            if (line[2:].split() or [""])[0] in OTHER_LANGUAGES:
                return "", passed_over
            lines[number] = ""
        elif line.strip() and not line.lstrip().startswith(("#", "%", "!")):
            break
    return "\n".join(lines), passed_over


class _Magics(ast.NodeTransformer):
    """Puts the statement that a magic times in the magic's place, and nothing in that of the others."""

    def __init__(self):
        self.passed_over = []

    def visit_Expr(self, node):
        kind, arguments = _call_of_the_shell(node.value)
        if not kind:
            return node
        if kind == "run_line_magic" and len(arguments) == 2 and (body := _run_by(*arguments)) is not None:
            return [ast.increment_lineno(statement, node.lineno - 1) for statement in body] or _nothing(node)
        self.passed_over.append("!" + " ".join(arguments) if "magic" not in kind else "%" + " ".join(arguments))
        return _nothing(node)


def _call_of_the_shell(value):
    """(method, arguments) of the `get_ipython().method("argument")` that IPython makes of a magic; else ("", [])."""
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=method), args=arguments):
            texts = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
            if method in ("run_line_magic", "system", "getoutput") and all(isinstance(text, str) for text in texts):
                return method, texts
    return "", []


def _run_by(magic, argument):
    """The statements that a line magic stands for; None for one that is passed over."""
    if magic == "pylab":
        return ast.parse(PYLAB).body
    if magic not in TIMERS:
        return None
    try:
        return ast.parse(argument).body
    except (SyntaxError, ValueError):
        return None


def _nothing(node):
    return ast.copy_location(ast.Pass(), node)
