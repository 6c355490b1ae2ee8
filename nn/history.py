"""History: what happened in training, epoch by epoch; and what counts as dead or saturated."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from autograd import Value
from nn.layers import Layer
from nn.module import Module
from nn.summary import layers_of

SERIES = (
    "loss",
    "penalty",
    "l1_penalty",
    "l2_penalty",
    "accuracy",
    "validation_loss",
    "validation_accuracy",
    "lr",
)
BY_LAYER = ("gradient_norms", "dead", "saturated")


class History:
    """What happened in training: one number per finished epoch in each list.

    Attributes:
        loss: the mean of the loss over the training samples, as each batch was met.
        penalty: the regularization loss, the mean over the batches: the sum of its two terms,
        l1_penalty, l2_penalty: λΣ|w| and λΣw².
        accuracy: the fraction of training samples predicted right, as each batch was met; empty if
            the targets are no classes, that is, not whole numbers.
        validation_loss, validation_accuracy: the same over the validation data, after the epoch;
            empty if there was none.
        lr: the learning rate.
        gradient_norms: for each layer, by its path, the norm √Σ(∂L/∂p)² over the layer's parameters,
            before any clipping, the mean over the batches.
        dead: for each layer of ReLU units, the fraction of units that were 0 for every training
            sample of the epoch.
        saturated: for each layer of sigmoid or tanh units, the fraction of their outputs, over units
            and samples, whose slope was below a twentieth of the steepest.
        interrupted: whether Ctrl-C ended the training early.

    >>> history = History()
    >>> history.append({"loss": 0.25, "lr": 0.1})
    >>> history
    History(1 epochs, loss=0.25)
    """

    loss: list[float]
    penalty: list[float]
    l1_penalty: list[float]
    l2_penalty: list[float]
    accuracy: list[float]
    validation_loss: list[float]
    validation_accuracy: list[float]
    lr: list[float]
    gradient_norms: dict[str, list[float]]
    dead: dict[str, list[float]]
    saturated: dict[str, list[float]]

    def __init__(self) -> None:
        for name in SERIES:
            setattr(self, name, [])
        for name in BY_LAYER:
            setattr(self, name, {})
        self.interrupted = False

    @property
    def epochs(self) -> int:
        """How many epochs were finished."""
        return len(self.loss)

    def append(self, epoch: Mapping[str, Any]) -> None:
        """Add the figures of a finished epoch: numbers by name, and dicts of them by layer."""
        for name, figure in epoch.items():
            if name in SERIES:
                getattr(self, name).append(figure)
            else:
                series = getattr(self, name)
                for path, number in figure.items():
                    series.setdefault(path, []).append(number)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain lists and dicts, for a data frame or a file.

        >>> History().to_dict()["loss"]
        []
        """
        series = {name: list(getattr(self, name)) for name in SERIES}
        by_layer = {
            name: {path: list(numbers) for path, numbers in getattr(self, name).items()}
            for name in BY_LAYER
        }
        return series | by_layer | {"interrupted": self.interrupted}

    @classmethod
    def from_dict(cls, figures: Mapping[str, Any]) -> History:
        """The history that `to_dict()` told.

        >>> History.from_dict(History().to_dict())
        History(0 epochs)
        """
        history = cls()
        for name in (*SERIES, *BY_LAYER, "interrupted"):
            setattr(history, name, figures[name])
        return history

    def __repr__(self) -> str:
        if not self.epochs:
            return "History(0 epochs)"
        names = ("loss", "accuracy", "validation_loss", "validation_accuracy")
        last = [f"{name}={getattr(self, name)[-1]:.4g}" for name in names if getattr(self, name)]
        return f"History({self.epochs} epochs, {', '.join(last)})"


# An output is saturated where the slope of its activation is below 1/20 of the steepest: that of
# sigmoid, s(1 - s), is at most 1/4, that of tanh, (1 - t)(1 + t), at most 1. Of floats, or of arrays.
SATURATED: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda s: s * (1.0 - s) < 0.25 / 20.0,
    "tanh": lambda t: (1.0 - t) * (1.0 + t) < 1.0 / 20.0,
}


