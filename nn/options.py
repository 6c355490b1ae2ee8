"""The options of the command `python -m nn`, and what they choose from."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from autograd import Value
from autograd.conversion import brief
from nn.activations import NAMES
from nn.data import DATASETS
from nn.evaluation import Loss
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
from nn.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop


@dataclass(frozen=True)
class Recipe:
    """What a data set is trained with, unless the command line says otherwise."""

    hidden: list[int]
    epochs: int
    optimizer: str = "sgd"


RECIPES = {
    "digits": Recipe([64], epochs=60),
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


# Of a network. More are made for arrays.
MAX_PARAMETERS = 10_000_000
MEMORY = "each parameter takes some 400 bytes of memory"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line on stderr, exit status 2."""
        print(f"{self.prog}: {message}", file=sys.stderr)
        raise SystemExit(2)


def parser() -> argparse.ArgumentParser:
    """What reads the command line; `command` says which of the three is meant."""
    result = _Parser(
        prog="python -m nn", description="Train networks of scalar Values, and use them."
    )
    commands = result.add_subparsers(required=True, metavar="train|predict|summary")
    _add_train(commands)
    command = commands.add_parser(
        "predict",
        help="predict with a trained network",
        description="Predict a class, with its scores, or a number for each row of a CSV file.",
    )
    command.set_defaults(command="predict")
    command.add_argument("model", type=Path, metavar="MODEL", help="a file that train wrote")
    command.add_argument(
        "data",
        type=Path,
        metavar="DATA",
        help="a CSV file, with the columns trained on, in any order",
    )
    _add_format(command.add_argument)
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="a CSV file to write (the screen)"
    )
    command = commands.add_parser(
        "summary",
        help="tell what a model file holds",
        description="Print the layers of a model, their shapes and parameters, and its training.",
    )
    command.set_defaults(command="summary")
    command.add_argument("model", type=Path, metavar="MODEL", help="a file that train wrote")
    return result


def _add_train(commands: Any) -> None:
    train_parser = commands.add_parser(
        "train",
        help="train a network on a data set",
        usage="python -m nn train DATA [options]",
        description="Train a multi-layer perceptron, and report how it does on held-out samples. "
        "What each option is if you leave it out stands in parentheses.",
    )
    train_parser.set_defaults(command="train")
    add = train_parser.add_argument
    add(
        "dataset",
        metavar="DATA",
        help=f"{', '.join(DATASETS)}, or the path of a CSV file, a sample a line",
    )
    add("--out", type=Path, metavar="DIR", help="folder for the model file and the pictures (none)")
    add(
        "--seed",
        type=_whole(0, 2**32 - 1),
        default=0,
        help="of split, first weights and order (%(default)s)",
    )

    table = train_parser.add_argument_group("a CSV file").add_argument
    table(
        "--target",
        metavar="COLUMN",
        help="what to predict: a name, or a number from 0 (-1, the last)",
    )
    table(
        "--task",
        choices=["classification", "regression"],
        help="whether the targets are classes or quantities (as the loss says, or the column)",
    )
    table(
        "--drop",
        nargs="+",
        action="extend",
        metavar="COLUMN",
        help="columns to leave out, by name or number (none)",
    )
    table(
        "--missing",
        choices=["error", "drop", "mean"],
        help="refuse missing cells, leave out their rows, or fill in what is usual (error)",
    )
    _add_format(table)

    network = train_parser.add_argument_group("the network").add_argument
    told = _told(lambda recipe: " ".join(map(str, recipe.hidden)))
    network(
        "--hidden",
        type=_whole(1, MAX_PARAMETERS, f": {MEMORY}"),
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
    course(
        "--epochs",
        type=_whole(1, 10**15),
        metavar="N",
        help=f"how often each sample is met ({told})",
    )
    course(
        "--batch-size",
        type=_whole(1, 10**15),
        default=32,
        metavar="N",
        help="samples a step (%(default)s)",
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
        type=_whole(1, 10**15),
        metavar="N",
        help="end after N epochs without a better loss on the held-out samples (never)",
    )
    course(
        "--checkpoint-every",
        type=_whole(1, 10**15),
        metavar="N",
        help="write DIR/training.checkpoint every N epochs (never)",
    )
    course("--resume", action="store_true", help="go on from DIR/training.checkpoint")


def _add_format(add: Callable[..., Any]) -> None:
    add(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first line names the columns (as it looks)",
    )
    add(
        "--delimiter",
        metavar="CHARACTER",
        help="what parts the cells, such as ';' or tab, or blanks (as it looks)",
    )


def _told(tell: Callable[[Recipe], str]) -> str:
    """A default that depends on the data set, for --help."""
    usual = tell(OTHER)
    special = {name: tell(recipe) for name, recipe in RECIPES.items() if tell(recipe) != usual}
    return ", ".join([*(f"{name}: {told}" for name, told in special.items()), f"others: {usual}"])


def require_size(sizes: Sequence[int]) -> None:
    """Raise ValueError for a network, by the numbers of its inputs and neurons, that is too large."""
    n = sum((n_inputs + 1) * n_neurons for n_inputs, n_neurons in pairwise(sizes))
    if n > MAX_PARAMETERS:
        raise ValueError(
            f"a network of {' → '.join(map(str, sizes))} has {n:,} parameters, but at most "
            f"{MAX_PARAMETERS:,} are possible, since {MEMORY}: take fewer neurons"
        )


def _whole(least: int, most: int, why: str = "") -> Callable[[str], int]:
    """What reads a whole number in these bounds."""

    def whole(text: str) -> int:
        number = int(text) if text.isdecimal() and len(text) < 20 else -1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(
                f"{brief(text)} is not a whole number of at least {least}, and at most {most:,}{why}"
            )
        return number

    return whole


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return number
