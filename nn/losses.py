"""Losses: how wrong the scores for one sample are, as one Value."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index

from autograd import Value, logsumexp


def hinge_loss(score: Value, y: float) -> Value:
    """max(0, 1 - y · score), for a class y of -1 or +1: the loss of a support vector machine.

    Raises ValueError for another y.

    >>> hinge_loss(Value(0.25), +1).data, hinge_loss(Value(2.0), +1).data
    (0.75, 0.0)
    """
    if y not in (-1, 1):
        raise ValueError(f"hinge_loss() takes a class y of -1 or +1, but got {y!r}")
    return (1.0 - score * float(y)).relu()


def softmax_cross_entropy(scores: Sequence[Value], label: int) -> Value:
    """-log of the probability that the softmax of the scores gives to the true class.

    Equals logsumexp(scores) - scores[label], which neither overflows nor takes the log of 0. `label`
    counts from 0. Raises ValueError if there is no such class, TypeError if label is no whole number.

    >>> round(softmax_cross_entropy([Value(1.0), Value(1.0)], 0).data, 6)
    0.693147
    """
    label = index(label)
    if isinstance(scores, Value) or len(scores) < 2:
        raise ValueError("softmax_cross_entropy() takes a list of at least 2 scores, one per class")
    if not 0 <= label < len(scores):
        raise ValueError(f"label {label} is not one of the {len(scores)} classes, counted from 0")
    loss: Value = logsumexp(scores) - scores[label]
    return loss
