"""Three arms, 300 points, 100 ReLU units: CS231n's case study, for 20 draws of the data.

10,000 steps of full-batch gradient descent on the softmax cross-entropy, at the learning rate 1. Weights
start as Gaussians of standard deviation 0.01. The penalty is the case study's, ½·0.001·Σw², so that l2
is 0.0005. The seed draws the data and the weights. Two minutes on two cores.
"""

from __future__ import annotations

from typing import Any

from nn import MLP, SGD, evaluate, fit, softmax_cross_entropy
from nn.data import spiral3

GRID = {"n_hidden": [100]}
SEEDS = 20


def run(n_hidden: int, seed: int) -> dict[str, Any]:
    """The accuracies at the end, and the training accuracy by steps: after each 500."""
    data = spiral3(seed)
    model = MLP(2, [n_hidden, 3], activation="relu", initializer="normal", seed=seed)
    history = fit(
        model,
        softmax_cross_entropy,
        data.X_train,
        data.y_train,
        optimizer=SGD(model.parameters(), lr=1.0),
        epochs=10_000,
        batch_size=300,
        l2=0.0005,
        seed=seed,
        progress=False,
    )
    _, accuracy = evaluate(model, softmax_cross_entropy, data.X_train, data.y_train)
    _, test_accuracy = evaluate(model, softmax_cross_entropy, data.X_test, data.y_test)
    return {
        "accuracy": round(accuracy, 4),
        "test_accuracy": round(test_accuracy, 4),
        "by_steps": [round(each, 4) for each in history.accuracy[499::500]],
    }
