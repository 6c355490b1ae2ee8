"""The table's operations on any number of numbers, as functions. Each is one node of the graph.

They take Values and plain numbers, from any iterable: of numbers alone they give a float, else a
Value. All but `dot` raise ValueError for no operands at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index
from typing import Any

from autograd import ops
from autograd.conversion import as_float
from autograd.functions import exp
from autograd.ops import Operation
from autograd.tracing import current_tracer
from autograd.value import CONSTANT, Operand, Value, compute, leaf, nary, number


def sum(values: Iterable[Operand]) -> Any:
    """The sum: the exact sum of the numbers, rounded once.

    >>> sum([Value(1.0), Value(2.0), 3.0])
    Value(6.0)
    >>> sum([0.1] * 10)
    1.0
    """
    return _reduction(ops.sum, values)


def mean(values: Iterable[Operand]) -> Any:
    """The arithmetic mean.

    >>> mean([Value(1.0), Value(2.0)])
    Value(1.5)
    """
    return _reduction(ops.mean, values)


def prod(values: Iterable[Operand]) -> Any:
    """The product.

    >>> a, b = Value(3.0), Value(0.0)
    >>> prod([a, b, 2.0]).backward()
    >>> a.grad, b.grad
    (0.0, 6.0)
    """
    return _reduction(ops.prod, values)


def max(values: Iterable[Operand]) -> Any:
    """The largest; of several equal ones the first, which takes all of the gradient.

    >>> max([Value(1.0), Value(2.0)])
    Value(2.0)
    """
    return _reduction(ops.max, values)


def min(values: Iterable[Operand]) -> Any:
    """The smallest; of several equal ones the first, which takes all of the gradient.

    >>> min([1.0, 2.0])
    1.0
    """
    return _reduction(ops.min, values)


def logsumexp(values: Iterable[Operand]) -> Any:
    """log Σ e^x, which never overflows; its local gradients are the softmax of the values.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    return _reduction(ops.logsumexp, values)


