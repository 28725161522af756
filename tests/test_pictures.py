"""Pictures show the numbers that they are given: flat, turned, slid, still, and in words."""

import base64
import io
import json
import sys

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt

import lab_cnn_solution as code
import losssurf_lab_utils as utils
from losssurf_lab import paths
from losssurf_lab.pictures import flat, showing, sliders, surface


@pytest.fixture
def shown(monkeypatch):
    """What a notebook is given to show: (bundle, metadata)."""
    found = []
    plt.close("all")
    monkeypatch.delitem(sys.modules, "google.colab", raising=False)  # which other tests put there
    monkeypatch.setattr(showing, "in_notebook", lambda: True)
    monkeypatch.setattr(showing, "_display", lambda bundle, metadata: found.append((bundle, metadata)))
    yield found
    plt.close("all")


def valley(x, y):
    """A loss with a curved valley."""
    return np.exp(0.2 * (y - 0.3 * x**2) ** 2 + 0.1 * x - 3)


@pytest.fixture
def values():
    """As `plot_2d` returns them, of a path whose points are on the grid."""
    x, y = np.linspace(-3, 3, 13), np.linspace(-2, 3, 11)
    loss = valley(x[:, None], y[None])
    path = np.array([[-3, 3], [0, 0], [3, 3]], dtype=float)
    return {"x": x, "y": y, "path": path, "train": {"loss": loss, "acc": 1 / (1 + loss)}}


def plotly_of(shown):
    """The picture of Plotly that was shown, as Plotly itself understands it; it refuses what it does not know."""
    go = pytest.importorskip("plotly.graph_objects")
    (bundle, _), *_ = shown
    picture = json.loads(json.dumps(bundle["application/vnd.plotly.v1+json"]))
    assert picture.pop("config")["showSendToCloud"] is False  # which leads out of the course
    return go.Figure(picture, skip_invalid=False)


def test_a_figure_is_shown_with_its_text_and_closed(shown):
    plt.plot([1, 2])
    utils.show("a line that rises")
    ((bundle, metadata),) = shown
    assert bundle["text/plain"] == "a line that rises" == metadata["image/png"]["alt"]
    assert plt.imread(io.BytesIO(base64.b64decode(bundle["image/png"]))).std() > 0
    assert not plt.get_fignums()


def test_a_landscape_has_the_loss_at_each_point_of_the_grid_and_under_the_path(shown, values):
    utils.plot_surface(values, labels=["w0", "bend", "w1"])
    surface, line, dots = plotly_of(shown).data
    z, x, y = np.array(surface.z).T, np.array(surface.x), np.array(surface.y)
    assert z.shape == (len(x), len(y)) == (61, 61)
    assert np.allclose(z, valley(x[:, None], y[None]), rtol=0.02)
    # By rows, as the heights: Plotly takes `text` so, and `customdata` by columns.
    drawn = shown[0][0]["application/vnd.plotly.v1+json"]["data"][0]  # in `figure.text` rows are no lists any more
    told = [[text.removesuffix(" %").split("error ") for text in row] for row in drawn["text"]]
    error = np.array([[float(wrong) for _, wrong in row] for row in told]).T
    assert np.allclose(error[::5, ::6], 100 - 100 * values["train"]["acc"], atol=0.02)
    assert surface.hoverinfo == "text" and surface.customdata is None
    heights = valley(*values["path"].T)
    assert np.allclose(dots.customdata, heights, rtol=0.01)
    assert np.allclose(np.array(line.z) / 1.03, valley(np.array(line.x), np.array(line.y)), rtol=0.03)
    scene = plotly_of(shown).layout.scene
    assert scene.zaxis.type == "log" and list(scene.zaxis.ticktext) == ["0.05", "0.1", "0.2", "0.5", "1", "2", "5"]
    buttons = [button.args[0] for button in plotly_of(shown).layout.updatemenus[0].buttons]
    for changes, kind, above in zip(buttons, ("log", "linear"), (np.log10(1.03 * heights), 1.03 * heights)):
        names = changes["scene.annotations"]
        assert changes["scene.zaxis.type"] == kind and {name["text"] for name in names} == {"w0", "bend", "w1"}
        assert sorted(name["z"] for name in names) == pytest.approx(sorted(above), abs=0.02)
    assert [name.text for name in scene.annotations] == [name["text"] for name in buttons[0]["scene.annotations"]]


