"""What the command `python -m nn train` writes: the model, and pictures of what it learned.

Part of an application on top of all three packages, so here `nn` uses `viz`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import Value, dot, no_grad
from nn.data import Dataset
from nn.evaluation import Loss, mode, predict
from nn.files import write_atomically
from nn.history import History
from nn.networks import MLP
from nn.samples import rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Fonts that have Korean, of the systems: matplotlib's own has none.
KOREAN_FONTS = ("NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo", "Noto Sans CJK KR")
MAX_TERMS = 8  # of a weighted sum in a picture that is to be read
MAX_POINTS = 2000  # more hide each other


def write_report(
    folder: Path, data: Dataset, model: MLP, loss: Loss, history: History
) -> list[Path]:
    """Draw what a model learned of a data set into a folder; returns the paths of the pictures."""
    from matplotlib import font_manager, rc_context, rcParams

    at_hand = [font for font in KOREAN_FONTS if font in font_manager.get_font_names()]
    with rc_context({"font.family": [*rcParams["font.family"], *at_hand]}):
        return _write_report(folder, data, model, loss, history)


def _write_report(
    folder: Path, data: Dataset, model: MLP, loss: Loss, history: History
) -> list[Path]:
    from matplotlib.figure import Figure

    import viz

    written: list[Path] = []

    def save_figure(figure: Figure, name: str) -> None:
        written.append(folder / name)
        figure.savefig(content := BytesIO(), dpi=150)
        write_atomically(written[-1], content.getvalue())

    if history.epochs:
        has_accuracy = bool(history.accuracy)
        figure = Figure(figsize=(10 if has_accuracy else 6, 4), layout="constrained")
        axes = figure.subplots(1, 1 + has_accuracy, squeeze=False)[0]
        viz.history(history, metric="loss", ax=axes[0])
        if data.table is not None and data.task == "regression":
            # As it was minimized. In the units of the file it has others for each loss.
            axes[0].set_ylabel(f"loss, in standard deviations of {_target(data)}")
        if has_accuracy:
            viz.history(history, metric="accuracy", ax=axes[1])
        save_figure(figure, "learning_curves.png")

    figure = Figure(figsize=(6, 5.5), layout="constrained")
    if data.task == "regression":
        _draw_regression(data, model, figure.subplots())
        save_figure(figure, "regression.png")
    elif data.n_inputs == 2:
        ax = viz.decision_boundary(
            lambda point: model(_scaled(data, [point])[0]),
            _as_measured(data, data.X_test[:MAX_POINTS]),
            data.y_test[:MAX_POINTS],
            ax=figure.subplots(),
            labels=data.classes or None,
        )
        if data.features:
            ax.set(xlabel=data.features[0], ylabel=data.features[1])
        save_figure(figure, "decision_boundary.png")
    else:
        side = 4.5 + 0.25 * max(map(len, data.classes), default=1)
        figure.set_size_inches(side + 0.5, side)
        true, predicted = (
            _as_positions(data, y) for y in (data.y_test, predict(model, data.X_test))
        )
        viz.confusion(true, predicted, ax=figure.subplots(), labels=data.classes or None)
        save_figure(figure, "confusion.png")

    written.append(folder / "backprop.svg")
    viz.draw(_readable_graph(data, model, loss)).save(written[-1])
    return written


def _as_positions(data: Dataset, labels: Iterable[float]) -> list[int]:
    """Labels as the positions of their classes: -1 and +1 are the first and the second."""
    return [int(y > 0) if data.n_outputs == 1 else int(y) for y in labels]


def _target(data: Dataset) -> str:
    return "target" if data.table is None else data.table.columns[data.table.target]


def _scaled(data: Dataset, X: Sequence[Sequence[float]]) -> list[list[float]]:
    """Samples in the units in which they were measured, as the network takes them."""
    if not data.mean:
        return [list(x) for x in X]
    return [[(x - m) / s for x, m, s in zip(row, data.mean, data.scale)] for row in X]


def _as_measured(data: Dataset, X: Any) -> list[list[float]]:
    """Samples as the network takes them, in the units in which they were measured."""
    if not data.mean:
        return [list(x) for x in X]
    return [[x * s + m for x, m, s in zip(row, data.mean, data.scale)] for row in X]


def _draw_regression(data: Dataset, model: MLP, ax: Axes) -> None:
    X, y = data.X_test[:MAX_POINTS], data.y_test[:MAX_POINTS]
    with no_grad(), mode(model, training=False):
        predicted = [model(list(x)).data for x in X]
    target = _target(data)
    if data.n_inputs == 1:
        xs = [x for (x,) in _as_measured(data, X)]
        order = sorted(range(len(xs)), key=xs.__getitem__)
        in_order = [xs[i] for i in order]
        samples = [x for (x,) in _as_measured(data, data.X_train[:MAX_POINTS])]
        # Samples of a curve that is known are held out along it.
        line, held_out, trained_on = "-", "target", "samples"
        if data.table is not None:
            line, held_out, trained_on = ".", "held out", "trained on"
        ax.plot(in_order, [y[i] for i in order], line, color="#8c8c8c", label=held_out)
        ax.plot(in_order, [predicted[i] for i in order], color="#0072b2", label="network")
        ax.scatter(samples, data.y_train[:MAX_POINTS], s=12, color="#d55e00", label=trained_on)
        ax.set_xlabel(data.features[0] if data.features else "x")
        ax.set_ylabel("y" if data.table is None else target)
        ax.legend()
    else:
        ends = (min(*y, *predicted), max(*y, *predicted))
        ax.axline((ends[0], ends[0]), slope=1.0, color="#8c8c8c")
        ax.scatter(y, predicted, s=12, color="#0072b2")
        ax.set_xlabel(target)
        ax.set_ylabel("network" if data.table is None else f"{target}, by the network")


def _readable_graph(data: Dataset, model: MLP, loss: Loss) -> Value:
    """The last part of the loss of the hardest test sample, after its backward pass.

    The whole graph has a node for every weight. To be read, it is cut: several scores become leaves;
    a single output keeps its neuron, with those of its inputs that weigh most, the rest in one.
    """
    with mode(model, training=False):
        samples = list(zip(rows(data.X_test[:MAX_POINTS]), rows(data.y_test[:MAX_POINTS])))
        sample, target = max(samples, key=lambda pair: loss(model(pair[0]), pair[1]).data)
        *hidden_layers, last = model.layers
        inputs = [Value(x) for x in sample]
        for layer in hidden_layers:
            inputs = layer.fire(inputs)
        if len(last.neurons) > 1:
            names = data.classes if data.table else range(data.n_outputs)
            scores = [
                Value(out.data, f"score of {name}") for name, out in zip(names, last.fire(inputs))
            ]
            result = loss(scores, target)
        else:
            names = data.features if data.table and not hidden_layers else ()
            neuron = last.neurons[0]
            result = loss(_cut_neuron(neuron.weights, inputs, neuron.bias, names), target)
    result.label = "loss"
    result.backward()
    return result


def _cut_neuron(
    weights: Sequence[Value], inputs: Sequence[Value], bias: Value, names: Sequence[str]
) -> Value:
    """A neuron's weighted sum over leaves: inputs that are 0 left out, and small terms in one."""
    terms = {i: w.data * x.data for i, (w, x) in enumerate(zip(weights, inputs)) if x.data}
    by_size = sorted(terms, key=lambda i: -abs(terms[i]))
    shown, rest = sorted(by_size[:MAX_TERMS]), by_size[MAX_TERMS:]
    ws = [Value(weights[i].data, f"w{i}") for i in shown]
    xs = [Value(inputs[i].data, names[i] if names else f"input {i}") for i in shown]
    if rest:
        ws.append(Value(1.0, "1"))
        xs.append(Value(sum(terms[i] for i in rest), f"{len(rest)} smaller terms"))
    score: Value = dot(ws, xs, Value(bias.data, "b"))
    score.label = "output"
    return score
