"""Puts beside its notebook a file or a pipe that is called as the folder of the assignment."""

import os

import nbformat


def upload_in_place(course, notebook):
    for kind in ("file", "pipe"):
        folder = course / "submitted" / f"file_in_the_way_of_the_folder_{kind}"
        folder.mkdir()
        nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
        if kind == "file":
            (folder / "hessian_spectrum").write_text("no folder")
        else:
            os.mkfifo(folder / "hessian_spectrum")
