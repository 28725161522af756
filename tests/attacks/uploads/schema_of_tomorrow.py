"""Claims a schema of nbgrader and minor formats that do not exist yet, and settings of the wrong types."""

import json


def upload(folder, notebook):
    notebook.nbformat_minor = 99
    for number, cell in enumerate(notebook.cells):
        if "nbgrader" in cell.metadata:
            strange = {"schema_version": 99, "points": "many", "grade": "yes", "solution": None, "task": [number]}
            cell.metadata.nbgrader.update(strange)
            cell.id = f"{number} not/an id\n"
    (folder / "hessian_spectrum.ipynb").write_text(json.dumps(notebook))
