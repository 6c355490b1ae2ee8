"""Laws of compiled derivatives: `compile(grad(f))` is `grad(f)` on both sides of a kink, and at it."""

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, grad, gradients, hessian, jacobian, where
from autograd.functional import value_and_grad
from tests.autograd.compiler.comparison import (
    Sized,
    agree,
    agree_on_sample,
    eager,
    require_within_bound,
    sensitivity,
    sized,
    written,
)


def softmax_cross_entropy(x):
    scores = [x, x * x, -x]
    return autograd.logsumexp(scores) - autograd.select(1, scores)


def chosen_by_two(x):
    return where((x < 0.5) & (x >= -1.0), x**3, where(x > 2.0, x.sin(), x.cos())) * x


# With each function the points at which it has a kink, or is tested for another reason.
KINKS = {
    "abs": (abs, (0.0,)),
    "abs of abs": (lambda x: abs(abs(x) - 1.0) * x, (0.0, 1.0, -1.0)),
    "relu": (autograd.relu, (0.0,)),
    "leaky_relu": (lambda x: autograd.leaky_relu(x, 0.1) * x, (0.0,)),
    "elu": (lambda x: autograd.elu(x, 1.5), (0.0,)),
    "sign": (lambda x: x.sign() * x * x, (0.0,)),
    "max of a list": (lambda x: autograd.max([x, 1.0 - x, x * x]), (0.5, 0.0, 1.0)),
    "min of a list": (lambda x: autograd.min([x, 1.0 - x, x * x]) * x, (0.5, 0.0, 1.0)),
    "the nearest of three": (
        lambda x: autograd.min([(x - 1.0) ** 2, (x + 1.0) ** 2, (x - 0.25).square()]),
        (0.625, -0.375),
    ),
    "maximum": (lambda x: autograd.maximum(x * x, x) * x, (0.0, 1.0)),
    "minimum": (lambda x: autograd.minimum(x * x, x) * x, (0.0, 1.0)),
    "clip": (lambda x: autograd.clip(x * x, 0.25, 2.0) * x, (0.5, -0.5, 2**0.5)),
    "where": (lambda x: where(x < 0.5, x * x * x, x.exp() * x), (0.5,)),
    "where within where": (chosen_by_two, (0.5, -1.0, 2.0)),
    "logsumexp with another largest": (
        lambda x: autograd.logsumexp([x, 2.0 * x, 1.0]),
        (0.0, 0.5, 1.0),
    ),
    "softmax": (lambda x: autograd.softmax([x, x * x, -x])[1], (0.0, 1.0, -1.0)),
    "softmax cross entropy": (softmax_cross_entropy, (0.0, 1.0, -1.0)),
    "x ** 2": (lambda x: x**2, (0.0,)),
    "x ** 3": (lambda x: x**3, (0.0,)),
    "x ** 5": (lambda x: x**5, (0.0,)),
    "x ** 1.5": (lambda x: x**1.5, (0.0,)),
    "x ** 2.5": (lambda x: x**2.5, (0.0,)),
    "x ** x²": (lambda x: x ** (x * x), (0.0,)),
    "a product": (lambda x: autograd.prod([x, x - 1.0, x * x]), (0.0, 1.0)),
    "hypot": (lambda x: autograd.hypot(x, x * x), (0.0,)),
    "gelu": (lambda x: x.gelu() * x.silu(), (-36.0, -40.0, 30.0)),
    "sech2": (lambda x: x.sech2() + x.tanh(), (0.75, -0.75, 300.0)),
    "exp2": (lambda x: x.exp2(), (512.0, 513.0)),
    "dot": (lambda x: autograd.dot([x, x * x], [abs(x), 1.0], x), (0.0,)),
    "mean": (lambda x: autograd.mean([x.relu(), x * x, abs(x)]), (0.0,)),
}
POINTS = (-3.0, -1.25, -0.75, -0.25, 0.3, 0.75, 1.25, 1.75, 3.0)


