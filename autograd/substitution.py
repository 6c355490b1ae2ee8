"""Substitution: leaves with other data, and other generators, as one context alone sees them.

Within a block the code of one context (a thread, an asyncio task) reads other numbers from leaves; all
others read what the leaves hold, and what they write stays. For so long the leaves are of a subclass of
their class, in which `data` is a property; everywhere else it is the slot, which CPython reads fastest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from random import Random
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from autograd.value import Value


class _Substitution(NamedTuple):
    data: dict[Value, float]
    generators: defaultdict[Random, Random]


_current: ContextVar[_Substitution | None] = ContextVar("autograd.substitution", default=None)

_lock = RLock()  # of these two
_blocks: set[object] = set()  # that are entered now, in any context
_leaves: list[Value] = []  # of the subclass


@contextmanager
def substituted(
    data: Mapping[Value, float], generators: Mapping[Random, Random] = MappingProxyType({})
) -> Iterator[None]:
    """Within this block, leaves have these data, and these generators draw in place of others.

    For a generator that is not among them, a new one does.

    >>> from autograd import Value
    >>> w = Value(3.0)
    >>> with substituted({w: -1.0}):
    ...     print(w.data, w * 2.0)
    -1.0 Value(-2.0)
    >>> w.data
    3.0
    """
    outer = _current.get()
    inner = _Substitution(
        dict(data) if outer is None else {**outer.data, **data},
        defaultdict(lambda: Random(0), generators),
    )
    block = object()
    token = _current.set(inner)
    try:
        with _lock:
            _blocks.add(block)
            for leaf in data:
                if leaf.__class__ not in _MADE:
                    _leaves.append(leaf)
                    leaf.__class__ = _with_property(leaf.__class__)  # type: ignore[arg-type]
        yield
    finally:
        _current.reset(token)
        with _lock:
            _blocks.discard(block)
            while _leaves and not _blocks:
                leaf = _leaves[-1]
                if leaf.__class__ in _MADE:
                    leaf.__class__ = leaf.__class__.__base__  # type: ignore[assignment]
                del _leaves[-1]


def stand_in(generator: Random) -> Random:
    """The generator to draw from in place of this one: itself, but for a substitution."""
    current = _current.get()
    return generator if current is None else current.generators[generator]


_MADE: set[type] = set()


@cache
def _with_property(kind: type[Value]) -> type[Value]:
    """A subclass in which `data` is what the context's substitution says, if it says anything."""
    slot: Any = getattr(kind, "data")  # noqa: B009 (the class's, which is no float)

    def read(leaf: Value) -> float:
        current = _current.get()
        number = None if current is None else current.data.get(leaf)
        return slot.__get__(leaf) if number is None else number

    def write(leaf: Value, number: float) -> None:
        current = _current.get()
        if current is not None and leaf in current.data:
            current.data[leaf] = number
        else:
            slot.__set__(leaf, number)

    made = type(kind.__name__, (kind,), {"__slots__": (), "data": property(read, write)})
    made.__module__, made.__qualname__ = kind.__module__, kind.__qualname__
    _MADE.add(made)
    return made
