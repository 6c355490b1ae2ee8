"""Watching a training: what the network answers, its learning curves and its weights, epoch by epoch."""

from __future__ import annotations

import io
import math
from array import array
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from autograd import Value, no_grad
from autograd.conversion import as_count, brief, is_number
from nn import History, Module
from nn.evaluation import are_classes, mode, scores_of
from nn.history import SERIES
from nn.progress import notebook_shell
from nn.samples import paired, plain
from viz.networks import network as draw_network
from viz.numbers import short
from viz.plots.axes import BLUE, QUIET
from viz.plots.classification import decision_boundary
from viz.plots.training import history as learning_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

COLUMN, HEIGHT, DPI = 3.2, 3.3, 100  # inches, and dots per inch
FONT_SIZE = 11
RESOLUTION = 40  # of the decision boundary, which is small here, and drawn often
MAX_UNITS = 8
BOLDER = 1.6  # how much wider the lines of a network are than in a large picture, in proportion
MARK = {"marker": "o", "markersize": 5, "markevery": [-1]}  # where a curve has got to
# Of the time that a training takes, drawing has at most a fifth.
SECONDS_BETWEEN, DRAWINGS_BETWEEN = 0.5, 4.0


@dataclass(frozen=True)
class Frame:
    """A model after an epoch.

    Attributes:
        epoch: counted from 1.
        parameters: their data, in the order of `model.parameters()`.
        gradients: of the epoch's last batch, after any clipping, in the same order; nan where no
            backward pass has come. None if the Watch shows no gradients.

    >>> Frame(1, array("d", [0.5, -0.25])).parameters[1]
    -0.25
    """

    epoch: int
    parameters: array[float]
    gradients: array[float] | None = None


