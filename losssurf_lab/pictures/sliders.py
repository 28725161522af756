"""Pictures with a slider: spectra from moment to moment, and images on which the networks of a path disagree."""

import base64
import io

import numpy as np

from losssurf_lab.pictures.flat import missing
from losssurf_lab.pictures.showing import BLUE, ORANGE, WHITE, rounded, show_moving

GRID = {"gridcolor": "#dddddd"}
ROWS, COLUMNS = 2, 4  # of images side by side
MOMENTS = 10  # in a still picture, and in words, at most


def _sliding(data, frames, layout):
    """A picture with a slider over frames, {name: (what changes in each trace of `data`, what in the layout)}."""
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    steps = [{"label": name, "method": "animate", "args": [[name], at_once]} for name in frames]
    common = {"sliders": [{"steps": steps, "pad": {"t": 45}}], "height": 480, "showlegend": False, "margin": {"t": 70}}
    first = next(iter(frames.values()))
    kinds = [{"type": trace["type"]} for trace in data]
    return {
        "data": [{**trace, **changes} for trace, changes in zip(data, first[0])],
        "frames": [
            {"name": name, "data": [kind | change for kind, change in zip(kinds, changes)], "layout": words}
            for name, (changes, words) in frames.items()
        ],
        "layout": {**common, **WHITE, **layout, **first[1]},
    }


def _title(text):
    return {"title": {"text": text, "font": {"size": 14}}}


# -------------------------------------------------------------------------------------------------------------- spectra


def plot_spectra(spectra):
    """The largest eigenvalues at several moments, `{when: values (k,)}`, largest first, with a slider over these.

    Raises ValueError where there is nothing to draw, or a value is missing.
    """
    spectra = {str(when): np.asarray(values, dtype=float) for when, values in spectra.items()}
    if not spectra or any(values.size == 0 for values in spectra.values()):
        raise ValueError("no picture of spectra: there is no moment, or one without an eigenvalue")
    numbers = np.concatenate([*spectra.values()])
    _refuse_missing(numbers, "spectra")
    markers = {"type": "scatter", "mode": "markers", "marker": {"size": 9, "color": BLUE}, "name": ""}
    frames = {
        when: ([{"x": list(range(1, len(values) + 1)), "y": rounded(values)}], _title(when))
        for when, values in spectra.items()
    }
    scale = _scale(numbers)
    ends = np.log10([numbers.min(), numbers.max()]) if scale == "log" else np.array([numbers.min(), numbers.max()])
    beyond = 0.1 if scale == "log" else 0.05 * (ends[1] - ends[0]) or 1
    axes = {
        "xaxis": {"title": {"text": "number of the eigenvalue, largest first"}, "dtick": 1, **GRID},
        "yaxis": {"title": {"text": "eigenvalue of the Hessian"}, "type": scale, **GRID,
                  "range": [float(ends[0] - beyond), float(ends[1] + beyond)]},
    }  # fmt: skip
    some = [[*spectra][i] for i in np.unique(np.linspace(0, len(spectra) - 1, MOMENTS, dtype=int))]
    text = "; ".join(f"{when}: {spectra[when][0]:.3g} to {spectra[when][-1]:.3g}" for when in some)
    text += f"; and {len(spectra) - len(some)} moments between these" if len(some) < len(spectra) else ""
    still = _still_spectra({when: spectra[when] for when in some}, scale)
    show_moving(_sliding([markers], frames, axes), still, f"The largest eigenvalues, {text}.")


def _refuse_missing(numbers, what):
    if words := missing(numbers):
        raise ValueError(f"no picture of {what}: {words}")


def _scale(numbers):
    """That of an axis on which all of them are to be seen."""
    return "log" if numbers.min() > 0 else "linear"


def _still_spectra(spectra, scale):
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(7.5, 3.8), layout="constrained")
    for (when, values), marker in zip(spectra.items(), "osv^D*PX<>"):
        axis.plot(range(1, len(values) + 1), values, marker, linestyle="-", linewidth=0.5, label=when)
    axis.set(xlabel="number of the eigenvalue, largest first", ylabel="eigenvalue of the Hessian", yscale=scale)
    figure.legend(loc="outside right upper")
    return figure


# -------------------------------------------------------------------------------------------------------- disagreements