def without_sign_of_zero(x):
    """Eager code adds no zeros where it goes by data; a compiled function may, and -0 + 0 is 0."""
    return x + 0.0


@pytest.mark.parametrize("example", [0.8, -0.7])
@pytest.mark.parametrize("name", KINKS)
def test_a_compiled_derivative_is_the_eager_one_on_both_sides_of_each_kink_and_at_it(name, example):
    f, kinks = KINKS[name]
    fast = autograd.compile(grad(f), example)
    points = [*POINTS, *kinks, *(kink + step for kink in kinks for step in (-1e-9, 1e-9))]
    for x in points:
        assert written(without_sign_of_zero(fast(x))) == written(
            without_sign_of_zero(grad(f)(x))
        ), x


@pytest.mark.parametrize("name", KINKS)
def test_a_batch_of_derivatives_may_lie_on_both_sides_of_each_kink(name):
    f, kinks = KINKS[name]
    fast = autograd.compile(grad(f), 0.8)
    points = np.array([*POINTS, *kinks])
    nodes = [grad(f)(Value(x)) for x in points]
    values, sizes = (
        np.array([*map(part, nodes)]) for part in (lambda node: node.data, sensitivity)
    )
    # At 0 the slope of a power may be infinite, and no bound is known.
    is_bounded = np.isfinite(sizes)
    assert is_bounded.sum() >= len(POINTS) - 4
    found = fast(points)[is_bounded]
    require_within_bound(name, found, Sized(values[is_bounded], sizes[is_bounded]))


@pytest.mark.parametrize("example", [0.8, -0.7])
@pytest.mark.parametrize("name", sorted(KINKS.keys() - {"x ** x²"}))
def test_compiled_second_derivatives_agree_on_both_sides_of_each_kink(name, example):
    f, kinks = KINKS[name]
    second = autograd.compile(grad(grad(f)), example)
    first = autograd.compile(grad(f), example)
    # At some kinks a branch that is not taken has an infinite derivative, and 0 · inf is nan.
    away = [kink + step for kink in kinks for step in (-0.01, 0.01)]
    for x in (*POINTS, *away):
        value, by_inputs, _ = sized(grad(f), [x])
        if not np.isfinite(by_inputs.numbers[0]):
            continue
        require_within_bound("value", first(x), Sized(*(part[0] for part in value)))
        for found in (second(x), first.value_and_grad(x, wrt="inputs")[1][0]):
            require_within_bound("slope", found, Sized(*(part[0] for part in by_inputs)))


@pytest.mark.parametrize("power", [0.5, 1.5, 2.5, -1.0])
def test_second_derivatives_of_powers_compile_though_they_are_nan_for_negative_numbers(power):
    fast = autograd.compile(grad(grad(lambda x: x**power)), 0.8)
    assert fast(2.0) == pytest.approx(power * (power - 1.0) * 2.0 ** (power - 2.0), rel=1e-14)
    third = autograd.compile(grad(grad(grad(lambda x: x**power))), 0.8)
    exact = power * (power - 1.0) * (power - 2.0) * 2.0 ** (power - 3.0)
    assert third(2.0) == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_derivatives_of_tanh_of_any_order_compile_to_what_they_are(order):
    f = autograd.tanh
    for _ in range(order):
        f = grad(f)
    fast = autograd.compile(f, 0.5)
    for x in (-1.0, 0.0, 0.3, 2.0):
        assert fast(x) == pytest.approx(f(x), rel=1e-12, abs=1e-14)
    assert fast(0.0) == {1: 1.0, 2: 0.0, 3: -2.0, 4: 0.0}[order]


