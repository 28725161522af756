"""Calls itself by a name of HTML, of rich's markup and of a spreadsheet's formula."""

import nbformat

STUDENT = "=cmd|' C calc'!A0<script>alert(1)<script><img src=x onerror=alert(1)>[bold red][link=x]"


def upload(folder, notebook):
    nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
