"""The site of the course is whole in itself: each page in a browser, without a network, with formulas and pictures."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from serving import served

REPO = Path(__file__).parents[1]
sys.path.append(str(REPO / "docs"))

import website  # noqa: E402

NEEDED = "latex2mathml", "myst_nb", "sphinx_book_theme", "playwright"

pytestmark = [
    pytest.mark.night,
    pytest.mark.skipif(not all(map(find_spec, NEEDED)), reason="the packages of [site] and [hub] are not installed"),
]


@pytest.fixture(
    scope="module", params=[(), ("--with-solutions", "--url", "https://github.com/a/b")], ids=["plain", "all"]
)
def site(request, tmp_path_factory):
    """A folder with a site, and the options with which it was built."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "docs/website.py", folder, *request.param]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stdout + done.stderr
    return folder, request.param


@pytest.fixture(scope="module")
def address(site):
    with served(site[0]) as address:
        yield address


PAGES = (
    "index", "student", "own_network", "papers", "seeds", "instructor", "checks", "security", "maintainer",
    "benchmarks", "gpu",
)  # fmt: skip
NOTEBOOKS = "notebooks/hessian_spectrum", "notebooks/mode_connectivity", "notebooks/sgd_path_pca"


@pytest.mark.parametrize("name", [*PAGES, *NOTEBOOKS, "search"])
def test_a_page_is_whole_without_a_network(site, address, chromium, name):
    page = chromium.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(f"failed: {request.url}"))
    page.on("request", lambda request: asked.append(request.url))
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))  # no page's, the browser asks for it
    page.goto(f"{address}/{name}.html", wait_until="load")
    if name in NOTEBOOKS:
        page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length > 0")
        assert page.locator("math").count() > 5 and "$" not in page.inner_text("article p >> nth=1")
        assert page.locator("article math").first.bounding_box()["width"] > 5
        assert page.locator("img[alt*='No description']").count() == 0
    page.wait_for_timeout(1000)
    assert said == [] and any("plotly" in url for url in asked) == (name in NOTEBOOKS)
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    page.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_no_page_scrolls_sideways_on_a_telephone(address, chromium, scripts):
    page = chromium.new_context(java_script_enabled=scripts, viewport={"width": 390, "height": 800}).new_page()
    too_wide = []
    for name in [*PAGES, *NOTEBOOKS, "search"]:
        page.goto(f"{address}/{name}.html", wait_until="load")
        if scripts and name in NOTEBOOKS:
            page.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length > 0")
        width = page.evaluate("document.documentElement.scrollWidth")
        too_wide += [(name, width)] if width > 390 else []
    page.context.close()
    assert too_wide == []


@pytest.mark.parametrize("width, sizes", [(390, (250, 390)), (1280, (560, 560))])
def test_a_landscape_is_no_higher_than_wide(address, chromium, width, sizes):
    page = chromium.new_page(viewport={"width": width, "height": 800})
    for name in NOTEBOOKS:
        page.goto(f"{address}/{name}.html", wait_until="load")
        page.wait_for_timeout(3000)
        box = page.locator(".js-plotly-plot:has(.gl-container canvas)").first.bounding_box()
        assert box["height"] <= box["width"] + 1 and sizes[0] <= box["height"] <= sizes[1], name
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_displayed_formula_stands_apart_from_the_lines_around_it(address, chromium, width):
    page = chromium.new_page(viewport={"width": width, "height": 800})
    for name in NOTEBOOKS:
        page.goto(f"{address}/{name}.html", wait_until="load")
        gaps = page.evaluate(GAPS)
        assert len(gaps) >= 4 and min(gaps) > 8, name
    page.close()


GAPS = """[...document.querySelectorAll('math[display=block]')].flatMap(formula => {
    const {top, bottom} = formula.getBoundingClientRect(), box = formula.closest('.formula') || formula;
    const [before, after] = [box.previousElementSibling, box.nextElementSibling];
    return [before ? top - before.getBoundingClientRect().bottom : 99,
            after ? after.getBoundingClientRect().top - bottom : 99];
})"""


def test_pictures_have_a_text_and_formulas_no_command(site):
    folder, _ = site
    pages = [BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in folder.rglob("*.html")]
    texts = [picture.get("alt", "") for page in pages for picture in page.select("article img")]
    texts += [picture["aria-label"] for page in pages for picture in page.find_all(role="img")]
    assert len(texts) > 40
    assert [text for text in texts if len(text.split()) <= 5 or re.match(r"<Figure|\S+\.\w+$", text)] == []
    formulas = [formula.text for page in pages for formula in page.find_all("math")]
    assert len(formulas) > 100 and not [formula for formula in formulas if "\\" in formula]


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg"])
def test_a_picture_that_moves_has_its_still_one_of_either_kind_and_its_words_whatever_they_are(kind):
    words = 'as "high" as <2, and A&B'
    data = {website.PLOTLY: {"data": []}, kind: "AAAA", "text/plain": words}
    output = website.for_the_page(nbformat.v4.new_output("display_data", data))
    page = BeautifulSoup(output.data["text/html"], "html.parser")
    assert page.div["aria-label"] == page.img["alt"] == words and page.img["src"] == f"data:{kind};base64,AAAA"


def test_answers_are_shown_only_where_asked_for(site):
    folder, options = site
    pages = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("notebooks/*.html")}
    assert len(pages) == 3
    for text in pages.values():
        assert ("Model answer" in text) == ("hidden_checks" in text) == bool(options)
        assert ("YOUR CODE HERE" in text) != bool(options)
        assert ("colab.research.google.com/github/a/b" in text) == bool(options)


def test_links_lead_to_pages_that_are_there(site):
    folder, options = site
    for path in [*folder.glob("*.html"), *folder.glob("notebooks/*.html")]:
        for target in re.findall(r'href="([^"#?:]+)[#"]', path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
