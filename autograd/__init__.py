"""A scalar autograd engine that you can see through.

Every number is a `Value`; every Value knows how it was made and how it changes its result.

>>> from autograd import Value
>>> x = Value(3.0)
>>> y = x * x + 1
>>> y.backward()
>>> x.grad
6.0
"""

from _glassgrad_install import require_unmixed

require_unmixed(__path__)

from autograd.functions import (
    dot,
    exp,
    log,
    logsumexp,
    mean,
    relu,
    sech2,
    sigmoid,
    sign,
    sum,
    tanh,
)
from autograd.graph import topological_order
from autograd.modes import no_grad
from autograd.value import Value, zero_grad

__distribution__ = "glassgrad"

__all__ = [
    "Value",
    "dot",
    "exp",
    "log",
    "logsumexp",
    "mean",
    "no_grad",
    "relu",
    "sech2",
    "sigmoid",
    "sign",
    "sum",
    "tanh",
    "topological_order",
    "zero_grad",
]
