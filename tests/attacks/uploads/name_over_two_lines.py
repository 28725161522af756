"""Calls itself by a name with a line break, an escape of the terminal and a mark that turns the writing direction."""

import nbformat

STUDENT = "two\nlines\x1b[2J\u202e"


def upload(folder, notebook):
    nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
