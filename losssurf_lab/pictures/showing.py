"""Figures shown in a notebook, each with a text for those who do not see it."""

import base64
import io
import sys

import numpy as np

from losssurf_lab.side_by_side import in_notebook

PLOTLY = "application/vnd.plotly.v1+json"
CONFIG = {"displaylogo": False, "showSendToCloud": False, "scrollZoom": False, "responsive": True}
BLUE, ORANGE = "#006ba4", "#ff800e"  # which all eyes can tell apart
WHITE = {"paper_bgcolor": "white", "plot_bgcolor": "white", "font": {"color": "#222222"}}  # legible in a dark theme too


def show(text, figure=None):
    """Show a figure of Matplotlib (default: the current one) with a text that says what is to be seen in it."""
    from matplotlib import pyplot as plt  # here, as it doubles the time to import the helpers

    figure = plt.gcf() if figure is None else figure
    if not in_notebook():
        plt.show()
        return
    _display({"image/png": _as_bytes(figure, "png"), "text/plain": text}, {"image/png": {"alt": text}})


def show_moving(picture, still, text):
    """Show a figure of Plotly, given as a dict, with a still one of Matplotlib, which is shown where Plotly's is not.

    So it is on GitHub, in a PDF and in feedback.
    """
    if "google.colab" in sys.modules:  # which shows Plotly only as a page of its own
        import plotly.io

        plotly.io.show(picture, renderer="colab", validate=False)
        show(text, still)
    elif in_notebook():
        # A JPEG: beside a PNG, JupyterLab shows that one until the pointer comes, and saves its own in its place.
        bundle = {PLOTLY: picture | {"config": CONFIG}, "image/jpeg": _as_bytes(still, "jpeg"), "text/plain": text}
        _display(bundle, {"image/jpeg": {"alt": text}})
    else:
        show(text, still)


def _display(bundle, metadata):
    from IPython.display import display

    display(bundle, metadata=metadata, raw=True)


def _as_bytes(figure, kind):
    """The figure as "png" or "jpeg", in base64; closes it."""
    from matplotlib import pyplot as plt

    stream = io.BytesIO()
    figure.savefig(stream, format=kind, bbox_inches="tight")
    plt.close(figure)
    return base64.b64encode(stream.getvalue()).decode()


def rounded(values, digits=4):
    """Numbers as lists, to the digits that a picture shows."""
    if np.ndim(values) > 1:
        return [rounded(row, digits) for row in values]
    return [float(f"{value:.{digits}g}") for value in values]
