"""The layout of a network: which numbers are shown, where, and how strong."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, zero_grad
from nn import MLP, Dropout, Layer, Maxout, Neuron, Sequential
from nn.module import Module
from viz.network_layout import Circle, Drawing, Line, Stroke, Values, layout
from viz.themes import LIGHT


def drawn(model: Module, values: Values = "weight", max_units: int = 10) -> Drawing:
    return layout(model, values, LIGHT, max_units)


def lines(drawing: Drawing) -> dict[str, Line]:
    return {line.name: line for line in drawing.lines}


def circles(drawing: Drawing, kind: str = "unit") -> dict[str, Circle]:
    return {circle.name: circle for circle in drawing.circles if circle.kind == kind}


def captions(drawing: Drawing) -> list[list[str]]:
    """Each column's texts below its circles, from left to right; bold texts begin and end them."""
    lowest = max(circle.centre[1] for circle in drawing.circles)
    bold = [text for text in drawing.texts if text.bold and text.at[1] > lowest]
    top, bottom, *_ = sorted({text.at[1] for text in bold})
    return [
        [t.text for t in drawing.texts if t.at[0] == name.at[0] and top <= t.at[1] < bottom]
        for name in sorted(bold, key=lambda text: text.at)
        if name.at[1] == top
    ]


def words(drawing: Drawing) -> list[str]:
    return [text.text for text in drawing.texts]


# What is shown.


@pytest.mark.parametrize(
    ("model", "n_weights", "total"),
    [
        (MLP(3, [4, 4, 1]), 32, "41 parameters: 32 weights, 9 biases"),
        (MLP(3, [4, 2]), 20, "26 parameters: 20 weights, 6 biases"),
        (Layer(2, 3), 6, "9 parameters: 6 weights, 3 biases"),
        (Neuron(3), 3, "4 parameters: 3 weights, 1 bias"),
        (Maxout(2, 3, 4), 24, "36 parameters: 24 weights, 12 biases"),
        (Sequential(Sequential(Layer(2, 3)), Neuron(3)), 9, "13 parameters: 9 weights, 4 biases"),
    ],
)
def test_every_weight_is_a_line_and_every_bias_an_outline(
    model: Module, n_weights: int, total: str
) -> None:
    weights, biases = model.weights_and_biases()
    drawing = drawn(model)
    assert len(drawing.lines) == len(lines(drawing)) == len(weights) == n_weights
    assert any(total in text for text in words(drawing))
    with_bias = [circle for circle in drawing.circles if "b = " in circle.hover]
    assert len(with_bias) == len(biases)


def test_lines_are_named_as_the_parameters_and_join_the_right_circles() -> None:
    model = MLP(3, [4, 4, 1], seed=0)
    drawing = drawn(model)
    parameters = dict(model.named_parameters())
    assert lines(drawing).keys() <= parameters.keys()
    x1, unit3 = circles(drawing, "input")["x1"], circles(drawing)["layers.0.neurons.3"]
    line = lines(drawing)["layers.0.neurons.3.w1"]
    assert (line.start, line.end) == (x1.centre, unit3.centre)
    for line in drawing.lines:
        assert line.hover.startswith(f"{line.name} = {parameters[line.name].data!r}, ")


def test_layers_stand_from_left_to_right_and_the_inputs_are_not_counted() -> None:
    drawing = drawn(MLP(3, [4, 4, 1], output_activation="tanh"))
    assert captions(drawing) == [
        ["input", "3 numbers", "not counted as a layer"],
        ["layers.0", "4 units", "relu"],
        ["layers.1", "4 units", "relu"],
        ["layers.2", "1 unit", "tanh"],
    ]
    assert any(text.startswith("3 layers, the input layer not counted") for text in words(drawing))
    assert all(line.start[0] < line.end[0] for line in drawing.lines)


def test_dropout_is_a_note_and_no_column() -> None:
    model = Sequential(Dropout(0.1), Layer(2, 3), Dropout(0.5), Maxout(3, 2), Dropout(1 / 3))
    assert captions(drawn(model)) == [
        ["input", "2 numbers", "not counted as a layer", "then dropout 0.1"],
        ["layers.1", "3 units", "relu", "then dropout 0.5"],
        ["layers.3", "2 units", "maxout of 2 pieces", "then dropout 0.333"],
    ]
    notes = [caption[3:] for caption in captions(drawn(MLP(2, [3, 3, 1], dropout=0.2)))]
    assert notes == [[], ["then dropout 0.2"], ["then dropout 0.2"], []]


