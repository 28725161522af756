"""Hands in a zip that claims to be encrypted, by a method that nobody knows."""

import zipfile

import nbformat


def upload_zip(path, notebook):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hessian_spectrum.ipynb", nbformat.writes(notebook))
    data = bytearray(path.read_bytes())
    start = data.index(b"PK\x01\x02")
    data[start + 8], data[start + 10] = 1, 99
    path.write_bytes(data)