class Watch:
    """A callback for `fit` that shows a training while it runs, and records it for `animate`.

    In a notebook one picture in the cell's output is redrawn, at most twice a second and so seldom that
    drawing has at most a fifth of the time; when the cell has run, it shows the last epoch, and stays.
    Elsewhere nothing is shown. Either way the epochs are recorded, and the parameters come out as they
    would without a Watch, to the last bit.

    The picture has the decision boundary, if the samples are points in the plane and the targets
    classes (or the fitted curve, if there is one input and one output), the loss and the accuracy,
    and the network, if it is one that `network` draws.

    A Watch given to another training starts again. One that resumes that of the same model, from a
    checkpoint, is added to what was recorded.

    Args:
        X: the samples to show, of shape (n, n_inputs) or (n,); all finite.
        y: their n targets.
        every: a frame is recorded every so many epochs, and of the last epoch.
        show: whether to show anything in a notebook.
        network: what to show of the network: the "weight" of each line, or the "gradient" of the
            last batch; None leaves it out.

    Attributes:
        frames: what was recorded, a `Frame` for each epoch: 8 bytes for each parameter, with gradients
            16. Of a network with 1,000 parameters, 100 epochs take 0.8 MB.

    Raises ValueError if X and y do not fit together or an argument is not as above; when called,
    TypeError for a model that is no `Module`.

    >>> from nn import MLP, SGD, fit, hinge_loss
    >>> X, y = [[0.0, 1.0], [1.0, 0.0]], [-1, 1]
    >>> model, watch = MLP(2, [1], seed=0), Watch(X, y)
    >>> sgd = SGD(model.parameters(), lr=0.5)
    >>> _ = fit(model, hinge_loss, X, y, optimizer=sgd, epochs=3, progress=False, callbacks=[watch])
    >>> [frame.epoch for frame in watch.frames]
    [1, 2, 3]
    """

    frames: list[Frame]

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        every: int = 1,
        show: bool = True,
        network: Literal["weight", "gradient"] | None = "weight",
    ) -> None:
        import numpy as np

        if network not in ("weight", "gradient", None):
            raise ValueError(
                f"network must be 'weight', 'gradient' or None, but got {brief(network)}"
            )
        self._X, self._y = map(plain, paired(X, y, "watched"))
        try:
            samples = np.asarray(self._X, dtype=float)
        except (TypeError, ValueError):
            samples = np.empty(())  # rows of different lengths, or no numbers
        if samples.ndim not in (1, 2):
            raise ValueError(
                "X must hold samples of equally many numbers each, in the shape (n, n_inputs) or (n,)"
            )
        if not np.isfinite(samples).all():
            place = int(np.argmin(np.isfinite(samples.reshape(len(samples), -1)).all(axis=1)))
            raise ValueError(
                f"X must hold finite numbers, but sample {place} is "
                f"{brief(self._X[place])}: leave such samples out"
            )
        self._n_inputs = 1 if samples.ndim == 1 else samples.shape[1]
        self._every = as_count(every, "every")
        self._show = show
        self._network = network
        self._model: Any = None
        self._history = History()
        self._output: _Output | None = None
        self.frames = []

    def __call__(self, model: Module, history: History) -> None:
        """Record the epoch that has ended, and redraw if it is time to; `fit` calls this."""
        if not isinstance(model, Module):
            raise TypeError(
                f"a Watch records the parameters of an nn.Module, but got {brief(model)}, "
                f"which is of type {type(model).__name__}"
            )
        if not self._continues(model, history):
            self._start(model)
        self._history = history
        if self.frames and self.frames[-1].epoch % self._every:
            self.frames.pop()  # it was there only as the last epoch
        self.frames.append(self._frame(history.epochs))
        if self._show and (shell := notebook_shell()) is not None:
            if self._output is None or self._output.closed:
                self._output = _Output(shell, self.draw)
            self._output.update()

    def _continues(self, model: Module, history: History) -> bool:
        if model is not self._model:
            return False
        n = self.frames[-1].epoch
        return history.epochs > n and history.loss[:n] == self._history.loss[:n]

    def _start(self, model: Module) -> None:
        if self._output is not None:
            self._output.close()
        self.frames = []
        self._model = model
        self._parameters = model.parameters()
        self._answers = self._answers_of(model)
        self._shows_network = self._network is not None and _is_drawable(model)

    def _answers_of(self, model: Any) -> Callable[[Axes], None] | None:
        """What draws the model's answers, if a plane or a line can show them."""
        if self._n_inputs > 2 or not all(map(is_number, self._y)):
            return None
        with no_grad(), mode(model, training=False):
            n_scores = len(scores_of(model(self._X[0])))
        if self._n_inputs == 1:
            return self._draw_curve if n_scores == 1 else None
        if not are_classes(self._y):
            return None
        # With one score, numbers other than these are no classes, but targets of a regression.
        if n_scores == 1 and not (set(self._y) <= {-1, 1} or set(self._y) <= {0, 1}):
            return None
        return self._draw_boundary

    def _frame(self, epoch: int) -> Frame:
        gradients = None
        if self._network == "gradient":
            gradients = array(
                "d", [p.grad if p.backward_passes else math.nan for p in self._parameters]
            )
        return Frame(epoch, array("d", [p.data for p in self._parameters]), gradients)

    def draw(self, epoch: int | None = None) -> Figure:
        """The picture of an epoch, as it was, with the limits of the whole training on all axes.

        The model is the same afterwards, even if drawing fails.

        Args:
            epoch: one that was recorded; the last if None.

        Returns a figure that pyplot knows nothing of; `watch.draw(3).savefig("epoch3.png")` saves it.
        Raises ValueError if there is no frame of this epoch, or the model has other parameters now.

        >>> Watch([[0.0, 1.0]], [1]).draw()
        Traceback (most recent call last):
            ...
        ValueError: this Watch has recorded nothing: give it to fit(..., callbacks=[watch]) first
        """
        frame = self._frame_of(epoch)
        if self._model.parameters() != self._parameters:
            raise ValueError(
                "the model has other parameters now than when it was watched: draw before exchanging "
                "its parts"
            )
        from matplotlib import rc_context
        from matplotlib.figure import Figure

        with (
            rc_context({"font.size": FONT_SIZE, "axes.edgecolor": "#8c8c8c"}),
            _as_it_was(self._parameters, frame),
        ):
            n_columns = 1 + (self._answers is not None) + self._shows_network
            width = COLUMN * n_columns + (0.2 if self._answers is not None else 0.5)
            figure = Figure(figsize=(width, HEIGHT), dpi=DPI)
            grid = figure.add_gridspec(
                2,
                n_columns,
                left=(0.7 if self._answers is not None else 1.0) / width,
                right=1 - 0.1 / width,
                bottom=0.55 / HEIGHT,
                top=1 - 0.75 / HEIGHT,
                wspace=0.42,
                hspace=0.45,
            )
            column = 0
            if self._answers is not None:
                self._answers(figure.add_subplot(grid[:, 0]))
                column = 1
            if self._history.accuracy:
                top, bottom = (figure.add_subplot(grid[row, column]) for row in (0, 1))
                self._draw_learning("loss", frame.epoch, top)
                self._draw_learning("accuracy", frame.epoch, bottom)
                top.set_xlabel("")
                top.tick_params(labelbottom=False)
            else:
                self._draw_learning("loss", frame.epoch, figure.add_subplot(grid[:, column]))
            if self._shows_network:
                self._draw_network(figure.add_subplot(grid[:, -1]))
            figure.suptitle(self._title(frame), fontweight="bold", y=1 - 0.08 / HEIGHT, va="top")
        # A notebook knows how to show figures only after pyplot has made one.
        figure._repr_png_ = partial(png_of, figure)  # type: ignore[attr-defined]
        return figure

    def _frame_of(self, epoch: int | None) -> Frame:
        if not self.frames:
            raise ValueError(
                "this Watch has recorded nothing: give it to fit(..., callbacks=[watch]) first"
            )
        if epoch is None:
            return self.frames[-1]
        for frame in self.frames:
            if frame.epoch == epoch:
                return frame
        first, last = self.frames[0].epoch, self.frames[-1].epoch
        raise ValueError(
            f"epoch must be one of the {len(self.frames)} recorded from {first} to {last}, but got "
            f"{brief(epoch)}: [frame.epoch for frame in watch.frames] lists them"
        )

    def _title(self, frame: Frame) -> str:
        last = self.frames[-1].epoch
        # While training runs, nobody but fit knows how many epochs there will be.
        of = "" if frame.epoch == last else f" of {last}"
        return f"epoch {frame.epoch}{of}: loss {self._history.loss[frame.epoch - 1]:.3g}"

    def _draw_boundary(self, ax: Axes) -> None:
        decision_boundary(self._model, self._X, self._y, ax=ax, resolution=RESOLUTION)
        _tidy(ax)

    def _draw_curve(self, ax: Axes) -> None:
        import numpy as np

        xs = np.ravel(self._X)
        low, high = _limits(xs.tolist())
        grid = np.linspace(low, high, 200).tolist()
        inputs = grid if is_number(self._X[0]) else [[x] for x in grid]
        with no_grad(), mode(self._model, training=False):
            outputs = [scores_of(self._model(x))[0] for x in inputs]
        ax.scatter(xs, self._y, s=16, color=QUIET, alpha=0.6, linewidths=0, label="samples")
        ax.plot(grid, outputs, color=BLUE, linewidth=2.4, label="model")
        ax.set(xlabel="x", xlim=(low, high), ylim=_limits(self._y, margin=0.2))
        ax.grid(alpha=0.25)
        _tidy(ax)

    def _draw_learning(self, metric: Literal["loss", "accuracy"], epoch: int, ax: Axes) -> None:
        history, last = self._history, self.frames[-1].epoch
        learning_curve(_until(history, epoch), ax=ax, metric=metric)
        for line in ax.lines:
            line.set(**MARK)
        low, high = _limits(getattr(history, metric) + getattr(history, f"validation_{metric}"))
        if metric == "accuracy":
            low, high = max(low, -0.04), min(high, 1.04)
        else:
            ax.ticklabel_format(axis="y", useOffset=False)
        room = 0.005 * abs(high)  # a change that the ticks' digits do not show is none
        ax.set(xlim=_limits([1, last], margin=0.04), ylim=(low - room, high + room))
        ax.yaxis.set_label_coords(-0.3, 0.5)
        _tidy(ax, n_ticks=4)

    def _draw_network(self, ax: Axes) -> None:
        draw_network(self._model, self._network, ax=ax, max_units=MAX_UNITS)
        _crop_to_circles(ax)
        if self._network == "gradient":
            what, numbers = "gradients", [abs(p.grad) for p in self._parameters]
        else:
            what, numbers = "weights", [abs(p.data) for p in self._parameters]
        finite = list(filter(math.isfinite, numbers))
        if any(finite):
            ax.set_title(f"{what}, up to ±{short(max(finite))}", fontsize="small")
            ax.set_xlabel("blue: positive, orange: negative", fontsize="small")
        else:
            ax.set_title(f"{what}: {'all 0' if finite else 'none finite'}", fontsize="small")


