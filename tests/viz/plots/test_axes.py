"""What holds for every plot."""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from matplotlib import pyplot as plt

import nn
import viz
from autograd import Value
from nn import MLP
from viz.plots.studies import final_losses
from viz.plots.training import gradient_flow, saturation

SQUARE = [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]


def after_a_backward_pass() -> MLP:
    model = MLP(2, [3, 1], seed=0)
    model([1.0, 2.0]).backward()
    return model


# Every plot, drawn with and without an `ax`.
PLOTS = {
    "decision_boundary": lambda ax: viz.decision_boundary(
        lambda x: x[0] - 0.5, SQUARE, [0, 1, 0, 1], ax, resolution=5
    ),
    "probabilities": lambda ax: viz.decision_boundary(
        lambda x: x[0] - 0.5,
        SQUARE,
        [0, 1, 0, 1],
        ax,
        shading="probability",
        test=(SQUARE, [0, 1, 0, 1]),
        resolution=5,
    ),
    "history": lambda ax: viz.history(SimpleNamespace(loss=[2.0, 1.0], validation_loss=[]), ax),
    "confusion": lambda ax: viz.confusion([0, 1], [0, 1], ax),
    "gradient_flow": lambda ax: gradient_flow(after_a_backward_pass(), ax),
    "saturation": lambda ax: saturation(MLP(2, [3, 1], seed=0), SQUARE, ax),
    "final_losses": lambda ax: final_losses({1: [2.0, 1.0, float("nan")], 2: [0.01]}, ax),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_draws_on_the_axes_given_or_makes_its_own_and_never_shows_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("show() was called"))
    _, (left, right) = plt.subplots(1, 2)
    assert PLOTS[name](left) is left
    assert left.has_data()
    assert not right.has_data()
    own = PLOTS[name](None)
    assert own.figure not in (None, left.figure)
    own.figure.canvas.draw()


@pytest.mark.parametrize(
    "draw",
    [
        lambda: viz.history(SimpleNamespace(loss=[1.0], validation_loss=[]), "accuracy"),
        lambda: viz.confusion([0, 1], [0, 1], ["a", "b"]),
        lambda: saturation(MLP(2, [3, 1], seed=0), SQUARE, [0, 1, 0, 1]),
        lambda: viz.confusion([0, 1], [0, 1], plt.figure()),
        lambda: viz.confusion([0, 1], [0, 1], plt.subplots(2)[1]),
        lambda: viz.network(MLP(2, [3, 1], seed=0), ax="weight"),
    ],
    ids=["metric", "labels", "targets", "figure", "array", "network"],
)
def test_what_is_no_axes_is_refused_in_the_place_of_one(draw: Any) -> None:
    with pytest.raises(TypeError, match=r"^ax must be matplotlib Axes, but got .* given by name$"):
        draw()


