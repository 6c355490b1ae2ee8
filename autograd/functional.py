"""Derivatives as functions, of any order: gradients that are themselves Values.

`backward()` multiplies the local gradients that the forward pass recorded as floats. Here the same
table is read with Values instead, so that each local gradient is a piece of graph of its own, and the
gradient can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from functools import lru_cache
from math import isfinite
from typing import Any

from autograd import floats, functions, ops, reductions
from autograd.conversion import as_float
from autograd.graph import walk
from autograd.ops import Formula, Operation, complete
from autograd.tracing import Condition, current_tracer
from autograd.value import CONSTANT, INPUT, Operand, Value, leaf, nary, unary

# The Value reader: what the table's formulas call when operands are Values. What only chooses (the
# largest, an index, a branch) goes by the data and has no derivative; a trace records it nevertheless.


def _data(xs: Iterable[Any]) -> list[float]:
    return [x.data if isinstance(x, Value) else x for x in xs]


def _deciding(name: str) -> Callable[[Sequence[Any]], Any]:
    by_data: Callable[[Sequence[float]], float] = getattr(floats, name)
    operation = ops.DECISIONS[name]

    def decide(xs: Sequence[Any]) -> Any:
        if current_tracer() is None:
            return by_data(_data(xs))
        parents = tuple(x if isinstance(x, Value) else leaf(x, CONSTANT) for x in xs)
        return nary(operation, parents, _data(parents))

    return decide


def _one_hot(index: Any, xs: Sequence[Any]) -> Sequence[Any]:
    if not isinstance(index, Value):
        return floats.one_hot(index, xs)
    return [functions.where(abs(index - float(i)) < 0.5, 1.0, 0.0) for i in range(len(xs))]


def _where(condition: Any, a: Any, b: Any) -> Any:
    # Within a formula a branch is chosen by data, and no node records it but in a trace.
    if isinstance(condition, Condition):
        return condition.where(a, b)
    return a if condition else b


def _products_of_others(xs: Sequence[Any]) -> list[Any]:
    return [reductions.prod([1.0, *xs[:i], *xs[i + 1 :]]) for i in range(len(xs))]


FUNCTIONS: dict[str, Any] = {
    "__builtins__": {"len": len},
    "at": reductions.select,
    "each": floats.each,
    "fill": floats.fill,
    "inf": floats.inf,
    "one_hot": _one_hot,
    "products_of_others": _products_of_others,
}
FUNCTIONS |= {name: _deciding(name) for name in ("argmax", "argmin", "largest", "smallest")}
for _module in (functions, reductions):
    FUNCTIONS |= {name: getattr(_module, name) for name in ops.TABLE if hasattr(_module, name)}
FUNCTIONS["where"] = _where
complete(FUNCTIONS)


@lru_cache(maxsize=512)
def _local_gradients(operation: Operation) -> Formula:
    return operation.read(FUNCTIONS)[1]


def gradients(output: Value, inputs: Iterable[Value]) -> list[Value]:
    """d(output)/d(input) for each input, as Values that can be differentiated again.

    An input may be any node, not only a leaf; one that the output does not depend on gets the
    constant 0. Nothing is added to anybody's `grad`.

    The formulas are evaluated with the data as they are now: change no leaf's data between building
    the output and calling this. (`backward()` goes by what the forward pass recorded.)

    >>> x = Value(2.0)
    >>> (first,) = gradients(x**3, [x])
    >>> (second,) = gradients(first, [x])
    >>> first.data, second.data
    (12.0, 12.0)
    """
    inputs = list(inputs)
    _, operations = walk(output)
    # Only what lies between the inputs and the output has a gradient that is asked for.
    between = set(inputs)
    for node in operations:
        if not between.isdisjoint(node.parents):
            between.add(node)

    upstreams: dict[Value, Operand] = {output: 1.0}
    for node in reversed(operations):
        if node not in between or node not in upstreams:
            continue
        upstream = upstreams[node]
        operation = node.operation
        locals_ = _local_gradients(operation)(node, *operation.arguments(node.parents))
        for parent, local in zip(node.parents, locals_, strict=True):
            if parent in between:
                contribution = _times(local, upstream)
                earlier = upstreams.get(parent)
                upstreams[parent] = contribution if earlier is None else earlier + contribution
    return [_as_value(upstreams.get(node, 0.0)) for node in inputs]


def _times(local: Operand, upstream: Operand) -> Operand:
    # Multiplying by 1 makes no node, nor by a 0 that stays 0 (0 · inf does not).
    if not isinstance(local, Value):
        if local == 1.0:
            return upstream
        # (a trace is for other data as well)
        if local == 0.0 and (
            current_tracer() is not None
            or isfinite(upstream.data if isinstance(upstream, Value) else upstream)
        ):
            return 0.0
    return local if not isinstance(upstream, Value) and upstream == 1.0 else local * upstream


def _as_value(x: Operand) -> Value:
    return x if isinstance(x, Value) else leaf(x, CONSTANT)


# How many derivatives are being taken around the code that runs: inside one, results stay Values.
_depth: ContextVar[int] = ContextVar("autograd.depth", default=0)


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The function that computes the gradient of f, a function whose result is one number.

    Args:
        f: takes Values, or (nested) lists of Values, and returns a Value.
        argnums: the position of the argument to differentiate by; a tuple of several.

    The gradient has the structure of the argument: a number, or a (nested) list of them; for a tuple
    of positions a tuple of these. Called with floats it gives floats. Called inside another
    derivative, or with Values, it gives Values, so that derivatives nest.

    Raises TypeError if f returns anything but one number, or an argument holds anything but numbers.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda w, x: w[0] * x + w[1])([2.0, 3.0], 5.0)
    [5.0, 1.0]
    """

    def gradient(*arguments: Any) -> Any:
        return value_and_grad(f, argnums)(*arguments)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """As `grad`, but the function computes both: f's value and its gradient.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """

    def value_and_gradient(*arguments: Any) -> Any:
        def differentiate(out: Any, inputs: list[Any]) -> Any:
            if isinstance(out, (list, tuple)):
                raise TypeError(
                    f"grad() takes a function that returns one number, but it returned {out!r}; "
                    "jacobian() takes one that returns several"
                )
            return out, _gradient(out, inputs, argnums)

        return _derivative(f, argnums, arguments, differentiate)

    return value_and_gradient


