"""One to six hidden layers: with equally many parameters, and with equally wide layers (L16).

Two spirals, 300 points and as many to test on: networks of ReLU units of about 300 parameters each (75
units in one layer, or 15, 11, 9, 8, 7 in each of two to six), and of 16 units a layer. 2,000 steps
of full-batch Adam on the logistic loss, the learning rate falling from 0.01 to 0 along a cosine.
Digits, 1,437 and 360: 32 units a layer, 30 epochs in batches of 64. Three draws of the data (of
digits, three ways to part them), 10 initializations: four minutes on two cores.
"""

from __future__ import annotations

from typing import Any

from nn import MLP, Adam, cosine_decay, evaluate, fit, softmax_cross_entropy
from nn.data import digits, spiral

from .capacity import logistic_loss

WIDTHS = [75, 15, 11, 9, 8, 7]
GRID = [
    {"task": task, "draw": draw, "depth": depth}
    for task in ("spiral, 300 parameters", "spiral, 16 wide", "digits, 32 wide")
    for draw in range(3)
    for depth in range(1, 7)
]
SEEDS = 10


def run(task: str, draw: int, depth: int, seed: int) -> dict[str, Any]:
    """The figures of one training of a network with `depth` hidden layers."""
    if task.startswith("digits"):
        data, loss, epochs, batch_size, lr = digits(draw), softmax_cross_entropy, 30, 64, 0.003
        sizes = [32] * depth + [10]
    else:
        data, loss, epochs, batch_size, lr = spiral(draw), logistic_loss, 2000, 300, 0.01
        sizes = [16 if "wide" in task else WIDTHS[depth - 1]] * depth + [1]
    model = MLP(data.n_inputs, sizes, activation="relu", seed=seed)
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
    final_loss, accuracy = evaluate(model, loss, data.X_train, data.y_train)
    test_loss, test_accuracy = evaluate(model, loss, data.X_test, data.y_test)
    return {
        "parameters": model.n_parameters,
        "loss": float(f"{final_loss:.4g}"),
        "accuracy": round(accuracy, 4),
        "test_loss": float(f"{test_loss:.4g}"),
        "test_accuracy": round(test_accuracy, 4),
    }
