"""What is reported: tables of medians and of ratios, what is missing and why, and which bounds hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import NamedTuple

from benchmarks.eager import format_time, machine
from benchmarks.measure import Measurement
from benchmarks.sides import (
    COMPILED,
    JAX,
    JIT,
    LOOPS,
    LOOPS_TITLE,
    MICROGRAD,
    SIDES,
    TORCH,
    TORCH_COMPILED,
)
from benchmarks.workloads import (
    CIFAR,
    DIGITS,
    GROWING,
    MOONS,
    README,
    TITLES,
    n_parameters,
)

# By workload (or GROWTH) and side (or number of parameters): a measurement per round.
Results = dict[tuple[str, str | int], list[Measurement]]

GROWTH = "growth"
BLANK = "–"


class Table(NamedTuple):
    """A table: its first column is text, the others are numbers."""

    header: list[str]
    rows: list[list[str]]

    def lines(self, markdown: bool) -> list[str]:
        """Aligned text; in Markdown too."""
        widths = [max(map(len, column)) for column in zip(self.header, *self.rows, strict=True)]
        separator = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        lines = []
        for row in [self.header, *([separator] if markdown else []), *self.rows]:
            first, *others = row
            cells = [first.ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
            lines.append(f"| {' | '.join(cells)} |" if markdown else "   ".join(cells).rstrip())
        return lines


class Series(NamedTuple):
    """Ratios, one a round."""

    ratios: list[float]

    def __str__(self) -> str:
        if not self.ratios:
            return BLANK
        if len(self.ratios) == 1:
            return _short(self.median)
        low, high = min(self.ratios), max(self.ratios)
        return f"{_short(self.median)} ({_short(low)} to {_short(high)})"

    @property
    def median(self) -> float:
        """Of the rounds; nan if there is none."""
        return median(self.ratios) if self.ratios else float("nan")


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def of_rounds(numerators: Iterable[float | None], denominators: Iterable[float | None]) -> Series:
    """The ratios of what was measured in the same round."""
    pairs = zip(numerators, denominators, strict=False)
    return Series([a / b for a, b in pairs if a is not None and b is not None])


def steps_of(results: Results, workload: str, side: str | int) -> list[float | None]:
    """The times of a step, one a round."""
    return [measurement.step for measurement in results.get((workload, side), [])]


def compilations_of(results: Results, workload: str, side: str | int) -> list[float | None]:
    """The times to compile, one a round."""
    return [measurement.compilation for measurement in results.get((workload, side), [])]


def _median_time(times: Iterable[float | None]) -> str:
    known = [time for time in times if time is not None]
    return format_time(known) if known else BLANK


def step_table(results: Results, workloads: Sequence[str], sides: Sequence[str]) -> Table:
    """The time of a step: a row for each side, a column for each workload."""
    return Table(
        ["A step takes", *(TITLES[workload] for workload in workloads)],
        [
            [
                SIDES[side].title,
                *(_median_time(steps_of(results, workload, side)) for workload in workloads),
            ]
            for side in sides
        ],
    )


def ratio_table(results: Results, workloads: Sequence[str], sides: Sequence[str]) -> Table:
    """How many times as fast as each peer ours is, with the lowest and highest of the rounds."""
    return Table(
        ["Times as fast (lowest to highest)", *(TITLES[workload] for workload in workloads)],
        [
            [f"{SIDES[ours].title} / {SIDES[peer].title}"]
            + [
                str(of_rounds(steps_of(results, workload, peer), steps_of(results, workload, ours)))
                for workload in workloads
            ]
            for ours in (COMPILED, JIT)
            for peer in (MICROGRAD, TORCH, TORCH_COMPILED, JAX)
            if ours in sides and peer in sides
        ],
    )


def compilation_table(results: Results, workloads: Sequence[str], sides: Sequence[str]) -> Table:
    """The time to compile: a row for each side that does, a column for each workload."""
    return Table(
        ["To compile takes", *(TITLES[workload] for workload in workloads)],
        [
            [
                _title(side),
                *(_median_time(compilations_of(results, workload, side)) for workload in workloads),
            ]
            for side in (COMPILED, LOOPS, JIT, JAX, TORCH_COMPILED)
            if side in sides
        ],
    )


def growth_table(results: Results, sizes: Sequence[int]) -> Table:
    """Ours compiled, per parameter: a column for each size of the network."""

    def row(title: str, times_of: Callable[[Results, str, int], list[float | None]]) -> list[str]:
        cells = []
        for size in sizes:
            n = n_parameters(GROWING[size].sizes)
            times = times_of(results, GROWTH, size)
            cells.append(_median_time(None if time is None else time / n for time in times))
        return [title, *cells]

    return Table(
        [
            "Ours compiled, per parameter, of",
            *(f"{n_parameters(GROWING[size].sizes):,}" for size in sizes),
        ],
        [row("to compile", compilations_of), row("a step of 64 samples", steps_of)],
    )


def missing(results: Results) -> list[str]:
    """Why cells are blank, one line for each reason of a side."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for (workload, side), measurements in results.items():
        for measurement in measurements:
            if measurement.reason:
                where = TITLES.get(workload, f"growth to {side}")
                names = reasons.setdefault((_title(side), measurement.reason), [])
                if where not in names:
                    names.append(where)
    return [f"{title} ({', '.join(names)}): {why}" for (title, why), names in reasons.items()]


