"""A submission rebuilt: whatever was handed in, the notebook is the released one but for its answers and outputs."""

import base64
import copy
import io
import json
import random

import nbformat
import pytest
from hostile import OUTPUTS
from nbconvert import HTMLExporter
from nbgrader import utils
from PIL import Image
from sample_notebook import cell_named, write_solutions

from autograder.course.release import student_version
from autograder.errors import Unreadable
from autograder.layout import assignments
from autograder.notebook_files import MOST_BYTES, grade_id_of
from autograder.outputs import MOST_OUTPUT, MOST_OUTPUTS
from autograder.reading.places import MOST_SOURCE
from autograder.reading.sanitise import OWN_OUTPUTS, sanitise
from autograder.reading.untrusted import MOST_CELLS


def picture_of(kind, width=8, height=8):
    """A picture of one colour in base64."""
    file = io.BytesIO()
    Image.new("1", (width, height)).save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


PNG, JPEG = picture_of("png"), picture_of("jpeg")
ANSWER = "def double(x):\n    return x + x"
CODE, TEXT, TEST, FIXED = "double", "answer_linear", "test_double", "setup"  # in the sample notebook
NAMES = ["doubling", *(path.stem for path in assignments())]


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    """The student versions of the sample notebook and of the course's, {name: notebook}."""
    sample = write_solutions(tmp_path_factory.mktemp("solutions")) / "doubling.ipynb"
    return {path.stem: student_version(path) for path in (sample, *assignments())}


@pytest.fixture
def release(releases):
    """The student version of the sample notebook."""
    return releases["doubling"]


@pytest.fixture
def honest(release):
    """The sample notebook as an honest student hands it in, as plain dicts that a test may change."""
    return honest_submission(release)


def honest_submission(release):
    """The release with answers to all that is asked for, and with the outputs of its cells."""
    notebook = copy.deepcopy(release)
    for cell in notebook.cells:
        if utils.is_solution(cell):
            code = ANSWER.replace("double", cell.metadata.nbgrader.grade_id)
            cell.source = code if cell.cell_type == "code" else "As a sum doubles **term by term**: $2(a+b)$."
        elif cell.cell_type == "code":
            cell.execution_count = 7
            cell.outputs = [nbformat.from_dict(stream("trained\n")), nbformat.from_dict(display({"image/png": PNG}))]
    return json.loads(json.dumps(notebook))


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def display(data):
    return {"output_type": "display_data", "data": data, "metadata": {}}


def named(notebook, grade_id):
    """The first cell of an untrusted notebook that claims the id."""
    return next(cell for cell in notebook["cells"] if grade_id_of(cell) == grade_id)


def with_id(notebook, identifier):
    return next(cell for cell in notebook["cells"] if cell.get("id") == identifier)


def as_bytes(notebook):
    return json.dumps(notebook).encode()


def rebuilt(notebook, release):
    """The `Sanitised` of an untrusted notebook, which is the release but for answers and outputs, and can be shown."""
    data = notebook if isinstance(notebook, bytes) else as_bytes(notebook)
    before = nbformat.writes(release)
    done = sanitise(data, release)
    assert nbformat.writes(release) == before, "the release itself was changed"
    assert frame(done.notebook) == frame(release)
    nbformat.validate(done.notebook)
    nbformat.writes(done.notebook).encode()
    json.dumps([done.repairs, done.eye, done.unanswered], ensure_ascii=False).encode()
    return done


def frame(notebook):
    """All of a notebook that is not the student's, with a mark where an answer or outputs are."""
    bare = copy.deepcopy(notebook)
    for cell in bare.cells:
        if utils.is_solution(cell):
            cell.source = "an answer"
        elif cell.cell_type == "code" and not utils.is_grade(cell):
            cell.outputs = ["outputs"]
    return bare


def page(notebook):
    return HTMLExporter(template_name="classic").from_notebook_node(notebook)[0]


# --------------------------------------------------------------------------------------------------- honest submissions


@pytest.mark.parametrize("name", NAMES)
def test_an_honest_submission_keeps_its_answers_and_outputs_and_nothing_is_told(releases, name):
    release = releases[name]
    done = rebuilt(honest_submission(release), release)
    assert (done.repairs, done.eye, done.unanswered) == ([], [], [])
    for cell in done.notebook.cells:
        if utils.is_solution(cell):
            assert cell.source != cell_named(release, cell.metadata.nbgrader.grade_id).source
        elif cell.cell_type == "code" and not utils.is_grade(cell):
            assert [output.get("text") for output in cell.outputs] == [OWN_OUTPUTS, "trained\n", None]
            assert cell.outputs[2].data == {"image/png": PNG}