def test_the_pieces_of_a_maxout_unit_have_circles_of_their_own_where_their_lines_arrive() -> None:
    drawing = drawn(Maxout(2, 1, 3))
    pieces = circles(drawing, "piece")
    assert list(circles(drawing)) == ["neurons.0"]
    assert list(pieces) == ["neurons.0.0", "neurons.0.1", "neurons.0.2"]
    for line in drawing.lines:
        assert line.end == pieces[line.name.rpartition(".")[0]].centre
    heights = [piece.centre[1] for piece in pieces.values()]
    assert all(above + 2 * pieces["neurons.0.0"].radius < y for above, y in pairwise(heights))


def test_shared_parameters_are_drawn_wherever_they_are_used_and_counted_once() -> None:
    layer = Layer(2, 2)
    drawing = drawn(Sequential(layer, layer))
    assert (len(drawing.lines), len(drawing.circles)) == (8, 6)
    assert any("6 parameters" in text for text in words(drawing))


def test_long_names_are_cut_in_captions_and_whole_on_hover() -> None:
    def an_activation_with_a_very_long_name(x: Value) -> Value:
        return x

    drawing = drawn(Layer(1, 1, an_activation_with_a_very_long_name))
    (_, (_, _, name)) = captions(drawing)
    assert name.endswith("…")
    assert len(name) < 25
    assert "an_activation_with_a_very_long_name\n" in circles(drawing)["neurons.0"].hover


def test_different_activations_of_a_layer_are_all_named() -> None:
    layer = Layer(1, 3)
    layer.neurons[1].activation = "tanh"
    assert captions(drawn(layer))[1] == ["Layer", "3 units", "relu, tanh"]


def test_hovering_tells_of_a_learned_slope() -> None:
    drawing = drawn(Layer(1, 1, "prelu"))
    assert "neurons.0.slope = 0.25, gradient not" in circles(drawing)["neurons.0"].hover
    assert any("1 slope" in text for text in words(drawing))


def test_totals_too_long_for_a_line_are_broken_between_statements() -> None:
    model = MLP(30, [40, 10], "prelu").freeze()
    assert words(drawn(model))[-7:-4] == [
        "2 layers, the input layer not counted",
        "1,690 parameters: 1,600 weights, 50 biases, 40 slopes",
        "1,690 of them frozen",
    ]


def test_frozen_parameters_say_so() -> None:
    model = MLP(2, [2, 1])
    model.layers[0].freeze()
    drawing = drawn(model)
    frozen = {name for name, line in lines(drawing).items() if line.hover.endswith(", frozen")}
    assert frozen == {name for name in lines(drawing) if name.startswith("layers.0.")}
    assert [caption[3:] for caption in captions(drawing)] == [[], ["frozen"], []]


# Large layers.


def test_of_a_large_layer_the_first_units_and_the_last_are_shown() -> None:
    drawing = drawn(MLP(64, [32, 10]))
    inputs = list(circles(drawing, "input"))
    assert inputs == [*(f"x{i}" for i in range(9)), "x63"]
    assert [caption[1] for caption in captions(drawing)] == [
        "64 numbers, 10 shown",
        "32 units, 10 shown",
        "10 units",
    ]
    assert words(drawing).count("⋮") == 2
    assert len(drawing.lines) == 10 * 10 + 10 * 10
    assert any("2,410 parameters" in text for text in words(drawing))
    assert drawing.width <= 900
    assert drawing.height <= 700


@given(st.integers(1, 30), st.integers(1, 30), st.integers(2, 30))
def test_circles_never_overlap_and_stay_within_the_picture(
    n_inputs: int, n_units: int, max_units: int
) -> None:
    drawing = drawn(Layer(n_inputs, n_units), max_units=max_units)
    for kind, n in (("input", n_inputs), ("unit", n_units)):
        column = list(circles(drawing, kind).values())
        assert len(column) == min(n, max_units)
        ys = [circle.centre[1] for circle in column]
        assert all(y - above > 2.5 * column[0].radius for above, y in pairwise(ys))
        assert ys[0] > column[0].radius
    assert all(0 < text.at[1] < drawing.height for text in drawing.texts)


