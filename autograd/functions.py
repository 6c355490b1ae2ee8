"""The table's operations on one or two numbers, as functions.

Each takes Values or plain numbers: of numbers alone it gives a float, else a Value.
"""

from __future__ import annotations

from typing import Any, TypeVar

from autograd import ops
from autograd.conversion import as_float, brief, is_number
from autograd.ops import Operation
from autograd.tracing import Condition, Equality
from autograd.value import (
    CONSTANT,
    Operand,
    Value,
    binary,
    compute,
    leaf,
    power_by,
    unary,
    with_static,
)

T = TypeVar("T", float, Value)


def _elementary(operation: Operation, x: T) -> T:
    if isinstance(x, Value):
        return unary(operation, x)
    return compute(operation, as_float(x, f"{operation.name}()"))


def _of_two(operation: Operation, x: Operand, y: Operand) -> Any:
    name = f"{operation.name}()"
    if isinstance(x, Value) or isinstance(y, Value):
        left = x if isinstance(x, Value) else leaf(as_float(x, name), CONSTANT)
        result = binary(operation)(left, y)
        if result is NotImplemented:
            as_float(y, name)  # says what is wrong
        return result
    return compute(operation, as_float(x, name), as_float(y, name))


def exp(x: T) -> T:
    """e to the power x.

    >>> exp(1.0)
    2.718281828459045
    """
    return _elementary(ops.exp, x)


def exp2(x: T) -> T:
    """2 to the power x.

    >>> exp2(3.0)
    8.0
    """
    return _elementary(ops.exp2, x)


def expm1(x: T) -> T:
    """e^x - 1, exact also where e^x is near 1.

    >>> expm1(1e-20)
    1e-20
    """
    return _elementary(ops.expm1, x)


def log(x: T) -> T:
    """The natural logarithm: -inf at 0, nan below.

    >>> log(1.0), log(0.0)
    (0.0, -inf)
    """
    return _elementary(ops.log, x)


def log2(x: T) -> T:
    """The logarithm to base 2.

    >>> log2(8.0)
    3.0
    """
    return _elementary(ops.log2, x)


def log10(x: T) -> T:
    """The logarithm to base 10.

    >>> log10(1000.0)
    3.0
    """
    return _elementary(ops.log10, x)


def log1p(x: T) -> T:
    """log(1 + x), exact also where x is small.

    >>> log1p(1e-20)
    1e-20
    """
    return _elementary(ops.log1p, x)


def sqrt(x: T) -> T:
    """The square root; nan below 0.

    >>> sqrt(9.0)
    3.0
    """
    return _elementary(ops.sqrt, x)


def cbrt(x: T) -> T:
    """The cube root, of negative numbers too.

    >>> round(cbrt(-27.0), 12)
    -3.0
    """
    return _elementary(ops.cbrt, x)


def square(x: T) -> T:
    """x * x.

    >>> square(-3.0)
    9.0
    """
    return _elementary(ops.square, x)


def reciprocal(x: T) -> T:
    """1 / x; inf at 0.

    >>> reciprocal(4.0), reciprocal(0.0)
    (0.25, inf)
    """
    return _elementary(ops.reciprocal, x)


def sin(x: T) -> T:
    """The sine, of an angle in radians.

    >>> sin(0.0)
    0.0
    """
    return _elementary(ops.sin, x)


def cos(x: T) -> T:
    """The cosine, of an angle in radians.

    >>> cos(0.0)
    1.0
    """
    return _elementary(ops.cos, x)


def tan(x: T) -> T:
    """The tangent, of an angle in radians.

    >>> tan(0.0)
    0.0
    """
    return _elementary(ops.tan, x)


def asin(x: T) -> T:
    """The angle in [-π/2, π/2] whose sine is x; nan outside [-1, 1].

    >>> degrees(asin(1.0))
    90.0
    """
    return _elementary(ops.asin, x)


def acos(x: T) -> T:
    """The angle in [0, π] whose cosine is x; nan outside [-1, 1].

    >>> acos(1.0)
    0.0
    """
    return _elementary(ops.acos, x)


