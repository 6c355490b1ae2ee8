"""Evaluation and prediction by compiled functions: `nn.evaluation` calls it for many samples."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum, nan
from typing import Any

import numpy as np

from autograd import Value, no_grad
from autograd.compiler.function import CompiledFunction
from autograd.compiler.surroundings import Surroundings
from nn.compiled_models import called, compile_loss, require_agreement, require_unchanged, traced
from nn.evaluation import Loss, are_classes, mode, modules_in_mode, modules_of
from nn.rows import Array, Rows

MOST_NUMBERS = 2**22  # in the arrays of a batch whose size is ours to choose, about: 32 MB


class CompiledEvaluation:
    """`nn.evaluate` of a model over samples, compiled once, and again when the model has changed.

    Raises TraceError if that is not possible.
    """

    def __init__(self, model: Any, loss: Loss, X: Any, y: Any) -> None:
        self._model, self._loss = model, loss
        self._X, self._y = Rows(X, "X"), Rows(y, "y")
        self._classes = are_classes(y)
        self._compile()

    def _compile(self) -> None:
        model, loss, classes = self._model, self._loss, self._classes

        def loss_and_scores(x: Any, target: Any) -> list[Any]:
            output = model(x)
            return [loss(output, target), *(scores(output) if classes else [])]

        self._modules = modules_of(model)
        with no_grad(), modules_in_mode(self._modules, training=False):
            self._compiled, _ = compile_loss(
                loss_and_scores, model, loss, self._X, self._y, classes=classes
            )

    def figures(self) -> tuple[float, float]:
        """The mean loss, and the accuracy, with the parameters as they are now."""
        with modules_in_mode(self._modules, training=False):
            is_current = self._compiled.is_current()
        if not is_current:
            self._compile()
        losses: list[float] = []
        n_right, theta = 0, self._compiled.read()
        with modules_in_mode(self._modules, training=False):
            for part in chunks(self._compiled, len(self._X)):
                targets = self._y.take(part)
                numbers = self._compiled(self._X.take(part), targets, theta=theta)
                numbers = numbers.reshape(len(targets), -1).T
                losses += numbers[0].tolist()
                if self._classes:
                    n_right += count_right_of_batch(numbers[1:], targets)
        n = len(self._X)
        return fsum(losses) / n, n_right / n if self._classes else nan


def compiled_predictions(model: Any, X: Any) -> list[int]:
    """`nn.predict`, compiled. Raises TraceError if that is not possible."""
    return [
        label for part in compiled_scores(model, X) for label in predicted_classes(part.T).tolist()
    ]


def compiled_scores(model: Any, X: Any) -> Iterator[Array]:
    """The scores of samples, some at a time, of shape (samples, number of scores).

    Raises TraceError at once if the model cannot be compiled.
    """
    samples = Rows(X, "X")
    with no_grad(), mode(model, training=False):
        compiled = traced(lambda x: scores(model(x)), samples.example())
        ends, surroundings = [0, len(samples) - 1], Surroundings([model])
        eager = [number.data for i in ends for number in scores(model(samples[i]))]
        require_unchanged(surroundings)
        require_agreement(called(compiled, samples.take(ends)).ravel().tolist(), eager)
    theta = compiled.read()

    def parts() -> Iterator[Array]:
        for part in chunks(compiled, len(samples)):
            with mode(model, training=False):
                numbers = compiled(samples.take(part), theta=theta)
            yield numbers

    return parts()


def scores(output: Any) -> list[Any]:
    """The Values in a model's output: one, or a list of them."""
    return [output] if isinstance(output, Value) else list(output)


def chunks(compiled: CompiledFunction, n: int) -> Iterator[slice]:
    """Slices of n samples, each of as many as memory should hold the numbers of at once."""
    size = max(1, MOST_NUMBERS // max(1, compiled.n_rows))
    return (slice(start, start + size) for start in range(0, n, size))


def predicted_classes(scores: Array) -> Array:
    """`predicted_class` of a batch: of an array of shape (number of scores, batch)."""
    if len(scores) == 1:
        return np.where(scores[0] > 0.0, 1, -1)
    if np.isnan(scores).any():
        # As Python's max has it: a nan that comes first is the largest, and all others are nothing.
        stand_ins = np.array([np.inf] + [-np.inf] * (len(scores) - 1))[:, np.newaxis]
        scores = np.where(np.isnan(scores), stand_ins, scores)
    return np.argmax(scores, axis=0)


def count_right_of_batch(scores: Array, targets: Array) -> int:
    """`count_right` of a batch: of scores of shape (number of scores, batch)."""
    labels = predicted_classes(scores)
    return int(np.count_nonzero((labels == targets) | ((labels == -1) & (targets == 0))))
