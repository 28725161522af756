"""The marking page under attack: what a student wrote runs nothing, fetches nothing, and leaves the controls alone."""

import io
from pathlib import Path

import nbformat
import pytest
from hostile import COVERING, HIDDEN_MACROS, MARKUP, NAMES, OUTPUTS, REACHING_OUT, SLOW, TARGETS, fetching
from marking_page import choose, opened, served, settle
from nbformat.v4 import new_output
from PIL import Image, ImageChops
from sample_class import enter, enter_file
from serving import listening

from autograder.course.staging import init, settings
from autograder.grading.gradebook import Writer
from autograder.layout import NOTEBOOKS

pytestmark = [pytest.mark.kernel, pytest.mark.long]

HESSIAN, QUESTION = "hessian_spectrum", "answer_basins"
ROUNDING = 50  # pixels at corners that Chromium draws otherwise from time to time
UPLOADS = Path(__file__).parent / "attacks" / "uploads"
IN_ANSWERS = "script_in_written_answers", "formulas_that_reach_out", "markdown_of_brackets", "hostile_outputs"
ESCAPES = "\x1b]8;;javascript:alert(1)\x07\x1b[31mred\x1b[2J\x9b31m\u202edlo"
WRITTEN = [
    "\n\n".join([*MARKUP, *(f"[x]({target}) ![x]({target})" for target in TARGETS)]),
    *MARKUP, "\n\n".join(f"${formula}$" for formula in REACHING_OUT), "\n\n".join(HIDDEN_MACROS), ESCAPES,
]  # fmt: skip
ALLOWED_BESIDE_FORMULAS = (
    "a, blockquote, br, code, del, div, em, h1, h2, h3, h4, h5, h6, hr, li, ol, p, pre, span, strong, sub, sup, table, "
    "tbody, td, th, thead, tr, ul, section, math, math *"
)


def hostile_class(course, address):
    """Students' answers {student: text}, and those whose files are in the corpus of attacks, which are entered too."""
    texts = [*WRITTEN, fetching(address), *COVERING, SLOW[0], SLOW[-1], f"[notes]({address}/landed)"]
    return {f"{NAMES[number % len(NAMES)]}{number}": text.encode(errors="replace").decode()
            for number, text in enumerate(texts)}  # fmt: skip


def with_hostile_outputs(path):
    """Give each code cell outputs of all types."""
    notebook = nbformat.read(path, as_version=4)
    outputs = [new_output("display_data", {kind: data, "text/plain": ESCAPES}) for kind, data in OUTPUTS.items()]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [*outputs, new_output("stream", text=ESCAPES + "<script>alert(1)</script>" * 9)]
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def outside():
    """A server that is not the page's, and what it was asked for."""
    with listening() as listener:
        yield listener


@pytest.fixture(scope="module")
def course(tmp_path_factory, outside):
    """A course of nobody but hostile students."""
    course = tmp_path_factory.mktemp("attacked") / "course"
    init(course)
    with Writer(*settings(course)) as writer:
        writer.prepare([HESSIAN])
        for student, text in hostile_class(course, outside[0]).items():
            enter(course, writer, student, HESSIAN, text)
        for name in IN_ANSWERS:
            defined = {}
            exec(compile((UPLOADS / f"{name}.py").read_text(), name, "exec"), defined)
            folder = course / "submitted" / name / HESSIAN
            folder.mkdir(parents=True)
            defined["upload"](folder, nbformat.read(NOTEBOOKS / f"{HESSIAN}.ipynb", as_version=4))
            enter_file(course, writer, name, HESSIAN, folder / f"{HESSIAN}.ipynb")
        file = course / "submitted" / "outputs" / HESSIAN
        enter(course, writer, "outputs", HESSIAN, "See above.")
        with_hostile_outputs(file / f"{HESSIAN}.ipynb")
        enter_file(course, writer, "outputs", HESSIAN, file / f"{HESSIAN}.ipynb")
    return course


@pytest.fixture(scope="module")
def address(course):
    with served(course) as (address, _):
        yield address


FOREIGN = """allowed => [...document.querySelectorAll(".theirs")].flatMap((box) => [...box.querySelectorAll("*")])
    .filter((element) => !element.matches(allowed) && !element.matches("#shown img[src^='data:image/']")
      || [...element.attributes].some(({ name, value }) => name.startsWith("on") || name === "style" || name === "id"
        || (name === "href" && !/^(https?|mailto):/.test(value))))
    .map((element) => element.outerHTML.slice(0, 200))"""
