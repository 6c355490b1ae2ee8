"""Laws of watching a training: nothing of it changes, and each frame is the epoch as it was."""

import io
import math
import random
import re
import sys
from array import array
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.patches import Circle
from PIL import Image

from autograd import Value
from nn import (
    MLP,
    SGD,
    Dropout,
    History,
    Layer,
    Module,
    Sequential,
    fit,
    hinge_loss,
    softmax_cross_entropy,
    squared_error,
)
from viz import watch as watch_module
from viz.animation import animate
from viz.watch import Watch

X = [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0], [0.5, 0.2], [0.3, 0.9]]
Y = [-1, 1, 1, -1, -1, 1]


def train(watch: Any, epochs: int = 3, model: Any = None, **options: Any) -> Any:
    """A model after a short training, watched."""
    model = MLP(2, [3, 1], seed=0) if model is None else model
    arguments = {"batch_size": 2, "seed": 0, "progress": False} | options
    loss, inputs, targets = (arguments.pop(name, default) for name, default in TASK.items())
    sgd = SGD(model.parameters(), lr=0.1)
    callbacks = [watch, *arguments.pop("then", [])]
    fit(
        model, loss, inputs, targets, optimizer=sgd, epochs=epochs, callbacks=callbacks, **arguments
    )
    return model


TASK: dict[str, Any] = {"loss": hinge_loss, "X": X, "y": Y}


def test_frames_are_watched_by_position() -> None:
    frame = pd.DataFrame(X, columns=[1, 0], index=[5, 3, 1, 0, 2, 4])
    watch = Watch(frame, pd.Series(Y, index=[1, 0, 2, 3, 4, 5]))
    model = train(watch)
    assert state(train(Watch(X, Y))) == state(model)
    (boundary, *_) = watch.draw().axes
    drawn = np.concatenate(
        [each.get_offsets() for each in boundary.collections if each.get_label() in {"−1", "+1"}]
    )
    assert sorted(drawn.tolist()) == sorted(X)


def state(model: Module) -> list[tuple[float, float, int]]:
    return [(p.data, p.grad, p.backward_passes) for p in model.parameters()]


def axes_by_label(figure: Any) -> dict[str, Any]:
    return {ax.get_ylabel(): ax for ax in figure.axes}


class Watched(NamedTuple):
    """A training, and what was recorded of it."""

    model: Any
    watch: Watch
    history: History


@pytest.fixture(scope="module")
def watched() -> Watched:
    """A network in the plane, trained for four epochs with validation."""
    histories = []
    watch = Watch(X, Y)
    then = [lambda model, history: histories.append(history)]
    model = train(watch, epochs=4, validation=(X, Y), then=then)
    return Watched(model, watch, histories[-1])


class FakeNotebook:
    """IPython's shell and its `display` in one: what a cell shows, and what comes after it."""

    def __init__(self) -> None:
        self.events = self
        self.hooks: list[Any] = []
        self.displays = 0
        self.updates: list[bytes] = []

    def register(self, event: str, hook: Any) -> None:
        assert event == "post_run_cell"
        self.hooks.append(hook)

    def unregister(self, event: str, hook: Any) -> None:
        self.hooks.remove(hook)

    def display(self, data: Any, *, raw: bool, display_id: bool) -> Any:
        self.displays += 1
        return SimpleNamespace(update=self.update)

    def update(self, data: Any, *, raw: bool) -> None:
        self.updates.append(b64decode(data["image/png"]))

    def end_cell(self) -> None:
        for hook in list(self.hooks):
            hook("a result")


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> FakeNotebook:
    notebook = FakeNotebook()
    monkeypatch.setattr(watch_module, "notebook_shell", lambda: notebook)
    monkeypatch.setitem(sys.modules, "IPython.display", notebook)  # type: ignore[arg-type]
    return notebook


# What is recorded


def test_each_frame_holds_the_parameters_as_they_were_after_its_epoch() -> None:
    seen: list[list[float]] = []

    def note(model: Module, history: History) -> None:
        seen.append([parameter.data for parameter in model.parameters()])

    train(watch := Watch(X, Y), epochs=3, then=[note])
    assert [frame.epoch for frame in watch.frames] == [1, 2, 3]
    assert [list(frame.parameters) for frame in watch.frames] == seen
    assert seen[0] != seen[1]


