"""What came of a study: the same training with other settings, each with many seeds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd.conversion import as_float, brief
from nn.sweep import Sweep
from viz.plots.axes import BLUE, INK, axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes


NOTE_SIZE = 11.0  # in points
SLANTED: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
# What a column stands for, its results, and how many runs failed.
Column = tuple[str, list[float], int]


def final_losses(
    results: Mapping[Any, Iterable[float]] | Sweep,
    ax: Axes | None = None,
    *,
    ylabel: str = "final loss",
) -> Axes:
    """How the results of many seeds are distributed, setting by setting: a point for each run.

    What a small network ends with depends on where it started; large ones all end about equally well.
    A box reaches from the first quartile to the third, with a thick line at the median. The axis is
    logarithmic if all results are positive and the largest is more than 100 times the smallest.

    Args:
        results: for each setting, a number of hidden units for instance, its results, one a seed; or
            a sweep over one parameter whose results are numbers.
        ax: where to draw; a new figure if None.
        ylabel: what the results are.

    Results that are nan or infinite are counted above their column as diverged, and runs of a sweep
    that raised as failed.

    Raises ValueError if a setting has no results or the sweep does not vary exactly one parameter, and
    TypeError if a result is no number.

    >>> ax = final_losses({1: [0.9, 0.7, 0.8], 20: [0.02, 0.02, float("inf")]})
    >>> [label.get_text() for label in ax.get_xticklabels()], ax.texts[0].get_text()
    (['1', '20'], '1 diverged')
    """
    parameter, columns = _of_sweep(results) if isinstance(results, Sweep) else _of_mapping(results)
    finite = [x for _, numbers, _ in columns for x in numbers if math.isfinite(x)]

    with axes_for(ax) as ax:
        notes = []
        for place, (_, numbers, n_failed) in enumerate(columns):
            drawn = [x for x in numbers if math.isfinite(x)]
            if drawn:
                _draw_column(ax, place, drawn)
            counts = {"diverged": len(numbers) - len(drawn), "failed": n_failed}
            notes.append("\n".join(f"{count} {what}" for what, count in counts.items() if count))
        if finite and min(finite) > 0.0 and max(finite) > 100.0 * min(finite):
            ax.set_yscale("log")
        _write_above(ax, notes)
        labels = [label for label, _, _ in columns]
        is_long = sum(map(len, labels)) > 40
        ax.set_xticks(range(len(labels)), labels, **(SLANTED if is_long else {}))
        ax.set(xlim=(-0.6, len(columns) - 0.4), xlabel=parameter, ylabel=ylabel)
        ax.grid(axis="y", alpha=0.25)
    return ax


def _of_mapping(results: Mapping[Any, Iterable[float]]) -> tuple[str, list[Column]]:
    """No name of a parameter, and the columns."""
    if not isinstance(results, Mapping):
        raise TypeError(
            "final_losses() takes a mapping from settings to lists of numbers, or a sweep, but got "
            f"{brief(results)}"
        )
    columns: list[Column] = []
    for setting, numbers in results.items():
        if not isinstance(numbers, Iterable):
            raise TypeError(
                f"the results of {brief(setting)} must be a list of numbers, one a seed, but are "
                f"{brief(numbers)}"
            )
        columns.append((str(setting), [_number(x, setting) for x in numbers], 0))
        if not columns[-1][1]:
            raise ValueError(f"there are no results of {brief(setting)}: leave it out")
    if not columns:
        raise ValueError("final_losses() of no settings: give results of at least one")
    return "", columns


def _of_sweep(sweep: Sweep) -> tuple[str, list[Column]]:
    """The name of the parameter that is varied, and the columns."""
    if not sweep.runs:
        raise ValueError(
            "final_losses() of a sweep without runs: it was interrupted before the first"
        )
    names = dict.fromkeys(name for run in sweep for name in run.parameters)
    # Lists, which a parameter may be, are told apart by what they look like.
    varied = [name for name in names if len({repr(run.parameters.get(name)) for run in sweep}) > 1]
    if len(names) == 1:
        varied = list(names)
    if len(varied) != 1:
        raise ValueError(
            "final_losses() draws a sweep that varies one parameter, but this one varies "
            f"{' and '.join(varied) or 'none'}: give it a mapping, such as "
            "{n: study.results(n_neurons=n) for n in (2, 4)}"
        )
    (name,) = varied
    by_setting: dict[str, Column] = {}
    for run in sweep:
        setting = run.parameters.get(name)
        label, numbers, n_failed = by_setting.get(repr(setting), (str(setting), [], 0))
        if run.error is None:
            numbers.append(_number(run.result, setting))
        else:
            n_failed += 1
        by_setting[repr(setting)] = label, numbers, n_failed
    return name, list(by_setting.values())


def _number(x: Any, setting: object) -> float:
    return as_float(x, f"final_losses(), for {brief(setting)},")


def _draw_column(ax: Axes, place: int, numbers: Sequence[float]) -> None:
    """The numbers as points, with a box from the first to the third quartile and the median in it."""
    import numpy as np
    from matplotlib.patches import Rectangle

    # The multiples of the golden ratio, modulo 1, are spread evenly, however many there are.
    jitter = np.arange(len(numbers)) * 0.618033988749895 % 1.0 - 0.5
    ax.scatter(
        place + 0.45 * jitter, numbers, s=30, color=BLUE, alpha=0.6, linewidths=0.0, zorder=4
    )
    left, right = place - 0.32, place + 0.32
    first, median, third = np.quantile(numbers, [0.25, 0.5, 0.75])
    box = Rectangle((left, first), right - left, third - first, fill=False, edgecolor=INK)
    box.set(linewidth=2.0, zorder=3)
    ax.add_patch(box)
    ax.hlines(median, left, right, color=INK, linewidth=4.0, zorder=3)


def _write_above(ax: Axes, notes: Sequence[str]) -> None:
    """Write a note at the top of each column, or nothing where it is empty, clear of the points."""
    if not any(notes):
        return
    # The lengths are in inches; a letter is about 0.6 of the font's size, of 1/72 inch, wide.
    width, height = ax.bbox.width / ax.figure.dpi, ax.bbox.height / ax.figure.dpi
    lines = [line for note in notes for line in note.splitlines()]
    longest = max(map(len, lines)) * 0.6 * NOTE_SIZE / 72
    is_upright = longest > width / (len(notes) + 0.2)  # side by side they would overlap
    n_lines = max(note.count("\n") + 1 for note in notes)
    room = min((longest if is_upright else n_lines * 1.3 * NOTE_SIZE / 72) / height + 0.05, 0.6)
    transform = ax.yaxis.get_transform()
    low, high = transform.transform(ax.get_ylim())
    ax.set_ylim(top=transform.inverted().transform([high + room / (1 - room) * (high - low)])[0])
    for place, note in enumerate(notes):
        if note:
            ax.text(
                place,
                0.98,
                note,
                transform=ax.get_xaxis_transform(),
                ha="center",
                va="top",
                fontsize=NOTE_SIZE,
                rotation=90 if is_upright else 0,
            )
