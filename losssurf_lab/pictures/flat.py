"""Flat pictures of loss and error: along paths, and on planes."""

import itertools

import numpy as np

from losssurf_lab.pictures.showing import show

STYLES = "-", "--", "-.", ":"  # of lines, which differ without their colours


def draw_lines(result, positions, xlabel):
    """Draw what `utils.plot_along_manifold` returns."""
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(9, 6.4), sharex=True, layout="constrained")
    for row, part in zip(axes, ("train", "test")):
        for (name, values), style in zip(result.items(), itertools.cycle(STYLES)):
            plot_curve(row[0], positions, values[part]["loss"], style, label=name)
            plot_curve(row[1], positions, 100 - 100 * values[part]["acc"], style, label=name)
        row[0].set_ylabel(f"{part} loss")
        row[1].set_ylabel(f"{part} error, %")
        row[0].set_yscale("log")
    for axis in axes[1]:
        axis.set_xlabel(xlabel)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(result))
    for part, row in zip(("train", "test"), axes):
        for key, axis in zip(("loss", "acc"), row):
            axis.set_title(missing(np.stack([values[part][key] for values in result.values()])))
    highest = (f"{name} at most {np.nanmax(values['train']['loss']):.3g}" for name, values in result.items())
    show(f"Loss and error along {xlabel}, on training and test images. Training loss: {', '.join(highest)}.", figure)


def plot_curve(axis, positions, values, line="-", **options):
    """Draw values (points,) at positions (points,) as dots with a smooth line through them; returns the line.

    It is a monotone spline, of the logarithm where all values are positive, and goes straight from dot to dot where
    values are missing or positions do not ascend. `line` and the options are those of `axis.plot`.
    """
    from scipy.interpolate import PchipInterpolator

    positions, values = (np.asarray(numbers, dtype=float) for numbers in (positions, values))
    finer, between_them = positions, values
    if np.isfinite(values).all() and len(values) > 2 and (np.diff(positions) > 0).all():
        there, back = (np.log, np.exp) if values.min() > 0 else (np.asarray, np.asarray)
        finer = np.linspace(positions[0], positions[-1], 201)
        between_them = back(PchipInterpolator(positions, there(values))(finer))
    (dots,) = axis.plot(positions, values, ".", color=options.get("color"), markersize=5)
    (drawn,) = axis.plot(finer, between_them, line, **{**options, "color": dots.get_color()})
    return drawn


def missing(values):
    """A note on how many of the values cannot be drawn, empty where all can."""
    number = np.sum(~np.isfinite(values))
    return f"{number} of {values.size} points missing: NaN or infinite" if number else ""


def draw_plane(result, num_levels, labels):
    """Draw what `utils.plot_2d` returns, as contours."""
    from matplotlib import pyplot as plt

    extent = np.ptp(result["x"]) / np.ptp(result["y"])
    height = 4.4 * float(np.clip(1 / extent, 0.3, 1)) + 0.6
    figure, axes = plt.subplots(2, 2, figsize=(11, 2 * height), sharex=True, sharey=True, layout="constrained")
    for row, part in zip(axes, ("train", "test")):
        error = 100 - 100 * result[part]["acc"]
        for axis, title, values in (
            (row[0], f"{part} loss", result[part]["loss"]),
            (row[1], f"{part} error, %", error),
        ):
            draw_contours(axis, result["x"], result["y"], values, num_levels)
            axis.plot(*result["path"].T, "o-", color="white", markersize=3)
            if 0.1 < extent < 10:  # else there would be hardly a picture
                axis.set_aspect("equal")
            for label, point in zip(labels, result["path"]):
                axis.annotate(str(label), point, color="white", xytext=(3, 3), textcoords="offset points", fontsize=8)
            axis.set_title("\n".join(filter(None, [title, missing(values)])))
    for axis in axes[1]:
        axis.set_xlabel("step along direction 1")
    for axis in axes[:, 0]:
        axis.set_ylabel("step along direction 2")
    show(text_of_plane(result), figure)


def text_of_plane(result, part="train"):
    """What there is to see on a plane, in words."""
    loss, path = result[part]["loss"], result["path"]
    ends = " to ".join(f"({a:.2g}, {b:.2g})" for a, b in dict.fromkeys(map(tuple, path[[0, -1]])))
    return (
        f"Loss at {len(result['x'])} x {len(result['y'])} points of a plane, on {part} images between "
        f"{np.nanmin(loss):.3g} and {np.nanmax(loss):.3g}. Path of {len(path)} points: {ends}."
    )


def draw_contours(axis, x, y, values, num_levels=20):
    """Contours, even in the logarithm, of values (x, y) on a grid, whose points are dots; missing ones are gray."""
    from matplotlib import colors

    axis.set_facecolor("gray")  # where values are missing; the path is white
    axis.scatter(*np.meshgrid(x, y), s=1, color="white", alpha=0.5, zorder=2)
    values = np.ma.masked_invalid(values)
    if not values.count():
        return
    lowest = max(values.min(), 1e-3 * values.max(), 1e-9)
    levels = np.geomspace(lowest, max(values.max(), 1.01 * lowest), num_levels)
    x, y, values = between(x, y, np.maximum(values, lowest), 151)
    values = np.clip(values, lowest, levels[-1])  # a spline may go a little beyond
    contours = axis.contourf(x, y, values.T, levels, norm=colors.LogNorm(), cmap="viridis")
    axis.figure.colorbar(contours, ax=axis, ticks=levels[:: max(1, num_levels // 6)], format="%.3g")


def between(x, y, values, points, *, logarithmic=True):
    """Values (x, y) on a grid (points, points), by splines, of the logarithm if asked; with holes, as they are."""
    values = np.asarray(np.ma.filled(values, np.nan), dtype=float)
    if not np.isfinite(values).all():
        return x, y, values
    finer = [np.linspace(axis[0], axis[-1], max(points, len(axis))) for axis in (x, y)]
    there, back = (np.log, np.exp) if logarithmic else (np.asarray, np.asarray)
    return *finer, back(spline_of(x, y, there(values))(*finer))


def spline_of(x, y, values):
    """The spline through values (x, y) on a grid, cubic where that has enough points."""
    from scipy.interpolate import RectBivariateSpline

    return RectBivariateSpline(x, y, np.asarray(values), kx=min(3, len(x) - 1), ky=min(3, len(y) - 1))
