"""Brings a time stamp from which no time zone can be subtracted."""

import nbformat


def upload(folder, notebook):
    (folder / "timestamp.txt").write_text("0001-01-01 00:00:00 +1400")
    nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
