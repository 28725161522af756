"""Texts that are equal or nearly so, put together: for a person to look at, and to mark at once. It accuses nobody."""

import builtins
import io
import json
import keyword
import re
import tokenize
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz, process

NEAR = 88.0  # percent of two texts that must agree
SHORTEST = 60  # characters, without which two texts may agree by chance
NEAR_CODE, SHORTEST_CODE = 97.0, 150  # of code, whose words are few
LONGEST = 10_000  # characters, beyond which only equal texts are found: the time grows with the square
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
    long = [text for text in sorted(by_text) if shortest <= len(text) <= LONGEST]
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
    return [(texts[one], texts[other]) for one, other in np.argwhere(np.triu(ratios, 1))]


def _root(parents, text):
    while parents[text] != text:
        text = parents[text]
    return text


# -------------------------------------------------------------------------------------------------- those of a class

LIMITS = {False: (NEAR, SHORTEST), True: (NEAR_CODE, SHORTEST_CODE)}  # of prose and of code

MOST_GROUPS, LONGEST_SHOWN = 40, 3000


def normalised(sources, is_code):
    """The answers {student: source} to a question without what makes no difference; of code the stub is left out."""
    given = _shared_lines(sources.values()) if is_code else ()
    return {student: normal_code(source, given) if is_code else normal_prose(source)
            for student, source in sources.items()}  # fmt: skip


def alike_groups(sources, is_code):
    """The students of {student: source} in groups of equal and nearly equal answers, the largest first."""
    return _alike_groups(tuple(sources.items()), is_code)


@lru_cache(maxsize=50)
def _alike_groups(sources, is_code):
    return groups_of(normalised(dict(sources), is_code), *LIMITS[is_code])


@dataclass(frozen=True)
class Alike:
    """Students whose answers to a question or task are equal or nearly so, with the texts of two of them."""

    assignment: str
    answer: str
    students: list[str]
    texts: list[str]


def alike_in(entries):
    """The groups of `summary.Entry` whose answers are `Alike`, those of the longest texts first, as many as are shown.

    What the release itself gave is taken out of code, and an answer that is empty is like no other.
    """
    answers = {}  # {(assignment, answer, is code): {student: text}}
    for entry in entries:
        for name, is_code, source in _answers_in(entry.result):
            answers.setdefault((entry.assignment, name, is_code), {})[entry.student] = source
    found = []
    for (assignment, name, is_code), sources in sorted(answers.items()):
        near, shortest = LIMITS[is_code]
        texts = {student: text for student, text in normalised(sources, is_code).items() if len(text) >= shortest}
        for group in groups_of(texts, near, shortest):
            if len(group) > 1:
                shown = [sources[student][:LONGEST_SHOWN] for student in (group[0], group[-1])]
                found.append((len(texts[group[0]]), Alike(assignment, name, group, shown)))
    return [alike for _, alike in sorted(found, key=lambda each: (-each[0], each[1].students))[:MOST_GROUPS]]


def _answers_in(result):
    """(name, whether it is code, text) of the answers in a result that are written."""
    if not result.notebook:
        return
    for cell in json.loads(result.notebook).get("cells", []):
        settings = cell["metadata"].get("nbgrader", {})
        if settings.get("solution") and settings["grade_id"] not in result.unanswered:
            yield settings["grade_id"], cell["cell_type"] == "code", "".join(cell["source"])


def _shared_lines(sources):
    """The lines that nearly all have, as the stub of the release gave them: its imports, its signatures."""
    sources = [{line.strip() for line in source.splitlines()} for source in sources]
    counts = Counter(line for lines in sources for line in lines)
    return {line for line, count in counts.items() if count > max(2, 0.9 * len(sources))}