def test_names_of_a_path_do_not_lie_on_each_other_and_its_ends_are_named(shown, values):
    values["path"] = np.linspace([-3, -2], [3, 3], 101)
    utils.plot_surface(values, labels=[f"step {i}" for i in range(101)])
    names = [name.text for name in plotly_of(shown).layout.scene.annotations]
    assert names[:2] == ["step 0", "step 100"] and 8 < len(names) < 14


@pytest.mark.parametrize("low, high, ticks", [
    (0.011, 3, [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]), (1e-4, 20, [1e-4, 1e-3, 0.01, 0.1, 1, 10]),
    (1.95, 2.45, [2, 2.1, 2.2, 2.3, 2.4]), (2.301, 2.302, []),
])  # fmt: skip
def test_heights_have_round_ticks(low, high, ticks):
    assert list(surface._ticks(np.array([[low, high]]))) == pytest.approx(ticks)


def test_the_path_lies_close_above_a_flat_landscape(shown, values):
    values["train"]["loss"] = 2.3 + 0.001 * values["train"]["loss"]
    utils.plot_surface(values)
    heights, line = (np.array(plotly_of(shown).data[i].z) for i in (0, 1))
    np.testing.assert_allclose(heights.T[0, -1], 2.3 + 0.001 * valley(-3, 3), rtol=2e-6)  # no terraces
    assert 0 < line[0] - heights.T[0, -1] + 0.01 * np.ptp(heights) < 0.02 * np.ptp(heights)


def test_a_landscape_is_told_in_words_and_stands_still_beside_it(shown, values):
    utils.plot_surface(values)
    ((bundle, metadata),) = shown
    assert "between 0.0372 and 5.57" in bundle["text/plain"] and "(-3, 3) to (3, 3)" in bundle["text/plain"]
    assert metadata["image/jpeg"]["alt"] == bundle["text/plain"]
    assert "image/png" not in bundle  # which JupyterLab would show in the place of the landscape
    assert plt.imread(io.BytesIO(base64.b64decode(bundle["image/jpeg"])), "jpeg").std() > 12
    assert len(json.dumps(bundle)) < 400_000


@pytest.mark.night
@pytest.mark.parametrize("width", [600, 900])
def test_nothing_of_a_landscape_is_cut_off_at_its_lower_edge(chromium, shown, values, width):
    plotly = pytest.importorskip("plotly.offline")
    utils.plot_surface(values)
    ((bundle, _),) = shown
    page = chromium.new_page(viewport={"width": width, "height": 560})
    page.set_content("<body style='margin: 0'><div id='picture'></div></body>")
    page.add_script_tag(content=plotly.get_plotlyjs())
    page.evaluate("picture => Plotly.newPlot('picture', picture)", bundle["application/vnd.plotly.v1+json"])
    page.wait_for_timeout(3000)
    pixels = plt.imread(io.BytesIO(page.screenshot()))[..., :3]
    page.close()
    assert pixels.std() > 0.05 and (pixels[-8:] == 1).all()


def test_a_constant_loss_is_a_plane_and_a_path_may_end_at_its_edge_but_for_rounding(shown, values):
    values["train"]["loss"] = np.full((13, 11), 2.302585)
    values["path"][0, 0] -= 1e-7
    utils.plot_surface(values)
    surface, line, _ = plotly_of(shown).data
    assert np.unique(surface.z).tolist() == [2.303] and np.unique(line.z).tolist() == [2.372]


def outside(values):
    values["path"][0, 1] = 3.5


