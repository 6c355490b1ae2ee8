"""What counts as a number, and how it becomes a float."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
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


def did_you_mean(given: object, names: Iterable[str]) -> str:
    """The end of a message about a name that is none of these: the nearest of them, or nothing.

    >>> did_you_mean("ReLu", ["relu", "tanh"]), did_you_mean(3, ["relu"])
    ("; did you mean 'relu'?", '')
    """
    from difflib import get_close_matches

    near = get_close_matches(given.lower(), names, n=1) if isinstance(given, str) else ()
    return f"; did you mean {near[0]!r}?" if near else ""


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


def by_position(x: Any) -> Any:
    """A DataFrame, a Series or a tensor as a NumPy array; all else as it is.

    Frames look `x[0]` up by name, and iterate over the names of columns; an array goes by position.

    >>> by_position([0.5, 1.0])
    [0.5, 1.0]
    """
    if hasattr(x, "to_pandas") and not hasattr(x, "to_numpy"):  # a table of Arrow
        x = x.to_pandas()
    if hasattr(x, "to_numpy"):
        return x.to_numpy()
    if hasattr(x, "detach") and hasattr(
        x, "numpy"
    ):  # a tensor of PyTorch, which may have a gradient
        return x.detach().cpu().numpy()
    return x
