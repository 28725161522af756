"""The loss on a plane as a landscape to turn."""

import numpy as np

from losssurf_lab.pictures.flat import between, missing, spline_of, text_of_plane
from losssurf_lab.pictures.showing import ORANGE, WHITE, rounded, show_moving

POINTS = 61  # of the landscape along each side
FLAT = 1e-5  # of the loss: Plotly draws in single precision
APART = 0.08  # of the plane's width: names closer than that would lie on each other


def plot_surface(values, part="train", *, labels=None):
    """The loss on a plane as a landscape to turn, with the path on it; loss and error are told under the pointer.

    values: what `plot_2d` returned; part: "train" or "test"; labels: the text at each point of the path, by default
    its number; where points are close together only some are named. Between the points that were evaluated, splines of
    the loss's logarithm are drawn. Raises ValueError where a loss is missing or not positive, where the numbers do not
    belong together, and where the path leaves the plane.
    """
    x, y, path, loss, accuracy = _numbers(values, part)
    names = [str(label) for label in (range(len(path)) if labels is None else labels)]
    if len(names) != len(path):
        raise ValueError(f"labels: {len(names)} of them, for the {len(path)} points of the path")
    height = spline_of(x, y, np.log(loss)).ev
    along = [_dense(column) for column in path.T]
    landscape = {
        "title": f"{part} loss",
        "surface": between(x, y, loss, POINTS),
        "points": [*path.T, np.exp(height(*path.T))],
        "path": [*along, np.exp(height(*along))],
        "names": _apart(path / [np.ptp(x), np.ptp(y)], names),
    }
    error = between(x, y, 100 - 100 * accuracy, POINTS, logarithmic=False)[2]
    text = f"The {part} loss as a landscape to turn. {text_of_plane(values, part)}"
    show_moving(_to_turn(landscape, error.clip(0, 100)), _still(landscape), text)


def _numbers(values, part):
    """x (n,), y (m,), path (points, 2), loss and accuracy (n, m), or ValueError where they make no landscape."""
    if part not in values:
        raise ValueError(f"no part {part!r}; there is: {', '.join(sorted({'train', 'test'} & {*values}))}")
    x, y, path = (np.asarray(values[name], dtype=float) for name in ("x", "y", "path"))
    loss, accuracy = (np.asarray(values[part][name], dtype=float) for name in ("loss", "acc"))
    if not loss.shape == accuracy.shape == (len(x), len(y)) or path.ndim != 2 or path.shape[1] != 2:
        raise ValueError(
            f"loss {loss.shape} and accuracy {accuracy.shape} must be (x, y), here {(len(x), len(y))}, "
            f"and the path {path.shape} must be (points, 2): hand over what plot_2d returned"
        )
    if not (np.isfinite(loss).all() and (loss > 0).all()):
        raise ValueError(f"no landscape: {missing(loss) or 'a loss is not positive'}; look at the flat picture")
    if not (np.isfinite(accuracy).all() and np.isfinite(path).all() and len(path)):
        raise ValueError("no landscape: an accuracy or a point of the path is missing")
    for name, axis, column in (("x", x, path.T[0]), ("y", y, path.T[1])):
        if len(axis) < 2 or not (np.diff(axis) > 0).all():
            raise ValueError(f"no landscape: {name} must be two numbers or more, that ascend")
        margin = 1e-6 * np.ptp(axis)  # for rounding
        if not (axis[0] - margin <= column.min() and column.max() <= axis[-1] + margin):
            raise ValueError(f"the path leaves the plane: {name} from {column.min():.3g} to {column.max():.3g}, "
                             f"the plane's from {axis[0]:.3g} to {axis[-1]:.3g}")  # fmt: skip
    return x, y, path, loss, accuracy


def _dense(column):
    """One coordinate of the path, with nine positions between each two of its points."""
    return np.interp(np.linspace(0, len(column) - 1, 10 * (len(column) - 1) + 1), range(len(column)), column)


def _apart(path, names):
    """The names, {number of the point: name}, that do not lie on each other; the two ends come first."""
    kept = {}
    for i in dict.fromkeys([0, len(path) - 1, *range(len(path))]):
        if all(np.abs(path[i] - path[j]).max() > APART for j in kept):
            kept[i] = names[i]
    return kept


# -------------------------------------------------------------------------------------------------------------- to turn


