"""Answers found: however an editor, a platform or a person saves a notebook, the answers are those that were written.

What is tried is done to the course's three notebooks with their own solutions in them.
"""

import copy
import json
import re
import unicodedata

import nbformat
import pytest
from sample_class import OPTIONAL, TASKS
from sample_notebook import cell_named

from autograder.course.release import student_version
from autograder.layout import assignments
from autograder.notebook_files import grade_id_of
from autograder.reading.places import as_read, is_answer
from autograder.reading.sanitise import sanitise

NAMES = [*TASKS]
WRITTEN = "My view of {}: *die Fläche* ist flach, $\\lambda < 0$.\n\nA second paragraph."


class Hand:
    """A notebook on its way from an honest student: cells as dicts, and the numbers that they have in the release."""

    def __init__(self, release, solution):
        solved = {grade_id_of(cell): cell.source for cell in solution.cells if grade_id_of(cell)}
        self.release, self.cells = release, json.loads(json.dumps(release))["cells"]
        self.top = {"kernelspec": {"name": "python3"}}
        self.answers = {}
        for cell in self.cells:
            name = grade_id_of(cell)
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                code = re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", solved[name]).rstrip()
                cell["source"] = code if cell["cell_type"] == "code" else WRITTEN.format(name)
                self.answers[name] = cell["source"]
        self.code = [grade_id_of(cell) for cell in release.cells if is_answer(cell) and cell.cell_type == "code"]
        self.text = [name for name in self.answers if name not in self.code]

    def place(self, name):
        """Where the cell with this nbgrader id stands."""
        return next(place for place, cell in enumerate(self.cells) if grade_id_of(cell) == name)

    def released(self, name):
        return cell_named(self.release, name).source

    def without_ids(self):
        """As a platform that keeps neither metadata nor ids."""
        for cell in self.cells:
            cell["metadata"] = {}
            cell.pop("id", None)
        return self

    def done(self):
        data = {"nbformat": 4, "nbformat_minor": 4, "metadata": self.top, "cells": self.cells}
        return sanitise(json.dumps(data, ensure_ascii=False).encode(), self.release)


@pytest.fixture(scope="module")
def pairs():
    return {path.stem: (student_version(path), nbformat.read(path, as_version=4)) for path in assignments()}


@pytest.fixture(params=NAMES)
def hand(pairs, request):
    return Hand(*pairs[request.param])


@pytest.fixture
def spectrum(pairs):
    return Hand(*pairs["hessian_spectrum"])


@pytest.fixture
def polychain(pairs):
    return Hand(*pairs["mode_connectivity"])


def found(done, hand):
    """The answers of the rebuilt notebook, {name: source}, without blank lines, which the halves of a cell lose."""
    return {name: squeezed(cell_named(done.notebook, name).source) for name in hand.answers}


def squeezed(source):
    return "\n".join(line for line in as_read(source).split("\n") if line)


def assert_all_found(done, hand, **instead):
    """All answers are there, and nobody needs to look."""
    assert found(done, hand) == {name: squeezed(text) for name, text in {**hand.answers, **instead}.items()}
    assert (done.eye, done.not_found, done.unanswered) == ([], [], [])


def own(source, kind="code"):
    """A cell that the student made."""
    return {"cell_type": kind, "metadata": {}, "source": source, **({"outputs": []} if kind == "code" else {})}


# ------------------------------------------------------------------------------------------------ platforms and editors


def new_ids(hand):
    for number, cell in enumerate(hand.cells):
        cell.update(id=f"{number:08x}", metadata={"cell_id": f"{number:032x}", "deepnote_cell_type": cell["cell_type"]})


def ids_alone_gone(hand):
    for cell in hand.cells:
        del cell["id"]


def metadata_alone_gone(hand):
    for cell in hand.cells:
        cell["metadata"] = {}


