"""Decision boundaries and confusion, by what is drawn on their Axes."""

import math
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba
from matplotlib.contour import ContourSet, QuadContourSet

import viz
from autograd import Value, sigmoid
from nn import MLP
from viz.plots.axes import CLASS_COLOURS
from viz.plots.classification import STRONGEST


def regions(ax: Any) -> list[QuadContourSet]:
    return [each for each in ax.collections if isinstance(each, ContourSet) and each.filled]


def boundaries(ax: Any) -> list[np.ndarray]:
    lines = [each for each in ax.collections if isinstance(each, ContourSet) and not each.filled]
    return [path.vertices for line in lines for path in line.get_paths()]


def points(ax: Any) -> dict[str, list[list[float]]]:
    return {
        each.get_label(): np.asarray(each.get_offsets()).tolist()
        for each in ax.collections
        if not isinstance(each, ContourSet)
    }


SQUARE = [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]

# decision_boundary


def test_one_score_divides_the_plane_at_0() -> None:
    # The boundary of x₀ + x₁ = 1 is a straight line, which the contour must follow.
    ax = viz.decision_boundary(lambda x: Value(x[0]) + x[1] - 1.0, SQUARE, [-1, 1, 1, -1])
    assert len(regions(ax)) == 2
    for line in boundaries(ax):
        np.testing.assert_allclose(line.sum(axis=1), 1.0, atol=1e-12)
    assert points(ax) == {"−1": [[0, 0], [1, 0]], "+1": [[1, 1], [0, 1]]}


def test_positive_scores_have_the_colour_of_positive_points() -> None:
    ax = viz.decision_boundary(lambda x: x[0] - 0.5, SQUARE, [0, 1, 0, 1])
    negative, positive = regions(ax)
    assert all(
        vertex[0] <= 0.5 + 1e-12 for path in negative.get_paths() for vertex in path.vertices
    )
    assert all(
        vertex[0] >= 0.5 - 1e-12 for path in positive.get_paths() for vertex in path.vertices
    )
    scatters = [each for each in ax.collections if not isinstance(each, ContourSet)]
    for region, scatter in zip((negative, positive), scatters, strict=True):
        assert region.get_facecolor()[0][:3].tolist() == scatter.get_facecolor()[0][:3].tolist()
    red, _, blue = positive.get_facecolor()[0][:3]
    assert blue > red  # as in graphs, where blue is positive


def colours_of_classes(ax: Any) -> list[list[float]]:
    return [each.get_facecolor()[0].tolist() for each in ax.collections if each.get_label() in "01"]


@pytest.mark.parametrize("shading", ["class", "probability", "score"])
def test_two_classes_have_the_same_colours_by_one_score_and_by_two(shading: Any) -> None:
    by_one, by_two = (
        viz.decision_boundary(model, [[0, 1], [1, 0]], [0, 1], shading=shading)
        for model in (lambda x: x[0] - x[1], lambda x: [x[1], x[0]])
    )
    assert colours_of_classes(by_one) == colours_of_classes(by_two)
    orange, blue = (list(to_rgba(colour)) for colour in CLASS_COLOURS[:2])
    assert colours_of_classes(by_one) == [orange, blue]
    assert orange[0] > 0.7 > blue[0]
    if shading == "class":
        grounds = [
            [each.get_facecolor()[0].tolist() for each in regions(ax)] for ax in (by_one, by_two)
        ]
        assert grounds[0] == grounds[1]


def test_of_several_scores_the_largest_decides() -> None:
    corners = [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]

    def scores(x: list[float]) -> list[Value]:
        return [-((Value(x[0]) - a) ** 2) - (Value(x[1]) - b) ** 2 for a, b in corners]

    ax = viz.decision_boundary(scores, corners, [0, 1, 2])
    assert points(ax) == {str(k): [corner] for k, corner in enumerate(corners)}
    for k, region in enumerate(regions(ax)):
        inside = [region.get_paths()[0].contains_point(corner) for corner in corners]
        assert inside == [other == k for other in range(3)]


