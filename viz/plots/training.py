"""How training went, epoch by epoch; and how each layer fares: its gradients, its idle units."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from autograd import no_grad
from autograd.conversion import brief, is_number
from nn.evaluation import Predictor, mode, scores_of
from nn.history import History, Watch
from nn.module import Module
from nn.samples import Samples, as_samples, rows
from nn.summary import layers_of
from viz.numbers import short
from viz.plots.axes import BLUE, CLASS_MARKERS, ORANGE, axes_for

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.container import Container
    from matplotlib.lines import Line2D
    from matplotlib.transforms import Transform

DEAD, SATURATED = "dead units", "saturated outputs"
BARS: dict[str, dict[str, Any]] = {
    DEAD: {"color": ORANGE, "hatch": "//", "edgecolor": "white"},
    SATURATED: {"color": BLUE},
}
# Outside of these, matplotlib's log axes overflow. What a log axis has no place for, 0 above all, stands
# as an open circle at its end.
SMALLEST, LARGEST = 1e-200, 1e200
OPEN_CIRCLE: dict[str, Any] = {
    "marker": "o",
    "markersize": 9,
    "markerfacecolor": "white",
    "markeredgewidth": 2.0,
    "linestyle": "none",
    "clip_on": False,
    "zorder": 3,
}


def history(
    history: History, ax: Axes | None = None, metric: Literal["loss", "accuracy"] = "loss"
) -> Axes:
    """The learning curve of a training: its loss or accuracy by epoch, with validation if there was one.

    For both curves one above the other, give each a place: `figure, (top, bottom) = plt.subplots(2)`.

    Raises ValueError if the history has no such numbers, or `metric` is another word; TypeError for
    anything but a history.

    >>> from types import SimpleNamespace
    >>> record = SimpleNamespace(loss=[0.9, 0.4, 0.2], validation_loss=[])
    >>> [line.get_label() for line in history(record).lines]
    ['training 0.2']
    """
    if metric not in ("loss", "accuracy"):
        raise ValueError(f"metric must be 'loss' or 'accuracy', but got {brief(metric)}")
    if not all(hasattr(history, name) for name in (metric, f"validation_{metric}")):
        raise TypeError(
            "history() takes the History that fit() returns, but got "
            f"{brief(history)}, which is of type {type(history).__name__}"
        )
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


def gradient_flow(model: Module | History, ax: Axes | None = None) -> Axes:
    """The norm of the loss's gradient in each layer, √Σ(∂L/∂p)² over its parameters, on a log axis.

    In a deep network of sigmoids it falls by orders of magnitude towards the input.

    Args:
        model: a model after a backward pass, drawn layer by layer with the first at the top; or the
            history of a training, drawn as a line over the epochs for each layer.
        ax: where to draw; a new figure if None.

    A norm of 0, for which a log axis has no place, is an open circle marked 0 at its lower end. In a
    model, nan is marked likewise, and inf at the upper end; in a history they leave a gap.

    Raises ValueError if no backward pass has reached a layer or the history is empty, and TypeError
    for anything else.

    >>> from nn import MLP
    >>> model = MLP(2, [3, 1], "sigmoid", seed=0)
    >>> model([1.0, 2.0]).backward()
    >>> [label.get_text() for label in gradient_flow(model).get_yticklabels()]
    ['layers.0', 'layers.1']
    """
    if isinstance(model, History):
        return _norms_by_epoch(model.gradient_norms, ax)
    norms = _norms(model)
    exponents = [math.log10(norm) for norm in norms.values() if _on_log_axis(norm)] or [0.0]
    low, high = math.floor(min(exponents) - 0.1), max(exponents)
    # A decade's beginning is on the left, so that one tick at least has a label. The numbers need room.
    left, right = 10.0**low, 10.0 ** max(high + 0.35 * (high - low), low + 1.2)

    with axes_for(ax) as axes:
        from matplotlib.ticker import NullFormatter

        axes.set_xscale("log")
        axes.set_xlim(left, right)
        axes.xaxis.set_minor_formatter(NullFormatter())
        for row, norm in enumerate(norms.values()):
            if _on_log_axis(norm):
                # from the left edge, wherever others may set it
                axes.hlines(row, SMALLEST, norm, color=BLUE, linewidth=3.0)
                axes.plot([norm], [row], "o", color=BLUE, markersize=9)
                _write_beside(axes, short(norm), (norm, row))
            else:
                end = 1.0 if norm > 1.0 else 0.0
                at_end = axes.get_yaxis_transform()
                axes.plot([end], [row], transform=at_end, color=BLUE, **OPEN_CIRCLE)
                _write_beside(axes, short(norm), (end, row), at_end)
        _name_rows(axes, list(norms), grow=ax is None)
        axes.set_xlabel("norm of the gradient")
        axes.grid(axis="x", alpha=0.25)
    return axes


def saturation(model: Module | History, X: Samples | None = None, ax: Axes | None = None) -> Axes:
    """How much of each layer hardly learns: its saturated outputs, or its dead units, in percent.

    Of sigmoid and tanh units it is the share of outputs, over units and samples, where the slope is
    below a twentieth of the steepest; of ReLU units, the share of units that are 0 for every sample.
    That is what `nn.History` keeps. Layers of other units are left out.

    Args:
        model: a model, drawn as a bar for each layer with the first at the top; it is called with
            dropout off, and nothing is recorded. Or the history of a training, drawn as a line over
            the epochs for each layer.
        X: samples for the model; a history takes none.
        ax: where to draw; a new figure if None.

    Raises ValueError if there is no such layer, if X is missing, empty, a single sample or not called
    for, or if an output of the model is nan or infinite; TypeError if `model` is neither a model nor a
    history, or X no sequence.

    >>> from nn import MLP
    >>> model = MLP(1, [4, 1], "tanh", seed=0, initializer=100.0)
    >>> [text.get_text() for text in saturation(model, [[-1.0], [1.0]]).texts]
    ['100%']
    """
    if isinstance(model, History):
        if X is not None:
            raise ValueError("a history holds what its samples gave: leave X out")
        return _shares_by_epoch(model, ax)
    shares = _shares(model, X)

    with axes_for(ax) as axes:
        from matplotlib.ticker import PercentFormatter

        bars = {}
        for row, ((_, kind), share) in enumerate(shares.items()):
            bars[kind] = axes.barh(row, share, height=0.6, label=kind, **BARS[kind])
            _write_beside(axes, f"{100.0 * share:.3g}%", (share, row))
        _name_rows(axes, [path for path, _ in shares], grow=ax is None)
        axes.set(xlim=(0.0, 1.2), xticks=[0.0, 0.25, 0.5, 0.75, 1.0], xlabel=_axis_label(bars))
        axes.xaxis.set_major_formatter(PercentFormatter(xmax=1.0))
        if len(bars) > 1:
            _legend_outside(axes, list(bars.values()))
    return axes


def _norms(model: object) -> dict[str, float]:
    """The norm of the gradient in each layer that has parameters, by the layer's path."""
    norms = {}
    for path, layer in _layers(model, "gradient_flow()"):
        if not (parameters := layer.parameters()):
            continue
        if not any(parameter.backward_passes for parameter in parameters):
            raise ValueError(
                f"no backward pass has reached {path or 'the model'}, {brief(layer)}: call backward() "
                "on a loss that depends on it, and zero_grad() only after drawing"
            )
        norms[path] = math.hypot(*[parameter.grad for parameter in parameters])
    if not norms:
        raise ValueError(
            f"gradient_flow() draws gradients of parameters, but {brief(model)} has none"
        )
    return norms