def _to_turn(landscape, error):
    (x, y, loss), points, path = (landscape[name] for name in ("surface", "points", "path"))
    flat = np.ptp(loss) < FLAT * loss.max()
    digits = 4 if flat else 4 + int(np.log10(loss.max() / np.ptp(loss)))  # those that all heights share, and four
    # Plotly takes `text` by rows, as it takes the heights, and `customdata` by columns.
    told = [
        [f"loss {height:.{digits - 1}g}<br>error {wrong:.2f} %" for height, wrong in zip(*row)]
        for row in zip(loss.T, error.T)
    ]
    surface = {
        "type": "surface", "x": rounded(x), "y": rounded(y), "z": rounded(loss.T, digits), "text": told,
        "surfacecolor": rounded(np.log10(loss).T, digits), "colorscale": "Viridis", "showscale": False, "name": "",
        "contours": {"z": {"show": True, "usecolormap": False, "color": "rgba(255,255,255,0.4)", "width": 1}},
        "hoverinfo": "text",
    }  # fmt: skip
    # A little above the surface, which would hide what lies in it.
    rise = 1.03 if flat else min(1.03, (loss.max() / loss.min()) ** 0.01)
    line, dots = (
        {"type": "scatter3d", "x": rounded(along[0]), "y": rounded(along[1]), "z": rounded(rise * along[2], digits)}
        for along in (path, points)
    )
    line |= {"mode": "lines", "line": {"color": "black", "width": 5}, "hoverinfo": "skip"}
    dots |= {
        "mode": "markers", "marker": {"color": ORANGE, "size": 5}, "name": "", "customdata": rounded(points[2], digits),
        "hovertemplate": f"loss %{{customdata:.{digits - 1}g}}",
    }  # fmt: skip
    return {"data": [surface, line, dots], "layout": _layout(landscape, rise)}


def _layout(landscape, rise):
    scales = {
        "logarithmic heights": {"type": "log", "tickmode": "array"},
        "linear heights": {"type": "linear", "tickmode": "auto"},
    }
    names = {label: _named(landscape, rise, axis["type"]) for label, axis in scales.items()}
    buttons = [
        {"label": label, "method": "relayout",
         "args": [{f"scene.zaxis.{key}": value for key, value in axis.items()} | {"scene.annotations": names[label]}]}
        for label, axis in scales.items()
    ]  # fmt: skip
    ticks = _ticks(landscape["surface"][2])
    height = {
        "title": {"text": landscape["title"]}, "tickvals": rounded(ticks), "ticktext": [f"{tick:.3g}" for tick in ticks]
    }  # fmt: skip
    scene = {
        "xaxis": {"title": {"text": "step along direction 1"}}, "yaxis": {"title": {"text": "step along direction 2"}},
        "zaxis": height | scales["logarithmic heights"], "annotations": names["logarithmic heights"],
        "aspectmode": "cube", "camera": {"eye": {"x": 0.7, "y": -1.3, "z": 1.8}, "center": {"x": 0, "y": 0, "z": -0.2}},
    }  # fmt: skip
    menu = {"type": "buttons", "direction": "right", "x": 0, "y": 1.08, "xanchor": "left", "buttons": buttons}
    margins = {"margin": {"l": 0, "r": 0, "t": 50, "b": 0}, "height": 560, "showlegend": False}
    return {"scene": scene, "updatemenus": [menu], **margins, **WHITE}


def _named(landscape, rise, scale):
    """The names of points, which nothing hides; Plotly takes their heights as the axis does, as logarithms or not."""
    x, y, height = landscape["points"]
    height = np.log10(rise * height) if scale == "log" else rise * height
    return [
        {"x": float(x[i]), "y": float(y[i]), "z": float(height[i]), "text": name, "showarrow": False, "yshift": 16,
         "bgcolor": "rgba(255,255,255,0.7)", "borderpad": 1, "font": {"size": 12}}
        for i, name in landscape["names"].items()
    ]  # fmt: skip


def _ticks(loss):
    """Round numbers in the range of the loss: 1, 2 and 5 of each decade, only 1 of many, and more of less than one."""
    low, high = loss.min(), loss.max()
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    for ticks in (decades, np.outer(decades, [1, 2, 5]).ravel(), np.outer(decades, np.arange(10, 100) / 10).ravel()):
        ticks = ticks[(low <= ticks) & (ticks <= high)]
        if len(ticks) > 3:
            break
    return ticks[:: -(-len(ticks) // 10) or 1]


# ------------------------------------------------------------------------------------------------------------ and still


def _still(landscape):
    from matplotlib import pyplot as plt

    (x, y, loss), points, path = (landscape[name] for name in ("surface", "points", "path"))
    figure = plt.figure(figsize=(6.5, 5), layout="constrained")
    axis = figure.add_subplot(projection="3d", computed_zorder=False)  # else the surface hides parts of the path
    axis.plot_surface(*np.meshgrid(x, y, indexing="ij"), np.log10(loss), cmap="viridis", alpha=0.85)
    axis.plot(*path[:2], np.log10(path[2]), color="black")
    axis.plot(*points[:2], np.log10(points[2]), "o", color=ORANGE, markersize=4)
    above = 0.05 * np.ptp(np.log10(loss))
    for i, name in landscape["names"].items():
        place = points[0][i], points[1][i], np.log10(points[2][i]) + above
        axis.text(*place, name, fontsize=8, bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 1})
    axis.view_init(elev=45, azim=-60)
    axis.locator_params(nbins=5)
    title = f"log10 of the {landscape['title']}"
    axis.set(xlabel="step along direction 1", ylabel="step along direction 2", zlabel=title)
    return figure
