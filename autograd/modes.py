"""Modes: what becomes of each new node within a `with` block, in the current thread or task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograd.value import Value

# Every operation passes its new node through this function, if there is one.
mode: ContextVar[Callable[[Value], Value] | None] = ContextVar("autograd.mode", default=None)


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

    token = mode.set(lambda node: leaf(node.data, CONSTANT))
    try:
        yield
    finally:
        mode.reset(token)