# Each control is what one hits at its middle.
UNREACHABLE = """() => [...document.querySelectorAll(
    "header select, header input, #marks button, #marks input, #comment")].filter((control) => {
      control.scrollIntoView({ block: "center" });
      const { x, y, width, height } = control.getBoundingClientRect();
      return document.elementFromPoint(x + width / 2, y + height / 2) !== control;
    }).map((control) => control.id)"""


def beside_theirs(page):
    """The page as a picture, with all that students wrote masked where its box is."""
    picture = page.screenshot(mask=[page.locator(".theirs")], animations="disabled", full_page=True)
    return Image.open(io.BytesIO(picture)).convert("L")


def pixels_between(one, other):
    """How many pixels of two pictures differ."""
    assert one.size == other.size
    return sum(ImageChops.difference(one, other).histogram()[16:])


def hide(page, is_hidden):
    page.evaluate("value => { for (const box of document.querySelectorAll('.theirs')) box.style.visibility = value; }",
                  "hidden" if is_hidden else "")  # fmt: skip


@pytest.mark.parametrize("width, scheme", [(1400, "light"), (390, "dark")])
def test_no_answer_runs_fetches_covers_or_spoofs_anything(address, outside, chromium, width, scheme, tmp_path):
    page = opened(chromium, address, width, scheme)
    choose(page, "basins")
    page.select_option("#filter", "all")
    page.check("#names")
    page.keyboard.press("Escape")
    settle(page)
    count, seen = page.evaluate("state.answers.length"), set()
    for number in range(count):
        page.keyboard.press("o")
        settle(page)
        title = page.text_content("#title")
        seen.add(title)
        assert page.evaluate(FOREIGN, ALLOWED_BESIDE_FORMULAS) == [], title
        assert page.evaluate(UNREACHABLE) == [], title
        assert page.evaluate("document.documentElement.scrollWidth") <= width, title
        if page.evaluate("document.documentElement.scrollHeight") < 15_000:
            shown = beside_theirs(page)
            hide(page, True)
            hidden = beside_theirs(page)
            hide(page, False)
            assert pixels_between(shown, hidden) < ROUNDING, title
        page.screenshot(path=tmp_path / f"{number}.png")
        page.keyboard.press("n")
        settle(page)
    assert len(seen) == count > 30
    assert page.title() == "Marking" and page.url == address.split("#")[0] and page.failures == []
    assert {url.split("/")[2] for url in page.asked if not url.startswith("data:")} == {address.split("/")[2]}
    assert outside[1] == []
    page.context.close()


def test_names_of_markup_are_text_and_do_not_turn_what_stands_after_them(address, chromium):
    page = opened(chromium, address)
    choose(page, "basins")
    page.check("#names")
    for name in NAMES:
        page.evaluate("name => { document.querySelector('#title bdi').textContent = name; }", name)
    assert page.locator("#title > bdi").count() == 1 and page.locator("#title *").count() == 1
    page.context.close()


def test_even_markup_that_was_not_cleaned_runs_nothing_and_sends_nothing(address, outside, chromium):
    page = opened(chromium, address)
    page.evaluate("html => { document.getElementById('answer').innerHTML = html; }", fetching(outside[0]))
    page.evaluate("html => document.body.append(document.createRange().createContextualFragment(html))",
                  fetching(outside[0]))  # fmt: skip
    page.wait_for_timeout(500)
    assert page.title() == "Marking" and outside[1] == []
    page.context.close()


def test_a_students_link_opens_beside_the_page_and_learns_neither_the_token_nor_where_it_stood(
    address, outside, chromium
):
    page = opened(chromium, address)
    token = address.split("token=")[1]
    assert "token" not in page.url and page.evaluate("document.cookie") == "" and page.context.cookies() == []
    assert token not in page.content() and token not in page.evaluate("JSON.stringify({ ...localStorage })")
    choose(page, "basins")
    page.select_option("#filter", "all")
    while not page.locator(f"#answer a[href='{outside[0]}/landed']").count():
        page.keyboard.press("n")
        settle(page)
    with page.context.expect_page() as beside:
        page.click("#answer a")
    beside.value.wait_for_load_state()
    assert beside.value.evaluate("window.opener") is None
    assert beside.value.evaluate("sessionStorage.length") == 0 and page.url == address.split("#")[0]
    ((path, headers),) = [asked for asked in outside[1] if asked[0] == "/landed"]
    assert "Referer" not in headers and "Cookie" not in headers and token not in str(headers)
    outside[1].clear()
    page.context.close()
