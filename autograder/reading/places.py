"""Which cell of the release each cell of a submission is, however an editor, a platform or a person saved it.

A cell is known by its nbgrader id, else by its own id, else by its text. Whatever is known by none of them has a place
between cells that are known.
"""

import re
import unicodedata
from collections import defaultdict
from itertools import accumulate

from autograder.notebook_files import grade_id_of

MOST_SOURCE = 100_000  # characters of a cell
LEAST_MERGED = 20  # characters of a cell of ours that is looked for within a student's
STUB = "raise NotImplementedError"

SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
ACCENTED = re.compile("[^\\W\\d_][\u0300-\u036f]{1,4}")  # of a few marks, as the sorting of many takes quadratic time


def as_read(text):
    """The text as its reader sees it: without blanks at the ends of lines, in one form of accents, spaces and tabs."""
    return "\n".join(_lines_as_read(text)).strip()


def _lines_as_read(text):
    if not text.isascii():
        text = UNSEEN.sub("", SPACES.sub(" ", text))
        text = ACCENTED.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)
    return [line.rstrip() for line in text.expandtabs(4).split("\n")]


def defines(name, source):
    """Whether code gives a value to `name` at its top level, by def, class, or an assignment of something else."""
    name = re.escape(name)
    pattern = rf"^(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*(?::[^=\n]*)?=(?!=)(?!.*\b{name}\b)"
    return re.search(pattern, source, re.MULTILINE) is not None


def may_define(name, source):
    """Whether a line of code may give a value to `name`, in one of the ways that come to mind."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    return any(_may_bind(word, name, line) for line in source.split("\n") if word.search(line))


def _may_bind(word, name, line):
    target, sign, value = line.partition("=")
    is_assigned = sign and not value.startswith("=") and word.search(target) and "(" not in target
    is_named = f"'{name}'" in line or f'"{name}"' in line
    return is_assigned or is_named or re.search(r"\b(?:def|class|import|as)\b", line)


def is_unfinished(text, ours):
    """Whether all that was added to our answer cell `ours`, which is still there, are comments."""
    added = [line for line in text.split("\n") if line.strip() and line not in ours.split("\n")]
    return STUB in text and all(line.lstrip().startswith(("#", "%")) for line in added)


def is_continuation(source):
    """Whether code begins within a block, as the second half of a cell that was split does."""
    line = next((line for line in source.split("\n") if line.strip() and not line.startswith("#")), "")
    return line[:1] in (" ", "\t")


class Cells:
    """The cells of a submission, each cut where cells of ours were merged into it.

    cells: dicts of `read_untrusted`; home: for each the number of the cell of the release that it is, None where it is
    none; texts: for each what its reader sees; defined: for each the names of answers that it defines; by_id: those
    that say by an id what they are; used: those that found a place in the rebuilt notebook
    """

    def __init__(self, cells, release):
        self.release = release
        self.ours = [as_read(cell.source) for cell in release.cells]
        self.cells, self.home, self.texts, self.by_id, self.used = [], [], [], set(), set()
        numbers = _Numbers(release, self.ours)
        for cell in cells:
            claim = numbers.claimed_by(cell)
            for part, text, number in _parts(cell, claim, numbers):
                if number is not None and number == claim:
                    self.by_id.add(len(self.cells))
                self.cells.append(part)
                self.texts.append(text)
                self.home.append(number)
        names = [grade_id_of(cell) for cell in release.cells if is_answer(cell) and cell.cell_type == "code"]
        self.defined = [{name for name in names if defines(name, cell["source"])} for cell in self.cells]
        self._know_by_text(numbers)
        self._know_by_resemblance()

    def _know_by_text(self, numbers):
        last = -1
        for place, text in enumerate(self.texts):
            if self.home[place] is None and text:
                same = numbers.by_text.get(text, [])
                self.home[place] = next((number for number in same if number > last), same[0] if same else None)
            last = last if self.home[place] is None else self.home[place]

    def _know_by_resemblance(self):
        """Know a cell of ours that was edited, and lost its ids, by the greater part of its lines, in its place."""
        missing = {number: set(self.ours[number].split("\n")) for number, cell in enumerate(self.release.cells)
                   if number not in self.home and not is_answer(cell)}  # fmt: skip
        for place, (left, right) in enumerate(self._neighbours()):
            if self.home[place] is not None or self.defined[place]:
                continue
            lines = set(self.texts[place].split("\n"))
            for number, ours in missing.items():
                if _lies_between(left, number, right) and 2 * _size(ours & lines) > _size(ours):
                    self.home[place] = number
                    del missing[number]
                    break

    def _neighbours(self, number=None):
        """For each place the numbers of the nearest known cells before and after it, leaving out those of `number`."""
        homes = [None if home == number else home for home in self.home]
        before = accumulate(homes, _latest, initial=-1)
        after = [*accumulate(reversed(homes), _latest, initial=len(self.ours))]
        return zip(before, after[-2::-1], strict=False)  # the first has one more, that of after the last place

    def source(self, place):
        """The text of the cell at this place."""
        return self.cells[place]["source"]

    def kind(self, place):
        """The type of the cell at this place, None where it has none."""
        return self.cells[place]["cell_type"]

    def is_answer(self, place):
        """Whether the cell at this place is one of ours that asks for an answer."""
        return self.home[place] is not None and is_answer(self.release.cells[self.home[place]])

    def at_home(self, number):
        """The places of those cells that are the cell `number` of the release."""
        return [place for place, home in enumerate(self.home) if home == number]

    def around(self, number):
        """The places where the cell `number` of the release belongs, by the nearest known cells before and after."""
        return {place for place, (left, right) in enumerate(self._neighbours(number))
                if _lies_between(left, number, right)}  # fmt: skip

    def strangers(self, places):
        """Of these places, in order, those of cells that are none of ours and hold something."""
        return [place for place in sorted(places) if self.home[place] is None and place not in self.used
                and self.source(place).strip()]  # fmt: skip

    def is_written(self, place, number):
        """Whether the cell at this place holds more than the cell `number` of the release."""
        return self.texts[place] not in ("", self.ours[number])

    def of(self, number):
        """The cells that are the cell `number` of the release: by id where any is, else the first by its text."""
        places = self.at_home(number)
        places = [place for place in places if place in self.by_id] or places[:1]
        self.used |= {*places}
        return [self.cells[place] for place in places]


def _latest(last, home):
    return last if home is None else home


def _lies_between(left, number, right):
    """Whether a cell belongs between two of the release, or, where their order was changed, beside one of them."""
    return left < number < right if left < right else number in (left + 1, right - 1)


def _size(lines):
    return sum(map(len, lines))


def is_answer(cell):
    """Whether a cell of the release is to be filled in by the student."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