def test_where_classes_meet_no_place_is_left_white() -> None:
    corners = [[0.0, 0.0], [1.0, 0.1], [0.2, 1.0], [0.9, 0.8]]

    def scores(x: list[float]) -> list[float]:
        return [-math.dist(x, corner) for corner in corners]

    ax = viz.decision_boundary(scores, corners, [0, 1, 2, 3], resolution=20)
    (x1, x2), (y1, y2) = ax.get_xlim(), ax.get_ylim()
    random = np.random.default_rng(0)
    places = random.uniform((x1, y1), (x2, y2), (20_000, 2))
    shaded = sum(
        np.any([path.contains_points(places) for path in region.get_paths()], axis=0).astype(int)
        for region in regions(ax)
    )
    assert np.mean(shaded == 0) < 2e-4


def test_classes_are_named_by_labels() -> None:
    ax = viz.decision_boundary(lambda x: x[0] - 0.5, SQUARE, [0, 1, 0, 1], labels=["cat", "dog"])
    assert list(points(ax)) == ["cat", "dog"]
    with pytest.raises(ValueError, match=r"labels must name 2 classes, .* but got \['cat'\]"):
        viz.decision_boundary(lambda x: x[0], SQUARE, [0, 1, 0, 1], labels=["cat"])


def test_the_model_runs_without_recording_and_only_on_the_grid() -> None:
    w = Value(2.0)
    outputs = []

    def model(x: list[float]) -> Value:
        outputs.append(sigmoid(w * x[0]) - 0.5)
        return outputs[-1]

    viz.decision_boundary(model, SQUARE, [0, 1, 0, 1], resolution=7)
    assert len(outputs) == 49
    assert all(output.parents == () for output in outputs)


