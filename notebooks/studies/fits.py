"""What a hidden layer of tanh units learns of a function of one number, beside what is built by hand.

Five continuous functions on [-1, 1]; a network 1 → n → 1 is fitted to 200 evenly spaced points by 2,000
steps of Adam on all of them, the learning rate falling from 0.05 to 0 along a cosine. Its error is the
largest |f − g| at 10,001 evenly spaced points. The steps of the hidden units begin spread over the
interval ("spread"), or, as `MLP` draws them, all at 0 ("centred"; only for the fast sine).

520 runs; about three minutes on two cores.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np
from numpy.typing import NDArray

import autograd
from nn import MLP, Adam, History, cosine_decay, fit, squared_error

LOW, HIGH = -1.0, 1.0

TARGETS: dict[str, Callable[[float], float]] = {
    "two waves": lambda x: 0.6 * math.sin(2 * math.pi * x) + 0.4 * math.cos(3 * math.pi * x),
    "bell": lambda x: math.exp(-16 * x**2),
    "corner": abs,
    "fast sine": lambda x: math.sin(4 * math.pi * x),
    "cusp": lambda x: math.sqrt(abs(x)),
}
UNITS = [4, 10, 20, 40, 100]
GRID = [
    *({"target": t, "n_units": n, "start": "spread"} for t in TARGETS for n in UNITS),
    {"target": "fast sine", "n_units": 20, "start": "centred"},
]
SEEDS = 20


def outputs(function: Callable[..., object], xs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The outputs of a function of a float, or of a network with one input, at many points."""
    if isinstance(function, MLP):
        batch: NDArray[np.float64] = autograd.compile(function, [0.0])(xs[:, np.newaxis])
        return batch.ravel()
    return np.array([function(x) for x in xs.tolist()])


def sup_error(
    target: Callable[[float], float],
    model: Callable[..., object],
    low: float = LOW,
    high: float = HIGH,
    n: int = 10_001,
) -> float:
    """The largest |f − g| at n evenly spaced points, both ends among them."""
    xs = np.linspace(low, high, n)
    return float(np.abs(outputs(target, xs) - outputs(model, xs)).max())


def new_network(n_units: int, seed: int, start: str = "spread") -> MLP:
    """A network 1 → n_units → 1 of tanh units, untrained."""
    random = Random(seed)
    model = MLP(1, [n_units, 1], activation="tanh", seed=random)
    if start == "spread":
        for neuron in model.layers[0].neurons:
            weight, place = random.gauss(0.0, 5.0), random.uniform(LOW, HIGH)
            neuron.weights[0].data, neuron.bias.data = weight, -weight * place
    return model


def train(
    model: MLP,
    target: Callable[[float], float],
    seed: int,
    epochs: int = 2000,
    callbacks: tuple[Callable[[MLP, History], object], ...] = (),
) -> History:
    """Fit a network to 200 evenly spaced points of a function."""
    xs = np.linspace(LOW, HIGH, 200)
    return fit(
        model,
        squared_error,
        xs[:, np.newaxis],
        outputs(target, xs),
        optimizer=Adam(model.parameters(), lr=0.05),
        epochs=epochs,
        batch_size=len(xs),
        schedule=cosine_decay(epochs),
        seed=seed,
        callbacks=callbacks,
        progress=False,
    )


def run(target: str, n_units: int, start: str, seed: int) -> dict[str, float]:
    """The error of one trained network, on the interval and on [1, 2] beside it."""
    f = TARGETS[target]
    model = new_network(n_units, seed, start)
    history = train(model, f, seed)
    return {
        "error": float(f"{sup_error(f, model):.4g}"),
        "outside": float(f"{sup_error(f, model, HIGH, 2 * HIGH):.4g}"),
        "loss": float(f"{history.loss[-1]:.4g}"),
    }
