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

from autograd.compiler import compile
from autograd.functional import grad, gradients, hessian, jacobian, value_and_grad
from autograd.functions import (
    abs,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    clip,
    cos,
    cosh,
    degrees,
    elu,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    gelu,
    hypot,
    leaky_relu,
    log,
    log1p,
    log2,
    log10,
    log_sigmoid,
    maximum,
    minimum,
    power,
    radians,
    reciprocal,
    relu,
    sech2,
    sigmoid,
    sign,
    silu,
    sin,
    sinh,
    softplus,
    sqrt,
    square,
    tan,
    tanh,
    where,
)
from autograd.gradcheck import GradientError, gradcheck
from autograd.graph import topological_order
from autograd.modes import AnomalyError, detect_anomaly, no_grad
from autograd.primitive import primitive
from autograd.reductions import dot, logsumexp, max, mean, min, prod, select, softmax, sum
from autograd.tracing import TraceError
from autograd.value import Value, zero_grad

__distribution__ = "glassgrad"

__all__ = [
    "AnomalyError",
    "GradientError",
    "TraceError",
    "Value",
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "clip",
    "compile",
    "cos",
    "cosh",
    "degrees",
    "detect_anomaly",
    "dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "gelu",
    "grad",
    "gradcheck",
    "gradients",
    "hessian",
    "hypot",
    "jacobian",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_sigmoid",
    "logsumexp",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "no_grad",
    "power",
    "primitive",
    "prod",
    "radians",
    "reciprocal",
    "relu",
    "sech2",
    "select",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "square",
    "sum",
    "tan",
    "tanh",
    "topological_order",
    "value_and_grad",
    "where",
    "zero_grad",
]
