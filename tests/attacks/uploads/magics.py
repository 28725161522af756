"""Answers with magics of IPython that run a shell, write files and load extensions."""

import nbformat

MAGICS = """!touch /tmp/attacked-by-student /opt/attacked-by-student; cat /etc/shadow
%load_ext autoreload
%env LD_PRELOAD=./own.so
%config Application.log_level = 0
get_ipython().run_cell_magic("bash", "--bg", "nohup setsid sleep 1000 & cat /proc/1/environ /proc/*/cmdline")
get_ipython().run_cell_magic("writefile", "losssurf_lab/driver.py", "raise SystemExit(10.0)")
%store -r
%pip install ./own.whl
%exit
%run -i /opt/course/runner.py"""


def upload(folder, notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "eval_hess_vec_prod":
            cell.source = f"{MAGICS}\n{cell.source}"
    nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
