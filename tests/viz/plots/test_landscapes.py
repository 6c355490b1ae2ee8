"""Loss landscapes and descent paths, by what is drawn on their Axes."""

import math
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.contour import QuadContourSet

import nn
from autograd import Value
from viz.plots.landscapes import descent_path, loss_landscape


class Pair(nn.Module):
    """A model of two parameters, which returns them."""

    def __init__(self, u: float, v: float) -> None:
        self.u, self.v = Value(u), Value(v)

    def __call__(self, x: Any) -> list[Value]:
        return [self.u, self.v]


AXES = [[1.0, 0.0], [0.0, 1.0]]


def landscape(u: float, v: float, loss: Any, ax: Any = None, **options: Any) -> Any:
    """The landscape of a loss of two parameters, in the plane of the two."""
    options = {"directions": AXES, "resolution": 5} | options
    return loss_landscape(Pair(u, v), lambda out, y: loss(*out), [0.0], [0.0], ax, **options)


def contrast(colour: Any, other: Any) -> float:
    """WCAG's: from 1 for the same colour to 21 for black on white."""

    def luminance(rgb: Any) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb[:3]]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    low, high = sorted([luminance(colour), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("steepness", [1.0, 1e4])
def test_a_landscape_is_light_and_the_lower_the_lighter(steepness: float) -> None:
    filled = contours(landscape(0.3, -0.2, lambda u, v: steepness * (u * u + v * v)))
    colours = filled.cmap(np.linspace(0.0, 1.0, 50))
    on_white = [contrast(colour, (1, 1, 1)) for colour in colours]
    assert on_white == sorted(on_white)
    assert all(contrast(colour, (0, 0, 0)) > 7 for colour in colours)  # black text can be read


def contours(ax: Any) -> QuadContourSet:
    (filled,) = [each for each in ax.collections if isinstance(each, QuadContourSet)]
    return filled


def drawn(ax: Any) -> np.ndarray:
    """All corners of the regions that are filled."""
    return np.vstack([path.vertices for path in contours(ax).get_paths() if len(path.vertices)])


def path_of(ax: Any) -> np.ndarray:
    return np.array(ax.lines[0].get_xydata())


def legend(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


# loss_landscape: what is computed


def test_contours_lie_where_the_loss_says() -> None:
    # Between 4u + 2v of two values lies a strip with straight edges, which the contours must follow.
    ax = landscape(0.5, -1.0, lambda u, v: 4 * u + 2 * v + 20)
    filled = contours(ax)
    np.testing.assert_allclose(filled.levels[[0, -1]], [20 - 6, 20 + 6])
    for path, low, high in zip(filled.get_paths(), filled.levels, filled.levels[1:]):
        loss = 20 + path.vertices @ [4.0, 2.0]  # the current parameters are at the origin
        np.testing.assert_array_less(low - 1e-9, loss)
        np.testing.assert_array_less(loss, high + 1e-9)


def test_the_loss_at_the_star_is_the_mean_loss_of_evaluate() -> None:
    X, y = [[0.5, 1.0], [1.5, -1.0], [-2.0, 0.25]], [1, -1, 1]
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    loss, _ = nn.evaluate(model, nn.hinge_loss, X, y)
    ax = loss_landscape(model, nn.hinge_loss, X, y, resolution=3)
    assert legend(ax) == [f"current parameters: loss {loss:.3g}"]
    assert ax.lines[-1].get_xydata().tolist() == [[0.0, 0.0]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("direction 1", "direction 2")


def test_a_model_is_called_as_often_as_stated_without_recording_and_without_dropout() -> None:
    model = nn.Sequential(nn.Layer(1, 4, seed=0), nn.Dropout(0.5, seed=1), nn.Layer(4, 1, seed=2))
    outputs = []

    def loss(out: Value, target: float) -> Value:
        outputs.append(out)
        return nn.squared_error(out, target)

    loss_landscape(model, loss, [[1.0], [2.0], [3.0]], [0.0, 0.0, 0.0], resolution=4)
    assert len(outputs) == (4**2 + 1) * 3
    assert all(out.parents == () for out in outputs)
    assert outputs[0].data == model.eval()([1.0]).data


@pytest.mark.parametrize("error", [None, ZeroDivisionError, KeyboardInterrupt])
def test_the_parameters_are_put_back_bit_for_bit_whatever_happens(error: Any) -> None:
    model = nn.MLP(2, [3, 1], seed=0, dropout=0.5)
    for parameter in model.parameters():
        parameter.data, parameter.grad = parameter.data / 3.0, 7.0
    before = [parameter.data.hex() for parameter in model.parameters()]
    calls = 0

    def loss(out: Value, target: float) -> Value:
        nonlocal calls
        calls += 1
        if calls == 8 and error is not None:
            raise error
        return nn.squared_error(out, target)

    with nullcontext() if error is None else pytest.raises(error):
        loss_landscape(model, loss, [[1.0, 2.0]], [0.5], resolution=3)
    assert calls == (10 if error is None else 8)
    assert [parameter.data.hex() for parameter in model.parameters()] == before
    assert {parameter.grad for parameter in model.parameters()} == {7.0}
    assert all(module.training for module in model.modules())


def random_directions(model: nn.Module, seed: int = 0) -> np.ndarray:
    """The two directions, told by the parameters that the loss was computed with."""
    seen = []

    def loss(out: Value, target: float) -> Value:
        seen.append([parameter.data for parameter in model.parameters()])
        return nn.squared_error(out, target)

    loss_landscape(model, loss, [[1.0, 2.0]], [0.0], resolution=3, extent=2.0, seed=seed)
    current, *grid = np.array(seen)
    right, up = grid[5] - current, grid[7] - current  # the middles of two sides
    return np.array([right, up]) / 2.0


def test_random_directions_are_as_long_as_each_neurons_weights_and_leave_biases_alone() -> None:
    # The normalization of Li et al. 2018.
    model = nn.MLP(2, [3, 1], activation="prelu", seed=0)
    data = dict(model.named_parameters())
    for direction in random_directions(model):
        along = dict(zip(data, direction.tolist()))
        for layer, n_inputs, n_neurons in ((0, 2, 3), (1, 3, 1)):
            for k in range(n_neurons):
                neuron = f"layers.{layer}.neurons.{k}"
                weights = [f"{neuron}.w{i}" for i in range(n_inputs)]
                own = math.hypot(*(data[name].data for name in weights))
                assert math.hypot(*(along[name] for name in weights)) == pytest.approx(own)
                assert along[f"{neuron}.b"] == 0.0
        assert along["layers.0.neurons.0.slope"] == 0.0


def test_a_seed_fixes_the_directions() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    first = random_directions(model, seed=1)
    np.testing.assert_array_equal(first, random_directions(model, seed=1))
    assert not np.allclose(first, random_directions(model, seed=2))
    assert not np.allclose(first[0], first[1])


# loss_landscape: paths


def test_a_path_is_projected_on_the_plane_of_given_directions() -> None:
    # Two directions that are neither orthogonal nor of length 1, and a component outside the plane.
    model = nn.MLP(1, [1, 1], seed=0)
    current = np.array([parameter.data for parameter in model.parameters()])
    directions = np.array([[2.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    coordinates = np.array([[3.0, -1.0], [0.5, 0.25], [0.0, 0.0]])
    path = current + coordinates @ directions + [0.0, 0.0, 5.0, -3.0]
    ax = loss_landscape(
        model, nn.squared_error, [[1.0]], [0.0], directions=directions, path=path, resolution=3
    )
    np.testing.assert_allclose(path_of(ax), coordinates, atol=1e-12)
    np.testing.assert_allclose([ax.get_xlim(), ax.get_ylim()], [[-1.0, 3.0], [-1.0, 1.0]])
    assert legend(ax)[0] == "start"
    np.testing.assert_allclose(ax.lines[2].get_xydata(), coordinates[:1], atol=1e-12)


def test_without_directions_a_path_in_a_plane_is_drawn_undistorted_and_as_a_whole() -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    current = np.array([parameter.data for parameter in model.parameters()])
    plane = np.zeros((2, len(current)))
    plane[0, [0, 3]], plane[1, 5] = [0.6, 0.8], 1.0
    coordinates = np.array([[5.0, 1.0], [3.0, 2.0], [1.0, -0.5], [0.0, 0.0]])
    ax = loss_landscape(
        model,
        nn.squared_error,
        [[1.0, 2.0]],
        [0.0],
        path=current + coordinates @ plane,
        resolution=3,
    )
    # A rotation or reflection keeps all products; the first component is the one that varies most.
    points = path_of(ax)
    np.testing.assert_allclose(points @ points.T, coordinates @ coordinates.T, atol=1e-9)
    assert (points**2).sum(axis=0)[0] > (points**2).sum(axis=0)[1]
    share = (points**2).sum(axis=0) / (points**2).sum()
    assert ax.get_xlabel() == f"first principal component ({share[0]:.0%})"
    assert ax.get_ylabel() == f"second principal component ({share[1]:.0%})"
    for values, (low, high) in zip(points.T, (ax.get_xlim(), ax.get_ylim())):
        assert low < values.min()
        assert values.max() < high


# loss_landscape: levels and colours


def test_levels_are_logarithmic_if_losses_differ_by_more_than_a_factor_of_100() -> None:
    levels = contours(landscape(0.0, 0.0, lambda u, v: (3 * u).exp())).levels  # e⁻³ to e³
    np.testing.assert_allclose(np.log(levels), np.linspace(-3.0, 3.0, len(levels)), atol=1e-9)
    levels = contours(landscape(0.0, 0.0, lambda u, v: (2 * u).exp())).levels
    np.testing.assert_allclose(np.diff(levels), levels[1] - levels[0])


def test_a_loss_of_0_is_drawn_too() -> None:
    ax = landscape(0.0, 0.0, lambda u, v: u.relu())
    assert drawn(ax).min(axis=0).tolist() == [-1.0, -1.0]
    assert contours(ax).levels[0] > 0.0


def test_losses_that_are_not_finite_are_left_white() -> None:
    ax = landscape(0.0, 0.0, lambda u, v: (u - 0.25).log() + v)  # nan up to 1/4
    assert drawn(ax).min(axis=0).tolist() == [0.5, -1.0]
    ax.figure.canvas.draw()


@pytest.mark.parametrize("constant", [0.0, -3.0, 1e-9, 1e150])
def test_a_constant_loss_is_one_region(constant: float) -> None:
    ax = landscape(0.0, 0.0, lambda u, v: u * 0 + constant)
    assert sum(len(path.vertices) > 0 for path in contours(ax).get_paths()) == 1
    ax.figure.canvas.draw()


def test_huge_and_tiny_losses_can_be_drawn() -> None:
    for factor in (1e-300, 1e-150, 1e190, 1e300):
        landscape(0.0, 0.0, lambda u, v, factor=factor: factor * (u * u + v)).figure.canvas.draw()


def test_loss_landscape_draws_on_the_axes_given_or_makes_its_own() -> None:
    figure, axes = plt.subplots(2, 3, layout="constrained")
    assert landscape(0.0, 0.0, lambda u, v: u + v, axes[0, 1]) is axes[0, 1]
    assert [ax.has_data() for ax in axes.flat] == [False, True, False, False, False, False]
    assert landscape(0.0, 0.0, lambda u, v: u + v).figure is not figure
    figure.canvas.draw()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"directions": [[1.0, 0.0]]},
            r"directions must have the shape \(2, 2\), but has \(1, 2\)",
        ),
        (
            {"directions": [[1.0, 0.0], [0.0, math.nan]]},
            "directions must hold finite .* one is nan",
        ),
        ({"directions": [[1.0, 2.0], [-2.0, -4.0]]}, "must span a plane .* of the 2 parameters"),
        ({"directions": [[1.0, 2.0], [0.0, 0.0]]}, "one is a multiple of the other, or 0"),
        ({"path": [[1.0, 2.0, 3.0]]}, r"path must have the shape \(any, 2\), but has \(1, 3\)"),
        ({"path": []}, r"path must have the shape \(any, 2\), but has \(0,\)"),
        ({"path": [[math.inf, 0.0]]}, "path must hold finite numbers, but one is inf"),
        (
            {"path": [[1.0, 1.0], [2.0, 2.0]], "directions": None},
            "lies on a line with them: give two",
        ),
        ({"resolution": 1}, "resolution at least 2, but they are 1.0 and 1"),
        ({"extent": 0.0}, "extent must be a finite number above 0"),
        ({"extent": math.nan}, "extent must be a finite number above 0"),
    ],
)
def test_a_wrong_argument_of_loss_landscape_is_named(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        landscape(0.0, 0.0, lambda u, v: u + v, **options)


def test_loss_landscape_refuses_what_it_cannot_draw() -> None:
    with pytest.raises(TypeError, match="takes a model of nn, a Module, but got 3"):
        loss_landscape(3, nn.squared_error, [0.0], [0.0])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="as many targets, but holds 1 and 2"):
        loss_landscape(Pair(0.0, 0.0), nn.squared_error, [0.0], [0.0, 1.0])
    with pytest.raises(ValueError, match="the model's parameters must hold finite numbers"):
        landscape(math.inf, 0.0, lambda u, v: u)
    with pytest.raises(ValueError, match="mean loss is finite nowhere in the picture"):
        landscape(0.0, 0.0, lambda u, v: u * math.nan)
    # Of a neuron with one weight, whose bias stays, all random directions are the same line.
    with pytest.raises(ValueError, match="must span a plane"):
        loss_landscape(nn.Neuron(1, seed=0), nn.squared_error, [[1.0]], [0.0])


# descent_path


def valley(a: Value, b: Value) -> Value:
    return a**2 + 10 * b**2


def test_descent_in_a_narrow_valley_zigzags_as_the_formula_says() -> None:
    # x ← x − lr · f′(x): a shrinks by 1 − 2·lr a step, and b by 1 − 20·lr, which is below 0.
    ax = descent_path(valley, [4.0, 1.0], lr=0.09, steps=12)
    steps = np.arange(13)
    np.testing.assert_allclose(path_of(ax), np.transpose([4 * 0.82**steps, (-0.8) ** steps]))
    last = 16 * 0.82**24 + 10 * 0.8**24
    assert legend(ax) == ["start: f = 26", f"after 12 steps: f = {last:.3g}"]
    assert ax.lines[-1].get_xydata().tolist() == [path_of(ax)[-1].tolist()]
    assert ax.get_aspect() == 1.0


def test_an_optimizer_takes_the_place_of_the_learning_rate() -> None:
    ax = descent_path(
        valley,
        [4.0, 1.0],
        optimizer=lambda parameters: nn.SGD(parameters, lr=0.01, momentum=0.5),
        steps=2,
    )
    # Velocities: (8, 20), then 0.5 · (8, 20) + (2 · 3.92, 20 · 0.8).
    np.testing.assert_allclose(path_of(ax), [[4.0, 1.0], [3.92, 0.8], [3.8016, 0.54]])


def test_the_contours_are_those_of_f_and_hold_the_whole_path() -> None:
    ax = descent_path(lambda a, b: 3 * a - 4 * b, [1.0, 1.0], lr=0.1, steps=10)
    filled = contours(ax)
    for path, low, high in zip(filled.get_paths(), filled.levels, filled.levels[1:]):
        f = path.vertices @ [3.0, -4.0]
        np.testing.assert_array_less(low - 1e-9, f)
        np.testing.assert_array_less(f, high + 1e-9)
    low, high = drawn(ax).min(axis=0), drawn(ax).max(axis=0)
    np.testing.assert_allclose([ax.get_xlim(), ax.get_ylim()], np.transpose([low, high]))
    np.testing.assert_array_less(low, path_of(ax).min(axis=0))
    np.testing.assert_array_less(path_of(ax).max(axis=0), high)


def test_a_path_along_one_axis_is_drawn_in_no_strip() -> None:
    ax = descent_path(lambda a, b: a**2, [1000.0, 1.0], lr=0.1, steps=5)
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert (right - left) / (top - bottom) == pytest.approx(2.0)
    ax.figure.canvas.draw()


def test_a_path_that_does_not_move_is_a_point() -> None:
    ax = descent_path(lambda a, b: 0 * a + 3.0, [1e6, -2.0], lr=0.1, steps=1)
    assert path_of(ax).tolist() == [[1e6, -2.0]] * 2
    assert legend(ax) == ["start: f = 3", "after 1 step: f = 3"]
    ax.figure.canvas.draw()


def test_a_path_ends_where_it_is_no_longer_finite_and_says_so() -> None:
    ax = descent_path(valley, [4.0, 1.0], lr=0.2, steps=5000)  # b grows by a factor of −3 a step
    n_steps = len(path_of(ax)) - 1
    # f = 10 · 9ⁿ passes 1e200 at this step.
    assert n_steps == math.floor(199 / math.log10(9))
    assert legend(ax)[1].splitlines()[1] == f"step {n_steps + 1} leads to nan or inf: the path ends"
    ax.figure.canvas.draw()
    ax = descent_path(lambda a, b: a.log() + b, [0.5, 0.0], lr=0.3, steps=9)  # 0.5 → −0.1
    assert legend(ax)[1] == "after 0 steps: f = −0.693\nstep 1 leads to nan or inf: the path ends"


def test_descent_path_draws_on_the_axes_given_or_makes_its_own() -> None:
    figure, axes = plt.subplots(2, 3, layout="constrained")
    assert descent_path(valley, [1.0, 1.0], axes[1, 0], lr=0.01, steps=1) is axes[1, 0]
    assert [ax.has_data() for ax in axes.flat] == [False, False, False, True, False, False]
    assert descent_path(valley, [1.0, 1.0], lr=0.01, steps=1).figure is not figure


def test_a_wrong_argument_of_descent_path_is_named() -> None:
    with pytest.raises(ValueError, match="either a learning rate, lr=, or an optimizer"):
        descent_path(valley, [1.0, 1.0], steps=1)
    with pytest.raises(ValueError, match="not both or none"):
        descent_path(valley, [1.0, 1.0], steps=1, lr=0.1, optimizer=lambda ps: nn.SGD(ps, lr=0.1))
    with pytest.raises(ValueError, match=r"start must have the shape \(2\), but has \(3,\)"):
        descent_path(valley, [1.0, 1.0, 1.0], lr=0.1, steps=1)
    with pytest.raises(ValueError, match="steps must be a whole number of at least 1, but is 0"):
        descent_path(valley, [1.0, 1.0], lr=0.1, steps=0)
    with pytest.raises(ValueError, match=r"finite at the start, but f\(-1\.0, 1\.0\) is nan"):
        descent_path(lambda a, b: a.log() + b, [-1.0, 1.0], lr=0.1, steps=1)
    with pytest.raises(TypeError, match=r"f must return a Value, but returned 3\.0"):
        descent_path(lambda a, b: 3.0, [1.0, 1.0], lr=0.1, steps=1)  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(
    ("start", "lr"),
    [([4.0, 1.0], 0.6), ([1e-9, 1e-9], 0.01), ([1e6 + 4.0, 1e6], 0.001), ([1e6, 1.0], 0.01)],
)
def test_no_factor_of_the_ticks_stands_where_the_legend_is(start: list[float], lr: float) -> None:
    centre = 1e6 if start[1] == 1e6 else 0.0
    ax = descent_path(lambda a, b: valley(a - centre, b - centre), start, lr=lr, steps=30)
    ax.figure.canvas.draw()
    for axis in (ax.xaxis, ax.yaxis):
        assert axis.get_offset_text().get_text() == ""
        low, high = sorted(axis.get_view_interval())
        shown = {
            place: float(label.get_text().replace("−", "-"))
            for place, label in zip(axis.get_majorticklocs(), axis.get_majorticklabels())
            if low <= place <= high
        }
        assert len(shown) > 1
        for place, number in shown.items():
            assert number == pytest.approx(place, abs=1e-3 * (high - low))


def test_what_is_no_function_is_refused_where_one_is_needed() -> None:
    model = nn.MLP(1, [2, 1], seed=0)
    sgd = nn.SGD(model.parameters(), lr=0.1)
    with pytest.raises(TypeError, match="f must be a function of two Values"):
        descent_path("a**2", [1.0, 1.0], lr=0.1, steps=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="optimizer must be a function that makes an optimizer"):
        descent_path(valley, [1.0, 1.0], optimizer=sgd, steps=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"loss must be a function .* e\.g\. nn\.hinge_loss"):
        loss_landscape(model, "hinge", [[1.0]], [1])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"loss must return a Value, but returned 1\.0"):
        loss_landscape(model, lambda *_: 1.0, [[1.0]], [1], resolution=2)  # type: ignore[arg-type,return-value]


def test_a_path_that_is_none_is_refused() -> None:
    model = nn.MLP(1, [2, 1], seed=0)
    with pytest.raises(TypeError, match=r"path must be .* got a History.*callbacks=\[lambda"):
        loss_landscape(model, nn.hinge_loss, [[1.0]], [1], path=nn.History())  # type: ignore[arg-type]
    for path in ("training", [[1.0], [1.0, 2.0]]):
        with pytest.raises(ValueError, match=r"path must be numbers of the shape \(any, 7\), but"):
            loss_landscape(model, nn.hinge_loss, [[1.0]], [1], path=path)
    with pytest.raises(TypeError, match=r"X must be a list or an array, .* but got None"):
        loss_landscape(model, nn.hinge_loss, None, None)  # type: ignore[arg-type]
