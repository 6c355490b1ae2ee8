"""Activations and their gallery, by what is drawn on their Axes."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt

from autograd import Value, where
from nn.activations import NAMES
from viz.plots.activations import activation, activations


def curves(ax: Any) -> tuple[np.ndarray, np.ndarray]:
    """f and its derivative, each of shape (n, 2); a nan stands in each jump."""
    f, derivative = ax.lines[-2:]
    return f.get_xydata(), derivative.get_xydata()


def zones(ax: Any) -> list[tuple[float, float]]:
    outlines = [each.get_patch_transform().transform_path(each.get_path()) for each in ax.patches]
    xs = [outline.vertices[:, 0].tolist() for outline in outlines]
    return [(min(each), max(each)) for each in xs]


def legend(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


# activation


@pytest.mark.parametrize(
    ("name", "f", "derivative"),
    [
        ("sigmoid", sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
        ("tanh", math.tanh, lambda x: (1 - math.tanh(x)) * (1 + math.tanh(x))),
        ("sin", math.sin, math.cos),
        ("softplus", lambda x: math.log(1 + math.exp(x)), sigmoid),
        (lambda x: x**3, lambda x: x**3, lambda x: 3 * x**2),
    ],
)
def test_f_and_its_derivative_are_drawn_over_the_range(name: Any, f: Any, derivative: Any) -> None:
    for curve, expected in zip(curves(activation(name, low=-3.0, high=2.0)), (f, derivative)):
        assert (curve[0, 0], curve[-1, 0]) == (-3.0, 2.0)
        np.testing.assert_allclose(curve[:, 1], [expected(x) for x in curve[:, 0]], atol=1e-12)


@pytest.mark.parametrize(
    ("name", "left", "right"), [("relu", 0.0, 1.0), ("leaky_relu", 0.01, 1.0), ("prelu", 0.25, 1.0)]
)
def test_no_line_crosses_the_jump_of_a_derivative(name: str, left: float, right: float) -> None:
    _, derivative = curves(activation(name))
    (gap,) = np.flatnonzero(np.isnan(derivative[:, 1]))
    assert set(derivative[:gap, 1]) == {left}
    assert set(derivative[gap + 1 :, 1]) == {right}
    np.testing.assert_allclose(derivative[gap - 1 : gap + 2, 0], 0.0, atol=1e-12)


def test_every_jump_is_found_where_it_is_in_f_as_in_its_derivative() -> None:
    f, derivative = curves(activation(lambda x: where(x > 0.5, 1.0, x.clip(-math.pi, 0.0))))
    assert f[np.isnan(f[:, 1]), 0].tolist() == pytest.approx([0.5])
    jumps = derivative[np.isnan(derivative[:, 1]), 0].tolist()
    assert jumps == pytest.approx([-math.pi, 0.0])


def test_a_steep_slope_is_no_jump() -> None:
    f, derivative = curves(activation(lambda x: (1e4 * x).sigmoid()))
    assert not np.isnan(f).any()
    assert not np.isnan(derivative).any()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # |f′| is a tenth of its maximum where σ(x)(1 − σ(x)) = 1/40, and where 1 − tanh² x = 1/10.
        ("sigmoid", [(-4.0, -3.6368), (3.6368, 4.0)]),
        ("tanh", [(-4.0, -math.atanh(math.sqrt(0.9))), (math.atanh(math.sqrt(0.9)), 4.0)]),
        ("elu", [(-4.0, math.log(0.1))]),
        ("relu", [(-4.0, 0.0)]),
        ("sin", []),
        ("leaky_relu", [(-4.0, 0.0)]),
        (lambda x: x.leaky_relu(0.2), []),
        ("prelu", []),
        ("identity", []),
    ],
)
def test_tails_that_stay_nearly_flat_are_shaded_and_no_others(
    name: Any, expected: list[tuple[float, float]]
) -> None:
    np.testing.assert_allclose(zones(activation(name)), expected, atol=0.021)


def test_a_range_that_ends_where_a_slope_is_small_for_a_moment_has_no_tail() -> None:
    assert zones(activation("sin", low=-1.5, high=1.5)) == []


def test_a_tail_is_dead_if_its_gradient_is_0_and_else_nearly_flat() -> None:
    assert legend(activation("relu"))[2:] == ["dead: $f\\,'$ = 0"]
    assert legend(activation("tanh"))[2:] == ["nearly flat: |$f\\,'$| ≤ 10% of max"]
    assert legend(activation(lambda x: x.clip(-1.0, 1.0)))[2:] == ["dead: $f\\,'$ = 0"]


def test_a_range_in_which_the_gradient_is_0_is_dead_as_a_whole() -> None:
    assert zones(activation("relu", low=-3.0, high=-1.0)) == [(-3.0, -1.0)]


def test_the_legend_tells_the_largest_derivative_of_the_sigmoid_a_quarter() -> None:
    assert legend(activation("sigmoid", low=-3.0, high=5.0))[:2] == [
        "$f$",
        "$f\\,'$, |$f\\,'$| ≤ 0.25",
    ]


def test_the_title_is_the_name() -> None:
    assert activation(Value.tanh).get_title() == "tanh"
    assert activation(sigmoid_of_twice).get_title() == "sigmoid_of_twice"


def sigmoid_of_twice(x: Value) -> Value:
    return (2 * x).sigmoid()


def test_f_is_drawn_where_it_is_finite() -> None:
    ax = activation(Value.log)
    for curve in curves(ax):
        finite = ~np.isnan(curve[:, 1])
        assert curve[finite, 0].min() > 0.0
        assert curve[finite, 0].max() == 4.0
    ax.figure.canvas.draw()


def test_the_legend_covers_neither_curve() -> None:
    for name in NAMES:
        ax = activation(name)
        ax.figure.canvas.draw()
        box = ax.get_legend().get_window_extent()
        for curve in curves(ax):
            assert not box.count_contains(ax.transData.transform(curve)), name


def test_activation_draws_on_the_axes_given_or_makes_its_own() -> None:
    _, (left, right) = plt.subplots(1, 2)
    assert activation("tanh", left) is left
    assert not right.has_data()
    assert activation("tanh").figure is not left.figure


def test_an_unknown_name_a_bad_range_and_a_function_without_finite_values_are_refused() -> None:
    with pytest.raises(ValueError, match="no activation named 'rely': choose one of elu, gelu"):
        activation("rely")
    for low, high in [(1.0, 1.0), (2.0, 1.0), (-math.inf, 0.0), (math.nan, 0.0)]:
        with pytest.raises(ValueError, match="low must be below high, and both finite"):
            activation("relu", low=low, high=high)
    with pytest.raises(
        ValueError, match=r"log has no finite value and derivative between -2\.0 and"
    ):
        activation(Value.log, low=-2.0, high=-1.0)


# activations


def test_the_gallery_shows_all_activations_on_equal_axes() -> None:
    axes = activations()
    shown = [ax for ax in axes.flat if ax.get_visible()]
    assert [ax.get_title().split(":")[0] for ax in shown] == NAMES
    assert all(ax.has_data() for ax in shown)
    assert {(ax.get_xlim(), ax.get_ylim()) for ax in shown} == {
        (axes[0, 0].get_xlim(), (-2.0, 2.0))
    }
    assert axes.size - len(shown) < axes.shape[1]
    (texts,) = [each.get_texts() for each in axes[0, 0].figure.legends]
    assert [text.get_text() for text in texts] == [
        "$f$",
        "$f\\,'$",
        "nearly flat: |$f\\,'$| ≤ 10% of max",
        "dead: $f\\,'$ = 0",
    ]


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_each_column_of_the_gallery_has_numbers_below_it(n: int) -> None:
    axes = activations(NAMES[:n])
    axes[0, 0].figure.canvas.draw()
    for column in axes.T:
        lowest = [ax for ax in column if ax.get_visible()][-1]
        assert any(tick.label1.get_visible() for tick in lowest.xaxis.get_major_ticks())


def test_titles_in_the_gallery_tell_the_largest_derivative_and_do_not_overlap() -> None:
    axes = activations()
    figure = axes[0, 0].figure
    figure.canvas.draw()
    titles = {ax.get_title(): ax.title.get_window_extent() for ax in axes.flat if ax.get_visible()}
    assert "sigmoid: |$f\\,'$| ≤ 0.25" in titles
    for row in axes:
        boxes = [titles[ax.get_title()] for ax in row if ax.get_visible()]
        assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_a_gallery_of_nothing_or_of_one_name_is_refused() -> None:
    with pytest.raises(ValueError, match="names is empty"):
        activations([])
    with pytest.raises(TypeError, match=r"is 'relu': give \['relu'\]"):
        activations("relu")
    with pytest.raises(ValueError, match="no activation named 'rely'"):
        activations(["relu", "rely"])


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 11])
def test_the_legend_of_a_gallery_lies_within_the_figure(n: int) -> None:
    # relu, tanh and sin have all that the legend can name: dead, nearly flat, neither.
    names: list[Any] = ["tanh", "relu", Value.sin, *NAMES][:n]
    figure = activations(names)[0, 0].figure
    figure.canvas.draw()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert 0.0 <= box.x0 < box.x1 <= figure.bbox.x1
    assert box.y0 >= 0.0


def test_a_list_in_the_place_of_one_activation_is_refused() -> None:
    with pytest.raises(TypeError, match=r"got \['relu'\], .* activations\(\) draws a list"):
        activation(["relu"])  # type: ignore[arg-type]