@pytest.mark.parametrize("name", NAMES)
def test_the_release_handed_in_untouched_is_the_release_and_all_is_unanswered(releases, name):
    release = releases[name]
    done = rebuilt(nbformat.writes(release).encode(), release)
    assert done.notebook == release
    written = [cell for cell in release.cells if cell.cell_type == "markdown" and utils.is_solution(cell)]
    assert done.unanswered == [cell.metadata.nbgrader.grade_id for cell in written] != []
    assert (done.repairs, done.eye) == ([], [])


@pytest.mark.parametrize("name", NAMES)
def test_a_rebuilt_notebook_renders_as_a_page(releases, name):
    shown = page(rebuilt(honest_submission(releases[name]), releases[name]).notebook)
    assert f"data:image/png;base64,{PNG}" in shown and "<strong>term by term</strong>" in shown


def test_sources_that_are_lists_of_lines_are_read_as_one(honest, release):
    named(honest, CODE)["source"] = ANSWER.splitlines(keepends=True)
    assert cell_named(rebuilt(honest, release).notebook, CODE).source == ANSWER


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_notebook_in_each_encoding_of_json_is_read(honest, release, encoding):
    named(honest, TEXT)["source"] = "Weil 2·(a+b) = 2a+2b, 証明終わり 🎓"
    done = rebuilt(json.dumps(honest, ensure_ascii=False).encode(encoding), release)
    assert cell_named(done.notebook, TEXT).source == "Weil 2·(a+b) = 2a+2b, 証明終わり 🎓"


@pytest.mark.parametrize("source", ["", " \n\t", [], None])
def test_a_written_answer_that_was_emptied_is_unanswered(honest, release, source):
    named(honest, TEXT)["source"] = source
    assert rebuilt(honest, release).unanswered == [TEXT]


def test_a_written_answer_that_differs_by_white_space_only_is_unanswered(honest, release):
    named(honest, TEXT)["source"] = f"\n{cell_named(release, TEXT).source}  \n"
    assert rebuilt(honest, release).unanswered == [TEXT]


# -------------------------------------------------------------------------------------------------------- cells changed


@pytest.mark.parametrize("grade_id", [CODE, TEXT, TEST, FIXED])
def test_a_cell_that_is_missing_is_put_back_and_told(honest, release, grade_id):
    honest["cells"].remove(named(honest, grade_id))
    done = rebuilt(honest, release)
    assert cell_named(done.notebook, grade_id) == cell_named(release, grade_id)
    assert done.repairs == [f"{grade_id}: the cell is missing; the released one stands for it"]
    assert done.unanswered == [TEXT] * (grade_id == TEXT)


def test_of_cells_with_the_same_id_the_last_before_the_test_counts_and_someone_is_told(honest, release):
    untouched = {**named(honest, CODE), "source": cell_named(release, CODE).source}
    later = {**named(honest, CODE), "source": "def double(x):\n    return 3 * x"}
    honest["cells"] = [untouched, *honest["cells"], later]
    done = rebuilt(honest, release)
    assert cell_named(done.notebook, CODE).source == ANSWER
    assert done.eye == [f"{CODE}: 2 different cells define it; the last one before its test counts"]


def test_cells_of_a_test_that_are_there_twice_change_nothing(honest, release):
    forged = {**named(honest, TEST), "source": "3", "outputs": [display({"text/plain": "3.0"})]}
    honest["cells"] = [forged, *honest["cells"], forged]
    assert cell_named(rebuilt(honest, release).notebook, TEST) == cell_named(release, TEST)


@pytest.mark.parametrize(("grade_id", "kind"), [(CODE, "markdown"), (TEXT, "code"), (CODE, "raw"), (TEXT, "raw")])
def test_an_answer_whose_type_was_changed_counts_as_what_it_was(honest, release, grade_id, kind):
    cell = named(honest, grade_id)
    cell["cell_type"] = kind
    done = rebuilt(honest, release)
    assert cell_named(done.notebook, grade_id).source == cell["source"]
    released = cell_named(release, grade_id).cell_type
    assert done.repairs == [f"{grade_id}: its type was changed; it is a {released} cell again"]


