"""Gives cells, sources, metadata and outputs of types that no notebook has, beside a right answer that still counts."""

import json

EXPECTS = 10


def upload(folder, notebook):
    raw = json.loads(json.dumps(notebook))
    strange = [
        None, 7, "cell", [], {}, {"cell_type": []}, {"metadata": [], "source": {"a": 1}, "outputs": "10.0"},
        {"metadata": {"nbgrader": ["grade_id"]}, "source": [1, None, "10.0"]},
        {"metadata": {"nbgrader": {"grade_id": ["eval_hess_vec_prod"]}, "tags": 5}, "cell_type": "code"},
    ]  # fmt: skip
    for cell in raw["cells"]:
        cell["outputs"] = [None, {"output_type": ["stream"]}, {"output_type": "stream", "text": {"a": 1}}]
        cell["source"] = cell["source"].splitlines(keepends=True)
    raw["cells"] = [*strange, *raw["cells"], *strange]
    raw["metadata"] = ["kernelspec"]
    (folder / "hessian_spectrum.ipynb").write_text(json.dumps(raw))
