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
    if not isinstance(output, Value) and len(output) == 1:
        (output,) = output
    if isinstance(output, Value):
        return 1 if output.data > 0.0 else -1
    scores = [score.data for score in output]
    return scores.index(max(scores))


def count_right(outputs: Sequence[Any], targets: Sequence[Any]) -> int:
    # A single score is right if its sign is that of the target: classes -1/+1 and 0/1 alike.
    return sum(
        (predicted_class(output) > 0) == (target > 0)
        if isinstance(output, Value) or len(output) == 1
        else predicted_class(output) == target
        for output, target in zip(outputs, targets, strict=True)
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
