"""Hands in a notebook of format 3 with half a million outputs, on which a converter works for minutes, in gigabytes."""

OUTPUT = '{"output_type": "stream", "text": ""}'
CELL = '{"cell_type": "code", "input": "", "language": "python", "metadata": {}, "outputs": [%s]}'
NOTEBOOK = '{"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": [%s]}]}'


def upload(folder, notebook):
    cell = CELL % ",".join([OUTPUT] * 500_000)
    (folder / "hessian_spectrum.ipynb").write_text(NOTEBOOK % cell)