def test_derivatives_of_several_arguments_keep_their_structure():
    weight = Value(0.5, "w")

    def f(xs, y):
        return autograd.max([xs[0] * y, xs[1] * weight, y]) ** 2 + abs(xs[0] - y)

    fast = autograd.compile(grad(f, argnums=(0, 1)), [0.5, 2.0], 1.0)
    for xs, y in (([0.5, 2.0], 1.0), ([3.0, 1.0], -2.0), ([0.0, 9.0], 0.5), ([1.0, 1.0], 1.0)):
        by_xs, by_y = grad(f, argnums=(0, 1))(xs, y)
        assert fast(xs, y) == [[slope.data for slope in by_xs], by_y.data]
    by_xs = grad(f)([3.0, 1.0], 2.0)
    fast = autograd.compile(grad(f), [0.5, 2.0], 1.0)
    assert fast([3.0, 1.0], 2.0) == [slope.data for slope in by_xs]


def test_a_value_with_its_gradient_compiles():
    def f(xs):
        return autograd.logsumexp(xs) * xs[0].relu()

    fast = autograd.compile(value_and_grad(f), [0.5, -1.0])
    for xs in ([1.0, 2.0], [-1.0, 2.0], [0.0, 0.0]):
        assert fast(xs) == list(value_and_grad(f)(xs))


def test_jacobians_and_hessians_compile():
    def f(xs):
        return [xs[0] * xs[1], autograd.maximum(xs[0], xs[1]), xs[0].sin()]

    def g(xs):
        return xs[0] ** 2 * xs[1] + (xs[0] * xs[1]).exp()

    points = [[2.0, 3.0], [3.0, -2.0], [0.5, 0.5]]
    fast = autograd.compile(jacobian(f), points[0])
    assert [fast(point) for point in points] == [jacobian(f)(point) for point in points]
    assert fast(np.array(points)).shape == (3, 3, 2)
    fast = autograd.compile(hessian(g), points[0])
    for point in points:
        found, expected = np.array(fast(point)), np.array(hessian(g)(point))
        assert found == pytest.approx(expected, rel=1e-13)


def test_derivatives_called_with_floats_depend_on_inputs_and_parameters_of_the_compiled_function():
    weight = Value(0.75, "w")

    def f(x):
        return x * grad(lambda t: x * x * t * weight)(2.0) + hessian(lambda t: (t * weight).sin())(
            x
        )

    fast = agree(f, [[0.5], [-1.5], [2.0]])
    assert fast.parameters == [weight]
    assert autograd.compile(lambda x: x * grad(lambda t: x * x * t)(2.0), 1.0).value_and_grad(
        1.5, wrt="inputs"
    ) == (1.5**3, [3.0 * 1.5**2])


def test_a_loss_made_of_derivatives_compiles_to_what_it_is():
    net = nn.MLP(1, [3, 1], "tanh", seed=0)

    def loss(t):
        return (grad(lambda s: net([s]))(0.5) + net([t])) ** 2

    fast = autograd.compile(loss, 0.5)
    assert set(fast.parameters) == set(net.parameters())
    for t in (0.5, -0.25):
        agree_on_sample(loss, [t], fast)


@pytest.mark.parametrize("x", [0.0, -0.5, 2.0])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: autograd.hypot(x, 0.0),
        lambda x: 1.0 / x,
        lambda x: (x + 1.0) / (x * x),
        lambda x: x**0.5,
        lambda x: x**-1,
        lambda x: (x * x) ** 2.5,
    ],
    ids=["hypot", "1 / x", "(x + 1) / x²", "x ** 0.5", "x ** -1", "(x²) ** 2.5"],
)
def test_higher_derivatives_agree_at_kinks_and_poles_where_the_branch_not_taken_is_infinite(f, x):
    for _ in range(3):
        f = grad(f)
        fast = autograd.compile(f, 0.8)
        for found in (fast(x), fast([x])[0]):
            assert found == pytest.approx(f(x), rel=1e-12, nan_ok=True)


