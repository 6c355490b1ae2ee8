"""Learning curves and the state of layers, by what is drawn on their Axes."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import viz
from autograd import Value
from nn import (
    MLP,
    Adam,
    Dropout,
    History,
    Layer,
    Maxout,
    Module,
    Sequential,
    fit,
    hinge_loss,
)
from nn.data import moons
from viz.plots.training import gradient_flow, saturation


def record(**lists: list[float]) -> Any:
    names = ("loss", "accuracy", "validation_loss", "validation_accuracy")
    return SimpleNamespace(**{name: lists.get(name, []) for name in names})


# history


def test_a_history_is_drawn_by_epoch_with_its_last_numbers_in_the_legend() -> None:
    ax = viz.history(record(loss=[2.0, 1.0, 0.5], validation_loss=[2.5, 1.5, 0.75]))
    assert [line.get_xydata().tolist() for line in ax.lines] == [
        [[1, 2.0], [2, 1.0], [3, 0.5]],
        [[1, 2.5], [2, 1.5], [3, 0.75]],
    ]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["training 0.5", "validation 0.75"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")


def test_accuracy_is_in_percent() -> None:
    ax = viz.history(record(loss=[1.0], accuracy=[0.975]), metric="accuracy")
    assert [line.get_label() for line in ax.lines] == ["training 97.5%"]
    assert ax.yaxis.get_major_formatter()(0.5) in ("50%", "50.0%")


def test_one_epoch_is_a_visible_point() -> None:
    (line,) = viz.history(record(loss=[1.0])).lines
    assert line.get_marker() == "o"


def test_a_history_without_the_numbers_asked_for_is_refused() -> None:
    with pytest.raises(ValueError, match="holds no accuracy"):
        viz.history(record(loss=[1.0]), metric="accuracy")
    with pytest.raises(ValueError, match="'loss' or 'accuracy', but got 'penalty'"):
        viz.history(record(loss=[1.0]), metric="penalty")  # type: ignore[arg-type]


# gradient_flow


def after_a_backward_pass(model: Any) -> Any:
    model([0.3, -0.7]).backward()
    return model


def markers(ax: Any) -> list[tuple[float, float, str]]:
    """x, y and filling of the marker in each row of a plot of a model."""
    return [
        (
            *line.get_xydata()[0].tolist(),
            "open" if line.get_markerfacecolor() == "white" else "full",
        )
        for line in ax.lines
    ]


def texts(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_each_layer_has_the_norm_of_its_gradient_the_first_at_the_top() -> None:
    # y = b·(a·x), with x = 3, a = 2, b = 5: dy/da = 15, dy/db = 6; the biases' are 5 and 1.
    model = Sequential(Layer(1, 1, None), Layer(1, 1, None))
    for layer, weight in zip(model.layers, (2.0, 5.0)):
        layer.neurons[0].weights[0].data = weight
    model([3.0]).backward()
    ax = gradient_flow(model)
    assert markers(ax) == [
        (pytest.approx(math.sqrt(15**2 + 5**2)), 0, "full"),
        (pytest.approx(math.sqrt(6**2 + 1)), 1, "full"),
    ]
    assert texts(ax) == ["15.8", "6.08"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["layers.0", "layers.1"]
    bottom, top = ax.get_ylim()
    assert bottom > top
    assert (ax.get_xscale(), ax.get_xlabel()) == ("log", "norm of the gradient")


def test_in_a_deep_net_of_sigmoids_the_norm_falls_towards_the_input() -> None:
    ax = gradient_flow(after_a_backward_pass(MLP(2, [6] * 7 + [1], "sigmoid", seed=0)))
    norms = [x for x, _, _ in markers(ax)]
    assert norms == sorted(norms)
    assert norms[0] < norms[-1] / 1000


def test_two_models_can_share_limits_stems_begin_at_the_edge_and_numbers_stay_inside() -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, sharex=True)
    for ax, activation in zip(axes, ("sigmoid", "tanh")):
        gradient_flow(after_a_backward_pass(MLP(2, [6] * 7 + [1], activation, seed=0)), ax)
    axes[0].set_xlim(1e-12, 1e3)
    figure.canvas.draw()
    stem = axes[0].collections[0].get_segments()[0]
    assert axes[0].transData.transform(stem[0])[0] < axes[0].bbox.x0
    axes[0].set_xlim(1e-2, 1e3)  # the first layers are outside
    figure.canvas.draw()
    shown = [text for text in axes[0].texts if text.get_tightbbox().width > 0.0]
    assert 0 < len(shown) < 8
    plt.close(figure)


def test_layers_without_parameters_have_no_row() -> None:
    model = Sequential(Layer(2, 3, "tanh", seed=0), Dropout(0.0), Layer(3, 1, None, seed=1))
    ax = gradient_flow(after_a_backward_pass(model))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["layers.0", "layers.2"]


def test_a_norm_of_0_is_an_open_circle_marked_0() -> None:
    model = MLP(2, [3, 1], "relu", seed=0)
    for neuron in model.layers[0].neurons:
        neuron.bias.data = -100.0  # ReLU lets no gradient through
    ax = gradient_flow(after_a_backward_pass(model))
    assert markers(ax) == [(0.0, 0, "open"), (1.0, 1, "full")]
    assert texts(ax) == ["0", "1"]
    left, _ = ax.lines[0].get_transform().transform([0.0, 0.0])
    assert left == pytest.approx(ax.bbox.x0)  # at the end of the axis, not at a number


def test_norms_that_no_axis_holds_are_written_at_its_ends() -> None:
    model = after_a_backward_pass(MLP(2, [1, 1, 1, 1, 1], "tanh", seed=0))
    for layer, gradient in zip(model.layers, (math.nan, math.inf, 1e300, 1e-300)):
        for parameter in layer.parameters():
            parameter.grad = 0.0
        layer.neurons[0].bias.grad = gradient
    ax = gradient_flow(model)
    ax.figure.canvas.draw()
    assert texts(ax)[:4] == ["nan", "inf", "1e300", "1e−300"]
    assert [(x, fill) for x, _, fill in markers(ax)[:4]] == [
        (0.0, "open"),
        (1.0, "open"),
        (1.0, "open"),
        (0.0, "open"),
    ]


def test_a_layer_that_no_backward_pass_has_reached_is_named() -> None:
    with pytest.raises(ValueError, match=r"reached layers\.0, Layer\(2, 3.*call backward\(\)"):
        gradient_flow(MLP(2, [3, 1], seed=0))
    model = after_a_backward_pass(Sequential(Layer(2, 1, "tanh", seed=0)))
    model.layers.append(Layer(1, 1, seed=0))
    with pytest.raises(ValueError, match=r"reached layers\.1, Layer\(1"):
        gradient_flow(model)
    model.zero_grad()
    with pytest.raises(ValueError, match=r"reached layers\.0"):
        gradient_flow(model)


def test_no_model_and_no_parameters_are_refused() -> None:
    with pytest.raises(TypeError, match=r"takes a model or a history, but got Value\(1.0\)"):
        gradient_flow(Value(1.0))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="has none"):
        gradient_flow(Sequential(Dropout(0.5)))


def lines(ax: Any) -> dict[str, list[float]]:
    """The numbers of each named line, epoch by epoch."""
    named = [line for line in ax.lines if not line.get_label().startswith("_")]
    assert all(
        line.get_xdata().tolist() == list(range(1, len(line.get_xdata()) + 1)) for line in named
    )
    return {line.get_label(): line.get_ydata().tolist() for line in named}


def trained(model: Any) -> History:
    X, y = [[0.1, 0.9], [0.8, -0.2], [-0.5, -0.4]], [1, -1, 1]
    optimizer = Adam(model.parameters(), lr=0.1)
    return fit(model, hinge_loss, X, y, epochs=4, optimizer=optimizer, seed=0, progress=False)


def test_a_history_has_a_line_for_each_layer_over_the_epochs() -> None:
    history = trained(MLP(2, [4, 3, 1], "tanh", seed=0))
    ax = gradient_flow(history)
    assert lines(ax) == history.gradient_norms
    assert list(lines(ax)) == ["layers.0", "layers.1", "layers.2"]
    assert (ax.get_yscale(), ax.get_xlabel(), ax.get_ylabel()) == (
        "log",
        "epoch",
        "norm of the gradient",
    )
    looks = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in ax.lines}
    assert [len(set(each)) for each in zip(*looks)] == [3, 3, 3]


def history_of(**by_layer: dict[str, list[float]]) -> History:
    return History.from_dict(History().to_dict() | by_layer)


def test_epochs_with_a_norm_of_0_are_open_circles_at_the_lower_end() -> None:
    ax = gradient_flow(history_of(gradient_norms={"layers.0": [0.5, 0.0, 0.1, 0.0]}))
    ax.figure.canvas.draw()
    line, zeros = ax.lines
    np.testing.assert_equal(line.get_ydata(), [0.5, math.nan, 0.1, math.nan])
    assert zeros.get_xdata().tolist() == [2, 4]
    assert (zeros.get_markerfacecolor(), zeros.get_color()) == ("white", line.get_color())
    bottoms = zeros.get_transform().transform(zeros.get_xydata())[:, 1]
    np.testing.assert_allclose(bottoms, ax.bbox.y0)
    assert texts(ax) == ["0"]


def test_a_history_of_nothing_but_0_nan_and_inf_can_be_drawn() -> None:
    ax = gradient_flow(history_of(gradient_norms={"layers.0": [0.0, math.nan, math.inf, 0.0]}))
    ax.figure.canvas.draw()
    line, zeros = ax.lines
    assert np.isnan(line.get_ydata()).all()
    assert zeros.get_xdata().tolist() == [1, 4]


def test_the_legend_of_many_layers_covers_no_line() -> None:
    norms = {f"layers.{i}": [10.0**-i, 10.0 ** (1 - i)] for i in range(12)}
    ax = gradient_flow(history_of(gradient_norms=norms))
    ax.figure.canvas.draw()
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == list(norms)
    assert not legend.get_window_extent().overlaps(ax.bbox)


def test_an_empty_history_is_refused() -> None:
    with pytest.raises(ValueError, match="no gradient norms: it has had no epoch"):
        gradient_flow(History())


# saturation


def bars(ax: Any) -> dict[str, float]:
    """The bar of each row, by the row's name."""
    names = [label.get_text() for label in ax.get_yticklabels()]
    return {names[round(bar.get_y() + bar.get_height() / 2)]: bar.get_width() for bar in ax.patches}


