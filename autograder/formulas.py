"""Formulas of LaTeX as MathML, which browsers set by themselves: without a network, and without a script."""

import re
from xml.etree import ElementTree

from latex2mathml.converter import convert
from latex2mathml.symbols_parser import convert_symbol

# What stands between two signs, of which the dollar is not that of a price; an environment is its own sign.
FORMULA = re.compile(
    r"\$\$(?P<dollars>[^$]+?)\$\$|\\\[(?P<brackets>.+?)\\\]|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}.+?\\end\{(?P=name)\})"
    r"|(?<![\\$])\$(?=\S)(?P<dollar>(?:[^$\n]|\n(?!\n))+?)(?<![\\\s])\$(?!\d)|\\\((?P<brace>.+?)\\\)",
    re.DOTALL,
)
ALIGNED = re.compile(r"\{(?:aligned|split|gathered)\}")  # which the converter knows by another name alone
LONGEST = 5000  # characters of a formula
SPACE = "{http://www.w3.org/1998/Math/MathML}"
TAGS = {
    "math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "msub", "msup", "msubsup", "mfrac", "msqrt", "mroot",
    "mtable", "mtr", "mtd", "munder", "mover", "munderover", "mstyle", "mphantom", "mpadded", "menclose",
}  # fmt: skip
ATTRIBUTES = {
    "display", "displaystyle", "stretchy", "fence", "form", "accent", "movablelimits", "columnalign", "mathvariant",
    "minsize", "maxsize", "linethickness", "separator", "width", "columnspacing", "rowspacing",
}  # fmt: skip
HARMLESS = re.compile(r"[a-z -]{0,40}|-?[0-9]?(\.[0-9]{1,4})?(em|ex|px)?", re.ASCII)  # no address, and no huge width


def with_formulas(text, as_text):
    """A text as HTML: its formulas as MathML, and the rest as the function `as_text` writes it."""
    parts, end = [], 0
    for found in FORMULA.finditer(text):
        if formula := _as_mathml(found):
            parts += [as_text(text[end : found.start()]), formula]
            end = found.end()
    return "".join([*parts, as_text(text[end:])])


def _as_mathml(found):
    """A formula as MathML, "" where it is none that can be set."""
    groups = found.groupdict()
    source = next(groups[key] for key in ("dollars", "brackets", "environment", "dollar", "brace") if groups[key])
    if len(source) > LONGEST:
        return ""
    display = "inline" if groups["dollar"] or groups["brace"] else "block"
    try:
        tree = mathml(source, display)
    except Exception:  # of the converter, at what is no LaTeX
        return ""
    return ElementTree.tostring(tree, encoding="unicode") if _made_harmless(tree) else ""


def mathml(source, display):
    """The LaTeX of a formula as an element of MathML; display: "inline" or "block"."""
    tree = ElementTree.fromstring(convert(ALIGNED.sub("{align*}", source), display=display))
    for element in tree.iter():
        element.tag = element.tag.removeprefix(SPACE)
        text = element.text or ""
        if element.tag == "mo" and text.startswith("\\"):  # the converter leaves what stands behind \big as it is
            element.text = chr(int(code, 16)) if (code := convert_symbol(text)) else text
    return tree


def _made_harmless(element):
    """Whether all tags are those of formulas; attributes that could lead out of one are dropped."""
    for name, value in [*element.attrib.items()]:
        if name not in ATTRIBUTES or not HARMLESS.fullmatch(value):
            del element.attrib[name]
    return element.tag in TAGS and all(map(_made_harmless, element))
