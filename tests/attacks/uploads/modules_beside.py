"""Puts modules named like the grader's and the libraries beside its notebook, and settings of IPython and Jupyter."""

import nbformat

FORGED = "import os\nos.system('touch /tmp/attacked-by-student')\nprint('10.0')\n"
NAMES = (
    "torch", "numpy", "lab_cnn_solution", "losssurf_lab", "losssurf_lab_utils", "of_the_grader", "crossing",
    "drive", "sitecustomize", "usercustomize", "conftest", "nbgrader_config", "jupyter_config",
    "ipython_config",
)  # fmt: skip


def upload(folder, notebook):
    for name in NAMES:
        (folder / f"{name}.py").write_text(FORGED)
    startup = folder / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-forged.py").write_text(FORGED)
    (folder / ".env").write_text("LD_PRELOAD=./own.so\n")
    nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