def plot_disagreements(t, loss, error, disagreements):
    """The loss along a path, and with a slider over t the images on which its network and those at the ends disagree.

    t, loss, error in percent: (points,); disagreements: what `paths.disagreements` returns, one for each point. Raises
    ValueError where these are not as many as the others, where there is none, or where a loss is missing.
    """
    t, loss, error = _numbers(t, loss, error, disagreements)
    names, scale = _names(t), _scale(loss)
    titles = [
        f"t = {at}: train loss {height:.3g}, test error {wrong:.2f} %; the three disagree on {each.count} images"
        for at, height, wrong, each in zip(names, loss, error, disagreements)
    ]
    line = {"type": "scatter", "x": rounded(t), "y": rounded(loss), "mode": "lines", "line": {"color": BLUE}}
    point = {"type": "scatter", "mode": "markers", "marker": {"size": 13, "color": ORANGE}, "hoverinfo": "skip"}
    beside = {"xaxis": "x2", "yaxis": "y2", "hoverinfo": "skip"}
    images = {"type": "image", **beside}
    words = {"type": "scatter", "mode": "text", **beside}
    frames = {
        name: ([{}, {"x": [float(at)], "y": rounded([height])}, *_drawn(each)], _title(title))
        for name, at, height, each, title in zip(names, t, loss, disagreements, titles)
    }
    height = len(_together(disagreements[0])[0])
    axes = {
        "xaxis": {"domain": [0, 0.38], "title": {"text": "t"}, **GRID},
        "yaxis": {"title": {"text": "train loss"}, "type": scale, **GRID},
        "xaxis2": {"domain": [0.46, 1], "visible": False, "anchor": "y2"},
        "yaxis2": {"visible": False, "range": [height, 0], "scaleanchor": "x2", "anchor": "x2"},
    }
    most = int(np.argmax([each.count for each in disagreements]))
    text = (
        f"Loss along a path, and images on which the network at t and the ends disagree. {titles[0]}. {titles[most]}."
    )
    still = _still_disagreements(t, loss, disagreements[most], most, scale)
    show_moving(_sliding([line, point, images, words], frames, axes), still, text)


def _numbers(t, loss, error, disagreements):
    t, loss, error = (np.asarray(values, dtype=float) for values in (t, loss, error))
    numbers = {len(values) for values in (t, loss, error, disagreements)}
    if len(numbers) > 1 or 0 in numbers:
        raise ValueError(
            f"no picture of a path: {len(t)} positions, {len(loss)} losses, {len(error)} errors, {len(disagreements)} "
            "disagreements; there must be one of each at every point"
        )
    _refuse_missing(loss, "a path")
    return t, loss, error


def _names(t):
    """The positions in as many digits as tell them apart, two at least."""
    for digits in range(2, 17):
        names = [f"{at:.{digits}f}" for at in t]
        if len({*names}) == len(names):
            return names
    raise ValueError("no picture of a path: a position t is there more than once")


def _drawn(disagreement):
    """The images as one PNG, and the words below them, as traces of Plotly."""
    from matplotlib import pyplot as plt

    (pixels, texts), stream = _together(disagreement), io.BytesIO()
    plt.imsave(stream, pixels, cmap="Greys", vmin=0, vmax=1, format="png")
    return {"source": f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"}, texts


def _together(disagreement):
    """Up to eight images as one (height, width), or that with colours, and what the three networks say below each."""
    height, width, *colours = disagreement.images.shape[1:]
    gap = -(-height * 2 // 7)  # for the words
    white = 1 if colours else 0  # where there is one number a pixel it is the ink
    pixels = np.full((ROWS * (height + gap), COLUMNS * width, *colours), white, dtype=float)
    texts = {"x": [], "y": [], "text": []}
    for i, (image, words) in enumerate(zip(disagreement.images, disagreement.words)):
        top, left = i // COLUMNS * (height + gap), i % COLUMNS * width
        pixels[top : top + height, left : left + width] = np.clip(image, 0, 1)
        texts["x"].append(left + width / 2)
        texts["y"].append(top + height + gap / 2)
        texts["text"].append(words)
    return pixels, texts


def _still_disagreements(t, loss, disagreement, at, scale):
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(8.8, 3.2), width_ratios=(2, 3), layout="constrained")
    left.plot(t, loss, color=BLUE)
    left.plot([t[at]], [loss[at]], "o", markersize=9, color=ORANGE)
    left.set(xlabel="t", ylabel="train loss", yscale=scale)
    pixels, texts = _together(disagreement)
    right.imshow(pixels, cmap="Greys")
    for x, y, text in zip(*texts.values()):
        right.text(x, y, text, ha="center", va="center", fontsize=8)
    right.set_title(f"t = {t[at]:.2f}: the three disagree on {disagreement.count} test images", fontsize=10)
    right.axis("off")
    return figure