class _Output:
    """A picture in the output of a notebook's cell, redrawn in place, at last when the cell has run.

    Only the notebook knows when that is: of `fit`, which epoch is the last one cannot be told.
    """

    def __init__(self, shell: Any, draw: Callable[[], Figure]) -> None:
        from IPython.display import display  # type: ignore[import-not-found, unused-ignore]

        self.closed = False
        self._events = shell.events
        self._draw = draw
        self._is_due_at = 0.0
        self._is_stale = False
        self._display = display({"text/plain": ""}, raw=True, display_id=True)  # type: ignore[no-untyped-call, unused-ignore]
        self._events.register("post_run_cell", self.close)

    def update(self) -> None:
        self._is_stale = True
        if monotonic() >= self._is_due_at:
            self._redraw()

    def close(self, result: object = None) -> None:
        if not self.closed:
            self.closed = True
            self._events.unregister("post_run_cell", self.close)
            if self._is_stale:
                self._redraw()

    def _redraw(self) -> None:
        start = monotonic()
        content = {
            "image/png": b64encode(png_of(self._draw())).decode(),
            "text/plain": "a training",
        }
        self._display.update(content, raw=True)
        end = monotonic()
        self._is_due_at = end + max(SECONDS_BETWEEN, DRAWINGS_BETWEEN * (end - start))
        self._is_stale = False


