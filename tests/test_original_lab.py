"""The first lab's own notebook, on today's helpers."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient


@pytest.mark.night
@pytest.mark.kernel
def test_a_notebook_written_for_the_first_lab_runs_unchanged(tmp_path, mnist):
    notebook = nbformat.read(Path(__file__).with_name("original_lab.ipynb"), as_version=4)
    NotebookClient(notebook, timeout=600).execute(cwd=tmp_path)
    figures = [o for cell in notebook.cells for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
    assert len(figures) == 3  # the eigenvector, the polychain and the plane
