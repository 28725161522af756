"""Markdown of students as HTML in which nothing runs, and which still shows what they wrote."""

import pytest

from autograder.pages import harmless_markdown


@pytest.mark.parametrize("source", [
    "<script>alert(1)</script>", "a <img src=x onerror=alert(1)> b", "<iframe srcdoc='<script>1</script>'></iframe>",
    "<svg/onload=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<style>body{display:none}</style>",
    "<div style='position:fixed' onclick=alert(1)>x</div>", "<form action=/delete><input></form>",
])  # fmt: skip
def test_no_html_of_theirs_becomes_an_element(source):
    page = harmless_markdown(source)
    for dangerous in ("<script", "<img", "<iframe", "<svg", "<style", "<form", "<input", "href=", "style=", "onclick="):
        assert dangerous not in page.replace("&lt;", "")


@pytest.mark.parametrize("target", ["javascript:alert(1)", "&#106;avascript:alert(1)", "JaVaScRiPt:alert(1)",
                                    "data:text/html,<script>1</script>", "vbscript:x"])  # fmt: skip
def test_links_lead_to_pages_only(target):
    assert "href" not in harmless_markdown(f"[x]({target})")
    assert 'href="https://arxiv.org"' in harmless_markdown("[x](https://arxiv.org)")


def test_formulas_stay_but_for_what_leads_out_of_them():
    assert harmless_markdown(r"$\lambda_1 < \lambda_2$, $$\frac{a}{b}$$").count("$") == 6
    for macro in ("href{javascript:alert(1)}{x}", "mmlToken{mi}[href='javascript:x']{x}", "bbox[x]{y}", "style{x}{y}"):
        assert f"\\{macro.partition('{')[0].partition('[')[0]}" not in harmless_markdown(rf"$\{macro}$")


def test_headings_lists_tables_and_coloured_code_are_shown():
    page = harmless_markdown("# T\n\n- one\n\n|a|b|\n|-|-|\n|1|2|\n\n`x < y`\n\n```python\nfor x in y: pass\n```\n")
    for part in ("<h1>T</h1>", "<li>", "<td>1</td>", "<code>x &lt; y</code>", '<span class="k">for</span>'):
        assert part in page
