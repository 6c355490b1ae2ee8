"""Gradient clipping: keeping one step from going too far. Formulas are PyTorch's.

Call it between `backward()` and the optimizer's `step()`. Frozen parameters are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from autograd import Value
from autograd.conversion import as_float
from nn.optimizers import parameter_list


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Shorten the gradient, the vector of all parameters' gradients, to a length of at most max_norm.

    Every gradient is multiplied by min(1, max_norm / (norm + 1e-6)). Returns the norm √Σ gradient²
    before; with max_norm=math.inf nothing is clipped. A norm that is inf or nan is returned as it is,
    and nothing is saved then: as in PyTorch, the gradients become 0 or nan.

    Raises ValueError for a max_norm not above 0.

    >>> a, b = Value(1.0), Value(1.0)
    >>> (3 * a + 4 * b).backward()
    >>> clip_grad_norm([a, b], max_norm=1.0)
    5.0
    >>> round(a.grad, 6), round(b.grad, 6)
    (0.6, 0.8)
    """
    trained = _trained(parameters, "clip_grad_norm()")
    gradients = [parameter.grad for parameter in trained]
    # hypot neither overflows nor underflows on the way; but beside an infinity it ignores a nan.
    norm = math.nan if any(map(math.isnan, gradients)) else math.hypot(*gradients)
    factor = clip_factor(norm, as_float(max_norm, "clip_grad_norm()"))
    for parameter in trained:
        parameter.grad *= factor
    return norm


def clip_factor(norm: float, max_norm: float) -> float:
    """What `clip_grad_norm` multiplies a gradient by that has this norm.

    >>> clip_factor(2.0, max_norm=4.0)
    1.0
    """
    if not max_norm > 0.0:
        raise ValueError(f"clip_grad_norm() takes a max_norm above 0, but got {max_norm!r}")
    return min(max_norm / (norm + 1e-6), 1.0)  # in this order a nan stays one


def norm_of(gradient: Any) -> float:
    """The norm √Σ gradient² of a vector, a NumPy array, which neither overflows nor underflows.

    >>> import numpy as np
    >>> with np.errstate(over="ignore"):  # of the square, on the way
    ...     norm_of(np.array([3.0, 4.0])), norm_of(np.array([0.0, 1e200]))
    (5.0, 1e+200)
    """
    square = float(gradient.dot(gradient))
    if _SMALLEST_SQUARE < square < math.inf:
        return math.sqrt(square)
    return math.hypot(*gradient.tolist()) if gradient.any() else 0.0


_SMALLEST_SQUARE = 1e-280  # in a smaller sum of squares some may have lost digits


def clip_grad_value(parameters: Iterable[Value], clip_value: float) -> None:
    """Bring every parameter's gradient into [-clip_value, clip_value]; a nan stays one.

    Raises ValueError for a clip_value not above 0.

    >>> a, b = Value(1.0), Value(1.0)
    >>> (3 * a - 0.5 * b).backward()
    >>> clip_grad_value([a, b], clip_value=1.0)
    >>> a.grad, b.grad
    (1.0, -0.5)
    """
    if not as_float(clip_value, "clip_grad_value()") > 0.0:
        raise ValueError(f"clip_grad_value() takes a clip_value above 0, but got {clip_value!r}")
    for parameter in _trained(parameters, "clip_grad_value()"):
        parameter.grad = min(max(parameter.grad, -clip_value), clip_value)


def _trained(parameters: Iterable[Value], taker: str) -> list[Value]:
    return [
        parameter for parameter in parameter_list(parameters, taker) if parameter.kind == "leaf"
    ]
