"""How training went, epoch by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from viz.plots.axes import BLUE, ORANGE, axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nn import History


def history(
    history: History, ax: Axes | None = None, metric: Literal["loss", "accuracy"] = "loss"
) -> Axes:
    """The learning curve of a training: its loss or accuracy by epoch, with validation if there was one.

    For both curves one above the other, give each a place: `figure, (top, bottom) = plt.subplots(2)`.

    Raises ValueError if the history has no such numbers, or `metric` is another word.

    >>> from types import SimpleNamespace
    >>> record = SimpleNamespace(loss=[0.9, 0.4, 0.2], validation_loss=[])
    >>> [line.get_label() for line in history(record).lines]
    ['training 0.2']
    """
    if metric not in ("loss", "accuracy"):
        raise ValueError(f"metric must be 'loss' or 'accuracy', but got {metric!r}")
    curves = {
        "training": (getattr(history, metric), BLUE, "-"),
        "validation": (getattr(history, f"validation_{metric}"), ORANGE, "--"),
    }
    if not any(numbers for numbers, _, _ in curves.values()):
        raise ValueError(f"this history holds no {metric}: it has had no epoch, or recorded none")
    with axes_for(ax) as ax:
        from matplotlib.ticker import MaxNLocator, PercentFormatter

        for name, (numbers, colour, line) in curves.items():
            if numbers:
                last = f"{numbers[-1]:.1%}" if metric == "accuracy" else f"{numbers[-1]:.3g}"
                ax.plot(
                    range(1, len(numbers) + 1),
                    numbers,
                    line,
                    label=f"{name} {last}",
                    color=colour,
                    linewidth=2.2,
                    marker="o" if len(numbers) <= 20 else "",
                    markersize=4,
                )
        ax.set(xlabel="epoch", ylabel=metric)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        if metric == "accuracy":
            ax.yaxis.set_major_formatter(PercentFormatter(xmax=1.0))
        ax.grid(alpha=0.25)
        ax.legend()
    return ax