@pytest.mark.parametrize("grade_id", [TEST, FIXED])
def test_a_fixed_cell_that_was_edited_is_as_released_and_told(honest, release, grade_id):
    named(honest, grade_id)["source"] = "import os"
    done = rebuilt(honest, release)
    assert done.repairs == [f"{grade_id}: its text was changed; the released one counts"]


@pytest.mark.parametrize("change", [{"points": 100}, {"grade": False}, {"solution": True}, {"points": [1]}], ids=str)
def test_nbgrader_metadata_that_were_changed_count_nothing_and_someone_is_told(honest, release, change):
    named(honest, TEST)["metadata"]["nbgrader"].update(change)
    assert rebuilt(honest, release).eye == [f"{TEST}: its nbgrader metadata was changed; the released one counts"]


def test_an_answer_that_lost_its_nbgrader_metadata_is_known_by_its_own_id(honest, release):
    del named(honest, CODE)["metadata"]["nbgrader"]
    done = rebuilt(honest, release)
    assert cell_named(done.notebook, CODE).source == ANSWER
    assert done.repairs == [f"{CODE}: its nbgrader metadata was missing; it was known by its own id"]


def test_a_foreign_id_of_nbgraders_is_left_out_and_someone_is_told(honest, release):
    foreign = copy.deepcopy(named(honest, TEST))
    foreign["metadata"]["nbgrader"]["grade_id"] = "test_bonus\ud800\x1b" + "x" * 1000
    honest["cells"].append(foreign)
    done = rebuilt(honest, release)
    (told,) = done.eye
    assert "'test_bonus" in told and len(told) < 150


def test_the_students_own_cells_are_left_out_and_counted(honest, release):
    honest["cells"][:0] = [
        {"cell_type": "code", "source": "x = 1"}, {"cell_type": "markdown", "source": "mine"}, {"cell_type": "code"},
    ]  # fmt: skip
    assert rebuilt(honest, release).repairs == ["2 cells that are not of the release were left out, 1 of them code"]


def test_tags_attachments_and_other_metadata_of_cells_are_the_releases(honest, release):
    for cell in honest["cells"]:
        cell["metadata"]["tags"] = ["setup", "remove-cell"]
        cell["metadata"]["jupyter"] = {"source_hidden": True}
        cell["attachments"] = {"a.png": {"image/png": PNG}}
    done = rebuilt(honest, release)
    pasted = "a picture pasted into the answer is left out; look at the submitted notebook"
    assert done.eye == [f"{CODE}: {pasted}", f"{TEXT}: {pasted}"]


@pytest.mark.parametrize("kernelspec", [{"name": "bash"}, {"name": ["python3"]}, {}, "python3", None], ids=str)
def test_the_kernel_and_the_metadata_of_the_notebook_are_the_releases(honest, release, kernelspec):
    honest["metadata"] = {"kernelspec": kernelspec, "widgets": {"a": "<script>"}, "celltoolbar": "Create Assignment"}
    (told,) = rebuilt(honest, release).repairs
    assert told.startswith("the kernel was '") and told.endswith("'; it is python3 again")


def test_the_order_of_the_cells_is_the_releases(honest, release):
    honest["cells"].reverse()
    done = rebuilt(honest, release)
    assert cell_named(done.notebook, CODE).source == ANSWER and not done.repairs


# ------------------------------------------------------------------------------------------------------------- contents


def test_what_no_file_can_hold_is_taken_out_of_an_answer(honest, release):
    named(honest, TEXT)["source"] = "a\ud800b\x00c\x08d\x9be\ttab\nnew 🎓\r\n"
    assert cell_named(rebuilt(honest, release).notebook, TEXT).source == "a?bcde\ttab\nnew 🎓\n"


def test_an_answer_that_no_person_wrote_is_left_out_by_its_length(honest, release):
    cell = named(honest, TEXT)
    cell["source"] = "x" * MOST_SOURCE
    assert cell_named(rebuilt(honest, release).notebook, TEXT).source == cell["source"]
    cell["source"] += "x"
    done = rebuilt(honest, release)
    assert done.eye == [f"{TEXT}: the answer has 100,001 characters and was left out"] and done.unanswered == [TEXT]


# -------------------------------------------------------------------------------------------------------------- outputs


def shown_of(outputs, honest, release):
    """What is left of the student's outputs of the cell in between, without the line that says whose they are."""
    with_id(honest, "progress")["outputs"] = outputs
    cell = next(cell for cell in rebuilt(honest, release).notebook.cells if cell.id == "progress")
    assert not cell.outputs or cell.outputs[0].text == OWN_OUTPUTS
    return [dict(output) for output in cell.outputs[1:]]


