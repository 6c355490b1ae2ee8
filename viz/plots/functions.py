"""What networks compute: a fitted curve beside its target, and first-layer weights as images."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, isfinite, sqrt
from typing import TYPE_CHECKING, Any

from autograd import Value, no_grad
from autograd.conversion import as_count
from nn.evaluation import mode
from nn.layers import Layer, Maxout
from nn.module import Module
from viz.numbers import short
from viz.plots.axes import BLUE, ORANGE, axes_for

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

# The gaps of a montage, in heights of an image; the one above each image holds its number.
GAP, GAP_ABOVE, NUMBER = 0.08, 0.27, 0.2


def function_fit(
    target: Callable[[float], Any],
    model: Callable[[Any], Any],
    low: float,
    high: float,
    ax: Axes | None = None,
    *,
    samples: tuple[ArrayLike, ArrayLike] | None = None,
    n: int = 400,
) -> Axes:
    """A function f and its approximation g, with the largest error max |f − g| where it occurs.

    The error is the largest at n evenly spaced points, both ends among them; points at which f is not
    finite do not count, and where only g is not, the error is inf.

    Args:
        target: f, which takes a float and returns a number.
        model: g, a model of one input, or any function of a float, or of a list of one. It returns a
            number, or a list of one; Values are numbers.
        low, high: the interval.
        ax: where to draw; a new figure if None.
        samples: the points that the model was fitted to, as x and y; x may be a column, of shape (m, 1).
        n: how many points are computed, at least 2.

    Raises ValueError for an interval that is empty or infinite, an n below 2, x and y that do not
    match, a model with several outputs, or an f that is finite nowhere.

    >>> ax = function_fit(lambda x: x * x, lambda x: x, 0.0, 1.0, n=101)
    >>> ax.lines[-1].get_label()
    'max |f − g| = 0.25 at x = 0.5'
    """
    import numpy as np

    if not (isfinite(low) and isfinite(high) and low < high) or as_count(n, "n") < 2:
        raise ValueError(
            "low must be below high, both finite, and n at least 2, but they are "
            f"{low}, {high} and {n}"
        )
    points = None if samples is None else [np.ravel(np.asarray(part, float)) for part in samples]
    if points is not None and (len(points) != 2 or len(points[0]) != len(points[1])):
        raise ValueError(
            "samples must be a pair, x and y, of equally many numbers, but their numbers are "
            f"{[len(part) for part in points]}"
        )
    xs = np.linspace(low, high, n)
    with no_grad(), mode(model, training=False):
        f = np.array([_number(target(x)) for x in xs.tolist()])
        inputs = xs.tolist() if _takes_floats(model, xs[0].item()) else xs[:, np.newaxis].tolist()
        g = np.array([_number(model(x)) for x in inputs])
    if not np.isfinite(f).any():
        raise ValueError(f"the target is finite nowhere between {low} and {high}")
    with np.errstate(invalid="ignore"):
        errors = np.where(np.isfinite(g), np.abs(f - g), np.inf)
    errors = np.where(np.isfinite(f), errors, -1.0)
    worst = int(errors.argmax())

    with axes_for(ax) as ax:
        ax.plot(xs, _finite(f), color="#8c8c8c", linewidth=5.0, label="f, the target")
        ax.plot(xs, _finite(g), color=BLUE, linewidth=2.2, label="g, the model")
        if points is not None:
            marks: dict[str, Any] = {
                "markerfacecolor": "white",
                "markeredgecolor": "#1a1a1a",
                "markersize": 5,
            }
            ax.plot(*points, "o", zorder=1.9, label="samples", **marks)
        x = xs[worst].item()
        label = f"max |f − g| = {short(errors[worst].item())} at x = {short(x)}"
        if isfinite(g[worst]):
            ends = [f[worst], g[worst]]
            ax.plot([x, x], ends, "_-", color=ORANGE, linewidth=2.0, markersize=12, label=label)
        else:
            ax.axvline(x, color=ORANGE, linestyle=":", linewidth=2.0, label=label)
        ax.set(xlabel="x")
        ax.grid(alpha=0.25)
        # Outside: a fitted curve may be anywhere within.
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), borderpad=0.2, frameon=False)
    return ax


def weights_as_images(
    layer_or_model: Module,
    shape: tuple[int, int],
    ax: Axes | None = None,
    *,
    n_columns: int | None = None,
) -> Axes:
    """The weights of each neuron of the first layer, as an image of what the neuron looks for.

    All images have one scale, symmetric about 0: blue is positive, orange negative, 0 white, nan grey.
    Each has the number of its neuron above it.

    Args:
        layer_or_model: a `Layer`, or a model that begins with one.
        shape: the rows and columns of an image; its pixels, row by row, are the inputs.
        ax: where to draw; a new figure if None.
        n_columns: how many images stand side by side; if None, so that the whole is about square.

    Raises ValueError if an image of this shape has not as many pixels as the layer has inputs;
    TypeError for a model without a layer, or one that begins with `Maxout`.

    >>> from nn import MLP
    >>> ax = weights_as_images(MLP(6, [4, 1], seed=0), (2, 3))
    >>> len(ax.images)
    4
    """
    import numpy as np

    layer = _first_layer(layer_or_model)
    height, width = (as_count(length, "a length in shape") for length in shape)
    if height * width != layer.n_inputs:
        raise ValueError(
            f"an image of shape {tuple(shape)} has {height * width} pixels, but the layer has "
            f"{layer.n_inputs} inputs: give a shape of as many pixels"
        )
    images = np.array([[w.data for w in neuron.weights] for neuron in layer.neurons])
    images = images.reshape(-1, height, width)
    breadth = width / height  # of an image; its height is the unit of length
    columns = (
        ceil(sqrt(len(images) / breadth)) if n_columns is None else as_count(n_columns, "n_columns")
    )
    columns = min(columns, len(images))
    rows = ceil(len(images) / columns)
    largest = np.abs(images, where=np.isfinite(images), out=np.zeros_like(images)).max() or 1.0

    with axes_for(ax) as ax:
        from matplotlib.colors import LinearSegmentedColormap
        from matplotlib.patches import PathPatch, Rectangle
        from matplotlib.textpath import TextPath

        of_sign = LinearSegmentedColormap.from_list("sign", [ORANGE, "white", BLUE])
        colours = of_sign.with_extremes(bad="#8c8c8c")
        for k, image in enumerate(images):
            left = k % columns * (breadth + GAP)
            top = -(k // columns) * (1.0 + GAP_ABOVE)
            picture = ax.imshow(
                image,
                cmap=colours,
                vmin=-largest,
                vmax=largest,
                extent=(left, left + breadth, top - 1.0, top),
            )
            frame: dict[str, Any] = {"fill": False, "edgecolor": "#8c8c8c", "linewidth": 0.8}
            ax.add_patch(Rectangle((left, top - 1.0), breadth, 1.0, **frame))
            # As a shape, a number grows and shrinks with the images, and never meets a neighbour.
            number = TextPath((left, top + 0.05), str(k), size=NUMBER)
            ax.add_patch(PathPatch(number, facecolor="#1a1a1a", linewidth=0.0, gid=f"neuron {k}"))
        ax.set(
            xlim=(-GAP, columns * (breadth + GAP)),
            ylim=(-rows * (1.0 + GAP_ABOVE) + GAP_ABOVE - GAP, GAP_ABOVE),
            aspect="equal",
        )
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        assert ax.figure is not None
        # At the right end of its place, or constrained layout would take the place left over there for
        # room that the scale can have.
        ax.set_anchor("E")
        bar = ax.inset_axes((1.02, 0.0, 0.04, 1.0))
        ax.figure.colorbar(picture, cax=bar, label="weight")
        ends = [-largest, 0.0, largest]
        bar.set_yticks(ends, [short(float(end)) for end in ends])
    return ax


def _takes_floats(model: Any, x: float) -> bool:
    """Whether a model is called with a float, and not with a list of one."""
    if isinstance(model, Module):
        return False
    try:
        model(x)
    except TypeError:
        return False
    return True


def _number(output: Any) -> float:
    """A number, or a list of one, as a float."""
    if isinstance(output, (list, tuple)):
        if len(output) != 1:
            raise ValueError(f"function_fit() draws one output, but the model has {len(output)}")
        (output,) = output
    return output.data if isinstance(output, Value) else float(output)


def _finite(ys: NDArray[np.float64]) -> NDArray[np.float64]:
    """With nan, which leaves a gap in a line, for what is not finite."""
    import numpy as np

    return np.where(np.isfinite(ys), ys, np.nan)


def _first_layer(layer_or_model: Module) -> Layer:
    modules = layer_or_model.modules() if isinstance(layer_or_model, Module) else iter(())
    first = next((each for each in modules if isinstance(each, (Layer, Maxout))), None)
    if not isinstance(first, Layer):
        raise TypeError(
            "weights_as_images() takes a Layer, or a model that begins with one, but got "
            f"{layer_or_model!r}"
        )
    return first
