"""Draw docs/figure.png, the README's figure, from outputs that the solution notebooks keep.

    python docs/figure.py

Taken are the figures of three cells: the eigenvalues for several numbers of classes, loss and error along the paths,
and the landscape under SGD's path.
"""

import base64
import io
from pathlib import Path

import nbformat
from matplotlib import pyplot as plt

REPO = Path(__file__).parents[1]
PARTS = [
    ("hessian_spectrum", "plot-outliers", "Outliers of the Hessian: one fewer than classes"),
    ("mode_connectivity", "plot-paths", "Two networks: a wall on the straight line, a low path around it"),
    ("sgd_path_pca", "plot-plane", "The path of training on the loss surface"),
]


def output_image(name, cell_id):
    """The last picture that a cell of a solution notebook keeps as its output; beside a landscape it is a JPEG."""
    notebook = nbformat.read(REPO / "solutions" / f"{name}.ipynb", as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.id == cell_id]
    found = [
        (kind, output.data) for output in cell.outputs for kind in ("png", "jpeg") if f"image/{kind}" in output.data
    ]
    kind, data = found[-1]
    return plt.imread(io.BytesIO(base64.b64decode(data[f"image/{kind}"])), kind)


def main():
    images = [output_image(name, cell_id) for name, cell_id, _ in PARTS]
    top, *bottom = images
    width = 12
    heights = [width * top.shape[0] / top.shape[1], width / 2 * max(im.shape[0] / im.shape[1] for im in bottom)]
    figure = plt.figure(figsize=(width, sum(heights) + 1), layout="constrained")
    axes = figure.subplot_mosaic([["top", "top"], ["left", "right"]], height_ratios=heights)
    for axis, image, (_, _, title) in zip(axes.values(), images, PARTS):
        axis.imshow(image, interpolation="lanczos")
        axis.set_anchor("N")
        axis.set_axis_off()
        axis.set_title(title, fontsize=13)
    figure.savefig(REPO / "docs" / "figure.png", dpi=110)


if __name__ == "__main__":
    main()