def test_a_model_that_knows_one_class_only_has_one_region() -> None:
    ax = viz.decision_boundary(lambda x: 1.0, SQUARE, [1, 1, 1, 1])
    assert (len(regions(ax)), boundaries(ax)) == (1, [])


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([[1.0, 2.0, 3.0]], [1], r"shape \(n, 2\), but its shape is \(1, 3\)"),
        ([1.0, 2.0], [1, 1], r"shape \(n, 2\), but its shape is \(2,\)"),
        ([], [], r"shape \(n, 2\)"),
        (SQUARE, [1, 1], r"each of the 4 points, but its shape is \(2,\)"),
        (SQUARE, [0, 1, 2, 1], r"-1 and \+1, or 0 and 1, .* they are \[0, 1, 2\]"),
        (SQUARE, [-1, 0, 1, 1], r"-1 and \+1, or 0 and 1"),
    ],
)
def test_a_wrong_shape_or_class_is_named(X: Any, y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        viz.decision_boundary(lambda x: 1.0, X, y)


def test_a_class_without_a_score_is_named() -> None:
    with pytest.raises(ValueError, match=r"0 to 2, because the model gives 3 scores; .*\[0, 3\]"):
        viz.decision_boundary(lambda x: [1.0, 2.0, 3.0], SQUARE, [0, 3, 0, 3], resolution=3)


# decision_boundary, shaded by strength

CORNERS = [[-1.0, -1.0], [1.0, 1.0]]
GRID = np.linspace(-1.16, 1.16, 59)  # what the model is asked about, with a margin of 8 %


def pixels(ax: Any) -> np.ndarray:
    """The colours of the plane, one a point of the grid, of shape (rows, columns, 4)."""
    (image,) = ax.images
    return np.asarray(image.get_array())


def strength(ax: Any) -> np.ndarray:
    """How dark each point is, from 0 for white to 1: the channel that its colour has least of."""
    return (1.0 - pixels(ax)[..., :3].min(axis=-1)) / STRONGEST


def colour_bars(ax: Any) -> list[Any]:
    return [each for each in ax.figure.axes if each is not ax]


def test_one_score_is_shaded_by_its_sigmoid() -> None:
    # σ(s) = P, and 1 − P is the other class's: the strength is |2P − 1| = |tanh(s/2)|. Blue lacks red
    # altogether, orange lacks blue.
    ax = viz.decision_boundary(
        lambda x: 3.0 * x[0], CORNERS, [-1, 1], shading="probability", resolution=59
    )
    np.testing.assert_allclose(strength(ax)[7], np.abs(np.tanh(1.5 * GRID)), atol=1e-12)
    red, _, blue = np.moveaxis(pixels(ax)[..., :3], -1, 0)
    assert (blue >= red)[:, GRID > 0].all()
    assert (red >= blue)[:, GRID < 0].all()


def test_several_scores_are_shaded_by_the_softmax_of_the_best_above_chance() -> None:
    # Scores (s, 0, 0): where s > 0, P = eˢ / (eˢ + 2), and chance is 1/3.
    ax = viz.decision_boundary(
        lambda x: [3.0 * x[0], 0.0, 0.0], CORNERS, [0, 1], shading="probability", resolution=59
    )
    s = 3.0 * GRID[GRID > 0]
    probability = np.exp(s) / (np.exp(s) + 2.0)
    expected = (probability - 1 / 3) / (1 - 1 / 3)
    np.testing.assert_allclose(strength(ax)[7][GRID > 0], expected, atol=1e-12)


def test_huge_scores_are_certain() -> None:
    ax = viz.decision_boundary(
        lambda x: 1e300 * x[0], CORNERS, [-1, 1], shading="probability", resolution=8
    )
    np.testing.assert_allclose(strength(ax), 1.0)


def test_score_shading_is_proportional_and_symmetric_about_0() -> None:
    ax = viz.decision_boundary(
        lambda x: 2.0 * x[0] - 1.0, CORNERS, [-1, 1], shading="score", resolution=59
    )
    score = 2.0 * GRID - 1.0
    np.testing.assert_allclose(strength(ax)[7], np.abs(score) / 3.32, atol=1e-12)
    (bar,) = colour_bars(ax)
    assert bar.get_ylim() == pytest.approx((-3.32, 3.32))


def test_contours_of_the_score_are_the_boundary_and_the_margins() -> None:
    ax = viz.decision_boundary(lambda x: 2.0 * x[0], CORNERS, [-1, 1], shading="score")
    scores = {round(2.0 * x, 9) for line in boundaries(ax) for x, _ in line}
    assert scores == {-1.0, 0.0, 1.0}
    dashed = [
        {round(2.0 * x, 9) for path in each.get_paths() for x, _ in path.vertices}
        for each in ax.collections
        if isinstance(each, ContourSet) and each.linestyles == "--"
    ]
    assert dashed == [{-1.0}, {1.0}]


def test_several_scores_are_shaded_by_the_lead_over_the_second() -> None:
    ax = viz.decision_boundary(
        lambda x: [2.0 * x[0], x[0], -5.0], CORNERS, [0, 1], shading="score", resolution=59
    )
    np.testing.assert_allclose(strength(ax)[7][GRID > 0], GRID[GRID > 0] / 1.16, atol=1e-12)
    (bar,) = colour_bars(ax)
    assert bar.get_ylim() == pytest.approx((0.0, 1.16))


@pytest.mark.parametrize(
    ("n_scores", "shading", "label"),
    [
        (1, "probability", "probability of class +1"),
        (1, "score", "score"),
        (3, "probability", "probability of the class"),
        (3, "score", "lead of the best score"),
    ],
)
def test_the_colour_bar_says_what_it_tells(n_scores: int, shading: Any, label: str) -> None:
    def model(x: list[float]) -> Any:
        return x[0] if n_scores == 1 else [x[0], 0.0, x[1]]

    ax = viz.decision_boundary(model, CORNERS, [1, 1], shading=shading, resolution=5)
    (bar,) = colour_bars(ax)
    assert bar.get_ylabel() == label


def test_classes_alone_need_no_colour_bar() -> None:
    ax = viz.decision_boundary(lambda x: x[0], CORNERS, [-1, 1], resolution=5)
    assert (colour_bars(ax), list(ax.images)) == ([], [])


def test_a_colour_bar_stands_beside_its_own_axes_of_a_grid() -> None:
    figure, grid = plt.subplots(2, 3, layout="constrained")
    ax = grid[0, 1]
    viz.decision_boundary(lambda x: x[0], CORNERS, [-1, 1], ax, shading="score", resolution=5)
    figure.canvas.draw()
    (bar,) = (each for each in figure.axes if each not in grid)
    assert ax.get_position().x1 < bar.get_position().x0
    assert bar.get_position().x1 < grid[0, 2].get_position().x0
    assert bar.get_position().y0 > grid[1, 1].get_position().y1


@pytest.mark.parametrize("shading", ["class", "probability", "score"])
@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, 1e308])
@pytest.mark.parametrize("n_scores", [1, 3])
def test_where_scores_are_not_finite_nothing_is_shaded(
    shading: Any, score: float, n_scores: int
) -> None:
    def model(x: list[float]) -> Any:
        first = x[1] if x[0] < 0 else score
        return first if n_scores == 1 else [first, 0.5, -0.5]

    y = [-1, 1] if n_scores == 1 else [0, 2]
    ax = viz.decision_boundary(model, CORNERS, y, shading=shading, resolution=20)
    ax.figure.canvas.draw()
    if shading == "class":
        assert regions(ax)
        assert all(path.vertices[:, 0].max() < 0 for r in regions(ax) for path in r.get_paths())
    else:
        opaque = pixels(ax)[..., 3]
        assert (opaque[:, :10] == 1.0).all()
        assert (opaque[:, 10:] == 0.0).all()


