"""The loss on a plane as a landscape to turn."""

import numpy as np

from losssurf_lab.pictures.flat import between, missing, spline_of, text_of_plane
from losssurf_lab.pictures.showing import WHITE, rounded, show_moving

POINTS = 61  # of the landscape along each side


def plot_surface(values, part="train", *, labels=None):
    """The loss on a plane as a landscape to turn, with the path on it; loss and error are told under the pointer.

    values: what `plot_2d` returned; part: "train" or "test"; labels: the text at each point of the path, by default
    its number. Between the points that were evaluated, splines of the loss's logarithm are drawn. Raises ValueError
    where a loss is missing or not positive.
    """
    loss, path = values[part]["loss"], values["path"]
    if not (np.isfinite(loss).all() and (loss > 0).all()):
        raise ValueError(f"no landscape: {missing(loss) or 'a loss is not positive'}; look at the flat picture")
    names = [str(label) for label in (range(len(path)) if labels is None else labels)]
    height = spline_of(values["x"], values["y"], np.log(loss)).ev
    along = [_dense(column) for column in path.T]
    text = f"The {part} loss as a landscape to turn. {text_of_plane(values, part)}"
    landscape = {
        "title": f"{part} loss",
        "surface": between(values["x"], values["y"], loss, POINTS),
        "points": [*path.T, np.exp(height(*path.T))],
        "path": [*along, np.exp(height(*along))],
        "names": names,
    }
    error = between(values["x"], values["y"], 100 - 100 * values[part]["acc"], POINTS, logarithmic=False)[2]
    show_moving(_to_turn(landscape, error.clip(0, 100)), _still(landscape), text)


def _dense(column):
    """One coordinate of the path, with nine positions between each two of its points."""
    return np.interp(np.linspace(0, len(column) - 1, 10 * (len(column) - 1) + 1), range(len(column)), column)


def _to_turn(landscape, error):
    (x, y, loss), points, path = (landscape[name] for name in ("surface", "points", "path"))
    # Plotly takes `text` by rows, as it takes the heights, and `customdata` by columns.
    told = [
        [f"loss {height:.3g}<br>error {wrong:.2f} %" for height, wrong in zip(*row)] for row in zip(loss.T, error.T)
    ]
    surface = {
        "type": "surface", "x": rounded(x), "y": rounded(y), "z": rounded(loss.T), "text": told, "hoverinfo": "text",
        "surfacecolor": rounded(np.log10(loss).T), "colorscale": "Viridis", "showscale": False, "name": "",
        "contours": {"z": {"show": True, "usecolormap": False, "color": "rgba(255,255,255,0.4)", "width": 1}},
    }  # fmt: skip
    line = {"type": "scatter3d", **_above(path), "mode": "lines", "line": {"color": "black", "width": 5},
            "hoverinfo": "skip"}  # fmt: skip
    dots = {
        "type": "scatter3d", **_above(points), "mode": "markers+text", "text": landscape["names"], "name": "",
        "hovertemplate": "%{text}: loss %{customdata:.3g}", "customdata": rounded(points[2]),
        "marker": {"color": "#ff800e", "size": 4}, "textfont": {"size": 11},
    }  # fmt: skip
    heights = {
        "logarithmic heights": {"scene.zaxis.type": "log", "scene.zaxis.dtick": "D2"},
        "linear heights": {"scene.zaxis.type": "linear", "scene.zaxis.dtick": None},
    }
    buttons = [{"label": label, "method": "relayout", "args": [changes]} for label, changes in heights.items()]
    menu = {"type": "buttons", "direction": "right", "x": 0, "y": 1.08, "xanchor": "left", "buttons": buttons}
    scene = {
        "xaxis": {"title": {"text": "step along direction 1"}}, "yaxis": {"title": {"text": "step along direction 2"}},
        "zaxis": {"title": {"text": landscape["title"]}, "type": "log", "dtick": "D2"}, "aspectmode": "cube",
        "camera": {"eye": {"x": 1.1, "y": -1.7, "z": 1.1}, "center": {"x": 0, "y": 0, "z": -0.25}},
    }  # fmt: skip
    margins = {"margin": {"l": 0, "r": 0, "t": 50, "b": 0}, "height": 560, "showlegend": False}
    return {"data": [surface, line, dots], "layout": {"scene": scene, "updatemenus": [menu], **margins, **WHITE}}


def _above(points):
    """A little above the surface, which would hide what lies in it."""
    return {"x": rounded(points[0]), "y": rounded(points[1]), "z": rounded(1.03 * points[2])}


def _still(landscape):
    from matplotlib import pyplot as plt

    (x, y, loss), points, path = (landscape[name] for name in ("surface", "points", "path"))
    figure, axis = plt.subplots(figsize=(6.5, 5), subplot_kw={"projection": "3d"}, layout="constrained")
    axis.plot_surface(*np.meshgrid(x, y, indexing="ij"), np.log10(loss), cmap="viridis", alpha=0.85)
    axis.plot(*path[:2], np.log10(path[2]) + 0.03, color="black")
    axis.plot(*points[:2], np.log10(points[2]) + 0.03, "o", color="black", markersize=3)
    for name, a, b, height in zip(landscape["names"], *points):
        axis.text(a, b, np.log10(height) + 0.08, name, fontsize=7)
    axis.locator_params(nbins=5)
    title = f"log10 of the {landscape['title']}"
    axis.set(xlabel="step along direction 1", ylabel="step along direction 2", zlabel=title)
    return figure
