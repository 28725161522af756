"""Hands in a notebook that claims the format 99."""

import json


def upload(folder, notebook):
    (folder / "hessian_spectrum.ipynb").write_text(json.dumps({**notebook, "nbformat": 99}))
