"""What a classifier learned: its regions in the plane, and which classes it takes for which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograd import Value, no_grad
from nn.evaluation import mode
from viz.plots.axes import BLUE, CLASS_COLOURS, CLASS_MARKERS, INK, ORANGE, axes_for

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray


def decision_boundary(
    model: Callable[[list[float]], Any],
    X: ArrayLike,
    y: ArrayLike,
    ax: Axes | None = None,
    *,
    resolution: int = 60,
) -> Axes:
    """What a classifier of points in the plane answers everywhere, with the points on top.

    Args:
        model: called with the two coordinates of a point. One score means two classes, told apart by
            its sign; of several scores the largest decides. Values and floats both count as scores.
        X: points, of shape (n, 2).
        y: their n classes: -1 and +1, or 0 and 1, for one score; else the index of a score.
        ax: where to draw; a new figure if None.
        resolution: the model is called at resolution × resolution points.

    Raises ValueError if a shape or a class is not as above.

    >>> ax = decision_boundary(lambda point: point[0] - point[1], [[0, 1], [1, 0]], [-1, 1])
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('x₁', 'x₂')
    """
    import numpy as np

    points, classes = np.asarray(X, dtype=float), np.asarray(y)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(
            "decision_boundary() draws points in the plane: X must have shape (n, 2), "
            f"but its shape is {points.shape}"
        )
    if classes.shape != points.shape[:1]:
        raise ValueError(
            f"y must hold one class for each of the {len(points)} points, "
            f"but its shape is {classes.shape}"
        )
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.08 * np.where(high > low, high - low, 1.0)
    xs, ys = np.linspace(low - margin, high + margin, resolution).T
    scores = _scores(model, xs, ys)
    names, of_class = _classes(classes, n_scores=scores.shape[-1])
    if scores.shape[-1] == 1:
        scores = scores * [-1.0, 1.0]  # one score s is a choice between two: -s and s
        colours: Sequence[str] = (ORANGE, BLUE)  # as in graphs, blue is positive
    else:
        colours = CLASS_COLOURS

    with axes_for(ax) as ax:
        for k, name in enumerate(names):
            colour = colours[k % len(colours)]
            lead = scores[..., k] - np.delete(scores, k, axis=-1).max(axis=-1)
            if (lead > 0).any():
                ax.contourf(xs, ys, lead, levels=[0.0, np.inf], colors=[colour], alpha=0.25)
            if (lead > 0).any() and (lead < 0).any():
                ax.contour(xs, ys, lead, levels=[0.0], colors=[INK], linewidths=1.2)
            x1, x2 = points[of_class == k].T
            ax.scatter(
                x1,
                x2,
                label=name,
                color=colour,
                marker=CLASS_MARKERS[k % len(CLASS_MARKERS)],
                edgecolors="white",
                linewidths=0.8,
                s=45,
                zorder=3,
            )
        ax.set(xlabel="x₁", ylabel="x₂", xlim=xs[[0, -1]], ylim=ys[[0, -1]])
        ax.legend(title="class", framealpha=0.9)
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
        true, predicted: the classes of n samples, of shape (n,).
        ax: where to draw; a new figure if None.
        labels: names of the classes 0, 1, ...; without, the classes are the values that occur.

    Raises ValueError if the two differ in length, are empty, or have a class without a name.

    >>> ax = confusion([0, 0, 1], [0, 1, 1], labels=["cat", "dog"])
    >>> ax.get_title()
    '66.7% correct (2 of 3)'
    """
    import numpy as np

    true, predicted = np.asarray(true), np.asarray(predicted)
    if true.ndim != 1 or true.shape != predicted.shape or not len(true):
        raise ValueError(
            "confusion() takes two equally long lists of classes, but their shapes are "
            f"{true.shape} and {predicted.shape}"
        )
    occurring = np.unique([true, predicted])
    classes = occurring if labels is None else np.arange(len(labels))
    if unnamed := set(occurring.tolist()) - set(classes.tolist()):
        raise ValueError(
            f"{len(classes)} labels name the classes 0 to {len(classes) - 1}, "
            f"but class {min(unnamed)} occurs too"
        )
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (np.searchsorted(classes, true), np.searchsorted(classes, predicted)), 1)
    correct = int(np.trace(counts))

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
        names = [str(name) for name in (classes if labels is None else labels)]
        ax.set_xticks(range(len(classes)), names)
        ax.set_yticks(range(len(classes)), names)
        ax.tick_params(length=0)
        ax.set(xlabel="predicted", ylabel="true")
        ax.set_title(f"{correct / len(true):.1%} correct ({correct} of {len(true)})")
    return ax


def _scores(
    model: Callable[[list[float]], Any], xs: NDArray[np.float64], ys: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The model's scores over a grid, of shape (len(ys), len(xs), number of scores)."""
    import numpy as np

    def scores_at(x: float, y: float) -> list[float]:
        output = model([x, y])
        outputs = output if isinstance(output, (list, tuple)) else [output]
        return [score.data if isinstance(score, Value) else float(score) for score in outputs]

    with no_grad(), mode(model, training=False):
        return np.array([[scores_at(x, y) for x in xs.tolist()] for y in ys.tolist()])


def _classes(y: NDArray[Any], n_scores: int) -> tuple[list[str], NDArray[np.intp]]:
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
    raise ValueError(f"the classes in y must be {expected}; but they are {sorted(occurring)}")
