"""The command `python -m nn`: train a network, report in numbers and pictures, predict with it."""

from __future__ import annotations

import argparse
import csv
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NoReturn, TypeGuard

from autograd import Value
from nn.activations import NAMES
from nn.data import DATASETS, Dataset, read_csv, read_rows
from nn.early_stopping import EarlyStopping
from nn.evaluation import Loss, evaluate, predicted_class
from nn.history import History
from nn.initializers import INITIALIZERS
from nn.losses import (
    absolute_error,
    binary_cross_entropy_with_logits,
    hinge_loss,
    huber_loss,
    multiclass_hinge_loss,
    softmax_cross_entropy,
    squared_error,
    squared_hinge_loss,
)
from nn.networks import MLP
from nn.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from nn.report import outputs_of, write_report
from nn.schedules import cosine_decay, step_decay
from nn.storage import load, load_notes, save
from nn.training import fit


@dataclass(frozen=True)
class Recipe:
    """What a data set is trained with, unless the command line says otherwise."""

    hidden: list[int]
    epochs: int
    optimizer: str = "sgd"


RECIPES = {
    "digits": Recipe([32], epochs=10),
    "moons": Recipe([16, 16], epochs=40),
    "spiral": Recipe([16, 16], epochs=200),
    "spiral3": Recipe([16, 16], epochs=200),
    **dict.fromkeys(("sine", "step", "bump"), Recipe([16, 16], epochs=300, optimizer="adam")),
}
OTHER = Recipe([16], epochs=100)


def _cross_entropy_of_signs(score: Value, y: float) -> Value:
    return binary_cross_entropy_with_logits(score, (y + 1) / 2)


# For each task the losses that suit it, the usual one first.
LOSSES: dict[str, dict[str, Loss]] = {
    "binary": {
        "hinge": hinge_loss,
        "squared-hinge": squared_hinge_loss,
        "binary-cross-entropy": _cross_entropy_of_signs,
    },
    "multiclass": {
        "cross-entropy": softmax_cross_entropy,
        "multiclass-hinge": multiclass_hinge_loss,
    },
    "regression": {
        "squared-error": squared_error,
        "absolute-error": absolute_error,
        "huber": huber_loss,
    },
}