def atan(x: T) -> T:
    """The angle in (-π/2, π/2) whose tangent is x.

    >>> degrees(atan(1.0))
    45.0
    """
    return _elementary(ops.atan, x)


def degrees(x: T) -> T:
    """An angle in radians, in degrees.

    >>> round(degrees(1.0), 6)
    57.29578
    """
    return _elementary(ops.degrees, x)


def radians(x: T) -> T:
    """An angle in degrees, in radians.

    >>> round(radians(180.0), 6)
    3.141593
    """
    return _elementary(ops.radians, x)


def sinh(x: T) -> T:
    """The hyperbolic sine.

    >>> sinh(0.0)
    0.0
    """
    return _elementary(ops.sinh, x)


def cosh(x: T) -> T:
    """The hyperbolic cosine.

    >>> cosh(0.0)
    1.0
    """
    return _elementary(ops.cosh, x)


def tanh(x: T) -> T:
    """The hyperbolic tangent.

    >>> round(tanh(0.5), 12)
    0.46211715726
    """
    return _elementary(ops.tanh, x)


def asinh(x: T) -> T:
    """The number whose hyperbolic sine is x.

    >>> round(asinh(1.0), 12)
    0.88137358702
    """
    return _elementary(ops.asinh, x)


def acosh(x: T) -> T:
    """The number, not below 0, whose hyperbolic cosine is x; nan below 1.

    >>> acosh(1.0)
    0.0
    """
    return _elementary(ops.acosh, x)


def atanh(x: T) -> T:
    """The number whose hyperbolic tangent is x; ±inf at ±1, nan beyond.

    >>> atanh(0.0), atanh(1.0)
    (0.0, inf)
    """
    return _elementary(ops.atanh, x)


def sech2(x: T) -> T:
    """1 / cosh² = 1 - tanh², the derivative of tanh, without the subtraction that loses its tails.

    >>> sech2(0.0), float(f"{sech2(20.0):.12g}")
    (1.0, 1.69934170212e-17)
    """
    return _elementary(ops.sech2, x)


def erf(x: T) -> T:
    """The error function, 2/√π ∫₀ˣ exp(-t²) dt.

    >>> round(erf(1.0), 12)
    0.84270079295
    """
    return _elementary(ops.erf, x)


def erfc(x: T) -> T:
    """1 - erf(x), without the subtraction that loses its tail.

    >>> float(f"{erfc(20.0):.10g}")
    5.395865612e-176
    """
    return _elementary(ops.erfc, x)


def sign(x: T) -> T:
    """1 for positive x, -1 for negative x, 0 at 0; its derivative is 0.

    >>> sign(-2.5)
    -1.0
    """
    return _elementary(ops.sign, x)


def sigmoid(x: T) -> T:
    """The logistic function, 1 / (1 + e^-x): from 0 to 1, and 1/2 at 0.

    >>> sigmoid(0.0), sigmoid(-1000.0)
    (0.5, 0.0)
    """
    return _elementary(ops.sigmoid, x)


def log_sigmoid(x: T) -> T:
    """log(sigmoid(x)), without underflow.

    >>> log_sigmoid(-1000.0)
    -1000.0
    """
    return _elementary(ops.log_sigmoid, x)


def softplus(x: T) -> T:
    """log(1 + e^x), a smooth relu, without overflow.

    >>> softplus(1000.0)
    1000.0
    """
    return _elementary(ops.softplus, x)


def silu(x: T) -> T:
    """x * sigmoid(x), also called swish (Elfwing et al. 2017).

    >>> round(silu(1.0), 12)
    0.73105857863
    """
    return _elementary(ops.silu, x)


def gelu(x: T) -> T:
    """x Φ(x), with Φ the distribution function of the normal distribution: the exact form, by erf
    (Hendrycks and Gimpel 2016).

    >>> round(gelu(1.0), 12)
    0.841344746069
    """
    return _elementary(ops.gelu, x)


def relu(x: T) -> T:
    """max(0, x); the derivative at 0 is 0.

    >>> relu(3.0), relu(-3.0)
    (3.0, 0.0)
    """
    return _elementary(ops.relu, x)


def abs(x: T) -> T:
    """|x|, the absolute value; the derivative at 0 is 0.

    >>> abs(-2.0)
    2.0
    """
    return _elementary(ops.abs, x)


