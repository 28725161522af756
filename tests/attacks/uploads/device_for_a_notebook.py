"""Hands in a link to a device that never ends."""


def upload(folder, notebook):
    (folder / "hessian_spectrum.ipynb").symlink_to("/dev/zero")
