"""What a classifier learned: its regions in the plane, and which classes it takes for which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

from autograd import Value, no_grad
from autograd.conversion import as_count, brief, by_position, is_number
from nn.evaluation import mode
from nn.samples import as_samples, plain
from viz.plots.axes import (
    BLUE,
    CLASS_COLOURS,
    CLASS_MARKERS,
    INK,
    ORANGE,
    QUIET,
    axes_for,
    require_function,
)

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from numpy.typing import ArrayLike, NDArray

FINE = 360  # places along each axis, about, at which three classes or more are compared
SHADINGS = ("class", "probability", "score")
# How much of a class's colour is mixed into white at most: points of that colour must stand out.
STRONGEST = 0.55
# Of a confusion picture: its height at most, in inches, and the smallest font, in points.
LARGEST_FIGURE, SMALLEST_FONT = 12.0, 3.5


def decision_boundary(
    model: Callable[[list[float]], Any],
    X: ArrayLike,
    y: ArrayLike,
    ax: Axes | None = None,
    *,
    shading: Literal["class", "probability", "score"] = "class",
    test: tuple[ArrayLike, ArrayLike] | None = None,
    resolution: int = 60,
    labels: Sequence[str] | None = None,
) -> Axes:
    """What a classifier of points in the plane answers everywhere, with the points on top.

    The model is called with dropout off, and nothing is recorded. Where it gives a score that is nan
    or infinite, the plane is left unshaded.

    Args:
        model: called with the two coordinates of a point. One score means two classes, told apart by
            its sign; of several scores the largest decides. Values and floats both count as scores.
        X: points, of shape (n, 2).
        y: their n classes: -1 and +1, or 0 and 1, for one score; else the index of a score.
        ax: where to draw; a new figure if None.
        shading: "class": each region in its class's colour: 0, or −1, orange, 1 blue, 2 green. With the
            other two, the colour's strength says how clearly the class wins, and a colour bar tells the
            numbers. "probability": the sigmoid of one score, the softmax of several; white is chance,
            1 / the number of classes. "score": the score itself if there is one, else by how much the
            largest leads the second. The dashed lines, at scores of -1 and +1 or a lead of 1, are the
            hinge loss's margins.
        test: further points and their classes, X_test and y_test, which the model was not trained on:
            they are drawn open, and those of X filled.
        resolution: the model is called at resolution × resolution points.
        labels: the names of the classes, in the order of their numbers; these if None.

    Raises ValueError if a shape, a class or an argument is not as above, or a coordinate not finite;
    TypeError if the model is no function, or returns no scores.

    >>> ax = decision_boundary(lambda point: point[0] - point[1], [[0, 1], [1, 0]], [-1, 1])
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('x₀', 'x₁')
    """
    import numpy as np

    if shading not in SHADINGS:
        raise ValueError(f"shading must be one of {', '.join(SHADINGS)}, but got {brief(shading)}")
    require_function(
        model, "model", "a function of a point, e.g. lambda x: model.decision_function([x])[0]"
    )
    if as_count(resolution, "resolution") == 1:
        raise ValueError("resolution must be at least 2: one point of the plane shows no boundary")
    points, classes = _points_and_classes(X, y, "X", "y")
    n_trained, classes_in = len(points), "y"
    if test is not None:
        if not isinstance(test, (tuple, list)) or len(test) != 2:
            raise ValueError(f"test must be a pair, (X_test, y_test), but got {brief(test)}")
        test_points, test_classes = _points_and_classes(
            *test, "X_test, in test,", "y_test, in test,"
        )
        points = np.concatenate([points, test_points])
        classes = np.concatenate([classes, test_classes])
        classes_in = "y and y_test"
    trained = np.arange(len(points)) < n_trained

    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.08 * np.where(high > low, high - low, 1.0)
    xs, ys = np.linspace(low - margin, high + margin, resolution).T
    scores = _scores(model, xs, ys)
    names, of_class = _classes(classes, classes_in, n_scores=scores.shape[-1])
    if labels is not None:
        if isinstance(labels, str) or len(labels) != len(names):
            raise ValueError(
                f"labels must name {len(names)} classes, {brief(names)}, but got {brief(labels)}"
            )
        names = [str(label) for label in labels]
    # Near the largest float, differences of scores are infinite: such scores count as infinite too.
    scores[~(np.abs(scores) < np.finfo(float).max / 8).all(axis=-1)] = np.nan
    if one_score := scores.shape[-1] == 1:
        # One score s is a choice between two, -s/2 and s/2: the second leads by s, and its softmax
        # is the sigmoid of s.
        scores = scores * [-0.5, 0.5]

    if shading == "class" and len(names) > 2:
        # The lead over the best of several others bends within a cell of the grid, where straight lines
        # would leave white slivers between the regions: on a finer grid they are too small to be seen.
        n = max(1, round(FINE / resolution))
        xs, ys = _between(xs, n), _between(ys, n)
        scores = _between(_between(scores, n).swapaxes(0, 1), n).swapaxes(0, 1)

    with axes_for(ax) as ax:
        from matplotlib.lines import Line2D

        handles: list[Artist] = []
        legend_outside = test is not None or len(names) > 5  # inside, it would cover points
        if shading != "class":
            scale, label = _shade_by_strength(
                ax, xs, ys, scores, shading, positive=names[1] if one_score else None
            )
            place = "bottom" if legend_outside else "right"
            ax.figure.colorbar(scale, ax=ax, label=label, location=place)
        for k, name in enumerate(names):
            colour = CLASS_COLOURS[k % len(CLASS_COLOURS)]
            # Where the colours begin again, they get other markers.
            marker = CLASS_MARKERS[(k + k // len(CLASS_COLOURS)) % len(CLASS_MARKERS)]
            lead = scores[..., k] - np.delete(scores, k, axis=-1).max(axis=-1)
            if shading == "class" and (lead > 0).any():
                ax.contourf(xs, ys, lead, levels=[0.0, np.inf], colors=[colour], alpha=0.25)
            if (lead > 0).any() and (lead < 0).any():
                ax.contour(xs, ys, lead, levels=[0.0], colors=[INK], linewidths=1.2)
            if shading == "score" and (lead > 1).any() and (lead < 1).any():
                ax.contour(
                    xs, ys, lead, levels=[1.0], colors=[INK], linewidths=1.2, linestyles="--"
                )
            x1, x2 = points[trained & (of_class == k)].T
            filled = ax.scatter(
                x1,
                x2,
                label=name,
                color=colour,
                marker=marker,
                edgecolors="white",
                linewidths=0.8,
                s=45,
                zorder=3,
            )
            handles.append(filled)
            if test is not None:
                x1, x2 = points[~trained & (of_class == k)].T
                ax.scatter(
                    x1,
                    x2,
                    label=f"{name}, test",
                    facecolors="none",
                    edgecolors=colour,
                    marker=marker,
                    linewidths=1.8,
                    s=45,
                    zorder=3,
                )
        ax.set(xlabel="x₀", ylabel="x₁", xlim=xs[[0, -1]], ylim=ys[[0, -1]])
        if test is not None:
            # What is filled and what is open is told once, not for each class.
            for label, face in (("training", QUIET), ("test", "none")):
                dot = Line2D([], [], linestyle="none", marker="o", markersize=6, label=label)
                dot.set(markerfacecolor=face, markeredgecolor=QUIET, markeredgewidth=1.8)
                handles.append(dot)
        if legend_outside:
            ax.legend(handles=handles, title="class", loc="upper left", bbox_to_anchor=(1.02, 1.0))
            ax.locator_params(axis="x", nbins=6)
        else:
            ax.legend(handles=handles, title="class", framealpha=0.9)
    return ax


def confusion(
    true: ArrayLike,
    predicted: ArrayLike,
    ax: Axes | None = None,
    *,
    labels: Sequence[str] | None = None,
) -> Axes:
    """How often each class, a row, was taken for each class, a column; errors are orange.

    A cell is shaded by its share of its row, so that a rare class counts as much as a frequent one.

    Args:
        true, predicted: the classes of n samples, of shape (n,): whole numbers, or strings.
        ax: where to draw; a new figure if None.
        labels: names of the classes 0, 1, ..., or of -1 and +1 if these two occur; of classes that
            are strings, these strings in the order to draw them. Without, the classes are those that
            occur, sorted.

    Raises ValueError if the two differ in length, are empty, or have a class without a name or one that
    is not a whole number; TypeError if something is no class at all, such as a model's score.

    >>> ax = confusion([0, 0, 1], [0, 1, 1], labels=["cat", "dog"])
    >>> ax.get_title()
    '66.7% correct (2 of 3)'
    """
    import numpy as np

    in_rows, in_columns = _class_list(true, "true"), _class_list(predicted, "predicted")
    if len(in_rows) != len(in_columns) or not in_rows:
        raise ValueError(
            "confusion() takes two equally long lists of classes, but their lengths are "
            f"{len(in_rows)} and {len(in_columns)}"
        )
    if type(in_rows[0]) is not type(in_columns[0]):
        raise ValueError(
            "true and predicted must hold the same classes, but one holds numbers and the other strings"
        )
    classes, names = _classes_and_names({*in_rows, *in_columns}, labels)
    place = {each: k for k, each in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, tuple([place[each] for each in ids] for ids in (in_rows, in_columns)), 1)
    correct = int(np.trace(counts))

    own = ax is None
    with axes_for(ax) as ax:
        from matplotlib.colors import to_rgb

        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        on_diagonal = np.eye(len(classes), dtype=bool)[..., np.newaxis]
        colours = np.where(on_diagonal, to_rgb(BLUE), to_rgb(ORANGE))
        # The square root lifts one error among many samples above the paper's white.
        ax.imshow(1 - np.sqrt(shares)[..., np.newaxis] * (1 - colours))
        for (row, column), count in np.ndenumerate(counts):
            on_blue = row == column and shares[row, column] > 0.35
            ink = "white" if on_blue else INK if count else "#b0b0b0"
            ax.text(column, row, str(count), ha="center", va="center", color=ink)
        ax.tick_params(length=0)
        ax.set(xlabel="predicted", ylabel="true")
        ax.set_title(f"{correct / len(in_rows):.1%} correct ({correct} of {len(in_rows)})")
        _fit_text_to_cells(ax, names, grow=own)
    return ax


def _class_list(given: ArrayLike, name: str) -> list[Any]:
    """Classes as plain ints, or as strings, checked."""
    classes: Any = by_position(given)
    if getattr(classes, "shape", ())[1:] == (1,):  # a column
        classes = classes.ravel()
    classes = plain(classes)
    if isinstance(classes, (str, Mapping, Set)) or not isinstance(classes, Iterable):
        raise TypeError(
            f"confusion() takes two lists of classes, but {name} is {brief(given)}, which is of "
            f"type {type(given).__name__}"
        )
    listed = list(classes)
    if all(isinstance(each, str) for each in listed):
        return listed
    for each in listed:
        if not is_number(each):
            is_score = isinstance(each, (Value, list, tuple))
            advice = "; of a model, use viz.confusion(y, nn.predict(model, X))" if is_score else ""
            raise TypeError(
                f"{name} must hold classes, all of them whole numbers or all of them strings, but one "
                f"is {brief(each)}, which is of type {type(each).__name__}{advice}"
            )
        if not float(each).is_integer():
            raise ValueError(
                f"{name} must hold classes, whole numbers or strings, but one is {each}: of a model's "
                "scores, nn.predict(model, X) makes classes"
            )
    return [int(each) for each in listed]


def _classes_and_names(
    occurring: set[Any], labels: Sequence[str] | None
) -> tuple[list[Any], list[str]]:
    """The classes in the order of rows and columns, and their names."""
    if labels is None:
        return sorted(occurring), [str(each) for each in sorted(occurring)]
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise TypeError(f"labels must be a list of names, but got {brief(labels)}")
    names = [str(label) for label in labels]
    if all(isinstance(each, str) for each in occurring):
        if len(set(names)) < len(names):
            raise ValueError(f"labels must be different classes, but are {brief(names)}")
        if unnamed := occurring.difference(names):
            raise ValueError(
                f"labels must hold all classes, but {min(unnamed)!r} is not among {brief(names)}"
            )
        return names, names
    if len(names) == 2 and -1 in occurring and occurring <= {-1, 1}:
        return [-1, 1], names
    if unnamed := occurring.difference(range(len(names))):
        raise ValueError(
            f"{len(names)} labels name the classes 0 to {len(names) - 1}, "
            f"but class {min(unnamed)} occurs too"
        )
    return list(range(len(names))), names


def _fit_text_to_cells(ax: Axes, names: Sequence[str], *, grow: bool) -> None:
    """Shrink, turn and thin what is written, so that nothing overlaps; with `grow`, the figure grows."""
    from matplotlib.figure import Figure

    figure = ax.figure
    assert figure is not None
    if grow and isinstance(figure, Figure):
        height = max(figure.get_figheight(), min(0.37 * len(names) + 1.2, LARGEST_FIGURE))
        figure.set_size_inches(max(figure.get_figwidth(), height + 0.8), height)
    # Lengths are in points. A letter is about 0.6 of its font's size wide.
    side = min(ax.bbox.width, ax.bbox.height) / figure.dpi * 72
    normal = float(ax.texts[0].get_fontsize())
    size = max(min(normal, 0.8 * side / len(names)), 2 * SMALLEST_FONT)
    longest = max(map(len, names)) * 0.6 * size
    step = ceil(1.1 * size * len(names) / side)
    if is_wide := longest > 0.9 * step * side / len(names):
        side = max(side - longest, side / 3)  # upright names take their room from the cells
        step = ceil(1.1 * size * len(names) / side)
    shown = range(0, len(names), step)
    places = [names[k] for k in shown]
    ax.set_xticks(shown, places, fontsize=size, rotation=90 if is_wide else 0)
    ax.set_yticks(shown, places, fontsize=size)

    digits = max(len(text.get_text()) for text in ax.texts)
    of_counts = min(normal, side / len(names) * min(0.7, 1.5 / digits))
    for text in list(ax.texts):
        text.set_fontsize(of_counts)
        if of_counts < SMALLEST_FONT:
            text.remove()


def _points_and_classes(
    X: ArrayLike, y: ArrayLike, X_name: str, y_name: str
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Points in the plane, of shape (n, 2), and their n classes, checked."""
    import numpy as np

    try:
        X, y = as_samples(X, X_name), as_samples(y, y_name, are_targets=True)
        points, classes = np.asarray(X, dtype=float), np.asarray(y)
    except (TypeError, ValueError) as error:  # no numbers, or rows of different lengths
        raise ValueError(
            f"decision_boundary() draws points in the plane: {X_name} must hold pairs of numbers, and "
            f"{y_name} their classes, but got {brief(X)} and {brief(y)}: {error}"
        ) from None
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(
            f"decision_boundary() draws points in the plane: {X_name} must have shape (n, 2), "
            f"but its shape is {points.shape}"
        )
    if not np.isfinite(points).all():
        place = int(np.argmin(np.isfinite(points).all(axis=1)))
        raise ValueError(
            f"{X_name} must hold finite numbers, but point {place} is {points[place].tolist()}: "
            "leave such points out"
        )
    if classes.shape != points.shape[:1]:
        raise ValueError(
            f"{y_name} must hold one class for each of the {len(points)} points, "
            f"but its shape is {classes.shape}"
        )
    return points, classes


