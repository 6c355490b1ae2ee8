"""Surroundings: what a function finds outside of its arguments, and whether that has changed since.

A trace sees closed-over variables, globals, default arguments, attributes and elements as they are at
the time. So the code is searched for the names of what it may read, what is found there is kept, and
one expression made for it compares all of it by identity: some nanoseconds a place, at each call of
compiled code. Attributes of modules (`Watched`) need not even be compared, since setting one is noted.

A change that is found need not matter to the graph: only tracing the function once more can tell.
"""

from __future__ import annotations

import dis
import sys
import sysconfig
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache, cached_property, partial
from operator import attrgetter
from types import (
    CellType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any, NamedTuple

from autograd.conversion import brief
from autograd.tracing import Watched, latest_change
from autograd.value import Leaf, Value


class Change(NamedTuple):
    """What has changed, and how, for a message."""

    what: str
    how: str


FEW = 1000  # elements: so many of a list or array are compared, however short the program is


class Surroundings:
    """What functions, models and lists depend on, as it is now.

    Args:
        roots: functions, modules, lists.
        constants: Values whose data count.
        leaves: Values of which it counts whether they are frozen.
        largest: containers of more elements than this, and than FEW, are not looked into.

    Attributes:
        is_same: tells quickly whether all of it is as it was. It may be false though nothing has
            changed, which `difference()` knows. None if there is nothing that could change.

    >>> scales = [2.0]
    >>> surroundings = Surroundings([scales])
    >>> surroundings.difference()
    >>> scales[0] = 3.0
    >>> surroundings.difference()
    Change(what='an element of an argument', how='was 2.0, and now it is 3.0')
    """

    is_same: Callable[[], bool] | None

    def __init__(
        self,
        roots: Sequence[object],
        constants: Sequence[Value] = (),
        leaves: Sequence[Value] = (),
        largest: int = 0,
    ) -> None:
        self._latest_change = latest_change[0]
        search = _Search(roots, max(largest, FEW))
        self._places, self._unwritten = search.places, search.unwritten
        if constants:
            read = partial(_each, "data", constants)
            self._places.append(_Place(_VALUES, "data", constants, read, None, read()))
        if leaves:
            read = partial(_each, "operation", leaves)
            self._unwritten.append(_Place(_VALUES, "kind", leaves, read, None, read()))
        self.is_same = self._written() if self._places or self._unwritten else None

    def difference(self) -> Change | None:
        """The first change that is found; None if there is none."""
        change = latest_change[0]
        for place in (*self._places, *self._unwritten):
            if (found := place.difference()) is not None:
                return found
        if self.is_same is not None and change is not self._latest_change:
            self._latest_change = change  # of another module than these
            self.is_same = self._written()
        return None

    def _written(self) -> Callable[[], bool]:
        """An expression that compares all places. No name in it is a user's."""
        values: dict[str, Any] = {"latest_change": latest_change, "change": self._latest_change}
        cells: dict[str, CellType] = {}
        conditions = ["latest_change[0] is change"] if self._unwritten else []
        live, copies = [], []
        for i, place in enumerate(self._places):
            if place.kind is _CONTAINER:
                live.append(place.holder)
                copies.append(place.expected)
                continue
            if place.kind is _CELL:
                cells[f"holder{i}"] = (
                    place.holder
                )  # a variable that the expression closes over as well
            else:
                values[f"holder{i}"] = place.holder
            values[f"key{i}"], values[f"expected{i}"] = place.key, place.expected
            conditions.append(place.kind.condition.replace("#", str(i)))
        if live:
            values["live"], values["copies"] = live, copies
            conditions.append("live == copies")
        variables = "".join(f"{name} = " for name in cells)
        text = _EXPRESSION.format(variables=variables, conditions=" and ".join(conditions))
        exec(compile(text, "<surroundings>", "exec", dont_inherit=True), values)
        code = values.pop("make")().__code__
        closure = tuple([cells[name] for name in code.co_freevars])
        is_same: Callable[[], bool] = FunctionType(code, values, "is_same", None, closure)
        return is_same


# What is compared may be gone, or have no truth value: then it is not the same either.
_EXPRESSION = """
def make():
    {variables}_ = None

    def is_same():
        try:
            return {conditions}
        except Exception:
            return False

    return is_same
"""


class _Kind(NamedTuple):
    """How a place is read, and an expression for whether it is as it was."""

    read: Callable[[Any, Any], Any]
    condition: str


_NONE = object()  # what is at a place that is gone

_CELL = _Kind(lambda cell, _: cell.cell_contents, "holder# is expected#")
_ITEM = _Kind(lambda items, key: items[key], "holder#[key#] is expected#")
_ABSENT = _Kind(lambda items, key: items.get(key, _NONE), "key# not in holder#")
_ATTRIBUTE = _Kind(lambda thing, getter: getter(thing), "key#(holder#) is expected#")
_LENGTH = _Kind(lambda items, _: len(items), "len(holder#) == expected#")
_ARRAY = _Kind(lambda array, _: array.tobytes(), "holder#.tobytes() == expected#")
_VALUES = _Kind(lambda read, _: read(), "holder#() == expected#")
_CONTAINER = _Kind(lambda items, _: items, "")  # all of them are compared together
_MODULE = _Kind(lambda module, _: _attributes(module), "")  # `latest_change` tells


class _Place(NamedTuple):
    """Where a function may look, and what is there; the name and its owner are for messages."""

    kind: _Kind
    what: str
    owner: Any
    holder: Any
    key: Any
    expected: Any

    def difference(self) -> Change | None:
        """What has changed here, if anything has."""
        kind, what, owner, holder, key, before = self
        try:
            now = kind.read(holder, key)
        except (AttributeError, LookupError, ValueError):
            now = _NONE
        if kind is _MODULE:
            names = [
                name for name in before | now if before.get(name, _NONE) is not now.get(name, _NONE)
            ]
            if not names:
                return None
            what = names[0].removeprefix("_")
            before, now = before.get(names[0], _NONE), now.get(names[0], _NONE)
        elif kind is _CONTAINER or kind is _VALUES:
            if len(before) != len(now):
                return Change(what, f"had {len(before)} elements, and now it has {len(now)}")
            pairs = [(i, a, b) for i, (a, b) in enumerate(_pairs(before, now)) if a is not b]
            if not pairs:
                return None
            i, before, now = pairs[0]
            if kind is _VALUES:
                owner = owner[i]
            else:
                what = f"an element of {what}"
        elif before is now or (kind in (_ARRAY, _LENGTH) and before == now):
            return None
        if owner is not None:
            what = f"{what} of {brief(owner)}"
        if kind is _ARRAY:
            return Change(what, "held other numbers than it does now")
        return Change(what, f"was {_shown(before)}, and now it is {_shown(now)}")


def _shown(x: object) -> str:
    if isinstance(x, Leaf):
        return repr(x.kind)
    return "not there" if x is _NONE else brief(x)


def _pairs(before: Any, now: Any) -> Iterable[tuple[Any, Any]]:
    """The elements of two containers of one length, side by side."""
    if isinstance(before, dict):
        return [(value, now.get(key, _NONE)) for key, value in before.items()]
    if isinstance(before, set):
        return zip(before - now, now - before)
    return zip(before, now)


def _each(attribute: str, values: Sequence[Value]) -> list[Any]:
    return list(map(attrgetter(attribute), values))


def _attributes(module: Watched) -> dict[str, Any]:
    return {name: x for name, x in vars(module).items() if name not in module.unwatched}


# The search.

_ATOMS = {int, float, complex, str, bytes, bool, type(None), type(...), range, CodeType, Value}
# Equal means the same for these, or the same elements, which are compared in their turn.
_COMPARABLE = _ATOMS | {list, dict, tuple, set, frozenset}
_COPIES: dict[type, Callable[[Any], Any]] = {
    list: list,
    dict: dict,
    set: set,
    deque: deque,
    bytearray: bytes,
}
_WRAPPERS: dict[type, str] = {
    staticmethod: "__func__",
    classmethod: "__func__",
    property: "fget",
    cached_property: "func",
}
# Code that has these names may read any attribute.
_ANY = {"getattr", "vars", "__dict__", "asdict", "astuple", "attrgetter"}


class _Search:
    """All places where functions may look, those in what they find there, and so on.

    Attributes:
        places: what an expression is to compare.
        unwritten: the same, of what need not be compared as long as no module is set an attribute.
    """

    places: list[_Place]
    unwritten: list[_Place]

    def __init__(self, roots: Iterable[object], largest: int) -> None:
        self._largest = largest
        # Of most things only those attributes count whose names stand in code that is found on the way.
        self._names: set[str] = {"__call__", "__wrapped__"}
        n_names = 0
        while n_names < len(self._names):
            n_names = len(self._names)
            self.places, self.unwritten = [], []
            self._walk(roots)

    def _walk(self, roots: Iterable[object]) -> None:
        self._stack: list[tuple[Any, str]] = [(root, "an argument") for root in roots]
        seen: dict[int, Any] = {}  # with the things, lest another one gets the same id
        while self._stack:
            thing, name = self._stack.pop()
            if type(thing) not in _ATOMS and id(thing) not in seen:
                seen[id(thing)] = thing
                with suppress(Exception):  # what nobody can look into, nobody can watch
                    self._visit(thing, name)

    def _visit(self, thing: Any, name: str) -> None:
        kind = type(thing)
        if kind in _COPIES:
            self._container(thing, kind, name)
        elif isinstance(thing, Watched):
            attributes = _attributes(thing)
            self.unwritten.append(_Place(_MODULE, "", thing, thing, None, attributes))
            self._stack += [(x, name) for name, x in attributes.items() if type(x) not in _ATOMS]
            self._stack.append((kind, name))
        elif kind is FunctionType:
            self._function(thing)
        elif kind is MethodType:
            self._stack += [(thing.__func__, name), (thing.__self__, "self")]
        elif kind in _WRAPPERS:
            self._stack.append((getattr(thing, _WRAPPERS[kind]), name))
        elif isinstance(thing, partial):
            self._stack += [(x, name) for x in (thing.func, *thing.args, thing.keywords)]
        elif isinstance(thing, ModuleType):
            if not _is_of_library(thing.__name__):
                self._items(vars(thing), self._names & vars(thing).keys(), thing.__name__)
        elif isinstance(thing, type):
            self._class(thing)
        elif hasattr(kind, "tobytes"):
            self._array(thing, name)
        else:
            if isinstance(thing, (tuple, frozenset)) and len(thing) <= self._largest:
                self._stack += [(x, name) for x in thing]
            for container in _COPIES:
                if isinstance(thing, container):
                    self._container(thing, container, name)
            if kind.__module__.partition(".")[0] not in _OURS:
                self._object(thing)

    def _function(self, function: FunctionType) -> None:
        code, variables = function.__code__, function.__globals__
        is_users = not _is_of_library(variables.get("__name__", ""))
        for name, cell in zip(code.co_freevars, function.__closure__ or ()):
            try:
                contents = cell.cell_contents
            except ValueError:  # not assigned yet
                continue
            if is_users:
                self._add(_CELL, name, None, cell, None, contents)
            self._stack.append((contents, name))
        self._items(vars(function), self._names & vars(function).keys(), None)
        if not is_users:
            return
        self._names |= _names_in(code)
        self._items(variables, _globals_in(code) & variables.keys(), None)
        for attribute in ("__defaults__", "__kwdefaults__"):
            if defaults := getattr(function, attribute):
                getter = attrgetter(attribute)
                self._add(_ATTRIBUTE, "the defaults", function, function, getter, defaults)
                self._stack.append((defaults, "the defaults"))

    def _class(self, kind: type) -> None:
        for each in kind.__mro__:
            if not _is_of_library(each.__module__):
                attributes = vars(each)
                names = self._names & attributes.keys()
                self._items(attributes, names, each)
                for nearer in kind.__mro__[: kind.__mro__.index(each)]:
                    for name in names - vars(nearer).keys():  # which may come to hide it
                        self._add(_ABSENT, name, nearer, vars(nearer), name, _NONE)
                self._stack += [
                    (x, name)
                    for name, x in attributes.items()
                    if isinstance(x, FunctionType) or type(x) in _WRAPPERS
                ]

    def _object(self, thing: Any) -> None:
        kind = type(thing)
        own = getattr(thing, "__dict__", None)
        names = set(own) if isinstance(own, dict) else set()
        self._items(own, names if self._names & _ANY else self._names & names, thing)
        for each in kind.__mro__:
            for name in (self._names & vars(each).keys()) - names:
                x = vars(each)[name]
                if type(x) is MemberDescriptorType:  # a slot
                    if (now := getattr(thing, name, _NONE)) is not _NONE:
                        self._add(_ATTRIBUTE, name, thing, thing, attrgetter(name), now)
                        self._stack.append((now, name))
                elif isinstance(own, dict) and not hasattr(x, "__get__"):
                    self._add(_ABSENT, name, thing, own, name, _NONE)
        self._stack.append((kind, ""))

    def _container(self, items: Any, kind: type, name: str) -> None:
        if len(items) > self._largest:
            return
        elements = list(items.values() if isinstance(items, dict) else items)
        kinds = set(map(type, elements))
        # Two zeros are equal, and not the same.
        if all(kind in _COMPARABLE or _is_itself_alone(kind) for kind in kinds) and not (
            float in kinds and any(type(x) is float and x == 0.0 for x in elements)
        ):
            self._add(_CONTAINER, name, None, items, None, _COPIES[kind](items))
        else:
            self._add(_LENGTH, f"the length of {name}", None, items, None, len(elements))
            if not isinstance(items, set):
                keys = list(items) if isinstance(items, dict) else range(len(elements))
                for key, x in zip(keys, elements):
                    self._add(_ITEM, f"an element of {name}", None, items, key, x)
        if not kinds <= _ATOMS:
            self._stack += [(x, name) for x in elements]

    def _array(self, array: Any, name: str) -> None:
        if getattr(array, "size", self._largest) > self._largest or isinstance(array, memoryview):
            return
        if getattr(array, "dtype", None) == object:  # noqa: E721 (a NumPy dtype)
            elements = array.ravel().tolist()
            self._stack += [(x, name) for x in elements]
            # kept with their owner: what is compared are the elements' addresses
            self._add(_ARRAY, name, None, array, elements, array.tobytes())
        else:
            self._add(_ARRAY, name, None, array, None, array.tobytes())

    def _items(self, items: Any, names: Iterable[str], owner: object) -> None:
        """Places in a namespace."""
        for name in sorted(names):
            x = items[name]
            if not (isinstance(x, ModuleType) and _is_of_library(x.__name__)):
                self._add(_ITEM, name, owner, items, name, x)
                self._stack.append((x, name))

    def _add(self, *place: Any) -> None:
        self.places.append(_Place(*place))


def _is_itself_alone(kind: type) -> bool:
    """Whether things of a class are equal only if they are the same."""
    equals: Any = kind.__eq__
    return equals is object.__eq__


_OURS = {"autograd", "nn", "viz"}
_FOLDERS = tuple(sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib"))


@cache
def _is_of_library(module: str) -> bool:
    """Whether a module, by its name, is ours, Python's or an installed one: such do not change."""
    root = module.partition(".")[0]
    if root in _OURS or root in sys.stdlib_module_names:
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is not None and file.startswith(_FOLDERS)


@cache
def _names_in(code: CodeType) -> frozenset[str]:
    """All names of attributes that code may mean, its strings too, and that of functions it makes."""
    names = {*code.co_names, *(x for x in code.co_consts if type(x) is str)}
    return frozenset(names.union(*map(_names_in, _functions_in(code))))


@cache
def _globals_in(code: CodeType) -> frozenset[str]:
    """The names of globals that code reads."""
    names = {
        instruction.argval
        for instruction in dis.get_instructions(code)
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    if "globals" in names:  # as globals()["name"]
        names |= _names_in(code)
    return frozenset(names.union(*map(_globals_in, _functions_in(code))))


def _functions_in(code: CodeType) -> list[CodeType]:
    return [x for x in code.co_consts if type(x) is CodeType]
