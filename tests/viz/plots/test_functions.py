"""Fitted functions and weights as images, by what is drawn on their Axes."""

import math
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.patches import PathPatch

import nn
from autograd import Value
from viz.plots.functions import function_fit, weights_as_images


def lines(ax: Any) -> dict[str, np.ndarray]:
    return {line.get_label(): np.array(line.get_xydata()) for line in ax.lines}


# function_fit


def test_the_largest_error_is_told_and_marked_where_it_is() -> None:
    # x − x² is largest at 1/2.
    drawn = lines(function_fit(lambda x: x * x, lambda x: x, 0.0, 1.0, n=101))
    assert list(drawn) == ["f, the target", "g, the model", "max |f − g| = 0.25 at x = 0.5"]
    assert drawn["max |f − g| = 0.25 at x = 0.5"].tolist() == [[0.5, 0.25], [0.5, 0.5]]
    xs = np.linspace(0.0, 1.0, 101)
    np.testing.assert_array_equal(drawn["f, the target"], np.transpose([xs, xs * xs]))
    np.testing.assert_array_equal(drawn["g, the model"], np.transpose([xs, xs]))


def test_a_perfect_fit_has_error_0() -> None:
    assert "max |f − g| = 0 at x = −1" in lines(function_fit(math.sin, math.sin, -1.0, 1.0))


def test_models_of_numbers_of_lists_and_of_nn_are_all_drawn_alike() -> None:
    layer = nn.Layer(1, 1, None, seed=0)
    layer.neurons[0].weights[0].data, layer.neurons[0].bias.data = 2.0, 1.0
    models: list[Any] = [
        layer,
        lambda x: 2 * x + 1,
        lambda x: Value(2 * x + 1),
        lambda xs: 2 * xs[0] + 1,
        lambda xs: [Value(2 * xs[0] + 1)],
        lambda xs: np.float64(2 * xs[0] + 1),
    ]
    for model in models:
        ax = function_fit(lambda x: 2 * x + 1, model, -1.0, 1.0, n=5)
        assert lines(ax)["g, the model"][:, 1].tolist() == [-1.0, 0.0, 1.0, 2.0, 3.0]


def test_a_model_runs_without_recording_and_without_dropout() -> None:
    outputs: list[Any] = []

    class Recording(nn.Module):
        def __init__(self) -> None:
            self.mlp = nn.MLP(1, [8, 1], seed=0, dropout=0.5)

        def __call__(self, x: Any) -> Any:
            outputs.append(self.mlp(x))
            return outputs[-1]

    model = Recording()
    function_fit(math.sin, model, -1.0, 1.0, n=7)
    assert len(outputs) == 7
    assert all(out.parents == () for out in outputs)
    assert model.training
    assert outputs[-1].data == model.eval()([1.0]).data


def test_samples_are_drawn_as_points() -> None:
    column, ys = [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.5]
    drawn = lines(function_fit(abs, abs, -1.0, 1.0, samples=(column, ys)))
    assert drawn["samples"].tolist() == [[-1.0, 1.0], [0.0, 0.0], [1.0, 1.5]]


def test_points_at_which_the_target_is_not_finite_do_not_count() -> None:
    ax = function_fit(lambda x: 1 / x if x else math.inf, lambda x: 0.0, -1.0, 1.0, n=5)
    assert "max |f − g| = 2 at x = −0.5" in lines(ax)
    assert math.isnan(lines(ax)["f, the target"][2, 1])
    ax.figure.canvas.draw()


@pytest.mark.parametrize("number", [math.nan, -math.inf])
def test_an_approximation_that_is_not_finite_has_an_infinite_error(number: float) -> None:
    ax = function_fit(abs, lambda x: number if x > 0 else 9.0, -1.0, 1.0, n=5)
    mark = ax.lines[-1]
    assert mark.get_label() == "max |f − g| = inf at x = 0.5"
    assert mark.get_xdata() == [0.5, 0.5]
    ax.figure.canvas.draw()


def test_the_legend_lies_outside_of_the_curves() -> None:
    ax = function_fit(math.sin, math.cos, -9.0, 9.0)
    ax.figure.canvas.draw()
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1 - 1.0


def test_function_fit_draws_on_the_axes_given_or_makes_its_own() -> None:
    figure, axes = plt.subplots(2, 3, layout="constrained")
    assert function_fit(math.sin, math.cos, 0.0, 1.0, axes[0, 2]) is axes[0, 2]
    assert [ax.has_data() for ax in axes.flat] == [False, False, True, False, False, False]
    assert function_fit(math.sin, math.cos, 0.0, 1.0).figure is not figure


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"low": 1.0},
            "low must be below high, both finite, and n at least 2, but they are 1.0, 1.0",
        ),
        ({"low": -math.inf}, "low must be below high"),
        ({"n": 1}, "n at least 2, but they are 0.0, 1.0 and 1"),
        ({"samples": ([1.0, 2.0], [1.0])}, r"equally many numbers, but their numbers are \[2, 1\]"),
        ({"samples": ([1.0], [1.0], [1.0])}, "samples must be a pair, x and y"),
        ({"model": lambda x: [x, x]}, "draws one output, but the model has 2"),
        ({"target": lambda x: math.nan}, "the target is finite nowhere between 0.0 and 1.0"),
    ],
)
def test_a_wrong_argument_of_function_fit_is_named(options: Any, message: str) -> None:
    arguments: Any = {"target": abs, "model": abs, "low": 0.0, "high": 1.0} | options
    with pytest.raises(ValueError, match=message):
        function_fit(**arguments)


