"""Text and numbers for tables that people open in a spreadsheet program."""

import unicodedata

from nbconvert.filters import strip_ansi

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n")


def harmless(text):
    """`text` that no spreadsheet program takes for a formula: an apostrophe goes before a first = + - @ or tab.

    For text of students and our own. What a platform must find again, such as the names and ids of its own file, must
    stay as it is.
    """
    text = without_controls(text)
    shown = "".join(char for char in text if unicodedata.category(char) != "Cf")
    # In one form, as some programs take a full-width = for the usual one.
    return f"'{text}" if unicodedata.normalize("NFKC", shown[:1]).startswith(FORMULA_STARTS) else text


def without_controls(text):
    """`text` without control characters, tabs and newlines excepted, colours, and halves of surrogate pairs.

    The first do harm in a terminal, the last cannot be written as UTF-8.
    """
    kept = [char for char in strip_ansi(text) if char in "\t\n" or unicodedata.category(char) not in ("Cc", "Cs")]
    return "".join(kept)


def number(value):
    """Points as text: no zeros at the end, and a dot in every language."""
    return f"{value:.10g}"


def says(text, value):
    """Whether a platform's `text` is this number; its decimal point may be a comma."""
    try:
        return float(text.replace(",", ".")) == value
    except ValueError:
        return False
