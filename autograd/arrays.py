"""The array reader: the functions that the table's formulas call when operands are arrays.

NumPy's arithmetic is that of IEEE 754: it answers with inf and nan where Python raises an exception.
So this reader has a second task: `ieee` evaluates an operation for floats that Python's functions
refuse. The module is imported only then, and `import autograd` stays free of NumPy.

A vector of operands of an n-ary entry is an array whose first axis counts the operands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.ops import Operation, complete


def fill(number: Any, xs: Any) -> Any:
    """A vector as long as xs, each element the same number."""
    return np.full(np.shape(xs), number)


def each(function: Callable[[Any], Any], xs: Any) -> Any:
    """A function of one number, applied to each element of a vector."""
    return function(xs)


def one_hot(index: Any, xs: Any) -> Any:
    """A vector as long as xs, 1 at the index and 0 elsewhere."""
    return np.where(is_at(index, xs), 1.0, 0.0)


def put(index: Any, x: Any, xs: Any) -> Any:
    """A vector that is x at the index, and elsewhere as xs."""
    return np.where(is_at(index, xs), x, xs)


def is_at(index: Any, xs: Any) -> Any:
    """For each element of a vector, whether it is the one at the index."""
    return np.arange(len(xs)).reshape((-1,) + (1,) * (np.ndim(xs) - 1)) == index


def at(index: Any, xs: Any) -> Any:
    """The element of a vector that an index, a whole number, counts from 0.

    Raises IndexError if there is none.
    """
    numbers = np.asarray(index)
    positions = numbers.astype(np.intp)
    wrong = positions != numbers
    wrong |= positions.view(np.uintp) >= len(xs)  # a negative one counts as a huge one
    if wrong.any():
        raise IndexError(f"select() has no position {numbers[wrong][0]:g} among {len(xs)} values")
    if np.ndim(xs) == 2 and positions.ndim == 1:  # several times faster than what follows
        return xs[positions, np.arange(xs.shape[1])]
    return np.take_along_axis(xs, np.broadcast_to(positions, np.shape(xs)[1:])[np.newaxis], axis=0)[
        0
    ]


def dot(ws: Any, xs: Any, *bias: Any) -> Any:
    """The sum of the products of two vectors, and of a bias if there is one."""
    return np.sum(np.multiply(ws, xs), axis=0) + (bias[0] if bias else 0.0)


def logsumexp(xs: Any) -> Any:
    """log Σ e^x, without overflow, and without losing a small result beside 1."""
    top = np.maximum.reduce(xs, axis=0)
    is_top = xs == top
    others = np.add.reduce(np.where(is_top, 0.0, np.exp(xs - top)), axis=0)
    return top + np.log1p(others + (np.add.reduce(is_top, axis=0) - 1.0))


def cross_entropy(index: Any, xs: Any) -> Any:
    """log Σ e^x - xs[index], with all of its digits however large or small it is."""
    below_top = xs - np.maximum.reduce(xs, axis=0)
    chosen = at(index, below_top)
    others = np.add.reduce(put(index, 0.0, np.exp(below_top)), axis=0)
    return np.logaddexp(0.0, np.log(others) - chosen)


def softmax(xs: Any) -> Any:
    """The local gradients of logsumexp."""
    exponentials = np.exp(xs - np.maximum.reduce(xs, axis=0))
    exponentials /= np.add.reduce(exponentials, axis=0)
    return exponentials


def products_of_others(xs: Any) -> Any:
    """For each element of a vector the product of all the others."""
    ones = np.ones_like(xs[:1])
    before = np.cumprod(np.concatenate([ones, xs[:-1]]), axis=0)
    after = np.cumprod(np.concatenate([ones, xs[:0:-1]]), axis=0)[::-1]
    return before * after


def over_operands(reduction: Callable[..., Any]) -> Callable[[Any], Any]:
    """A reduction of NumPy, over the first axis."""
    return lambda xs: reduction(xs, axis=0)


def _special(name: str) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        import scipy.special

        return getattr(scipy.special, name)(x)

    return function


FUNCTIONS: dict[str, Any] = {
    "__builtins__": {"len": len},
    "abs": np.abs,
    "acos": np.arccos,
    "acosh": np.arccosh,
    "argmax": over_operands(np.argmax),
    "argmin": over_operands(np.argmin),
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "at": at,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "atanh": np.arctanh,
    "cbrt": np.cbrt,
    "cos": np.cos,
    "cosh": np.cosh,
    "cross_entropy": cross_entropy,
    "dot": dot,
    "each": each,
    "erf": _special("erf"),
    "erfc": _special("erfc"),
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "fill": fill,
    "hypot": np.hypot,
    "inf": np.inf,
    "largest": over_operands(np.maximum.reduce),
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "logsumexp": logsumexp,
    "mean": over_operands(np.mean),
    "one_hot": one_hot,
    "power": np.power,
    "prod": over_operands(np.prod),
    "products_of_others": products_of_others,
    "put": put,
    "sin": np.sin,
    "sinh": np.sinh,
    "smallest": over_operands(np.minimum.reduce),
    "sqrt": np.sqrt,
    "sum": over_operands(np.add.reduce),
    "tan": np.tan,
    "tanh": np.tanh,
    "where": np.where,
}
complete(FUNCTIONS)


def ieee(operation: Operation, operands: Sequence[Any]) -> tuple[float, tuple[float, ...]]:
    """An operation's value and local gradients for floats (or vectors of floats), by IEEE 754.

    >>> from autograd import ops
    >>> ieee(ops.div, (1.0, 0.0))
    (inf, (inf, -inf))
    """
    forward, local_gradients = operation.read(FUNCTIONS)
    numbers = [np.asarray(operand, dtype=np.float64)[()] for operand in operands]
    with np.errstate(all="ignore"):
        try:
            # So the value is the same whether or not anybody asks for gradients.
            out = np.float64(operation.forward(*operands))
        except (ArithmeticError, ValueError):
            out = forward(*numbers)
        gradients = local_gradients(out, *numbers)
    return float(out), tuple(map(float, gradients))
