"""Laws of the derivative table."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, arrays, ops

# An oracle that shares no code with the engine: mpmath, at 50 digits.
ORACLE = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "**": lambda x, y: x**y,
    "neg": lambda x: -x,
    "abs": abs,
    "sign": mpmath.sign,
    "exp": mpmath.exp,
    "log": mpmath.log,
    "tanh": mpmath.tanh,
    "sech2": lambda x: mpmath.sech(x) ** 2,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "sum": lambda *xs: mpmath.fsum(xs),
    "mean": lambda *xs: mpmath.fsum(xs) / len(xs),
    "dot": lambda w1, w2, x1, x2, b: w1 * x1 + w2 * x2 + b,
    "logsumexp": lambda *xs: mpmath.log(mpmath.fsum(map(mpmath.exp, xs))),
    "power": lambda x, exponent: x**exponent,
}
POSITIVE = {"log", "**", "power"}
N_OPERANDS = {"+": 2, "-": 2, "*": 2, "/": 2, "**": 2, "power": 2, "sum": 3, "mean": 3, "dot": 5}
N_OPERANDS |= {"logsumexp": 3}


def operands_of(name):
    size = st.floats(2.0**-10, 30.0)
    number = size if name in POSITIVE else st.builds(math.copysign, size, st.sampled_from((1, -1)))
    n = N_OPERANDS.get(name, 1)
    return st.tuples(*[number] * n)


def evaluate(name, operands):
    """An entry's value and local gradients for floats, by the float reader."""
    arguments, operation = operands, ops.TABLE[name]
    if name in ("sum", "mean", "logsumexp"):
        arguments = (operands,)
    elif name == "dot":
        arguments = (operands[:2], operands[2:4], operands[4])
    elif name == "power":
        arguments, operation = operands[:1], operation.with_static("power", operands[1])
    out = operation.forward(*arguments)
    return operation, arguments, out, operation.local_gradients(out, *arguments)


def test_the_oracle_covers_the_whole_table():
    assert ORACLE.keys() == ops.TABLE.keys()


@pytest.mark.parametrize("name", sorted(ops.TABLE))
@given(data=st.data())
def test_value_and_local_gradients_agree_with_mpmath(name, data):
    operands = data.draw(operands_of(name))
    _, _, out, gradients = evaluate(name, operands)
    with mpmath.workdps(50):
        exact = [mpmath.mpf(x) for x in operands]
        expected = ORACLE[name](*exact)
        scale = abs(expected) + sum(map(abs, exact))
        assert abs(out - expected) <= 1e-15 * scale + 4 * math.ulp(float(expected))
        for index, gradient in enumerate(gradients):
            derivative = mpmath.diff(ORACLE[name], exact, [i == index for i in range(len(exact))])
            # 4 ulp, and what operands wrong in their last bits make of it
            tolerance = 4 * math.ulp(float(derivative)) + 1e-13 * abs(derivative) + 1e-16 * abs(out)
            assert abs(gradient - derivative) <= tolerance


@pytest.mark.parametrize("name", sorted(ops.TABLE))
@given(data=st.data())
def test_the_array_reader_equals_the_float_reader_for_every_operand(name, data):
    operation, arguments, out, gradients = evaluate(name, data.draw(operands_of(name)))
    array_out, array_gradients = arrays.ieee(operation, arguments)
    assert array_out == pytest.approx(out, rel=1e-13, abs=1e-13)
    assert array_gradients == pytest.approx(gradients, rel=1e-13, abs=1e-300)


@pytest.mark.parametrize("name", sorted(ORACLE.keys() - {"+", "-", "*", "/", "**", "neg", "power"}))
def test_every_entry_is_a_function_of_values_and_of_floats(name):
    function = abs if name == "abs" else getattr(autograd, name)
    if name == "dot":
        assert function([Value(1.5)], [Value(2.0)]).data == function([1.5], [2.0]) == 3.0
    elif name in N_OPERANDS:
        assert function([Value(1.5)]).data == function([1.5]) == 1.5
    else:
        assert function(Value(1.5)).data == function(1.5)
        assert getattr(Value(1.5), "__abs__" if name == "abs" else name)().data == function(1.5)


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
