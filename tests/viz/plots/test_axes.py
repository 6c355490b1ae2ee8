"""What holds for every plot."""

from types import SimpleNamespace

import pytest
from matplotlib import pyplot as plt

import viz
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