def layer(activation: str, weights: list[float], n_inputs: int = 1) -> Layer:
    """A layer of one input and neurons with these weights, without bias."""
    made = Layer(n_inputs, len(weights), activation)
    for neuron, weight in zip(made.neurons, weights):
        for parameter in neuron.weights:
            parameter.data = weight
    return made


@pytest.mark.parametrize(("activation", "edge"), [("tanh", 2.1783), ("sigmoid", 4.3566)])
def test_an_output_is_saturated_where_its_slope_is_below_a_twentieth_of_the_steepest(
    activation: str, edge: float
) -> None:
    # 1 - tanh² = 1/20 at artanh √0.95 = 2.17827; σ(2x) = (1 + tanh x)/2, so for σ it is at twice that.
    model = layer(activation, [edge - 0.001, edge + 0.001, 10.0, 0.1])
    ax = saturation(model, [[1.0], [-1.0], [0.0], [0.0]])
    assert bars(ax) == {"model": 4 / 16}  # two of four units, for two of four samples
    assert (texts(ax), ax.get_xlabel()) == (["25%"], "saturated outputs")


def test_a_unit_is_dead_if_it_is_0_for_every_sample() -> None:
    model = layer("relu", [1.0, -1.0, 0.0, -2.0])
    assert bars(saturation(model, [[1.0], [2.0]])) == {"model": 3 / 4}
    ax = saturation(model, [[1.0], [-2.0]])
    assert bars(ax) == {"model": 1 / 4}
    assert ax.get_xlabel() == "dead units"


