"""The command `python -m nn`: train a network on a data set, and report in numbers and pictures.

This is an application on top of all three packages, so here, and only here, `nn` uses `viz`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import NoReturn

from autograd import Value, dot
from nn.data import DATASETS, Dataset
from nn.layers import MLP
from nn.losses import hinge_loss, softmax_cross_entropy
from nn.optimizers import SGD
from nn.storage import save
from nn.training import History, Loss, evaluate, fit, predict


@dataclass(frozen=True)
class Recipe:
    """What a data set is trained with, unless the command line says otherwise."""

    loss: Loss
    hidden: list[int]
    epochs: int


RECIPES = {
    "digits": Recipe(softmax_cross_entropy, hidden=[32], epochs=10),
    "moons": Recipe(hinge_loss, hidden=[16, 16], epochs=40),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    recipe = RECIPES[options.dataset]
    hidden = recipe.hidden if options.hidden is None else options.hidden
    folder = options.out
    try:
        if folder is not None:
            _require_writable(folder)
        dataset = DATASETS[options.dataset](options.seed)
        model = MLP(dataset.n_inputs, [*hidden, dataset.n_outputs], seed=options.seed)
        optimizer = SGD(model.parameters(), lr=options.lr, momentum=options.momentum)
        start = time.perf_counter()
        history = fit(
            model,
            recipe.loss,
            dataset.X_train,
            dataset.y_train,
            optimizer=optimizer,
            epochs=options.epochs or recipe.epochs,
            batch_size=options.batch_size,
            l2=options.l2,
            validation=(dataset.X_test, dataset.y_test),
            seed=options.seed,
        )
    except (FloatingPointError, OSError, ValueError) as error:
        parser.error(str(error))
    seconds = time.perf_counter() - start

    _, train_accuracy = evaluate(model, recipe.loss, dataset.X_train, dataset.y_train)
    _, test_accuracy = evaluate(model, recipe.loss, dataset.X_test, dataset.y_test)
    print(
        f"{dataset.name}: {model} with {model.n_parameters} parameters, "
        f"{history.epochs} epochs{' (interrupted)' if history.interrupted else ''} "
        f"in {seconds:.1f} s: train accuracy {train_accuracy:.4f}, test accuracy {test_accuracy:.4f}"
    )
    if folder is not None:
        for path in _report(folder, dataset, model, recipe.loss, history):
            print(f"  wrote {path}")
    return 0


def _report(folder: Path, dataset: Dataset, model: MLP, loss: Loss, history: History) -> list[Path]:
    """Write the model and the pictures; returns their paths."""
    from matplotlib.figure import Figure

    import viz

    written = [folder / "model.safetensors"]
    save(model, written[0])

    def save_figure(figure: Figure, name: str) -> None:
        written.append(folder / name)
        figure.savefig(written[-1], dpi=150)

    if history.epochs:
        figure = Figure(figsize=(10, 4), layout="constrained")
        left, right = figure.subplots(1, 2)
        viz.history(history, metric="loss", ax=left)
        viz.history(history, metric="accuracy", ax=right)
        save_figure(figure, "learning_curves.png")

    figure = Figure(figsize=(6, 5.5), layout="constrained")
    if dataset.n_inputs == 2:
        viz.decision_boundary(model, dataset.X_test, dataset.y_test, ax=figure.subplots())
        save_figure(figure, "decision_boundary.png")
    else:
        viz.confusion(dataset.y_test, predict(model, dataset.X_test), ax=figure.subplots())
        save_figure(figure, "confusion.png")

    written.append(folder / "backprop.svg")
    viz.draw(_readable_graph(dataset, model, loss)).save(written[-1])
    return written


def _readable_graph(dataset: Dataset, model: MLP, loss: Loss) -> Value:
    """The last part of the loss of the hardest test sample, after its backward pass.

    The whole graph has a node for every weight. To be read, it is cut: several scores become leaves;
    a single score keeps its neuron, with those of its inputs that are not 0: the others add nothing.
    """
    samples = list(zip(dataset.X_test, dataset.y_test))
    sample, target = max(samples, key=lambda pair: loss(model(pair[0]), pair[1]).data)
    *hidden_layers, last = model.layers
    inputs = [Value(x) for x in sample]
    for layer in hidden_layers:
        inputs = layer.fire(inputs)

    if len(last.neurons) > 1:
        scores = [Value(out.data, f"score of {k}") for k, out in enumerate(last.fire(inputs))]
        result = loss(scores, target)
    else:
        neuron = last.neurons[0]
        active = [i for i, unit in enumerate(inputs) if unit.data]
        score = dot(
            [Value(neuron.weights[i].data, f"w{i}") for i in active],
            [Value(inputs[i].data, f"hidden unit {i}") for i in active],
            Value(neuron.bias.data, "b"),
        )
        score.label = "score"
        result = loss(score, target)
    result.label = "loss"
    result.backward()
    return result


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line on stderr, exit status 2."""
        print(f"{self.prog}: {message}", file=sys.stderr)
        raise SystemExit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m nn", description="Train networks of scalar Values.")
    commands = parser.add_subparsers(required=True, metavar="train")
    train = commands.add_parser(
        "train",
        help="train a network on a data set",
        description="Train a multi-layer perceptron, and report its accuracy on held-out samples.",
    )
    add = train.add_argument
    add("dataset", choices=sorted(DATASETS), help="what to learn")
    hidden = "; ".join(f"{name}: {' '.join(map(str, r.hidden))}" for name, r in RECIPES.items())
    epochs = "; ".join(f"{name}: {recipe.epochs}" for name, recipe in RECIPES.items())
    add(
        "--hidden",
        type=_positive,
        nargs="*",
        metavar="N",
        help=f"neurons in each hidden layer; nothing behind it for a linear model ({hidden})",
    )
    add("--epochs", type=_positive, metavar="N", help=f"how often each sample is met ({epochs})")
    add("--lr", type=float, default=0.05, help="learning rate (%(default)s)")
    add("--momentum", type=float, default=0.9, help="from 0 to below 1 (%(default)s)")
    add(
        "--batch-size", type=_positive, default=32, metavar="N", help="samples a step (%(default)s)"
    )
    add("--l2", type=float, default=1e-4, help="λ of the penalty λΣw² (%(default)s)")
    add("--seed", type=int, default=0, help="of split, first weights and order (%(default)s)")
    add("--out", type=Path, metavar="DIR", help="folder for the model file and the pictures")
    return parser


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return number


def _require_writable(folder: Path) -> None:
    # Found out before the training, not after it.
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(f"cannot write to the folder {folder}: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