def disturbed(results: Results) -> list[str]:
    """A warning if other programs took part of the core."""
    shares = [m.share for cell in results.values() for m in cell if m.step is not None]
    n = sum(share < 0.9 for share in shares)
    if not n:
        return []
    return [
        f"The machine was busy: in {n} of {len(shares)} measurements other programs took more than "
        "a tenth of the core's time."
    ]


def _title(side: str | int) -> str:
    if isinstance(side, int):
        return SIDES[COMPILED].title
    return LOOPS_TITLE if side == LOOPS else SIDES[side].title


# The bounds.


class Bound(NamedTuple):
    """What should hold: the median of a series is at least, or at most, a number."""

    text: str
    series: Series
    limit: float
    is_least: bool = True
    unit: str = ""

    def row(self) -> list[str]:
        """What should hold, what is measured, the bound, and whether it holds."""
        bound = f"{'≥' if self.is_least else '≤'} {self.limit:,.4g}{self.unit}"
        if not self.series.ratios:
            return [self.text, BLANK, bound, "not measured"]
        found = self.series.median
        holds = found >= self.limit if self.is_least else found <= self.limit
        return [self.text, f"{self.series}{self.unit}", bound, "yes" if holds else "NO"]


# The workload, ours, the peer, how many times as fast ours should be.
FASTER = (
    (README, COMPILED, MICROGRAD, 40.0),
    (README, JIT, MICROGRAD, 80.0),
    (MOONS, COMPILED, MICROGRAD, 6000.0),
    (MOONS, COMPILED, TORCH, 4.0),
    (MOONS, COMPILED, JAX, 0.9),
    (MOONS, JIT, JAX, 1.5),
    (DIGITS, COMPILED, TORCH, 1.0),
    (DIGITS, COMPILED, JAX, 1.0),
)
TIME_OF_PYTORCH = 1.3  # of a CIFAR-size step
COMPILATION = ((COMPILED, 5.0), (LOOPS, 15.0))  # seconds
MEMORY = 1.0  # GB
# Linear: between these sizes the time per parameter grows by no more than this, which leaves room for
# caches that the larger one does not fit into.
GROWTH_SIZES, GROWTH_LIMIT = (10**4, 10**6), 1.5


