"""Hands in a zip whose files have names that lead out of the folder, from the root, and through a link."""

import stat
import zipfile

import nbformat

NAMES = [
    "../../../../../../tmp/attacked-by-student.ipynb", "/tmp/attacked-by-student.ipynb", "..\\..\\attacked.ipynb",
    "link/attacked-by-student.ipynb", "./hessian_spectrum.ipynb",
]  # fmt: skip


def upload_zip(path, notebook):
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("link", "hessian_spectrum/hessian_spectrum.ipynb"):
            link = zipfile.ZipInfo(name)
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, "/tmp")
        for name in NAMES:
            archive.writestr(name, nbformat.writes(notebook))
