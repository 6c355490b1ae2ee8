"""Evaluation: what a model predicts, and how right it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd import Value, no_grad
from autograd.conversion import is_number
from nn.module import Module

Loss = Callable[[Any, Any], Value]
Samples = Sequence[Any]
Predictor = Callable[[Any], Any]


def evaluate(model: Predictor, loss: Loss, X: Samples, y: Sequence[Any]) -> tuple[float, float]:
    """The mean loss and the accuracy of a model over samples, as in `fit`; nothing is recorded.

    Of targets that are no classes, that is, not whole numbers, the accuracy is nan.

    >>> from nn import hinge_loss
    >>> evaluate(lambda x: Value(2.0 * x), hinge_loss, [1.0, -1.0, -0.25], [1, -1, 1])
    (0.5, 0.6666666666666666)
    """
    require_samples(X, y, "the data")
    X, y = rows(X), rows(y)
    with no_grad(), mode(model, training=False):
        outputs = [model(x) for x in X]
        losses = [loss(out, target).data for out, target in zip(outputs, y, strict=True)]
    accuracy = count_right(outputs, y) / len(X) if are_classes(y) else math.nan
    return math.fsum(losses) / len(X), accuracy


def predict(model: Predictor, X: Samples) -> list[int]:
    """The class of each sample: the index of the highest score; +1 or -1 if there is one score.

    >>> from nn import MLP
    >>> predict(MLP(2, [3], seed=0), [[0.0, 1.0]])
    [1]
    """
    with no_grad(), mode(model, training=False):
        return [predicted_class(model(x)) for x in rows(X)]


def predicted_class(output: Value | Sequence[Value]) -> int:
    """The class that a model's output speaks for, as in `predict`."""
    scores = scores_of(output)
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
    return all(is_number(target) and float(target).is_integer() for target in rows(targets))


def rows(samples: Any) -> Any:
    # Python floats are several times faster here than NumPy's scalars.
    return samples.tolist() if hasattr(samples, "tolist") else samples


def require_samples(X: Samples, y: Sequence[Any], name: str) -> None:
    if len(X) == 0 or len(X) != len(y):
        raise ValueError(
            f"{name} must be samples and as many targets, but holds {len(X)} and {len(y)}"
        )


@contextmanager
def mode(model: object, *, training: bool) -> Iterator[None]:
    """Within this block a model's parts are all set to training, or all to use."""
    modules = list(model.modules()) if isinstance(model, Module) else []
    before = [module.training for module in modules]
    for module in modules:
        module.training = training
    try:
        yield
    finally:
        for module, mode in zip(modules, before):
            module.training = mode