def jacobian(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The function that computes the Jacobian of f: the gradient of each number that f returns.

    f may return a Value or a (nested) list of them; the result has that structure, with the gradient
    of each number (as `grad` gives it) in its place. Otherwise as `grad`.

    >>> jacobian(lambda v: [v[0] * v[1], v[0] + v[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """

    def jacobian_of_f(*arguments: Any) -> Any:
        def differentiate(out: Any, inputs: list[Any]) -> Any:
            return _map(lambda component: _gradient(component, inputs, argnums), out)

        return _derivative(f, argnums, arguments, differentiate)

    return jacobian_of_f


def hessian(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The function that computes the second derivatives of f, whose result is one number.

    >>> hessian(lambda v: v[0] ** 2 * v[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def _derivative(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...],
    arguments: tuple[Any, ...],
    differentiate: Callable[[Any, list[Any]], Any],
) -> Any:
    """What `differentiate` makes of f's result and the inputs; as floats, if that is what was given."""
    positions = (argnums,) if isinstance(argnums, int) else argnums
    wrong = [position for position in positions if not -len(arguments) <= position < len(arguments)]
    if wrong:
        raise TypeError(f"argnums {wrong[0]} is no position among {len(arguments)} arguments")
    # A node of its own for each argument: the same Value may be used outside f as well.
    own = list(arguments)
    for position in positions:
        own[position] = _map(_input, arguments[position])
    token = _depth.set(_depth.get() + 1)
    try:
        result = differentiate(f(*own), [own[position] for position in positions])
    finally:
        _depth.reset(token)
    if _depth.get() or any(isinstance(node, Value) for node in _flat(list(arguments))):
        return result
    return _map(lambda x: x.data if isinstance(x, Value) else x, result)


def _input(x: Operand) -> Value:
    return unary(ops.identity, x) if isinstance(x, Value) else leaf(as_float(x, "grad()"), INPUT)


def _gradient(out: Any, inputs: list[Any], argnums: int | tuple[int, ...]) -> Any:
    """The gradient of one output, in the structure of the inputs."""
    nodes = _flat(inputs)
    if isinstance(out, Value):
        values = iter(gradients(out, nodes))
    else:
        as_float(out, "the result of a function to differentiate")
        values = iter([leaf(0.0, CONSTANT) for _ in nodes])
    structured = tuple(_map(lambda _: next(values), part) for part in inputs)
    return structured[0] if isinstance(argnums, int) else structured


def _map(function: Callable[[Any], Any], structure: Any) -> Any:
    """A function applied to each element of nested lists, tuples and arrays, as nested lists."""
    if isinstance(structure, tuple):
        return tuple(_map(function, part) for part in structure)
    if isinstance(structure, list) or getattr(structure, "shape", ()) != ():
        return [_map(function, part) for part in structure]
    return function(structure)


def _flat(structure: Any) -> list[Any]:
    elements: list[Any] = []
    _map(elements.append, structure)
    return elements
