"""The functions that generated source for a batch calls under numba: those of its reader, over arrays.

The same names, shapes and results as in `array_functions.py`. Functions of elements, and their local
gradients, are the numba reader's, made when they are asked for. Those of vectors are loops over the
operands, then the rows, then the samples, which stand side by side in memory.

Nothing is compiled when this is imported.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from autograd import arrays, ops
from autograd.compiler.numba_elementwise import elementwise
from autograd.compiler.numba_functions import (
    BASE,
    FUNCTIONS,
    Decorator,
    compiled,
    local_gradients,
    position,
)

# The order in which samples are added up is free: so several are, at once.
_reduction: Decorator = njit(error_model="numpy", fastmath={"reassoc"})


# Functions of any number of operands. Those of one result are those of one row, with an axis less.


@compiled
def _in_rows(xs: Any) -> Any:
    if xs.ndim == 3:
        return np.ascontiguousarray(xs)
    return np.ascontiguousarray(xs).reshape(xs.shape[0], 1, xs.shape[1])


@compiled
def _like(result: Any, xs: Any) -> Any:
    # local gradients, which have the shape of the operands but for the number of samples
    if xs.ndim == 3:
        return result
    return result.reshape(result.shape[0], result.shape[2])


@compiled
def total(xs: Any) -> Any:
    """The sums."""
    rows = _in_rows(xs)
    out = rows[0].copy()
    for i in range(1, rows.shape[0]):
        for j in range(rows.shape[1]):
            for s in range(rows.shape[2]):
                out[j, s] += rows[i, j, s]
    return out


@compiled
def average(xs: Any) -> Any:
    """The means."""
    return total(xs) / xs.shape[0]


@compiled
def largest(xs: Any) -> Any:
    """The largest operands; nan where there is one."""
    rows = _in_rows(xs)
    out = rows[0].copy()
    for i in range(1, rows.shape[0]):
        for j in range(rows.shape[1]):
            for s in range(rows.shape[2]):
                x = rows[i, j, s]
                out[j, s] = x if x > out[j, s] or x != x else out[j, s]
    return out


@compiled
def smallest(xs: Any) -> Any:
    """The smallest operands; nan where there is one."""
    return -largest(-xs)


@compiled
def argmax(xs: Any) -> Any:
    """Which operand is the first nan, or else the first of the largest: a whole number, as a float."""
    rows = _in_rows(xs)
    top = rows[0].copy()
    out = np.zeros(top.shape)
    for i in range(1, rows.shape[0]):
        for j in range(rows.shape[1]):
            for s in range(rows.shape[2]):
                x = rows[i, j, s]
                if top[j, s] == top[j, s] and not x <= top[j, s]:
                    top[j, s] = x
                    out[j, s] = i
    return out


@compiled
def argmin(xs: Any) -> Any:
    """Which operand is the first nan, or else the first of the smallest: a whole number, as a float."""
    return argmax(-xs)


@compiled
def prod(xs: Any) -> Any:
    """The products."""
    rows = _in_rows(xs)
    out = rows[0].copy()
    for i in range(1, rows.shape[0]):
        for j in range(rows.shape[1]):
            for s in range(rows.shape[2]):
                out[j, s] *= rows[i, j, s]
    return out


@compiled
def logsumexp(xs: Any) -> Any:
    """log Σ e^x, without overflow, and without losing a small result beside 1."""
    rows = _in_rows(xs)
    top = largest(rows)
    others = np.full(top.shape, -1.0)  # one of the largest is the 1 that log1p adds
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            for s in range(rows.shape[2]):
                x = rows[i, j, s]
                others[j, s] += 1.0 if x == top[j, s] else 0.0
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            for s in range(rows.shape[2]):
                x = rows[i, j, s]
                others[j, s] += 0.0 if x == top[j, s] else math.exp(x - top[j, s])
    for j in range(rows.shape[1]):
        for s in range(rows.shape[2]):
            top[j, s] += math.log1p(others[j, s])
    return top


@compiled
def logsumexp_gradients(out: Any, xs: Any) -> Any:
    """The softmax."""
    rows = _in_rows(xs)
    top = largest(rows)
    result = np.empty(rows.shape)
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            for s in range(rows.shape[2]):
                result[i, j, s] = math.exp(rows[i, j, s] - top[j, s])
    result /= total(result)
    return _like(result, xs)


@compiled
def prod_gradients(out: Any, xs: Any) -> Any:
    """For each operand the product of all the others."""
    rows = _in_rows(xs)
    result = np.ones(rows.shape)
    n = rows.shape[0]
    so_far = np.ones(rows.shape[1:])
    for i in range(n):
        for j in range(rows.shape[1]):
            for s in range(rows.shape[2]):
                result[i, j, s] *= so_far[j, s]
                so_far[j, s] *= rows[i, j, s]
    so_far[:] = 1.0
    for i in range(n - 1, -1, -1):
        for j in range(rows.shape[1]):
            for s in range(rows.shape[2]):
                result[i, j, s] *= so_far[j, s]
                so_far[j, s] *= rows[i, j, s]
    return _like(result, xs)


@compiled
def take(index: Any, xs: Any) -> Any:
    """The operand that an index counts from 0, for each row and sample."""
    rows = _in_rows(xs)
    n, k, columns = rows.shape
    out = np.empty((k, max(columns, index.shape[1])))
    for j in range(k):
        for s in range(out.shape[1]):
            i = index[min(j, index.shape[0] - 1), min(s, index.shape[1] - 1)]
            out[j, s] = rows[position(i, n), j, min(s, columns - 1)]
    return out


@compiled
def take_gradients(out: Any, index: Any, xs: Any) -> Any:
    """1 where an operand is the one that the index means, else 0."""
    rows = _in_rows(xs)
    n, k, columns = rows.shape
    result = np.zeros((n, k, max(columns, index.shape[1])))
    for j in range(k):
        for s in range(result.shape[2]):
            i = index[min(j, index.shape[0] - 1), min(s, index.shape[1] - 1)]
            result[int(i), j, s] = 1.0
    return _like(result, xs)


@compiled
def cross_entropy(index: Any, xs: Any) -> Any:
    """-log of the softmax of the operand that an index counts from 0, for each row and sample."""
    rows = _in_rows(xs)
    below_top = rows - largest(rows)
    return logsumexp(below_top) - take(index, below_top)


@compiled
def cross_entropy_gradients(out: Any, index: Any, xs: Any) -> Any:
    """The probabilities, less 1 at the index."""
    rows = _in_rows(xs)
    probabilities = logsumexp_gradients(out, rows)
    result = np.empty((rows.shape[0], out.shape[0], out.shape[1]))
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            for s in range(result.shape[2]):
                is_chosen = i == index[min(j, index.shape[0] - 1), min(s, index.shape[1] - 1)]
                probability = probabilities[i, j, min(s, rows.shape[2] - 1)]
                result[i, j, s] = math.expm1(-out[j, s]) if is_chosen else probability
    return _like(result, xs)


@compiled
def max_gradients(out: Any, xs: Any) -> Any:
    """1 where an operand is the first of the largest, else 0."""
    return take_gradients(out, argmax(xs), xs)


@compiled
def min_gradients(out: Any, xs: Any) -> Any:
    """1 where an operand is the first of the smallest, else 0."""
    return take_gradients(out, argmin(xs), xs)


# Sums of gradients.


@compiled
def over_rows(gradient: Any) -> Any:
    """The sum over rows that share an operand, as one row."""
    return total(gradient)


@_reduction
def over_samples(gradient: Any) -> Any:
    """The sum over samples that share an operand, as one column."""
    out = np.empty((gradient.shape[0], 1))
    for j in range(gradient.shape[0]):
        whole = 0.0
        for s in range(gradient.shape[1]):
            whole += gradient[j, s]
        out[j, 0] = whole
    return out


@compiled
def add_at(gradient: Any, rows: Any, contribution: Any) -> None:
    """Add to rows of which some come several times."""
    for i in range(len(rows)):
        gradient[rows[i]] += contribution[min(i, len(contribution) - 1)]


# Functions of elements.


def __getattr__(name: str) -> Any:
    """A function of elements, a function that gives its local gradients, or a constant of the table."""
    function: Any
    if name.endswith("_gradients"):
        operation = _OPERATIONS.get(name.removesuffix("_gradients"))
        if operation is None or operation.arguments is not tuple:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        function = _gradients(operation)
    elif isinstance(FUNCTIONS.get(name), float):
        function = FUNCTIONS[name]
    elif name in _ELEMENTWISE:
        function = elementwise(FUNCTIONS[name], _arity(name))
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = function
    return function


_OPERATIONS = {**ops.TABLE, "divide": ops.div, "mod": ops.mod, "pow": ops.pow}
# Names of entries and shared formulas, of which none concerns vectors.
_ELEMENTWISE = {*ops.TABLE, *FUNCTIONS.keys() - BASE} - {
    name for name, operation in ops.TABLE.items() if operation.arguments is not tuple
}


def _arity(name: str) -> int:
    formula = ops.TABLE[name].formulas[1] if name in ops.TABLE else FUNCTIONS[name].py_func
    count: int = formula.__code__.co_argcount
    return count - 1 if name in ops.TABLE else count  # without the value, which comes first


def _gradients(operation: ops.Operation) -> Any:
    """The function that gives an entry's local gradients by all operands, each an array."""
    arity = operation.formulas[1].__code__.co_argcount
    with np.errstate(all="ignore"):
        n_operands = len(operation.read(arrays.FUNCTIONS)[1](*[np.float64(0.5)] * arity))
    return elementwise(local_gradients(operation), arity, n_operands)
