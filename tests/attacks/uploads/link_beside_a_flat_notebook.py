"""Puts beside its notebook a link, called as the assignment, to another's folder, the course's source or itself."""

import nbformat

TARGETS = ["../ada/hessian_spectrum", "../../source/hessian_spectrum", "../../autograded/ada", "hessian_spectrum"]


def upload_in_place(course, notebook):
    for number, target in enumerate(TARGETS):
        folder = course / "submitted" / f"link_beside_a_flat_notebook{number}"
        folder.mkdir()
        nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
        (folder / "hessian_spectrum").symlink_to(target)
