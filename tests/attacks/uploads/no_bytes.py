"""Hands in a file of no bytes."""


def upload(folder, notebook):
    (folder / "hessian_spectrum.ipynb").touch()