@pytest.mark.parametrize("spoil, part, labels, words", [
    (lambda values: None, "validation", None, "no part 'validation'; there is: train"),
    (lambda values: None, "train", ["w0", "w1"], "2 of them, for the 3 points"),
    (lambda values: values.update(x=values["x"][1:]), "train", None, "must be .x, y., here .12, 11."),
    (lambda values: values.update(path=values["path"].T[:1]), "train", None, "must be .points, 2."),
    (outside, "train", None, "leaves the plane: y from 0 to 3.5"),
    (lambda values: values.update(x=values["x"][::-1]), "train", None, "x must be two numbers or more, that ascend"),
    (lambda values: values["path"].fill(np.nan), "train", None, "a point of the path is missing"),
    (lambda values: values.update(path=np.empty((0, 2))), "train", None, "a point of the path is missing"),
    (lambda values: values["train"]["acc"].fill(np.nan), "train", None, "an accuracy or"),
])  # fmt: skip
def test_numbers_that_make_no_landscape_are_refused_in_words(values, spoil, part, labels, words):
    spoil(values)
    with pytest.raises(ValueError, match=words):
        utils.plot_surface(values, part, labels=labels)


@pytest.mark.parametrize("wrong, words", [(np.nan, "1 of 143 points missing"), (0.0, "not positive")])
def test_a_landscape_with_a_hole_is_refused_in_words(values, wrong, words):
    values["train"]["loss"][3, 4] = wrong
    with pytest.raises(ValueError, match=words):
        utils.plot_surface(values)


def test_a_coarse_grid_and_a_single_point_make_a_landscape_too(shown, values):
    part = {name: numbers[:3, :2] for name, numbers in values["train"].items()}
    utils.plot_surface({"x": values["x"][:3], "y": values["y"][:2], "path": np.array([[-2.5, -1.8]]), "train": part})
    assert len(plotly_of(shown).data[1].x) == 1


def test_a_curve_goes_through_its_values_without_corners_and_not_beyond_them():
    _, axis = plt.subplots()
    positions, values = np.linspace(0, 1, 7), np.array([0.01, 0.5, 2, 2, 0.3, 0.02, 0.01])
    line = flat.plot_curve(axis, positions, values, "--", label="loss")
    x, y = line.get_data()
    assert np.interp(positions, x, y) == pytest.approx(values, rel=0.02)
    assert len(x) > 100 and y.min() == pytest.approx(0.01) and y.max() == pytest.approx(2)
    assert np.abs(np.diff(np.log(y), 2)).max() < 0.02  # straight lines from dot to dot would turn by more than 1
    assert np.array(axis.lines[0].get_data()).tolist() == [positions.tolist(), values.tolist()]
    plt.close("all")


@pytest.mark.parametrize("positions, values", [
    ([0, 0.5, 1], [1, np.nan, 2]), ([0, 1], [1, 2]), ([1, 0.5, 0], [1, 2, 3]), ([0, 0, 1], [1, 2, 3]),
    ([0.5], [1]), ([], []),
])  # fmt: skip
def test_a_curve_that_no_spline_fits_is_drawn_from_dot_to_dot(positions, values):
    _, axis = plt.subplots()
    line = flat.plot_curve(axis, positions, values)
    np.testing.assert_array_equal(np.array(line.get_data()), np.array([positions, values], dtype=float))
    plt.close("all")


@pytest.mark.parametrize("height, aspect", [(2, 1), (0.01, "auto")])
def test_directions_of_one_length_have_axes_of_one_scale(shown, values, height, aspect, monkeypatch):
    monkeypatch.setattr(flat, "show", lambda text, figure: shown.append(figure))
    values["y"] = values["y"] * height
    flat.draw_plane({**values, "test": values["train"]}, 20, range(3))
    assert {axis.get_aspect() for axis in shown[0].axes[:4]} == {aspect}


