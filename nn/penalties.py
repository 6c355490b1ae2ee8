"""Penalties: what large weights cost, to be added to a loss.

The gradient of a penalty pulls every weight towards 0. Penalize weights, not biases:
`model.weights_and_biases()` parts them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Value
from autograd.conversion import as_float
from autograd.value import CONSTANT, leaf


def l1_penalty(weights: Iterable[Value], strength: float) -> Value:
    """λ Σ|w|, for a strength λ of 0 or more: with no other gradient, w ← w - ηλ · sign(w) a step.

    η is the learning rate of gradient descent. Large weights and small ones move equally far, so
    small ones come to 0, or within ηλ of it, where they stay.

    A strength of 0, or no weights, gives the constant 0. Raises ValueError for a strength below 0, or
    not finite.

    >>> l1_penalty([Value(3.0), Value(-4.0)], 0.5).data
    3.5
    """
    strength, values = _strength("l1_penalty", strength), list(weights)
    if not (strength and values):
        return leaf(0.0, CONSTANT)
    penalty: Value = strength * autograd.sum([abs(weight) for weight in values])
    return penalty


def l2_penalty(weights: Iterable[Value], strength: float) -> Value:
    """λ Σw², for a strength λ of 0 or more: with no other gradient, w ← (1 - 2ηλ) w a step.

    η is the learning rate of gradient descent. Others write the same pull with other factors:

        here              λ Σw²                    w ← (1 - 2ηλ) w
        PyTorch           weight_decay = 2λ        w ← (1 - η · weight_decay) w
        CS231n's code     ½ · reg · Σw², reg = 2λ  w ← (1 - η · reg) w

    A strength of 0, or no weights, gives the constant 0. Raises ValueError for a strength below 0, or
    not finite.

    >>> l2_penalty([Value(3.0), Value(-4.0)], 0.5).data
    12.5
    """
    strength, values = _strength("l2_penalty", strength), list(weights)
    if not (strength and values):
        return leaf(0.0, CONSTANT)
    penalty: Value = strength * autograd.dot(values, values)
    return penalty


def l1_of_vector(weights: Any, strength: float) -> tuple[float, Any]:
    """`l1_penalty` of weights that are a NumPy vector, and its gradient by them: λ sign(w).

    >>> import numpy as np
    >>> penalty, gradient = l1_of_vector(np.array([3.0, -4.0, 0.0]), 0.5)
    >>> penalty, gradient.tolist()
    (3.5, [0.5, -0.5, 0.0])
    """
    import numpy as np

    strength = _strength("l1_penalty", strength)
    return strength * float(np.sum(np.abs(weights))), strength * np.sign(weights)


def l2_of_vector(weights: Any, strength: float) -> tuple[float, Any]:
    """`l2_penalty` of weights that are a NumPy vector, and its gradient by them: 2λ w.

    >>> import numpy as np
    >>> penalty, gradient = l2_of_vector(np.array([3.0, -4.0]), 0.5)
    >>> penalty, gradient.tolist()
    (12.5, [3.0, -4.0])
    """
    strength = _strength("l2_penalty", strength)
    return strength * float(weights.dot(weights)), 2.0 * (strength * weights)


def elastic_penalty(weights: Iterable[Value], l1: float, l2: float) -> Value:
    """l1 Σ|w| + l2 Σw², the elastic net (Zou and Hastie 2005): `l1_penalty` and `l2_penalty` in one.

    Raises ValueError as they do.

    >>> elastic_penalty([Value(3.0), Value(-4.0)], l1=0.5, l2=0.5).data
    16.0
    """
    l1, l2 = _strength("elastic_penalty", l1), _strength("elastic_penalty", l2)
    values = list(weights)
    if not (l1 and values):
        return l2_penalty(values, l2)
    if not l2:
        return l1_penalty(values, l1)
    return l1_penalty(values, l1) + l2_penalty(values, l2)


def _strength(name: str, strength: float) -> float:
    number = as_float(strength, f"{name}()")
    if not 0.0 <= number < math.inf:
        raise ValueError(f"{name}() takes a finite strength of 0 or more, but got {number!r}")
    return number