def test_gradients_are_recorded_where_they_are_shown_and_nan_where_there_are_none() -> None:
    model = MLP(2, [3, 1], seed=0)
    model.unused = Value(1.0)  # type: ignore[attr-defined]
    train(watch := Watch(X, Y, network="gradient"), epochs=1, model=model)
    assert watch.frames[0].gradients is not None
    *used, unused = watch.frames[0].gradients
    assert used == [parameter.grad for parameter in model.parameters()[:-1]]
    assert math.isnan(unused)
    train(weights_only := Watch(X, Y), epochs=1)
    assert weights_only.frames[0].gradients is None


@pytest.mark.parametrize(
    ("every", "epochs", "expected"),
    [(5, 12, [5, 10, 12]), (5, 10, [5, 10]), (5, 2, [2]), (1, 2, [1, 2])],
)
def test_every_so_many_epochs_and_the_last_are_recorded(
    every: int, epochs: int, expected: list[int]
) -> None:
    train(watch := Watch(X, Y, every=every), epochs=epochs)
    assert [frame.epoch for frame in watch.frames] == expected


def test_an_interrupted_training_keeps_its_frames() -> None:
    def interrupt(model: Module, history: History) -> None:
        if history.epochs == 2:
            raise KeyboardInterrupt

    train(watch := Watch(X, Y), epochs=9, then=[interrupt])
    assert [frame.epoch for frame in watch.frames] == [1, 2]
    assert watch.draw().get_suptitle().startswith("epoch 2: loss ")


def test_another_training_starts_again_and_a_resumed_one_is_added(tmp_path: Path) -> None:
    checkpoint = tmp_path / "state"
    model = train(watch := Watch(X, Y), epochs=3, checkpoint=checkpoint)
    train(watch, epochs=5, model=model, resume=checkpoint)
    assert [frame.epoch for frame in watch.frames] == [1, 2, 3, 4, 5]
    train(watch, epochs=2, model=model)
    assert [frame.epoch for frame in watch.frames] == [1, 2]
    train(watch, epochs=3)
    assert [frame.epoch for frame in watch.frames] == [1, 2, 3]


def test_a_training_that_only_looks_like_the_last_one_starts_again() -> None:
    watch, model = Watch(X, Y), MLP(2, [1], seed=0)
    for _ in range(2):
        history = History()
        history.append({"loss": 0.0})
        watch(model, history)
    assert [frame.epoch for frame in watch.frames] == [1]


# Nothing else changes


