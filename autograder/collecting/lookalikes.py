"""Names that a person takes for one another: other letters that look alike, other cases and forms, invisible ones."""

import unicodedata
from collections import defaultdict

# Cyrillic and Greek letters, and those of Latin that they look like: capitals may look like another one than small.
ALIKE = str.maketrans(
    "аАВеЕёЁКкМНоОрРсСТуУхХіІїЇјЈѕЅһԁԛԝɡıΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορυχϲ",
    "aABeEeEKkMHoOpPcCTyYxXiIiIjJsShdqwgiABEZHIKMNOPTYXaikvopuxc",
)
# Printed as a blank or not at all, though Unicode calls them letters, marks or symbols.
INVISIBLE = {
    *"\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0",
    *map(chr, [*range(0x180B, 0x1810), *range(0xFE00, 0xFE10)]),
}


def doubles(names):
    """The names that look like others of them, {name: [the others, sorted]}."""
    groups = defaultdict(set)
    for name in names:
        groups[_as_seen(name)].add(name)
    return {name: sorted(group - {name}) for group in groups.values() if len(group) > 1 for name in group}


def _as_seen(name):
    """The same text for all names that look alike: one form, one case, Latin letters, single blanks."""
    seen = unicodedata.normalize("NFKC", name).translate(ALIKE)
    seen = "".join(_digit(each) for each in seen if each not in INVISIBLE and unicodedata.category(each) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", seen.casefold()).split())


def _digit(character):
    """A digit of any script as that of ASCII; other characters as they are."""
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