def text_as_magics(hand):
    for cell in hand.without_ids().cells:
        if cell["cell_type"] == "markdown":
            cell.update(cell_type="code", source=f"%md\n{cell['source']}", outputs=[])


def all_raw(hand):
    for cell in hand.without_ids().cells:
        cell["cell_type"] = "raw"


def lists_of_lines_with_crlf(hand):
    for cell in hand.without_ids().cells:
        cell["source"] = [f"{line}\r\n" for line in cell["source"].split("\n")]


def changed_text(change):
    def save(hand):
        for cell in hand.without_ids().cells:
            cell["source"] = change(cell["source"])

    return save


def with_headings(hand):
    """Ids gone, and the questions edited."""
    names = [grade_id_of(cell) or "" for cell in hand.cells]
    for name, cell in zip(names, hand.without_ids().cells):
        if name.startswith("question_"):
            cell["source"] += "\n\n(Think of the second figure.)"
            cell["source"] = cell["source"].replace("points)", "points!)")


def without_fixed_cells(hand):
    """Ids gone, and of our cells all but the answers' neighbours deleted."""
    near = {place + step for place, cell in enumerate(hand.cells) if (grade_id_of(cell) in hand.answers)
            for step in (-1, 0, 1)}  # fmt: skip
    hand.cells = [cell for place, cell in enumerate(hand.cells) if place in near]
    hand.without_ids()


def without_questions(hand):
    """Ids gone, and with them the questions: three texts where three answers belong."""
    hand.cells = [cell for cell in hand.cells if not (grade_id_of(cell) or "").startswith("question_")]
    hand.without_ids()


def in_another_order(hand):
    """Ids gone, and the notebook's last third put first."""
    cut = hand.place(hand.text[-1]) + 1
    hand.cells = hand.cells[cut:] + hand.cells[:cut]
    hand.without_ids()


def with_own_cells(hand):
    """Ids gone, and cells of the student's own around those of ours that ask for nothing."""
    cells = []
    for cell in hand.cells:
        cells.append(cell)
        if cell["id"] in ("hessian-03", "mode-03", "sgd-03", "hessian-14", "mode-14", "sgd-14"):
            cells += [own("Some notes.", "markdown"), own("print(len(checkpoints))")]
    hand.cells = cells
    hand.without_ids()


WAYS = [
    Hand.without_ids, new_ids, ids_alone_gone, metadata_alone_gone, text_as_magics, all_raw, lists_of_lines_with_crlf,
    with_headings, without_fixed_cells, without_questions, in_another_order, with_own_cells,
]  # fmt: skip
TEXTS = {
    "CR": lambda text: text.replace("\n", "\r"),
    "trailing blanks": lambda text: text.replace("\n", " \t\n") + "\n\n \n",
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "no-break spaces in text": lambda text: text.replace(" ", "\u00a0") if text.startswith("#") else text,
    "a byte order mark": lambda text: f"\ufeff{text}",
    "tabs": lambda text: text.replace("    ", "\t"),
}


@pytest.mark.parametrize("save", WAYS, ids=lambda way: way.__name__)
def test_all_answers_are_found_when_a_notebook_was_saved(hand, save):
    save(hand)
    assert_all_found(hand.done(), hand)


@pytest.mark.parametrize("change", TEXTS.values(), ids=TEXTS)
def test_all_answers_are_found_without_ids_when_texts_came_with(hand, change):
    changed_text(change)(hand)
    assert_all_found(hand.done(), hand)


