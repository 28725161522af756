"""Students whose names are patterns, options, addresses or formulas, look like another's, or cannot be shown."""

import nbformat

EXPECTS = 10
NAMES = [
    "*", "?da", "[a-z]da", "[!x]", "{student_id}", "{0}", "-rf", "--force", "a+b", "a%2Fb", "%s%n", "#ada", "a&b=c",
    "a;b", "a,b", 'a"b', "a'b", "~", "$HOME", "`id`", "=1+1", "\uff1d1+1", "ADA", "\u0430da", "ad\u0430", "ada\u3164",
    "a\u115fda", "a\u200bda", "ada\u00a0", "cafe\u0301", "caf\u00e9", "\u0661\u0662", "\U0001f600" * 30, "x" * 100,
    "x" * 101, "ada.", "nul", "source", "autograded", "gradebook.db", "timestamp.txt", "hessian_spectrum",
    "<b>ada", "a\u202eda",
]  # fmt: skip


def upload_in_place(course, notebook):
    for name in NAMES:
        folder = course / "submitted" / name
        folder.mkdir()
        nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