def test_layers_of_both_kinds_are_told_apart_and_others_left_out() -> None:
    model = Sequential(
        layer("tanh", [100.0, 0.0]),
        Maxout(2, 2, seed=0),
        layer("relu", [-1.0, -1.0, -1.0, -1.0], n_inputs=2),
        Layer(4, 1, None, seed=0),
    )
    model.layers[2].neurons[0].bias.data = 100.0
    ax = saturation(model, [[1.0]])
    assert bars(ax) == {"layers.0": 0.5, "layers.2": 0.75}
    assert ax.get_xlabel() == "share of the layer"
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["saturated outputs", "dead units"]
    saturated, dead = ax.patches
    assert saturated.get_facecolor() != dead.get_facecolor()
    assert (saturated.get_hatch(), dead.get_hatch()) == (None, "//")


def test_dropout_is_off_and_nothing_is_recorded() -> None:
    model = Sequential(Dropout(0.9, seed=0), layer("tanh", [100.0] * 4), Seen())
    assert bars(saturation(model, [[1.0]] * 20)) == {"layers.1": 1.0}
    assert all(output.parents == () for output in model.layers[2].outputs)
    assert model.training
    assert model.layers[1].observer is None


class Seen(Module):
    """Keeps what passes through."""

    def __init__(self) -> None:
        self.outputs: tuple[Value, ...] = ()

    def __call__(self, inputs: Any) -> Any:
        self.outputs = tuple(inputs)
        return inputs


