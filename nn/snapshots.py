"""Snapshots: whether a model has changed since it was compiled."""

from __future__ import annotations

from operator import is_
from typing import Any

from autograd import TraceError
from autograd.conversion import brief
from nn.module import Module, elements, is_container


class Snapshot:
    """What models and lists are made of, to find out later whether somebody has changed them.

    >>> from nn import MLP
    >>> model = MLP(2, [3, 1])
    >>> snapshot = Snapshot(model)
    >>> model.layers[0].neurons[0].bias.data = 1.0  # what a parameter is does not count
    >>> snapshot.is_current()
    True
    >>> model.layers[0].activation = "tanh"
    >>> snapshot.is_current()
    False
    """

    def __init__(self, *things: object) -> None:
        # Modules with their attributes, lists with their elements.
        self._parts: list[tuple[Any, Any]] = []
        stack: list[Any] = list(things)
        seen: set[int] = set()
        while stack:
            thing = stack.pop()
            if id(thing) in seen:
                continue
            seen.add(id(thing))
            contents = _contents(thing)
            self._parts.append((thing, contents))
            inner = contents.values() if isinstance(contents, dict) else contents
            stack += [x for x in inner if isinstance(x, Module) or is_container(x)]

    def is_current(self) -> bool:
        """Whether all parts consist of the same objects as they did."""
        return self.difference() is None

    def require_current(self) -> None:
        """Raises TraceError if a part has changed, which calls that were made here have done then."""
        if (difference := self.difference()) is not None:
            raise TraceError(f"a call changes {difference}, as a call of compiled code would not")

    def difference(self) -> str | None:
        """The first part that consists of others now, for a message; None if there is none."""
        for thing, before in self._parts:
            now = _contents(thing)
            if isinstance(now, dict):
                names = [
                    n for n in {**before, **now} if now.get(n, _NONE) is not before.get(n, _NONE)
                ]
                if names:
                    return f"{', '.join(names)} of {brief(thing)}"
            elif len(now) != len(before) or not all(map(is_, now, before)):
                return f"the elements of {brief(thing)}"
        return None


_NONE = object()  # what an attribute is that is not there


def _contents(thing: Any) -> Any:
    """What a list or a dict holds; of all else the attributes, but for those that `fit` sets."""
    if isinstance(thing, (list, tuple)):
        return tuple(thing)
    if is_container(thing):
        return dict(elements(thing))
    attributes = dict(getattr(thing, "__dict__", {}))
    attributes.pop("training", None)
    attributes.pop("observer", None)
    return attributes
