"""A submission rebuilt from our own release: of the student's notebook only what a student is asked for is taken.

Taken are the sources of answer cells and written answers, which `places` finds, and the outputs of cells that count
nothing, as the student saw them. What differs beyond that is put right and told; an answer that was not found, or not
for certain, is told to the instructor.
"""

import json
from copy import deepcopy
from dataclasses import dataclass, field

import nbformat
from nbformat.v4 import new_output
from nbgrader import utils

from autograder.notebook_files import grade_id_of, is_badge
from autograder.outputs import MOST_OUTPUT, clean_text, harmless_outputs
from autograder.reading.finding import find_answer, has_points
from autograder.reading.own_cells import OwnCell, own_cells
from autograder.reading.places import MOST_SOURCE, Cells, as_read, is_continuation, is_unfinished
from autograder.reading.untrusted import read_untrusted

OWN_OUTPUTS = "(The outputs below are the student's own, as handed in.)\n"
FEW_KNOWN = 0.1  # of the release's cells: a submission that has fewer may be another notebook


@dataclass
class Sanitised:
    """The rebuilt notebook, what was put right, and what somebody should look at.

    unanswered: the written answers that are empty; not_found: the answers of which a 0 may come from our
    not finding them
    """

    notebook: nbformat.NotebookNode
    repairs: list[str] = field(default_factory=list)
    eye: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    not_found: list[str] = field(default_factory=list)
    code: list[OwnCell] = field(default_factory=list)  # the student's code cells in their order


def sanitise(submission, release):
    """The submission (bytes) rebuilt from `release`, the student version of the notebook, as a `Sanitised`.

    Raises Unreadable where the bytes are no notebook.
    """
    handed_in = read_untrusted(submission)
    handed_in["cells"] = [cell for cell in handed_in["cells"] if not is_badge(cell["source"])]
    done = Sanitised(deepcopy(release), eye=[*handed_in["remarks"]])
    others = _bring_up_to_date(handed_in["cells"], release)
    if others:
        done.repairs.append("it was made from another version of this notebook; the present one counts")
    _note_foreign_metadata(handed_in, release, done, others)
    cells, room, answers = Cells(handed_in["cells"], release), MOST_OUTPUT, {}
    for number, cell in enumerate(done.notebook.cells):
        if utils.is_solution(cell):
            places = _take_answer(cell, number, cells, done)
            answers |= {place: number for place in places[:1]}
        else:
            room -= _take_outputs(cell, cells.of(number), done, room, others)
    _note_left_out(cells, done)
    _note_few_known(cells, done)
    done.code, remarks = own_cells(cells, done.notebook, answers)
    done.eye += remarks
    for told in (done.repairs, done.eye, done.not_found):
        told[:] = dict.fromkeys(told)  # each once
    return done


# ------------------------------------------------------------------------------------------------- answers and outputs


def _take_answer(cell, number, cells, done):
    """Put the student's source into the answer cell; the places where it was found."""
    name, released = grade_id_of(cell), cell.source
    found = find_answer(cells, number)
    done.repairs += found.repairs
    done.eye += found.eye
    if not found.is_certain:
        done.not_found.append(name)
    if found.places:
        sources = [*map(cells.source, found.places)]
        cell.source = "\n".join(sources) if cell.cell_type == "code" else "\n\n".join(dict.fromkeys(sources))
    if len(cell.source) > MOST_SOURCE:
        done.eye.append(f"{name}: the answer has {len(cell.source):,} characters and was left out")
        done.not_found.append(name)
        cell.source = released
    older = [place for place in cells.at_home(number) if cell.cell_type == "markdown" or _is_copy(place, number, cells)]
    cells.used |= {*found.places, *older}
    if any(cells.cells[place]["attachments"] for place in {*found.places, *older}):
        done.eye.append(f"{name}: a picture pasted into the answer is left out; look at the submitted notebook")
    if cell.cell_type == "markdown" and cell.source == released:
        done.unanswered.append(name)
    return found.places


def _is_copy(place, number, cells):
    """Whether the cell at a place is the answer cell `number` untouched, or one that defines the same name."""
    name = grade_id_of(cells.release.cells[number])
    return not cells.is_written(place, number) or name in cells.defined[place]


def _take_outputs(cell, claimants, done, room, others):
    """Show the student's outputs of a cell that counts nothing; tell where its source was changed.

    Returns how much of the room, in characters, they take: at most a little more than there is.
    """
    name = grade_id_of(cell) or f"the cell {cell.id}"
    changed = [claimant for claimant in claimants if as_read(claimant["source"]) != as_read(cell.source)]
    if changed and cell.metadata.get("nbgrader") and name not in others:
        done.repairs.append(f"{name}: its text was changed; the released one counts")
    if not claimants and cell.metadata.get("nbgrader"):
        done.repairs.append(f"{name}: the cell is missing; the released one stands for it")
    if cell.cell_type == "code" and not utils.is_grade(cell) and len(claimants) == 1:
        outputs = harmless_outputs(claimants[0]["outputs"], max(0, room))
        if outputs:
            cell.outputs = [new_output("stream", name="stdout", text=OWN_OUTPUTS), *outputs]
            return len(json.dumps(cell.outputs))
    return 0


