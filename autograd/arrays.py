"""The array reader: the functions that the table's formulas call when operands are arrays.

NumPy's arithmetic is that of IEEE 754: it answers with inf and nan where Python raises an exception.
So this reader has a second task: `ieee` evaluates an operation for floats that Python's own functions
refuse. The module is imported only then, and `import autograd` stays free of NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.ops import TABLE, Operation


def fill(number: float, xs: Sequence[Any]) -> Any:
    """A vector as long as xs, each element the same number."""
    return np.full(len(xs), number)


def each(function: Callable[[Any], Any], xs: Any) -> Any:
    """A function of one number, applied to each element of a vector."""
    return function(xs)


def dot(ws: Any, xs: Any, *bias: Any) -> Any:
    """The sum of the products of two vectors, and of a bias if there is one."""
    return np.dot(ws, xs) + np.sum(bias)


FUNCTIONS: dict[str, Any] = {
    "__builtins__": {"len": len},
    "abs": np.abs,
    "dot": dot,
    "each": each,
    "exp": np.exp,
    "fill": fill,
    "inf": np.inf,
    "largest": np.max,
    "log": np.log,
    "power": np.power,
    "sum": np.sum,
    "tanh": np.tanh,
    "where": np.where,
}
for _operation in TABLE.values():
    FUNCTIONS.setdefault(_operation.name, _operation.read(FUNCTIONS)[0])


def ieee(operation: Operation, operands: Sequence[Any]) -> tuple[float, tuple[float, ...]]:
    """An operation's value and local gradients for floats (or vectors of floats), by IEEE 754.

    >>> from autograd import ops
    >>> ieee(ops.div, (1.0, 0.0))
    (inf, (inf, -inf))
    """
    forward, local_gradients = operation.read(FUNCTIONS)
    numbers = [np.asarray(operand, dtype=np.float64)[()] for operand in operands]
    with np.errstate(all="ignore"):
        out = forward(*numbers)
        gradients = local_gradients(out, *numbers)
    return float(out), tuple(map(float, gradients))
