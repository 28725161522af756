"""Hands in JSON with numbers of a hundred thousand digits, NaN and infinity where counts and points are."""

import json


def upload(folder, notebook):
    for cell in notebook.cells:
        cell["execution_count"] = "HUGE"
        cell.metadata.get("nbgrader", {})["points"] = float("nan")
    (folder / "hessian_spectrum.ipynb").write_text(json.dumps(notebook).replace('"HUGE"', "9" * 100_000))
