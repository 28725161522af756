"""Hands in a folder with the name of the notebook."""


def upload(folder, notebook):
    (folder / "hessian_spectrum.ipynb" / "hessian_spectrum.ipynb").mkdir(parents=True)
