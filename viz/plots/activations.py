"""Activations with their derivatives: one, or all of them side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, isfinite, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import Value, no_grad, value_and_grad
from autograd.conversion import brief
from nn.activations import (
    NAMES,
    PRELU,
    PRELU_SLOPE,
    Activation,
    activation_named,
    name_if_known,
    prelu,
)
from viz.numbers import short
from viz.plots.axes import BLUE, ORANGE, axes_for

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

N_POINTS = 401
# At the end of a range of ±4, the sigmoid's derivative is at 7 % of its maximum, tanh's at 0.1 %.
FLAT = 0.1
# Where to ask whether a derivative goes to 0: far beyond what is drawn.
FAR = 1000.0
# As formulas, since the prime of an upright f cannot be seen.
F, DERIVATIVE = "$f$", r"$f\,'$"
DEAD, SATURATED = f"dead: {DERIVATIVE} = 0", f"saturated: |{DERIVATIVE}| ≤ 10% of max"


def activation(
    name: str | Activation, ax: Axes | None = None, *, low: float = -4.0, high: float = 4.0
) -> Axes:
    """An activation f and its derivative f′, which the engine computes; where f saturates is grey.

    A tail is grey where |f′| is at most a tenth of its maximum, from there to the end of the range,
    if f′ goes to 0 on that side (at |x| = 1000 it is below a thousandth of the maximum): sigmoid and
    tanh have two, sin and the leaky ReLU none. A unit is called dead where f′ is exactly 0. At a
    kink, f′ jumps, and no line crosses the jump.

    Args:
        name: one of `nn.activations.NAMES` ("prelu" with the slope it starts at, 0.25), or a function
            that takes a Value and returns one.
        ax: where to draw; a new figure if None.
        low, high: the range of x.

    Raises ValueError for an unknown name, a range that is empty or infinite, or a function that is
    finite nowhere in it; TypeError if `name` is neither a name nor a function.

    Source of the name: Gulcehre et al. 2016, "Noisy activation functions", call f saturating on the
    side on which f′ goes to 0.

    >>> ax = activation("sigmoid")
    >>> x, f = ax.lines[2].get_data()
    >>> ax.get_title(), float(x[0]), round(float(f[0]), 4)
    ('sigmoid', -4.0, 0.018)
    """
    curve = _curve(name, low, high)
    with axes_for(ax) as ax:
        _draw(curve, ax, f"{DERIVATIVE}, |{DERIVATIVE}| ≤ {short(curve.steepest)}")
        ax.set(title=curve.name, xlabel="x")
        _make_room_above(ax)
        ax.legend(loc="upper left", framealpha=0.9)
    return ax


def activations(
    names: Sequence[str | Activation] | None = None, *, low: float = -4.0, high: float = 4.0
) -> NDArray[Any]:
    """A gallery of activations, each as `activation` draws it, with the same axes for all.

    The y-axis is half as long as the x-axis; what leaves it is cut off.

    A gallery needs many Axes. So it takes none, makes a figure of its own, and returns its Axes, as
    an array of shape (rows, columns); those left over are hidden. To save:
    `activations()[0, 0].figure.savefig("activations.png")`.

    Args:
        names: as for `activation`; all that `nn` knows if None.
        low, high: the range of x.

    Raises ValueError as `activation` does, and if there are no names; TypeError if `names` is one name.

    >>> axes = activations(["relu", "leaky_relu", "sigmoid"])
    >>> [panel.get_title().partition(":")[0] for panel in axes.flat]
    ['relu', 'leaky_relu', 'sigmoid', '']
    """
    if isinstance(names, str):
        raise TypeError(
            f"names must be a list of activations, but is {names!r}: give [{names!r}], or draw one "
            f"with activation({names!r})"
        )
    curves = [_curve(name, low, high) for name in (NAMES if names is None else names)]
    if not curves:
        raise ValueError("names is empty: give at least one activation, or None for all")
    from matplotlib import pyplot as plt

    n_columns = ceil(sqrt(len(curves)))
    n_rows = ceil(len(curves) / n_columns)
    with plt.rc_context({"font.size": 13, "axes.edgecolor": "#8c8c8c"}):
        figure, axes = plt.subplots(
            n_rows,
            n_columns,
            sharex=True,
            sharey=True,
            squeeze=False,
            layout="constrained",
            figsize=(max(3.2 * n_columns, 4.2), 2.6 * n_rows + 0.6 + 0.25 * (4 // n_columns)),
        )
        legend: dict[str, Any] = {}
        for curve, ax in zip(curves, axes.flat, strict=False):
            _draw(curve, ax, DERIVATIVE)
            ax.set_title(
                f"{curve.name}: |{DERIVATIVE}| ≤ {short(curve.steepest)}", fontsize="medium"
            )
            handles, labels = ax.get_legend_handles_labels()
            legend |= dict(zip(labels, handles, strict=True))
        for column in range(len(curves) - axes.size, 0):  # counted from the end of the last row
            axes[-1, column].set_visible(False)
            axes[-2, column].tick_params(labelbottom=True)
        # Were the rectifiers drawn to their ends, nothing could be seen of a derivative of 1/4.
        axes[0, 0].set_ylim(-(high - low) / 4, (high - low) / 4)
        # Side by side, its entries are wider than two panels.
        n_beside = len(legend) if n_columns > 2 else n_columns
        figure.legend(legend.values(), legend, loc="outside lower center", ncols=n_beside)
    return axes


class _Curve(NamedTuple):
    """What is drawn of an activation f."""

    name: str
    f: tuple[Numbers, Numbers]
    derivative: tuple[Numbers, Numbers]
    steepest: float  # max |f′|
    tails: dict[tuple[float, float], str]  # the grey ones, from where to where, and what they are


def _curve(name: str | Activation, low: float, high: float) -> _Curve:
    import numpy as np

    if not (isfinite(low) and isfinite(high) and low < high):
        raise ValueError(f"low must be below high, and both finite, but they are {low} and {high}")
    if not (isinstance(name, str) or callable(name)):
        raise TypeError(
            f"an activation is a name or a function, but got {brief(name)}, which is of type "
            f"{type(name).__name__}: activations() draws a list of them"
        )
    known = name_if_known(name)
    differentiated = value_and_grad(_prelu if known == PRELU else activation_named(name))

    def both(x: float) -> tuple[float, float]:
        with no_grad():  # parameters of f are numbers here
            value: tuple[float, float] = differentiated(x)
        return value

    # Most kinks are at 0, and the steepest points too: it is one of the points, whatever the range.
    xs = np.union1d(np.linspace(low, high, N_POINTS), [0.0] if low < 0.0 < high else [])
    values, slopes = np.array([both(x) for x in xs.tolist()], dtype=float).T
    # Where f is not defined, it has no derivative, even if a formula gives one (log below 0).
    slopes = np.where(np.isfinite(values) & np.isfinite(slopes), slopes, np.nan)
    title = known if isinstance(known, str) else getattr(known, "__name__", repr(known))
    if np.isnan(slopes).all():
        raise ValueError(f"{title} has no finite value and derivative between {low} and {high}")
    steepest = float(np.nanmax(np.abs(slopes)))
    return _Curve(
        title,
        _open_at_jumps(lambda x: both(x)[0], xs, values),
        _open_at_jumps(lambda x: both(x)[1], xs, slopes),
        steepest,
        _tails(lambda x: both(x)[1], xs, slopes, steepest),
    )


def _prelu(x: Value) -> Value:
    return prelu(x, Value(PRELU_SLOPE))  # type: ignore[no-any-return]


def _draw(curve: _Curve, ax: Axes, label: str) -> None:
    ax.axhline(0.0, color="#8c8c8c", linewidth=1.0, zorder=0)
    ax.axvline(0.0, color="#8c8c8c", linewidth=1.0, zorder=0)
    ax.plot(*curve.f, color=BLUE, linewidth=2.6, label=F)
    ax.plot(*curve.derivative, "--", color=ORANGE, linewidth=2.6, label=label)
    unnamed = {DEAD, SATURATED}
    for (left, right), what in curve.tails.items():
        name = what if what in unnamed else "_"  # a legend leaves out what begins so
        unnamed.discard(what)
        shade = 0.35 if what == DEAD else 0.18
        ax.axvspan(left, right, color="#8c8c8c", alpha=shade, linewidth=0.0, label=name)


def _open_at_jumps(
    function: Callable[[float], float], xs: Numbers, ys: Numbers
) -> tuple[Numbers, Numbers]:
    """The points of a curve, with a nan in each jump, so that no line is drawn across it."""
    import numpy as np

    ys = np.where(np.isfinite(ys), ys, np.nan)
    steps = np.abs(np.diff(ys))
    where: list[int] = []
    points: list[tuple[float, float]] = []
    for i in np.flatnonzero(steps > 0.05 * (np.nanmax(ys) - np.nanmin(ys))).tolist():
        (left, at_left), (right, at_right) = zip(xs[i : i + 2].tolist(), ys[i : i + 2].tolist())
        # Halving the interval again and again leaves nothing of the change, unless there is a jump.
        for _ in range(60):
            middle = 0.5 * (left + right)
            at_middle = function(middle)
            if abs(at_middle - at_left) > abs(at_right - at_middle):
                right, at_right = middle, at_middle
            else:
                left, at_left = middle, at_middle
        if abs(at_right - at_left) > 0.5 * steps[i]:
            where += [i + 1] * 3
            points += [(left, at_left), (left, np.nan), (right, at_right)]
    new_xs, new_ys = np.array(points).reshape(-1, 2).T
    return np.insert(xs, where, new_xs), np.insert(ys, where, new_ys)


def _tails(
    derivative: Callable[[float], float], xs: Numbers, slopes: Numbers, steepest: float
) -> dict[tuple[float, float], str]:
    import numpy as np

    flat = np.abs(slopes) <= FLAT * steepest
    n_left = np.logical_and.accumulate(flat).sum() if _vanishes(derivative(-FAR), steepest) else 0
    n_right = (
        np.logical_and.accumulate(flat[::-1]).sum() if _vanishes(derivative(FAR), steepest) else 0
    )
    tails = {}
    for part in (slice(0, n_left), slice(len(xs) - n_right, len(xs))):
        if len(xs[part]) > 1:
            dead = not slopes[part].any()
            tails[xs[part][0].item(), xs[part][-1].item()] = DEAD if dead else SATURATED
    return tails


def _vanishes(slope: float, steepest: float) -> bool:
    return abs(slope) <= 1e-3 * steepest


def _make_room_above(ax: Axes) -> None:
    """Move the upper end of the y-axis up, so that a legend has a place that no curve enters."""
    bottom, top = ax.get_ylim()
    ax.set_ylim(bottom, top + 0.4 * (top - bottom))
