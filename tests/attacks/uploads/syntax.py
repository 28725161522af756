"""Answers with text that is no Python: unclosed brackets, NUL and other control characters, half surrogates, no end."""

import json


def upload(folder, notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "eval_hess_vec_prod":
            cell.source = "def eval_hess_vec_prod(\x00\x1b[2J\ud800" + "(" * 50_000 + "'''\n\u202e10.0"
    (folder / "hessian_spectrum.ipynb").write_text(json.dumps(notebook))
