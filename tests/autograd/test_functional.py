"""Laws of derivatives as functions: gradients, grad, value_and_grad, jacobian, hessian."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import (
    Value,
    dot,
    exp,
    grad,
    gradients,
    hessian,
    hypot,
    jacobian,
    logsumexp,
    mean,
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
    assert grad(lambda v: dot(v, v))(np.array([1.0, 2.0])) == [2.0, 4.0]


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
    ],
    ids=["several outputs", "text in", "text out", "no such argument"],
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