# Each with its usual learning rate and momentum here.
OPTIMIZERS: dict[str, tuple[Callable[..., Optimizer], float, float]] = {
    "sgd": (SGD, 0.05, 0.9),
    "rmsprop": (RMSprop, 0.01, 0.0),
    "adam": (Adam, 0.01, 0.0),
    "adamw": (AdamW, 0.01, 0.0),
    "adagrad": (Adagrad, 0.05, 0.0),
}
WITH_MOMENTUM = ("sgd", "rmsprop")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        options.command(options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (FloatingPointError, OSError, ValueError) as error:
        parser.error(str(error))
    return 0


# train


def train(options: argparse.Namespace) -> None:
    """Train a network on a data set, report how it did, and write what is asked for."""
    folder: Path | None = options.out
    if folder is not None:
        _require_writable(folder)
    elif options.resume or options.checkpoint_every:
        raise ValueError("--resume and --checkpoint-every need --out: the checkpoint is kept there")
    data = _dataset(options)
    scaled, undo_scale = _scale_targets(data)
    name, loss = _loss(options.loss, data)
    recipe = RECIPES.get(options.dataset, OTHER)
    epochs = options.epochs or recipe.epochs
    model = MLP(
        data.n_inputs,
        [*(recipe.hidden if options.hidden is None else options.hidden), data.n_outputs],
        activation=options.activation,
        initializer=options.initializer,
        dropout=options.dropout,
        seed=options.seed,
    )
    checkpoint = None if folder is None else folder / "training.checkpoint"
    start = time.perf_counter()
    history = fit(
        model,
        loss,
        scaled.X_train,
        scaled.y_train,
        optimizer=_optimizer(options, options.optimizer or recipe.optimizer, model),
        epochs=epochs,
        batch_size=options.batch_size,
        l1=options.l1,
        l2=options.l2,
        validation=(scaled.X_test, scaled.y_test),
        schedule=_schedule(options, epochs),
        clip=options.clip,
        seed=options.seed,
        callbacks=[EarlyStopping(options.early_stopping)] if options.early_stopping else [],
        checkpoint=checkpoint if options.checkpoint_every else None,
        checkpoint_every=options.checkpoint_every or 1,
        resume=checkpoint if options.resume else None,
    )
    seconds = time.perf_counter() - start
    undo_scale(model)

    results = _results(model, loss, data)
    told = ", ".join(f"{what} {number:.4f}" for what, number in results.items())
    print(
        f"{data.name}: {model} with {model.n_parameters} parameters, {history.epochs} epochs"
        f"{' (interrupted)' if history.interrupted else ''} of {name} in {seconds:.1f} s: {told}"
    )
    if folder is not None:
        path = folder / "model.safetensors"
        save(model, path, {"training": _notes(data, history, results)})
        for written in [path, *write_report(folder, data, model, loss, history)]:
            print(f"  wrote {written}")


def _dataset(options: argparse.Namespace) -> Dataset:
    name: str = options.dataset
    if name in DATASETS:
        if options.target is not None:
            raise ValueError(f"--target is for CSV files, and {name} is none")
        return DATASETS[name](options.seed)
    if not name.endswith(".csv") and not os.path.exists(name):
        raise ValueError(
            f"there is no data set {name!r}: choose one of {', '.join(DATASETS)}, or give the path of "
            "a CSV file"
        )
    target = options.target
    with_number = target is not None and target.removeprefix("-").isdecimal()
    return read_csv(name, int(target) if with_number else target, seed=options.seed)


def _scale_targets(data: Dataset) -> tuple[Dataset, Callable[[MLP], None]]:
    """Quantities standardized as the inputs of a CSV file are; and what gives a model their units back.

    Prices in the thousands would make gradients so large that no usual learning rate suits them.
    """
    if data.task != "regression":
        return data, lambda model: None
    mean = math.fsum(data.y_train) / len(data.y_train)
    scale = math.sqrt(math.fsum((y - mean) ** 2 for y in data.y_train) / len(data.y_train)) or 1.0
    y_train, y_test = ([(y - mean) / scale for y in part] for part in (data.y_train, data.y_test))

    def undo(model: MLP) -> None:
        for neuron in model.layers[-1].neurons:  # they have no activation
            for weight in neuron.weights:
                weight.data *= scale
            neuron.bias.data = neuron.bias.data * scale + mean

    return replace(data, y_train=y_train, y_test=y_test), undo


def _loss(name: str | None, data: Dataset) -> tuple[str, Loss]:
    suitable = LOSSES[data.task]
    name = name or next(iter(suitable))
    if name not in suitable:
        raise ValueError(
            f"the loss {name} does not suit {data.name}, which is a task of the kind {data.task}: "
            f"choose one of {', '.join(suitable)}"
        )
    return name, suitable[name]


def _optimizer(options: argparse.Namespace, name: str, model: MLP) -> Optimizer:
    make, lr, momentum = OPTIMIZERS[name]
    settings: dict[str, Any] = {"lr": lr if options.lr is None else options.lr}
    if name in WITH_MOMENTUM:
        settings["momentum"] = momentum if options.momentum is None else options.momentum
    elif options.momentum is not None:
        raise ValueError(f"--momentum is for {' and '.join(WITH_MOMENTUM)}, not for {name}")
    if options.nesterov:
        if name != "sgd":
            raise ValueError(f"--nesterov is for sgd, not for {name}")
        settings["nesterov"] = True
    if options.weight_decay is not None:
        settings["weight_decay"] = options.weight_decay
    return make(model.parameters(), **settings)


def _schedule(options: argparse.Namespace, epochs: int) -> Callable[[int], float] | None:
    if options.schedule == "cosine":
        return cosine_decay(epochs)
    if options.schedule == "step":
        return step_decay(max(1, epochs // 3))
    return None


def _results(model: MLP, loss: Loss, data: Dataset) -> dict[str, float]:
    """The figures to report: accuracies, or for a regression the losses."""
    parts = {"train": (data.X_train, data.y_train), "test": (data.X_test, data.y_test)}
    results = {}
    for part, samples in parts.items():
        mean_loss, accuracy = evaluate(model, loss, *samples)
        is_regression = data.task == "regression"
        results[f"{part} {'loss' if is_regression else 'accuracy'}"] = (
            mean_loss if is_regression else accuracy
        )
    return results


def _notes(data: Dataset, history: History, results: dict[str, float]) -> dict[str, Any]:
    """What `predict` has to know of the data, and `summary` tells of the training."""
    return {
        "data": data.name,
        "task": data.task,
        "classes": data.classes,
        "features": data.features or [f"x{i + 1}" for i in range(data.n_inputs)],
        "mean": data.mean,
        "scale": data.scale,
        "epochs": history.epochs,
        "results": results,
    }


def _require_writable(folder: Path) -> None:
    # Found out before the training, not after it.
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(f"cannot write to the folder {folder}: {error.strerror}") from error


# predict, summary


def predict(options: argparse.Namespace) -> None:
    """Predict a class or a number for each row of a CSV file."""
    model, notes = _trained(options.model)
    X = read_rows(options.data, notes["features"])
    if notes["mean"]:
        X = [
            [(x - m) / s for x, m, s in zip(row, notes["mean"], notes["scale"], strict=True)]
            for row in X
        ]
    names = notes["classes"]
    model.eval()
    with ExitStack() as stack:
        file = (
            sys.stdout
            if options.out is None
            else stack.enter_context(open(options.out, "w", newline="", encoding="utf-8"))
        )
        writer = csv.writer(file, lineterminator="\n")
        if notes["task"] == "regression":
            writer.writerow(["prediction"])
            writer.writerows([output] for output in outputs_of(model, X))
            return
        if model.sizes[-1] == 1:
            writer.writerow(["prediction", "score"])
        else:
            writer.writerow(
                ["prediction", *(f"score of {c}" for c in names or range(model.sizes[-1]))]
            )
        for x in X:
            output = model(x)
            label = predicted_class(output)
            scores = [output] if isinstance(output, Value) else output
            position = int(label > 0) if len(scores) == 1 else label
            writer.writerow([names[position] if names else label, *(s.data for s in scores)])


def summary(options: argparse.Namespace) -> None:
    """Print what a model file holds."""
    model = load(options.model)
    model.summary()
    notes = load_notes(options.model).get("training")
    if _is_ours(notes):
        results = ", ".join(f"{what} {number:.4f}" for what, number in notes["results"].items())
        print(f"trained on {notes['data']} for {notes['epochs']} epochs: {results}")
        print(f"inputs: {', '.join(notes['features'])}")
        if notes["classes"]:
            print(f"classes: {', '.join(notes['classes'])}")


def _trained(path: Path) -> tuple[MLP, dict[str, Any]]:
    model, notes = load(path), load_notes(path).get("training")
    if not isinstance(model, MLP) or not _is_ours(notes):
        raise ValueError(
            f"{path} was not written by 'python -m nn train', so what its inputs mean is not known: "
            "load it in Python by nn.load"
        )
    return model, notes


def _is_ours(notes: Any) -> TypeGuard[dict[str, Any]]:
    """Whether these are notes as `train` writes them: a model's may be anybody's."""
    names = {"data", "task", "classes", "features", "mean", "scale", "epochs", "results"}
    return isinstance(notes, dict) and names <= notes.keys()


# The command line


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line on stderr, exit status 2."""
        print(f"{self.prog}: {message}", file=sys.stderr)
        raise SystemExit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m nn", description="Train networks of scalar Values, and use them."
    )
    commands = parser.add_subparsers(required=True, metavar="train|predict|summary")
    _add_train(commands)
    command = commands.add_parser(
        "predict",
        help="predict with a trained network",
        description="Predict a class, with its scores, or a number for each row of a CSV file.",
    )
    command.set_defaults(command=predict)
    command.add_argument("model", type=Path, metavar="MODEL", help="a file that train wrote")
    command.add_argument("data", type=Path, metavar="DATA", help="a CSV file with the same inputs")
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="a CSV file to write (the screen)"
    )
    command = commands.add_parser(
        "summary",
        help="tell what a model file holds",
        description="Print the layers of a model, their shapes and parameters, and its training.",
    )
    command.set_defaults(command=summary)
    command.add_argument("model", type=Path, metavar="MODEL", help="a file that train wrote")
    return parser


def _add_train(commands: Any) -> None:
    train_parser = commands.add_parser(
        "train",
        help="train a network on a data set",
        usage="python -m nn train DATA [options]",
        description="Train a multi-layer perceptron, and report how it does on held-out samples. "
        "What each option is if you leave it out stands in parentheses.",
    )
    train_parser.set_defaults(command=train)
    add = train_parser.add_argument
    add(
        "dataset",
        metavar="DATA",
        help=f"{', '.join(DATASETS)}, or the path of a CSV file, a sample a line",
    )
    add(
        "--target", metavar="COLUMN", help="of a CSV file, what to predict: a name or number (last)"
    )
    add("--out", type=Path, metavar="DIR", help="folder for the model file and the pictures (none)")
    add("--seed", type=int, default=0, help="of split, first weights and order (%(default)s)")

    network = train_parser.add_argument_group("the network").add_argument
    told = _told(lambda recipe: " ".join(map(str, recipe.hidden)))
    network(
        "--hidden",
        type=_positive,
        nargs="*",
        metavar="N",
        help=f"neurons in each hidden layer; nothing behind it for a linear model ({told})",
    )
    network(
        "--activation",
        choices=NAMES,
        default="relu",
        metavar="NAME",
        help=f"of hidden layers: {', '.join(NAMES)} (%(default)s)",
    )
    network(
        "--initializer",
        choices=list(INITIALIZERS),
        metavar="NAME",
        help=f"what weights start as: {', '.join(INITIALIZERS)} (he_normal for relu and its "
        "relatives, else xavier_normal)",
    )
    network(
        "--dropout",
        type=_number,
        default=0.0,
        metavar="P",
        help="probability of ignoring a hidden neuron in training (%(default)s)",
    )

    step = train_parser.add_argument_group("each step").add_argument
    losses = "; ".join(f"{task}: {', '.join(suitable)}" for task, suitable in LOSSES.items())
    step(
        "--loss",
        choices=[name for suitable in LOSSES.values() for name in suitable],
        metavar="NAME",
        help=f"what to minimize ({losses}; the first of its kind)",
    )
    step("--l1", type=_number, default=0.0, help="λ of the penalty λΣ|w| (%(default)s)")
    step("--l2", type=_number, default=1e-4, help="λ of the penalty λΣw² (%(default)s)")
    told = _told(lambda recipe: recipe.optimizer)
    step(
        "--optimizer",
        choices=list(OPTIMIZERS),
        metavar="NAME",
        help=f"how a step is made: {', '.join(OPTIMIZERS)} ({told})",
    )
    rates = ", ".join(f"{name}: {lr}" for name, (_, lr, _) in OPTIMIZERS.items())
    step("--lr", type=_number, help=f"learning rate ({rates})")
    step("--momentum", type=_number, help="from 0 to below 1 (sgd: 0.9, rmsprop: 0)")
    step("--nesterov", action="store_true", help="look one step ahead, with sgd")
    step("--weight-decay", type=_number, metavar="D", help="PyTorch's (adamw: 0.01, others: 0)")
    step("--clip", type=_number, metavar="NORM", help="the largest gradient norm (none)")

    course = train_parser.add_argument_group("the course of training").add_argument
    told = _told(lambda recipe: str(recipe.epochs))
    course("--epochs", type=_positive, metavar="N", help=f"how often each sample is met ({told})")
    course(
        "--batch-size", type=_positive, default=32, metavar="N", help="samples a step (%(default)s)"
    )
    course(
        "--schedule",
        choices=["constant", "step", "cosine"],
        default="constant",
        help="of the learning rate: a tenth after each third of the epochs, or a cosine to 0 "
        "(%(default)s)",
    )
    course(
        "--early-stopping",
        type=_positive,
        metavar="N",
        help="end after N epochs without a better loss on the held-out samples (never)",
    )
    course(
        "--checkpoint-every",
        type=_positive,
        metavar="N",
        help="write DIR/training.checkpoint every N epochs (never)",
    )
    course("--resume", action="store_true", help="go on from DIR/training.checkpoint")


def _told(tell: Callable[[Recipe], str]) -> str:
    """A default that depends on the data set, for --help."""
    usual = tell(OTHER)
    special = {name: tell(recipe) for name, recipe in RECIPES.items() if tell(recipe) != usual}
    return ", ".join([*(f"{name}: {told}" for name, told in special.items()), f"others: {usual}"])


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return number


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return number


if __name__ == "__main__":
    sys.exit(main())
