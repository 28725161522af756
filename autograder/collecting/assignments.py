"""Of which assignment a file is: told by its name, or by what it holds."""

import json
import re
from collections import Counter

AGAIN = r"(?P<again>(?: ?\([0-9]+\)|-[0-9]+)?)\.ipynb"  # a browser's or a platform's "hessian_spectrum (1).ipynb"
SHORTEST_MARK = 40  # characters of a line by which a notebook is known


def called_exactly(name, assignments):
    """(assignment, number of the copy) of a file that is called as one; None for others."""
    for assignment in assignments:
        if match := re.fullmatch(re.escape(assignment) + AGAIN, name, re.IGNORECASE):
            return assignment, int(re.sub(r"[^0-9]", "", match["again"]) or 0)
    return None


def by_name(name, assignments):
    """The one assignment whose words are in a file's name, "" where there is none."""
    letters = re.sub(r"[\W_]", "", name.casefold())
    fitting = [each for each in assignments if re.sub(r"[\W_]", "", each.casefold()) in letters]
    return fitting[0] if len(fitting) == 1 else ""


def text_of(data):
    """The text of a file of JSON, in UTF-16 where it begins so."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return data.decode(encoding, errors="replace")


def marks_of(releases):
    """Texts that are in one of the released notebooks alone, {assignment: texts}, as they stand in its file."""
    found = {}
    for assignment, text in releases.items():
        cells = json.loads(text)["cells"]
        ids = {cell["metadata"]["nbgrader"]["grade_id"] for cell in cells if "nbgrader" in cell["metadata"]}
        lines = {line.strip() for cell in cells if cell["cell_type"] == "markdown" for line in _lines(cell["source"])}
        plain = {line for line in lines if len(line) >= SHORTEST_MARK and line.isascii() and not {*line} & {'"', "\\"}}
        found[assignment] = {f'"{grade_id}"' for grade_id in ids} | plain
    return {
        name: sorted(own - set().union(*(other for each, other in found.items() if each != name)))
        for name, own in found.items()
    }


def _lines(source):
    return "".join(source).splitlines()


def known_by_marks(text, marks):
    """The assignment whose marks are in the text of a notebook, and more of them than of any other; "" else."""
    counts = Counter({assignment: sum(mark in text for mark in own) for assignment, own in marks.items()})
    (best, most), *others = [*counts.most_common(2), ("", 0)]
    return best if most >= 3 and most > 2 * others[0][1] else ""
