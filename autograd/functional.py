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
from operator import index
from typing import Any, NamedTuple

from autograd import floats, functions, ops, reductions
from autograd.conversion import as_float, brief
from autograd.graph import walk
from autograd.modes import is_forgetting, recording
from autograd.ops import Formula, Operation, complete
from autograd.tracing import Condition, current_tracer
from autograd.trees import is_array, leaves, mapped, paths, stacked
from autograd.value import CONSTANT, INPUT, LEAF, Operand, Value, binary, leaf, nary, unary

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


def _put(index: Any, x: Any, xs: Sequence[Any]) -> Sequence[Any]:
    return [_where(abs(index - float(i)) < 0.5, x, other) for i, other in enumerate(xs)]


def _where(condition: Any, a: Any, b: Any) -> Any:
    # Within a formula a branch is chosen by data, and no node records it but in a trace.
    if not isinstance(condition, Condition):
        return a if condition else b
    node = condition.where(a, b)
    node.operation = _CHOICES[node.operation]
    return node


# The choices of formulas, apart from those that a user makes by `where`.
_CHOICES = {each: each.with_static(each.name) for each in (ops.where_less, ops.where_less_equal)}
_OF_FORMULAS = frozenset(_CHOICES.values())


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
    "put": _put,
}
FUNCTIONS |= {name: _deciding(name) for name in ("argmax", "argmin", "largest", "smallest")}
for _module in (functions, reductions):
    _entries = ops.TABLE | ops.DECISIONS
    FUNCTIONS |= {name: getattr(_module, name) for name in _entries if hasattr(_module, name)}
FUNCTIONS["where"] = _where
complete(FUNCTIONS)


def _power_derivative(x: Any, y: Any, i: int, j: int) -> Any:
    if isinstance(y, Value):
        return binary(ops.derivative_of_pow(i, j))(x, y)
    return unary(ops.derivative_of_power(y, i), x)


FUNCTIONS["power_derivative"] = _power_derivative
FUNCTIONS["power_slope"] = lambda out, x, y: _power_derivative(x, y, 1, 0)
FUNCTIONS["power_log"] = lambda out, x, y: _power_derivative(x, y, 0, 1)


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
    # Where a formula of the table branches, nothing goes to the branch not taken, not even 0 times an
    # infinite local gradient. A trace has both branches, and masks are 0 where a node is not used.
    masks: dict[Value, Value] = {}

    def contribute(parent: Value, contribution: Operand, mask: Value | None) -> None:
        earlier = upstreams.get(parent)
        if earlier is None:
            upstreams[parent] = contribution
            if mask is not None:
                masks[parent] = mask
            return
        upstreams[parent] = earlier + contribution
        if (other := masks.pop(parent, None)) is not None and mask is not None:
            masks[parent] = mask if mask is other else _where(mask > 0.5, 1.0, other)

    for node in reversed(operations):
        if node not in between or node not in upstreams:
            continue
        upstream, mask = upstreams[node], masks.get(node)
        operation = node.operation
        if operation in _OF_FORMULAS:
            for branch, part, own_mask in _to_branches(node, upstream, mask):
                if branch in between:
                    contribute(branch, part, own_mask)
            continue
        locals_ = _local_gradients(operation)(node, *operation.arguments(node.parents))
        for i, (parent, local) in enumerate(zip(node.parents, locals_, strict=True)):
            if parent in between and not ops.decides_by(operation, i):
                contribution = _times(local, upstream)
                if mask is not None and isinstance(local, Value):  # which may be infinite
                    contribution = _where(mask > 0.5, contribution, 0.0)
                contribute(parent, contribution, mask)
    return [_as_value(upstreams.get(node, 0.0)) for node in inputs]


def _to_branches(
    node: Value, upstream: Operand, mask: Value | None
) -> list[tuple[Value, Value, Value]]:
    """The two branches of a choice, each with what goes there, and with its mask."""
    a, b, x, y = node.parents

    def chosen(one: Operand, other: Operand) -> Value:
        parents = (_as_value(one), _as_value(other), x, y)
        return nary(node.operation, parents, *[parent.data for parent in parents])

    on: Operand = 1.0 if mask is None else mask
    return [
        (a, chosen(upstream, 0.0), chosen(on, 0.0)),
        (b, chosen(0.0, upstream), chosen(0.0, on)),
    ]


