"""What holds for every plot."""

from types import SimpleNamespace

import pytest
from matplotlib import pyplot as plt

import viz

SQUARE = [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]

# Every plot, drawn with and without an `ax`.
PLOTS = {
    "decision_boundary": lambda ax: viz.decision_boundary(
        lambda x: x[0] - 0.5, SQUARE, [0, 1, 0, 1], ax, resolution=5
    ),
    "history": lambda ax: viz.history(SimpleNamespace(loss=[2.0, 1.0], validation_loss=[]), ax),
    "confusion": lambda ax: viz.confusion([0, 1], [0, 1], ax),
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