@pytest.mark.parametrize("shading", ["class", "probability", "score"])
def test_a_model_without_any_finite_score_still_has_its_points(shading: Any) -> None:
    ax = viz.decision_boundary(lambda x: math.nan, CORNERS, [-1, 1], shading=shading, resolution=5)
    ax.figure.canvas.draw()
    assert points(ax) == {"−1": [[-1, -1]], "+1": [[1, 1]]}
    assert (regions(ax), boundaries(ax)) == ([], [])


def test_dropout_is_off_while_the_model_is_called() -> None:
    model = MLP(2, [6, 1], seed=0, dropout=0.5)
    both = [
        viz.decision_boundary(model, CORNERS, [-1, 1], shading="score", resolution=5)
        for _ in range(2)
    ]
    assert np.array_equal(*map(pixels, both))
    assert model.training


# decision_boundary, with test points


def test_test_points_are_open_in_the_colour_and_marker_of_their_class() -> None:
    ax = viz.decision_boundary(
        lambda x: x[0] - 0.5, SQUARE, [0, 1, 0, 1], test=([[0.2, 3.0], [0.9, -2.0]], [0, 1])
    )
    assert points(ax) == {
        "0": [[0, 0], [0, 1]],
        "1": [[1, 1], [1, 0]],
        "0, test": [[0.2, 3.0]],
        "1, test": [[0.9, -2.0]],
    }
    drawn = {each.get_label(): each for each in ax.collections if each.get_label() in points(ax)}
    for name in "01":
        filled, opened = drawn[name], drawn[f"{name}, test"]
        assert len(opened.get_facecolor()) == 0
        assert opened.get_edgecolor().tolist() == filled.get_facecolor().tolist()
        shapes = [each.get_paths()[0].vertices.tolist() for each in (filled, opened)]
        assert shapes[0] == shapes[1]
    (bottom, top) = ax.get_ylim()
    assert bottom < -2.0
    assert top > 3.0  # test points are seen, wherever they lie


def test_the_legend_tells_classes_and_training_from_test_and_covers_no_point() -> None:
    ax = viz.decision_boundary(
        lambda x: x[0] - 0.5, SQUARE, [0, 1, 0, 1], test=(SQUARE, [0, 0, 1, 1]), resolution=5
    )
    ax.figure.canvas.draw()
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["0", "1", "training", "test"]
    assert not legend.get_window_extent().overlaps(ax.bbox)


def test_ten_classes_have_ten_looks() -> None:
    X = [[float(k), float(k % 3)] for k in range(10)]
    ax = viz.decision_boundary(
        lambda x: [-((x[0] - k) ** 2) for k in range(10)], X, range(10), resolution=30
    )
    looks = {
        (tuple(each.get_facecolor()[0]), each.get_paths()[0].vertices.tobytes())
        for each in ax.collections
        if each.get_label() in points(ax)
    }
    assert len(looks) == 10


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ((SQUARE,), r"test must be a pair, \(X_test, y_test\), but got \("),
        ("Xy and more", r"test must be a pair"),
        (([[1.0, 2.0, 3.0]], [1]), r"X_test.* shape \(n, 2\), but its shape is \(1, 3\)"),
        (([], []), r"X_test.* shape \(n, 2\)"),
        ((SQUARE, [1, 1]), r"y_test.* each of the 4 points, but its shape is \(2,\)"),
        ((SQUARE, [0, 1, 2, 1]), r"y and y_test must be .* they are \[0, 1, 2\]"),
        ((SQUARE, [-1, 1, 1, 1]), r"y and y_test must be -1 and \+1, or 0 and 1"),
        (([[0.0, math.nan]], [1]), r"X_test.* finite numbers, but point 0 is \[0.0, nan\]"),
    ],
)
def test_wrong_test_points_are_named(test: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        viz.decision_boundary(lambda x: 1.0, SQUARE, [0, 1, 0, 1], test=test)


def test_other_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="class, probability, score, but got 'odds'"):
        viz.decision_boundary(lambda x: 1.0, SQUARE, [0, 1, 0, 1], shading="odds")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="X must hold finite numbers, but point 1 is"):
        viz.decision_boundary(lambda x: 1.0, [[0.0, 0.0], [math.inf, 0.0]], [0, 1])
    for resolution, message in ((1, "at least 2"), (0, "at least 1"), (2.5, "whole number")):
        with pytest.raises(ValueError, match=f"resolution must be .*{message}"):
            viz.decision_boundary(lambda x: 1.0, SQUARE, [0, 1, 0, 1], resolution=resolution)  # type: ignore[arg-type]


