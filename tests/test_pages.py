"""Markdown of students as HTML in which nothing runs, and which still shows what they wrote."""

import re
import sys
from html import unescape
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from hostile import HIDDEN_MACROS, MARKUP, REACHING_OUT, SLOW, TARGETS
from nbconvert.filters import strip_files_prefix

from autograder.layout import assignments
from autograder.pages import _Converter, harmless_markdown

REPO = Path(__file__).parents[1]

FOREIGN = [
    "script", "img", "iframe", "svg", "style", "form", "input", "meta", "base", "label", "select", "button", "video",
    "math", "template", "noscript", "details",
]  # fmt: skip


@pytest.mark.parametrize("source", MARKUP)
def test_no_html_of_theirs_becomes_an_element(source):
    page = BeautifulSoup(harmless_markdown(source), "html.parser")
    assert not page.find_all(FOREIGN)
    assert not [name for element in page.find_all() for name in element.attrs if name != "title"]


@pytest.mark.parametrize("target", TARGETS)
def test_links_lead_to_pages_only(target):
    assert "href" not in harmless_markdown(f"[x]({target})")
    assert 'href="https://arxiv.org"' in harmless_markdown("[x](https://arxiv.org)")


@pytest.mark.parametrize("formula", REACHING_OUT)
@pytest.mark.parametrize("around", ["${}$", "$$\n{}\n$$", "\\\\[{}\\\\]", "<div>${}$</div>", "```\n{}\n```", "{}"])
def test_formulas_do_not_reach_out(formula, around):
    first = formula.removeprefix(r"\text{").removeprefix("a \\\\")
    macro = first[: next(number for number, letter in enumerate(first) if number and not letter.isalpha())]
    page = unescape(harmless_markdown(around.replace("{}", formula)))
    assert macro not in page and f"\\ {macro[1:]}" in page


@pytest.mark.parametrize("source", HIDDEN_MACROS)
def test_macros_are_found_in_what_the_browser_makes_of_the_text(source):
    assert r"\href" not in unescape(harmless_markdown(source))


@pytest.mark.parametrize("formula", [
    r"$\lambda_1 < \lambda_2$", r"$$\frac{a}{b}$$", r"$\begin{aligned} a &= b \\ c &> d \end{aligned}$",
    r"$\classical \letter \hrefs \defined \deg \left( x \right)$",
])  # fmt: skip
def test_other_formulas_are_set_without_a_script(formula):
    page = harmless_markdown(formula)
    assert page.count("<math display=") == 1 and "$" not in page and "script" not in page


@pytest.mark.parametrize("source, shown", [
    (r"\big\langle a \big\rangle", "⟨a⟩"), (r"\Bigl\{a\Bigr\}", "{a}"), (r"\bigg\| a \bigg\Vert", "‖a‖"),
    (r"\bigl( a \bigr]", "(a]"), (r"\big| a \big/", "|a/"), (r"\left\lVert a\right\rVert", "‖a‖"),
])  # fmt: skip
def test_delimiters_of_all_sizes_are_signs(source, shown):
    assert BeautifulSoup(harmless_markdown(f"${source}$"), "html.parser").math.text == shown


def test_no_formula_of_the_notebooks_and_guides_leaves_a_command_as_it_is_written():
    texts = [cell.source for path in assignments() for cell in nbformat.read(path, 4).cells if cell.cell_type != "code"]
    texts += [path.read_text(encoding="utf-8") for path in [*REPO.glob("docs/*.md"), *REPO.glob("edition/*.md")]]
    pages = [BeautifulSoup(harmless_markdown(text), "html.parser") for text in texts]
    formulas = [formula.text for page in pages for formula in page.find_all("math")]
    assert len(formulas) > 100 and not [formula for formula in formulas if "\\" in formula]


@pytest.mark.parametrize("source", ["`$x$`", "```\n$x$\n```", "costs $5 or $6", "$" * 50, r"$\frac{$", "$ $"])
def test_what_is_no_formula_stays_text(source):
    assert "<math" not in harmless_markdown(source)


def test_a_formula_brings_no_address_no_style_and_no_huge_width():
    page = harmless_markdown(r"$\hspace{9999em} a \color{red}{b}$ $\text{<img src=x>}$ $\mathrm{http://x.y}$")
    assert page.count("<math") > 1 and not re.search(r"<img|href|style=|9999em|mathcolor", page)


def test_classes_and_ids_are_dropped_but_for_the_colours_of_code():
    page = harmless_markdown(
        "<div class='MathJax_ignore' id='x'>a</div> <span class='k score'>b</span>\n\n```mermaid\nc\n```"
    )
    assert "class=" not in page and "id=" not in page
    assert '<span class="k">for</span>' in harmless_markdown("```python\nfor x in y: pass\n```")


@pytest.mark.long
@pytest.mark.parametrize(
    "source",
    [
        "\\\\[" * 33_000,
        *(pytest.param(text, marks=pytest.mark.night) for text in ("\\\\(" * 33_000, r"\begin{a}" * 11_000)),
    ],
)
def test_a_text_that_the_converter_takes_too_long_for_is_shown_as_it_was_written_and_the_next_as_ever(source):
    page = strip_files_prefix(harmless_markdown(source))
    assert source in unescape(page) and "Shown as it was written" in page
    assert "<strong>next</strong>" in harmless_markdown("**next**")


@pytest.mark.long
@pytest.mark.parametrize("source", SLOW, ids=lambda source: source[:9])
def test_any_text_is_shown_in_some_form(source):
    shown = unescape(strip_files_prefix(harmless_markdown(source)))
    assert set(source.split("\n")[-1].strip("<>- \n")) <= set(shown) and len(shown) > 5


@pytest.mark.parametrize(
    "source", ["see <!-- this", "<!-- this -->", "<?this", "<![CDATA[this", "<!this>", "[a]: this"]
)
def test_what_a_browser_would_not_show_is_shown(source):
    assert "this" in harmless_markdown(source)


def test_a_converter_that_does_not_start_says_so(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="does not start; it ended with status 1"):
        _Converter().convert("a")


def test_headings_lists_tables_and_coloured_code_are_shown():
    page = harmless_markdown("# T\n\n- one\n\n|a|b|\n|-|-|\n|1|2|\n\n`x < y`\n\n```python\nfor x in y: pass\n```\n")
    for part in ("<h1>T</h1>", "<li>", "<td>1</td>", "<code>x &lt; y</code>", '<span class="k">for</span>'):
        assert part in page
