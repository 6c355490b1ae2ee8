"""Activations: what a neuron makes of its weighted sum, and what its weights should start as for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
from autograd import Value, where
from autograd.conversion import did_you_mean
from nn.initializers import Initializer, he_normal, xavier_normal

Activation = Callable[[Value], Value]

PRELU = "prelu"  # its slope is a parameter, which the neuron owns
PRELU_SLOPE = 0.25  # what it starts as (He et al. 2015)


def identity(x: Value) -> Value:
    """x itself: a neuron without an activation.

    >>> identity(Value(2.0))
    Value(2.0)
    """
    return x


def prelu(x: Value, slope: Value) -> Any:
    """Parametric ReLU (He et al. 2015): x where x > 0, slope · x elsewhere, with a slope to be learned.

    >>> x, slope = Value(-2.0), Value(0.25)
    >>> y = prelu(x, slope)
    >>> y.backward()
    >>> y.data, x.grad, slope.grad
    (-0.5, 0.25, -2.0)
    """
    return where(x > 0.0, x, slope * x)


ACTIVATIONS: dict[str, Activation] = {
    "elu": Value.elu,
    "gelu": Value.gelu,
    "identity": identity,
    "leaky_relu": Value.leaky_relu,
    "relu": Value.relu,
    "sigmoid": Value.sigmoid,
    "silu": Value.silu,
    "sin": Value.sin,
    "softplus": Value.softplus,
    "tanh": Value.tanh,
}
NAMES = sorted([*ACTIVATIONS, PRELU])

# Of these, half of the inputs are let through: He's rule makes up for the other half.
RECTIFIERS = {"elu", "gelu", "leaky_relu", "prelu", "relu", "silu", "softplus"}


# The engine's functions and methods are known by their names as well.
_KNOWN: dict[Any, str] = {
    **{getattr(autograd, name): name for name in ACTIVATIONS if hasattr(autograd, name)},
    **{function: name for name, function in ACTIVATIONS.items()},
    prelu: PRELU,
}


def name_if_known(activation: str | Activation | None) -> str | Activation | None:
    """The name of an activation given as one of our functions; any other as it is.

    >>> name_if_known(Value.tanh), name_if_known(autograd.tanh), name_if_known("tanh")
    ('tanh', 'tanh', 'tanh')
    """
    return _KNOWN.get(activation, activation) if callable(activation) else activation


def activation_named(activation: str | Activation | None) -> Activation:
    """The function that is meant by a name other than "prelu", by a function, or by None.

    >>> activation_named(None) is identity
    True
    """
    if activation is None:
        return identity
    if callable(activation) and not isinstance(activation, type):
        return activation
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ValueError(
            f"there is no activation named {activation!r}: choose one of {', '.join(NAMES)}, "
            f"give a function, or None{did_you_mean(activation, NAMES)}"
        )
    return ACTIVATIONS[activation]


def initializer_for(activation: str | Activation | None) -> Initializer:
    """What weights start as, unless told otherwise: He's rule for ReLU and its relatives, else Xavier's.

    >>> initializer_for("tanh") is xavier_normal
    True
    """
    return he_normal if activation in RECTIFIERS else xavier_normal
