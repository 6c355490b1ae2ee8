"""Losses: how wrong a model's output for one sample is, as one Value.

Those for classes take scores: one score for two classes, or a list of them, one per class. Those for
numbers take one output and its target, or a list of outputs and as many targets.

None of them asks which of two scores is the larger: they branch by relu, clip and softplus, so the
graph of a loss is the same for every score. A class or target may be a Value too, as it is while a loss
is compiled: then the graph is the same for every class as well, and the numbers are those for the class
as a number, to the last bit.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from operator import index
from typing import Any

import autograd
from autograd import Value, select, where
from autograd.conversion import as_float, brief, by_position, did_you_mean, is_number
from autograd.reductions import cross_entropy
from autograd.tracing import current_tracer
from autograd.value import Operand

NAMES = (
    "absolute_error",
    "binary_cross_entropy_with_logits",
    "hinge_loss",
    "huber_loss",
    "multiclass_hinge_loss",
    "softmax_cross_entropy",
    "squared_error",
    "squared_hinge_loss",
)

# Two classes, one score: its sign is the decision.


def hinge_loss(score: Value, y: Operand) -> Value:
    """max(0, 1 - y · score), for a class y of -1 or +1: the loss of a support vector machine.

    Raises ValueError for another y.

    >>> hinge_loss(Value(0.25), +1).data, hinge_loss(Value(2.0), +1).data
    (0.75, 0.0)
    """
    return _missing_margin("hinge_loss", score, y).relu()


def squared_hinge_loss(score: Value, y: Operand) -> Value:
    """max(0, 1 - y · score)², for a class y of -1 or +1: a hinge that bends without a kink.

    Raises ValueError for another y.

    >>> squared_hinge_loss(Value(0.5), +1).data, squared_hinge_loss(Value(2.0), -1).data
    (0.25, 9.0)
    """
    return _missing_margin("squared_hinge_loss", score, y).relu().square()


def binary_cross_entropy_with_logits(score: Value, y: Operand) -> Value:
    """-log of the probability that sigmoid(score) gives to the true class, y: 0 or 1.

    sigmoid(score) is the probability of class 1. The loss equals softplus(-score) for y = 1 and
    softplus(score) for y = 0, which is exact where the probability rounds to 0 or 1. A y between is the
    probability that the class is 1, a soft target: the loss is the mean of both by it, as in PyTorch.
    Raises ValueError for another y.

    >>> round(binary_cross_entropy_with_logits(Value(0.0), 1).data, 6)
    0.693147
    >>> binary_cross_entropy_with_logits(Value(-1e4), 1).data
    10000.0
    >>> binary_cross_entropy_with_logits(Value(-1e4), 0.25).data
    2500.0
    """
    _require_one_score("binary_cross_entropy_with_logits", score)
    number = _known(y)
    if number is not None and not (is_number(number) and 0 <= number <= 1):
        hint = ": if the classes are -1 and +1, give (y + 1) / 2" if number == -1 else ""
        raise ValueError(
            "binary_cross_entropy_with_logits() takes a class y of (or a probability between) 0 or "
            f"1, but got {y!r}{hint or _numbering(y)}"
        )
    if number in (0, 1) and not isinstance(y, Value):
        return (-score if y else score).softplus()
    # The loss of the nearer class, and what y is away from it; finite scores, so that 0 of them is 0.
    nearer = where(y > 0.5, 1.0, 0.0)
    rest = (nearer - y) * score.clip(-sys.float_info.max, sys.float_info.max)
    loss: Value = (score * (1.0 - 2.0 * nearer)).softplus() + rest
    return loss


# Several classes, a score for each: the highest is the decision.


def multiclass_hinge_loss(
    scores: Sequence[Value], label: int | Value, margin: float = 1.0
) -> Value:
    """Σ max(0, score - scores[label] + margin) over the scores of the wrong classes.

    The multiclass support vector machine of Weston and Watkins (1999), as in CS231n: every wrong class
    whose score comes within the margin of the true one's counts. PyTorch's `multi_margin_loss` is
    this divided by the number of classes.

    `label` counts from 0. Raises ValueError if there is no such class, TypeError if label is no whole
    number.

    >>> multiclass_hinge_loss([Value(3.0), Value(5.0), Value(-2.0)], 0).data
    3.0
    """
    label = _checked_label("multiclass_hinge_loss", scores, label)
    shift = margin - _score_of(label, scores)
    if isinstance(label, Value):  # every class has its term, that of the true class being 0
        loss: Value = autograd.sum(
            [
                where(abs(label - k) > 0.5, (score + shift).relu(), 0.0)
                for k, score in enumerate(scores)
            ]
        )
    else:
        loss = autograd.sum(
            [(score + shift).relu() for k, score in enumerate(scores) if k != label]
        )
    return loss


def softmax_cross_entropy(
    scores: Sequence[Value],
    label: int | Value | Sequence[Operand],
    *,
    label_smoothing: float = 0.0,
) -> Value:
    """-log of the probability that the softmax of the scores gives to the true class.

    Equals logsumexp(scores) - scores[label], which neither overflows nor takes the log of 0; exact also
    where the probability rounds to 1. `label` counts from 0.

    Soft targets are as in PyTorch's `cross_entropy`. A label may be a list of the probability of each
    class, by which the loss is the mean of those for the classes. And `label_smoothing`, from 0 to 1, is
    the share of the probability that goes to all classes alike; as a loss for `fit`, give
    `functools.partial(softmax_cross_entropy, label_smoothing=0.1)`.

    Raises ValueError if there is no such class, for probabilities that are not one a score, lie outside
    [0, 1] or do not add up to 1 (within 0.001), or for another label_smoothing; TypeError if label is no
    whole number.

    >>> round(softmax_cross_entropy([Value(1.0), Value(1.0)], 0).data, 6)
    0.693147
    >>> scores = [Value(2.0), Value(-2.0)]
    >>> soft = softmax_cross_entropy(scores, [0.75, 0.25])
    >>> soft.data == softmax_cross_entropy(scores, 0, label_smoothing=0.5).data
    True
    """
    given: Any = label
    if hasattr(given, "__iter__") and not isinstance(given, str) and not is_number(given):
        probabilities = _checked_probabilities(scores, by_position(given))
        loss: Value = autograd.dot(probabilities, _surprises(scores))
    else:
        loss = cross_entropy(_checked_label("softmax_cross_entropy", scores, given), scores)
    if label_smoothing.__class__ is float and label_smoothing == 0.0:
        return loss
    share = as_float(label_smoothing, "softmax_cross_entropy(), for label_smoothing,")
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"label_smoothing must lie in [0, 1], but is {label_smoothing!r}")
    smoothed: Value = (1.0 - share) * loss + share * autograd.mean(_surprises(scores))
    return smoothed


# Numbers.

Output = Value | Sequence[Value]
Target = Operand | Sequence[Operand]


def squared_error(output: Output, target: Target) -> Value:
    """(output - target)²; of several outputs, the mean.

    Raises ValueError if there are not as many targets as outputs.

    >>> squared_error(Value(3.0), 1.0).data, squared_error([Value(3.0), Value(1.0)], [1.0, 1.0]).data
    (4.0, 2.0)
    """
    return _mean_over_outputs("squared_error", Value.square, output, target)


def absolute_error(output: Output, target: Target) -> Value:
    """|output - target|, whose derivative at 0 is 0; of several outputs, the mean.

    Raises ValueError if there are not as many targets as outputs.

    >>> absolute_error(Value(3.0), 1.0).data, absolute_error([Value(3.0), Value(1.0)], [1.0, 1.0]).data
    (2.0, 1.0)
    """
    return _mean_over_outputs("absolute_error", abs, output, target)


def huber_loss(output: Output, target: Target, delta: float = 1.0) -> Value:
    """½ error² where |error| ≤ delta, delta · (|error| - ½ delta) beyond; of several outputs, the mean.

    The error is output - target. Its pull grows up to delta and no further, so that one outlier does
    not outweigh the other samples (Huber 1964).

    Raises ValueError if there are not as many targets as outputs, or for a delta not above 0.

    >>> huber_loss(Value(0.5), 0.0).data, huber_loss(Value(-3.0), 0.0).data
    (0.125, 2.5)
    """
    if not delta > 0.0:
        raise ValueError(f"huber_loss() takes a delta above 0, but got {delta!r}")

    def loss(error: Value) -> Value:
        # One product for both formulas: `near` is the error itself, or ±delta.
        near = error.clip(-delta, delta)
        return near * (error - 0.5 * near)

    return _mean_over_outputs("huber_loss", loss, output, target)


def require_loss(loss: Any) -> None:
    """Raise TypeError for what is no function, such as the name of a loss."""
    if not callable(loss):
        raise TypeError(
            "loss must be a function of an output and its target, one of nn's or your own, but is "
            f"{brief(loss)}; nn has {', '.join(NAMES)}{did_you_mean(loss, NAMES)}"
        )


def _surprises(scores: Sequence[Value]) -> list[Value]:
    """-log of the probability that the softmax gives to each class."""
    return [cross_entropy(k, scores) for k in range(len(scores))]


def _checked_probabilities(scores: Sequence[Value], probabilities: Any) -> list[Any]:
    _require_scores("softmax_cross_entropy", scores)
    listed = list(probabilities)
    if len(listed) != len(scores):
        raise ValueError(
            "softmax_cross_entropy() takes a class, or as many probabilities as scores, "
            f"{len(scores)}, but got {len(listed)}: {brief(listed)}"
        )
    numbers = [_known(p) for p in listed]
    if None in numbers:  # while a trace runs
        return listed
    if not all(is_number(p) and 0.0 <= p <= 1.0 for p in numbers):
        raise ValueError(
            "softmax_cross_entropy() takes probabilities from 0 to 1 of the classes, but got "
            f"{brief(listed)}"
        )
    if abs(math.fsum(numbers) - 1.0) > _SLACK:
        raise ValueError(
            f"softmax_cross_entropy() takes probabilities that add up to 1, but {brief(listed)} add up "
            f"to {math.fsum(numbers):.6g}: divide them by that"
        )
    return listed


_SLACK = 1.001e-3  # of probabilities that were rounded to three digits


def _score_of(label: int | Value, scores: Sequence[Value]) -> Any:
    return select(label, scores) if isinstance(label, Value) else scores[label]


def _known(target: Any) -> Any:
    """The number that a target is, to be checked; None while a trace runs, which is for every number."""
    if not isinstance(target, Value):
        return math.nan if target is None else target
    return target.data if current_tracer() is None else None


def _missing_margin(name: str, score: Value, y: Operand) -> Value:
    _require_one_score(name, score)
    number = _known(y)
    if number not in (-1, 1, None):
        hint = ": if the classes are 0 and 1, give 2 * y - 1" if number == 0 else _numbering(y)
        raise ValueError(f"{name}() takes a class y of -1 or +1, but got {y!r}{hint}")
    return 1.0 - score * (y if isinstance(y, Value) else float(y))


def _require_one_score(name: str, score: object) -> None:
    if not isinstance(score, Value):
        raise TypeError(
            f"{name}() takes one score, a Value, but got an object of type {type(score).__name__}; "
            "for a list of scores, one per class, there is softmax_cross_entropy()"
        )


def _require_scores(name: str, scores: Any) -> None:
    if isinstance(scores, Value) or len(scores) < 2:
        raise ValueError(f"{name}() takes a list of at least 2 scores, one per class")


def _numbering(label: Any) -> str:
    """Advice for a class that is a name."""
    is_name = isinstance(label, str)
    return (
        ": number the classes, as numpy.unique(y, return_inverse=True)[1] does" if is_name else ""
    )


def _checked_label(name: str, scores: Sequence[Value], label: Any) -> Any:
    """The label as an int, or the Value that it is."""
    _require_scores(name, scores)
    number = _known(label)
    if number is None and isinstance(label, Value):
        return label
    allowed = f"a label from 0 to {len(scores) - 1}, one of the {len(scores)} classes"
    try:
        # A Value has floats only: of those the whole ones count as ints.
        position = index(int(number) if isinstance(label, Value) and number % 1 == 0 else number)
    except TypeError:
        is_whole = isinstance(label, float) and label.is_integer()
        advice = ": make ints of them, as y.astype(int) does" if is_whole else _numbering(label)
        raise TypeError(
            f"{name}() takes {allowed}, as an int, but got {label!r}, "
            f"which is of type {type(label).__name__}{advice}"
        ) from None
    if not 0 <= position < len(scores):
        raise ValueError(f"{name}() takes {allowed}, but got {label!r}")
    return label if isinstance(label, Value) else position


def _mean_over_outputs(
    name: str, loss: Callable[[Value], Value], output: Output, target: Any
) -> Value:
    """The loss of an error, output - target; of a list of outputs, the mean of each one's."""
    is_one = isinstance(target, Value) or is_number(target)
    if isinstance(output, Value):
        if not is_one:
            raise ValueError(
                f"{name}() takes one number as the target of one output, but got {brief(target)}: "
                "give it for each sample as a number"
            )
        return loss(output - target)
    if not hasattr(output, "__len__"):
        raise TypeError(
            f"{name}() takes an output, a Value or a list of them, but got {brief(output)}, "
            f"which is of type {type(output).__name__}"
        )
    if is_one and len(output) == 1:
        target = [target]
    elif is_one or len(target) != len(output):
        given = "one number" if is_one else len(target)
        raise ValueError(
            f"{name}() takes as many targets as outputs, {len(output)}, but got {given}"
        )
    mean: Value = autograd.mean([loss(o - t) for o, t in zip(output, target)])
    return mean
