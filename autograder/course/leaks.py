"""What in the instructor's notebooks must not reach a student, and whether it stands in what students get.

Secret are the lines between `BEGIN SOLUTION`, `BEGIN HIDDEN TESTS` or `BEGIN MARK SCHEME` and their `END`, and the
whole of an answer cell without such a region (nbgrader replaces all of it). Everything else in the cells is public.
"""

import re
from collections import Counter
from dataclasses import dataclass

from nbgrader import utils
from nbgrader.preprocessors import ClearSolutions

from autograder.errors import Refusal
from autograder.layout import short
from autograder.notebook_files import Problem, cell_name, strings_in

KINDS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
TELLING = 50  # characters of a line or a sentence that nobody writes by chance
SHORTEST_SECRET = 5  # characters: `)` or `try:` says nothing
STUBS = [ClearSolutions().code_stub["python"], ClearSolutions().text_stub]
# A misspelt marker is mere text to nbgrader, which then releases what it should have hidden.
MARKER_LIKE = re.compile(r"\W*(begin|end)[\s_-]*(solution|hidden[\s_-]*test|mark(ing)?[\s_-]*scheme)", re.IGNORECASE)


@dataclass(frozen=True)
class Anatomy:
    """A notebook's public text, and its secret lines, each with the name of the cell that holds it."""

    public: str
    secrets: dict[str, str]


def split_regions(source):
    """`source` as two lists of lines, public ones and those inside a region; ValueError where markers do not pair."""
    public, secret, inside = [], [], None
    for line in source.split("\n"):
        begins = next((kind for kind in KINDS if f"BEGIN {kind}" in line), None)
        ends = next((kind for kind in KINDS if f"END {kind}" in line), None)
        if begins and inside:
            raise ValueError(f"BEGIN {begins} stands inside a region BEGIN {inside}")
        if ends and ends != inside:
            raise ValueError(f"END {ends} has no BEGIN {ends} before it")
        if begins or ends:
            inside = begins
        else:
            (secret if inside else public).append(line)
    if inside:
        raise ValueError(f"BEGIN {inside} has no END {inside} after it")
    return public, secret


def dissect(notebook, path):
    """The `Anatomy` of the instructor's notebook at `path`; Refusal, naming the cell, where it cannot be released."""
    public, secrets = [*STUBS], {}
    for index, cell in enumerate(notebook.cells):
        name = cell_name(cell, index)
        try:
            visible, hidden = _split_cell(cell)
        except ValueError as error:
            raise Refusal(f"{short(path)}, {name}: {error}.\nCorrect the cell, then build again.") from None
        others = {key: value for key, value in cell.items() if key not in ("source", "outputs")}
        public += [*visible, strings_in(others)]
        secrets.update({line.strip(): name for line in hidden if len(line.strip()) >= SHORTEST_SECRET})
    return Anatomy("\n".join(public), secrets)


def _split_cell(cell):
    visible, hidden = split_regions(cell.source)
    if hidden and not (utils.is_solution(cell) or utils.is_grade(cell) or utils.is_task(cell)):
        raise ValueError("has lines to hide, but nbgrader does not know it as an answer or a test")
    if utils.is_solution(cell) and not hidden:
        visible, hidden = [], visible
    for name in cell.get("attachments", {}):
        if f"attachment:{name}" not in "\n".join(visible):
            raise ValueError(f"has the attachment {name!r}, which only its solution shows but nbgrader would release")
    return visible, hidden


def find_leaks(text, anatomies, known):
    """What `text` gives away: a sentence for each secret line, and for each region marker, that stands in it.

    anatomies: those of all the instructor's notebooks. known: text of which every line is public, such as the public
    part of the notebook that `text` comes from. A secret counts wherever it stands, in a comment or an output too.
    """
    found = [
        f"gives away a line of {cell}: {line!r}"
        for anatomy in anatomies
        for line, cell in anatomy.secrets.items()
        if line in text and line not in known
    ]
    markers = [line.strip() for line in text.splitlines() if MARKER_LIKE.match(line)]
    return found + [f"shows a marker (misspelt in solutions/?): {line!r}" for line in markers]


def leaks_in_notebook(notebook, path, anatomies):
    """The leaks of a student notebook as `Problem`s; `anatomies` maps file names to those of instructor notebooks."""
    known = anatomies[path.name].public if path.name in anatomies else ""
    texts = [(cell_name(cell, index), strings_in(cell)) for index, cell in enumerate(notebook.cells)]
    texts.append(("", strings_in(notebook.metadata)))
    return [Problem(path, cell, leak) for cell, text in texts for leak in find_leaks(text, anatomies.values(), known)]


def leaks_in_text(path, text, anatomies, checks):
    """What a file beside the notebooks gives away, as `Problem`s: markers, secret lines, the greater part of a check.

    checks: {name: text} of the hidden checks. One line tells if it is long, and a sentence of a text; of short lines
    two of a cell, as one may be anybody's. Neither comments nor white space hide them.
    """
    public = {_bare(line) for anatomy in anatomies.values() for line in anatomy.public.split("\n")}
    lines = {_bare(line) for line in text.splitlines()}
    joined, short, found = "".join(_bare(line) for line in text.splitlines()), Counter(), []
    for line, cell in ((line, cell) for anatomy in anatomies.values() for line, cell in anatomy.secrets.items()):
        pieces = [bare for piece in (line, *re.split(r"(?<=[.:;]) ", line))
                  if len(piece) >= TELLING and (bare := _bare(piece)) not in public]  # fmt: skip
        if any(piece in joined for piece in pieces):
            found.append(f"gives away a line of {cell}: {line[:80]!r}")
        elif _bare(line) in lines - public:
            short[cell] += 1
    found += [f"holds {count} lines of {cell}" for cell, count in short.items() if count > 1]
    for name, check in checks.items():
        theirs = {_bare(line) for line in check.splitlines() if len(line.strip()) >= SHORTEST_SECRET}
        if 2 * len(theirs & lines) > len(theirs):
            found.append(f"holds the hidden check {name}")
    markers = [line.strip() for line in text.splitlines() if MARKER_LIKE.match(line)]
    return [Problem(path, "", leak) for leak in [*found, *(f"shows a marker: {line!r}" for line in markers)]]


def _bare(line):
    """A line without marks of comments and quotations before it, a comment after it, emphasis and white space."""
    return re.sub(r"[\s*_`\"']+", "", re.sub(r"\s#.*", "", re.sub(r"^[\s#>*/|\"'-]+", "", line)))