@pytest.mark.parametrize("change", [*TEXTS.values(), lambda text: text.replace("\n", "\r\n")], ids=[*TEXTS, "CRLF"])
@pytest.mark.parametrize("ids", [True, False])
def test_the_release_saved_with_other_line_ends_or_blanks_is_untouched(pairs, change, ids):
    for release, solution in pairs.values():
        hand = Hand(release, solution)
        hand.cells = json.loads(json.dumps(release))["cells"]
        for cell in hand.cells if ids else hand.without_ids().cells:
            cell["source"] = change(cell["source"])
        done = hand.done()
        assert [cell.source for cell in done.notebook.cells] == [cell.source for cell in release.cells]
        assert (done.eye, done.not_found, done.unanswered) == ([], [], hand.text)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_all_answers_are_found_in_an_old_format(hand, version):
    keys = {1: ("code", "text"), 2: ("input", "source"), 3: ("input", "source")}[version]
    cells = [{"cell_type": "code", keys[0]: cell["source"]} if cell["cell_type"] == "code" else
             {"cell_type": "text" if version == 1 else "markdown", keys[1]: cell["source"]}
             for cell in hand.cells]  # fmt: skip
    old = {"cells": cells} if version == 1 else {"worksheets": [{"cells": cells}]}
    done = sanitise(json.dumps({"nbformat": version, **old}).encode(), hand.release)
    assert_all_found(done, hand)


def test_all_answers_are_found_in_what_nbformat_makes_of_it_in_format_3(hand):
    new = nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": hand.top, "cells": hand.cells})
    old = json.dumps(nbformat.convert(new, 3)).encode()
    assert_all_found(sanitise(old, hand.release), hand)


def test_a_notebook_as_jupyters_server_wraps_it_is_read(hand):
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": hand.top, "cells": hand.cells}
    wrapped = {"name": "x.ipynb", "type": "notebook", "format": "json", "content": content}
    assert_all_found(sanitise(json.dumps(wrapped).encode(), hand.release), hand)


# ---------------------------------------------------------------------------------------------------------- split cells


def lab(pieces, cell):
    """JupyterLab gives all of the cell's metadata to each piece, and new ids."""
    return [{**copy.deepcopy(cell), "id": f"new{number}", "source": piece} for number, piece in enumerate(pieces)]


def vs_code(pieces, cell):
    """VS Code leaves the metadata to the first piece."""
    return [{**cell, "source": pieces[0]}, *(own(piece, cell["cell_type"]) for piece in pieces[1:])]


def classic(pieces, cell):
    """The classic notebook leaves them to the last."""
    return [*(own(piece, cell["cell_type"]) for piece in pieces[:-1]), {**cell, "source": pieces[-1]}]


def no_ids(pieces, cell):
    return [own(piece, cell["cell_type"]) for piece in pieces]


@pytest.mark.parametrize("split", [lab, vs_code, classic, no_ids], ids=lambda split: split.__name__)
@pytest.mark.parametrize("count", [2, 3])
def test_the_pieces_of_an_answer_cell_that_was_split_within_its_code_are_joined(pairs, split, count):
    for release, solution in pairs.values():
        for name in Hand(release, solution).code:
            lines = Hand(release, solution).answers[name].split("\n")
            for cut in range(1, len(lines) - count + 2):
                bounds = [0, *range(cut, cut + count - 1), len(lines)]
                pieces = ["\n".join(lines[a:b]).strip("\n") for a, b in zip(bounds, bounds[1:])]
                hand = Hand(release, solution)
                if not all(piece[:1] == " " for piece in pieces[1:]):
                    continue  # a blank line, or a new function: see below
                place = hand.place(name)
                hand.cells[place : place + 1] = split(pieces, hand.cells[place])
                assert_all_found(hand.done(), hand)


@pytest.mark.parametrize("split", [lab, vs_code, classic, no_ids], ids=lambda split: split.__name__)
@pytest.mark.parametrize("ids", [True, False])
def test_the_pieces_of_a_written_answer_are_joined(hand, split, ids):
    for name in hand.text:
        place = hand.place(name)
        hand.cells[place : place + 1] = split(hand.answers[name].split("\n\n"), hand.cells[place])
    if not ids:
        hand.without_ids()
    assert_all_found(hand.done(), hand)


