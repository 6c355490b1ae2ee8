"""Revival: do dead units come back, if training goes on with ReLU, or with a leaky ReLU?

A network with one hidden layer of ReLU units (8; 32 for the digits) is trained for 20 epochs. Then all
of the hidden units are killed: each bias is lowered until the unit's sum lies below 0 by at least
`below` for every training sample. Training goes on with the same parameters, for 100 epochs (20 for the
digits), with hidden units whose slope below 0 is `slope`: 0 is the ReLU. Counted are the units that
fire for at least one training sample at the end. Plain gradient descent, lr 0.1, 32 samples an update;
hinge loss for two classes, else softmax. Each seed has its own draw of the data, of the initial weights
and of the order of the samples.

All 600 runs take about 40 seconds on two cores.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Value
from nn import MLP, SGD, fit, hinge_loss, predict, softmax_cross_entropy
from nn.data import DATASETS, Dataset

GRID = {
    "data": ["moons", "circles", "wine", "breast-cancer", "digits"],
    "below": [0.1, 1.0],
    "slope": [0.0, 0.01, 0.1],
}
SEEDS = range(20)


def sums(model: MLP, data: Dataset) -> Any:
    """What the hidden units make of every training sample before activation: (samples, units)."""
    arrays = model.state_dict()
    X = np.array(data.X_train)
    return X @ arrays["layers.0.weight"].T + arrays["layers.0.bias"]


def train(model: MLP, data: Dataset, epochs: int, seed: int) -> None:
    """Train a network by gradient descent."""
    loss = hinge_loss if data.n_outputs == 1 else softmax_cross_entropy
    samples = data.X_train, data.y_train
    optimizer = SGD(model.parameters(), lr=0.1)
    fit(model, loss, *samples, optimizer=optimizer, epochs=epochs, seed=seed, progress=False)


def accuracy(model: MLP, data: Dataset) -> float:
    """The share of the training samples that are predicted right."""
    predicted = predict(model, data.X_train)
    return float(np.mean(np.equal(predicted, data.y_train)))


def kill(model: MLP, data: Dataset, below: float) -> None:
    """Lower the biases of the hidden units until none fires for any training sample."""
    for neuron, highest in zip(model.layers[0].neurons, sums(model, data).max(axis=0)):
        neuron.bias.data -= max(highest, 0.0) + below


def with_slope(slope: float) -> Any:
    """The activation that has this slope below 0, and 1 above."""

    def activation(x: Value) -> Value:
        return autograd.leaky_relu(x, slope)

    return activation if slope else "relu"


def run(data: str, below: float, slope: float, seed: int) -> dict[str, Any]:
    """The share of units that fire again, how far the killed layer's parameters moved at most, and
    the training accuracy before killing, after it, and at the end."""
    samples = DATASETS[data](seed)
    n_hidden, epochs = (32, 20) if data == "digits" else (8, 100)
    model = MLP(samples.n_inputs, [n_hidden, samples.n_outputs], seed=seed)
    train(model, samples, 20, seed)
    accuracies = [accuracy(model, samples)]
    kill(model, samples, below)
    accuracies.append(accuracy(model, samples))
    killed = [parameter.data for parameter in model.layers[0].parameters()]
    model.layers[0].activation = with_slope(slope)
    train(model, samples, epochs, seed)
    accuracies.append(accuracy(model, samples))
    now = [parameter.data for parameter in model.layers[0].parameters()]
    return {
        "revived": float((sums(model, samples).max(axis=0) > 0.0).mean()),
        "moved": float(f"{np.abs(np.subtract(now, killed)).max():.4g}"),
        "accuracies": [round(share, 4) for share in accuracies],
    }
