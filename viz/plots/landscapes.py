"""Losses and functions as landscapes, and the paths on which gradient descent walks through them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from math import floor, log10
from typing import TYPE_CHECKING, Any

from autograd import Value, no_grad
from autograd.conversion import as_count, as_float, brief
from nn.evaluation import Loss, mode
from nn.history import History
from nn.module import Module
from nn.optimizers import SGD, Optimizer
from nn.samples import Samples, paired, plain
from viz.numbers import short
from viz.plots.axes import ORANGE, axes_for, require_function

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from numpy.typing import ArrayLike, NDArray

    Numbers = NDArray[np.float64]

N_LEVELS = 25
# Of what is beyond this, or below its inverse, matplotlib draws no contours.
HUGE = 1e200


def loss_landscape(
    model: Module,
    loss: Loss,
    X: Samples,
    y: Samples,
    ax: Axes | None = None,
    *,
    extent: float = 1.0,
    resolution: int = 25,
    seed: int = 0,
    directions: ArrayLike | None = None,
    path: ArrayLike | None = None,
) -> Axes:
    """The mean loss in a plane through a model's parameters, in the space of all its parameters.

    The plane is spanned by two directions: those given; else, with a path, the two along which the
    path varies most; else two random ones, in which each neuron's weights are as long as the neuron's
    own, and biases are 0 (Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets"). Losses
    that are nan or infinite are left white. Levels are logarithmic if losses differ by more than a
    factor of 100.

    The model is called (resolution² + 1) · n times, with dropout off, and nothing is recorded: ten
    seconds for 200 samples and a network of 337 parameters. The parameters are put back as they were,
    whatever happens.

    Args:
        model: a module with two parameters at least, called with one sample.
        loss: takes the model's output for a sample and its target, and returns a Value, as for `fit`.
        X, y: n samples and their targets.
        ax: where to draw; a new figure if None.
        extent: how far the picture reaches from the current parameters on each side, in units of the
            directions. With a path it reaches as far as the path at least; with a path and no
            directions just as far.
        resolution: the loss is computed at resolution × resolution points.
        seed: fixes the random directions.
        directions: two vectors, of shape (2, n_parameters), in the order of `model.parameters()`.
        path: where training went, of shape (k, n_parameters): the parameters after each step or epoch,
            drawn as their (least-squares) projections on the plane. A callback collects it in `fit`:
            `lambda model, history: path.append([p.data for p in model.parameters()])`.

    Raises TypeError if the model is no Module, or the loss no function that returns a Value. Raises
    ValueError if a shape is not as above, if the
    parameters, directions or path hold a nan or inf, if the directions span no plane, or if no loss
    is finite.

    >>> from nn import MLP, squared_error
    >>> model = MLP(1, [3, 1], activation="tanh", seed=0)
    >>> ax = loss_landscape(model, squared_error, [[0.0], [1.0]], [0.0, 1.0], resolution=5)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('direction 1', 'direction 2')
    """
    import numpy as np

    if not isinstance(model, Module):
        raise TypeError(f"loss_landscape() takes a model of nn, a Module, but got {brief(model)}")
    require_function(
        loss, "loss", "a function of the model's output and a target, e.g. nn.hinge_loss"
    )
    if isinstance(path, History):
        raise TypeError(
            "path must be the parameters after each step, but got a History, which holds none: collect "
            "them by fit(..., callbacks=[lambda model, history: path.append([p.data for p in "
            "model.parameters()])])"
        )
    as_float(extent, "loss_landscape(), for extent,")
    if not 0.0 < extent < HUGE or as_count(resolution, "resolution") < 2:
        raise ValueError(
            "extent must be a finite number above 0, and resolution at least 2, but they are "
            f"{extent} and {resolution}"
        )
    X, y = map(plain, paired(X, y, "landscape"))
    current = _finite([p.data for p in model.parameters()], "the model's parameters")
    n = len(current)
    steps = None if path is None else _finite(path, "path", (None, n)) - current
    names = ["direction 1", "direction 2"]
    if directions is not None:
        plane = _finite(directions, "directions", (2, n))
    elif steps is not None:
        plane, names = _principal_directions(steps)
    else:
        plane = _random_directions(model, seed)
    lengths = np.linalg.norm(plane, axis=1, keepdims=True)
    if not lengths.all() or np.linalg.matrix_rank(plane / lengths) < 2:
        raise ValueError(
            f"the two directions must span a plane in the space of the {n} parameters, but one is a "
            "multiple of the other, or 0: give two others as `directions`"
        )

    walk = None if steps is None else np.linalg.lstsq(plane.T, steps.T, rcond=None)[0].T
    low, high = np.full(2, -extent), np.full(2, extent)
    if walk is not None:
        reach = np.vstack([walk, [0.0, 0.0]] if directions is None else [walk, low, high])
        low, high = reach.min(axis=0), reach.max(axis=0)
        if directions is None:
            low, high = low - 0.15 * (high - low), high + 0.15 * (high - low)
    xs, ys = np.linspace(low, high, resolution).T
    grid = (current + [x, y] @ plane for y in ys for x in xs)
    here, *losses = _mean_losses(model, loss, X, y, chain([current], grid))

    with axes_for(ax) as ax:
        _contours(ax, xs, ys, np.reshape(losses, (resolution, resolution)), "mean loss")
        if walk is not None:
            _walk(ax, walk)
            ax.plot(*walk[0], "s", label="start", **_mark(9))
        ax.plot(0.0, 0.0, "*", label=f"current parameters: loss {short(here)}", **_mark(18))
        ax.set(xlabel=names[0], ylabel=names[1])
        _legend_above(ax)
    return ax


def descent_path(
    f: Callable[[Value, Value], Value],
    start: Sequence[float],
    ax: Axes | None = None,
    *,
    steps: int,
    lr: float | None = None,
    optimizer: Callable[[list[Value]], Optimizer] | None = None,
) -> Axes:
    """The path of gradient descent on a function of two numbers, over the function's contours.

    Both axes have the same scale, so that right angles are right: descent leaves a contour at one.
    The legend gives the number of steps and the last value of f. A path ends before the first step
    to a point where a coordinate or f is nan or infinite (or beyond 1e200), and the legend says so.

    Args:
        f: takes two Values, x₀ and x₁, and returns one.
        start: the two numbers at which the path starts.
        ax: where to draw; a new figure if None.
        steps: how many steps are made.
        lr: the learning rate of plain gradient descent, x ← x − lr · ∂f/∂x.
        optimizer: in place of `lr`, makes an optimizer of the list of the two parameters, such as
            `lambda parameters: nn.SGD(parameters, lr=0.1, momentum=0.9)`.

    Raises ValueError unless exactly one of `lr` and `optimizer` is given, `start` holds two finite
    numbers at which f is finite, and `steps` is at least 1. Raises TypeError if f or `optimizer` is no
    function, or f returns no Value.

    >>> ax = descent_path(lambda a, b: a**2 + 10 * b**2, [4.0, 1.0], lr=0.09, steps=20)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['start: f = 26', 'after 20 steps: f = 0.00704']
    """
    import numpy as np

    require_function(f, "f", "a function of two Values, e.g. lambda a, b: a**2 + 10 * b**2")
    points, values, ended = _descent(f, start, as_count(steps, "steps"), lr, optimizer)
    low, high = points.min(axis=0), points.max(axis=0)
    centre = low + 0.5 * (high - low)
    # Not narrower than 1 to 2, or the same scale on both axes would leave a strip.
    width = (high - low).max() or max(1.0, 0.1 * np.abs(centre).max())
    half = 0.6 * np.maximum(high - low, 0.5 * width)
    xs, ys = np.linspace(centre - half, centre + half, 81).T
    with no_grad():
        grid = np.array([[f(Value(x), Value(y)).data for x in xs.tolist()] for y in ys.tolist()])

    with axes_for(ax) as ax:
        _contours(ax, xs, ys, grid, "f")
        _walk(ax, points)
        ax.plot(*points[0], "s", label=f"start: f = {short(values[0])}", **_mark(9))
        n_steps = len(points) - 1
        after = f"after {n_steps} step{'' if n_steps == 1 else 's'}: f = {short(values[-1])}"
        if ended:
            after += f"\nstep {n_steps + 1} leads to nan or inf: the path ends"
        ax.plot(*points[-1], "*", label=after, **_mark(18))
        ax.set(xlabel="x₀", ylabel="x₁", aspect="equal")
        _legend_above(ax)
    return ax


def _descent(
    f: Callable[[Value, Value], Value],
    start: Sequence[float],
    steps: int,
    lr: float | None,
    optimizer: Callable[[list[Value]], Optimizer] | None,
) -> tuple[Numbers, list[float], bool]:
    """The points, of shape (k, 2), f at each, and whether the path ended early."""
    import numpy as np

    if (lr is None) == (optimizer is None):
        raise ValueError("give either a learning rate, lr=, or an optimizer, not both or none")
    if optimizer is not None:
        require_function(
            optimizer,
            "optimizer",
            "a function that makes an optimizer of the path's own parameters, as "
            "lambda parameters: nn.SGD(parameters, lr=0.1)",
        )
    point = _finite(start, "start", (2,)).tolist()
    parameters = [Value(number) for number in point]
    follow = SGD(parameters, as_float(lr, "lr")) if optimizer is None else optimizer(parameters)
    points, values = [point], list[float]()
    while True:
        follow.zero_grad()
        out = f(*parameters)
        if not isinstance(out, Value):
            raise TypeError(f"f must return a Value, but returned {brief(out)}")
        if not np.abs([*points[-1], out.data]).max() < HUGE:  # nan is not either
            if not values:
                raise ValueError(
                    f"f must be finite at the start, but f{tuple(point)} is {out.data}"
                )
            return np.array(points[:-1]), values, True
        values.append(out.data)
        if len(values) > steps:
            return np.array(points), values, False
        out.backward()
        follow.step()
        points.append([parameter.data for parameter in parameters])


def _finite(numbers: ArrayLike, name: str, shape: tuple[int | None, ...] = (None,)) -> Numbers:
    """An array of finite numbers, of a shape in which None stands for any length but 0."""
    import numpy as np

    expected = ", ".join("any" if length is None else str(length) for length in shape)
    try:
        array = np.asarray(numbers, dtype=float)
    except (TypeError, ValueError):  # no numbers, or rows of different lengths
        raise ValueError(
            f"{name} must be numbers of the shape ({expected}), but got {brief(numbers)}"
        ) from None
    lengths = zip(array.shape, shape, strict=False)
    if array.ndim != len(shape) or not array.size or any(n not in (m, None) for m, n in lengths):
        raise ValueError(f"{name} must have the shape ({expected}), but has {array.shape}")
    if not np.isfinite(array).all():
        wrong = array[~np.isfinite(array)][0]
        raise ValueError(f"{name} must hold finite numbers, but one is {wrong}")
    return array


def _mean_losses(
    model: Any, loss: Loss, X: Samples, y: Samples, vectors: Iterable[Numbers]
) -> list[float]:
    """The mean loss with each vector as the model's parameters, which are put back at the end."""
    import numpy as np

    def mean_loss(vector: Numbers) -> float:
        for parameter, number in zip(parameters, vector.tolist(), strict=True):
            parameter.data = number
        losses = [loss(model(x), target) for x, target in zip(X, y)]
        for each in losses:
            if not isinstance(each, Value):
                raise TypeError(f"loss must return a Value, but returned {brief(each)}")
        return float(np.mean([each.data for each in losses]))

    parameters = model.parameters()
    before = [parameter.data for parameter in parameters]
    try:
        with no_grad(), mode(model, training=False), np.errstate(all="ignore"):
            return [mean_loss(vector) for vector in vectors]
    finally:
        for parameter, data in zip(parameters, before, strict=True):
            parameter.data = data


def _random_directions(model: Module, seed: int) -> Numbers:
    """Two, of shape (2, n_parameters), scaled neuron by neuron to the model's own weights."""
    import numpy as np

    weights, _ = model.weights_and_biases()
    of_neuron: dict[str, list[int]] = {}
    parameters = dict(model.named_parameters())
    is_weight = set(weights)
    for i, (path, parameter) in enumerate(parameters.items()):
        if parameter in is_weight:
            of_neuron.setdefault(path.rpartition(".")[0], []).append(i)
    data = np.array([parameter.data for parameter in parameters.values()])
    directions = np.zeros((2, len(data)))
    draws = np.random.default_rng(seed).standard_normal(directions.shape)
    for indices in of_neuron.values():
        lengths = np.linalg.norm(draws[:, indices], axis=1, keepdims=True)
        directions[:, indices] = draws[:, indices] / lengths * np.linalg.norm(data[indices])
    return directions


def _principal_directions(steps: Numbers) -> tuple[Numbers, list[str]]:
    """The two directions along which differences from the current parameters are largest, and names."""
    import numpy as np

    if np.linalg.matrix_rank(steps) < 2:
        raise ValueError(
            "the path must span a plane together with the current parameters, but lies on a line with "
            "them: give two `directions`, or a longer path"
        )
    _, lengths, components = np.linalg.svd(steps, full_matrices=False)
    shares = lengths**2 / np.sum(lengths**2)
    return components[:2], [
        f"{name} principal component ({share:.0%})"
        for name, share in zip(("first", "second"), shares)
    ]


def _contours(ax: Axes, xs: Numbers, ys: Numbers, values: Numbers, name: str) -> None:
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

    known = np.ma.masked_where(~(np.abs(values) < HUGE), values)
    if known.count() == 0:
        raise ValueError(f"there is nothing to draw: {name} is finite nowhere in the picture")
    low, high = float(known.min()), float(known.max())
    logarithmic = low >= 0.0 and high > 100.0 * low and high > 1.0 / HUGE
    if logarithmic:
        low = max(low, 1e-6 * high)
        known = np.ma.maximum(known, 0.5 * low)  # matplotlib draws no 0, which has no logarithm
        levels = np.geomspace(low, high, N_LEVELS)
    else:
        if high - low <= 1e-9 * max(abs(low), abs(high)) + 1.0 / HUGE:  # constant, but for rounding
            low, high = low - max(1.0, abs(low)), high + max(1.0, abs(high))
        levels = np.linspace(low, high, N_LEVELS)
    # From light, which is not the paper's white, to a blue on which a path and its text can be seen.
    colours = LinearSegmentedColormap.from_list("losses", ["#f1f7fb", "#a9d0e9", "#559fcf"])
    filled = ax.contourf(
        xs,
        ys,
        known,
        levels=levels,
        cmap=colours,
        norm=LogNorm(low, high) if logarithmic else Normalize(low, high),
        extend="min" if known.min() < low else "neither",
    )
    for axis, ends in ((ax.xaxis, xs[[0, -1]]), (ax.yaxis, ys[[0, -1]])):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        _without_factor(axis, *ends.tolist())
    assert ax.figure is not None
    ax.figure.colorbar(
        filled,
        cax=ax.inset_axes((1.03, 0.0, 0.05, 1.0)),  # as tall as the picture, whatever its aspect
        label=name,
        ticks=LogLocator(numticks=7) if logarithmic else MaxNLocator(5, steps=[1, 2, 5, 10]),
        format=FuncFormatter(lambda number, _: short(number)),
    )


def _without_factor(axis: Axis, low: float, high: float) -> None:
    """Have ticks written in full: a factor of all of them, as 1e28, would stand where the legend is."""
    from matplotlib.ticker import FuncFormatter

    largest, step = max(abs(low), abs(high)), (high - low) / 10
    if largest >= 1e5 or largest < 1e-3 or largest > 1e3 * step:
        axis.set_major_formatter(FuncFormatter(lambda number, _: _digits_to(step, number)))


def _digits_to(step: float, number: float) -> str:
    """A number with the digits that tell it from others this far away.

    >>> _digits_to(1e27, 2e28), _digits_to(0.4, 1_000_002.0), _digits_to(0.4, 1e-9)
    ('2e28', '1000002', '0')
    """
    if abs(number) < 0.5 * step:
        return "0"
    digits = floor(log10(abs(number))) - floor(log10(step)) + 1
    mantissa, e, exponent = f"{number:.{digits}g}".partition("e")
    return (mantissa + (f"e{int(exponent)}" if e else "")).replace("-", "−")


def _walk(ax: Axes, points: NDArray[np.floating[Any]]) -> None:
    """A path, with a dot at each point."""
    ax.plot(*points.T, color="white", linewidth=4.0)  # sets the path off
    size = 5.0 if len(points) <= 60 else 2.5
    ax.plot(*points.T, "o-", color=ORANGE, linewidth=2.0, markersize=size)


def _mark(size: float) -> dict[str, Any]:
    return {
        "color": ORANGE,
        "markeredgecolor": "white",
        "markersize": size,
        "linestyle": "",
        "clip_on": False,
        "zorder": 3,
    }


def _legend_above(ax: Axes) -> None:
    """A legend outside, since contours leave no place free."""
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), borderpad=0.2, frameon=False)