def test_a_watched_training_comes_out_the_same_to_the_last_bit(
    notebook: FakeNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def model() -> Sequential:
        return Sequential(Layer(2, 4, seed=0), Dropout(0.5, seed=1), Layer(4, 1, None, seed=2))

    alone = train(lambda model, history: None, model=model())
    monkeypatch.setattr(watch_module, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(watch_module, "DRAWINGS_BETWEEN", 0.0)
    before = random.getstate()
    watched = train(Watch(X, Y, network="gradient"), model=model())
    assert len(notebook.updates) == 3
    assert state(watched) == state(alone)
    assert random.getstate() == before


@pytest.mark.parametrize("network", ["weight", "gradient"])
def test_drawing_an_old_epoch_leaves_the_model_as_it_is(network: Any) -> None:
    model = train(watch := Watch(X, Y, network=network))
    model.zero_grad()
    before = state(model)
    assert watch.draw(1).axes
    assert state(model) == before


def test_a_drawing_that_fails_leaves_the_model_as_it_is(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, watch = watched.model, watched.watch
    before = state(model)
    while_drawing = []

    def fail(*arguments: Any, **options: Any) -> None:
        while_drawing.append([parameter.data for parameter in model.parameters()])
        raise RuntimeError("no ink")

    monkeypatch.setattr(watch_module, "learning_curve", fail)
    with pytest.raises(RuntimeError, match="no ink"):
        watch.draw(1)
    assert while_drawing == [list(watch.frames[0].parameters)]
    assert state(model) == before


def test_pyplot_holds_no_figure_of_a_watch(watched: Watched, tmp_path: Path) -> None:
    before = plt.get_fignums()
    watched.watch.draw(1)
    animate(watched.watch, tmp_path / "training.gif", max_frames=2)
    assert plt.get_fignums() == before


# What is drawn


def test_the_picture_has_the_boundary_the_curves_so_far_and_the_network(
    watched: Watched,
) -> None:
    watch = watched.watch
    figure = watch.draw(2)
    loss = watched.history.loss
    assert figure.get_suptitle() == f"epoch 2 of 4: loss {loss[1]:.3g}"
    axes = axes_by_label(figure)
    assert list(axes) == ["x₁", "loss", "accuracy", ""]
    training, validation = axes["loss"].lines
    assert training.get_xydata().tolist() == [[1, loss[0]], [2, loss[1]]]
    assert len(validation.get_xdata()) == 2
    circles = [patch for patch in axes[""].patches if isinstance(patch, Circle)]
    assert len(circles) == 2 + 3 + 1
    assert len(axes[""].lines) == 2 * 3 + 3
    assert [text.get_text() for text in axes[""].texts] == ["x0", "x1"]


def test_the_network_is_that_of_the_epoch(watched: Watched) -> None:
    watch = watched.watch
    for frame in watch.frames:
        largest = max(map(abs, frame.parameters))
        title = axes_by_label(watch.draw(frame.epoch))[""].get_title()
        assert title == f"weights, up to ±{largest:.3g}"


def test_all_epochs_have_the_same_limits(watched: Watched) -> None:
    watch = watched.watch
    limits = [
        [(ax.get_position().bounds, ax.get_xlim(), ax.get_ylim()) for ax in watch.draw(epoch).axes]
        for epoch in (1, 2, 4)
    ]
    assert limits[0] == limits[1] == limits[2]
    low, high = axes_by_label(watch.draw(1))["loss"].get_ylim()
    assert low < min(watched.history.loss) < max(watched.history.loss) < high


def test_one_input_and_one_output_are_shown_as_a_curve_over_the_samples() -> None:
    xs = [[0.0], [1.0], [2.0]]
    ys = [0.5, 1.5, 2.5]
    options = {"loss": squared_error, "X": xs, "y": ys}
    model = train(watch := Watch(xs, ys), model=MLP(1, [1], seed=0), **options)
    curve, loss, _ = watch.draw().axes
    (samples,) = curve.collections
    assert np.asarray(samples.get_offsets()).tolist() == [[0, 0.5], [1, 1.5], [2, 2.5]]
    (line,) = curve.lines
    (w, b) = (parameter.data for parameter in model.parameters())
    np.testing.assert_allclose(line.get_ydata(), w * line.get_xdata() + b)
    assert loss.get_ylabel() == "loss"


def test_numbers_alone_are_samples_of_a_model_that_takes_a_number() -> None:
    class Line(Module):
        def __init__(self) -> None:
            self.slope, self.intercept = Value(2.0), Value(1.0)

        def __call__(self, x: float) -> Value:
            return self.slope * x + self.intercept

    xs, ys = [0.0, 1.0], [0.5, math.nan]
    watch = Watch(xs, ys)
    history = History()
    history.append({"loss": 1.0})
    watch(Line(), history)
    curve, _ = watch.draw().axes  # a model of one's own has no picture of its network
    (line,) = curve.lines
    np.testing.assert_allclose(line.get_ydata(), 2 * line.get_xdata() + 1)


@pytest.mark.parametrize(
    ("inputs", "targets", "n_outputs", "loss", "expected"),
    [
        # Regressions in the plane, the second with whole numbers.
        ([[0.0, 1.0], [1.0, 0.0]], [0.5, 1.5], 1, squared_error, ["loss", ""]),
        ([[0.0, 1.0], [1.0, 0.0]], [3, 7], 1, squared_error, ["loss", "accuracy", ""]),
        (
            *([[0.0, 1.0, 2.0], [1.0, 0.0, 2.0]], [0, 1], 2, softmax_cross_entropy),
            ["loss", "accuracy", ""],
        ),
    ],
)
def test_what_no_plane_can_show_has_curves_and_network_only(
    inputs: Any, targets: Any, n_outputs: int, loss: Any, expected: list[str]
) -> None:
    model = MLP(len(inputs[0]), [n_outputs], seed=0)
    train(watch := Watch(inputs, targets), model=model, loss=loss, X=inputs, y=targets)
    assert [ax.get_ylabel() for ax in watch.draw().axes] == expected


def test_the_network_can_be_left_out() -> None:
    train(watch := Watch(X, Y, network=None))
    assert [ax.get_ylabel() for ax in watch.draw().axes] == ["x₁", "loss", "accuracy"]


def test_parameters_that_are_not_finite_are_drawn() -> None:
    model = train(watch := Watch(X, Y))
    watch.frames[-1].parameters[:2] = type(watch.frames[-1].parameters)("d", [math.nan, math.inf])
    largest = max(abs(number) for number in watch.frames[-1].parameters if math.isfinite(number))
    assert axes_by_label(watch.draw())[""].get_title() == f"weights, up to ±{largest:.3g}"
    assert all(math.isfinite(parameter.data) for parameter in model.parameters())


# In a notebook


def test_one_output_is_updated_in_place_and_ends_with_the_last_epoch(
    notebook: FakeNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "png_of", lambda figure: figure.get_suptitle().encode())
    monkeypatch.setattr(watch_module, "monotonic", lambda: 1.0)  # no time passes
    train(watch := Watch(X, Y), epochs=4)
    notebook.end_cell()
    first, last = notebook.updates
    assert first.startswith(b"epoch 1: loss ")
    assert last.startswith(b"epoch 4: loss ")
    assert (notebook.displays, notebook.hooks) == (1, [])
    assert len(watch.frames) == 4

    train(watch, epochs=2)  # in the next cell
    assert notebook.displays == 2
    notebook.end_cell()
    notebook.end_cell()
    assert [update[:7] for update in notebook.updates[2:]] == [b"epoch 1", b"epoch 2"]


def test_a_second_training_in_the_same_cell_leaves_the_first_ones_last_picture(
    notebook: FakeNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "png_of", lambda figure: figure.get_suptitle().encode())
    monkeypatch.setattr(watch_module, "monotonic", lambda: 1.0)
    watch = Watch(X, Y)
    train(watch, epochs=3)
    train(watch, epochs=2)
    notebook.end_cell()
    assert notebook.displays == 2
    assert [update[:7] for update in notebook.updates] == [
        *(b"epoch 1", b"epoch 3"),
        *(b"epoch 1", b"epoch 2"),
    ]


@pytest.mark.parametrize(("seconds_to_draw", "expected"), [(0.0, 5), (0.25, 3), (1.0, 1)])
def test_drawing_has_at_most_a_fifth_of_the_time_and_is_done_twice_a_second_at_most(
    notebook: FakeNotebook,
    monkeypatch: pytest.MonkeyPatch,
    seconds_to_draw: float,
    expected: int,
) -> None:
    now = 0.0

    def draw(figure: Any) -> bytes:
        nonlocal now
        now += seconds_to_draw
        return b"a picture"

    def wait(model: Module, history: History) -> None:
        nonlocal now
        now += 0.125

    monkeypatch.setattr(watch_module, "png_of", draw)
    monkeypatch.setattr(watch_module, "monotonic", lambda: now)
    train(Watch(X, Y), epochs=20, then=[wait])  # 2.5 s without drawing
    assert len(notebook.updates) == expected


def test_the_picture_is_a_png_and_a_figure_shows_itself(notebook: FakeNotebook) -> None:
    train(watch := Watch(X, Y), epochs=1)
    (png,) = notebook.updates
    assert Image.open(io.BytesIO(png)).size == (980, 330)
    shown = watch.draw()._repr_png_()  # type: ignore[attr-defined]
    assert Image.open(io.BytesIO(shown)).size == (980, 330)


def test_outside_a_notebook_or_unwanted_nothing_is_shown(
    notebook: FakeNotebook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    train(unwanted := Watch(X, Y, show=False), epochs=2)
    monkeypatch.setattr(watch_module, "notebook_shell", lambda: None)
    train(outside := Watch(X, Y), epochs=2)
    assert (notebook.displays, len(unwanted.frames), len(outside.frames)) == (0, 2, 2)
    assert capsys.readouterr() == ("", "")


def test_a_notebook_is_where_ipython_has_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, notebook = SimpleNamespace(), SimpleNamespace(kernel="a kernel")
    found = []
    for shell in (None, terminal, notebook):
        ipython = SimpleNamespace(get_ipython=lambda shell=shell: shell)
        monkeypatch.setitem(sys.modules, "IPython", ipython)  # type: ignore[arg-type]
        found.append(watch_module.notebook_shell())
    monkeypatch.delitem(sys.modules, "IPython")
    assert [*found, watch_module.notebook_shell()] == [None, None, notebook, None]


# Animations


def test_a_gif_has_a_picture_for_each_frame_and_holds_the_last_for_a_second(
    watched: Watched, tmp_path: Path
) -> None:
    model, watch = watched.model, watched.watch
    before = state(model)
    animate(watch, tmp_path / "training.gif", fps=10)
    assert state(model) == before
    with Image.open(tmp_path / "training.gif") as gif:
        assert (gif.n_frames, gif.info["loop"], gif.size) == (4, 0, (980, 330))  # type: ignore[attr-defined]
        durations = []
        for k in range(4):
            gif.seek(k)
            durations.append(gif.info["duration"])
    assert durations == [100, 100, 100, 1000]
    assert list(tmp_path.iterdir()) == [tmp_path / "training.gif"]


def test_a_page_has_an_image_for_each_frame_and_asks_the_web_for_nothing(
    watched: Watched, tmp_path: Path
) -> None:
    animate(watched.watch, tmp_path / "training.html")
    page = (tmp_path / "training.html").read_text()
    images = re.findall(r'<img src="data:image/png;base64,([^"]+)" alt="([^"]+)"( hidden)?>', page)
    assert [alt for _, alt, _ in images] == ["epoch 1", "epoch 2", "epoch 3", "epoch 4"]
    assert [bool(hidden) for *_, hidden in images] == [False, True, True, True]
    assert {Image.open(io.BytesIO(b64decode(png))).size for png, *_ in images} == {(980, 330)}
    assert len({png for png, *_ in images}) == 4
    assert "http" not in page


@pytest.mark.browser
def test_a_page_plays_by_itself_and_stops_where_the_slider_is_put(
    watched: Watched, tmp_path: Path, visit: Any
) -> None:
    animate(watched.watch, tmp_path / "training.html", fps=50)
    with visit(tmp_path / "training.html") as visited:
        page = visited.page
        shown = "Array.from(document.images).filter(image => !image.hidden).map(image => image.alt)"
        page.wait_for_function(f"{shown}[0] === 'epoch 4'")
        page.wait_for_function(f"{shown}[0] === 'epoch 1'")  # and again from the beginning
        slider = page.locator("input")
        slider.fill("2")
        assert page.evaluate(shown) == ["epoch 3"]
        assert page.locator("output").inner_text() == "epoch 3"
        assert page.locator("button").inner_text() == "Play"
        slider.press("ArrowLeft")
        page.wait_for_timeout(200)
        assert page.evaluate(shown) == ["epoch 2"]
        page.locator("button").click()
        page.wait_for_function(f"{shown}[0] === 'epoch 4'")
        assert visited.errors == []
        assert [url for url in visited.requests if not url.startswith(("file:", "data:"))] == []


def test_of_many_frames_some_are_shown_the_first_and_the_last_among_them(tmp_path: Path) -> None:
    train(watch := Watch(X, Y, network=None), epochs=9)
    animate(watch, tmp_path / "training.html", max_frames=3)
    page = (tmp_path / "training.html").read_text()
    assert re.findall(r'alt="epoch (\d+)"', page) == ["1", "5", "9"]


def test_an_animation_that_fails_leaves_the_old_file_whole(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "training.gif"
    path.write_bytes(b"the old one")

    def interrupt(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        animate(watched.watch, path, max_frames=1)
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]


# What is refused


@pytest.mark.parametrize(
    ("inputs", "targets", "options", "message"),
    [
        (X, Y[:-1], {}, "as many targets, but holds 6 and 5"),
        ([], [], {}, "as many targets, but holds 0 and 0"),
        (
            [[1.0], [1.0, 2.0]],
            [0, 1],
            {},
            r"equally many numbers each, in the shape \(n, n_inputs\)",
        ),
        ([["a"], ["b"]], [0, 1], {}, "equally many numbers each"),
        ([[0.0, 1.0], [math.nan, 0.0]], [0, 1], {}, r"sample 1 is \[nan, 0.0\]: leave such"),
        (X, Y, {"every": 0}, "every"),
        (X, Y, {"network": "bias"}, "'weight', 'gradient' or None, but got 'bias'"),
    ],
)
def test_wrong_arguments_are_named(inputs: Any, targets: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Watch(inputs, targets, **options)


def test_only_modules_can_be_watched() -> None:
    with pytest.raises(TypeError, match=r"an nn\.Module, but got .* of type function"):
        Watch(X, Y)(lambda x: x, History())  # type: ignore[arg-type]


def test_an_epoch_that_was_not_recorded_is_refused() -> None:
    train(watch := Watch(X, Y, every=2), epochs=5)
    with pytest.raises(ValueError, match="one of the 3 recorded from 2 to 5, but got 3"):
        watch.draw(3)


def test_a_model_whose_parts_were_exchanged_is_not_drawn_as_what_it_was() -> None:
    model = train(watch := Watch(X, Y))
    model.layers[0] = Layer(2, 3, seed=1)
    with pytest.raises(ValueError, match="other parameters now than when it was watched"):
        watch.draw()


def test_animations_that_cannot_be_written_are_refused_before_any_drawing(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watch, "draw", lambda self, epoch=None: pytest.fail("something was drawn"))
    watch = watched.watch
    with pytest.raises(ValueError, match=r"\.gif or \.html, but the path is .*\.mp4"):
        animate(watch, tmp_path / "training.mp4")
    with pytest.raises(ValueError, match=r"recorded nothing: give it to fit"):
        animate(Watch(X, Y), tmp_path / "training.gif")
    for fps in (0, -1.0, 51, math.nan):
        with pytest.raises(ValueError, match="above 0 and at most 50"):
            animate(watch, tmp_path / "training.gif", fps=fps)
    with pytest.raises(ValueError, match="max_frames"):
        animate(watch, tmp_path / "training.gif", max_frames=0)
    with pytest.raises(FileNotFoundError, match="no folder for the animation"):
        animate(watch, tmp_path / "nowhere" / "training.gif")
    assert list(tmp_path.iterdir()) == []


def test_only_a_watch_becomes_an_animation_and_only_at_a_path(tmp_path: Path) -> None:
    path, watch = str(tmp_path / "t.gif"), Watch(X, Y)
    with pytest.raises(TypeError, match=r"animate\(\) takes a Watch, then the path .* got History"):
        animate(History(), path)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"animate\(\) takes a Watch, then the path .* of type str"):
        animate(path, watch)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"second argument must be the path .* got None"):
        animate(watch, None)  # type: ignore[arg-type]


def test_gradients_that_are_all_0_have_no_scale() -> None:
    model = train(watch := Watch(X, Y, network="gradient"))
    watch.frames[-1] = replace(watch.frames[-1], gradients=array("d", [0.0] * model.n_parameters))
    ax = axes_by_label(watch.draw())[""]
    assert (ax.get_title(), ax.get_xlabel()) == ("gradients: all 0", "")


@pytest.mark.parametrize("network", ["weight", None])
def test_where_the_curves_come_first_their_names_lie_within_the_picture(network: Any) -> None:
    inputs, targets = [[0.0, 1.0, 2.0], [1.0, 0.0, 2.0]], [0, 1]
    options = {"loss": softmax_cross_entropy, "X": inputs, "y": targets}
    train(watch := Watch(inputs, targets, network=network), model=MLP(3, [2], seed=0), **options)
    figure = watch.draw()
    figure.canvas.draw()
    for metric in ("loss", "accuracy"):
        assert axes_by_label(figure)[metric].yaxis.label.get_window_extent().x0 > 0.0
