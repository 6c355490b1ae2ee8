"""Evaluation: what a model predicts, and how right it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from autograd import TraceError, Value, no_grad
from autograd.conversion import is_number
from autograd.modes import is_detecting
from nn.losses import require_loss
from nn.module import Module
from nn.samples import Samples, as_samples, paired, rows

if TYPE_CHECKING:
    from nn.compiled_evaluation import CompiledEvaluation

Loss = Callable[[Any, Any], Value]
Predictor = Callable[[Any], Any]


MANY = 100  # samples: from here on compiling takes less time than it saves


def evaluate(model: Predictor, loss: Loss, X: Samples, y: Samples) -> tuple[float, float]:
    """The mean loss and the accuracy of a model over samples, as in `fit`; nothing is recorded.

    Of targets that are no classes, that is, not whole numbers, the accuracy is nan. For many samples a
    `Module` is compiled, if that is possible.

    >>> from nn import hinge_loss
    >>> evaluate(lambda x: Value(2.0 * x), hinge_loss, [1.0, -1.0, -0.25], [1, -1, 1])
    (0.5, 0.6666666666666666)
    """
    require_loss(loss)
    X, y = paired(X, y, "evaluation")
    return Evaluation(model, loss, X, y, None if _pays(model, X) else False).figures()


class Evaluation:
    """`evaluate`, for a model that changes, over samples that stay.

    `compiled` means what it does for `fit`, but that there is no warning where eager code evaluates.

    >>> from nn import MLP, squared_error
    >>> model = MLP(1, [1], initializer=0.0)
    >>> evaluation = Evaluation(model, squared_error, [[0.5], [1.0]], [1.0, 3.0], compiled=None)
    >>> evaluation.figures()[0]
    5.0
    >>> model.layers[0].neurons[0].bias.data = 2.0
    >>> evaluation.figures()[0]
    1.0
    """

    def __init__(
        self, model: Predictor, loss: Loss, X: Samples, y: Samples, compiled: bool | None
    ) -> None:
        self._model, self._loss, self._X, self._y = model, loss, X, y
        self._is_compiled = compiled
        self._compiled: CompiledEvaluation | None = None

    def figures(self) -> tuple[float, float]:
        """The mean loss and the accuracy, with the parameters as they are now."""
        if self._is_compiled is not False:
            try:
                if self._compiled is None:
                    from nn.compiled_evaluation import CompiledEvaluation

                    self._compiled = CompiledEvaluation(self._model, self._loss, self._X, self._y)
                return self._compiled.figures()
            except TraceError:
                if self._is_compiled:
                    raise
                self._is_compiled = False
        return self._eager_figures()

    def _eager_figures(self) -> tuple[float, float]:
        model, loss, X, y = self._model, self._loss, rows(self._X), rows(self._y)
        classes, n_right = are_classes(self._y), 0
        losses: list[float] = []
        with no_grad(), mode(model, training=False):
            for x, target in zip(X, y, strict=True):
                output = model(x)
                losses.append(loss(output, target).data)
                n_right += count_right([output], [target]) if classes else 0
        return math.fsum(losses) / len(X), n_right / len(X) if classes else math.nan


def predict(model: Predictor, X: Samples) -> list[int]:
    """The class of each sample: the index of the highest score; +1 or -1 if there is one score.

    For many samples a `Module` is compiled, if that is possible.

    >>> from nn import MLP
    >>> predict(MLP(2, [3], seed=0), [[0.0, 1.0]])
    [1]
    """
    X = as_samples(X, "X")
    if _pays(model, X):
        from nn.compiled_evaluation import compiled_predictions

        try:
            return compiled_predictions(model, X)
        except TraceError:
            pass  # eager code predicts as well
    with no_grad(), mode(model, training=False):
        return [predicted_class(model(x)) for x in rows(X)]


def predicted_class(output: Value | Sequence[Value]) -> int:
    """The class that a model's output speaks for, as in `predict`."""
    return label_of(scores_of(output))


def label_of(scores: Sequence[float]) -> int:
    """The class that scores speak for, as in `predict`."""
    if len(scores) == 1:
        return 1 if scores[0] > 0.0 else -1
    return scores.index(max(scores))


def scores_of(output: Value | Sequence[Value]) -> list[float]:
    """The numbers in a model's output: one Value, or a list of them."""
    return [output.data] if isinstance(output, Value) else [score.data for score in output]


def count_right(outputs: Sequence[Any], targets: Sequence[Any]) -> int:
    # The class -1, which only a single score predicts, may be called 0 as well.
    return sum(
        label == target or (label == -1 and target == 0)
        for label, target in zip(map(predicted_class, outputs), targets, strict=True)
    )


def are_classes(targets: Any) -> bool:
    """Whether targets are whole numbers, one for each sample."""
    kind: str = getattr(getattr(targets, "dtype", None), "kind", "")
    if kind not in ("f", "i", "u", "b"):
        return all(is_number(target) and float(target).is_integer() for target in rows(targets))
    if targets.ndim != 1:
        return False
    import numpy as np

    # Part by part: all of them may be more than memory holds.
    parts = (targets[start : start + _PART] for start in range(0, len(targets), _PART))
    return kind != "f" or all(
        bool((np.isfinite(part) & (np.floor(part) == part)).all()) for part in parts
    )


_PART = 2**20


def _pays(model: object, X: Samples) -> bool:
    """Whether it may save time to compile a model for so many samples."""
    return isinstance(model, Module) and len(X) >= MANY and not is_detecting()


@contextmanager
def mode(model: object, *, training: bool) -> Iterator[None]:
    """Within this block a model's parts are all set to training, or all to use."""
    with modules_in_mode(modules_of(model), training=training):
        yield


def modules_of(model: object) -> list[Module]:
    """A model and all that it is made of; nothing if it is no `Module`."""
    return list(model.modules()) if isinstance(model, Module) else []


@contextmanager
def modules_in_mode(modules: Sequence[Module], *, training: bool) -> Iterator[None]:
    """Within this block these modules are set to training, or to use."""
    before = [module.training for module in modules]
    for module in modules:
        module.training = training
    try:
        yield
    finally:
        for module, mode in zip(modules, before):
            module.training = mode