@pytest.mark.parametrize("split", [lab, vs_code], ids=lambda split: split.__name__)
def test_a_function_that_was_split_from_the_answer_below_it_is_kept_with_it(spectrum, split):
    name = "eval_hess_vec_prod"
    spectrum.answers[name] = f"def helper(x):\n    return x\n\n\n{spectrum.answers[name]}"
    place = spectrum.place(name)
    pieces = spectrum.answers[name].split("\n\n\n", 1)
    spectrum.cells[place : place + 1] = split(pieces, spectrum.cells[place])
    assert_all_found(spectrum.done(), spectrum)


@pytest.mark.parametrize("split", [lab, vs_code, classic, no_ids], ids=lambda split: split.__name__)
def test_pieces_are_joined_over_a_text_and_an_untouched_copy_between_them(polychain, split):
    name = "Polychain"
    place = polychain.place(name)
    lines = polychain.answers[name].split("\n")
    first, second = split(["\n".join(lines[:8]), "\n".join(lines[8:])], polychain.cells[place])
    untouched = {**polychain.cells[place], "id": "copy", "source": polychain.released(name)}
    polychain.cells[place : place + 1] = [first, own("Now the weights:", "markdown"), untouched, second]
    assert_all_found(polychain.done(), polychain)


def test_a_piece_that_stands_apart_from_the_others_is_told(polychain):
    place = polychain.place("Polychain")
    lines = polychain.answers["Polychain"].split("\n")
    polychain.cells[place]["source"] = "\n".join(lines[:8])
    polychain.cells.insert(2, own("\n".join(lines[8:])))
    assert polychain.done().eye == ["a cell of code that begins within a block, as the piece of another, was left out"]


# --------------------------------------------------------------------------------------------------------- merged cells


@pytest.mark.parametrize("step", [-1, 1])
@pytest.mark.parametrize("keeps", ["the answer's ids", "the neighbour's ids", "no ids"])
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_an_answer_merged_with_the_cell_above_or_below_is_parted_again(pairs, step, keeps, between):
    for release, solution in pairs.values():
        for name in Hand(release, solution).answers:
            hand = Hand(release, solution)
            place = hand.place(name)
            first, second = sorted([place, place + step])
            if second == len(hand.cells):
                continue
            merged = copy.deepcopy(hand.cells[place if keeps == "the answer's ids" else place + step])
            merged["source"] = between.join([hand.cells[first]["source"], hand.cells[second]["source"]])
            hand.cells[first : second + 1] = [merged]
            if keeps == "no ids":
                hand.without_ids()
            assert_all_found(hand.done(), hand)


def test_an_answer_merged_with_all_cells_down_to_its_test_is_parted_again(hand):
    place, end = hand.place(hand.code[0]), hand.place(f"test_{hand.code[0]}") + 1
    merged = {**hand.cells[place], "source": "\n\n".join(cell["source"] for cell in hand.cells[place:end])}
    hand.cells[place:end] = [merged]
    done = hand.done()
    assert_all_found(done, hand)
    assert f"{hand.code[0]}: it was merged with a cell of ours, from which it was parted" in done.repairs


def test_two_written_answers_merged_with_the_question_between_them_are_parted_again(hand):
    for keep in (0, 2):
        merged = copy.deepcopy(hand)
        place = merged.place(merged.text[1])
        three = merged.cells[place : place + 3]
        merged.cells[place : place + 3] = [{**three[keep], "source": "\n\n".join(cell["source"] for cell in three)}]
        assert_all_found(merged.done(), merged)


# ------------------------------------------------------------------------------------------------------- in other cells


@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("ids", [True, False])
def test_answers_in_new_cells_beside_the_untouched_ones_count(hand, above, ids):
    for name in hand.answers:
        place = hand.place(name)
        cell = hand.cells[place]
        hand.cells.insert(place if above else place + 1, own(cell["source"], cell["cell_type"]))
        cell["source"] = hand.released(name).replace("\n", " \r\n")
    if not ids:
        hand.without_ids()
    assert_all_found(hand.done(), hand)


