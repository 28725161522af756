"""Build a site of the course for reading in a browser: the notebooks with what they show on MNIST, and the guides.

    python docs/website.py FOLDER [--url ADDRESS] [--with-solutions]

The folder works as it is, from a disk or a server, without a network: formulas, fonts and the pictures that move are in
it. The notebooks are the students', with the outputs that `solutions/` keeps; `--with-solutions` shows the answers too.
`--url`, the address of the students' edition on GitHub, adds buttons that open a notebook on Colab. Needs the packages
of `pip install -e '.[site]'`.
"""

import argparse
import functools
import hashlib
import html
import json
import re
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import nbformat

REPO = Path(__file__).resolve().parents[1]
STYLE = REPO / "docs" / "website.css"
sys.path[:0] = [str(REPO)]

from autograder.course.release import student_version  # noqa: E402
from autograder.formulas import mathml  # noqa: E402
from autograder.layout import assignments  # noqa: E402
from losssurf_lab.pictures.showing import PLOTLY  # noqa: E402

GUIDES = {  # pages, in the order of the menu: {name: file}
    "student": "docs/student.md", "own_network": "docs/own_network.md", "papers": "docs/papers.md",
    "seeds": "docs/seeds.md",
    "instructor": "docs/instructor.md", "checks": "docs/checks.md", "security": "docs/security.md",
    "maintainer": "docs/maintainer.md", "benchmarks": "docs/benchmarks.md", "gpu": "docs/gpu.md",
}  # fmt: skip
PACKAGES = "latex2mathml", "myst_nb", "plotly", "sphinx_book_theme"
CONTENTS = """

```{{toctree}}
:caption: {caption}
:hidden:

{pages}
```
"""