# confusion


def cells(ax: Any) -> list[list[str]]:
    text = {each.get_position(): each.get_text() for each in ax.texts}
    size = len(ax.get_xticks())
    return [[text[column, row] for column in range(size)] for row in range(size)]


def test_rows_are_true_classes_and_columns_predicted_ones() -> None:
    ax = viz.confusion([7, 7, 7, 9, 9, 8], [7, 9, 7, 9, 9, 7])
    assert cells(ax) == [["2", "0", "1"], ["1", "0", "0"], ["0", "0", "2"]]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["7", "8", "9"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "true")
    assert ax.get_title() == "66.7% correct (4 of 6)"


def test_labels_name_all_classes_even_those_that_do_not_occur() -> None:
    ax = viz.confusion([0, 2], [0, 2], labels=["cat", "dog", "cow"])
    assert cells(ax) == [["1", "0", "0"], ["0", "0", "0"], ["0", "0", "1"]]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["cat", "dog", "cow"]


def test_right_answers_are_blue_and_errors_orange() -> None:
    (image,) = viz.confusion([0, 0, 0, 0], [0, 0, 0, 1]).images
    (right, wrong), _ = image.get_array()
    assert right[2] > right[0]
    assert wrong[0] > wrong[2]


def test_classes_without_a_label_or_lists_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 labels name the classes 0 to 1, but class 2 occurs"):
        viz.confusion([0, 2], [0, 2], labels=["a", "b"])
    with pytest.raises(ValueError, match="their lengths are 2 and 1"):
        viz.confusion([0, 1], [0])
    with pytest.raises(ValueError, match="their lengths are 0 and 0"):
        viz.confusion([], [])


def ticks(ax: Any) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def test_two_labels_name_minus_1_and_plus_1_in_this_order() -> None:
    ax = viz.confusion([-1, 1, 1], np.array([-1.0, -1.0, 1.0]), labels=["neg", "pos"])
    assert (cells(ax), ticks(ax)) == ([["1", "0"], ["1", "1"]], ["neg", "pos"])


def test_labels_put_classes_that_are_strings_in_order() -> None:
    true, predicted = ["cat", "dog", "dog"], np.array(["cat", "cat", "dog"])
    ax = viz.confusion(true, predicted, labels=["dog", "cow", "cat"])
    assert cells(ax) == [["1", "0", "1"], ["0", "0", "0"], ["0", "0", "1"]]
    assert ticks(ax) == ["dog", "cow", "cat"]
    assert ticks(viz.confusion(true, predicted)) == ["cat", "dog"]


@pytest.mark.parametrize(
    ("true", "predicted", "options", "error", "message"),
    [
        (
            *([0, 1], [Value(0.0), Value(1.0)], {}),
            *(TypeError, r"predicted .* Value; of a model, use viz\.confusion\(y, nn\.predict"),
        ),
        (
            [0, 1],
            [[Value(0.0)], [Value(1.0)]],
            {},
            TypeError,
            r"use viz\.confusion\(y, nn\.predict",
        ),
        ([0, 1, 1], [0.2, 0.9, 0.4], {}, ValueError, "predicted .* whole numbers .* one is 0.2"),
        ([0, math.nan], [0, 1], {}, ValueError, "true .* one is nan"),
        ([0, None], [0, 1], {}, TypeError, "true .* one is None, which is of type NoneType"),
        ([0, "1"], [0, 1], {}, TypeError, "true .* all of them strings, but one is '1'"),
        (["0", "1"], [0, 1], {}, ValueError, "one holds numbers and the other strings"),
        (3, [0, 1], {}, TypeError, "two lists of classes, but true is 3"),
        ("ab", ["a", "b"], {}, TypeError, "two lists of classes, but true is 'ab'"),
        (["a"], ["b"], {"labels": ["a"]}, ValueError, r"'b' is not among \['a'\]"),
        (["a"], ["a"], {"labels": ["a", "a"]}, ValueError, "labels must be different classes"),
        ([0, 1], [0, 1], {"labels": "ab"}, TypeError, "labels must be a list of names, .* 'ab'"),
        ([-1, 1], [1, 1], {"labels": ["a", "b", "c"]}, ValueError, "but class -1 occurs"),
    ],
)
def test_what_is_no_class_is_named(
    true: Any, predicted: Any, options: Any, error: Any, message: str
) -> None:
    with pytest.raises(error, match=message):
        viz.confusion(true, predicted, **options)


