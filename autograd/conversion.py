"""What counts as a number, and how it becomes a float."""

from __future__ import annotations

import reprlib
from numbers import Real
from operator import index
from typing import Any


def is_number(x: object) -> bool:
    """Whether x can stand for a float: an int, a float, a NumPy scalar or 0-d array of reals."""
    if isinstance(x, (int, float)):
        return True
    if getattr(x, "shape", None) == () and hasattr(x, "item"):
        return isinstance(x.item(), (int, float))
    return isinstance(x, Real)


_SHORT = reprlib.Repr()
_SHORT.maxlevel = 2
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = _SHORT.maxfrozenset = 4
_SHORT.maxstring = _SHORT.maxother = 80


def brief(x: object) -> str:
    """What a message shows of what a user gave: its repr, on one line, and shortened.

    >>> brief(list(range(1_000))), brief([[[0.5]]])
    ('[0, 1, 2, 3, ...]', '[[[...]]]')
    """
    text = _SHORT.repr(x)
    return " ".join(text.split()) if "\n" in text else text


def as_float(x: Any, taker: str = "an operation") -> float:
    """x as a Python float; TypeError, naming the taker, if x is no number."""
    if not is_number(x):
        is_value = hasattr(x, "local_gradients")
        advice = "; use its .data, or .detach() for a new leaf" if is_value else ""
        raise TypeError(
            f"{taker} takes a number (int, float or NumPy scalar), but got {brief(x)}, "
            f"which is of type {type(x).__name__}{advice}"
        )
    return float(x)


def as_count(x: Any, name: str) -> int:
    """x as an int of at least 1, NumPy's whole numbers too; ValueError, naming it, for all else."""
    if isinstance(x, bool) or not hasattr(x, "__index__") or index(x) < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, but is {brief(x)}")
    return index(x)
