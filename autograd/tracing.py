"""Tracing: running a function once with Values, to read its program off the graph that it builds.

A program must do the same for every input. So while a function is traced, a comparison of Values has no
truth value: it is a `Condition`, which `where` records in the graph, and which `if` answers with a
`TraceError`.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from autograd.conversion import brief

if TYPE_CHECKING:
    from autograd.value import Value


class TraceError(Exception):
    """A function cannot be compiled: its graph is not the same for every input. See `compile`.

    >>> issubclass(TraceError, Exception)
    True
    """


@dataclass
class Tracer:
    """What a trace collects besides the graph.

    Attributes:
        draws: the random leaves, in the order in which they were drawn.
        settings: objects with the name and the value of an attribute that the graph depends on, such as
            whether a module is in training.
    """

    draws: list[Value] = field(default_factory=list)
    settings: dict[tuple[int, str], tuple[object, str, object]] = field(default_factory=dict)

    def depends_on(self, thing: object, attribute: str) -> None:
        """Note that the graph is made for the present value of an attribute."""
        self.settings[id(thing), attribute] = (thing, attribute, getattr(thing, attribute))


# Another object whenever somebody has set an attribute of something Watched: for a quick look whether
# anything has changed at all.
latest_change: list[object] = [object()]


class Watched:
    """What compiled functions may depend on: it notes when an attribute is set.

    Attributes:
        unwatched: the names of those attributes that no graph depends on, or not by themselves.
    """

    unwatched: ClassVar[frozenset[str]] = frozenset()

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name not in self.unwatched:
            latest_change[0] = object()

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name not in self.unwatched:
            latest_change[0] = object()


_tracer: ContextVar[Tracer | None] = ContextVar("autograd.tracer", default=None)
current_tracer = _tracer.get


@contextmanager
def tracing() -> Iterator[Tracer]:
    """Within this block comparisons of Values are Conditions, and the tracer given notes the rest."""
    tracer = Tracer()
    token = _tracer.set(tracer)
    try:
        yield tracer
    finally:
        _tracer.reset(token)


class Condition:
    """What a comparison of Values is during a trace: true for some inputs, false for others.

    `where` takes it, and `&` and `|` join two of them.
    """

    __slots__ = ("_choose", "_text")

    def __init__(self, choose: Any, text: str) -> None:
        self._choose = choose  # of a and b, the node that is a where the condition holds, else b
        self._text = text

    def where(self, a: Any, b: Any) -> Any:
        """The node that is a where the condition holds, else b."""
        return self._choose(a, b)

    def __and__(self, other: Any) -> Any:
        if not isinstance(other, Condition):
            return NotImplemented if not isinstance(other, bool) else self if other else False
        mask = self.where(other.where(1.0, 0.0), 0.0)
        return compared(0.5, mask, "<", f"({self._text}) & ({other._text})")

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, Condition):
            return NotImplemented if not isinstance(other, bool) else True if other else self
        mask = self.where(1.0, other.where(1.0, 0.0))
        return compared(0.5, mask, "<", f"({self._text}) | ({other._text})")

    __rand__, __ror__ = __and__, __or__

    def __bool__(self) -> bool:
        raise TraceError(
            f"{where_called()} branches on {self._text}, but a compiled function must do the same for "
            "every input: use autograd.where(condition, a, b), or maximum, minimum, clip, relu (and "
            "& and | in place of `and` and `or`)"
        )

    def __repr__(self) -> str:
        return f"Condition({self._text})"


class Equality:
    """What `x == y` or `x != y` is, of a Value with a Value or a number.

    By its truth value it tells whether both are the same object, as members of sets are compared: no
    Value is the same as a number. `where`, and `&` and `|`, ask whether the data are equal.
    """

    __slots__ = ("_is_equal", "_x", "_y")

    def __init__(self, x: Value, y: Any, *, is_equal: bool) -> None:
        self._x, self._y, self._is_equal = x, y, is_equal

    @property
    def _text(self) -> str:
        return f"{self._x!r} {'==' if self._is_equal else '!='} {self._y!r}"

    def condition(self) -> Any:
        """Whether the data are equal, or differ: a bool, or during a trace a Condition."""
        x, y, text = self._x, self._y, self._text
        if current_tracer() is None:
            number = y.data if hasattr(y, "local_gradients") else float(y)
            return (x.data == number) is self._is_equal
        equal = compared(x, y, "<=", text) & compared(y, x, "<=", text)
        return Condition(equal.where if self._is_equal else lambda a, b: equal.where(b, a), text)

    def __and__(self, other: Any) -> Any:
        return self.condition() & (other.condition() if isinstance(other, Equality) else other)

    def __or__(self, other: Any) -> Any:
        return self.condition() | (other.condition() if isinstance(other, Equality) else other)

    __rand__, __ror__ = __and__, __or__

    def __bool__(self) -> bool:
        is_value = hasattr(self._y, "local_gradients")
        if current_tracer() is not None and not is_value:
            sign = "==" if self._is_equal else "!="
            raise TraceError(
                f"{where_called()} compares {self._x!r} with {brief(self._y)} by {sign}, which in `if` "
                f"and `in` asks whether they are the same node: use autograd.where(x {sign} "
                f"{brief(self._y)}, a, b), which compares the data, or autograd.select for a label"
            )
        return (self._x is self._y) is self._is_equal

    def __repr__(self) -> str:
        return f"Equality({self._text})"


def compared(x: Any, y: Any, sign: str, text: str) -> Any:
    """The Condition x < y or x <= y; NotImplemented if one is neither Value nor number."""
    from autograd import ops
    from autograd.value import as_operand, nary, number

    operands = as_operand(x), as_operand(y)
    if NotImplemented in operands:
        return NotImplemented
    operation = {"<": ops.where_less, "<=": ops.where_less_equal}[sign]

    def choose(a: Any, b: Any) -> Any:
        parents = (as_operand(a), as_operand(b), *operands)
        if NotImplemented in parents:
            raise TypeError(f"where() takes Values or numbers, but got {a!r} and {b!r}")
        return nary(operation, parents, *map(number, parents))

    return Condition(choose, text)


def where_called() -> str:
    """The line of the user's code that runs, for a message."""
    return line_of(*users_line())


def users_line() -> tuple[str, int]:
    """The file and the line that run: the innermost ones outside of these packages."""
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__", "").partition(".")[0] in _PACKAGES:
        if frame.f_back is None:
            break
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def line_of(filename: str, number: int) -> str:
    """A line of code, for a message: its file or notebook cell, its number, and what it says."""
    text = linecache.getline(filename, number).strip()
    ipython = sys.modules.get("IPython")  # present if we run inside it
    shell = None if ipython is None else ipython.get_ipython()
    # Of a cell, the file is a temporary one, with a name that tells nobody anything. (IPython 7, which
    # Colab has, gives it one that does.)
    name_of_cell = getattr(getattr(shell, "compile", None), "format_code_name", None)
    cell = None if name_of_cell is None else name_of_cell(filename)
    place = f"{filename}:{number}" if cell is None else f"{' '.join(cell)}, line {number}"
    return place + (f": `{text}`" if text else "")


_PACKAGES = {"autograd", "nn", "viz"}
