"""The code of a submission in the order of its notebook: the course's cells, the answers, and what the student added.

It is text that goes into the sandbox: what an answer uses of it is found, and run, in there (`inside/run_cells.py`).
"""

from dataclasses import dataclass

from autograder.reading.places import MOST_SOURCE

MOST_OF_ALL = 2_000_000  # characters of all the student's cells together


@dataclass(frozen=True)
class OwnCell:
    """A code cell of the student's: its name, its place, its text.

    stands_for: the id of the released cell in whose place it is, "" for one of the student's own; the text of an answer
    is not repeated here
    """

    name: str
    source: str
    stands_for: str = ""


def own_cells(cells, notebook, answers):
    """The code cells of a submission's `Cells`, as `OwnCell`s in their order, and remarks on those that are left out.

    notebook: the rebuilt one; answers: {place of a cell with an answer: its number in the notebook}
    """
    found, remarks, room = [], [], MOST_OF_ALL
    for place, cell in enumerate(cells.cells):
        name, home = f"cell {cell['number']}", cells.home[place]
        if place in answers:
            found.append(OwnCell(name, "", notebook.cells[answers[place]].id))
        if cell["cell_type"] != "code" or place in answers or cells.is_answer(place):
            continue
        if home is None and place in cells.used:  # a piece of an answer
            continue
        source, released = cell["source"], "" if home is None else notebook.cells[home].source
        room -= len(source) if source != released else 0
        if len(source) > MOST_SOURCE or room < 0:
            remarks.append(f"{name}: it has {len(source):,} characters, and no answer is run with it")
            source = released
        found.append(OwnCell(name, source, "" if home is None else notebook.cells[home].id))
    return found, remarks