def test_gradients_by_parameters_within_a_function_compile():
    weights = [Value(0.5, "a"), Value(-0.25, "b")]

    def squared_length_of_the_gradient(x):
        loss = (weights[0] * x + weights[1]).tanh() ** 2
        return autograd.sum([slope * slope for slope in gradients(loss, weights)])

    fast = agree(squared_length_of_the_gradient, [[0.75], [-1.5], [2.0]])
    assert set(fast.parameters) == set(weights)


def test_one_step_of_newtons_method_is_a_compiled_function():
    def f(x):
        return x**4 - 3.0 * x * x + x

    step = autograd.compile(lambda x: x - grad(f)(x) / grad(grad(f))(x), 2.0)
    x = np.linspace(1.0, 3.0, 5)
    for _ in range(12):
        x = step(x)
    assert x == pytest.approx(np.full(5, x[0]), rel=1e-14)
    assert eager(f, x[0]).by_inputs[0] == pytest.approx(0.0, abs=1e-13)


# What only decides has no gradient, not 0 times an infinite slope: here that of log, sqrt or 1/x at 0.
DECIDED_AT_0 = {
    "by log": lambda x: where(autograd.log(x) > -1.0, x, 2.0 * x),
    "by log, or equal": lambda x: where(autograd.log(x) >= -1.0, x, 2.0 * x),
    "by both of two": lambda x: where((autograd.log(x) > -1.0) & (x.sqrt() < 2.0), x, 2.0 * x),
    "by one of two": lambda x: where((autograd.log(x) > -1.0) | (1.0 / x < 0.0), x, 2.0 * x),
    "by a choice": lambda x: where(where(x.sqrt() > 1.0, x.log(), 3.0 * x) > 1.0, x, 2.0 * x),
    "an index": lambda x: autograd.select(abs(x.sign()).sqrt(), [2.0 * x, 3.0 * x]),
    # in one array with a root or a logarithm that has a gradient
    "beside what is not": lambda x: where(x.sqrt() < 1.0, (x + 1.0).sqrt() * x, 2.0 * x),
    "twice beside what is not": lambda x: (
        where(x.log() < 0.0, 2.0 * x, x) + (x + 1.0).log() + where((x * x).log() < 0.0, x, -x)
    ),
    "the largest": lambda x: autograd.maximum(where(x.log() > 0.0, -1.0, 2.0 * x), x - 1.0),
    "clipped": lambda x: where(x.sqrt() <= 0.0, 2.0 * x, x).clip(-1.0, 1.0),
}


@pytest.mark.parametrize("name", DECIDED_AT_0)
def test_what_only_decides_has_no_gradient_however_it_is_computed(name):
    f = DECIDED_AT_0[name]
    (expected,) = eager(f, 0.0).by_inputs
    assert np.isfinite(expected)
    assert expected == grad(f)(0.0)
    fast = autograd.compile(f, 0.5)
    assert fast.value_and_grad(0.0, wrt="inputs") == (f(Value(0.0)).data, [expected])
    _, (by_inputs,) = fast.value_and_grad([0.0, 0.25], wrt="inputs")
    assert 2.0 * by_inputs[0] == pytest.approx(expected, rel=1e-15)
    slope = autograd.compile(grad(f), 0.5)
    assert slope(0.0) == slope([0.0, 0.25])[0] == pytest.approx(expected, rel=1e-15)
    second = autograd.compile(grad(grad(f)), 0.5)
    assert second(0.0) == second([0.0])[0] == pytest.approx(grad(grad(f))(0.0), rel=1e-15)


def test_zero_times_infinity_is_nan_in_compiled_derivatives_as_in_eager_ones():
    def f(x, y):
        return x ** y.sign()  # the logarithm of a negative number, times the slope of a sign

    expected = grad(f, argnums=(0, 1))(-1.0, 1.0)
    assert written(expected) == "[1.0, nan]"
    fast = autograd.compile(grad(f, argnums=(0, 1)), 0.5, 0.5)
    assert written(fast(-1.0, 1.0)) == "[1.0, nan]"
    assert written(fast([-1.0], [1.0])[0]) == "[1.0, nan]"
