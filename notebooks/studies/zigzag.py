"""The zig-zag: how many steps does gradient descent take with inputs of one sign, or of both?

One neuron without an activation or a bias, Σ w x, learns another neuron's outputs for 100 samples. Its
weights start at 0; a step goes against the gradient of the mean squared error. What differs is the
inputs: uniform in [-1, 1], [0, 2] or [4, 6]; what a layer of tanh or of sigmoid units would hand on,
f(z) with z normal; and "alike", where all inputs have both signs, but all are nearly the same.
Counted are the steps until its weights are those to be learned to within 1 %, at the best of 40 learning
rates, spread evenly up to the one at which descent diverges. Each seed has its own samples and its own
neuron to be learned.

All 240 runs take about 10 seconds on two cores.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

import autograd
from autograd import Value, dot
from nn import squared_error

INPUTS: dict[str, Callable[[Any, tuple[int, int]], Any]] = {
    "-1 to 1": lambda random, shape: random.uniform(-1.0, 1.0, shape),
    "tanh": lambda random, shape: np.tanh(random.normal(size=shape)),
    "0 to 2": lambda random, shape: random.uniform(0.0, 2.0, shape),
    "sigmoid": lambda random, shape: 1.0 / (1.0 + np.exp(-random.normal(size=shape))),
    "4 to 6": lambda random, shape: random.uniform(4.0, 6.0, shape),
    "alike": lambda random, shape: (
        random.normal(size=(shape[0], 1)) + 0.2 * random.normal(size=shape)
    ),
}
N_SAMPLES = 100
GOAL = 0.01  # the distance from the weights to be learned, as a share of their length
MOST_STEPS = 5000

GRID = {"inputs": list(INPUTS), "n_inputs": [2, 5]}
SEEDS = range(20)


def samples(inputs: str, n_inputs: int, seed: int) -> tuple[Any, Any]:
    """Samples, an array of shape (100, n_inputs), and the weights of the neuron to be learned."""
    random = np.random.default_rng(seed)
    return INPUTS[inputs](random, (N_SAMPLES, n_inputs)), random.normal(size=n_inputs)


@cache
def compiled(n_inputs: int) -> Any:
    """The squared error of a neuron for a sample, compiled."""
    weights = [Value(0.0) for _ in range(n_inputs)]
    return autograd.compile(lambda x, y: squared_error(dot(weights, x), y), [0.0] * n_inputs, 0.0)


def steps(X: Any, wanted: Any, lr: float, most: int = MOST_STEPS) -> int:
    """How many steps of gradient descent lead to the wanted weights, or `most`."""
    error = compiled(len(wanted))
    y = X @ wanted
    weights = np.zeros(len(wanted))
    for step in range(1, most):
        _, gradient = error.value_and_grad(X, y, theta=weights)
        weights = weights - lr * gradient
        if np.linalg.norm(weights - wanted) <= GOAL * np.linalg.norm(wanted):
            return step
    return most


def learning_rates(X: Any) -> Any:
    """40 learning rates up to 2 / (the largest curvature of the error), at which descent diverges."""
    largest_curvature = np.linalg.eigvalsh(2.0 * X.T @ X / len(X)).max()
    return np.arange(1, 41) / 41 * 2.0 / largest_curvature


def run(inputs: str, n_inputs: int, seed: int) -> int:
    """The number of steps at the best learning rate."""
    X, wanted = samples(inputs, n_inputs, seed)
    best = MOST_STEPS
    for lr in learning_rates(X)[::-1]:
        best = min(best, steps(X, wanted, lr, most=best))
    return best
