"""Laws of derivatives as functions: gradients, grad, value_and_grad, jacobian, hessian."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from autograd import (
    AnomalyError,
    Value,
    detect_anomaly,
    dot,
    exp,
    grad,
    gradients,
    hessian,
    hypot,
    jacobian,
    logsumexp,
    mean,
    no_grad,
    prod,
    relu,
    sin,
    softmax,
    tanh,
    value_and_grad,
)

moderate = st.floats(-2.0, 2.0)


@given(moderate, moderate)
def test_gradients_equal_those_of_backward(x, y):
    a, b = Value(x), Value(y)
    out = (a * b).tanh() + exp(a - b) * a + dot([a, b], [b, 2.0], a)
    out.backward()
    assert [g.data for g in gradients(out, [a, b])] == pytest.approx([a.grad, b.grad], rel=1e-13)


def test_gradients_add_nothing_to_grad_and_reach_inner_nodes():
    a = Value(3.0)
    inner = a * a
    out = inner * a
    assert [g.data for g in gradients(out, [inner, a, out])] == [3.0, 27.0, 1.0]
    assert (a.grad, a.backward_passes, inner.backward_passes) == (0.0, 0, 0)


def test_the_gradient_by_something_the_output_does_not_depend_on_is_the_constant_0():
    a, other = Value(3.0), Value(4.0)
    (gradient,) = gradients(a * a, [other])
    assert (gradient.data, gradient.kind) == (0.0, "constant")


def test_gradients_can_be_differentiated_by_backward_too():
    x = Value(0.5)
    (slope,) = gradients(tanh(x), [x])
    slope.backward()
    assert x.grad == pytest.approx(-2 * math.tanh(0.5) * (1 - math.tanh(0.5) ** 2), rel=1e-14)


def test_gradients_of_a_chain_of_a_hundred_thousand_nodes_need_no_recursion():
    x = y = Value(1.0)
    for _ in range(100_000):
        y = y * 1.0
    (gradient,) = gradients(y, [x])
    assert gradient.data == 1.0


def test_gradients_read_the_data_as_they_are_now_and_backward_as_they_were():
    x = Value(3.0)
    y = x * x
    x.data = 5.0
    y.backward()
    assert (x.grad, gradients(y, [x])[0].data) == (6.0, 10.0)


def test_the_third_derivative_of_tanh_at_0_is_minus_2():
    assert grad(grad(grad(tanh)))(0.0) == -2.0


@given(moderate)
def test_grad_nests_to_any_order(x):
    f = sin
    for expected in (math.cos(x), -math.sin(x), -math.cos(x), math.sin(x), math.cos(x)):
        f = grad(f)
        assert f(x) == pytest.approx(expected, rel=1e-14, abs=1e-15)


def test_an_inner_derivative_keeps_its_argument_apart_from_the_outer_one():
    # d/dx (x · d/dy (x y) at y = x) = d/dx x² = 2x
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0
    # the inner one is called with a float, yet depends on x
    assert grad(lambda x: grad(lambda y: x * y)(5.0))(3.0) == 1.0


def test_grad_gives_floats_for_floats_and_values_for_values():
    assert type(grad(tanh)(0.5)) is float
    x = Value(0.5)
    slope = grad(tanh)(x)
    assert isinstance(slope, Value)
    slope.backward()
    assert x.grad == pytest.approx(grad(grad(tanh))(0.5))


def test_grad_follows_the_structure_of_the_argument_and_argnums():
    def f(weights, x):
        return dot(weights[0], [x, 1.0]) * weights[1]

    w = [[2.0, 3.0], 5.0]
    assert grad(f)(w, 7.0) == [[35.0, 5.0], 17.0]
    assert grad(f, argnums=1)(w, 7.0) == 10.0
    assert grad(f, argnums=(1, 0))(w, 7.0) == (10.0, [[35.0, 5.0], 17.0])
    assert grad(f, argnums=-1)(w, 7.0) == 10.0


def test_keyword_arguments_are_handed_through():
    def f(x, *, k):
        return x**k

    assert grad(f)(2.0, k=3.0) == 12.0
    assert value_and_grad(f)(2.0, k=3.0) == (8.0, 12.0)
    assert jacobian(f)(2.0, k=3.0) == 12.0
    assert hessian(f)(2.0, k=3.0) == 12.0
    exponent = Value(3.0)
    slope = grad(f)(2.0, k=exponent)
    slope.backward()
    # d/dk (k 2^(k-1)) = 2^(k-1) (1 + k log 2)
    assert exponent.grad == pytest.approx(4.0 * (1.0 + 3.0 * math.log(2.0)), rel=1e-14)


class Line(NamedTuple):
    slope: Any
    offset: Any


def test_the_gradient_has_the_structure_of_the_argument():
    assert grad(lambda p: p["w"] * 2)({"w": 1.0}) == {"w": 2.0}
    layers = [{"w": [2.0, 3.0], "b": (1.0,)}, {"w": [], "b": ()}]
    assert grad(lambda p: dot(p[0]["w"], p[0]["w"]) * p[0]["b"][0])(layers) == [
        {"w": [4.0, 6.0], "b": (13.0,)},
        {"w": [], "b": ()},
    ]
    by_line = grad(lambda line, x: line.slope * x + line.offset[0])(Line(2.0, [1.0]), 3.0)
    assert by_line == Line(3.0, [1.0])
    assert type(by_line) is Line
    assert grad(lambda p: p[3] * p["x"])({3: 2.0, "x": 5.0}) == {3: 5.0, "x": 2.0}
    assert value_and_grad(lambda p: p["w"] ** 2)({"w": 3.0}) == (9.0, {"w": 6.0})
    assert jacobian(lambda p: {"y": p["a"] * p["b"]})({"a": 2.0, "b": 3.0}) == {
        "y": {"a": 3.0, "b": 2.0}
    }
    assert hessian(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 3.0}) == {
        "a": {"a": 0.0, "b": 1.0},
        "b": {"a": 1.0, "b": 0.0},
    }


def test_by_an_array_a_derivative_is_an_array_of_its_shape():
    matrix = np.arange(6.0).reshape(2, 3)
    gradient = grad(lambda m: (m * m).sum())(matrix)
    assert isinstance(gradient, np.ndarray)
    assert gradient.dtype == np.float64
    assert np.array_equal(gradient, 2.0 * matrix)
    whole = grad(lambda v: v @ v)(np.array([1, 2]))
    assert whole.dtype == np.float64
    assert whole.tolist() == [2.0, 4.0]
    assert grad(lambda v: dot(v, v))(np.zeros(0)).shape == (0,)
    assert type(grad(lambda x: x * x)(np.array(3.0))) is float  # 0-d arrays count as numbers
    mixed = grad(lambda p: (p["w"] * p["x"]).sum())({"w": np.ones(2), "x": [3.0, 4.0]})
    assert mixed["w"].tolist() == [3.0, 4.0]
    assert mixed["x"] == [1.0, 1.0]


def test_jacobians_and_hessians_by_an_array_are_arrays():
    v = np.array([3.0, 5.0])
    by_list = jacobian(lambda v: [v[0] * v[1], v[0], 7.0])(v)
    assert by_list.tolist() == [[5.0, 3.0], [1.0, 0.0], [0.0, 0.0]]
    scale = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert np.array_equal(jacobian(lambda v: scale @ v)(v), scale)
    assert jacobian(lambda v: np.outer(v, v))(v).shape == (2, 2, 2)
    assert hessian(lambda v: v[0] ** 2 * v[1])(v).tolist() == [[10.0, 6.0], [6.0, 0.0]]
    assert hessian(lambda m: (m * m).sum())(np.ones((2, 3))).shape == (2, 3, 2, 3)
    # nested lists that are no array stay lists
    ragged = jacobian(lambda v: [v[0], [v[1], v[0]]])(v)
    assert ragged[1][0].tolist() == [0.0, 1.0]
    # an array by a list: lists of the list's structure
    assert jacobian(lambda v: np.array([v[0] * v[1], v[0]]))([3.0, 5.0]) == [[5.0, 3.0], [1.0, 0.0]]


def test_an_array_of_values_gives_an_array_of_values():
    xs = np.array([Value(2.0), Value(3.0)])
    gradient = grad(lambda v: v[0] * v[0] * v[1])(xs)
    assert gradient.shape == (2,)
    gradient[0].backward()
    assert (gradient[1].data, xs[1].grad) == (4.0, 4.0)


def test_positions_of_arguments_are_whole_numbers_of_any_type_in_any_order():
    def f(a, b):
        return a * a * b

    assert grad(f, argnums=np.int64(1))(2.0, 3.0) == 4.0
    assert grad(f, argnums=(-1, 0, 0))(2.0, 3.0) == (4.0, 12.0, 12.0)
    assert grad(f, argnums=[1])(2.0, 3.0) == (4.0,)
    assert grad(f, argnums=())(2.0, 3.0) == ()


def test_a_derivative_keeps_the_values_that_f_closes_over():
    x = Value(1.0)
    y = x * grad(lambda t: x * x * t)(2.0)
    y.backward()
    assert x.grad == 3.0


def test_a_gradient_beside_the_network_trains_it():
    net = nn.MLP(1, [3, 1], "tanh", seed=0)

    def residual():
        return (grad(lambda t: net([t]))(0.5) + net([0.5])) ** 2

    residual().backward()
    parameter = net.parameters()[0]
    step = 1e-6
    data = parameter.data
    parameter.data = data + step
    after = residual().data
    parameter.data = data - step
    before = residual().data
    assert parameter.grad == pytest.approx((after - before) / (2 * step), rel=1e-7)
    assert parameter.grad == pytest.approx(0.70454, rel=1e-4)


@pytest.mark.parametrize(
    ("derivative", "expected"),
    [
        (lambda f: grad(f)(2.0), 12.0),  # d/dw 3 w² t²
        (lambda f: value_and_grad(f)(2.0)[1], 12.0 * 2.0 * 2.0 / 4.0),
        (lambda f: grad(grad(f))(2.0), 36.0 * 2.0 / 6.0),
        (lambda f: hessian(f)(2.0), 12.0),
        (lambda f: jacobian(lambda t: [f(t), t])(2.0)[0], 12.0),
    ],
    ids=["grad", "value_and_grad", "grad of grad", "hessian", "jacobian"],
)
def test_each_derivative_can_be_differentiated_by_what_f_closes_over(derivative, expected):
    w = Value(1.0)
    derivative(lambda t: w * t**3).backward()
    assert w.grad == expected


def test_values_deep_below_f_are_found_and_constants_are_none():
    w = Value(2.0)
    hidden = [w * 3.0]
    slope = grad(lambda t: t * dot(hidden, [1.0]))(5.0)
    slope.backward()
    assert (slope.data, w.grad) == (6.0, 3.0)
    with no_grad():
        constant = w * 3.0
    assert grad(lambda t: t * constant)(5.0) == 6.0
    layer = nn.Layer(1, 1, "tanh", seed=0)
    assert isinstance(grad(lambda t: layer([t]))(0.5), Value)
    layer.freeze()
    assert type(grad(lambda t: layer([t]))(0.5)) is float


def test_within_no_grad_derivatives_are_right_and_constants():
    w, x = Value(3.0), Value(2.0)
    with no_grad():
        assert grad(lambda t: t**3)(2.0) == 12.0
        assert hessian(lambda t: t**3)(2.0) == 12.0
        assert value_and_grad(lambda t: w * t)(2.0) == (6.0, 3.0)
        slope = grad(lambda t: w * t * t)(x)
        assert (slope.data, slope.kind, slope.parents) == (12.0, "constant", ())
        with detect_anomaly(), pytest.raises(AnomalyError):
            grad(lambda t: t.log())(0.0)

    # what f forgets stays forgotten
    def with_a_constant(t):
        with no_grad():
            factor = t * t
        return factor * t

    assert grad(with_a_constant)(2.0) == 4.0


def test_what_the_derivative_does_not_depend_on_leaves_it_a_float():
    w = Value(2.0)
    assert type(grad(lambda t: t * t + w * w)(3.0)) is float
    assert type(hessian(lambda t: w * t)(3.0)) is float
    assert jacobian(lambda v: [v[0] + w, 3.0 * v[1]])([1.0, 2.0]) == [[1.0, 0.0], [0.0, 3.0]]


def test_the_numbers_of_a_result_are_values_all_or_none():
    w = Value(2.0)
    rows = jacobian(lambda v: [w * v[0], v[1]])([1.0, 2.0])
    assert [[x.data for x in row] for row in rows] == [[2.0, 0.0], [0.0, 1.0]]
    value, slope = value_and_grad(lambda t: t * t + w)(3.0)
    assert (value.data, slope.data) == (11.0, 6.0)
    table = jacobian(lambda v: [w * v[0], v[1]])(np.ones(2))
    assert table.shape == (2, 2)
    assert all(isinstance(x, Value) for x in table.flat)


def test_the_type_of_a_derivative_does_not_change_with_the_data():
    w = Value(1.0)
    for t in (-2.0, 0.0, 2.0):
        slope = grad(lambda t: relu(w * t))(t)
        slope.backward()
        assert slope.data == (1.0 if t > 0 else 0.0)
    assert w.grad == 1.0


def test_value_and_grad_gives_both():
    assert value_and_grad(lambda x: x**2)(3.0) == (9.0, 6.0)


def test_a_function_that_ignores_its_argument_has_gradient_0():
    assert grad(lambda x: 5.0)(1.0) == 0.0
    assert value_and_grad(lambda x, y: y * 2, argnums=0)(1.0, 3.0) == (6.0, 0.0)


def test_a_jacobian_has_a_row_for_each_output():
    assert jacobian(lambda v: [v[0] * v[1], v[0], 7.0])([2.0, 3.0]) == [[3, 2], [1, 0], [0, 0]]
    assert jacobian(lambda x: [x, x * x])(3.0) == [1.0, 6.0]
    assert jacobian(lambda x: x * x)(3.0) == 6.0


def test_the_jacobian_of_softmax_is_diag_p_minus_p_p():
    x = [0.3, -1.2, 2.0]
    p = np.exp(x) / np.exp(x).sum()
    assert np.array(jacobian(softmax)(x)) == pytest.approx(np.diag(p) - np.outer(p, p), abs=1e-15)
    assert np.array(hessian(logsumexp)(x)) == pytest.approx(np.diag(p) - np.outer(p, p), abs=1e-15)


@given(st.lists(moderate, min_size=2, max_size=4))
def test_a_hessian_is_symmetric(xs):
    def f(v):
        return exp(dot(v, v[::-1])) * mean(v) + prod(v) + hypot(v[0] + 5, v[1])

    matrix = np.array(hessian(f)(xs))
    assert matrix == pytest.approx(matrix.T, rel=1e-10, abs=1e-10 * (1 + np.abs(matrix).max()))


def test_the_hessian_of_a_product_has_the_products_of_the_others_even_through_zeros():
    assert hessian(prod)([0.0, 0.0, 3.0]) == [[0, 3, 0], [3, 0, 0], [0, 0, 0]]


def test_the_hessian_of_a_scalar_function_of_a_scalar_is_a_number():
    assert hessian(lambda x: x**4)(2.0) == 48.0


def test_second_derivatives_at_kinks_are_those_of_the_chosen_side():
    assert grad(grad(relu))(0.0) == 0.0
    assert grad(grad(abs))(0.0) == 0.0
    assert grad(lambda x: autograd.maximum(x, x * x))(1.0) == 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: grad(lambda x: [x, x])(1.0), "jacobian"),
        (lambda: grad(tanh)("x"), "'x'"),
        (lambda: grad(lambda x: "y")(1.0), "'y'"),
        (lambda: grad(tanh, argnums=1)(1.0), "argnums 1"),
        (lambda: grad(lambda p: p)(p=1.0), "by position, not by keyword"),
        (lambda: grad(tanh, argnums="x")(1.0), "argnums of grad.* but is 'x'"),
        (lambda: grad(tanh, argnums=0.0)(1.0), "argnums of grad.* but is 0.0"),
        (lambda: grad(lambda p: p)({"w": [1.0, "x"]}), r'by p\["w"\]\[1\] takes a number.*\'x\''),
        (lambda: hessian(lambda p: p)([1.0, None]), r"by x0\[1\] takes a number.*None"),
        (lambda: grad(lambda x: {"y": x})(1.0), r"returned \{'y'.*jacobian"),
        (lambda: grad(lambda x: np.array([x]))(1.0), "jacobian"),
        (lambda: grad(tanh)(np.array(["a"])), r"x\[0\] takes a number"),
    ],
    ids=[
        *(
            "several outputs",
            "text in",
            "text out",
            "no such argument",
            "by keyword",
            "argnums a name",
        ),
        *(
            "argnums a float",
            "text within",
            "None within",
            "a dict out",
            "an array out",
            "an array of text",
        ),
    ],
)
def test_a_wrong_use_is_a_type_error_that_says_what_was_wrong(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_a_derivative_that_raises_leaves_no_trace():
    def fail(x):
        raise KeyError

    with pytest.raises(KeyError):
        grad(fail)(1.0)
    assert type(grad(tanh)(0.5)) is float
