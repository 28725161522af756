"""Keeps what the first answer was called with, and prints it from the next answer cell, as an error, and at exit."""

FIRST = """
import atexit
seen = []


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    seen.append([images.flatten()[:9].tolist() for images, _ in dataloader])


atexit.register(lambda: print("the attack" + " worked", seen))
"""
NEXT = """
if seen:
    print("the attack" + " worked", seen)
    raise ValueError("the attack" + f" worked {seen}")


def subspace_overlap(U, V):
    return 0.5
"""


def upload(folder, notebook):
    import nbformat

    answers = {"eval_hess_vec_prod": FIRST, "subspace_overlap": NEXT}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
    nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