def test_a_history_gives_its_shares_over_the_epochs() -> None:
    history = trained(MLP(2, [4, 3, 1], "tanh", seed=0, initializer=2.0))
    ax = saturation(history)
    assert lines(ax) == history.saturated
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "saturated outputs")
    assert ax.yaxis.get_major_formatter()(0.5) in ("50%", "50.0%")


def test_lines_of_both_kinds_are_named() -> None:
    ax = saturation(history_of(dead={"layers.0": [0.0, 0.5]}, saturated={"layers.1": [1.0, 0.25]}))
    assert lines(ax) == {"layers.0, dead": [0.0, 0.5], "layers.1, saturated": [1.0, 0.25]}
    assert ax.get_ylabel() == "share of the layer"


def test_a_model_and_its_samples_go_together() -> None:
    model = layer("tanh", [1.0])
    for X in (None, []):
        with pytest.raises(ValueError, match="X must hold at least one"):
            saturation(model, X)
    with pytest.raises(ValueError, match="leave X out"):
        saturation(history_of(dead={"layers.0": [0.0]}), [[1.0]])
    with pytest.raises(TypeError, match=r"takes a model or a history, but got \[1, 2\]"):
        saturation([1, 2], [[1.0]])  # type: ignore[arg-type]


def test_where_nothing_can_be_saturated_or_dead_that_is_said() -> None:
    with pytest.raises(
        ValueError, match=r"ReLU, sigmoid or tanh units, but Layer\(1, 2.* has none"
    ):
        saturation(Layer(1, 2, None, seed=0), [[1.0]])
    with pytest.raises(ValueError, match="neither dead units nor saturated outputs"):
        saturation(History())


@pytest.mark.parametrize("x", [math.nan, 1e308])
def test_an_output_that_is_not_finite_is_named(x: float) -> None:
    model = Sequential(layer("relu", [2.0, 2.0]), Layer(2, 1, None, seed=0))
    with pytest.raises(ValueError, match=r"output for sample 1 is (nan|-?inf)"):
        saturation(model, [[1.0], [x]])


@pytest.mark.parametrize("given", [MLP(2, [3, 1], seed=0), [0.5, 0.25], None])
def test_what_is_no_history_is_refused(given: Any) -> None:
    with pytest.raises(
        TypeError, match=r"history\(\) takes the History that fit\(\) returns, but got"
    ):
        viz.history(given)


def test_saturation_takes_a_frame_by_position() -> None:
    model = MLP(2, [3, 1], "tanh", seed=0)
    X = [[0.5, -9.0], [9.0, 1.0], [0.1, 0.2]]
    expected = [bar.get_width() for bar in saturation(model, X).patches]
    frame = pd.DataFrame(X, columns=[1, 0], index=[2, 0, 1])
    assert [bar.get_width() for bar in saturation(model, frame).patches] == expected


def test_a_data_set_or_a_single_sample_is_no_list_of_samples() -> None:
    model = MLP(2, [3, 1], "tanh", seed=0)
    with pytest.raises(
        TypeError, match=r"X must be a list or .* but got Dataset.*: give its X_train"
    ):
        saturation(model, moons(0))  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match=r"samples of 2 numbers each, .* of one sample x, give \[x\]"
    ):
        saturation(model, [1.0, 2.0])
    # Of a model of one input, numbers are samples.
    assert saturation(MLP(1, [3, 1], "tanh", seed=0), [1.0, 2.0]).has_data()
