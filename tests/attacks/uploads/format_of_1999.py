"""Hands in a notebook of format 3, with worksheets, whose converter must not trust it either."""

import json


def upload(folder, notebook):
    cell = {"cell_type": "code", "input": "10.0", "language": "bash", "prompt_number": "x"}
    cell["metadata"] = {"nbgrader": {"grade_id": "eval_hess_vec_prod"}}
    cell["outputs"] = [{"output_type": "pyout", "text": ["10.0"]}]
    sheets = [{"cells": [cell]}, None]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "../../x"}, "worksheets": sheets}
    (folder / "hessian_spectrum.ipynb").write_text(json.dumps(old))