def settings(url):
    """Sphinx's settings, in place of a conf.py."""
    options = {"path_to_docs": "notebooks", "use_download_button": True, "home_page_in_toc": True}
    if url:
        buttons = {"colab_url": "https://colab.research.google.com"}
        options |= {"repository_url": url, "use_repository_button": True, "launch_buttons": buttons}
    return {
        "project": "Loss surfaces of neural networks", "project_copyright": "", "extensions": ["myst_nb", "website"],
        "html_theme": "sphinx_book_theme", "html_theme_options": options, "html_title": "Loss surfaces",
        "nb_execution_mode": "off", "myst_enable_extensions": ["dollarmath", "amsmath"], "myst_heading_anchors": 4,
        "html_math_renderer": "mathml",
        "html_static_path": [str(STYLE)], "html_css_files": [STYLE.name],
        "html_context": {"default_mode": "auto"},
        "html_copy_source": False, "html_show_sphinx": False, "html_show_copyright": False,
        "suppress_warnings": ["mystnb.unknown_mime_type", "myst.header", "misc.highlighting_failure"],
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------------------ the pages


def stage(folder, url, with_solutions):
    """Write the sources of all pages to a folder."""
    (folder / "notebooks").mkdir(parents=True)
    for path in assignments():
        page = notebook_page(path, with_solutions)
        nbformat.write(page, folder / "notebooks" / path.name)
    for name, file in GUIDES.items():
        text = (REPO / file).read_text(encoding="utf-8")
        (folder / f"{name}.md").write_text(with_links(text, Path(file).parent, url), encoding="utf-8")
    notebooks = "\n".join(f"notebooks/{path.stem}" for path in assignments())
    contents = CONTENTS.format(caption="Notebooks", pages=notebooks)
    contents += CONTENTS.format(caption="Guides", pages="\n".join(GUIDES))
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    (folder / "index.md").write_text(with_links(readme, Path(), url) + contents, encoding="utf-8")
    for picture in (REPO / "docs").glob("*.png"):
        shutil.copy(picture, folder)


def notebook_page(path, with_solutions):
    """A notebook to be read: the students', with the outputs that the solution keeps, or the solution itself."""
    solution = nbformat.read(path, as_version=4)
    notebook = solution if with_solutions else student_version(path)
    kept = {cell.id: cell.get("outputs", []) for cell in solution.cells}
    notebook.cells = [cell for cell in notebook.cells if cell.id != "bring-the-modules"]  # which a reader needs not
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [for_the_page(output) for output in kept.get(cell.id, [])]
            words = [output.data["text/plain"] for output in cell.outputs if still_in(output.get("data", {}))]
            cell.metadata["mystnb"] = {"image": {"alt": " ".join(words)}}  # myst-nb knows a text of a cell alone
    return notebook


# A landscape higher than wide, as on a telephone, would be cut at its sides.
DRAWING = """
if (picture.layout.scene) picture.layout.height = Math.min(picture.layout.height, place.clientWidth);
Plotly.newPlot(place, picture);
"""


def for_the_page(output):
    """An output in which a picture that moves is a script of the page, beside its still one where scripts are off."""
    if PLOTLY not in output.get("data", {}):
        return output
    picture, data, still = output.data[PLOTLY], output.data, still_in(output.data)
    name = f"moving-{hashlib.sha1(json.dumps(picture).encode()).hexdigest()[:12]}"
    words = html.escape(data["text/plain"])
    image = f'<noscript><img alt="{words}" src="data:{still};base64,{data[still]}"></noscript>'
    script = f"{{ const place = document.getElementById('{name}'), picture = {json.dumps(picture)}; {DRAWING} }}"
    page = f'<div id="{name}" role="img" aria-label="{words}"></div>{image}<script>{script}</script>'
    return nbformat.v4.new_output("display_data", {"text/html": page, "text/plain": data["text/plain"]})


def still_in(data):
    """The kind of the still picture in an output, None where there is none."""
    return next((kind for kind in ("image/png", "image/jpeg") if kind in data), None)


def with_links(text, folder, url):
    """Markdown of a file in `folder` of the repository, whose links lead to pages of the site, or to the repository."""
    pages = {file: f"{name}.md" for name, file in GUIDES.items()} | {"README.md": "index.md"}

    def link(match):
        mark, words, target = match.groups()
        place, _, anchor = target.partition("#")
        if not place or re.match(r"https?:", place):
            return match[0]
        file = (REPO / folder / place).resolve().relative_to(REPO).as_posix()
        if mark:
            return f"![{words}]({Path(file).name})"
        if file in pages:
            return f"[{words}]({pages[file]}{'#' * bool(anchor)}{anchor})"
        return f"[{words}]({url}/blob/main/{file})" if url else words

    return re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", link, text)


# ------------------------------------------------------------------------------------------------------------- the site


def setup(app):
    """Formulas as MathML, which browsers set by themselves; Plotly's script where a picture moves."""
    inline, displayed = functools.partial(_write_formula, "inline"), functools.partial(_write_formula, "block")
    app.add_html_math_renderer("mathml", (inline, None), (displayed, None))
    app.connect("html-page-context", _add_plotly)


def _add_plotly(app, name, template, context, doctree):
    if '<div id="moving-' in context.get("body", ""):
        app.add_js_file("plotly.min.js")  # during this event it is for this page alone


def _write_formula(display, writer, node):
    from docutils.nodes import SkipNode

    formula = ElementTree.tostring(mathml(node.astext(), display), encoding="unicode")
    writer.body.append(formula if display == "inline" else f'<div class="formula">{formula}</div>')
    raise SkipNode


def build(folder, url, with_solutions):
    from sphinx.application import Sphinx  # here, so that --help needs none of it

    with tempfile.TemporaryDirectory(prefix="losssurf-site-") as temporary:
        sources, trees = Path(temporary, "sources"), Path(temporary, "trees")
        stage(sources, url, with_solutions)
        site = Sphinx(sources, None, folder, trees, "html", settings(url), status=None)
        site.build(force_all=True)
    static = Path(folder, "_static")
    shutil.copy(package("plotly") / "package_data" / "plotly.min.js", static)
    return site.statuscode


def package(name):
    return Path(find_spec(name).origin).parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where to write it")
    parser.add_argument("--url", metavar="ADDRESS", help="of the students' edition on GitHub")
    parser.add_argument("--with-solutions", action="store_true", help="show answers, hidden tests and mark schemes")
    options = parser.parse_args()
    if missing := [name for name in PACKAGES if not find_spec(name)]:
        sys.exit(f"Not installed: {', '.join(missing)}. Run: pip install -e '.[site]'")
    status = build(options.folder, options.url, options.with_solutions)
    print(f"The site is in {options.folder}: open {options.folder / 'index.html'}")
    sys.exit(status)


if __name__ == "__main__":
    main()
