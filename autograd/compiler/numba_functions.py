"""The numba reader: the functions that the table's formulas call in code that numba compiles.

They take floats, as those of `floats.py` do, and follow IEEE 754, as those of `arrays.py` do: nothing
raises an exception but a position that `select` does not have. A vector of operands is a tuple.

Nothing is compiled when this is imported: each function is, with all that it calls, once code that
needs it is compiled.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit
from numba.np.unsafe.ndarray import to_fixed_tuple as numba_to_fixed_tuple

from autograd import floats, ops
from autograd.ops import complete

Decorator = Callable[[Callable[..., Any]], Any]
compiled: Decorator = njit(error_model="numpy")  # 1 / 0 is inf, and no exception
inlined: Decorator = njit(error_model="numpy", forceinline=True)
to_fixed_tuple: Any = numba_to_fixed_tuple


@inlined
def where(condition: bool, a: float, b: float) -> float:
    """a if the condition holds, else b."""
    return a if condition else b


@compiled
def argmax(xs: Any) -> Any:
    """The index of the first nan, or else of the first of the largest elements."""
    best = 0
    for i in range(1, len(xs)):
        if xs[best] == xs[best] and not xs[i] <= xs[best]:
            best = i
    return best


@compiled
def argmin(xs: Any) -> Any:
    """The index of the first nan, or else of the first of the smallest elements."""
    best = 0
    for i in range(1, len(xs)):
        if xs[best] == xs[best] and not xs[i] >= xs[best]:
            best = i
    return best


@compiled
def largest(xs: Any) -> Any:
    """The largest element; nan if there is one."""
    return xs[argmax(xs)]


@compiled
def smallest(xs: Any) -> Any:
    """The smallest element; nan if there is one."""
    return xs[argmin(xs)]


@compiled
def position(index: float, count: int) -> Any:
    """An index that counts from 0, as an int. Raises IndexError if it means none of `count` elements."""
    whole = int(index)
    if whole != index:
        raise IndexError(f"select() takes a whole number as the position, not one after {whole}")
    if not 0 <= whole < count:
        raise IndexError(f"select() has no position {whole} among {count} values")
    return whole


@compiled
def at(index: float, xs: Any) -> Any:
    """The element of a vector that an index counts from 0."""
    return xs[position(index, len(xs))]


@compiled
def one_hot(index: float, xs: Any) -> Any:
    """A vector as long as xs, 1 at the index and 0 elsewhere."""
    out = np.zeros(len(xs))
    out[int(index)] = 1.0
    return to_fixed_tuple(out, len(xs))


@compiled
def fill(number: float, xs: Any) -> Any:
    """A vector as long as xs, each element the same number."""
    return to_fixed_tuple(np.full(len(xs), number), len(xs))


@compiled
def total(xs: Any) -> Any:
    """The sum, from the left."""
    out = 0.0
    for x in xs:
        out += x
    return out


@compiled
def mean(xs: Any) -> Any:
    """The sum, divided by the number of elements."""
    return total(xs) / len(xs)


@compiled
def dot(ws: Any, xs: Any, bias: float = 0.0) -> Any:
    """The sum of the products of two vectors, and of a bias if there is one."""
    out = 0.0
    for i in range(len(xs)):
        out += ws[i] * xs[i]
    return out + bias


@compiled
def logsumexp(xs: Any) -> Any:
    """log Σ e^x, without overflow, and without losing a small result beside 1."""
    top = largest(xs)
    others = -1.0  # one of the largest is the 1 that log1p adds
    for x in xs:
        if x == top:
            others += 1.0
    for x in xs:
        if x != top:
            others += math.exp(x - top)
    return top + math.log1p(others)


@compiled
def softmax(value: float, xs: Any) -> Any:
    """The local gradients of logsumexp."""
    # The table's formula passes functions around, which numba does not take.
    top = largest(xs)
    out = np.empty(len(xs))
    whole = 0.0
    for i in range(len(xs)):
        out[i] = math.exp(xs[i] - top)
        whole += out[i]
    return to_fixed_tuple(out / whole, len(xs))


@compiled
def cross_entropy(index: float, xs: Any) -> Any:
    """log Σ e^x - xs[index], with all of its digits however large or small it is."""
    chosen, top = at(index, xs), largest(xs)
    below_top = np.empty(len(xs))
    for i in range(len(xs)):
        below_top[i] = xs[i] - top
    return logsumexp(below_top) - (chosen - top)


@compiled
def cross_entropy_slopes(value: float, index: float, xs: Any) -> Any:
    """The local gradients of cross_entropy."""
    out = np.empty(len(xs))
    for i, probability in enumerate(softmax(value, xs)):
        out[i] = probability
    out[int(index)] = math.expm1(-value)
    return (0.0, *to_fixed_tuple(out, len(xs)))


@compiled
def _times(a: Any, b: Any) -> Any:
    # A product as a mantissa and an exponent, which neither overflows nor underflows on the way.
    mantissa, exponent = math.frexp(a[0] * b[0])
    return mantissa, exponent + a[1] + b[1]


@compiled
def _unscaled(scaled: Any) -> Any:
    # beyond ±5000 it is 0 or inf already, and ldexp takes a C int
    mantissa, exponent = scaled
    return math.ldexp(
        mantissa, 5000 if exponent > 5000 else -5000 if exponent < -5000 else exponent
    )


@compiled
def prod(xs: Any) -> Any:
    """The product."""
    out = (1.0, 0)
    for x in xs:
        out = _times(out, math.frexp(x))
    return _unscaled(out)


@compiled
def products_of_others(xs: Any) -> Any:
    """For each element the product of all the others."""
    n = len(xs)
    out = np.empty(n)
    mantissas, exponents = np.empty(n), np.empty(n, dtype=np.int64)
    before = (1.0, 0)
    for i in range(n):
        mantissas[i], exponents[i] = before
        before = _times(before, math.frexp(xs[i]))
    after = (1.0, 0)
    for i in range(n - 1, -1, -1):
        out[i] = _unscaled(_times((mantissas[i], exponents[i]), after))
        after = _times(after, math.frexp(xs[i]))
    return to_fixed_tuple(out, n)


# The namespace that formulas are bound to: the float reader's functions where they are of `math`, which
# numba knows, but for three that it does not.
FUNCTIONS: dict[str, Any] = {
    name: function
    for name, function in floats.FUNCTIONS.items()
    if getattr(function, "__module__", "") == "math"
}
FUNCTIONS |= {
    "__builtins__": {"len": len},
    "abs": abs,
    "argmax": argmax,
    "argmin": argmin,
    "at": at,
    "cbrt": np.cbrt,
    "cross_entropy": cross_entropy,
    "dot": dot,
    "exp2": np.exp2,
    "fill": fill,
    "inf": math.inf,
    "largest": largest,
    "log2": np.log2,
    "logsumexp": logsumexp,
    "mean": mean,
    "one_hot": one_hot,
    "prod": prod,
    "products_of_others": products_of_others,
    "smallest": smallest,
    "sum": total,
    "where": where,
}
BASE = frozenset(FUNCTIONS)  # what does not come of the table
complete(FUNCTIONS)
for _name, _function in list(FUNCTIONS.items()):
    if isinstance(_function, FunctionType):
        FUNCTIONS[_name] = inlined(_function)


def local_gradients(operation: ops.Operation) -> Any:
    """An entry's formula for its local gradients, for numba."""
    if operation is ops.logsumexp:
        return softmax
    if operation is ops.cross_entropy:
        return cross_entropy_slopes
    return inlined(operation.read(FUNCTIONS)[1])