def leaky_relu(x: T, slope: float = 0.01) -> T:
    """x where x > 0, slope * x elsewhere; the derivative at 0 is the slope.

    >>> leaky_relu(-3.0, slope=0.5)
    -1.5
    """
    return _elementary(with_static(ops.leaky_relu, as_float(slope, "slope")), x)


def elu(x: T, alpha: float = 1.0) -> T:
    """x where x > 0, alpha * (e^x - 1) elsewhere (Clevert et al. 2015).

    >>> elu(-1000.0, alpha=2.0)
    -2.0
    """
    return _elementary(with_static(ops.elu, as_float(alpha, "alpha")), x)


def clip(x: T, low: float, high: float) -> T:
    """x, but no less than low and no more than high, two numbers; the derivative at both is 1.

    Raises ValueError if low is above high.

    >>> clip(3.0, -1.0, 1.0)
    1.0
    """
    low, high = as_float(low, "low"), as_float(high, "high")
    if low > high:
        raise ValueError(f"clip() takes low <= high, but got low={low!r} and high={high!r}")
    return _elementary(with_static(ops.clip, low, high), x)


def power(x: Operand, exponent: Operand) -> Any:
    """x ** exponent, by IEEE 754: nan, not a complex number, for a negative x and a fraction.

    >>> power(2.0, 10), power(-8.0, 1 / 3)
    (1024.0, nan)
    """
    if isinstance(exponent, Value):
        return _of_two(ops.pow, x, exponent)
    operation = power_by(as_float(exponent, "power()"))
    if isinstance(x, Value):
        return unary(operation, x)
    return compute(operation, as_float(x, "power()"))


def atan2(y: Operand, x: Operand) -> Any:
    """The angle in [-π, π] from the x axis to the point (x, y).

    >>> degrees(atan2(1.0, -1.0))
    135.0
    """
    return _of_two(ops.atan2, y, x)


def hypot(x: Operand, y: Operand) -> Any:
    """√(x² + y²), without overflow on the way; its derivatives at the origin are 0.

    >>> hypot(3.0, 4.0)
    5.0
    """
    return _of_two(ops.hypot, x, y)


def maximum(x: Operand, y: Operand) -> Any:
    """The larger of two; of two equal ones the first, which takes all of the gradient.

    >>> maximum(1.0, 2.0)
    2.0
    """
    return _of_two(ops.maximum, x, y)


def minimum(x: Operand, y: Operand) -> Any:
    """The smaller of two; of two equal ones the first, which takes all of the gradient.

    >>> minimum(1.0, 2.0)
    1.0
    """
    return _of_two(ops.minimum, x, y)


def where(condition: bool | Condition | Equality, a: Operand, b: Operand) -> Any:
    """a if the condition holds, else b: one node with two parents, of which one gets the gradient.

    The condition is a comparison of Values, or True or False; `==` and `!=` compare data here. Raises
    TypeError for anything else.

    Both a and b are computed. If the local gradient inside the branch not taken is infinite, 0 · inf
    gives nan, as in every framework:

    >>> x = Value(0.0)
    >>> where(x > 0, sqrt(x), 0.0).backward()
    >>> x.grad
    nan

    The cure is a second `where` that keeps the dangerous number out of the branch:

    >>> x = Value(0.0)
    >>> safe = where(x > 0, x, 1.0)
    >>> where(x > 0, sqrt(safe), 0.0).backward()
    >>> x.grad
    0.0
    """
    if isinstance(condition, Equality):
        condition = condition.condition()
    if isinstance(condition, Condition):
        return condition.where(a, b)
    if not is_number(condition) or condition not in (0, 1):  # ~True is -2, which Python holds true
        hint = "; where(c, b, a) in place of where(~c, a, b)" if is_number(condition) else ""
        raise TypeError(
            f"where() takes a comparison, True or False as its condition, but got {brief(condition)}, "
            f"which is of type {type(condition).__name__}{hint}"
        )
    return _of_two(_BRANCHES[bool(condition)], a, b)


_BRANCHES = {condition: ops.choose.with_static("where", condition) for condition in (True, False)}
