"""Hands in a zip whose folders and files are named like another student's newer submission, with a wrong answer."""

import zipfile

import nbformat

NAMES = [
    "Ada_1001_assignsubmission_file_/hessian_spectrum.ipynb", "1001/hessian_spectrum (7).ipynb",
    "Ada_1001_assignsubmission_file_/hessian_spectrum (9).ipynb", "1001-hessian_spectrum-12.ipynb",
]  # fmt: skip


def upload_zip(path, notebook):
    with zipfile.ZipFile(path, "w") as archive:
        for name in NAMES:
            archive.writestr(name, nbformat.writes(notebook))