def test_contours_have_no_corners_and_show_where_the_values_are(values):
    _, axis = plt.subplots()
    flat.draw_contours(axis, values["x"], values["y"], values["train"]["loss"])
    dots = axis.collections[0].get_offsets()
    assert len(dots) == values["train"]["loss"].size
    assert {tuple(dot) for dot in dots.round(6).tolist()} >= {(-3.0, -2.0), (3.0, 3.0)}
    turns = []
    for path in axis.collections[1].get_paths():
        steps = np.diff(path.vertices, axis=0)
        angles = np.angle(np.exp(1j * np.diff(np.arctan2(steps[:, 1], steps[:, 0]))))
        turns += [np.median(np.abs(angles))] * (len(angles) > 20)
    assert np.median(turns) < 0.05  # .2 where only the points of the grid are drawn
    plt.close("all")


def test_spectra_slide_from_moment_to_moment(shown):
    spectra = {"start": np.array([2.0, 1.0, 0.5]), "epoch 1": np.array([30.0, 9.0, 4.0])}
    utils.plot_spectra(spectra)
    figure = plotly_of(shown)
    assert [step.label for step in figure.layout.sliders[0].steps] == list(spectra)
    assert [frame.name for frame in figure.frames] == list(spectra)
    assert [list(frame.data[0].y) for frame in figure.frames] == [[2, 1, 0.5], [30, 9, 4]]
    assert list(figure.data[0].y) == [2, 1, 0.5]
    assert "epoch 1: 30 to 4" in shown[0][0]["text/plain"]


@pytest.mark.parametrize("spectra, words", [
    ({"start": [3, np.nan], "end": [1, 2]}, "1 of 4 points missing"), ({"start": [np.inf]}, "missing"),
    ({}, "no moment"), ({"start": [2, 1], "end": []}, "without an eigenvalue"),
])  # fmt: skip
def test_spectra_that_cannot_be_drawn_are_refused_in_words(spectra, words):
    with pytest.raises(ValueError, match=words):
        utils.plot_spectra(spectra)


@pytest.mark.parametrize("spectra, low, high", [
    ({"start": [-1.0, -3.0]}, -3.1, -0.9), ({"start": [2.0, 0.0], "end": [8.0, -2.0]}, -2.5, 8.5), ({0: [0.0]}, -1, 1),
])  # fmt: skip
def test_eigenvalues_that_are_not_positive_are_seen_too(shown, spectra, low, high):
    utils.plot_spectra(spectra)
    axis = plotly_of(shown).layout.yaxis
    assert axis.type == "linear" and axis.range == pytest.approx((low, high))


def test_of_many_spectra_ten_stand_still_and_are_told(shown, monkeypatch):
    drawn, still = [], sliders._still_spectra
    monkeypatch.setattr(sliders, "_still_spectra", lambda *these: drawn.append(still(*these)) or drawn[0])
    utils.plot_spectra({f"epoch {n}": [n + 2.0, n + 1.0] for n in range(60)})
    assert len(plotly_of(shown).frames) == 60
    named = [text.get_text() for text in drawn[0].legends[0].get_texts()]
    assert len(named) == 10 and named[0] == "epoch 0" and named[-1] == "epoch 59"
    text = shown[0][0]["text/plain"]
    assert all(f"{name}:" in text for name in named) and "50 moments between" in text


@pytest.fixture(scope="module")
def segment():
    """Between two networks that know most digits."""
    train, _ = code.get_digits(num_images=300, device="cpu")
    ends = [code.learn_one_model(train, train, 3, seed=seed, device="cpu").checkpoints[-1] for seed in (0, 1)]
    return utils.Segment(code.CNN, ends)


def test_disagreements_are_those_of_the_networks_themselves(segment):
    _, test = code.get_digits(device="cpu")
    images, labels = test.dataset.tensors
    start, middle, end = (paths.network_at(segment, t)(images).argmax(1) for t in (0, 0.5, 1))
    found = paths.disagreements(segment, test, "cpu", np.array([0, 0.5, 1]))
    for here, each in zip((start, middle, end), found):
        which = ((here != start) | (here != end)).nonzero()[:, 0]
        assert each.count == len(which) > 0 and len(each.images) == min(8, len(which))
        assert torch.equal(torch.tensor(each.images), images[which[:8], 0])
        first = which[0]
        assert each.words[0] == f"{labels[first]}: {start[first]} / {here[first]} / {end[first]}"


