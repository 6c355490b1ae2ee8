"""Ignoring random units: on few digits, a fifth of them mislabelled, and on all digits (L19).

Networks 64 → 100 → 10 of ReLU units, of which dropout ignores each with the probability p, 0 or 0.5,
in training. "mislabelled": 300 training samples, 60 of them with another label than their own, 100
epochs. "clean": all 1,437 samples, 20 epochs. Adam at the learning rate 0.003, batches of 32. Three
draws (how the digits are parted, and which labels are wrong), 20 initializations: four minutes on two
cores.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from nn import MLP, Adam, History, evaluate, fit, softmax_cross_entropy
from nn.data import Dataset, digits

GRID = {"data": ["mislabelled", "clean"], "draw": [0, 1, 2], "p": [0.0, 0.5]}
SEEDS = 20
EPOCHS = {"mislabelled": 100, "clean": 20}


def samples(data: str, draw: int) -> Dataset:
    """One draw of the data. The test samples are clean."""
    drawn = digits(draw)
    if data == "clean":
        return drawn
    random = Random(draw)
    labels = drawn.y_train[:300]
    for i in random.sample(range(300), 60):
        labels[i] = (labels[i] + random.randint(1, 9)) % 10
    return replace(drawn, X_train=drawn.X_train[:300], y_train=labels)


def train(data: Dataset, p: float, epochs: int, seed: int) -> tuple[MLP, History]:
    """A network trained with dropout, and how its accuracies went."""
    model = MLP(64, [100, 10], activation="relu", dropout=p, seed=seed)
    history = fit(
        model,
        softmax_cross_entropy,
        data.X_train,
        data.y_train,
        optimizer=Adam(model.parameters(), lr=0.003),
        epochs=epochs,
        batch_size=32,
        validation=(data.X_test, data.y_test),
        seed=seed,
        progress=False,
    )
    return model, history


def run(data: str, draw: int, p: float, seed: int) -> dict[str, Any]:
    """The accuracies of one training at its end, and on the test samples after every tenth epoch."""
    drawn = samples(data, draw)
    model, history = train(drawn, p, EPOCHS[data], seed)
    _, accuracy = evaluate(model, softmax_cross_entropy, drawn.X_train, drawn.y_train)
    return {
        "accuracy": round(accuracy, 4),
        "test_accuracy": round(history.validation_accuracy[-1], 4),
        "by_epoch": [round(each, 4) for each in history.validation_accuracy[9::10]],
    }