@contextmanager
def _as_it_was(parameters: list[Value], frame: Frame) -> Iterator[None]:
    """Within this block the parameters are those of a frame."""
    before = [(p.data, p.grad, p.backward_passes) for p in parameters]
    try:
        for parameter, number in zip(parameters, frame.parameters, strict=True):
            parameter.data = number
        for parameter, gradient in zip(parameters, frame.gradients or ()):
            parameter.grad = gradient
            parameter.backward_passes = 0 if math.isnan(gradient) else 1
        yield
    finally:
        for parameter, (data, grad, passes) in zip(parameters, before, strict=True):
            parameter.data, parameter.grad, parameter.backward_passes = data, grad, passes


def _is_drawable(model: Module) -> bool:
    try:
        draw_network(model)
    except (TypeError, ValueError):  # its parts cannot be put in order, or do not fit together
        return False
    return True


def _until(history: History, epoch: int) -> History:
    """The history as it was after an epoch."""
    part = History()
    for name in SERIES:
        setattr(part, name, getattr(history, name)[:epoch])
    return part


def _limits(numbers: Sequence[float], margin: float = 0.06) -> tuple[float, float]:
    """The ends of an axis that shows all of these numbers that are finite.

    >>> _limits([0.0, 1.0, math.inf], margin=0.5), _limits([2.0])
    ((-0.5, 1.5), (1.0, 3.0))
    """
    finite = [number for number in numbers if math.isfinite(number)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    room = margin * high - margin * low if low < high else 0.5 * abs(low) or 0.5
    return low - room, high + room


def _tidy(ax: Axes, n_ticks: int = 5) -> None:
    """Few ticks, and the legend above the Axes, where it covers no data in any frame."""
    ax.locator_params(nbins=n_ticks)
    ax.yaxis.set_offset_position("right")  # a 1e6 is above the Axes too
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(-0.02, 0.98),
        ncols=min(len(labels), 5),
        frameon=False,
        fontsize="small",
        borderaxespad=0.2,
        handlelength=1.4,
        handletextpad=0.3,
        columnspacing=0.8,
    )


def _crop_to_circles(ax: Axes) -> None:
    """Leave of a network's picture what a small place can hold: circles, lines, names of the inputs."""
    from matplotlib.patches import Circle

    circles = [patch for patch in ax.patches if isinstance(patch, Circle)]
    xs, ys = zip(*(circle.center for circle in circles))
    radius = max(circle.radius for circle in circles)
    for text in list(ax.texts):
        if min(ys) - radius <= text.get_position()[1] <= max(ys) + radius:
            text.set_fontsize("small")
        else:
            text.remove()
    before = _points_per_unit(ax)
    ax.set_xlim(min(xs) - 3.5 * radius, max(xs) + 1.5 * radius)
    ax.set_ylim(max(ys) + 1.5 * radius, min(ys) - 1.5 * radius)
    zoom = BOLDER * _points_per_unit(ax) / before
    for line in ax.lines:
        line.set_linewidth(line.get_linewidth() * zoom)
    for circle in circles:
        circle.set_linewidth(circle.get_linewidth() * zoom)


def _points_per_unit(ax: Axes) -> float:
    extent = ax.get_window_extent()
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    return min(extent.width / abs(right - left), extent.height / abs(top - bottom))


def png_of(figure: Figure) -> bytes:
    """A figure as PNG, of the size that it was made with."""
    from matplotlib import rc_context

    content = io.BytesIO()
    with rc_context({"savefig.bbox": "standard"}):  # all pictures of the same size
        figure.savefig(content, format="png", dpi=DPI)
    return content.getvalue()
