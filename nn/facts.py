"""Facts: plain data from files. What is not exactly as it must be is refused, with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from autograd.conversion import brief

MAX_DEPTH = 100  # of lists and mappings in one another: far more than any file of ours has


def parsed(text: str | bytes) -> Any:
    """What JSON tells. Raises ValueError for what is no JSON, names a key twice, or is nested too deep.

    >>> parsed('{"a": [1, null]}')
    {'a': [1, None]}
    >>> parsed("[" * 1_000_000)
    Traceback (most recent call last):
        ...
    ValueError: lists and mappings are nested more than 100 deep
    """
    try:
        data = json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        data = None
    else:
        if not _is_too_deep(data):
            return data
    raise ValueError(f"lists and mappings are nested more than {MAX_DEPTH} deep")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{brief(twice)} is there twice")
    return data


def _is_too_deep(data: Any) -> bool:
    """Whether `parsed` refuses such data."""
    level = [data]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, (list, tuple, dict))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


class Such(NamedTuple):
    """A form: what has a property, which is told in words."""

    has: Callable[[Any], bool]
    told: str


ABSENT = Such(lambda found: False, "left out")

_TYPES = {
    None: Such(lambda found: found is None, "null"),
    object: Such(lambda found: True, "anything"),
    bool: Such(lambda found: isinstance(found, bool), "true or false"),
    int: Such(lambda found: type(found) is int, "a whole number"),
    float: Such(lambda found: type(found) in (int, float), "a number"),
    str: Such(lambda found: isinstance(found, str), "a text"),
}


def require(found: Any, form: Any, place: str) -> None:
    """Raise ValueError, naming the place, unless data has a form.

    A form is a type (float takes whole numbers too, int no truth values, object anything), None, a
    list with the form of all elements, a mapping of all keys to the forms of what they lead to (the key
    `str` stands for any keys), a `Such`, or a tuple of forms, one of which it must have; ABSENT in
    such a tuple allows that a key is not there.

    >>> form = {"sizes": [int], "activation": (str, None, ABSENT)}
    >>> require({"sizes": [3, 1]}, form, "the model")
    >>> require({"sizes": [3, 1.5]}, form, "the model")
    Traceback (most recent call last):
        ...
    ValueError: sizes.1 of the model must be a whole number, but is 1.5
    """
    if (fault := _fault(found, form)) is not None:
        path, expected, found = fault
        where = f"{path} of {place}" if path else place
        raise ValueError(f"{where} must be {expected}, but is {brief(found)}")


def _fault(found: Any, form: Any) -> tuple[str, str, Any] | None:
    """Where data has not the form, what it must be there, and what it is; None if it has it all."""
    form = form if isinstance(form, (tuple, list, dict)) else _TYPES.get(form, form)
    if isinstance(form, Such):
        return None if form.has(found) else ("", form.told, found)
    if isinstance(form, tuple):
        faults = [_fault(found, each) for each in form if each is not ABSENT]
        if None in faults:
            return None
        inner = next((fault for fault in faults if fault and fault[0]), None)
        return inner or ("", " or ".join(fault[1] for fault in faults if fault), found)
    if isinstance(form, list):
        if not isinstance(found, list):
            return "", "a list", found
        parts = [(i, element, form[0]) for i, element in enumerate(found)]
    else:
        if not isinstance(found, dict):
            return "", "a mapping", found
        forms = dict.fromkeys(found, form[str]) if str in form else form
        for name in forms:
            may_lack = isinstance(forms[name], tuple) and ABSENT in forms[name]
            if name not in found and not may_lack:
                return "", f"a mapping with {name!r}", found
        if unknown := next((name for name in found if name not in forms), None):
            return "", f"a mapping without {brief(unknown)}", found
        parts = [(name, found[name], forms[name]) for name in found]
    for name, part, own in parts:
        if (fault := _fault(part, own)) is not None:
            path, expected, what = fault
            return f"{name}.{path}" if path else str(name), expected, what
    return None