def bounds(results: Results) -> list[Bound]:
    """The ratios that matter, of what was asked for."""

    def ratio(workload: str, numerator: str, denominator: str) -> Series:
        return of_rounds(
            steps_of(results, workload, numerator), steps_of(results, workload, denominator)
        )

    found = [
        Bound(
            f"{TITLES[workload]}: {SIDES[ours].title}, times as fast as {SIDES[peer].title}",
            ratio(workload, peer, ours),
            limit,
        )
        for workload, ours, peer, limit in FASTER
        if (workload, ours) in results and (workload, peer) in results
    ]
    if (CIFAR, COMPILED) in results and (CIFAR, TORCH) in results:
        text = f"{TITLES[CIFAR]}: {SIDES[COMPILED].title}, times the time of {SIDES[TORCH].title}"
        times = ratio(CIFAR, COMPILED, TORCH)
        found.append(Bound(text, times, TIME_OF_PYTORCH, is_least=False))
    for side, limit in COMPILATION:
        if (CIFAR, side) in results:
            measurements = results[CIFAR, side]
            text = f"{TITLES[CIFAR]}: {_title(side)}, "
            times = Series([m.compilation for m in measurements if m.compilation is not None])
            found.append(Bound(text + "time to compile", times, limit, False, " s"))
            peaks = Series([m.peak / 1e9 for m in measurements if m.peak is not None])
            found.append(Bound(text + "peak size of the process", peaks, MEMORY, False, " GB"))
    small, large = GROWTH_SIZES
    if (GROWTH, small) in results and (GROWTH, large) in results:
        n_small, n_large = (n_parameters(GROWING[size].sizes) for size in GROWTH_SIZES)
        for what, times_of in (("time to compile", compilations_of), ("step", steps_of)):
            grown = of_rounds(times_of(results, GROWTH, large), times_of(results, GROWTH, small))
            growth = Series([ratio * n_small / n_large for ratio in grown.ratios])
            text = f"{what}, per parameter: at {n_large:,} by that at {n_small:,}"
            found.append(Bound(text, growth, GROWTH_LIMIT, is_least=False))
    return found


def bound_table(results: Results) -> Table:
    """The ratios that matter, each with its bound."""
    rows = [bound.row() for bound in bounds(results)]
    return Table(["What should hold", "measured", "bound", "holds"], rows)


# Where it was measured.


def versions() -> str:
    """The libraries, and NumPy's BLAS."""
    import numpy as np

    names = {
        "micrograd": "micrograd",
        "NumPy": "numpy",
        "PyTorch": "torch",
        "JAX": "jax",
        "numba": "numba",
    }
    parts = []
    for title, name in names.items():
        try:
            text = f"{title} {version(name)}"
        except PackageNotFoundError:
            text = f"no {title}"
        if name == "numpy":
            blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]  # type: ignore[index]
            text += f" with {blas['name']} {blas['version']}"
        parts.append(text)
    return ", ".join(parts)


def report(
    results: Results,
    workloads: Sequence[str],
    sides: Sequence[str],
    sizes: Sequence[int],
    n_rounds: int,
    markdown: bool,
) -> str:
    """All of it, as text; the bounds and the machine come last."""

    def lines(table: Table) -> list[str]:
        # What nobody was asked for has no table.
        return table.lines(markdown) if table.rows and len(table.header) > 1 else []

    rounds = "1 round" if n_rounds == 1 else f"{n_rounds} rounds"
    paragraphs = [
        [f"Medians of {rounds}, each measurement in a fresh process; float64, one thread."],
        lines(step_table(results, workloads, [side for side in sides if side in SIDES])),
        lines(ratio_table(results, workloads, sides)),
        lines(compilation_table(results, workloads, sides)),
        lines(growth_table(results, sizes)),
        missing(results),
        disturbed(results),
        lines(bound_table(results)),
        [machine(), versions()],
    ]
    # In Markdown, lines of prose would become one paragraph: they are a list.
    return "\n\n".join(
        "\n".join(
            f"- {line}" if markdown and len(paragraph) > 1 and not line.startswith("|") else line
            for line in paragraph
        )
        for paragraph in paragraphs
        if paragraph
    )
