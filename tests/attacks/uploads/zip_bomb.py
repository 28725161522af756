"""Hands in a zip whose one file of zeros is a gigabyte when it is unpacked."""

import zipfile


def upload_zip(path, notebook):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("hessian_spectrum.ipynb", "w") as file:
            for _ in range(64):
                file.write(bytes(16 * 2**20))