# -------------------------------------------------------------------------------------------------------- what to tell


def _bring_up_to_date(cells, release):
    """Give cells of an earlier release that a student has let be the present text, so that none counts as an answer.

    Returns the grade ids of the cells that are the instructor's change since. A cell that nbgrader has released bears
    the checksum of its text, its points and what it is for. That of an answer is of the text before the student wrote,
    which is the present release's unless that has changed too.
    """
    released = {grade_id_of(cell): cell for cell in release.cells if grade_id_of(cell)}
    found = set()
    for cell in cells:
        name = grade_id_of(cell)
        ours = released.get(name)
        claimed = ours and cell["metadata"]["nbgrader"].get("checksum")
        if not claimed or claimed == ours.metadata.nbgrader.get("checksum"):
            continue
        if claimed == _checksum(cell, cell["source"]):
            cell["source"] = ours.source
            found.add(name)
        elif utils.is_solution(ours) and claimed == _checksum(cell, ours.source):
            found.add(name)
    return found


def _checksum(cell, source):
    """nbgrader's checksum of an untrusted cell, had it this text; None where there is none."""
    try:
        return utils.compute_checksum(
            nbformat.from_dict({"source": source, "cell_type": cell["cell_type"], "metadata": cell["metadata"]})
        )
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):  # of metadata that are none
        return None


def _note_foreign_metadata(handed_in, release, done, others):
    kernel = handed_in["metadata"].get("kernelspec")
    name = kernel.get("name") if isinstance(kernel, dict) else None
    if name != release.metadata.kernelspec.name:
        done.repairs.append(f"the kernel was {clean_text(name)[:40]!r}; it is {release.metadata.kernelspec.name} again")
    expected = {grade_id_of(cell): cell.metadata.nbgrader for cell in release.cells if grade_id_of(cell)}
    for cell in handed_in["cells"]:
        grade_id = grade_id_of(cell)
        if grade_id in others:
            continue
        if grade_id in expected and _differs(cell["metadata"]["nbgrader"], expected[grade_id]):
            done.eye.append(f"{grade_id}: its nbgrader metadata was changed; the released one counts")
        elif grade_id and grade_id not in expected:
            done.eye.append(f"a cell claims the id {clean_text(grade_id)[:40]!r}, which is none of this notebook")


def _differs(claimed, released):
    return any(claimed.get(key) != released[key] for key in ("grade", "solution", "points") if key in released)


def _note_left_out(cells, done):
    """Tell of the student's own cells, and have those looked at who wrote some and seem not to have answered."""
    own = [place for place, text in enumerate(cells.texts) if text and place not in cells.used]
    kinds = ["code" if cells.kind(place) == "code" else "markdown" for place in own]
    if own:
        code = kinds.count("code")
        done.repairs.append(f"{len(own)} cells that are not of the release were left out, {code} of them code")
    if any(kind == "code" and is_continuation(cells.source(place)) for place, kind in zip(own, kinds, strict=True)):
        done.eye.append("a cell of code that begins within a block, as the piece of another, was left out")
    for kind in sorted({*kinds}):
        names = [name for name in _unwritten(kind, cells, done) if name not in done.not_found]
        if names:
            done.not_found += names
            count = f"{kinds.count(kind)} cells of {kind} elsewhere"
            done.eye.append(f"{', '.join(names)}: nothing is written there; look at the student's own {count}")


def _unwritten(kind, cells, done):
    """The answers with points, in cells of this kind, that are as they were released."""
    return [grade_id_of(cell) for cell, text in zip(done.notebook.cells, cells.ours, strict=True)
            if utils.is_solution(cell) and cell.cell_type == kind and has_points(cell, cells.release)
            and (as_read(cell.source) == text or is_unfinished(as_read(cell.source), text))]  # fmt: skip


def number_known(cells, release):
    """How many of the release's cells and answers are among untrusted cells."""
    cells = Cells(cells, release)
    return len({*cells.home} - {None}) + len(set().union(*cells.defined))


def _note_few_known(cells, done):
    known, count = len({*cells.home} - {None}), len(cells.ours)
    if known < FEW_KNOWN * count:
        done.eye.insert(0, f"it has {known} of the {count} cells of this notebook; was another one handed in?")
