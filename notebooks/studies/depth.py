"""One to six hidden layers: with equally many parameters, and with equally wide layers (L16).

Two spirals, 300 points and as many to test on: networks of ReLU units of about 300 parameters each (75
units in one layer, or 15, 11, 9, 8, 7 in each of two to six), and of 16 units a layer. 1,000 steps of
full-batch Adam on the logistic loss, the learning rate falling from 0.02 to 0 along a cosine. Digits,
1,437 images and 360 to test on: 32 units a layer, 25 epochs in batches of 64 from a learning rate of
0.01. Three draws of the data (of digits, three ways to part them), 10 initializations: three minutes on
two cores.
"""

from __future__ import annotations

from typing import Any

from nn import MLP, Adam, cosine_decay, evaluate, fit, softmax_cross_entropy
from nn.data import digits, spiral

from .capacity import logistic_loss

WIDTHS = [75, 15, 11, 9, 8, 7]
TASKS = ["spirals, 300 parameters", "spirals, 16 wide", "digits, 32 wide"]
GRID = {"task": TASKS, "draw": [0, 1, 2], "depth": [1, 2, 3, 4, 5, 6]}
SEEDS = 10


def run(task: str, draw: int, depth: int, seed: int) -> dict[str, Any]:
    """The figures of one training of a network with `depth` hidden layers."""
    if task.startswith("digits"):
        data, loss, lr, epochs, batch_size = digits(draw), softmax_cross_entropy, 0.01, 25, 64
        width = 32
    else:
        data, loss, lr, epochs, batch_size = spiral(draw), logistic_loss, 0.02, 1000, 300
        width = 16 if "wide" in task else WIDTHS[depth - 1]
    model = MLP(data.n_inputs, [width] * depth + [data.n_outputs], activation="relu", seed=seed)
    fit(
        model,
        loss,
        data.X_train,
        data.y_train,
        optimizer=Adam(model.parameters(), lr=lr),
        schedule=cosine_decay(epochs),
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        progress=False,
    )
    training_loss, accuracy = evaluate(model, loss, data.X_train, data.y_train)
    test_loss, test_accuracy = evaluate(model, loss, data.X_test, data.y_test)
    return {
        "parameters": model.n_parameters,
        "loss": float(f"{training_loss:.4g}"),
        "accuracy": round(accuracy, 4),
        "test_loss": float(f"{test_loss:.4g}"),
        "test_accuracy": round(test_accuracy, 4),
    }