@pytest.mark.parametrize("own", [True, False], ids=["own figure", "one of six Axes"])
@pytest.mark.parametrize("name", ["", "class number "])
@pytest.mark.parametrize("n", [2, 10, 40])
def test_neither_names_nor_counts_overlap(n: int, name: str, own: bool) -> None:
    axes = plt.subplots(2, 3, layout="constrained")[1]
    labels = [f"{name}{k}" for k in range(n)]
    ax = viz.confusion(range(n), range(n), None if own else axes[0, 0], labels=labels)
    ax.figure.canvas.draw()
    for texts in (ax.get_xticklabels(), ax.get_yticklabels(), [t for t in ax.texts if own]):
        assert texts or not own
        assert all(float(text.get_fontsize()) >= 3.5 for text in texts)
        boxes = [text.get_window_extent() for text in texts]
        assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert {text.get_text() for text in ax.get_xticklabels()} <= set(labels)


# what is no model


@pytest.mark.parametrize("output", [None, "a", [], [None], [0.0, "a"]])
def test_a_model_that_returns_no_score_is_named(output: Any) -> None:
    with pytest.raises(TypeError, match=r"model must return a score, .* it returned"):
        viz.decision_boundary(lambda x: output, SQUARE, [0, 1, 0, 1])


def test_a_model_that_cannot_be_called_is_refused_with_the_way_to_call_one() -> None:
    with pytest.raises(TypeError, match=r"e\.g\. lambda x: model\.decision_function\(\[x\]\)\[0\]"):
        viz.decision_boundary(object(), SQUARE, [0, 1, 0, 1])  # type: ignore[arg-type]


def test_an_array_is_as_good_as_a_list_of_scores() -> None:
    both = [
        viz.decision_boundary(f, CORNERS, [0, 1], shading="score", resolution=5)
        for f in (lambda x: [x[0], x[1], 0.0], lambda x: np.array([x[0], x[1], 0.0]))
    ]
    assert np.array_equal(*map(pixels, both))


def test_frames_are_drawn_by_position() -> None:
    frame = pd.DataFrame(SQUARE, columns=[1, 0], index=[3, 1, 2, 0])
    classes = pd.Series([0, 1, 0, 1], index=[2, 3, 1, 0], dtype="Int64")
    expected = viz.decision_boundary(lambda x: x[0] - 0.5, SQUARE, [0, 1, 0, 1])
    for y in (classes, classes.to_frame()):
        ax = viz.decision_boundary(lambda x: x[0] - 0.5, frame, y, test=(frame, y))
        drawn = points(ax)
        assert drawn["0"] == drawn["0, test"] == points(expected)["0"]
        matrix = viz.confusion(y, [0, 1, 1, 1])
        assert matrix.get_title() == "75.0% correct (3 of 4)"
    names = pd.Series(["cat", "dog"], index=[1, 0], dtype="category")
    assert viz.confusion(names, ["cat", "cat"]).get_title() == "50.0% correct (1 of 2)"


@pytest.mark.parametrize("classes", [{0, 1}, {0: "no", 1: "yes"}])
def test_classes_without_an_order_are_refused(classes: Any) -> None:
    with pytest.raises(TypeError, match="takes two lists of classes"):
        viz.confusion(classes, [0, 1])


@pytest.mark.parametrize("X", ["points", [[0.0, 1.0], [1.0]], [["a", "b"]], [None, object()]])
def test_points_that_are_no_numbers_are_refused(X: Any) -> None:
    with pytest.raises(ValueError, match="X must hold pairs of numbers"):
        viz.decision_boundary(lambda x: 1.0, X, [0, 1])