def test_of_several_new_cells_the_one_that_defines_the_name_counts(hand):
    for name in hand.code:
        place = hand.place(name)
        new = [own("x = 3"), own(hand.answers[name]), own("def second(x):\n    return x"), own(f"print({name})")]
        hand.cells[place : place + 1] = new
    done, count = hand.done(), 3 * len(hand.code)
    assert_all_found(done, hand)
    assert f"{count} cells that are not of the release were left out, {count} of them code" in done.repairs


@pytest.mark.parametrize("where", ["the check cell", "the test cell", "the end", "the cell of another answer"])
@pytest.mark.parametrize("left", ["nothing", "the untouched cell"])
def test_code_that_was_written_elsewhere_is_found_by_its_name(hand, where, left):
    name = hand.code[0]
    place = hand.place(name)
    test = hand.place(f"test_{name}")
    target = {"the check cell": test - 1, "the test cell": test, "the end": len(hand.cells) - 1,
              "the cell of another answer": hand.place(hand.code[1])}[where]  # fmt: skip
    own_text = hand.cells[target]["source"]
    hand.cells[target]["source"] = f"{hand.answers[name]}\n\n{own_text}"
    if left == "nothing":
        del hand.cells[place]
    else:
        hand.cells[place]["source"] = hand.released(name)
    instead = f"{hand.answers[name]}\n\n{own_text}" if where == "the cell of another answer" else hand.answers[name]
    done = hand.done()
    assert found(done, hand)[name] == squeezed(instead) and done.eye == done.not_found == []


def test_code_written_in_place_of_the_check_is_found_by_its_name(hand):
    name = hand.code[0]
    hand.cells[hand.place(f"test_{name}") - 1]["source"] = hand.answers[name]
    hand.cells[hand.place(name)]["source"] = hand.released(name)
    assert_all_found(hand.done(), hand)


def test_text_written_into_the_question_is_found(hand):
    for name in hand.text:
        place = hand.place(name)
        hand.cells[place - 1]["source"] += f"\n\n{hand.answers[name]}"
        hand.cells[place]["source"] = "YOUR ANSWER HERE"
    assert_all_found(hand.done(), hand)


def test_text_written_over_the_question_counts_and_someone_is_told(hand):
    name = hand.text[1]
    place = hand.place(name)
    hand.cells[place - 1]["source"] = hand.answers[name]
    hand.cells[place]["source"] = "YOUR ANSWER HERE"
    done = hand.done()
    assert found(done, hand)[name] == squeezed(hand.answers[name]) and done.not_found == [name]
    assert done.eye == [f"{name}: nothing is written there; the text above it, which was changed, counts"]


def test_a_heading_above_and_a_text_below_belong_to_the_written_answer(hand):
    name = hand.text[0]
    place = hand.place(name)
    hand.cells[place + 1 : place + 1] = [own("More on that.", "markdown")]
    hand.cells[place:place] = [own("## My answer", "markdown")]
    text = f"## My answer\n\n{hand.answers[name]}\n\nMore on that."
    assert_all_found(hand.done(), hand, **{name: text})


def test_a_written_answer_in_a_cell_of_code_is_found_by_its_place(hand):
    for name in hand.text:
        hand.cells[hand.place(name)]["cell_type"] = "code"
    done = hand.without_ids().done()
    assert found(done, hand) == {name: squeezed(text) for name, text in hand.answers.items()}
    assert done.not_found == hand.text, "a person is to look at it"


# -------------------------------------------------------------------------------------------------------------- copies


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n", "\r"], ids=repr)
@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("above", [True, False])
def test_an_untouched_copy_never_wins_over_the_answer(hand, end, ids, above):
    for name in hand.answers:
        place = hand.place(name)
        untouched = copy.deepcopy(hand.cells[place])
        untouched["source"] = hand.released(name).replace("\n", end)
        hand.cells.insert(place if above else place + 1, untouched)
        assert hand.cells[hand.place(name) + (1 if above else 0)]["source"] == hand.answers[name]
    if not ids:
        hand.without_ids()
    assert_all_found(hand.done(), hand)


