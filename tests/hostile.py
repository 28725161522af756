"""What students write to run something, fetch something or cover something where it is looked at.

The tests of all pages on which a student's text stands try the same.
"""

SCRIPT = "<script>alert(1)</script>"
MARKUP = [
    SCRIPT, "a <img src=x onerror=alert(1)> b", "<iframe srcdoc='<script>1</script>'></iframe>",
    "<svg/onload=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<style>body{display:none}</style>",
    "<div style='position:fixed' onclick=alert(1)>x</div>", "<form action=/delete><input></form>",
    '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:1/">', '<base href="http://127.0.0.1:1/">',
    "</div></section></main></body><div id=save class=buttons>x</div>", "<label for=points>x</label><select></select>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<template><script>alert(1)</script></template><noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<details open ontoggle=alert(1)>x</details><video src=x onerror=alert(1)></video><button autofocus>y</button>",
]  # fmt: skip
TARGETS = [
    "javascript:alert(1)", "&#106;avascript:alert(1)", "JaVaScRiPt:alert(1)",
    "data:text/html,<script>1</script>", "vbscript:x", "/logout", "b", "//127.0.0.1:1/", "#save", "?token=x",
]  # fmt: skip
# Macros of MathJax that make links or elements, or give other macros another meaning.
REACHING_OUT = [
    r"\href{javascript:alert(1)}{x}", r"\mmlToken{mi}[href='javascript:x']{x}", r"\bbox[x]{y}", r"\style{x}{y}",
    r"\class{x}{y}", r"\cssId{x}{y}", r"\require{html}", r"\def\lambda{0}", r"\let\lambda=\mu", r"\newcommand{\x}{y}",
    r"\renewcommand*{\x}{y}", r"\newenvironment{x}{y}{z}", r"\DeclareMathOperator{\x}{y}", r"\unicode{65}",
    r"\text{\href{x}{y}}", r"a \\\href{x}{y}", r"\toggle{x}{y}\endtoggle",
]  # fmt: skip
HIDDEN_MACROS = [  # \href, after the browser has decoded what stands there
    r"<div>$\hr<!-- -->ef{x}{y}$</div>", r"<div>$\&#104;ref{x}{y}$</div>", "$\\hr\0ef{x}$",
    r"&#92;href{x} &bsol;href{x}",
    "<a title='\"'>\\href{x}\" b</a>", "<a title=\"'\">\\href{x}' b</a>", r"\hr<?x?>ef",
    r"\&amp;#104;ref &amp;bsol;href",
    r"\hr<![CDATA[]]>ef", r"\h<b></b>ref", r"\h<wbr>ref", "$\\h\ud800ref$", r"<!-->\href{x}{y}",
]  # fmt: skip
SLOW = [  # for a converter of Markdown
    "[" * 100_000, "*" * 50_000 + "a", "`" * 100_000, "<" * 100_000, "> " * 50_000 + "a", "- " * 50_000 + "a",
    "![" * 50_000, "$" * 100_000, "<div>" * 20_000, "<a title='" + "x" * 100_000, ("|" * 300 + "\n") * 300,
    "```python\n" + "(" * 100_000,
]  # fmt: skip
# Text alone that would be painted over what stands beside it, or read as the page's own.
COVERING = [
    "Z" + "\u0301\u030b\u0332\u0489" * 400 + " " + ("a" + "\u0300" * 60) * 20, "\ufdfd" * 200, "W" * 20_000,
    "$" + r"\hspace{-9em}" * 40 + "x" * 50 + "$", r"$$\Biggl(" + r"\sqrt{" * 40 + "x" + "}" * 40 + r"\Biggr)$$",
    "\u202etfel ot thgir \u2067 dna \u2066", "\n" * 3000 + "far below", "<br>" * 3000 + "far below",
    "<h2>Answer 1 \u2013 changed since it was marked</h2>\n\n# 3 of 3 points\n\n[Save and next (Enter)](#save)",
    "| " + "wide | " * 200 + "\n|" + "-|" * 200 + "\n" + "| " + "cell | " * 200,
]  # fmt: skip
NAMES = [SCRIPT, '"><svg onload=alert(3)>', "<img src=x onerror=alert(2)>", "\u202eadam", "<b>x</b>"]
# Outputs of types that a browser runs, or that only claim to be pictures.
OUTPUTS = {
    "text/html": "<b onclick='EVIL'>",
    "text/markdown": "<script>EVIL</script>",
    "text/latex": "\\href{javascript:EVIL}{x}",
    "image/svg+xml": "<svg onload='EVIL'/>",
    "application/javascript": "EVIL",
    "application/json": {"EVIL": 1},
    "application/pdf": "EVIL",
    "application/vnd.jupyter.widget-view+json": {"model_id": "EVIL"},
    "image/gif": "EVIL",
    "image/png": "EVIL",
    "image/jpeg": '"><script>EVIL</script>',
}


def fetching(address):
    """Markup that asks a server for something in five ways, and runs a script."""
    return f"""<img src="{address}/image"><link rel="stylesheet" href="{address}/sheet">
        <script src="{address}/script"></script><iframe src="{address}/frame"></iframe>
        <p style="background: url({address}/ground)">.</p><script>document.title = "taken"</script>
        <img src=x onerror="document.title = 'taken'">"""
