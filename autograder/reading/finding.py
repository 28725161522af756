"""Which of a student's cells hold an answer: those that say so by their ids, and what stands in their place.

An answer in code is the cell that defines its name, and the pieces of it where it was split. A written answer is all
the text between its question and the next cell of ours, as a person reads it.
"""

from dataclasses import dataclass, field

from autograder.notebook_files import grade_id_of
from autograder.reading.places import is_answer, is_continuation, is_unfinished, may_define

CODE, TEXT = ("code", None), ("markdown", "raw", None)  # types of cells; None where a converter lost it


@dataclass
class Found:
    """The places of the cells that hold an answer, in their order, and what is to be told.

    is_certain: whether a 0 for what is there would be for the student's answer, and not for our not finding it
    """

    places: list[int]
    repairs: list[str] = field(default_factory=list)
    eye: list[str] = field(default_factory=list)
    is_certain: bool = True

    def doubt(self, remark):
        """Have the instructor look at it."""
        self.is_certain = False
        self.eye.append(remark)


def find_answer(cells, number):
    """The `Found` of the answer that the cell `number` of the release is for, among the `Cells` of a submission."""
    cell = cells.release.cells[number]
    found = (_find_code if cell.cell_type == "code" else _find_text)(cells, number, grade_id_of(cell))
    _tell_how(found, cells, number, grade_id_of(cell))
    return found


# ---------------------------------------------------------------------------------------------------------------- code


def _find_code(cells, number, name):
    home = cells.at_home(number)
    written = [place for place in home if cells.is_written(place, number)]
    defining = [place for place in range(len(cells.cells))
                if name in cells.defined[place] and cells.is_written(place, number)]  # fmt: skip
    beside = [place for place in cells.strangers(cells.around(number)) if cells.kind(place) in CODE]
    counts = has_points(cells.release.cells[number], cells.release)
    if defining:
        return _of_those_that_define(defining, cells, number, name)
    if written:
        found = Found(_with_pieces(written[0], cells, number, name))
        if counts and not any(may_define(name, cells.source(place)) for place in found.places):
            found.doubt(f"{name}: its cell does not define it, and no other does; what the cell holds counts")
        return found
    found = Found(beside if not home else [])
    if beside:
        does = "what stands there counts" if not home else "its cell, which is as released, counts"
        found.doubt(f"{name}: no cell defines it, but {_number_of(beside)} in its place are the student's own; {does}")
    elif counts and not home:
        found.doubt(f"{name}: no answer was found: its cell is missing, and no other cell defines it")
    return found


def has_points(cell, release):
    """Whether an answer cell of the release has points, so that its absence costs; bonus points cost nobody."""
    tests = [cell, *(test for test in release.cells if grade_id_of(test) == f"test_{grade_id_of(cell)}")]
    return any(test.metadata.nbgrader.get("points") for test in tests)


def _of_those_that_define(defining, cells, number, name):
    """The last that is finished before the test, as at that one the check cell looked, with its pieces."""
    end = _end_of_place(cells, number, name)

    def rank(place):
        of_another = cells.home[place] is not None and cells.home[place] != number and cells.is_answer(place)
        is_finished = not is_unfinished(cells.texts[place], cells.ours[number])
        return is_finished, cells.kind(place) in CODE, not of_another, place < end, place

    best = max(defining, key=rank)
    found = Found(_with_pieces(best, cells, number, name))
    rivals = {cells.texts[place] for place in defining if rank(place)[0] == rank(best)[0]}
    if len(rivals) > 1:
        found.eye.append(f"{name}: {len(rivals)} different cells define it; the last one before its test counts")
    return found


def _end_of_place(cells, number, name):
    """The first place after that of the answer: of its test, or of where it belongs."""
    tests = [place for place, home in enumerate(cells.home)
             if home is not None and grade_id_of(cells.release.cells[home]) == f"test_{name}"]  # fmt: skip
    return min(tests, default=1 + max(cells.around(number), default=len(cells.cells)))


