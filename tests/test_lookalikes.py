"""Names that people take for one another are found, and others are left alone."""

import unicodedata

import pytest

from autograder.collecting.lookalikes import doubles

ALIKE = [
    ("ada", "ADA"), ("café", unicodedata.normalize("NFD", "café")), ("ada", "\u0430da"), ("ada", "ad\u0430"),
    ("BOB", "\u0412\u041e\u0412"), ("Nina", "\u039dina"), ("ada", "ａｄａ"), ("101", "１０１"), ("101", "١٠١"),
    ("ada", "a\u200bda"), ("ada", "ada\u3164"), ("ada", "a\u115fda"), ("ada", "ad\u00ada"), ("ada", "ada\ufe0f"),
    ("ada b", "ada\u00a0b"), ("ada b", "ada  b"), ("straße", "STRASSE"), ("ﬁnn", "finn"), ("ada", "\u2060ada"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), ALIKE, ids=range(len(ALIKE)))
def test_names_that_look_alike_are_told_of_each_other(one, other):
    assert doubles([one, "zoe", other]) == {one: [other], other: [one]}


def test_names_that_differ_for_a_reader_are_nobodys_doubles():
    assert (
        doubles(["ada", "adam", "ida", "jose", "josé", "a1", "al", "李雷", "ada.", "a_da", "a-da", "Ольга", "Олег"])
        == {}
    )


def test_of_three_that_look_alike_each_is_told_both_others():
    assert doubles({"ada", "ADA", "Ada"})["ada"] == ["ADA", "Ada"]
