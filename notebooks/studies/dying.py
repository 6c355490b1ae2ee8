"""Dying: how many ReLU units never fire again, by learning rate and by where the inputs lie?

Networks 64→50→50→10 of ReLU units learn scikit-learn's digits for 10 epochs of plain gradient descent,
64 images an update. The pixels are standardized (mean 0, deviation 1), and then `shift` is added to
all: 0 leaves them centred, 2 makes most of them positive. A hidden unit counts as dead if it is 0 for
all of the 1437 training images. Each seed has its own draw of the training images, of the initial
weights (He's rule) and of the order of the images.

All 200 runs take about 20 seconds on two cores.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import MLP, SGD, fit, softmax_cross_entropy
from nn.data import digits

GRID = {"shift": [0.0, 2.0], "lr": [0.01, 0.03, 0.1, 0.3, 1.0]}
SEEDS = range(20)


def images(shift: float, seed: int) -> tuple[Any, Any]:
    """The training images of a draw, an array of shape (1437, 64), and their classes."""
    data = digits(seed)
    X = np.array(data.X_train)
    deviation = X.std(axis=0)
    X = (X - X.mean(axis=0)) / np.where(deviation > 0.0, deviation, 1.0)
    return X + shift, np.array(data.y_train)


def dead_units(model: MLP, X: Any) -> list[list[int]]:
    """For each hidden layer the units that are 0 for every sample."""
    arrays = model.state_dict()
    found = []
    for k in range(len(model.layers) - 1):
        sums = X @ arrays[f"layers.{k}.weight"].T + arrays[f"layers.{k}.bias"]
        X = np.maximum(0.0, sums)
        found.append(np.flatnonzero(X.max(axis=0) == 0.0).tolist())
    return found


def train(shift: float, lr: float, seed: int, epochs: int = 10) -> tuple[MLP, Any, Any, float]:
    """A network after training, its images and their classes, and its training accuracy."""
    X, y = images(shift, seed)
    model = MLP(64, [50, 50, 10], seed=seed)
    history = fit(
        model,
        softmax_cross_entropy,
        X,
        y,
        optimizer=SGD(model.parameters(), lr=lr),
        epochs=epochs,
        batch_size=64,
        seed=seed,
        progress=False,
    )
    return model, X, y, history.accuracy[-1]


def run(shift: float, lr: float, seed: int) -> dict[str, float]:
    """The share of dead units before and after training, and the training accuracy."""
    X, _ = images(shift, seed)
    before = dead_units(MLP(64, [50, 50, 10], seed=seed), X)
    model, X, _, accuracy = train(shift, lr, seed)
    after = dead_units(model, X)
    return {
        "before": sum(map(len, before)) / 100,
        "after": sum(map(len, after)) / 100,
        "accuracy": round(accuracy, 4),
    }
