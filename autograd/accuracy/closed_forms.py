"""Exact values and derivatives, by mpmath at 50 digits: what the table is measured against.

Nothing here comes from the engine. For each entry of its table there is a closed form of the value,
the first and the second derivatives. The second ones are wanted only for their size: they say how far
a gradient moves when its operands are wrong in their last bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import mpmath

mp = mpmath.MPContext()  # our own, so that nobody's precision changes
mp.dps = 50

Real = Any  # an mpf; mpmath ships no types
LN2 = mp.log(2)
LN10 = mp.log(10)
DEGREE = mp.pi / 180
SQRT_2 = mp.sqrt(2)
SQRT_PI = mp.sqrt(mp.pi)
RANGE = mp.mpf(10**5)  # an exponential of it is far outside the floats' range
ZERO, ONE = mp.mpf(0), mp.mpf(1)


class Exact(NamedTuple):
    """The exact value of something that the engine computes, and how well it can be known."""

    value: Real
    spread: Real = ZERO
    """Σ|xᵢ ∂value/∂xᵢ| over the operands: relative errors ε in them move the value by ε·spread."""
    allowance: Real = ZERO
    """What rounding the terms of a sum may add: n ulp of Σ|terms|."""


def ulp(x: Real) -> Real:
    """The distance of floats in the binade of x; below the normal numbers the least float."""
    return mp.ldexp(1, max(mp.mag(x) - 53, -1074)) if x else mp.ldexp(1, -1074)


def exact(name: str, operands: Sequence[float], static: Sequence[float]) -> list[Exact | None]:
    """The exact value of a table entry, then its local gradients; None where one is not real."""
    numbers = [mp.mpf(x) for x in operands]
    if name in OF_VECTORS:
        return OF_VECTORS[name](numbers, *static)
    if name in OF_ONE:
        (x,) = numbers
        value, first, second = OF_ONE[name](x, *static)
        return [Exact(value, _spread(x, first)), Exact(first, _spread(x, second))]
    x, y = numbers
    value, gradients, (xx, xy, yy) = OF_TWO[name](x, y, *static)
    spreads = [_spread(x, xx) + _spread(y, xy), _spread(x, xy) + _spread(y, yy)]
    return [
        Exact(value, sum(map(_spread, numbers, gradients))),
        *[None if g is None else Exact(g, spread) for g, spread in zip(gradients, spreads)],
    ]


def _spread(x: Real, derivative: Real) -> Real:
    # At 0 an infinite derivative (of sqrt) has a product with x whose limit is 0.
    return abs(x * derivative) if x and derivative else ZERO


def _within_range(x: Real) -> Real:
    # An exponential of 10^300 would be no better, and takes long.
    return RANGE if x > RANGE else -RANGE if x < -RANGE else x


def _exp(x: Real) -> Real:
    return mp.exp(_within_range(x))


# Functions of one number: the value, the first and the second derivative.

Derivatives = tuple[Real, Real, Real]


def _log(x: Real, base: Real = ONE) -> Derivatives:
    return mp.log(x) / base, 1 / (base * x), -1 / (base * x * x)


def _log1p(x: Real) -> Derivatives:
    return mp.log1p(x), 1 / (1 + x), -1 / (1 + x) ** 2


def _exp2(x: Real) -> Derivatives:
    e = _exp(LN2 * x)
    return e, LN2 * e, LN2 * LN2 * e


def _expm1(x: Real) -> Derivatives:
    e = _exp(x)
    return mp.expm1(_within_range(x)), e, e


def _sqrt(x: Real) -> Derivatives:
    if not x:
        return ZERO, mp.inf, ZERO
    root = mp.sqrt(x)
    return root, 1 / (2 * root), -1 / (4 * x * root)


def _cbrt(x: Real) -> Derivatives:
    if not x:
        return ZERO, mp.inf, ZERO
    root = mp.cbrt(x) if x > 0 else -mp.cbrt(-x)
    return root, root / (3 * x), -2 * root / (9 * x * x)


def _sin(x: Real) -> Derivatives:
    c, s = mp.cos_sin(x)
    return s, c, -s


def _cos(x: Real) -> Derivatives:
    c, s = mp.cos_sin(x)
    return c, -s, -c


def _tan(x: Real) -> Derivatives:
    c, s = mp.cos_sin(x)
    t = s / c
    return t, 1 / (c * c), 2 * t / (c * c)


def _asin(x: Real) -> Derivatives:
    root = mp.sqrt((1 - x) * (1 + x))
    if not root:
        return mp.atan2(x, root), mp.inf, ZERO
    return mp.atan2(x, root), 1 / root, x / root**3


def _acos(x: Real) -> Derivatives:
    root = mp.sqrt((1 - x) * (1 + x))
    _, first, second = _asin(x)
    return mp.atan2(root, x), -first, -second


def _atan(x: Real) -> Derivatives:
    d = 1 + x * x
    return mp.atan(x), 1 / d, -2 * x / d**2


def _sinh(x: Real) -> Derivatives:
    x = _within_range(x)
    s, c = mp.sinh(x), mp.cosh(x)
    return s, c, s


def _cosh(x: Real) -> Derivatives:
    s, c, _ = _sinh(x)
    return c, s, c


def _tanh(x: Real) -> Derivatives:
    t = mp.tanh(_within_range(x))
    s = 1 / mp.cosh(_within_range(x)) ** 2
    return t, s, -2 * t * s


def _sech2(x: Real) -> Derivatives:
    t, s, slope = _tanh(x)
    return s, slope, 4 * s * t * t - 2 * s * s


def _asinh(x: Real) -> Derivatives:
    root = mp.sqrt(1 + x * x)
    return mp.asinh(x), 1 / root, -x / root**3


def _acosh(x: Real) -> Derivatives:
    if x == 1:
        return ZERO, mp.inf, ZERO
    root = mp.sqrt((x - 1) * (x + 1))
    return mp.acosh(x), 1 / root, -x / root**3


def _atanh(x: Real) -> Derivatives:
    d = (1 - x) * (1 + x)
    return mp.atanh(x), 1 / d, 2 * x / d**2


def _erf(x: Real) -> Derivatives:
    bell = 2 / SQRT_PI * _exp(-x * x)
    return mp.erf(_within_range(x)), bell, -2 * x * bell


def _erfc(x: Real) -> Derivatives:
    _, first, second = _erf(x)
    return mp.erfc(_within_range(x)), -first, -second


def _logistic(x: Real) -> tuple[Real, Real]:
    """σ(x) and σ(−x)."""
    e = _exp(x)
    return e / (1 + e), 1 / (1 + e)


def _sigmoid(x: Real) -> Derivatives:
    s, q = _logistic(x)
    return s, s * q, s * q * (q - s)


def _softplus(x: Real) -> Derivatives:
    s, q = _logistic(x)
    value = mp.log1p(_exp(-abs(x)))
    return (value + x if x > 0 else value), s, s * q


def _log_sigmoid(x: Real) -> Derivatives:
    value, s, sq = _softplus(-x)
    return -value, s, -sq


def _silu(x: Real) -> Derivatives:
    s, q = _logistic(x)
    return x * s, s * (1 + x * q), s * q * (2 + x * (q - s))


def _gelu(x: Real) -> Derivatives:
    normal = mp.erfc(_within_range(-x / SQRT_2)) / 2
    bell = _exp(-x * x / 2) / (SQRT_2 * SQRT_PI)
    return x * normal, normal + x * bell, bell * (2 - x * x)


def _power(x: Real, exponent: float) -> Derivatives:
    value, (first, _), (second, _, _) = _pow(x, mp.mpf(exponent))
    return value, first, second


def _elu(x: Real, alpha: float) -> Derivatives:
    e = alpha * _exp(x)
    return (x, ONE, ZERO) if x > 0 else (alpha * mp.expm1(_within_range(x)), e, e)


def _leaky_relu(x: Real, slope: float) -> Derivatives:
    return (x, ONE, ZERO) if x > 0 else (slope * x, mp.mpf(slope), ZERO)


def _clip(x: Real, low: float, high: float) -> Derivatives:
    clipped = min(max(x, mp.mpf(low)), mp.mpf(high))
    return clipped, (ONE if clipped == x else ZERO), ZERO


OF_ONE: dict[str, Callable[..., Derivatives]] = {
    "identity": lambda x: (x, ONE, ZERO),
    "neg": lambda x: (-x, -ONE, ZERO),
    "abs": lambda x: (abs(x), mp.sign(x), ZERO),
    "sign": lambda x: (mp.sign(x), ZERO, ZERO),
    "square": lambda x: (x * x, 2 * x, mp.mpf(2)),
    "reciprocal": lambda x: (1 / x, -1 / x**2, 2 / x**3),
    "degrees": lambda x: (x / DEGREE, 1 / DEGREE, ZERO),
    "radians": lambda x: (x * DEGREE, DEGREE, ZERO),
    "power": _power,
    "sqrt": _sqrt,
    "cbrt": _cbrt,
    "exp": lambda x: (_exp(x),) * 3,
    "exp2": _exp2,
    "expm1": _expm1,
    "log": _log,
    "log2": lambda x: _log(x, LN2),
    "log10": lambda x: _log(x, LN10),
    "log1p": _log1p,
    "sin": _sin,
    "cos": _cos,
    "tan": _tan,
    "asin": _asin,
    "acos": _acos,
    "atan": _atan,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "sech2": _sech2,
    "asinh": _asinh,
    "acosh": _acosh,
    "atanh": _atanh,
    "erf": _erf,
    "erfc": _erfc,
    "sigmoid": _sigmoid,
    "log_sigmoid": _log_sigmoid,
    "softplus": _softplus,
    "silu": _silu,
    "gelu": _gelu,
    "relu": lambda x: _leaky_relu(x, 0.0),
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "clip": _clip,
}

# Functions of two numbers: the value, the gradients, and the second derivatives xx, xy, yy.

Gradients = tuple[Real, tuple[Real, Real], tuple[Real, Real, Real]]
FLAT = (ZERO, ZERO, ZERO)


def _pow(x: Real, y: Real) -> Gradients:
    if not y:
        by_y = mp.log(x) if x > 0 else ZERO if not x else None
        return ONE, (ZERO, by_y), (ZERO, 1 / x if x else ZERO, by_y**2 if by_y else ZERO)
    if not x:
        return ZERO, (mp.inf if y < 1 else ONE if y == 1 else ZERO, ZERO), FLAT
    log = mp.log(abs(x))
    p = _exp(y * log)
    if x < 0:  # a derivative by y is not real
        p = -p if int(y) % 2 else p
        return p, (y * p / x, None), (y * (y - 1) * p / x / x, ZERO, ZERO)
    by_x = p / x
    return p, (y * by_x, p * log), (y * (y - 1) * by_x / x, by_x * (1 + y * log), p * log * log)


def _divide(x: Real, y: Real) -> Gradients:
    return x / y, (1 / y, -x / y**2), (ZERO, -1 / y**2, 2 * x / y**3)


def _mod(x: Real, y: Real) -> Gradients:
    return x % y, (ONE, -_whole(x, y)), FLAT


def _whole(x: Real, y: Real) -> Real:
    # mpmath's % is exact
    quotient = (x - x % y) / y
    return mp.nint(quotient) if abs(quotient) < mp.mpf(10) ** 40 else quotient


def _hypot(x: Real, y: Real) -> Gradients:
    r = mp.sqrt(x * x + y * y)
    if not r:
        return ZERO, (ZERO, ZERO), FLAT
    return r, (x / r, y / r), (y * y / r**3, -x * y / r**3, x * x / r**3)


def _atan2(y: Real, x: Real) -> Gradients:
    d = x * x + y * y
    mixed = (y * y - x * x) / d**2
    return mp.atan2(y, x), (x / d, -y / d), (-2 * x * y / d**2, mixed, 2 * x * y / d**2)


def _choose(a: Real, b: Real, first: bool) -> Gradients:
    return (a, (ONE, ZERO), FLAT) if first else (b, (ZERO, ONE), FLAT)


OF_TWO: dict[str, Callable[..., Gradients]] = {
    "+": lambda x, y: (x + y, (ONE, ONE), FLAT),
    "-": lambda x, y: (x - y, (ONE, -ONE), FLAT),
    "*": lambda x, y: (x * y, (y, x), (ZERO, ONE, ZERO)),
    "/": _divide,
    "%": _mod,
    "//": lambda x, y: (_whole(x, y), (ZERO, ZERO), FLAT),
    "**": _pow,
    "hypot": _hypot,
    "atan2": _atan2,
    "maximum": lambda x, y: _choose(x, y, x >= y),
    "minimum": lambda x, y: _choose(x, y, x <= y),
    "where": _choose,
}

# Functions of vectors: all that is wanted, at once.


def _total(
    terms: Sequence[Real], factors: Iterable[Exact], share: Real = ONE
) -> list[Exact | None]:
    size = mp.fsum(map(abs, terms)) * share
    return [Exact(mp.fsum(terms) * share, size, len(terms) * ulp(size)), *factors]


def _dot(numbers: Sequence[Real]) -> list[Exact | None]:
    # Weights, as many inputs, and perhaps a bias.
    n = len(numbers) // 2
    ws, xs, bias = numbers[:n], numbers[n : 2 * n], numbers[2 * n :]
    products = [w * x for w, x in zip(ws, xs)]
    gradients = [Exact(x, abs(x)) for x in (*xs, *ws)] + [Exact(ONE) for _ in bias]
    value, *gradients_of = _total([*products, *bias], gradients)
    assert value is not None
    return [value._replace(spread=value.spread + mp.fsum(map(abs, products))), *gradients_of]


def _prod(xs: Sequence[Real]) -> list[Exact | None]:
    gradients = [mp.fprod([*xs[:i], *xs[i + 1 :]]) for i in range(len(xs))]
    value = gradients[0] * xs[0]
    return [
        Exact(value, len(xs) * abs(value)),
        *[Exact(g, (len(xs) - 1) * abs(g)) for g in gradients],
    ]


def _logsumexp(xs: Sequence[Real]) -> list[Exact | None]:
    top = max(xs)
    exponentials = [_exp(x - top) for x in xs]
    shares = [e / mp.fsum(exponentials) for e in exponentials]
    weights = [abs(x) * share for x, share in zip(xs, shares)]
    # ∂pᵢ/∂xⱼ is −pᵢ pⱼ, and pᵢ (1 − pᵢ) for j = i
    gradients = [
        Exact(share, share * (abs(x) * _sum_without(i, shares) + _sum_without(i, weights)))
        for i, (x, share) in enumerate(zip(xs, shares))
    ]
    value = top + mp.log1p(_sum_without(xs.index(top), exponentials))
    return [Exact(value, mp.fsum(weights)), *gradients]


def _sum_without(i: int, terms: Sequence[Real]) -> Real:
    return mp.fsum([*terms[:i], *terms[i + 1 :]])


def _pick(xs: Sequence[Real], index: int) -> list[Exact | None]:
    gradients = [Exact(ONE if i == index else ZERO) for i in range(len(xs))]
    return [Exact(xs[index], abs(xs[index])), *gradients]


OF_VECTORS: dict[str, Callable[..., list[Exact | None]]] = {
    "sum": lambda xs: _total(xs, [Exact(ONE)] * len(xs)),
    "mean": lambda xs: _total(xs, [Exact(ONE / len(xs))] * len(xs), ONE / len(xs)),
    "prod": _prod,
    "dot": _dot,
    "logsumexp": _logsumexp,
    "max": lambda xs: _pick(xs, xs.index(max(xs))),
    "min": lambda xs: _pick(xs, xs.index(min(xs))),
    "select": _pick,
}
