"""Hands in six million empty lists, of which each takes twenty times as much memory as space in the file."""

import json


def upload(folder, notebook):
    cell = {"cell_type": "code", "source": "", "metadata": [[]] * 6_000_000}
    data = json.dumps({"nbformat": 4, "nbformat_minor": 9, "cells": [cell]}, separators=(",", ":"))
    (folder / "hessian_spectrum.ipynb").write_text(data)