def test_a_type_error_within_a_model_comes_through() -> None:
    def model(x: Any) -> Any:
        raise TypeError("my own")

    with pytest.raises(TypeError, match="my own"):
        function_fit(abs, model, 0.0, 1.0)


# weights_as_images


def layer_with(weights: list[list[float]]) -> nn.Layer:
    layer = nn.Layer(len(weights[0]), len(weights), seed=0)
    for neuron, row in zip(layer.neurons, weights):
        for weight, number in zip(neuron.weights, row):
            weight.data = number
    return layer


def test_each_image_holds_the_weights_of_a_neuron_row_by_row() -> None:
    weights = [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [-1.0, 0.0, 0.5, 0.0, 0.0, -8.0]]
    images = weights_as_images(layer_with(weights), (2, 3)).images
    assert [image.get_array().tolist() for image in images] == [
        [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
        [[-1.0, 0.0, 0.5], [0.0, 0.0, -8.0]],
    ]


def test_one_scale_symmetric_about_0_holds_for_all_images() -> None:
    ax = weights_as_images(layer_with([[0.1, 0.2], [-3.0, 1.0]]), (1, 2))
    assert [image.get_clim() for image in ax.images] == [(-3.0, 3.0)] * 2
    (bar,) = ax.child_axes
    assert [tick.get_text() for tick in bar.get_yticklabels()] == ["−3", "0", "3"]
    assert bar.get_ylabel() == "weight"


def test_positive_weights_are_blue_negative_ones_orange_0_white_and_nan_grey() -> None:
    (image,) = weights_as_images(layer_with([[-1.0, 0.0, 1.0, math.nan]]), (2, 2)).images
    (orange, white), (blue, grey) = image.to_rgba(image.get_array())[..., :3]
    assert orange[0] > orange[2]
    assert blue[2] > blue[0]
    assert white.min() > 0.99
    assert len(set(grey)) == 1


def test_images_stand_in_rows_without_overlap_each_below_its_number() -> None:
    ax = weights_as_images(nn.Layer(8, 12, seed=0), (4, 2), n_columns=5)
    boxes = [image.get_extent() for image in ax.images]
    numbers = {patch.get_gid(): patch for patch in ax.patches if isinstance(patch, PathPatch)}
    assert list(numbers) == [f"neuron {k}" for k in range(12)]
    assert [k for k in range(1, 12) if boxes[k][0] < boxes[k - 1][0]] == [5, 10]
    for k, (left, right, bottom, top) in enumerate(boxes):
        if k % 5:
            assert boxes[k - 1][1] < left
        number = numbers[f"neuron {k}"].get_path().get_extents()
        assert number.x0 >= left - 0.02
        assert number.x1 <= right
        assert number.y0 > top
        if k >= 5:
            assert number.y1 < boxes[k - 5][2]
        assert (right - left) / (top - bottom) == pytest.approx(2 / 4)
        inside = np.array([ax.get_xlim(), ax.get_ylim()])
        assert inside[0, 0] < left < right < inside[0, 1]
        assert inside[1, 0] < bottom < number.y1 < inside[1, 1]


@pytest.mark.parametrize(
    ("n", "shape", "columns"), [(16, (8, 8), 4), (10, (8, 8), 4), (4, (1, 64), 1)]
)
def test_without_a_number_of_columns_the_whole_is_about_square(
    n: int, shape: tuple[int, int], columns: int
) -> None:
    ax = weights_as_images(nn.Layer(64, n, seed=0), shape)
    assert len({image.get_extent()[0] for image in ax.images}) == columns


def test_the_first_layer_of_a_model_is_drawn() -> None:
    mlp = nn.MLP(4, [3, 2], seed=0)
    dropout = nn.Sequential(nn.Dropout(0.1), nn.Sequential(mlp.layers[0]), mlp.layers[1])
    for model in (mlp, mlp.layers[0], dropout):
        (first, *_) = images = weights_as_images(model, (2, 2)).images
        assert len(images) == 3
        expected = [weight.data for weight in mlp.layers[0].neurons[0].weights]
        assert first.get_array().ravel().tolist() == expected


@pytest.mark.parametrize("weight", [0.0, math.nan, math.inf])
def test_weights_that_are_all_0_or_not_finite_are_drawn(weight: float) -> None:
    ax = weights_as_images(layer_with([[weight, weight]]), (1, 2))
    assert ax.images[0].get_clim() == (-1.0, 1.0)
    ax.figure.canvas.draw()


@pytest.mark.parametrize(("n", "shape"), [(10, (8, 8)), (12, (4, 16)), (1, (1, 64)), (3, (64, 1))])
def test_the_scale_lies_within_the_figure(n: int, shape: tuple[int, int]) -> None:
    ax = weights_as_images(nn.Layer(64, n, seed=0), shape)
    ax.figure.canvas.draw()
    (bar,) = ax.child_axes
    assert bar.get_tightbbox().x1 <= ax.figure.bbox.x1


def test_weights_as_images_draws_on_the_axes_given_or_makes_its_own() -> None:
    figure, axes = plt.subplots(2, 3, layout="constrained")
    layer = nn.Layer(4, 2, seed=0)
    assert weights_as_images(layer, (2, 2), axes[1, 1]) is axes[1, 1]
    assert [ax.has_data() for ax in axes.flat] == [False, False, False, False, True, False]
    assert weights_as_images(layer, (2, 2)).figure is not figure


def test_a_shape_that_does_not_fit_and_a_model_without_a_first_layer_are_refused() -> None:
    layer = nn.Layer(6, 2, seed=0)
    with pytest.raises(
        ValueError, match=r"shape \(2, 2\) has 4 pixels, but the layer has 6 inputs"
    ):
        weights_as_images(layer, (2, 2))
    with pytest.raises(ValueError, match="a length in shape must be a whole number of at least 1"):
        weights_as_images(layer, (-2, -3))
    with pytest.raises(ValueError, match="n_columns must be a whole number of at least 1"):
        weights_as_images(layer, (2, 3), n_columns=0)
    for model in (nn.Sequential(nn.Maxout(6, 6, seed=0), layer), nn.Dropout(0.5), [layer]):
        with pytest.raises(TypeError, match="a Layer, or a model that begins with one, but got"):
            weights_as_images(model, (2, 3))  # type: ignore[arg-type]


# what is refused, or does not count


def test_points_at_which_the_target_raises_do_not_count() -> None:
    for target, gap in ((math.log, [0, 1]), (lambda x: 1 / x, [1])):
        ax = function_fit(target, lambda x: 0.0, -1.0, 3.0, n=5)
        f = lines(ax)["f, the target"][:, 1]
        assert np.flatnonzero(np.isnan(f)).tolist() == gap
        assert f[4] == target(3.0)


def test_where_a_model_raises_its_error_is_infinite() -> None:
    # It is asked first at a point where it is undefined, and given floats all the same.
    ax = function_fit(lambda x: 0.0, math.log, -1.0, 3.0, n=5)
    assert ax.lines[-1].get_label() == "max |f − g| = inf at x = −1"
    assert lines(ax)["g, the model"][2:, 1].tolist() == [math.log(x) for x in (1.0, 2.0, 3.0)]


def test_functions_that_raise_everywhere_give_their_reason() -> None:
    with pytest.raises(
        ValueError, match=r"finite nowhere between -2.0 and -1.0; it raises ValueError"
    ):
        function_fit(math.log, abs, -2.0, -1.0)
    with pytest.raises(ValueError, match="takes 2 inputs, but got 1"):
        function_fit(abs, nn.MLP(2, [1], seed=0), 0.0, 1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"target": "sin"},
            r"target must be a function of a float, e\.g\. math\.sin, but got 'sin'",
        ),
        ({"target": np.zeros(400)}, "target must be a function .* of type ndarray"),
        ({"model": [1.0]}, r"model must be .* but got \[1\.0\]"),
        ({"low": "0"}, "for low, takes a number"),
        *[
            ({"model": lambda x, output=output: output}, "model must return a number, but returned")
            for output in (None, "1", [], [None])
        ],
        ({"target": lambda x: "1"}, "target must return a number, but returned '1'"),
    ],
)
def test_what_is_no_function_of_a_number_is_named(options: Any, message: str) -> None:
    arguments: Any = {"target": abs, "model": abs, "low": 0.0, "high": 1.0} | options
    with pytest.raises(TypeError, match=message):
        function_fit(**arguments)


def test_samples_that_are_no_numbers_are_refused() -> None:
    for samples in (("a", "b"), ([[0.0], [1.0, 2.0]], [1.0])):
        with pytest.raises(ValueError, match="samples must be a pair, x and y, of numbers"):
            function_fit(abs, abs, 0.0, 1.0, samples=samples)


@pytest.mark.parametrize("arguments", [(64,), (8, 8), ((8, 8, 1),), ("8x8",), ("88",), (None,)])
def test_a_shape_that_is_no_pair_is_refused(arguments: Any) -> None:
    with pytest.raises(TypeError, match=r"shape must be .* such as \(8, 8\), but got"):
        weights_as_images(nn.Layer(64, 2, seed=0), *arguments)
