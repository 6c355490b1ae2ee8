"""The laws that HIPS Autograd tests its scalar operations by, for every function that we have too.

Each is checked to order 2: first derivatives against differences of the function, second derivatives
against differences of the first.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import gradcheck

ANY = st.floats(0.05, 3.0) | st.floats(-3.0, -0.05)
POSITIVE = st.floats(0.05, 3.0)
INSIDE = st.floats(-0.95, 0.95)

UNARY = {
    "abs": (abs, ANY),
    "sin": (autograd.sin, ANY),
    "cos": (autograd.cos, ANY),
    "tan": (autograd.tan, INSIDE),
    "sinh": (autograd.sinh, ANY),
    "cosh": (autograd.cosh, ANY),
    "tanh": (autograd.tanh, ANY),
    "arcsin": (np.arcsin, INSIDE),
    "arccos": (np.arccos, INSIDE),
    "arctan": (np.arctan, ANY),
    "arcsinh": (np.arcsinh, ANY),
    "arccosh": (np.arccosh, st.floats(1.1, 5.0)),
    "arctanh": (np.arctanh, INSIDE),
    "exp": (autograd.exp, ANY),
    "exp2": (autograd.exp2, ANY),
    "expm1": (autograd.expm1, ANY),
    "log": (autograd.log, POSITIVE),
    "log2": (autograd.log2, POSITIVE),
    "log10": (autograd.log10, POSITIVE),
    "log1p": (autograd.log1p, POSITIVE),
    "sqrt": (autograd.sqrt, POSITIVE),
    "square": (autograd.square, ANY),
    "reciprocal": (autograd.reciprocal, ANY),
    "sign": (autograd.sign, ANY),
    "rad2deg": (np.rad2deg, ANY),
    "degrees": (autograd.degrees, ANY),
    "deg2rad": (np.deg2rad, ANY),
    "radians": (autograd.radians, ANY),
    "negative": (lambda x: -x, ANY),
    "add a number on the right": (lambda x: x + 2.5, ANY),
    "add a number on the left": (lambda x: 2.5 + x, ANY),
    "subtract a number": (lambda x: x - 2.5, ANY),
    "subtract from a number": (lambda x: 2.5 - x, ANY),
    "multiply by a number": (lambda x: x * 2.5, ANY),
    "multiply a number": (lambda x: 2.5 * x, ANY),
    "divide by a number": (lambda x: x / 2.5, ANY),
    "divide a number": (lambda x: 2.5 / x, ANY),
    "a number as exponent": (lambda x: x**2.5, POSITIVE),
    "a number as base": (lambda x: 2.5**x, ANY),
    "clip, inside": (lambda x: x.clip(-4.0, 4.0), ANY),
    "clip, outside": (lambda x: x.clip(-0.01, 0.01), ANY),
    "comparisons choose": (lambda x: x * x if x > 0 else -x, ANY),
}
BINARY = {
    "add": (lambda x, y: x + y, ANY),
    "subtract": (lambda x, y: x - y, ANY),
    "multiply": (lambda x, y: x * y, ANY),
    "divide": (lambda x, y: x / y, ANY),
    "power": (lambda x, y: x**y, POSITIVE),
    "maximum": (autograd.maximum, ANY),
    "minimum": (autograd.minimum, ANY),
    "arctan2": (autograd.atan2, ANY),
    "hypot": (autograd.hypot, ANY),
    "logaddexp": (lambda x, y: autograd.logsumexp([x, y]), ANY),
    "where": (lambda x, y: autograd.where(x > y, x * x, y), ANY),
}


@pytest.mark.parametrize("name", UNARY)
@given(data=st.data())
def test_the_law_of_one_operand_holds_to_order_2(name, data):
    f, domain = UNARY[name]
    x = data.draw(domain)
    gradcheck(f, x, order=1)
    gradcheck(f, x, order=2)


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_the_law_of_two_operands_holds_to_order_2(name, data):
    f, domain = BINARY[name]
    x, y = data.draw(domain), data.draw(domain)
    gradcheck(f, x, y, order=1)
    gradcheck(f, x, y, order=2)