# Colour, width, and what has neither.


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=5))
def test_colour_is_the_sign_and_width_and_opacity_grow_with_magnitude(data: list[float]) -> None:
    neuron = Neuron(len(data), None)
    for weight, number in zip(neuron.weights, data, strict=True):
        weight.data = number
    strokes = [lines(drawn(neuron))[f"w{i}"].stroke for i in range(len(data))]
    colour = {1: LIGHT.positive, -1: LIGHT.negative, 0: LIGHT.quiet}
    assert [stroke.colour for stroke in strokes] == [colour[(x > 0) - (x < 0)] for x in data]
    ordered = [
        stroke for _, stroke in sorted(zip(map(abs, data), strokes), key=lambda pair: pair[0])
    ]
    assert all(a.width <= b.width for a, b in pairwise(ordered))
    nonzero = [stroke for stroke in ordered if stroke.colour != LIGHT.quiet]
    assert all(a.opacity <= b.opacity <= 1 for a, b in pairwise(nonzero))
    assert all(stroke.dashes == () for stroke in strokes)


def test_widths_are_in_proportion_to_the_largest_of_the_whole_picture() -> None:
    model = MLP(1, [1, 1])
    (first,), (second,) = (layer.neurons[0].weights for layer in model.layers)
    first.data, second.data, model.layers[0].neurons[0].bias.data = 1.0, -4.0, 2.0
    drawing = drawn(model)
    zero = circles(drawing)["layers.1.neurons.0"].outline.width
    widths = [line.stroke.width - zero for line in drawing.lines]
    widths.insert(1, circles(drawing)["layers.0.neurons.0"].outline.width - zero)
    assert [width / widths[-1] for width in widths] == pytest.approx([0.25, 0.5, 1.0])
    assert "width of line and outline: |weight| and |bias|, up to 4" in words(drawing)


def test_strong_lines_lie_above_weak_ones() -> None:
    widths = [line.stroke.width for line in drawn(MLP(3, [4, 4], seed=0)).lines]
    assert widths == sorted(widths)
    assert len(set(widths)) > 20


def test_a_zero_is_thin_and_grey() -> None:
    neuron = Neuron(2, seed=0)
    neuron.weights[0].data, neuron.weights[1].data = 0.0, 1e-300
    zero, other = (lines(drawn(neuron))[name].stroke for name in ("w0", "w1"))
    assert zero.colour == LIGHT.quiet
    assert other.colour == LIGHT.positive
    assert zero.width <= other.width
    assert zero.opacity < other.opacity


def test_a_zero_is_fainter_than_the_smallest_number_but_a_circle_is_always_seen() -> None:
    neuron = Neuron(3, seed=0)
    for weight, number in zip(neuron.weights, (0.0, 1e-300, 1.0)):
        weight.data = number
    neuron.bias.data = 0.0
    drawing = drawn(neuron)
    strokes = [lines(drawing)[f"w{i}"].stroke for i in range(3)]
    assert strokes[0].opacity < strokes[1].opacity < strokes[2].opacity
    assert circles(drawing)["neuron"].outline.opacity > 0.5
    assert "grey: exactly 0" in words(drawing)
    neuron.weights[0].data = neuron.bias.data = 0.5
    assert "grey: exactly 0" not in words(drawn(neuron))


@pytest.mark.parametrize("values", ["weight", "gradient"])
def test_where_all_numbers_are_0_no_scale_and_no_colours_are_stated(values: Values) -> None:
    neuron = Neuron(2, None, seed=0)
    (0.0 * neuron([1.0, 1.0])).backward()
    for weight in neuron.weights:
        weight.data = 0.0
    said = words(drawn(neuron, values))
    assert said[-1] == "grey: exactly 0"
    assert not any("up to" in text or "positive" in text for text in said)


def test_numbers_that_are_not_finite_are_dashed_and_counted() -> None:
    neuron = Neuron(3, seed=0)
    neuron.weights[0].data, neuron.weights[1].data, neuron.bias.data = 2.0, math.nan, -math.inf
    neuron.weights[2].data = 1.0
    drawing = drawn(neuron)
    strokes = {name: line.stroke for name, line in lines(drawing).items()}
    assert [name for name, stroke in strokes.items() if stroke.dashes] == ["w1"]
    assert circles(drawing)["neuron"].outline == strokes["w1"]
    assert strokes["w1"].colour == LIGHT.ink
    assert "dashed: 2 not finite" in words(drawing)
    assert any(text.endswith("up to 2") for text in words(drawing))


