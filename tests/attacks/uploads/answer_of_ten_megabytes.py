"""Answers with ten megabytes of source, and with written answers as long."""

import nbformat


def upload(folder, notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source += "\n#" + "x" * (4 * 2**20)
    nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