def softmax(values: Iterable[Operand]) -> list[Any]:
    """e^x / Σ e^x for each x: positive numbers whose sum is 1. A composite of `logsumexp` and `exp`.

    The largest is subtracted first, which changes nothing but rounding: it has no gradient.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    operands = tuple(values)
    if not operands:
        raise ValueError("softmax() of no values: it takes at least one")
    top = _largest(operands)
    below_top = [operand - top for operand in operands]
    total = logsumexp(below_top)
    return [exp(x - total) for x in below_top]


def _largest(operands: tuple[Operand, ...]) -> Operand:
    # The largest by data: a constant, but to a trace, which is for other data as well.
    if _none_is_a_value(operands):
        return compute(ops.max, _floats(operands, ops.logsumexp))
    parents = _as_values(operands, ops.logsumexp)
    if current_tracer() is not None:
        return nary(ops.the_largest, parents, _data(parents))
    return leaf(compute(ops.max, _data(parents)), CONSTANT)


def select(position: int | Value, values: Iterable[Operand]) -> Any:
    """values[position], as a node that has all of the values as parents.

    The position may be a Value, such as a traced label: its data is a whole number, it is a parent too,
    and its gradient is 0, as is that of whatever it was computed from. Raises IndexError if there is no
    such position; it counts from 0.

    >>> select(1, [Value(3.0), Value(4.0)])
    Value(4.0)
    >>> select(Value(1.0, "label"), [Value(3.0), Value(4.0)])
    Value(4.0)
    """
    operands = tuple(values)
    if isinstance(position, Value):
        parents = _as_values((_deciding(position), *operands), _take)
        return nary(_take, parents, number(parents[0]), _data(parents[1:]))
    i = int(index(position))  # a plain int, no member of an enumeration
    if not 0 <= i < len(operands):
        raise IndexError(f"select() has no position {i} among {len(operands)} values")
    return _reduction(ops.select.with_static(f"select({i})", i), operands)


_take = ops.take.with_static("select")


def cross_entropy(label: int | Value, scores: Iterable[Operand]) -> Value:
    """-log of the probability that the softmax of the scores gives to a class, counted from 0.

    log Σ e^score less the score of the class, exact where that is all but 0, and for scores so large
    that both are the same number.

    >>> cross_entropy(0, [Value(40.0), Value(0.0)])
    Value(4.248354255291589e-18)
    """
    index = label if isinstance(label, Value) else leaf(float(label), CONSTANT)
    parents = (_deciding(index), *_as_values(tuple(scores), ops.cross_entropy))
    return nary(ops.cross_entropy, parents, number(parents[0]), _data(parents[1:]))


def _deciding(index: Value) -> Value:
    # What only decides gets no gradient, not 0 times a slope; a trace records how it was made.
    return leaf(index.data, CONSTANT) if index.parents and current_tracer() is None else index


def dot(weights: Iterable[Operand], inputs: Iterable[Operand], bias: Operand = 0.0) -> Any:
    """Σ weight · input + bias: what a neuron computes before its activation.

    Each product is rounded, their sum is exact and rounded once. The node's parents are the weights,
    then the inputs, then the bias; a bias that is the number 0 is left out. Raises ValueError if
    there are not as many inputs as weights.

    >>> w1, w2, x1, x2 = map(Value, (2.0, 3.0, 4.0, 5.0))
    >>> y = dot([w1, w2], [x1, x2], bias=1.0)
    >>> y.backward()
    >>> y.data, w2.grad
    (24.0, 5.0)
    """
    ws: tuple[Any, ...] = tuple(weights)
    xs: tuple[Any, ...] = tuple(inputs)
    if len(ws) != len(xs):
        raise ValueError(
            f"dot() takes as many inputs as weights, but got {len(ws)} weights and {len(xs)} inputs"
        )
    biases = () if bias.__class__ in (float, int) and bias == 0 else (bias,)
    operands = (*ws, *xs, *biases)
    if _none_is_a_value(operands):
        return compute(ops.dot, *ops.dot.arguments(_floats(operands, ops.dot)))
    parents = _as_values(operands, ops.dot)
    return nary(ops.dot, parents, *ops.dot.arguments(_data(parents)))


def dots(rows: Iterable[tuple[Sequence[Value], Value]], inputs: Sequence[Value]) -> list[Value]:
    """`dot` of each row, of weights and a bias, with the same inputs: a layer's hot path.

    All operands are Values already, and each row has as many weights as there are inputs.
    """
    # (a sum of products refuses data that is no number, and `nary` says whose it was)
    xs = [x.data for x in inputs]
    return [
        nary(ops.dot, (*weights, *inputs, bias), [weight.data for weight in weights], xs, bias.data)
        for weights, bias in rows
    ]


def _data(values: Iterable[Value]) -> list[float]:
    return [data if (data := v.data).__class__ is float else number(v) for v in values]


def _floats(operands: Iterable[Any], operation: Operation) -> list[float]:
    return [as_float(operand, f"{operation.name}()") for operand in operands]


def _none_is_a_value(operands: tuple[Any, ...]) -> bool:
    return not any(isinstance(operand, Value) for operand in operands)


def _as_values(operands: tuple[Any, ...], operation: Operation) -> tuple[Value, ...]:
    """The operands, numbers among them as constants. TypeError for what is neither Value nor number."""
    return tuple(
        operand
        if isinstance(operand, Value)
        else leaf(as_float(operand, f"{operation.name}()"), CONSTANT)
        for operand in operands
    )


def _reduction(operation: Operation, values: Iterable[Operand]) -> Any:
    operands = tuple(values)
    if not operands:
        raise ValueError(f"{operation.name}() of no values: it takes at least one")
    if _none_is_a_value(operands):
        return compute(operation, _floats(operands, operation))
    parents = _as_values(operands, operation)
    return nary(operation, parents, _data(parents))
