"""The functions that generated source for a batch calls: those of the array reader, by name.

A vector of n operands is an array of shape (n, columns) if one result is made of it, which has the
shape (1, columns) then; (n, k, columns) for k results, of shape (k, columns). For each entry of the
table `logsumexp_gradients(out, xs)` and the like give all local gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import arrays, ops

_VECTORS = [name for name, operation in ops.TABLE.items() if operation.arguments is ops.one_vector]


def _of_operands(function: Callable[..., Any]) -> Callable[[Any], Any]:
    def reduce(xs: Any) -> Any:
        return function(xs) if xs.ndim == 3 else function(xs)[np.newaxis]

    return reduce


globals().update(
    {k: f for k, f in arrays.FUNCTIONS.items() if k.isidentifier() and k != "__builtins__"}
)
globals().update({name: _of_operands(arrays.FUNCTIONS[name]) for name in _VECTORS})
globals().update(
    {
        f"{name}_gradients": operation.read(arrays.FUNCTIONS)[1]
        for name, operation in ops.TABLE.items()
        if name.isidentifier()
    }
)
divide_gradients = ops.div.read(arrays.FUNCTIONS)[1]
mod_gradients = ops.mod.read(arrays.FUNCTIONS)[1]
pow_gradients = ops.pow.read(arrays.FUNCTIONS)[1]
argmax = _of_operands(lambda xs: 1.0 * np.argmax(xs, axis=0))
argmin = _of_operands(lambda xs: 1.0 * np.argmin(xs, axis=0))
average = _of_operands(arrays.FUNCTIONS["mean"])
largest = _of_operands(arrays.FUNCTIONS["largest"])
smallest = _of_operands(arrays.FUNCTIONS["smallest"])
total = _of_operands(arrays.FUNCTIONS["sum"])


def _by_index(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def choose(index: Any, xs: Any) -> Any:
        if xs.shape[-1] != index.shape[-1]:  # one of them is the same for all samples
            # (`max` is the table's here)
            (columns,) = np.broadcast_shapes(xs.shape[-1:], index.shape[-1:])
            xs = np.broadcast_to(xs, (*xs.shape[:-1], columns))
            index = np.broadcast_to(index, (len(index), columns))
        return function(index, xs) if xs.ndim == 3 else function(index[0], xs)[np.newaxis]

    return choose


take = _by_index(arrays.at)
cross_entropy = _by_index(arrays.cross_entropy)


def take_gradients(out: Any, index: Any, xs: Any) -> Any:
    """True, which counts as 1, where an operand is the one that the index means, else False."""
    return arrays.is_at(index if xs.ndim == 3 else index[0], xs)


def cross_entropy_gradients(out: Any, index: Any, xs: Any) -> Any:
    """The probabilities, less 1 at the index."""
    if xs.ndim == 2:
        out, index = out[0], index[0]
    return arrays.put(index, np.expm1(-out), arrays.softmax(xs))


def over_rows(gradient: Any) -> Any:
    """The sum over rows that share an operand, as one row."""
    return np.add.reduce(gradient, axis=0, keepdims=True)


def over_samples(gradient: Any) -> Any:
    """The sum over samples that share an operand, as one column."""
    return np.add.reduce(gradient, axis=1, keepdims=True)


def add_at(gradient: Any, rows: Any, contribution: Any) -> None:
    """Add to rows of which some come several times."""
    np.add.at(gradient, rows, contribution)
