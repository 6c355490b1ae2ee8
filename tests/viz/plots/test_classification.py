"""Decision boundaries and confusion, by what is drawn on their Axes."""

from typing import Any

import numpy as np
import pytest
from matplotlib.contour import ContourSet, QuadContourSet

import viz
from autograd import Value, sigmoid


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
    # The boundary of x₁ + x₂ = 1 is a straight line, which the contour must follow.
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


def test_of_several_scores_the_largest_decides() -> None:
    corners = [[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]

    def scores(x: list[float]) -> list[Value]:
        return [-((Value(x[0]) - a) ** 2) - (Value(x[1]) - b) ** 2 for a, b in corners]

    ax = viz.decision_boundary(scores, corners, [0, 1, 2])
    assert points(ax) == {str(k): [corner] for k, corner in enumerate(corners)}
    for k, region in enumerate(regions(ax)):
        inside = [region.get_paths()[0].contains_point(corner) for corner in corners]
        assert inside == [other == k for other in range(3)]


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
    with pytest.raises(ValueError, match=r"\(2,\) and \(1,\)"):
        viz.confusion([0, 1], [0])
    with pytest.raises(ValueError, match=r"\(0,\) and \(0,\)"):
        viz.confusion([], [])
