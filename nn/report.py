"""What the command `python -m nn train` writes: the model, and pictures of what it learned.

Part of an application on top of all three packages, so here `nn` uses `viz`.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from autograd import Value, dot, no_grad
from nn.data import Dataset
from nn.evaluation import Loss, mode, predict
from nn.files import write_atomically
from nn.history import History
from nn.networks import MLP

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_TERMS = 8  # of a weighted sum in a picture that is to be read


def write_report(
    folder: Path, data: Dataset, model: MLP, loss: Loss, history: History
) -> list[Path]:
    """Draw what a model learned of a data set into a folder; returns the paths of the pictures."""
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
        if has_accuracy:
            viz.history(history, metric="accuracy", ax=axes[1])
        save_figure(figure, "learning_curves.png")

    figure = Figure(figsize=(6, 5.5), layout="constrained")
    if data.task == "regression":
        _draw_regression(data, model, figure.subplots())
        save_figure(figure, "regression.png")
    elif data.n_inputs == 2:
        viz.decision_boundary(model, data.X_test, data.y_test, ax=figure.subplots())
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


def _as_positions(data: Dataset, labels: Sequence[float]) -> list[int]:
    """Labels as the positions of their classes: -1 and +1 are the first and the second."""
    return [int(y > 0) if data.n_outputs == 1 else int(y) for y in labels]


def _draw_regression(data: Dataset, model: MLP, ax: Axes) -> None:
    with no_grad(), mode(model, training=False):
        predicted = [model(x).data for x in data.X_test]
    if data.n_inputs == 1:
        order = sorted(range(len(data.X_test)), key=data.X_test.__getitem__)
        xs = [data.X_test[i][0] for i in order]
        ax.plot(xs, [data.y_test[i] for i in order], color="#8c8c8c", label="target")
        ax.plot(xs, [predicted[i] for i in order], color="#0072b2", label="network")
        ax.scatter(
            [x for (x,) in data.X_train], data.y_train, s=12, color="#d55e00", label="samples"
        )
        ax.set_xlabel("x")
        ax.set_ylabel("y")
        ax.legend()
    else:
        ends = (min(*data.y_test, *predicted), max(*data.y_test, *predicted))
        ax.axline((ends[0], ends[0]), slope=1.0, color="#8c8c8c")
        ax.scatter(data.y_test, predicted, s=12, color="#0072b2")
        ax.set_xlabel("target")
        ax.set_ylabel("network")


def _readable_graph(data: Dataset, model: MLP, loss: Loss) -> Value:
    """The last part of the loss of the hardest test sample, after its backward pass.

    The whole graph has a node for every weight. To be read, it is cut: several scores become leaves;
    a single output keeps its neuron, with those of its inputs that weigh most, the rest in one.
    """
    with mode(model, training=False):
        samples = list(zip(data.X_test, data.y_test))
        sample, target = max(samples, key=lambda pair: loss(model(pair[0]), pair[1]).data)
        *hidden_layers, last = model.layers
        inputs = [Value(x) for x in sample]
        for layer in hidden_layers:
            inputs = layer.fire(inputs)
        if len(last.neurons) > 1:
            scores = [Value(out.data, f"score of {k}") for k, out in enumerate(last.fire(inputs))]
            result = loss(scores, target)
        else:
            result = loss(
                _cut_neuron(last.neurons[0].weights, inputs, last.neurons[0].bias), target
            )
    result.label = "loss"
    result.backward()
    return result


def _cut_neuron(weights: Sequence[Value], inputs: Sequence[Value], bias: Value) -> Value:
    """A neuron's weighted sum over leaves: inputs that are 0 left out, and small terms in one."""
    terms = {i: w.data * x.data for i, (w, x) in enumerate(zip(weights, inputs)) if x.data}
    by_size = sorted(terms, key=lambda i: -abs(terms[i]))
    shown, rest = sorted(by_size[:MAX_TERMS]), by_size[MAX_TERMS:]
    ws = [Value(weights[i].data, f"w{i}") for i in shown]
    xs = [Value(inputs[i].data, f"input {i}") for i in shown]
    if rest:
        ws.append(Value(1.0, "1"))
        xs.append(Value(sum(terms[i] for i in rest), f"{len(rest)} smaller terms"))
    score: Value = dot(ws, xs, Value(bias.data, "b"))
    score.label = "output"
    return score
