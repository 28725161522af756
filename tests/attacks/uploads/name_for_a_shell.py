"""Calls itself by a name that a shell would run, and that ends quotes of SQL and of formats."""

import nbformat

STUDENT = "'; touch attacked-by-student #$(touch attacked-by-student)`id` {0.__class__} %s\\"


def upload(folder, notebook):
    nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
