"""Pictures with a slider: spectra from moment to moment, and images on which the networks of a path disagree."""

import base64
import io

import numpy as np

from losssurf_lab.pictures.showing import WHITE, rounded, show_moving

BLUE, ORANGE = "#006ba4", "#ff800e"  # which all eyes can tell apart
GRID = {"gridcolor": "#dddddd"}
ROWS, COLUMNS = 2, 4  # of images side by side


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
    """The largest eigenvalues at several moments, `{when: values (k,)}`, largest first, with a slider over these."""
    numbers = np.concatenate([*spectra.values()])
    low, high = np.log10(numbers[numbers > 0].min()), np.log10(numbers.max())
    markers = {"type": "scatter", "mode": "markers", "marker": {"size": 9, "color": BLUE}, "name": ""}
    frames = {
        when: ([{"x": list(range(1, len(values) + 1)), "y": rounded(values)}], _title(when))
        for when, values in spectra.items()
    }
    axes = {
        "xaxis": {"title": {"text": "number of the eigenvalue, largest first"}, "dtick": 1, **GRID},
        "yaxis": {"title": {"text": "eigenvalue of the Hessian"}, "type": "log", **GRID,
                  "range": [float(low - 0.1), float(high + 0.1)]},
    }  # fmt: skip
    text = "; ".join(f"{when}: {values[0]:.3g} to {values[-1]:.3g}" for when, values in spectra.items())
    picture = _sliding([markers], frames, axes)
    show_moving(picture, _still_spectra(spectra), f"The largest eigenvalues, {text}.")


def _still_spectra(spectra):
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(7.5, 3.8), layout="constrained")
    for (when, values), marker in zip(spectra.items(), "osv^D*PX<>" * len(spectra)):
        axis.semilogy(range(1, len(values) + 1), values, marker, linestyle="-", linewidth=0.5, label=when)
    axis.set(xlabel="number of the eigenvalue, largest first", ylabel="eigenvalue of the Hessian")
    figure.legend(loc="outside right upper")
    return figure


# -------------------------------------------------------------------------------------------------------- disagreements


def plot_disagreements(t, loss, error, disagreements):
    """The loss along a path, and with a slider over t the images on which its network and those at the ends disagree.

    t, loss, error in percent: (points,); disagreements: what `paths.disagreements` returns, one for each point
    """
    titles = [
        f"t = {at:.2f}: train loss {height:.3g}, test error {wrong:.2f} %; the three disagree on {each.count} images"
        for at, height, wrong, each in zip(t, loss, error, disagreements)
    ]
    line = {"type": "scatter", "x": rounded(t), "y": rounded(loss), "mode": "lines", "line": {"color": BLUE}}
    point = {"type": "scatter", "mode": "markers", "marker": {"size": 13, "color": ORANGE}, "hoverinfo": "skip"}
    beside = {"xaxis": "x2", "yaxis": "y2", "hoverinfo": "skip"}
    images = {"type": "image", **beside}
    words = {"type": "scatter", "mode": "text", **beside}
    frames = {
        f"{at:.2f}": ([{}, {"x": [float(at)], "y": rounded([height])}, *_drawn(each)], _title(title))
        for at, height, each, title in zip(t, loss, disagreements, titles)
    }
    height = len(_together(disagreements[0])[0])
    axes = {
        "xaxis": {"domain": [0, 0.38], "title": {"text": "t"}, **GRID},
        "yaxis": {"title": {"text": "train loss"}, "type": "log", **GRID},
        "xaxis2": {"domain": [0.46, 1], "visible": False, "anchor": "y2"},
        "yaxis2": {"visible": False, "range": [height, 0], "scaleanchor": "x2", "anchor": "x2"},
    }
    most = int(np.argmax([each.count for each in disagreements]))
    text = (
        f"Loss along a path, and images on which the network at t and the ends disagree. {titles[0]}. {titles[most]}."
    )
    still = _still_disagreements(t, loss, disagreements[most], most)
    show_moving(_sliding([line, point, images, words], frames, axes), still, text)


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


def _still_disagreements(t, loss, disagreement, at):
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(8.8, 3.2), width_ratios=(2, 3), layout="constrained")
    left.semilogy(t, loss, color=BLUE)
    left.semilogy([t[at]], [loss[at]], "o", markersize=9, color=ORANGE)
    left.set(xlabel="t", ylabel="train loss")
    pixels, texts = _together(disagreement)
    right.imshow(pixels, cmap="Greys")
    for x, y, text in zip(*texts.values()):
        right.text(x, y, text, ha="center", va="center", fontsize=8)
    right.set_title(f"t = {t[at]:.2f}: the three disagree on {disagreement.count} test images", fontsize=10)
    right.axis("off")
    return figure
