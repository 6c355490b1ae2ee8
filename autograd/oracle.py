"""The table's operations on mpmath numbers: an oracle that shares no code with the engine.

Each function has the name and the arguments of the public one, and computes from mpmath's functions
at mpmath's precision. But for those of powers, which are operations themselves, there is not one
derivative here: whoever needs derivatives takes differences at many digits. Operators (`+`, `**`, ...)
are those of mpmath's numbers themselves.

Needs mpmath, which `pip install glassgrad[test]` brings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mpmath import mp


def _cbrt(x: Any) -> Any:
    return mp.sign(x) * mp.cbrt(abs(x))


def _clip(x: Any, low: float, high: float) -> Any:
    return min(max(x, mp.mpf(low)), mp.mpf(high))


def _dot(weights: Sequence[Any], inputs: Sequence[Any], bias: Any = 0.0) -> Any:
    return mp.fdot(weights, inputs) + bias


def _elu(x: Any, alpha: float = 1.0) -> Any:
    return x if x > 0 else alpha * mp.expm1(x)


def _logsumexp(values: Sequence[Any]) -> Any:
    return mp.log(mp.fsum(map(mp.exp, values)))


def _mean(values: Sequence[Any]) -> Any:
    return mp.fsum(values) / len(values)


def _pow_derivative(x: Any, y: Any, i: int, j: int) -> Any:
    # By Leibniz: the j-th derivative by y of y (y - 1) ... (y - i + 1) · x^(y - i).
    product = [mp.mpf(1)]  # coefficients, from the lowest power of y
    for m in range(i):
        shifted = [mp.mpf(0), *product]
        product = [a - m * b for a, b in zip(shifted, [*product, mp.mpf(0)], strict=True)]
    whole = mp.mpf(0)
    for k in range(j, -1, -1):
        logarithms = mp.log(x) ** k if k else 1
        value = mp.fsum(a * mp.mpf(y) ** n for n, a in enumerate(product))
        whole += mp.binomial(j, k) * value * logarithms
        product = [n * a for n, a in enumerate(product)][1:]
    return whole * mp.mpf(x) ** (y - i)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": mp.fabs,
    "acos": mp.acos,
    "acosh": mp.acosh,
    "asin": mp.asin,
    "asinh": mp.asinh,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "atanh": mp.atanh,
    "cbrt": _cbrt,
    "clip": _clip,
    "cos": mp.cos,
    "cosh": mp.cosh,
    "degrees": lambda x: x * 180 / mp.pi,
    "dot": _dot,
    "elu": _elu,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "exp": mp.exp,
    "exp2": lambda x: mp.mpf(2) ** x,
    "expm1": mp.expm1,
    "floor_divide": lambda x, y: mp.floor(mp.mpf(x) / y),
    "gelu": lambda x: x * mp.ncdf(x),
    "hypot": lambda x, y: mp.sqrt(mp.mpf(x) ** 2 + mp.mpf(y) ** 2),
    "leaky_relu": lambda x, slope=0.01: x if x > 0 else slope * x,
    "log": mp.log,
    "log10": mp.log10,
    "log1p": mp.log1p,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log_sigmoid": lambda x: -mp.log1p(mp.exp(-x)),
    "logsumexp": _logsumexp,
    "max": lambda values: max(map(mp.mpf, values)),
    "maximum": lambda x, y: max(mp.mpf(x), mp.mpf(y)),
    "mean": _mean,
    "min": lambda values: min(map(mp.mpf, values)),
    "minimum": lambda x, y: min(mp.mpf(x), mp.mpf(y)),
    "pow_derivative": _pow_derivative,
    "power_derivative_by": lambda x, exponent, i: _pow_derivative(x, mp.mpf(exponent), i, 0),
    "prod": mp.fprod,
    "radians": lambda x: x * mp.pi / 180,
    "reciprocal": lambda x: 1 / mp.mpf(x),
    "relu": lambda x: max(x, mp.mpf(0)),
    "sech2": lambda x: mp.sech(x) ** 2,
    "select": lambda index, values: mp.mpf(values[index]),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "sign": mp.sign,
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "sin": mp.sin,
    "sinh": mp.sinh,
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "sqrt": mp.sqrt,
    "square": lambda x: x * x,
    "sum": mp.fsum,
    "tan": mp.tan,
    "tanh": mp.tanh,
    "where": lambda condition, a, b: mp.mpf(a if condition else b),
}
