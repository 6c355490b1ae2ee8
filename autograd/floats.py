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


def largest(xs: Iterable[float]) -> float:
    """The largest element; the first of several. A nan need not win: its term will."""
    return max(xs)


def dot(ws: Iterable[float], xs: Iterable[float], *bias: float) -> float:
    """The sum of the products of two vectors, and of a bias if there is one."""
    return math.fsum((*map(mul, ws, xs), *bias))


# The namespace that formulas are bound to. The table adds its own operations to it as it is read.
FUNCTIONS: dict[str, Any] = {
    "__builtins__": {"len": len, "slice": slice},
    "abs": abs,
    "dot": dot,
    "each": each,
    "exp": math.exp,
    "fill": fill,
    "inf": inf,
    "largest": largest,
    "log": math.log,
    "power": math.pow,
    "sum": math.fsum,
    "tanh": math.tanh,
    "where": where,
}
