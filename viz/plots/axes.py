"""What all plots share: their colours, and new Axes whose text can be read from the back of a room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#1a1a1a"
# Okabe and Ito's colours, which colour-blind eyes tell apart; markers differ as well.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
CLASS_COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "#8C8C8C", "#F0E442")
CLASS_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


@contextmanager
def axes_for(ax: Axes | None) -> Iterator[Axes]:
    """The Axes given, or new ones with text that can be read from the back of a room."""
    if ax is not None:
        yield ax
        return
    from matplotlib import pyplot as plt

    with plt.rc_context({"font.size": 13, "axes.edgecolor": "#8c8c8c"}):
        yield plt.subplots(layout="constrained")[1]