def _times(local: Operand, upstream: Operand) -> Operand:
    # Multiplying by 1 makes no node, nor by a 0 that stays 0 (0 · inf does not).
    if not isinstance(local, Value):
        if local == 1.0:
            return upstream
        if local == 0.0 and _is_finite(upstream):
            return 0.0
    return local if not isinstance(upstream, Value) and upstream == 1.0 else local * upstream


def _is_finite(x: Operand) -> bool:
    # A trace is for other data as well.
    return (current_tracer() is None and isfinite(x.data)) if isinstance(x, Value) else isfinite(x)


def _as_value(x: Operand) -> Value:
    return x if isinstance(x, Value) else leaf(x, CONSTANT)


# How many derivatives are being taken around the code that runs: inside one, results stay Values.
_depth: ContextVar[int] = ContextVar("autograd.depth", default=0)


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The function that computes the gradient of f, a function whose result is one number.

    Args:
        f: takes Values, or lists, tuples, dicts and arrays of Values, nested as one likes, and
            returns a Value.
        argnums: the position of the argument to differentiate by; a tuple of several.

    The gradient has the structure of the argument: a number, a list for a list, a dict for a dict, an
    array of its shape for an array; for a tuple of positions a tuple of these. Arguments by keyword are
    handed to f as they are.

    Called with floats it gives floats; but if f uses Values besides its arguments, such as the weights
    of a network, and the gradient depends on them, it gives Values, so that a loss made of derivatives
    trains a network. (A Value that f makes itself is one of these; a frozen parameter is a number.)
    Called inside another derivative, or with Values, it gives Values, so that derivatives nest. Either
    all numbers of a result are Values, or none is.

    Raises TypeError if f returns anything but one number, or an argument holds anything but numbers.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda p, x: p["w"] * x + p["b"])({"w": 2.0, "b": 3.0}, 5.0)
    {'w': 5.0, 'b': 1.0}
    >>> w = Value(4.0)
    >>> slope = grad(lambda x: w * w * x)(2.0)
    >>> slope.backward()
    >>> slope, w.grad
    (Value(16.0), 8.0)
    """

    def gradient(*arguments: Any, **keywords: Any) -> Any:
        return _derivative(f, argnums, arguments, keywords, "grad()", _gradient_of_one)

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """As `grad`, but the function computes both: f's value and its gradient.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """

    def value_and_gradient(*arguments: Any, **keywords: Any) -> Any:
        def differentiate(out: Any, by: _By) -> Any:
            return out, _gradient_of_one(out, by)

        return _derivative(f, argnums, arguments, keywords, "value_and_grad()", differentiate)

    return value_and_gradient