def _shares(model: object, X: Samples | None) -> dict[tuple[str, str], float]:
    """The share of each layer that is dead or saturated, by the layer's path and which of the two."""
    layers = list(_layers(model, "saturation()"))
    X = [] if X is None else rows(as_samples(X, "X"))
    if len(X) == 0:
        raise ValueError("saturation() of a model needs samples: X must hold at least one")
    n_inputs = getattr(layers[0][1], "n_inputs", 1) if layers else 1
    if n_inputs != 1 and all(map(is_number, X)):
        raise ValueError(
            f"X must hold samples of {n_inputs} numbers each, but holds numbers: of one sample x, "
            "give [x]"
        )
    predictor = cast(Predictor, model)
    watch = Watch(model)
    with no_grad(), mode(model, training=False), watch.epoch():
        for i, sample in enumerate(X):
            for score in scores_of(predictor(sample)):
                if not math.isfinite(score):
                    raise ValueError(
                        f"the model's output for sample {i} is {score}: look for nan or inf, or for "
                        "very large numbers, in that sample and in the parameters"
                    )
    figures = watch.figures()
    by_kind = {DEAD: figures["dead"], SATURATED: figures["saturated"]}
    shares = {
        (path, kind): of_layers[path]
        for path, _ in layers
        for kind, of_layers in by_kind.items()
        if path in of_layers
    }
    if not shares:
        raise ValueError(
            f"saturation() is for layers of ReLU, sigmoid or tanh units, but {brief(model)} has none"
        )
    return shares


def _layers(model: object, taker: str) -> Iterator[tuple[str, Module]]:
    if not isinstance(model, Module):
        raise TypeError(f"{taker} takes a model or a history, but got {brief(model)}")
    return layers_of(model)