def test_of_two_copies_that_both_were_changed_the_last_before_the_test_counts_and_someone_is_told(hand):
    for name in hand.code:
        place = hand.place(name)
        attempt = {**hand.cells[place], "id": f"older-{name}", "source": f"{name} = None  # later"}
        hand.cells.insert(place, attempt)
        hand.cells.append(own(f"def {name}(*_):\n    return 'much later'"))
    done = hand.done()
    assert found(done, hand) == {name: squeezed(text) for name, text in hand.answers.items()}
    told = "3 different cells define it; the last one before its test counts"
    assert done.eye == [f"{name}: {told}" for name in hand.code]


def test_a_copy_that_is_finished_counts_before_one_that_is_not(hand):
    for name in hand.code:
        cell = hand.cells[hand.place(name)]
        hand.cells.insert(hand.place(name) + 1, {**cell, "source": f"# see above\n{hand.released(name)}"})
    assert_all_found(hand.done(), hand)


# ------------------------------------------------------------------------------------------------ nothing, or not plain


def test_an_answer_that_is_nowhere_is_told_to_the_instructor(hand):
    names = [TASKS[name] for name in NAMES if TASKS[name] in hand.code] + hand.text
    for name in hand.answers:
        del hand.cells[hand.place(name)]
    done = hand.done()
    assert done.not_found == [name for name in hand.answers if name in names]
    assert [told.partition(": no answer was found")[0] for told in done.eye] == done.not_found


def test_optional_cells_that_were_deleted_need_no_eye(hand):
    for name in hand.code[1:]:
        del hand.cells[hand.place(name)]
    done = hand.done()
    assert (done.eye, done.not_found) == ([], []) and len(done.repairs) == len(hand.code) - 1


def test_a_function_of_another_name_beside_the_untouched_cell_is_told(hand):
    name = hand.code[0]
    place = hand.place(name)
    hand.cells[place]["source"] = hand.released(name)
    hand.cells.insert(place + 1, own("def my_own_name(*_):\n    return 1"))
    done = hand.done()
    assert done.not_found == [name] and "1 cell in its place" in done.eye[0]
    assert cell_named(done.notebook, name).source == hand.released(name)


@pytest.mark.parametrize("more", ["", "\n\nprint({}(3) == 1)"])
def test_a_function_of_another_name_in_the_answer_cell_is_told(hand, more):
    name = hand.code[0]
    hand.cells[hand.place(name)]["source"] = "def my_own_name(*_):\n    return 1" + more.format(name)
    done = hand.done()
    assert done.not_found == [name] and "does not define it" in done.eye[0]
    assert "my_own_name" in cell_named(done.notebook, name).source


def test_a_function_of_another_name_in_place_of_the_answer_cell_is_taken_and_told(hand):
    name = hand.code[0]
    hand.cells[hand.place(name)] = own("def my_own_name(*_):\n    return 1")
    done = hand.done()
    assert done.not_found == [name] and "my_own_name" in cell_named(done.notebook, name).source


def test_a_text_that_may_be_the_answer_to_two_questions_is_told(hand):
    first, second = hand.text[1:]
    del hand.cells[hand.place(second)]
    del hand.cells[hand.place(second.replace("answer", "question"))]
    hand.cells[hand.place(first)] = own("To both.", "markdown")
    hand.cells.insert(hand.place(first.replace("answer", "question")) + 1, own("And more.", "markdown"))
    hand.cells.insert(hand.place(first.replace("answer", "question")) + 1, own("And more.", "markdown"))
    done = hand.done()
    assert f"{first}: the text that counts may be the answer to {second} too" in done.eye
    assert done.not_found == [first, second]


