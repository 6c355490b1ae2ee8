"""What networks compute: a fitted curve beside its target, and first-layer weights as images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, isfinite, nan, sqrt
from typing import TYPE_CHECKING, Any

from autograd import Value, no_grad
from autograd.conversion import as_count, as_float, brief, is_number
from nn.evaluation import mode
from nn.layers import Layer, Maxout
from nn.module import Module
from nn.samples import plain
from viz.numbers import short
from viz.plots.axes import BLUE, ORANGE, axes_for, require_function

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
    finite do not count, and where only g is not, the error is inf. Where a function raises a ValueError
    or an ArithmeticError, as `math.log` does below 0, it is not finite.

    Args:
        target: f, which takes a float and returns a number.
        model: g, a model of one input, or any function of a float, or of a list of one. It returns a
            number, or a list of one; Values are numbers.
        low, high: the interval.
        ax: where to draw; a new figure if None.
        samples: the points that the model was fitted to, as x and y; x may be a column, of shape (m, 1).
        n: how many points are computed, at least 2.

    Raises ValueError for an interval that is empty or infinite, an n below 2, x and y that do not
    match, a model with several outputs, or an f that is finite nowhere; TypeError if f or g is no
    function, or returns no number. If g raises everywhere, its last error comes through.

    >>> ax = function_fit(lambda x: x * x, lambda x: x, 0.0, 1.0, n=101)
    >>> ax.lines[-1].get_label()
    'max |f − g| = 0.25 at x = 0.5'
    """
    import numpy as np

    require_function(target, "target", "a function of a float, e.g. math.sin")
    require_function(model, "model", "a model of one input, or a function of a float")
    for name, end in (("low", low), ("high", high)):
        as_float(end, f"function_fit(), for {name},")
    if not (isfinite(low) and isfinite(high) and low < high) or as_count(n, "n") < 2:
        raise ValueError(
            "low must be below high, both finite, and n at least 2, but they are "
            f"{low}, {high} and {n}"
        )
    try:
        points = (
            None if samples is None else [np.ravel(np.asarray(plain(p), float)) for p in samples]
        )
    except (TypeError, ValueError):
        raise ValueError(
            f"samples must be a pair, x and y, of numbers, but got {brief(samples)}"
        ) from None
    if points is not None and (len(points) != 2 or len(points[0]) != len(points[1])):
        raise ValueError(
            "samples must be a pair, x and y, of equally many numbers, but their numbers are "
            f"{brief([len(part) for part in points])}"
        )
    xs = np.linspace(low, high, n)
    with no_grad(), mode(model, training=False):
        f, error = _outputs(target, xs.tolist(), "target")
        if not np.isfinite(f).any():
            what = "" if error is None else f"; it raises {type(error).__name__}: {error}"
            raise ValueError(f"the target is finite nowhere between {low} and {high}{what}")
        inputs = xs.tolist() if _takes_floats(model, xs[0].item()) else xs[:, np.newaxis].tolist()
        g, error = _outputs(model, inputs, "model")
        if error is not None and np.isnan(g).all():
            raise error
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
    TypeError for a model without a layer, one that begins with `Maxout`, or a shape that is no pair.

    >>> from nn import MLP
    >>> ax = weights_as_images(MLP(6, [4, 1], seed=0), (2, 3))
    >>> len(ax.images)
    4
    """
    import numpy as np

    layer = _first_layer(layer_or_model)
    if not isinstance(shape, (tuple, list)) or len(shape) != 2:
        raise TypeError(
            "shape must be the rows and columns of an image, such as (8, 8), but got "
            f"{brief(shape)}"
        )
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
    except (ArithmeticError, ValueError):  # a float it is, but not one for which it is defined
        return True
    return True


def _outputs(
    function: Callable[[Any], Any], inputs: Sequence[Any], name: str
) -> tuple[NDArray[np.float64], Exception | None]:
    """A function's outputs, nan where it is not defined, and the last error that said so."""
    import numpy as np

    numbers, error = [], None
    for x in inputs:
        try:
            output = function(x)
        except (ArithmeticError, ValueError) as undefined:
            numbers.append(nan)
            error = undefined
        else:
            numbers.append(_number(output, name))
    return np.array(numbers), error


def _number(output: Any, name: str) -> float:
    """A number, or a list of one, as a float."""
    number = plain(output)
    if isinstance(number, (list, tuple)) and number:
        if len(number) != 1:
            raise ValueError(f"function_fit() draws one output, but the {name} has {len(number)}")
        (number,) = number
    if isinstance(number, Value):
        return number.data
    if not is_number(number):
        raise TypeError(f"{name} must return a number, but returned {brief(output)}")
    return float(number)


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
            f"{brief(layer_or_model)}"
        )
    return first
