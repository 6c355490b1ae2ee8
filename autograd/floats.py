"""The float reader: the functions that the table's formulas call when operands are floats.

These are Python's own, chosen for speed. Where Python raises an exception (`1 / 0`, `log(-1)`,
`exp(1000)`) the formula is evaluated again in IEEE arithmetic, by `arrays.py`.

A sum has one rule, the same on every Python: the exact sum of its terms, rounded once (`math.fsum`;
the built-in `sum` changed in Python 3.12). Its order therefore never matters. In a dot product each
product is rounded, then they are summed by this rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from operator import mul
from typing import Any

inf = math.inf


def where(condition: bool, a: float, b: float) -> float:
    """a if the condition holds, else b."""
    return a if condition else b


def fill(number: float, xs: Sequence[float]) -> tuple[float, ...]:
    """A vector as long as xs, each element the same number."""
    return (number,) * len(xs)


def each(function: Callable[[float], float], xs: Iterable[float]) -> tuple[float, ...]:
    """A function of one number, applied to each element of a vector."""
    return tuple(map(function, xs))


def one_hot(index: int, xs: Sequence[float]) -> tuple[float, ...]:
    """A vector as long as xs, 1 at the index and 0 elsewhere."""
    return tuple([1.0 if i == index else 0.0 for i in range(len(xs))])


def put(index: float, x: float, xs: Sequence[float]) -> tuple[float, ...]:
    """A vector that is x at the index, and elsewhere as xs."""
    return tuple([x if i == index else other for i, other in enumerate(xs)])


def at(index: float, xs: Sequence[float]) -> float:
    """The element of a vector that an index, a whole number, counts from 0.

    Raises IndexError if there is none.
    """
    if not 0 <= index < len(xs) or index != int(index):
        raise IndexError(f"select() has no position {index:g} among {len(xs)} values")
    return xs[int(index)]


def argmax(xs: Sequence[float]) -> int:
    """The index of the first nan, or else of the first of the largest elements."""
    return max(range(len(xs)), key=lambda i: (xs[i] != xs[i], xs[i]))


def argmin(xs: Sequence[float]) -> int:
    """The index of the first nan, or else of the first of the smallest elements."""
    return min(range(len(xs)), key=lambda i: (xs[i] == xs[i], xs[i]))


def largest(xs: Sequence[float]) -> float:
    """The largest element; nan if there is one."""
    return xs[argmax(xs)]


def smallest(xs: Sequence[float]) -> float:
    """The smallest element; nan if there is one."""
    return xs[argmin(xs)]


def total(xs: Sequence[float]) -> float:
    """The exact sum, rounded once."""
    try:
        return math.fsum(xs)
    except OverflowError:  # of a partial sum, perhaps not of the whole
        return 2.0**64 * math.fsum([x * 2.0**-64 for x in xs])


def mean(xs: Sequence[float]) -> float:
    """The exact sum, rounded, divided by the number of elements."""
    try:
        return math.fsum(xs) / len(xs)
    except OverflowError:
        return math.fsum([x / len(xs) for x in xs])


def dot(ws: Sequence[float], xs: Sequence[float], *bias: float) -> float:
    """The sum of the products of two vectors, and of a bias if there is one."""
    try:
        out = math.fsum((*map(mul, ws, xs), *bias))
    except ValueError:  # inf - inf
        out = math.nan
    except OverflowError:
        out = inf
    if math.isfinite(out) or not all(map(math.isfinite, (*ws, *xs, *bias))):
        return out
    # Products or partial sums have overflowed; the whole need not.
    products = [w * 2.0**-550 * (x * 2.0**-550) for w, x in zip(ws, xs)]
    return _unscaled(math.fsum((*products, *(b * 2.0**-550 * 2.0**-550 for b in bias))), 1100)


def logsumexp(xs: Sequence[float]) -> float:
    """log Σ e^x, without overflow, and without losing a small result beside 1."""
    top = largest(xs)
    if top in (inf, -inf):
        return top
    return top + math.log1p(math.fsum([-1.0, *[math.exp(x - top) for x in xs]]))


def cross_entropy(index: float, xs: Sequence[float]) -> float:
    """log Σ e^x - xs[index], with all of its digits however large or small it is."""
    top = largest(xs)
    below_top = [x - top for x in xs]
    return logsumexp(below_top) - at(index, below_top)  # of which neither cancels the other


# A product as a mantissa and an exponent, which neither overflows nor underflows on the way.
Scaled = tuple[float, int]


def _times(a: Scaled, b: Scaled) -> Scaled:
    mantissa, exponent = math.frexp(a[0] * b[0])
    return mantissa, exponent + a[1] + b[1]


def _unscaled(mantissa: float, exponent: int) -> float:
    try:
        return math.ldexp(mantissa, exponent)
    except OverflowError:
        return math.copysign(inf, mantissa)


def prod(xs: Iterable[float]) -> float:
    """The product."""
    *_, last = accumulate(map(math.frexp, xs), _times, initial=(1.0, 0))
    return _unscaled(*last)


def products_of_others(xs: Sequence[float]) -> tuple[float, ...]:
    """For each element the product of all the others."""
    scaled = [math.frexp(x) for x in xs]
    before = accumulate(scaled[:-1], _times, initial=(1.0, 0))
    after = list(accumulate(scaled[:0:-1], _times, initial=(1.0, 0)))[::-1]
    return tuple([_unscaled(*_times(a, b)) for a, b in zip(before, after)])


# The namespace that formulas are bound to. The table adds its own operations to it as it is read.
FUNCTIONS: dict[str, Any] = {
    "__builtins__": {"len": len},
    "abs": abs,
    "acos": math.acos,
    "acosh": math.acosh,
    "argmax": argmax,
    "argmin": argmin,
    "asin": math.asin,
    "asinh": math.asinh,
    "at": at,
    "atan": math.atan,
    "atan2": math.atan2,
    "atanh": math.atanh,
    "cbrt": math.cbrt,
    "cos": math.cos,
    "cosh": math.cosh,
    "cross_entropy": cross_entropy,
    "dot": dot,
    "each": each,
    "erf": math.erf,
    "erfc": math.erfc,
    "exp": math.exp,
    "exp2": math.exp2,
    "expm1": math.expm1,
    "fill": fill,
    "hypot": math.hypot,
    "inf": inf,
    "largest": largest,
    "log": math.log,
    "log10": math.log10,
    "log1p": math.log1p,
    "log2": math.log2,
    "logsumexp": logsumexp,
    "mean": mean,
    "one_hot": one_hot,
    "power": math.pow,
    "prod": prod,
    "products_of_others": products_of_others,
    "put": put,
    "sin": math.sin,
    "sinh": math.sinh,
    "smallest": smallest,
    "sqrt": math.sqrt,
    "sum": total,
    "tan": math.tan,
    "tanh": math.tanh,
    "where": where,
}
