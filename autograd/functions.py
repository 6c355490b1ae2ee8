"""The table's operations as functions: of Values, giving a Value, or of floats, giving a float."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any, TypeVar

from autograd import ops
from autograd.ops import Operation
from autograd.value import CONSTANT, Operand, Value, as_float, compute, leaf, nary, unary

T = TypeVar("T", float, Value)


def _elementary(operation: Operation, x: T) -> T:
    if isinstance(x, Value):
        return unary(operation, x)
    return compute(operation, as_float(x, f"{operation.name}()"))


def exp(x: T) -> T:
    """e to the power x.

    >>> exp(1.0)
    2.718281828459045
    """
    return _elementary(ops.exp, x)


def log(x: T) -> T:
    """The natural logarithm: -inf at 0, nan below.

    >>> log(1.0), log(0.0)
    (0.0, -inf)
    """
    return _elementary(ops.log, x)


def tanh(x: T) -> T:
    """The hyperbolic tangent.

    >>> round(tanh(0.5), 12)
    0.46211715726
    """
    return _elementary(ops.tanh, x)


def sech2(x: T) -> T:
    """1 / cosh² = 1 - tanh², the derivative of tanh, without the subtraction that loses its tails.

    >>> sech2(0.0), float(f"{sech2(20.0):.12g}")
    (1.0, 1.69934170212e-17)
    """
    return _elementary(ops.sech2, x)


def sigmoid(x: T) -> T:
    """The logistic function, 1 / (1 + e^-x): from 0 to 1, and 1/2 at 0.

    >>> sigmoid(0.0), sigmoid(-1000.0)
    (0.5, 0.0)
    """
    return _elementary(ops.sigmoid, x)


def relu(x: T) -> T:
    """max(0, x); the derivative at 0 is 0.

    >>> relu(3.0), relu(-3.0)
    (3.0, 0.0)
    """
    return _elementary(ops.relu, x)


def sign(x: T) -> T:
    """1 for positive x, -1 for negative x, 0 at 0; its derivative is 0.

    >>> sign(-2.5)
    -1.0
    """
    return _elementary(ops.sign, x)


def _reduction(operation: Operation, values: Iterable[Operand]) -> Any:
    operands = tuple(values)
    if not operands:
        raise ValueError(f"{operation.name}() of no values: it takes at least one")
    if _none_is_a_value(operands):
        return compute(operation, _floats(operands, operation))
    parents = _as_values(operands, operation)
    return nary(operation, parents, _data(parents))


def sum(values: Iterable[Operand]) -> Any:
    """The sum, as one node: the exact sum of the numbers, rounded once.

    Takes Values and numbers; of numbers alone it gives a float. Raises ValueError for no values.

    >>> sum([Value(1.0), Value(2.0), 3.0])
    Value(6.0)
    >>> sum([0.1] * 10)
    1.0
    """
    return _reduction(ops.sum, values)


def mean(values: Iterable[Operand]) -> Any:
    """The arithmetic mean, as one node; takes and raises what `sum` does.

    >>> mean([Value(1.0), Value(2.0)])
    Value(1.5)
    """
    return _reduction(ops.mean, values)


def logsumexp(values: Iterable[Operand]) -> Any:
    """log Σ e^x, which never overflows, as one node; its local gradients are the softmax of the values.

    Takes and raises what `sum` does.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    return _reduction(ops.logsumexp, values)


def dot(weights: Iterable[Operand], inputs: Iterable[Operand], bias: Operand = 0.0) -> Any:
    """Σ weight · input + bias, as one node: what a neuron computes before its activation.

    Takes Values and numbers; of numbers alone it gives a float. Each product is rounded, their sum is
    exact and rounded once. The node's parents are the weights, then the inputs, then the bias; a
    bias that is the number 0 is left out. Raises ValueError if the two differ in length.

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
    biases: tuple[Any, ...] = () if bias.__class__ in (float, int) and bias == 0 else (bias,)
    operands: tuple[Any, ...] = (*ws, *xs, *biases)
    if set(map(type, operands)) != _ONLY_VALUES:
        n = len(ws)
        if _none_is_a_value(operands):
            data = _floats(operands, ops.dot)
            return compute(ops.dot, data[:n], data[n : 2 * n], *data[2 * n :])
        operands = _as_values(operands, ops.dot)
        ws, xs, biases = operands[:n], operands[n : 2 * n], operands[2 * n :]
    return nary(ops.dot, operands, _data(ws), _data(xs), *_data(biases))


_ONLY_VALUES = {Value}
_get_data = attrgetter("data")


def _data(values: Iterable[Value]) -> list[float]:
    return list(map(_get_data, values))


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