def _with_pieces(core, cells, number, name):
    """The cell at `core` and those that an editor split from it: next to it, but for text and untouched copies."""
    row = [place for place in range(len(cells.cells)) if place == core or _may_be_piece(place, core, cells, number)]
    first = last = row.index(core)

    def is_piece(place, begins):
        if cells.home[place] not in (None, number) or name in cells.defined[place]:
            return False
        return cells.home[place] == number or is_continuation(cells.source(begins))

    while last + 1 < len(row) and is_piece(row[last + 1], begins=row[last + 1]):
        last += 1
    while first and is_piece(row[first - 1], begins=row[first]):
        first -= 1
    return row[first : last + 1]


def _may_be_piece(place, core, cells, number):
    if cells.home[place] == number:
        return cells.is_written(place, number)
    is_own_text = cells.home[place] is None and cells.kind(place) not in (*CODE, cells.kind(core))
    return bool(cells.texts[place]) and not is_own_text


# -------------------------------------------------------------------------------------------------------- written text


def _find_text(cells, number, name):
    home = cells.at_home(number)
    written = [place for place in home if cells.is_written(place, number)]
    beside = cells.strangers(cells.around(number))
    texts = [place for place in beside if cells.kind(place) in TEXT]
    rivals = _rivals(texts, cells, number)
    if rivals and written:
        texts = []
    elif len(texts) == len(rivals) + 1:
        texts, rivals = texts[:1], []
    found = Found(sorted([*written, *texts]))
    if texts and rivals:
        found.doubt(f"{name}: the text that counts may be the answer to {' and '.join(rivals)} too")
    if not found.places:
        _look_further(found, beside, bool(home), cells, number, name)
    return found


def _rivals(texts, cells, number):
    """The later written answers that have none of their own, and in whose place these texts stand as well."""
    later = [other for other in range(number + 1, len(cells.ours))
             if cells.release.cells[other].cell_type == "markdown" and is_answer(cells.release.cells[other])
             and not any(cells.is_written(place, other) for place in cells.at_home(other))]  # fmt: skip
    return [grade_id_of(cells.release.cells[other]) for other in later if texts and {*texts} <= cells.around(other)]


def _look_further(found, beside, has_home, cells, number, name):
    """Where there is no text: take what was written into the question, or into a cell of another type."""
    asked = [place for place in cells.at_home(number - 1) if cells.is_written(place, number - 1)]
    if asked and number and not is_answer(cells.release.cells[number - 1]):
        found.places = asked[:1]
        found.doubt(f"{name}: nothing is written there; the text above it, which was changed, counts")
    elif beside and not has_home:
        found.places = beside
        found.doubt(f"{name}: no text was found, but {_number_of(beside)} of another type in its place; they count")
    elif beside:
        found.doubt(f"{name}: nothing is written there, but {_number_of(beside)} beside it are the student's own")
    elif not has_home:
        found.doubt(f"{name}: no answer was found: its cell is missing, and there is no text in its place")


# -------------------------------------------------------------------------------------------------------- what to tell


def _number_of(places):
    return "1 cell" if len(places) == 1 else f"{len(places)} cells"


def _tell_how(found, cells, number, name):
    """Say what was put right."""
    if not found.places:
        if not cells.at_home(number):
            found.repairs.append(f"{name}: the cell is missing; the released one stands for it")
        return
    taken = [cells.cells[place] for place in found.places]
    kind = cells.release.cells[number].cell_type
    own = [place for place in found.places if cells.home[place] == number]
    if any(cells.home[place] not in (None, number) for place in found.places):
        found.repairs.append(f"{name}: its answer was written into another cell of ours; it counts")
    elif not own:
        known = "by the name that it defines" if name in cells.defined[found.places[0]] else "by its place"
        found.repairs.append(f"{name}: its answer is in a cell without its ids, which was known {known}")
    if any(grade_id_of(cells.cells[place]) is None for place in own):
        found.repairs.append(f"{name}: its nbgrader metadata was missing; it was known by its own id")
    if len(taken) > 1:
        found.repairs.append(f"{name}: its answer is in {len(taken)} cells; they were joined")
    if any(cell.get("is_part") for cell in taken):
        found.repairs.append(f"{name}: it was merged with a cell of ours, from which it was parted")
    if any(cell["cell_type"] != kind for cell in taken):
        found.repairs.append(f"{name}: its type was changed; it is a {kind} cell again")