def jacobian(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The function that computes the Jacobian of f: the gradient of each number that f returns.

    f may return a Value, or a list, tuple, dict or array of them, nested as one likes; the result has
    that structure, with the gradient of each number (as `grad` gives it) in its place. By an array it is
    an array: f's result gives the first axes, the argument the last. Otherwise as `grad`.

    >>> jacobian(lambda v: [v[0] * v[1], v[0] + v[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """

    def jacobian_of_f(*arguments: Any, **keywords: Any) -> Any:
        def differentiate(out: Any, by: _By) -> Any:
            if by.is_one and is_array(by.inputs[0]):
                out = stacked(out)
            return mapped(by.gradient, out)

        return _derivative(f, argnums, arguments, keywords, "jacobian()", differentiate)

    return jacobian_of_f


def hessian(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The function that computes the second derivatives of f, whose result is one number.

    By an array of n numbers they are an array of shape (n, n).

    >>> hessian(lambda v: v[0] ** 2 * v[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


class _By(NamedTuple):
    """What is differentiated by: the arguments at these positions, as f was called with them."""

    inputs: list[Any]
    is_one: bool  # one position, not a tuple of positions

    def gradient(self, out: Any) -> Any:
        """The gradient of one output, in the structure of the inputs."""
        nodes = leaves(self.inputs)
        if isinstance(out, Value):
            values = iter(gradients(out, nodes))
        else:
            as_float(out, "the result of a function to differentiate")
            values = iter([leaf(0.0, CONSTANT) for _ in nodes])
        structured = tuple(mapped(lambda _: next(values), part) for part in self.inputs)
        return structured[0] if self.is_one else structured


def _gradient_of_one(out: Any, by: _By) -> Any:
    if isinstance(out, (dict, list, tuple)) or is_array(out):
        raise TypeError(
            f"grad() takes a function that returns one number, but it returned {brief(out)}; "
            "jacobian() takes one that returns several"
        )
    return by.gradient(out)


def _derivative(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...],
    arguments: tuple[Any, ...],
    keywords: dict[str, Any],
    taker: str,
    differentiate: Callable[[Any, _By], Any],
) -> Any:
    """What `differentiate` makes of f's result and the inputs; as floats, if that is what was given."""
    is_one, positions = _positions(argnums, len(arguments), taker)
    # A node of its own for each argument: the same Value may be used outside f as well.
    own = list(arguments)
    for position in positions:
        own[position] = _inputs(arguments[position], f, position % len(own), taker)
    by = _By([own[position] for position in positions], is_one)
    token = _depth.set(_depth.get() + 1)
    try:
        with recording():  # within `no_grad` too: what is not recorded there is the derivative
            out = f(*own, **keywords)
        result = differentiate(out, by)
    finally:
        _depth.reset(token)
    is_for_values = bool(_depth.get()) or any(
        isinstance(x, Value) for x in leaves([arguments, keywords])
    )
    if is_forgetting():
        result = mapped(lambda x: leaf(x.data, CONSTANT) if isinstance(x, Value) else x, result)
    elif not is_for_values:
        is_for_values = _depends_on_others(out, by.inputs, result)
    if is_for_values:
        return result
    return mapped(lambda x: x.data if isinstance(x, Value) else x, result)


# Operations whose local gradients are constants: what their operands depend on, a derivative need not.
_LINEAR = frozenset(
    ("identity", "+", "-", "neg", "sum", "mean", "degrees", "radians", "select", "where")
)


def _depends_on_others(out: Any, inputs: list[Any], result: Any) -> bool:
    """Whether derivatives of `out` by the inputs depend on Values that are neither inputs nor constants.

    It goes by the operations, not by the numbers: the slope below a relu that is off is 0, and a
    function of the weights nevertheless. So the type of a result does not change with the data.
    """
    between = set(leaves(inputs))
    found, operations = walk(*(x for x in leaves(out) if isinstance(x, Value)))
    others = {x for x in found if x not in between and _may_change(x)}
    if not others:
        return False
    for node in operations:
        is_others = not others.isdisjoint(node.parents)
        is_between = not between.isdisjoint(node.parents)
        if is_others and is_between and node.operation.table_name not in _LINEAR:
            return True
        if is_others:
            others.add(node)
        if is_between:
            between.add(node)
    return not others.isdisjoint(leaves(result))  # f's own result may be part of it


def _may_change(node: Value) -> bool:
    if current_tracer() is not None:
        return node.operation is not CONSTANT  # the others, compiled code computes or reads anew
    return node.operation is LEAF


def _positions(argnums: Any, count: int, taker: str) -> tuple[bool, list[int]]:
    """Whether argnums is one position, and the positions."""
    is_one = not isinstance(argnums, (list, tuple))
    positions = []
    for position in [argnums] if is_one else argnums:
        if not hasattr(position, "__index__"):
            raise TypeError(
                f"argnums of {taker} is the position of an argument, or a tuple of positions, but is "
                f"{brief(argnums)}"
            )
        positions.append(index(position))
        if not -count <= positions[-1] < count:
            raise TypeError(
                f"argnums {position} is no position among {count} arguments; what is differentiated by "
                "is given by position, not by keyword"
            )
    return is_one, positions


def _inputs(argument: Any, f: Callable[..., Any], position: int, taker: str) -> Any:
    """The Values that f is called with; TypeError that says where, if the argument holds no number."""
    try:
        return mapped(_input, argument)
    except TypeError:
        for path, x in paths(argument, argument_names(f, position + 1)[position]):
            if not isinstance(x, Value):
                as_float(x, f"{taker} by {path}")
        raise


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """The names of a function's first arguments; x0, x1, ... where they are not to be had."""
    import inspect  # a third of the time that importing autograd would take

    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        parameters = {}.values()
    positional = [
        p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return [*positional[:count], *(f"x{i}" for i in range(len(positional), count))]


def _input(x: Operand) -> Value:
    return unary(ops.identity, x) if isinstance(x, Value) else leaf(as_float(x), INPUT)
