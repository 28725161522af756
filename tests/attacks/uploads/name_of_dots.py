"""Calls itself by names that lead to other folders, or that begin like an option."""

import nbformat

STUDENT = "--help ..%2f..%2f..\\..\\ada"


def upload(folder, notebook):
    nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
