"""Functions of one number, to be learned from samples of them."""

from __future__ import annotations

import math
from collections.abc import Callable

from nn.data.dataset import DataError, Dataset, require_draw

# On [-1, 1], where `curve` samples them; their values lie in [-1, 1] as well.
CURVES: dict[str, Callable[[float], float]] = {
    "sine": lambda x: math.sin(2 * math.pi * x),
    "step": lambda x: 1.0 if x >= 0.0 else -1.0,
    "bump": lambda x: math.exp(-((4 * x) ** 2)),
    "absolute-value": abs,
    "sinc": lambda x: math.sin(4 * math.pi * x) / (4 * math.pi * x) if x else 1.0,
}

N_TEST = 201


def curve(
    seed: int = 0,
    function: str | Callable[[float], float] = "sine",
    n_samples: int = 100,
    noise: float = 0.0,
) -> Dataset:
    """Samples (x, f(x)) of a function on the interval [-1, 1], for a regression.

    Args:
        seed: fixes the draw.
        function: a name in CURVES: "sine", sin 2πx, two full waves; "step", -1 below 0 and +1 from
            there on; "bump", exp(-16x²); "absolute-value"; "sinc", sin(4πx)/(4πx). Or a function of
            one's own, of one float.
        n_samples: how many are drawn to train on, uniformly from the interval.
        noise: the standard deviation of the Gaussian noise that is added to f(x).

    Held out are the values without noise at 201 evenly spaced points, both ends among them. Raises
    ValueError for an unknown name, DataError if the function does not return a finite number.

    >>> data = curve(function="absolute-value")
    >>> data.X_test[0], data.y_test[0]
    ([-1.0], 1.0)
    """
    from numpy.random import default_rng

    if isinstance(function, str):
        if function not in CURVES:
            raise ValueError(f"there is no curve {function!r}: take one of {', '.join(CURVES)}")
        name, f = function, CURVES[function]
    else:
        name, f = getattr(function, "__name__", "curve"), function
    require_draw(n_samples, noise, at_least=1)
    random = default_rng(seed)
    x_train = random.uniform(-1.0, 1.0, n_samples).tolist()
    errors = random.normal(0.0, noise, n_samples).tolist()
    # Symmetric to the last bit, and through 0.
    x_test = [2 * (i - N_TEST // 2) / (N_TEST - 1) for i in range(N_TEST)]
    return Dataset(
        name,
        [[x] for x in x_train],
        [_value(name, f, x) + error for x, error in zip(x_train, errors)],
        [[x] for x in x_test],
        [_value(name, f, x) for x in x_test],
        n_outputs=1,
        features=("x",),
    )


def _value(name: str, f: Callable[[float], float], x: float) -> float:
    try:
        y = float(f(x))
    except (ArithmeticError, TypeError, ValueError) as error:
        raise DataError(f"{name}({x}) must be a finite number, but raised: {error}") from error
    if not math.isfinite(y):
        raise DataError(f"{name}({x}) must be a finite number, but is {y}")
    return y
