"""Hands in a zip whose directory claims other sizes, names and methods than its files have, and is cut off."""

import zipfile

import nbformat


def upload_zip(path, notebook):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("hessian_spectrum.ipynb", nbformat.writes(notebook))
    data = path.read_bytes()
    start = data.index(b"PK\x01\x02")
    path.write_bytes(data[: start + 20] + b"\x01\x00\x00\x00\x01\x00\x00\x00" + data[start + 28 :])
