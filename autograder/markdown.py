"""Markdown of students as harmless HTML: what `pages.py` lets another process do, as a converter may take for ever."""

import html
import json
import re
import resource
import signal
import sys

import bleach
from nbconvert.filters import markdown2html
from pygments.token import STANDARD_TYPES

from autograder.formulas import with_formulas

SECONDS = 2  # of the processor, for one text; an honest one takes hundredths
MEMORY = 2**30  # bytes
ANCHOR = re.compile(r'<a class="anchor-link".*?</a>')  # of headings; without their ids it leads nowhere
TAGS = {
    "a", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
COLOURS = {"highlight", *STANDARD_TYPES.values()}  # the classes of coloured code; others could be those of a page
# Others lead to the server that shows the page, which does what it is asked for with the rights of who looks.
ELSEWHERE = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
TAG = re.compile(r"""(<(?:[^<>"']|"[^"]*"|'[^']*')*>)""")  # as bleach writes it
UNSEEN = re.compile(r"<(?=[!?])")  # begins what browsers do not show, were it the rest of the answer
INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # which browsers leave out of a word
OPENS_CODE, CLOSES_CODE = re.compile(r"<(?:pre|code)\b"), re.compile(r"</(?:pre|code)\b")
# With these macros of MathJax a formula makes links, elements or styles of the page, loads more of MathJax, or gives
# macros another meaning in all formulas of the page.
REACHING_OUT = re.compile(
    r"""\\(?=(?:
    href|url|class|cssId|style|data|html\w*|bbox|toggle|mathtip|texttip|tooltip|mmlToken|unicode|includegraphics
    |require|begingroup|endgroup|csname|expandafter
    |[gex]?def|let|futurelet|global|(?:re)?new(?:command|environment|counter|tcolorbox)|providecommand
    |Declare\w+|Newextarrow|catcode|mathchardef|chardef
    )(?![A-Za-z]))""",
    re.VERBOSE,
)


def to_html(source):
    """Markdown as HTML in which nothing runs; formulas are MathML, and where they cannot be, as they were written.

    None where nothing would be left to see of what was written, as of definitions of links.
    """
    page = ANCHOR.sub("", markdown2html(INVISIBLE.sub("", source)))
    page = UNSEEN.sub("&lt;", page)
    parts = TAG.split(bleach.clean(page, tags=TAGS, attributes=_may_stay, protocols={"http", "https", "mailto"}))
    code = 0  # how many elements of code are open, where a dollar is a dollar
    for place, part in enumerate(parts):
        if place % 2:
            code += len(OPENS_CODE.findall(part)) - len(CLOSES_CODE.findall(part))
        else:
            text = html.unescape(part)
            is_plain = code or REACHING_OUT.search(text)
            parts[place] = _plain(text) if is_plain else with_formulas(text, _plain)
    return "".join(parts) if "".join(parts[::2]).strip() or not source.strip() or "<hr>" in parts else None


def as_written(source):
    """The text itself as HTML, for one that cannot be converted."""
    reason = "Shown as it was written: laying it out showed nothing, failed, or took too long."
    return f"<p><em>{reason}</em></p>\n<pre>{_plain(source)}</pre>"


def _may_stay(tag, name, value):
    if tag == "a":
        return name == "title" or (name == "href" and bool(ELSEWHERE.match(value)))
    return name == "class" and COLOURS.issuperset(value.split())


def _plain(text):
    """A text as HTML, the last step: what a formula is made of is not changed after it."""
    return html.escape(REACHING_OUT.sub(r"\\ ", INVISIBLE.sub("", text)), quote=False)


def serve():
    """Convert what comes as lines of JSON on standard input; a text that takes too long ends the process."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # its signal ends the process, also within a regular expression
        try:
            page = to_html(json.loads(line))
        except Exception:  # of the converter, which was made for friendly texts
            page = None
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps(page), flush=True)
