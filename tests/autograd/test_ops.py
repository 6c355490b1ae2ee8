"""Laws of the derivative table."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, arrays, ops

NEAR_ONE = st.floats(2.0**-10, 1.0 - 2.0**-10)
POSITIVE = st.floats(2.0**-10, 30.0)
SIGNED = st.builds(math.copysign, POSITIVE, st.sampled_from((1, -1)))
DOMAINS = {
    "acos": NEAR_ONE,
    "asin": NEAR_ONE,
    "atanh": NEAR_ONE,
    "acosh": POSITIVE.map((1.0).__add__),
}
DOMAINS |= dict.fromkeys(("log", "log2", "log10", "log1p", "sqrt", "**", "power"), POSITIVE)
BINARY = {"+", "-", "*", "/", "%", "//", "**", "atan2", "hypot", "maximum", "minimum", "where"}
STATIC = {"power": (2.5,), "leaky_relu": (0.1,), "elu": (1.5,), "clip": (-1.0, 2.0)}
STATIC |= {"where": (True,), "select": (1,)}


def sample(name, draw):
    """An entry, its static arguments given, and operands from its domain, as its formulas take them."""
    operation = ops.TABLE[name]
    if name in STATIC:
        operation = operation.with_static(name, *STATIC[name])
    number = DOMAINS.get(name, SIGNED)
    n = 5 if operation.arguments is not tuple else 2 if name in BINARY else 1
    return operation, operation.arguments(draw(st.tuples(*[number] * n)))


@pytest.mark.parametrize("name", sorted(ops.TABLE))
@given(data=st.data())
def test_the_array_reader_equals_the_float_reader_for_every_operand(name, data):
    operation, arguments = sample(name, data.draw)
    out = operation.forward(*arguments)
    gradients = operation.local_gradients(out, *arguments)
    array_out, array_gradients = arrays.ieee(operation, arguments)
    assert array_out == pytest.approx(out, rel=1e-13, abs=1e-13)
    assert array_gradients == pytest.approx(gradients, rel=1e-13, abs=1e-14)


@pytest.mark.parametrize(
    "name", sorted(ops.TABLE.keys() - set("+-*/%") - {"//", "**", "identity", "neg"})
)
def test_every_entry_is_a_function_of_the_package_that_takes_values_and_floats(name):
    function = getattr(autograd, name)
    if name == "dot":
        arguments, wrapped = ([1.5], [2.0]), ([Value(1.5)], [2.0])
    elif name in ("where", "select", "clip"):
        first = {"where": (True, 1.5, 2.0), "select": (0, [1.5]), "clip": (1.5, 1.0, 2.0)}[name]
        arguments = first
        wrapped = tuple(
            [Value(x) for x in a] if isinstance(a, list) else Value(a) if a == 1.5 else a
            for a in first
        )
    elif ops.TABLE[name].arguments is not tuple:
        arguments, wrapped = ([1.5, 2.0],), ([Value(1.5), 2.0],)
    elif name in BINARY or name == "power":
        arguments, wrapped = (1.5, 2.0), (Value(1.5), 2.0)
    else:
        x = 0.5 if name in DOMAINS and name != "acosh" else 1.5
        arguments, wrapped = (x,), (Value(x),)
    assert type(function(*arguments)) is float
    node = function(*wrapped)
    assert (type(node), node.data) == (Value, function(*arguments))


@pytest.mark.parametrize("name", sorted(ops.TABLE))
def test_every_entry_of_one_operand_is_a_method_of_value_too(name):
    operation = ops.TABLE[name]
    if operation.arguments is not tuple or name in BINARY | STATIC.keys() | {"identity"}:
        return
    method = {"neg": "__neg__", "abs": "__abs__"}.get(name, name)
    x = 0.5 if name != "acosh" else 1.5
    assert getattr(Value(x), method)().data == operation(x)


def test_numpys_functions_work_on_object_arrays_of_values():
    x = np.array([Value(0.25), Value(0.5)])
    for name in ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square"):
        assert [v.data for v in getattr(np, name)(x)] == pytest.approx(
            getattr(np, name)(np.array([0.25, 0.5]))
        )
    for name in ("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"):
        assert [v.data for v in getattr(np, name)(x)] == pytest.approx(
            getattr(np, name)(np.array([0.25, 0.5]))
        )
    for name in ("arcsinh", "arctanh", "degrees", "radians", "deg2rad", "rad2deg", "reciprocal"):
        assert [v.data for v in getattr(np, name)(x)] == pytest.approx(
            getattr(np, name)(np.array([0.25, 0.5]))
        )
    assert np.hypot(x, x)[0].op == "hypot"
    assert np.arctan2(x, x)[0].op == "atan2"
    assert np.arccosh(x + 1)[0].op == "acosh"
    weights = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    assert [v.data for v in weights @ x] == [1.25, 2.75]


SIGNED_OR_NOT_FINITE = st.floats() | st.sampled_from((0.0, -0.0, 0.1, 1.0, -3.0, 5e-324, 1e308))


def same(a, b):
    return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (
        math.isnan(a) and math.isnan(b)
    )


@given(SIGNED_OR_NOT_FINITE, SIGNED_OR_NOT_FINITE)
def test_modulo_and_whole_quotient_are_those_of_pythons_floats_and_by_0_numpys(x, y):
    with np.errstate(all="ignore"):
        expected = (x % y, x // y) if y else (np.float64(x) % y, np.float64(x) // y)
    for pair in ((Value(x), Value(y)), (Value(x), y), (x, Value(y))):
        left, right = pair
        assert same((left % right).data, expected[0])
        assert same((left // right).data, expected[1])
        quotient, rest = divmod(left, right)
        assert (quotient.op, rest.op) == ("//", "%")


@pytest.mark.parametrize(("x", "y"), [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (0.3, 4.0), (0.0, 0.7)])
def test_the_derivatives_of_modulo_are_1_and_minus_the_whole_quotient(x, y):
    a, b = Value(x), Value(y)
    (a % b).backward()
    assert (a.grad, b.grad) == (1.0, -math.floor(x / y))
    a, b = Value(x), Value(y)
    (a // b).backward()
    assert (a.grad, b.grad) == (0.0, 0.0)


def test_modulo_by_0_is_nan_and_never_raises():
    a, b = Value(3.0), Value(0.0)
    (a % b).backward()
    assert math.isnan((a % b).data)
    assert (a.grad, b.grad, (a // b).data) == (1.0, -math.inf, math.inf)


def test_modulo_repeats_a_function_and_its_slope():
    wave = autograd.compile(lambda x: (x % 2.0 - 1.0) ** 2, 0.5)
    for x in (0.5, 2.5, 4.5, -1.5):
        value, (slope,) = wave.value_and_grad(x, wrt="inputs")
        assert (value, slope) == (0.25, -1.0)
    assert wave([0.5, 2.5, -1.5]).tolist() == [0.25, 0.25, 0.25]
    assert autograd.gradcheck(lambda x: (x % 2.0 - 1.0) ** 2, 0.5).kinks == ()
    assert autograd.gradcheck(lambda x: x % 2.0, 4.0).kinks


def test_numpys_statistics_and_remainders_work_on_object_arrays_of_values():
    numbers = np.array([1.5, -2.0, 0.5])
    for f in (
        *(
            np.std,
            np.var,
            np.mean,
            np.median,
            np.max,
            np.min,
            np.ptp,
            np.sum,
            np.prod,
            np.linalg.norm,
        ),
        *(lambda x: np.std(x, ddof=1), lambda x: np.vdot(x, x), lambda x: np.dot(x, x)),
        *(
            lambda x: np.mod(x, 1.7)[1],
            lambda x: np.floor_divide(x, 1.7)[1],
            lambda x: np.fabs(x)[1],
        ),
        *(lambda x: np.cumsum(x)[2], lambda x: np.sort(x)[1], lambda x: np.clip(x, -1.9, 1.0)[2]),
    ):
        values = [Value(x) for x in numbers]
        y = f(np.array(values))
        assert y.data == pytest.approx(f(numbers), rel=1e-14)
        y.backward()
        h = 1e-6
        for i, value in enumerate(values):
            step = h * (np.arange(3) == i)
            slope = (f(numbers + step) - f(numbers - step)) / (2 * h)
            assert value.grad == pytest.approx(slope, abs=1e-8)


def test_fmod_of_values_is_refused_with_advice_as_its_sign_is_another():
    with pytest.raises(TypeError, match="use v % y"):
        np.fmod(np.array([Value(-1.0)]), 2.0)


@pytest.mark.parametrize("x", [20.0, -20.0, 40.0, -40.0, 300.0, -300.0])
def test_saturated_tails_keep_their_digits(x):
    with mpmath.workdps(50):
        tail = mpmath.exp(-abs(mpmath.mpf(x)))
        slopes = {"sigmoid": tail / (1 + tail) ** 2, "tanh": mpmath.sech(x) ** 2}
        for name, exact in slopes.items():
            (slope,) = getattr(Value(x), name)().local_gradients
            assert abs(slope - exact) <= 4 * math.ulp(float(exact))


def test_the_steepest_slope_of_the_sigmoid_is_a_quarter():
    slopes = [Value(x / 64).sigmoid().local_gradients[0] for x in range(-640, 641)]
    assert max(slopes) == slopes[640] == 0.25


@given(st.floats(-350.0, 350.0))
def test_tanh_is_the_sigmoid_stretched_and_shifted(x):
    assert abs(autograd.tanh(x) - (2 * autograd.sigmoid(2 * x) - 1)) <= 4 * 2.0**-52


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6))
def test_the_local_gradients_of_logsumexp_are_probabilities(xs):
    gradients = autograd.logsumexp([Value(x) for x in xs]).local_gradients
    assert math.fsum(gradients) == pytest.approx(1.0, abs=1e-14)
    assert gradients == pytest.approx(np.exp(xs - np.max(xs)) / np.exp(xs - np.max(xs)).sum())


@pytest.mark.parametrize("f", [autograd.exp, autograd.tanh])
def test_a_function_refuses_what_is_neither_value_nor_number(f):
    with pytest.raises(TypeError, match="'x'"):
        f("x")
