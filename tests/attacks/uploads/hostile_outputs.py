"""Brings outputs of HTML, JavaScript, SVG, widgets and false pictures, which would run when somebody looks at them."""

import nbformat
from nbformat.v4 import new_output

SCRIPT = "<script>alert('attack')</script>"
DATA = {
    "text/html": SCRIPT, "application/javascript": "alert('attack')", "text/latex": "$\\href{javascript:1}{x}$",
    "image/svg+xml": f"<svg onload=\"alert('attack')\">{SCRIPT}</svg>", "text/markdown": SCRIPT, "text/plain": SCRIPT,
    "image/png": f'"onerror="alert(1)">{SCRIPT}', "image/jpeg": [SCRIPT],
    "application/vnd.jupyter.widget-view+json": {"model_id": "attack", "version_major": 2, "version_minor": 0},
}  # fmt: skip


def upload(folder, notebook):
    outputs = [
        new_output("execute_result", DATA, execution_count=1, metadata={"image/png": {"width": '1" onload="alert(1)'}}),
        new_output("stream", name="stdout", text=f"\x1b]8;;javascript:alert(1)\x07{SCRIPT}\x1b[31m"),
        new_output("error", ename=SCRIPT, evalue=SCRIPT, traceback=[SCRIPT, "\x1b[0m<img src=x onerror=alert(1)>"]),
    ]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = outputs
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"attack": {"x": SCRIPT}}}}
    nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
