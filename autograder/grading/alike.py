"""Texts that are equal or nearly so, put together: for a person to look at, and to mark at once. It accuses nobody."""

import builtins
import io
import keyword
import re
import tokenize
import unicodedata
from itertools import combinations

import numpy as np
from rapidfuzz import fuzz, process

NEAR = 88.0  # percent of two texts that must agree
SHORTEST = 60  # characters, without which two texts may agree by chance
KEPT_NAMES = {*keyword.kwlist, *dir(builtins)}
LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def normal_prose(text):
    """A written answer without what does not change its meaning: case, spaces, signs of layout and punctuation."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[^\w.,+\-*/=<>^\\%]+|[.,](?!\d)|[*_`#>]+", " ", text).split())


def normal_code(source, released=()):
    """Code without comments, texts of its own and layout, its names numbered in their order; lines of `released` go."""
    lines = [line for line in source.splitlines() if line.strip() not in released]
    numbers, words, before = {}, [], ""
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline):
            if token.type in LAYOUT or (token.type == tokenize.STRING and token.string[:3] in ('"""', "'''")):
                continue
            is_own = token.type == tokenize.NAME and token.string not in KEPT_NAMES and before != "."
            words.append(f"v{numbers.setdefault(token.string, len(numbers))}" if is_own else token.string)
            before = token.string
    except (tokenize.TokenError, SyntaxError):  # no Python: as it stands
        return " ".join(source.split())
    return " ".join(words)


def groups_of(texts, near=NEAR, shortest=SHORTEST):
    """The keys of {key: normalised text} in groups, the largest first: of equal texts, and nearly equal long ones."""
    by_text = {}
    for key in sorted(texts):
        by_text.setdefault(texts[key], []).append(key)
    long = [text for text in sorted(by_text) if len(text) >= shortest]
    parents = {text: text for text in by_text}
    for one, other in _near_pairs(long, near):
        parents[_root(parents, other)] = _root(parents, one)
    groups = {}
    for text in by_text:
        groups.setdefault(_root(parents, text), []).extend(by_text[text])
    return sorted((sorted(group) for group in groups.values()), key=lambda group: (-len(group), group))


def _near_pairs(texts, near):
    if len(texts) < 2:
        return []
    ratios = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=near, dtype=np.float32)
    return [(texts[one], texts[other]) for one, other in combinations(range(len(texts)), 2) if ratios[one, other]]


def _root(parents, text):
    while parents[text] != text:
        text = parents[text]
    return text
