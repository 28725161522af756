"""Hands in a notebook whose metadata and cells are nested nearly as deeply as the reader of JSON allows."""

import json


def upload(folder, notebook):
    for cell in notebook.cells:
        cell.metadata["deep"] = "DEEP"
    deep = '{"a":' * 900 + "[" * 50 + "]" * 50 + "}" * 900
    (folder / "hessian_spectrum.ipynb").write_text(json.dumps(notebook).replace('"DEEP"', deep))