def test_another_notebook_is_told_to_be_one(pairs, hand):
    other = next(Hand(*pair) for pair in pairs.values() if pair[0] is not hand.release)
    hand.cells = other.cells
    done = hand.done()
    assert "was another one handed in?" in done.eye[0] and set(hand.text) < set(done.not_found)


BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
BADGES = {
    "of the edition": f"[![Open in Colab]({BADGE})](https://colab.research.google.com/github/o/r/blob/HEAD/a.ipynb)",
    "of Colab": f'<a href="https://colab.google/github/o/r" target="x"><img src="{BADGE}" alt="x"/></a>',
}


@pytest.mark.parametrize("badge", BADGES.values(), ids=BADGES)
def test_the_button_for_colab_is_no_cell_of_the_students_own(hand, badge):
    hand.cells = json.loads(json.dumps(hand.release))["cells"]
    untouched = hand.done()
    hand.cells.insert(0, own(badge, "markdown"))
    done = hand.done()
    assert (done.eye, done.repairs, done.not_found) == (untouched.eye, untouched.repairs, untouched.not_found)


def test_what_a_student_wrote_below_the_button_for_colab_is_told(hand):
    hand.cells.insert(0, own(BADGES["of the edition"] + "\n\nMy answers stand here.", "markdown"))
    assert "1 cells that are not of the release were left out, 0 of them code" in hand.done().repairs


def test_untouched_answers_beside_cells_of_ones_own_elsewhere_are_told(hand):
    hand.cells = json.loads(json.dumps(hand.release))["cells"]
    hand.cells[3:3] = [own("To all questions: ...", "markdown"), own("def my_own_name(*_):\n    return 1")]
    done = hand.done()
    assert [told.partition(": ")[0] for told in done.eye] == [hand.code[0], ", ".join(hand.text)]
    assert done.not_found == [hand.code[0], *hand.text]


@pytest.mark.parametrize("source", [
    "if True:\n    def {}(*_):\n        pass", "from my_file import {}", "a, {} = 3, 4", "{}, a = 3, 4",
    "globals()['{}'] = 3", "import x as {}",
])  # fmt: skip
def test_an_answer_that_is_defined_in_a_roundabout_way_needs_no_eye(spectrum, source):
    spectrum.cells[spectrum.place("eval_hess_vec_prod")]["source"] = source.replace("{}", "eval_hess_vec_prod")
    done = spectrum.done()
    assert (done.eye, done.not_found) == ([], [])


# ------------------------------------------------------------------------------------------------------ what is bounded


def cells_of(*sources, count=200, kind="code"):
    return [own(sources[number % len(sources)], kind) for number in range(count)]


HOSTILE = {
    "combining marks": lambda: cells_of("a" + "\u0315\u0300" * 2500),
    "tabs": lambda: cells_of("\t" * 9000),
    "lines": lambda: cells_of("import time\n" * 1600),
    "names": lambda: cells_of("def eval_hess_vec_prod(\n" * 700),
    "spaces": lambda: cells_of("from" + " " * 9500 + "a" * 9500),
    "a cell of twenty megabytes": lambda: cells_of("eval_hess_vec_prod :" * 900_000, count=1),
}


@pytest.mark.parametrize("cells", HOSTILE.values(), ids=HOSTILE)
def test_cells_made_to_be_compared_without_end_are_read(spectrum, cells):
    spectrum.cells = cells()
    spectrum.done()


def test_a_thousand_cells_that_resemble_each_cell_of_ours_are_read(spectrum):
    lines = sorted({line for cell in spectrum.release.cells for line in cell.source.split("\n")})
    spectrum.cells = cells_of("\n".join(lines)[:19_000], kind="markdown")
    spectrum.done()


def test_every_name_of_a_task_is_that_of_its_answer_cell(pairs):
    for name, (release, _) in pairs.items():
        assert {TASKS[name], OPTIONAL[name]} <= {grade_id_of(cell) for cell in release.cells if is_answer(cell)}
