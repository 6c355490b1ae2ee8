"""More hidden units: on points with outliers, and on points without (L17).

A network 2 → n → 1 learns two classes of points: 1,000 steps of full-batch Adam on the logistic loss,
the learning rate falling from 0.05 to 0 along a cosine. The data are `islands`, with 6 outliers among 60
training points and 500 clean test points, for tanh units; and `moons`, which have noise but no outliers,
for tanh and for ReLU units. Three draws of each, 20 initializations: two minutes on two cores.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from autograd import Value
from nn import MLP, Adam, cosine_decay, evaluate, fit, predict
from nn.data import Dataset, islands, moons

STEPS = 1000
GRID = [
    {"data": data, "activation": activation, "draw": draw, "n_hidden": n_hidden}
    for data, activation in (("islands", "tanh"), ("moons", "relu"), ("moons", "tanh"))
    for draw in (0, 1, 2)
    for n_hidden in (3, 6, 20)
]
SEEDS = 20


def points(data: str, draw: int) -> Dataset:
    """One draw of the data."""
    return {"islands": islands, "moons": moons}[data](draw)


def logistic_loss(score: Value, y: int) -> Value:
    """log(1 + exp(-y · score)), for a class y of -1 or +1: the cross-entropy of two classes."""
    return (-y * score).softplus()


def train(data: Dataset, n_hidden: int, activation: str, seed: int, l2: float = 0.0) -> MLP:
    """A network that has learned the training points; its score is positive for class +1."""
    model = MLP(2, [n_hidden, 1], activation=activation, seed=seed)
    fit(
        model,
        logistic_loss,
        data.X_train,
        data.y_train,
        optimizer=Adam(model.parameters(), lr=0.05),
        schedule=cosine_decay(STEPS),
        epochs=STEPS,
        batch_size=len(data.X_train),
        l2=l2,
        seed=seed,
        progress=False,
    )
    return model


def measure(model: MLP, data: Dataset) -> dict[str, Any]:
    """Accuracies, losses, and how complicated the decision regions are.

    They are looked at on 100 × 100 points of the rectangle that holds the training points: `regions` is
    how many there are, 2 for a line; `border` is how many pairs of neighbours differ in class.
    """
    loss, accuracy = evaluate(model, logistic_loss, data.X_train, data.y_train)
    test_loss, test_accuracy = evaluate(model, logistic_loss, data.X_test, data.y_test)
    low, high = np.min(data.X_train, axis=0), np.max(data.X_train, axis=0)
    x1, x2 = np.meshgrid(*np.linspace(low, high, 100).T)
    classes = np.reshape(predict(model, np.column_stack([x1.ravel(), x2.ravel()])), x1.shape)
    return {
        "accuracy": round(accuracy, 4),
        "test_accuracy": round(test_accuracy, 4),
        "loss": float(f"{loss:.4g}"),
        "test_loss": float(f"{test_loss:.4g}"),
        "regions": sum(ndimage.label(classes == each)[1] for each in (-1, 1)),
        "border": sum(int(np.count_nonzero(np.diff(classes, axis=axis))) for axis in (0, 1)),
    }


def run(data: str, activation: str, draw: int, n_hidden: int, seed: int) -> dict[str, Any]:
    """The figures of one training."""
    drawn = points(data, draw)
    return measure(train(drawn, n_hidden, activation, seed), drawn)
