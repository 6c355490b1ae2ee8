"""Distributions over seeds, by what is drawn on their Axes."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection

from autograd import Value
from nn.sweep import Run, Sweep
from viz.plots.studies import final_losses

# final_losses


def clouds(ax: Any) -> list[np.ndarray]:
    """The points of each column, of shape (n, 2)."""
    return [each.get_offsets() for each in ax.collections if isinstance(each, PathCollection)]


def medians(ax: Any) -> list[float]:
    lines = [each for each in ax.collections if isinstance(each, LineCollection)]
    return [each.get_segments()[0][0, 1] for each in lines]


def boxes(ax: Any) -> list[tuple[float, float]]:
    return [(each.get_y(), each.get_y() + each.get_height()) for each in ax.patches]


def names(ax: Any) -> list[str]:
    return [label.get_text() for label in ax.get_xticklabels()]


def notes(ax: Any) -> dict[float, str]:
    return {text.get_position()[0]: text.get_text() for text in ax.texts}


def test_each_setting_is_a_column_of_its_results_in_the_given_order() -> None:
    results = {20: [0.3, 0.1, 0.2], 5: [1.0], "linear": (2.0, 3.0)}
    ax = final_losses(results)
    assert names(ax) == ["20", "5", "linear"]
    assert [cloud[:, 1].tolist() for cloud in clouds(ax)] == [[0.3, 0.1, 0.2], [1.0], [2.0, 3.0]]
    for place, cloud in enumerate(clouds(ax)):
        assert (abs(cloud[:, 0] - place) < 0.3).all()
    assert (ax.get_ylabel(), notes(ax)) == ("final loss", {})


def test_the_median_and_the_quartiles_are_marked() -> None:
    # Of 1, 2, ..., 9 they are 3, 5 and 7; of one number, that number.
    ax = final_losses({"a": [9.0, 1.0, 8.0, 2.0, 7.0, 3.0, 6.0, 4.0, 5.0], "b": [4.0]})
    assert medians(ax) == [5.0, 4.0]
    assert boxes(ax) == [(3.0, 7.0), (4.0, 4.0)]


def test_jitter_is_the_same_each_time_and_keeps_equal_numbers_apart() -> None:
    (first,), (second,) = (clouds(final_losses({1: [2.0] * 50})) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.diff(np.sort(first[:, 0])).min() > 0.001


@pytest.mark.parametrize(
    ("numbers", "scale"),
    [
        ([1.0, 100.0], "linear"),
        ([1.0, 101.0], "log"),
        ([0.0, 1.0, 1000.0], "linear"),
        ([-1.0, 1.0, 1000.0], "linear"),
        ([1.0, 2.0, math.inf], "linear"),
        ([0.01, math.nan, 2.0], "log"),
    ],
)
def test_the_axis_is_logarithmic_beyond_two_decades_of_positive_numbers(
    numbers: list[float], scale: str
) -> None:
    ax = final_losses({"a": numbers[:1], "b": numbers[1:]})
    ax.figure.canvas.draw()
    assert ax.get_yscale() == scale


def test_results_that_are_not_finite_are_counted_above_their_column() -> None:
    ax = final_losses({1: [math.nan, 0.5, math.inf], 2: [0.1], 3: [-math.inf]})
    assert notes(ax) == {0: "2 diverged", 2: "1 diverged"}
    assert [cloud[:, 1].tolist() for cloud in clouds(ax)] == [[0.5], [0.1]]
    assert names(ax) == ["1", "2", "3"]


@pytest.mark.parametrize("n_settings", [2, 12])
@pytest.mark.parametrize("largest", [2.0, 1e6])
def test_notes_cover_neither_points_nor_each_other(n_settings: int, largest: float) -> None:
    ax = final_losses({n: [1.0, largest] + [math.nan] * 10 for n in range(n_settings)})
    ax.figure.canvas.draw()
    extents = [text.get_window_extent() for text in ax.texts]
    highest = ax.transData.transform([0.0, largest])[1]
    assert all(extent.y0 > highest for extent in extents)
    assert all(left.x1 < right.x0 for left, right in pairwise(extents))


def test_nothing_but_diverged_results_can_be_drawn() -> None:
    ax = final_losses({1: [math.nan], 2: [math.inf, math.inf]}, ylabel="test loss")
    ax.figure.canvas.draw()
    assert notes(ax) == {0: "1 diverged", 1: "2 diverged"}
    assert ax.get_ylabel() == "test loss"


def test_a_sweep_over_one_parameter_is_drawn_by_its_settings() -> None:
    study = Sweep(
        [Run({"n": n, "lr": 0.1}, seed, n + seed) for n in (8, 2) for seed in range(3)]
        + [Run({"n": 2, "lr": 0.1}, 3, error="OverflowError: too large")]
        + [Run({"n": [1, 1], "lr": 0.1}, 0, math.nan), Run({"n": [1, 1], "lr": 0.1}, 1, error="no")]
    )
    ax = final_losses(study)
    assert names(ax) == ["8", "2", "[1, 1]"]
    assert [cloud[:, 1].tolist() for cloud in clouds(ax)] == [[8, 9, 10], [2, 3, 4]]
    assert notes(ax) == {1: "1 failed", 2: "1 diverged\n1 failed"}
    assert ax.get_xlabel() == "n"


def test_a_sweep_of_a_single_setting_is_one_column() -> None:
    ax = final_losses(Sweep([Run({"n": 4}, seed, 0.5) for seed in range(3)]))
    assert (names(ax), ax.get_xlabel()) == (["4"], "n")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ([{"n": 1, "lr": 0.1}, {"n": 2, "lr": 0.2}], "but this one varies n and lr: give it"),
        ([{"n": 1, "lr": 0.1}], "but this one varies none"),
        ([], "without runs"),
    ],
)
def test_other_sweeps_are_refused(parameters: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        final_losses(Sweep([Run(each, 0, 1.0) for each in parameters]))


@pytest.mark.parametrize(
    ("results", "error", "message"),
    [
        ({}, ValueError, "no settings"),
        ({1: [0.5], 2: []}, ValueError, "no results of 2"),
        ([0.5, 0.4], TypeError, r"mapping from settings .* but got \[0.5, 0.4\]"),
        ({"a": 0.5}, TypeError, "results of 'a' must be a list of numbers.* but are 0.5"),
        ({"a": ["0.5"]}, TypeError, "for 'a', takes a number .* but got '0.5'"),
        ({"a": [Value(0.5)]}, TypeError, r"for 'a', takes a number .* \.data"),
        (Sweep([Run({"n": 3}, 0, {"loss": 1.0})]), TypeError, "for 3, takes a number"),
    ],
)
def test_what_is_no_list_of_numbers_is_named(results: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        final_losses(results)


def test_long_names_are_slanted() -> None:
    ax = final_losses({f"a setting with a long name, {n}": [1.0] for n in range(4)})
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {30.0}
    assert {label.get_rotation() for label in final_losses({1: [1.0]}).get_xticklabels()} == {0.0}