# Of what somebody may give in a wrong place: three levels, and numbers with many digits.
LARGE = [[[k / 7.0 + j for k in range(64)] for j in range(20)] for _ in range(300)]
ROWS = [row for part in LARGE for row in part]
MODEL = MLP(2, [3, 1], seed=0)
WRONG: dict[str, Callable[[Any], Any]] = {
    "draw": lambda x: viz.draw(Value(1.0), theme=x),
    "network": viz.network,
    "network, values": lambda x: viz.network(MODEL, x),
    "network, ax": lambda x: viz.network(MODEL, ax=x),
    "network, max_units": lambda x: viz.network(MODEL, max_units=x),
    "activation": viz.activation,
    "activations": viz.activations,
    "confusion, true": lambda x: viz.confusion(x, [0, 1]),
    "confusion, predicted": lambda x: viz.confusion([0] * len(x), x),
    "confusion, labels": lambda x: viz.confusion(["a"] * len(x), ["a"] * len(x), labels=x),
    "boundary, model": lambda x: viz.decision_boundary(x, SQUARE, [0, 1, 0, 1]),
    "boundary, output": lambda x: viz.decision_boundary(lambda _: x, SQUARE, [0, 1, 0, 1]),
    "boundary, X": lambda x: viz.decision_boundary(MODEL, x, [0, 1]),
    "boundary, y": lambda x: viz.decision_boundary(MODEL, SQUARE, x),
    "boundary, classes": lambda x: viz.decision_boundary(
        MODEL, [[0.0, 0.0]] * 2_000, [k / 7.0 for k in range(2_000)]
    ),
    "boundary, test": lambda x: viz.decision_boundary(MODEL, SQUARE, [0, 1, 0, 1], test=x),
    "boundary, shading": lambda x: viz.decision_boundary(MODEL, SQUARE, [0, 1, 0, 1], shading=x),
    "boundary, resolution": lambda x: viz.decision_boundary(
        MODEL, SQUARE, [0, 1, 0, 1], resolution=x
    ),
    "fit, target": lambda x: viz.function_fit(x, abs, 0.0, 1.0),
    "fit, model": lambda x: viz.function_fit(abs, x, 0.0, 1.0),
    "fit, low": lambda x: viz.function_fit(abs, abs, x, 1.0),
    "fit, outputs": lambda x: viz.function_fit(abs, lambda _: [x], 0.0, 1.0),
    "fit, samples": lambda x: viz.function_fit(abs, abs, 0.0, 1.0, samples=x),
    "weights, layer": lambda x: viz.weights_as_images(x, (8, 8)),
    "weights, shape": lambda x: viz.weights_as_images(MODEL, x),
    "weights, n_columns": lambda x: viz.weights_as_images(MODEL, (1, 2), n_columns=x),
    "landscape, model": lambda x: viz.loss_landscape(x, None, None, None),  # type: ignore[arg-type]
    "landscape, loss": lambda x: viz.loss_landscape(MODEL, x, SQUARE, SQUARE),
    "landscape, output": lambda x: viz.loss_landscape(MODEL, lambda *_: x, SQUARE, SQUARE),
    "landscape, X": lambda x: viz.loss_landscape(MODEL, nn.hinge_loss, x, SQUARE),
    "landscape, extent": lambda x: viz.loss_landscape(
        MODEL, nn.hinge_loss, SQUARE, [0, 1, 0, 1], extent=x
    ),
    "landscape, path": lambda x: viz.loss_landscape(
        MODEL, nn.hinge_loss, SQUARE, [0, 1, 0, 1], path=x
    ),
    "descent, f": lambda x: viz.descent_path(x, [1.0, 1.0], lr=0.1, steps=1),
    "descent, output": lambda x: viz.descent_path(lambda *_: x, [1.0, 1.0], lr=0.1, steps=1),
    "descent, start": lambda x: viz.descent_path(lambda a, b: a + b, x, lr=0.1, steps=1),
    "descent, lr": lambda x: viz.descent_path(lambda a, b: a + b, [1.0, 1.0], lr=x, steps=1),
    "descent, optimizer": lambda x: viz.descent_path(
        lambda a, b: a + b, [1.0, 1.0], optimizer=x, steps=1
    ),
    "final_losses": viz.final_losses,
    "final_losses, results": lambda x: viz.final_losses({tuple(range(2_000)): x}),
    "history": viz.history,
    "history, metric": lambda x: viz.history(nn.History(), metric=x),
    "gradient_flow": viz.gradient_flow,
    "saturation": viz.saturation,
    "saturation, X": lambda x: viz.saturation(MODEL, x),
    "animate": lambda x: viz.animate(x, "training.gif"),
    "animate, path": lambda x: viz.animate(viz.Watch([[0.0, 1.0]], [1]), x),
    "Watch": lambda x: viz.Watch(x, [1]),
    "Watch, nan": lambda x: viz.Watch([[math.nan] * 2_000], [1]),
    "Watch, network": lambda x: viz.Watch([[0.0, 1.0]], [1], network=x),
    "Watch, model": lambda x: viz.Watch([[0.0, 1.0]], [1])(x, nn.History()),
    "Value": Value,
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("given", [LARGE, ROWS], ids=["3-D", "2-D"])
def test_no_message_is_as_long_as_what_was_given(name: str, given: Any) -> None:
    with pytest.raises((TypeError, ValueError)) as error:
        WRONG[name](given)
    assert len(str(error.value)) < 1000
