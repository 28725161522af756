"""Hands in a file of 200 MB, and one hole is all it holds."""

import os


def upload(folder, notebook):
    (folder / "hessian_spectrum.ipynb").touch()
    os.truncate(folder / "hessian_spectrum.ipynb", 200 * 2**20)
