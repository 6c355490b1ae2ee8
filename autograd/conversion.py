"""What counts as a number, and how it becomes a float."""

from __future__ import annotations

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


def as_float(x: Any, taker: str = "an operation") -> float:
    """x as a Python float; TypeError, naming the taker, if x is no number."""
    if not is_number(x):
        is_value = hasattr(x, "local_gradients")
        advice = "; use its .data, or .detach() for a new leaf" if is_value else ""
        raise TypeError(
            f"{taker} takes a number (int, float or NumPy scalar), but got {x!r}, "
            f"which is of type {type(x).__name__}{advice}"
        )
    return float(x)


def as_count(x: Any, name: str) -> int:
    """x as an int of at least 1, NumPy's whole numbers too; ValueError, naming it, for all else."""
    if isinstance(x, bool) or not hasattr(x, "__index__") or index(x) < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, but is {x!r}")
    return index(x)