@pytest.mark.parametrize("kind", ["display_data", "execute_result"])
@pytest.mark.parametrize("mime", OUTPUTS)
def test_an_output_that_a_browser_could_run_does_not_survive(honest, release, kind, mime):
    output = {"output_type": kind, "data": {mime: OUTPUTS[mime]}, "metadata": {"EVIL": 1}, "execution_count": 1}
    assert shown_of([output], honest, release) == []
    output["data"]["text/plain"] = "<Figure>"
    assert shown_of([output], honest, release) == [display({"text/plain": "<Figure>"})]


def test_markup_in_text_and_tracebacks_is_shown_as_text(honest, release):
    markup = "<script>alert(1)</script>"
    outputs = [
        stream(markup, "stderr"), display({"text/plain": markup}),
        {"output_type": "error", "ename": markup, "evalue": markup, "traceback": [markup]},
    ]  # fmt: skip
    assert [output["output_type"] for output in shown_of(outputs, honest, release)] == [
        "stream", "display_data", "error"
    ]  # fmt: skip
    shown = page(rebuilt(honest, release).notebook)
    assert markup not in shown and shown.count("&lt;script&gt;alert(1)") == 3


@pytest.mark.parametrize(
    ("mime", "picture"),
    [("image/png", PNG), ("image/png", PNG[:30] + "\n" + PNG[30:] + "\n"), ("image/jpeg", JPEG)],
    ids=["png", "png in lines", "jpeg"],
)
def test_a_picture_survives(honest, release, mime, picture):
    assert shown_of([display({mime: picture})], honest, release) == [display({mime: picture.replace("\n", "")})]


@pytest.mark.parametrize("picture", [JPEG, PNG + "!", PNG.replace("A", "<"), "", [1], 5, None, "ü" + PNG])
def test_what_only_claims_to_be_a_picture_does_not_survive(honest, release, picture):
    assert shown_of([display({"image/png": picture})], honest, release) == []


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_picture_of_a_few_bytes_that_fills_the_memory_of_a_browser_does_not_survive(honest, release, kind):
    assert shown_of([display({f"image/{kind}": picture_of(kind, 5000, 5000)})], honest, release)
    assert shown_of([display({f"image/{kind}": picture_of(kind, 6000, 6000)})], honest, release) == []


@pytest.mark.parametrize("picture", [base64.b64encode(b"\xff\xd8\0junk" + base64.b64decode(JPEG)[2:]).decode(),
                                     base64.b64encode(base64.b64decode(JPEG)[:30]).decode()])  # fmt: skip
def test_a_jpeg_that_hides_its_size_does_not_survive(honest, release, picture):
    assert shown_of([display({"image/jpeg": picture})], honest, release) == []


def test_a_picture_that_is_a_list_of_lines_survives(honest, release):
    assert shown_of([display({"image/png": [PNG[:40] + "\n", PNG[40:]]})], honest, release) == [
        display({"image/png": PNG})
    ]


@pytest.mark.parametrize("grade_id", [CODE, TEST, "test_double_text"])
def test_outputs_forged_into_cells_that_count_do_not_survive(honest, release, grade_id):
    named(honest, grade_id)["outputs"] = [
        {"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": "100.0"}, "metadata": {}},
        display({"text/plain": "100.0"}), stream("100.0"),
    ]  # fmt: skip
    cell = cell_named(rebuilt(honest, release).notebook, grade_id)
    assert cell.outputs == [] and cell.execution_count is None


def test_a_result_is_shown_as_a_display_as_nbgrader_reads_points_from_results(honest, release):
    output = {"output_type": "execute_result", "execution_count": 3, "data": {"text/plain": "5.0"}, "metadata": {}}
    assert shown_of([output], honest, release) == [display({"text/plain": "5.0"})]


NO_OUTPUTS = [5, "text", None, [], {"output_type": "stream"}, [5, None, [[]], "x"], [{"output_type": "pyout"}],
              [{"output_type": ["stream"]}], [{"data": {"text/plain": "x"}}],
              [{"output_type": "display_data", "data": ["text/plain"]}]]  # fmt: skip


@pytest.mark.parametrize("outputs", NO_OUTPUTS, ids=str)
def test_what_is_no_output_is_left_out(honest, release, outputs):
    assert shown_of(outputs, honest, release) == []


