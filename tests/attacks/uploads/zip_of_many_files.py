"""Hands in a zip of many files, none too large for a notebook, which together fill a disk."""

import zipfile


def upload_zip(path, notebook):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(60):
            archive.writestr(f"{number}/hessian_spectrum.ipynb", bytes(19 * 2**20))