class Watch:
    """Counts, over an epoch, the dead and the saturated units of each layer of a model.

    Attributes:
        layers: those that are counted, by their paths.
    """

    def __init__(self, model: object) -> None:
        named: dict[str, Layer] = {}
        for path, layer in layers_of(model) if isinstance(model, Module) else ():
            # One that stands in several places is counted under its first path.
            if isinstance(layer, Layer) and layer not in named.values():
                named[path] = layer
        self._rectifiers = {p: layer for p, layer in named.items() if layer.activation == "relu"}
        self._squashers = {
            p: SATURATED[layer.activation]
            for p, layer in named.items()
            if isinstance(layer.activation, str) and layer.activation in SATURATED
        }
        self.layers = {p: named[p] for p in (*self._rectifiers, *self._squashers)}
        self._silent: dict[str, list[int]] = {}
        self._n_saturated: dict[str, int] = {}
        self._n_outputs: dict[str, int] = {}  # 0 for a layer that the model did not call
        self.restart()

    def restart(self) -> None:
        """Count from 0 again."""
        self._silent = {p: list(range(len(layer.neurons))) for p, layer in self._rectifiers.items()}
        self._n_saturated = dict.fromkeys(self._squashers, 0)
        self._n_outputs = dict.fromkeys(self.layers, 0)

    @contextmanager
    def epoch(self) -> Iterator[None]:
        """Within this block the layers' outputs are counted, from 0."""
        self.restart()
        with self.listening(self.count):
            yield

    @contextmanager
    def listening(self, tell: Callable[[str, list[Value]], None]) -> Iterator[None]:
        """Within this block `tell` gets the path and the outputs of a layer whenever it is called."""
        for path, layer in self.layers.items():
            layer.observer = partial(tell, path)
        try:
            yield
        finally:
            for layer in self.layers.values():
                layer.observer = None

    def count(self, path: str, outputs: list[Value]) -> None:
        """Count the outputs of a layer for one sample."""
        self._n_outputs[path] += len(outputs)
        if path in self._squashers:
            is_saturated = self._squashers[path]
            self._n_saturated[path] += sum(is_saturated(output.data) for output in outputs)
        elif silent := self._silent[path]:
            self._silent[path] = [unit for unit in silent if not outputs[unit].data]

    def count_batch(self, path: str, outputs: Any) -> None:
        """Count the outputs of a layer for a batch: an array of shape (calls, units, batch)."""
        self._n_outputs[path] += outputs.size
        if path in self._squashers:
            self._n_saturated[path] += int(self._squashers[path](outputs).sum())
        elif silent := self._silent[path]:
            fired = outputs[:, silent].any(axis=(0, 2))
            self._silent[path] = [unit for unit, fires in zip(silent, fired) if not fires]

    def figures(self) -> dict[str, dict[str, float]]:
        """The fractions since `restart()`, as `History.append` takes them."""
        return {
            "dead": {
                path: len(self._silent[path]) / len(layer.neurons)
                for path, layer in self._rectifiers.items()
                if self._n_outputs[path]
            },
            "saturated": {
                path: self._n_saturated[path] / self._n_outputs[path]
                for path in self._squashers
                if self._n_outputs[path]
            },
        }


class GradientNorms:
    """The norm of the loss's gradient in each layer: the mean over the batches of an epoch.

    Attributes:
        parameters: of the layers, by their paths.
    """

    def __init__(self, model: object) -> None:
        layers = layers_of(model) if isinstance(model, Module) else ()
        self.parameters = {
            path: parameters for path, layer in layers if (parameters := layer.parameters())
        }
        self._norms: list[list[float]] = []  # of each batch

    def add(self, norms: list[float] | None = None) -> None:
        """Take a batch's norms, layer by layer; those of the gradients as they are now, if not given."""
        if norms is None:
            norms = [
                math.hypot(*[parameter.grad for parameter in parameters])
                for parameters in self.parameters.values()
            ]
        self._norms.append(norms)

    def figures(self) -> dict[str, dict[str, float]]:
        """The means since this was last called, as `History.append` takes them."""
        n = len(self._norms)
        means = [math.fsum(norms) / n for norms in zip(*self._norms)]
        self._norms.clear()
        return {"gradient_norms": dict(zip(self.parameters, means))}