def _scores(
    model: Callable[[list[float]], Any], xs: NDArray[np.float64], ys: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The model's scores over a grid, of shape (len(ys), len(xs), number of scores)."""
    import numpy as np

    def scores_at(x: float, y: float) -> list[float]:
        output = plain(model([x, y]))
        outputs = output if isinstance(output, (list, tuple)) else [output]
        scores = [score.data if isinstance(score, Value) else score for score in outputs]
        if not scores or not all(map(is_number, scores)):
            raise TypeError(
                "model must return a score, or a list of them, Values or numbers, but of the point "
                f"{[x, y]} it returned {brief(output)}"
            )
        return [float(score) for score in scores]

    with no_grad(), mode(model, training=False):
        return np.array([[scores_at(x, y) for x in xs.tolist()] for y in ys.tolist()])


def _between(values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Numbers at evenly spaced places, along the first axis, with n - 1 more between each two."""
    import numpy as np

    places = np.linspace(0.0, len(values) - 1.0, n * (len(values) - 1) + 1)
    before = np.minimum(places.astype(np.intp), len(values) - 2)
    share = (places - before).reshape(-1, *[1] * (values.ndim - 1))
    result: NDArray[np.float64] = values[before] * (1.0 - share) + values[before + 1] * share
    return result


def _shade_by_strength(
    ax: Axes,
    xs: NDArray[np.float64],
    ys: NDArray[np.float64],
    scores: NDArray[np.float64],
    shading: str,
    positive: str | None,
) -> tuple[ScalarMappable, str]:
    """Shade the plane by how clearly the best class wins; returns the scale of it, and what it tells.

    `positive` names the positive class if there are two classes and the model gives one score.
    """
    import numpy as np
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgba_array

    ranked = np.sort(scores, axis=-1)
    if shading == "probability":
        # The softmax of the best score is 1 / Σ exp(score - best score), which cannot overflow.
        certainty = 1.0 / np.exp(ranked - ranked[..., -1:]).sum(axis=-1)
        white, full = 1.0 / scores.shape[-1], 1.0
    else:
        certainty = ranked[..., -1] - ranked[..., -2]
        white, full = 0.0, certainty[np.isfinite(certainty)].max(initial=0.0) or 1.0

    colours = [CLASS_COLOURS[k % len(CLASS_COLOURS)] for k in range(scores.shape[-1])]
    of_class = to_rgba_array(colours)[:, :3]
    known = np.isfinite(certainty)
    strength = STRONGEST * np.where(known, (certainty - white) / (full - white), 0.0)
    tinted = 1.0 - strength[..., np.newaxis] * (1.0 - of_class[scores.argmax(axis=-1)])
    dx, dy = xs[1] - xs[0], ys[1] - ys[0]
    ax.imshow(
        np.dstack([tinted, known]).clip(0.0, 1.0),
        # The middles of the outermost pixels lie on the edges of the grid.
        extent=(xs[0] - dx / 2, xs[-1] + dx / 2, ys[0] - dy / 2, ys[-1] + dy / 2),
        origin="lower",
        aspect="auto",
        interpolation="bilinear",
    )
    if positive is None:
        span, ends = (white, full), ["white", INK]
        label = "probability of the class" if shading == "probability" else "lead of the best score"
    else:
        span, ends = (2 * white - full, full), [CLASS_COLOURS[0], "white", CLASS_COLOURS[1]]
        label = f"probability of class {positive}" if shading == "probability" else "score"
    tints = 1.0 - STRONGEST * (1.0 - to_rgba_array(ends)[:, :3])
    colours_of = LinearSegmentedColormap.from_list("tints", tints)
    return ScalarMappable(Normalize(*span), colours_of), label


def _classes(y: NDArray[Any], y_name: str, n_scores: int) -> tuple[list[str], NDArray[np.intp]]:
    """The classes' names, and for each point the index of its class."""
    import numpy as np

    occurring = set(y.tolist())
    if n_scores > 1:
        if occurring <= set(range(n_scores)):
            return [str(k) for k in range(n_scores)], y.astype(np.intp)
        expected = f"0 to {n_scores - 1}, because the model gives {n_scores} scores"
    else:
        if occurring <= {-1, 1}:
            return ["−1", "+1"], (y > 0).astype(np.intp)
        if occurring <= {0, 1}:
            return ["0", "1"], y.astype(np.intp)
        expected = "-1 and +1, or 0 and 1, because the model gives one score"
    raise ValueError(
        f"the classes in {y_name} must be {expected}; but they are {brief(sorted(occurring))}"
    )