def test_outputs_of_wrong_types_are_shown_as_empty_ones(honest, release):
    outputs = [
        {"output_type": "stream", "name": 5, "text": {"a": 1}}, {"output_type": "error", "traceback": 5, "ename": []},
        {"output_type": "error", "traceback": [5, ["a", 7]]}, display({"text/plain": 5}),
    ]  # fmt: skip
    error = {"output_type": "error", "ename": "", "evalue": ""}
    assert shown_of(outputs, honest, release) == [
        stream(""), {**error, "traceback": []}, {**error, "traceback": ["", "a"]}, display({"text/plain": ""}),
    ]  # fmt: skip


def test_outputs_of_one_cell_are_kept_up_to_a_size_and_the_rest_is_told(honest, release):
    outputs = shown_of([stream("x" * (MOST_OUTPUT // 2)), stream("y" * MOST_OUTPUT)], honest, release)
    assert [output["text"][:3] for output in outputs] == ["xxx", "(Th"]
    assert len(nbformat.writes(rebuilt(honest, release).notebook)) < 1.1 * MOST_OUTPUT


def test_outputs_of_all_cells_are_kept_up_to_a_size_and_each_cell_that_was_cut_tells(releases):
    release = releases["hessian_spectrum"]
    honest = honest_submission(release)
    for cell in honest["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [stream("x" * (MOST_OUTPUT // 6))]
    done = rebuilt(honest, release)
    shown = [cell.outputs[1].text[:14] for cell in done.notebook.cells if cell.get("outputs")]
    assert shown == ["x" * 14] * 5 + ["(There is more"] * (len(shown) - 5) and len(shown) > 10
    assert len(nbformat.writes(done.notebook)) < 1.1 * MOST_OUTPUT


def test_outputs_of_a_cell_are_kept_up_to_a_number(honest, release):
    assert len(shown_of([stream("")] * 100_000, honest, release)) <= MOST_OUTPUTS + 1


# --------------------------------------------------------------------------------------------------------- no notebooks


def nested(depth):
    return "[" * depth + "]" * depth


NO_NOTEBOOKS = {
    "nothing": b"",
    "a text": b"I could not do it, sorry.",
    "a page": b"<!DOCTYPE html><html>",
    "a zip": b"PK\x03\x04" + bytes(100),
    "half a notebook": b'{"cells": [{"cell_type": "code", "sour',
    "no text": bytes(range(256)),
    "a list": b"[]",
    "a number": b"5",
    "null": b"null",
    "no cells": b'{"nbformat": 4}',
    "cells that are a dict": b'{"nbformat": 4, "cells": {}}',
    "cells that are a text": b'{"nbformat": 4, "cells": "code"}',
    "format 99": b'{"nbformat": 99, "cells": []}',
    "format 2": b'{"nbformat": 2, "worksheets": []}',
    "no format": b'{"cells": []}',
    "a format of a wrong type": b'{"nbformat": {"a": "4"}, "cells": []}',
    "format 3 of wrong types": b'{"nbformat": 3, "worksheets": [{"cells": 5}], "metadata": 3}',
    "deep JSON": nested(100_000).encode(),
    "deep JSON in a cell": f'{{"nbformat": 4, "cells": [{nested(100_000)}]}}'.encode(),
    "a number of a million digits": b'{"nbformat": ' + b"4" * 1_000_000 + b', "cells": []}',
}


@pytest.mark.parametrize("data", NO_NOTEBOOKS.values(), ids=NO_NOTEBOOKS)
def test_a_file_is_unreadable_that_is_or_has(release, data):
    with pytest.raises(Unreadable) as error:
        sanitise(data, release)
    assert 10 < len(str(error.value)) < 100


@pytest.mark.parametrize("depth", [*range(100, 1000, 100), *range(940, 1000, 4)])
def test_json_nested_nearly_too_deeply_is_read_or_unreadable(release, depth):
    for start, end in (('{"nbformat":4,"cells":[{"id":', "}]}"), ('{"cells":[],"nbformat":', "}")):
        try:
            rebuilt(f"{start}{nested(depth)}{end}".encode(), release)
        except Unreadable:
            pass


def test_of_json_that_is_nested_too_deeply_this_is_said(release):
    with pytest.raises(Unreadable, match="nested too deeply"):
        sanitise(nested(100_000).encode(), release)


def test_a_file_larger_than_a_notebook_is_unreadable_before_it_is_parsed(release):
    with pytest.raises(Unreadable, match="the file has 20 MB; 20 are the most"):
        sanitise(b" " * (MOST_BYTES + 1), release)


def test_a_notebook_of_format_3_is_read(honest, release):
    old = nbformat.convert(nbformat.from_dict(honest), 3)
    assert old.nbformat == 3 and old.worksheets[0].cells
    done = rebuilt(json.dumps(old).encode(), release)
    assert cell_named(done.notebook, CODE).source == ANSWER and done.unanswered == []


def test_a_notebook_without_any_metadata_is_read(honest, release):
    bare = {"nbformat": 4, "cells": [{"id": cell["id"], "source": cell["source"]} for cell in honest["cells"]]}
    done = rebuilt(bare, release)
    assert cell_named(done.notebook, CODE).source == ANSWER and done.unanswered == []


WRONG = [None, True, 3, -1, 0.5, "", "text", [], [5], {}, {"a": 1}, "\ud800", [["x"]], 10**30, {"grade_id": []}]


@pytest.mark.parametrize("value", WRONG, ids=str)
def test_values_of_wrong_types_everywhere_leave_a_notebook_that_is_sound(honest, release, value):
    for key in ("metadata", "nbformat_minor"):
        rebuilt({**honest, key: value}, release)
    for key in ("metadata", "source", "outputs", "cell_type", "id", "execution_count", "attachments"):
        rebuilt({**honest, "cells": [{**cell, key: value} for cell in honest["cells"]]}, release)
    rebuilt({**honest, "cells": [value, *honest["cells"], value]}, release)
    for key in ("grade_id", "points", "grade", "solution", "cell_type", "schema_version", "locked"):
        changed = copy.deepcopy(honest)
        for cell in changed["cells"]:
            cell["metadata"].setdefault("nbgrader", {})[key] = value
        rebuilt(changed, release)


@pytest.mark.parametrize("grade_id", ["foreign", TEST])
def test_what_is_told_stays_short_however_many_cells_there_are(honest, release, grade_id):
    cell = {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": grade_id}}}
    honest["cells"] += [cell] * (MOST_CELLS - len(honest["cells"]))
    done = rebuilt(honest, release)
    assert 0 < len(done.eye) + len(done.repairs) < 50


def test_a_notebook_of_more_cells_than_anyone_writes_is_unreadable(honest, release):
    honest["cells"] += [{"cell_type": "markdown", "source": ""}] * (MOST_CELLS - len(honest["cells"]))
    rebuilt(honest, release)
    honest["cells"].append({})
    with pytest.raises(Unreadable, match="it has 1,001 cells; 1,000 are the most"):
        sanitise(as_bytes(honest), release)


# ------------------------------------------------------------------------------------------------------------ mutations


def places(value, path=()):
    """The paths of all values of a JSON tree."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def mutated(notebook, rng):
    """A copy of an honest notebook, of which some values are deleted, made others, doubled, swapped or renamed."""
    tree = {"": copy.deepcopy(notebook)}
    for _ in range(rng.choice([1, 2, 5, 20])):
        *path, key = rng.choice([path for path in places(tree) if path])
        parent = tree
        for step in path:
            parent = parent[step]
        kind = rng.randrange(5)
        if kind == 0 and path:
            del parent[key]
        elif kind == 1:
            parent[key] = copy.deepcopy(rng.choice(WRONG))
        elif kind == 2 and isinstance(parent, list):
            parent.insert(rng.randrange(len(parent)), copy.deepcopy(parent[key]))
        elif kind == 3 and isinstance(parent, dict) and path:
            parent[rng.choice(["cells", "metadata", "source", "x", "grade_id", "id"])] = parent.pop(key)
        elif kind == 4:
            siblings = [*parent.values()] if isinstance(parent, dict) else parent
            parent[key] = copy.deepcopy(rng.choice(siblings))
    return tree[""]


def test_each_of_400_mutations_of_an_honest_submission_is_rebuilt_or_unreadable(honest, release):
    rng = random.Random(0)
    readable = 0
    for _ in range(400):
        try:
            rebuilt(mutated(honest, rng), release)
            readable += 1
        except Unreadable:
            pass
    assert 200 < readable < 400  # else the mutations would say little


def test_each_of_300_damaged_files_is_rebuilt_or_unreadable(honest, release):
    rng, data = random.Random(0), as_bytes(honest)
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(rng.choice([1, 3])):
            start = rng.randrange(len(damaged))
            damaged[start : start + rng.choice([0, 1, 30])] = rng.randbytes(rng.choice([0, 1, 1, 4]))
        try:
            rebuilt(bytes(damaged), release)
        except Unreadable:
            pass