def _norms_by_epoch(norms: Mapping[str, Sequence[float]], ax: Axes | None) -> Axes:
    if not any(norms.values()):
        raise ValueError("this history holds no gradient norms: it has had no epoch")
    with axes_for(ax) as ax:
        ax.set_yscale("log")
        on_axis = [
            [norm if _on_log_axis(norm) else math.nan for norm in numbers]
            for numbers in norms.values()
        ]
        lines = _lines_by_epoch(ax, [path or "model" for path in norms], on_axis)
        at_lower_end = ax.get_xaxis_transform()
        for line, numbers in zip(lines, norms.values()):
            zeros = [
                epoch for epoch, norm in enumerate(numbers, start=1) if 0.0 <= norm <= SMALLEST
            ]
            if zeros:
                shown = zeros[:: _step(zeros)]
                colour = line.get_color()
                ax.plot(
                    shown, [0.0] * len(shown), transform=at_lower_end, color=colour, **OPEN_CIRCLE
                )
                ax.annotate(
                    "0",
                    (zeros[0], 0.0),
                    xycoords=at_lower_end,
                    xytext=(0, 8),
                    textcoords="offset points",
                    ha="center",
                )
        ax.set_ylabel("norm of the gradient")
    return ax


def _shares_by_epoch(history: History, ax: Axes | None) -> Axes:
    series = {
        (path, kind): numbers
        for kind, of_layers in ((DEAD, history.dead), (SATURATED, history.saturated))
        for path, numbers in of_layers.items()
        if numbers
    }
    if not series:
        raise ValueError(
            "this history holds neither dead units nor saturated outputs: it has had no epoch, or the "
            "model no layer of ReLU, sigmoid or tanh units"
        )
    kinds = {kind for _, kind in series}
    with axes_for(ax) as ax:
        from matplotlib.ticker import PercentFormatter

        names = [path or "model" for path, _ in series]
        if len(kinds) > 1:
            names = [f"{name}, {kind.split()[0]}" for name, (_, kind) in zip(names, series)]
        _lines_by_epoch(ax, names, list(series.values()))
        ax.set(ylim=(-0.03, 1.03), ylabel=_axis_label(kinds))
        ax.yaxis.set_major_formatter(PercentFormatter(xmax=1.0))
    return ax


def _axis_label(kinds: Collection[str]) -> str:
    return "share of the layer" if len(kinds) > 1 else next(iter(kinds))


def _lines_by_epoch(
    ax: Axes, names: Sequence[str], series: Sequence[Sequence[float]]
) -> list[Line2D]:
    """A line for each layer, from dark for the first to light for the last, with a legend."""
    import matplotlib
    from matplotlib.ticker import MaxNLocator

    lines = []
    for i, (name, numbers) in enumerate(zip(names, series)):
        lines += ax.plot(
            range(1, len(numbers) + 1),
            numbers,
            label=name,
            # The lightest colours of the map cannot be seen on white.
            color=matplotlib.colormaps["viridis"](0.85 * i / max(len(names) - 1, 1)),
            linestyle=("-", "--", "-.", ":")[i % 4],
            linewidth=2.2,
            marker=CLASS_MARKERS[i % len(CLASS_MARKERS)],
            markevery=_step(numbers),
            markersize=6,
        )
    ax.set_xlabel("epoch")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.grid(alpha=0.25)
    _legend_outside(ax, lines)
    return lines


def _step(numbers: Sequence[float]) -> int:
    """Every how many of them one is marked, so that the markers stay apart."""
    return math.ceil(len(numbers) / 12) or 1


def _legend_outside(ax: Axes, handles: Sequence[Artist | Container]) -> None:
    size = "medium" if len(handles) <= 12 else "x-small"
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1.0), fontsize=size)


def _name_rows(ax: Axes, paths: Sequence[str], *, grow: bool) -> None:
    """Name the rows, the first at the top; with `grow`, the figure becomes as tall as they need."""
    from matplotlib.figure import Figure

    figure = ax.figure
    if grow and isinstance(figure, Figure):
        figure.set_figheight(max(figure.get_figheight(), 1.2 + 0.32 * len(paths)))
    ax.set_yticks(range(len(paths)), [path or "model" for path in paths])
    ax.set_ylim(len(paths) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0, pad=9)


def _write_beside(
    ax: Axes, text: str, point: tuple[float, float], transform: Transform | None = None
) -> None:
    ax.annotate(
        text,
        point,
        xycoords="data" if transform is None else transform,  # of data, only within the Axes
        xytext=(9, 0),
        textcoords="offset points",
        va="center",
    )


def _on_log_axis(number: float) -> bool:
    return SMALLEST < number < LARGEST
