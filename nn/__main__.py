"""The command `python -m nn`: train a network, report in numbers and pictures, predict with it."""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, TypeGuard

from autograd import no_grad
from nn.data import DATASETS, Dataset, Table, read_csv
from nn.early_stopping import EarlyStopping
from nn.evaluation import MANY, Loss, evaluate, label_of, scores_of
from nn.facts import require
from nn.networks import MLP
from nn.optimizers import Optimizer
from nn.options import LOSSES, OPTIMIZERS, OTHER, RECIPES, WITH_MOMENTUM, parser, require_size
from nn.report import write_report
from nn.schedules import cosine_decay, step_decay
from nn.storage import load, load_notes, load_table, save
from nn.training import fit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    command_line = parser()
    options = command_line.parse_args(arguments)
    try:
        {"train": train, "predict": predict, "summary": summary}[options.command](options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (FloatingPointError, OSError, ValueError) as error:
        command_line.error(str(error))
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
    hidden = recipe.hidden if options.hidden is None else options.hidden
    require_size([data.n_inputs, *hidden, data.n_outputs])
    model = MLP(
        data.n_inputs,
        [*hidden, data.n_outputs],
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
        notes = {"data": data.name, "epochs": history.epochs, "results": results}
        save(model, path, {"training": notes}, Table.of(data))
        for written in [path, *write_report(folder, data, model, loss, history)]:
            print(f"  wrote {written}")


def _dataset(options: argparse.Namespace) -> Dataset:
    name: str = options.dataset
    of_csv = {
        "target": options.target,
        "task": options.task,
        "header": options.header,
        "delimiter": options.delimiter,
        "drop": options.drop,
        "missing": options.missing,
    }
    given = {name: value for name, value in of_csv.items() if value is not None}
    if name in DATASETS:
        if given:
            raise ValueError(f"--{next(iter(given))} is for CSV files, and {name} is none")
        return DATASETS[name](options.seed)
    if not os.path.exists(name) and not name.endswith((".csv", ".data", ".tsv", ".txt", ".gz")):
        raise ValueError(
            f"there is no data set {name!r}: choose one of {', '.join(DATASETS)}, or give the path of "
            "a CSV file"
        )
    if options.loss is not None:
        is_regression = options.loss in LOSSES["regression"]
        given.setdefault("task", "regression" if is_regression else "classification")
    return read_csv(name, **given, seed=options.seed)


def _scale_targets(data: Dataset) -> tuple[Dataset, Callable[[MLP], None]]:
    """Quantities standardized as the inputs of a CSV file are; and what gives a model their units back.

    Prices in the thousands would make gradients so large that no usual learning rate suits them.
    """
    if data.task != "regression":
        return data, lambda model: None
    import numpy as np

    mean, scale = float(np.mean(data.y_train)), float(np.std(data.y_train)) or 1.0
    y_train, y_test = ((np.asarray(part) - mean) / scale for part in (data.y_train, data.y_test))

    def undo(model: MLP) -> None:
        for neuron in model.layers[-1].neurons:  # they have no activation
            for weight in neuron.weights:
                weight.data *= scale
            neuron.bias.data = neuron.bias.data * scale + mean

    return replace(data, y_train=y_train.tolist(), y_test=y_test.tolist()), undo


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
    import numpy as np

    model, table = _trained(options.model)
    model.eval()
    X = table.samples(options.data, options.header, options.delimiter)
    n_scores = model.sizes[-1]
    names = table.classes or range(n_scores)
    header = ["score"] if n_scores == 1 else [f"score of {name}" for name in names]
    with ExitStack() as stack:
        file = (
            sys.stdout
            if options.out is None
            else stack.enter_context(open(options.out, "w", newline="", encoding="utf-8"))
        )
        writer = csv.writer(file, lineterminator="\n")
        is_regression = table.task == "regression"
        writer.writerow(["prediction"] if is_regression else ["prediction", *header])
        is_known = ~np.isnan(X[:, 0])
        scores = chain.from_iterable(_scores(model, X[is_known]))
        for known in is_known.tolist():
            if not known:  # a cell is missing
                writer.writerow([""] if is_regression else [""] * (1 + len(header)))
                continue
            output = next(scores)
            label = output[0] if is_regression else label_of(output)
            writer.writerow([table.answer(label), *([] if is_regression else output)])


def _scores(model: MLP, X: NDArray[np.float64]) -> Iterator[list[list[float]]]:
    """The scores of each sample, some samples at a time."""
    if len(X) >= MANY:
        from nn.compiled_evaluation import compiled_scores

        for part in compiled_scores(model, X):
            yield part.reshape(len(part), -1).tolist()
    else:
        with no_grad():
            yield [scores_of(model(sample)) for sample in X.tolist()]


def summary(options: argparse.Namespace) -> None:
    """Print what a model file holds."""
    model, table = load(options.model), load_table(options.model)
    model.summary()
    notes = load_notes(options.model).get("training")
    if _is_ours(notes):
        results = ", ".join(f"{what} {number:.4f}" for what, number in notes["results"].items())
        print(f"trained on {notes['data']} for {notes['epochs']} epochs: {results}")
    if table is not None:
        print(f"inputs: {', '.join(table.inputs)}")
        if table.classes:
            print(f"classes: {', '.join(table.classes)}")
        print(*table.told, sep="\n")


def _trained(path: Path) -> tuple[MLP, Table]:
    model, table = load(path), load_table(path)
    if not isinstance(model, MLP) or table is None or model.sizes[0] != len(table.inputs):
        raise ValueError(
            f"{path} was not written by 'python -m nn train', so what its inputs mean is not known: "
            "load it in Python by nn.load"
        )
    return model, table


# What `train` notes with a model.
TRAINING = {"data": str, "epochs": int, "results": {str: float}}


def _is_ours(notes: Any) -> TypeGuard[dict[str, Any]]:
    """Whether these are notes as `train` writes them: a model's may be anybody's."""
    try:
        require(notes, TRAINING, "the training")
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