class _Numbers:
    """By what the cells of the release are known, {what: number}."""

    def __init__(self, release, texts):
        self.by_grade_id = {grade_id_of(cell): number for number, cell in enumerate(release.cells) if grade_id_of(cell)}
        self.by_id = {cell.id: number for number, cell in enumerate(release.cells)}
        self.by_text, self.by_first_line = defaultdict(list), defaultdict(list)
        for number, text in enumerate(texts):
            self.by_text[text].append(number)
            if len(text) >= LEAST_MERGED and not is_answer(release.cells[number]):
                lines = text.split("\n")
                self.by_first_line[lines[0]].append((lines, number))

    def claimed_by(self, cell):
        """The number that a cell claims by an id, None where it claims none of ours."""
        grade_id = grade_id_of(cell)
        return self.by_grade_id.get(grade_id) if grade_id else self.by_id.get(cell["id"])


def _parts(cell, claim, numbers):
    """The cell, cut where it holds the whole text of cells of ours: [(cell, what is read there, number), ...]."""
    source = cell["source"]
    if len(source) > MOST_SOURCE:
        return [(cell, source, claim)]
    lines, read, parts, end = source.split("\n"), _lines_as_read(source), [], 0
    for first, last, number in [*_blocks(read, numbers), (len(lines), len(lines), None)]:
        parts += [(end, first, None), (first, last, number)]
        end = last
    parts = [(first, last, number) for first, last, number in parts if any(read[first:last])]
    if len(parts) < 2:
        return [(cell, "\n".join(read).strip(), claim)]
    if sum(number is None for *_, number in parts) == 1 and claim not in [number for *_, number in parts]:
        parts = [(first, last, claim if number is None else number) for first, last, number in parts]
    return [({**cell, "source": "\n".join(lines[first:last]), "is_part": True},
             "\n".join(read[first:last]).strip(), number) for first, last, number in parts]  # fmt: skip


def _blocks(lines, numbers):
    """Where cells of ours stand in these lines, each once: [(first line, line after the last, number), ...]."""
    blocks, seen, place = [], set(), 0
    while place < len(lines):
        for block, number in numbers.by_first_line.get(lines[place], ()):
            if number not in seen and lines[place : place + len(block)] == block:
                blocks.append((place, place + len(block), number))
                seen.add(number)
                place += len(block) - 1
                break
        place += 1
    return blocks