def test_a_picture_without_a_finite_number_states_no_scale() -> None:
    neuron = Neuron(1)
    neuron.weights[0].data = neuron.bias.data = math.nan
    below = words(drawn(neuron))[-1]
    assert below == "dashed: 2 not finite"


def test_without_values_only_the_structure_is_drawn() -> None:
    drawing = drawn(MLP(3, [4, 1], seed=0), None)
    outlines = {circle.outline for circle in circles(drawing).values()}
    assert {line.stroke for line in drawing.lines} | outlines == {Stroke(LIGHT.quiet, 1.0)}
    assert not any("positive" in text for text in words(drawing))


# Gradients.


def test_before_a_backward_pass_gradients_are_dotted_and_not_0() -> None:
    model = MLP(3, [4, 1], "tanh", seed=0)
    drawing = drawn(model, "gradient")
    strokes = {line.stroke for line in drawing.lines}
    (stroke,) = strokes | {circle.outline for circle in circles(drawing).values()}
    assert stroke.colour == LIGHT.quiet
    assert stroke.dashes
    assert words(drawing)[-1] == "– no gradient yet: call backward()"
    assert all("gradient not computed yet" in line.hover for line in drawing.lines)


def test_after_it_gradients_have_colour_and_width_and_a_true_zero_is_solid() -> None:
    neuron = Neuron(3, None, seed=0)
    neuron([2.0, -1.0, 0.0]).backward()
    drawing = drawn(neuron, "gradient")
    strokes = [lines(drawing)[f"w{i}"].stroke for i in range(3)]
    assert [stroke.colour for stroke in strokes] == [LIGHT.positive, LIGHT.negative, LIGHT.quiet]
    assert strokes[0].width > strokes[1].width > strokes[2].width
    assert "grey: exactly 0" in words(drawing)
    assert all(stroke.dashes == () for stroke in strokes)
    assert circles(drawing)["neuron"].outline.colour == LIGHT.positive
    assert "width of line and outline: |gradient|, up to 2" in words(drawing)
    w1 = neuron.weights[1]
    assert lines(drawing)["w1"].hover == f"w1 = {w1.data!r}, gradient -1.0"


def test_gradients_that_are_missing_are_counted_among_those_that_are_there() -> None:
    model = MLP(2, [2, 1], "tanh", seed=0)
    model([1.0, 2.0]).backward()
    zero_grad(model.layers[0].parameters())
    drawing = drawn(model, "gradient")
    dotted = {line.name for line in drawing.lines if line.stroke.dashes}
    assert dotted == {name for name in lines(drawing) if name.startswith("layers.0.")}
    assert "6 dotted – no gradient yet: call backward()" in words(drawing)


def test_weights_are_drawn_the_same_with_and_without_gradients() -> None:
    model = MLP(2, [3, 1], "tanh", seed=0)
    before = drawn(model)
    model([1.0, 2.0]).backward()
    strokes = [line.stroke for line in drawn(model).lines]
    assert strokes == [line.stroke for line in before.lines]


# What cannot be drawn.


class Custom(Module):
    """A module whose parts nobody can put in order."""

    def __init__(self) -> None:
        self.layer = Layer(2, 2)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Custom(), r"draws an MLP, a Layer, .* but got Custom\(.*of type Custom"),
        (Sequential(Layer(1, 2), Custom()), r"but layers\.1 is Custom\("),
        ([1, 2], r"but got \[1, 2\], of type list"),
    ],
)
def test_a_model_of_unknown_order_is_refused(model: Module, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        drawn(model)


def test_layers_that_do_not_fit_together_are_named() -> None:
    model = Sequential(Layer(2, 3), Dropout(0.5), Layer(4, 1))
    with pytest.raises(ValueError, match=r"layers\.2 takes 4 inputs, .* before it has 3 outputs"):
        drawn(model)


def test_a_model_without_layers_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"draws layers, but Sequential\(Dropout\(0\.5\)\) has none"
    ):
        drawn(Sequential(Dropout(0.5)))
