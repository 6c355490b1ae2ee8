"""Modes: what becomes of each new node within a `with` block, in the current thread or task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd.value import Value

# Every operation passes its new node through this function, if there is one.
mode: ContextVar[Callable[[Value], Value] | None] = ContextVar("autograd.mode", default=None)
current_mode = mode.get

# Whether results that are not finite are looked for, by compiled code too.
_detecting: ContextVar[bool] = ContextVar("autograd.detecting", default=False)
is_detecting = _detecting.get


class AnomalyError(ArithmeticError):
    """An operation made a nan or an infinity out of finite numbers; see `detect_anomaly`.

    >>> issubclass(AnomalyError, ArithmeticError)
    True
    """


@contextmanager
def no_grad() -> Iterator[None]:
    """Within this block operations compute, and record nothing: their results are constants.

    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.kind, y.parents
    (9.0, 'constant', ())
    """
    from autograd.value import CONSTANT, leaf

    outer = mode.get()

    def forget(node: Value) -> Value:
        return leaf((node if outer is None else outer(node)).data, CONSTANT)

    yield from _within(forget)


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Within this block the first nan or infinity that is made of finite numbers is an error.

    Raises AnomalyError, which names the operation, its operands and their labels. Outside such a
    block arithmetic never raises, and a nan may be noticed only at the very end.

    >>> from autograd import Value, detect_anomaly
    >>> x = Value(0.0, "x")
    >>> with detect_anomaly():
    ...     y = x.log() * 0
    Traceback (most recent call last):
        ...
    autograd.modes.AnomalyError: log made -inf out of finite operands: Value(0.0, 'x')
    """
    outer = mode.get()

    def check(node: Value) -> Value:
        if not isfinite(node.data) and all(isfinite(parent.data) for parent in node.parents):
            raise AnomalyError(
                f"{node.op} made {node.data} out of finite operands: {operands_of(node)}"
            )
        return node if outer is None else outer(node)

    token = _detecting.set(True)
    try:
        yield from _within(check)
    finally:
        _detecting.reset(token)


def operands_of(node: Value) -> str:
    """The operands of a node for a message: the first eight, and how many more there are."""
    operands = ", ".join(map(repr, node.parents[:8]))
    return operands + (f" and {len(node.parents) - 8} more" if len(node.parents) > 8 else "")


def _within(function: Callable[[Value], Value]) -> Iterator[None]:
    token = mode.set(function)
    try:
        yield
    finally:
        mode.reset(token)
