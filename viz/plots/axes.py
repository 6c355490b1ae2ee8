"""What all plots share: their colours, their Axes, and the refusal of arguments of another type."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from autograd.conversion import brief

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, QUIET = "#1a1a1a", "#6b6b6b"
# Okabe and Ito's colours, which colour-blind eyes tell apart; markers differ as well.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
# The first two as those of negative and positive numbers: of two classes, 1 or +1 is blue everywhere.
CLASS_COLOURS = (ORANGE, BLUE, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "#8C8C8C", "#F0E442")
CLASS_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


@contextmanager
def axes_for(ax: Axes | None) -> Iterator[Axes]:
    """The Axes given, or new ones with text that can be read from the back of a room.

    Raises TypeError if what was given is something else.
    """
    if ax is not None:
        require_axes(ax)
        yield ax
        return
    from matplotlib import pyplot as plt

    with plt.rc_context({"font.size": 13, "axes.edgecolor": "#8c8c8c"}):
        yield plt.subplots(layout="constrained")[1]


def require_axes(ax: object) -> None:
    """Raise TypeError unless this is an Axes."""
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise TypeError(
            f"ax must be matplotlib Axes, but got {brief(ax)}, which is of type "
            f"{type(ax).__name__}: give one, as of figure, ax = plt.subplots(); other options are "
            "given by name"
        )


def require_function(given: object, name: str, expected: str) -> None:
    """Raise TypeError, saying what was expected, unless this can be called."""
    if not callable(given):
        raise TypeError(
            f"{name} must be {expected}, but got {brief(given)}, which is of type "
            f"{type(given).__name__}"
        )