def test_disagreements_slide_along_the_path(shown, segment):
    _, test = code.get_digits(device="cpu")
    t = np.linspace(0, 1, 5)
    found = paths.disagreements(segment, test, "cpu", t)
    loss, error = np.array([0.1, 1.0, 2.5, 1.2, 0.2]), np.array([5, 40, 60, 30, 6.0])
    utils.plot_disagreements(t, loss, error, found)
    figure = plotly_of(shown)
    assert [frame.name for frame in figure.frames] == ["0.00", "0.25", "0.50", "0.75", "1.00"]
    for frame, each, height in zip(figure.frames, found, loss):
        assert frame.data[1].y == (height,) and f"disagree on {each.count} images" in frame.layout.title.text
        pixels = plt.imread(io.BytesIO(base64.b64decode(frame.data[2].source.partition(",")[2])))
        assert np.corrcoef(pixels[:28, :28, 0].ravel(), each.images[0].ravel())[0, 1] < -0.95  # ink is dark
        assert list(frame.data[3].text) == each.words
    assert len(json.dumps(shown[0][0], indent=1)) < 200_000


def unanimous(points):
    """As many findings of which none has an image."""
    return [paths.Disagreement(0, np.zeros((0, 4, 4), np.float32), [])] * points


def test_each_of_many_positions_has_a_frame(shown):
    utils.plot_disagreements(np.linspace(0, 1, 201), np.ones(201), np.ones(201), unanimous(201))
    names = [frame.name for frame in plotly_of(shown).frames]
    assert len({*names}) == 201 and names[1] == "0.005"


@pytest.mark.parametrize("t, loss, error, found, words", [
    ([0, 1], [1, 2], [3], unanimous(2), "2 positions, 2 losses, 1 errors"), ([], [], [], [], "0 positions"),
    ([0, 1], [1, 2], [3, 4], unanimous(3), "3 disagreements"), ([0, 0], [1, 2], [3, 4], unanimous(2), "more than once"),
    ([0, 1], [1, np.nan], [3, 4], unanimous(2), "1 of 2 points missing"),
])  # fmt: skip
def test_a_path_that_cannot_be_drawn_is_refused_in_words(t, loss, error, found, words):
    with pytest.raises(ValueError, match=words):
        utils.plot_disagreements(t, loss, error, found)


def test_a_loss_of_zero_on_a_path_is_seen_too(shown):
    utils.plot_disagreements([0, 1], [0, 2], [3, 4], unanimous(2))
    assert plotly_of(shown).layout.yaxis.type == "linear"


@pytest.mark.parametrize("shape", [(20, 24), (20, 24, 3), (64, 64, 3)])
def test_images_of_any_size_stand_side_by_side_in_their_colours(shown, shape):
    images = np.random.default_rng(0).random((8, *shape)).astype(np.float32)
    found = [paths.Disagreement(n, images[:n], ["1: 0 / 1 / 2"] * n) for n in (0, 8)]
    utils.plot_disagreements([0, 1], [1, 2], [3, 4], found)
    figure, (height, width) = plotly_of(shown), shape[:2]
    none, eight = (
        plt.imread(io.BytesIO(base64.b64decode(frame.data[2].source.partition(",")[2])))[..., :3]
        for frame in figure.frames
    )
    assert (none == 1).all() and none.shape == eight.shape and eight.shape[1] == 4 * width
    assert figure.layout.yaxis2.range == (len(eight), 0)
    drawn = eight[:height, width : 2 * width]
    if len(shape) == 3:
        np.testing.assert_allclose(drawn, images[1], atol=1 / 255)
    else:
        assert np.corrcoef(drawn[..., 0].ravel(), images[1].ravel())[0, 1] < -0.95  # ink is dark
