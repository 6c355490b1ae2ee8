"""Initializers: what weights start as. Each is a function that draws one weight.

`initializer(random, n_inputs, n_outputs)` gets a `random.Random` to draw from and the sizes of the
layer: how many numbers each neuron takes, and how many neurons there are. Biases start at 0.

Rules named after Xavier and He keep the variance of the signal from layer to layer, which starts
training neither saturated nor silent.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from random import Random

from autograd.conversion import as_float, did_you_mean, is_number

Initializer = Callable[[Random, int, int], float]


def uniform(random: Random, n_inputs: int, n_outputs: int) -> float:
    """From -1 to 1, whatever the sizes, as micrograd draws.

    >>> -1.0 <= uniform(Random(0), 3, 4) <= 1.0
    True
    """
    return random.uniform(-1.0, 1.0)


def normal(random: Random, n_inputs: int, n_outputs: int) -> float:
    """Gaussian of standard deviation 0.01, whatever the sizes: small numbers.

    >>> abs(normal(Random(0), 3, 4)) < 0.1
    True
    """
    return random.gauss(0.0, 0.01)


def xavier_normal(random: Random, n_inputs: int, n_outputs: int) -> float:
    """Gaussian of variance 2 / (n_inputs + n_outputs) (Glorot and Bengio 2010): for sigmoid and tanh.

    >>> abs(xavier_normal(Random(0), 300, 100)) < 0.5
    True
    """
    return random.gauss(0.0, sqrt(2.0 / (n_inputs + n_outputs)))


def xavier_uniform(random: Random, n_inputs: int, n_outputs: int) -> float:
    """Uniform in ±√(6 / (n_inputs + n_outputs)), which has the variance of `xavier_normal`.

    >>> abs(xavier_uniform(Random(0), 3, 3)) <= 1.0
    True
    """
    bound = sqrt(6.0 / (n_inputs + n_outputs))
    return random.uniform(-bound, bound)


def he_normal(random: Random, n_inputs: int, n_outputs: int) -> float:
    """Gaussian of variance 2 / n_inputs (He et al. 2015): for ReLU and its relatives.

    >>> abs(he_normal(Random(0), 200, 100)) < 0.5
    True
    """
    return random.gauss(0.0, sqrt(2.0 / n_inputs))


def he_uniform(random: Random, n_inputs: int, n_outputs: int) -> float:
    """Uniform in ±√(6 / n_inputs), which has the variance of `he_normal`.

    >>> abs(he_uniform(Random(0), 6, 3)) <= 1.0
    True
    """
    bound = sqrt(6.0 / n_inputs)
    return random.uniform(-bound, bound)


def zeros(random: Random, n_inputs: int, n_outputs: int) -> float:
    """0: every neuron of a layer is then like every other, and stays so. Worth seeing once.

    >>> zeros(Random(0), 3, 4)
    0.0
    """
    return 0.0


def constant(number: float) -> Initializer:
    """An initializer that makes every weight the same number.

    >>> constant(0.5)(Random(0), 3, 4)
    0.5
    """
    number = as_float(number, "constant()")
    return lambda random, n_inputs, n_outputs: number


INITIALIZERS: dict[str, Initializer] = {
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "normal": normal,
    "uniform": uniform,
    "xavier_normal": xavier_normal,
    "xavier_uniform": xavier_uniform,
    "zeros": zeros,
}


def initializer_named(initializer: str | float | Initializer) -> Initializer:
    """The initializer that is meant by a name, by a number (that constant), or by a function.

    >>> initializer_named("zeros") is zeros
    True
    """
    if isinstance(initializer, str):
        if initializer not in INITIALIZERS:
            raise ValueError(
                f"there is no initializer named {initializer!r}: choose one of "
                f"{', '.join(INITIALIZERS)}, give a number, or a function of "
                f"(random, n_inputs, n_outputs){did_you_mean(initializer, INITIALIZERS)}"
            )
        return INITIALIZERS[initializer]
    if is_number(initializer):
        return constant(initializer)  # type: ignore[arg-type]
    if not callable(initializer):
        raise TypeError(
            "an initializer is a name, a number, or a function of (random, n_inputs, n_outputs), "
            f"but got {initializer!r}"
        )
    return initializer
