"""Vanishing: the gradient's norm in each layer of a network of eight hidden layers, at the start.

Networks with eight hidden layers of 16 units, or with one, and their initial weights (He's rule for
ReLU, Xavier's for the others); the mean loss over 100 training samples; for each layer the norm of the
loss's gradient by its weights and biases. Each seed has its own draw of the data and of the weights.

All 360 runs take about 6 seconds on two cores.
"""

from __future__ import annotations

from math import hypot

import autograd
from nn import MLP, softmax_cross_entropy
from nn.data import DATASETS

GRID = {
    "data": ["iris", "wine", "digits"],
    "activation": ["sigmoid", "tanh", "relu"],
    "n_hidden_layers": [1, 8],
}
SEEDS = range(20)


def run(data: str, activation: str, n_hidden_layers: int, seed: int) -> list[float]:
    """The norms, from the first layer to the last."""
    samples = DATASETS[data](seed)
    n_neurons = [16] * n_hidden_layers + [samples.n_outputs]
    model = MLP(samples.n_inputs, n_neurons, activation, seed=seed)
    X, y = samples.X_train[:100], samples.y_train[:100]
    loss = autograd.compile(lambda x, y: softmax_cross_entropy(model(x), y), X[0], y[0])
    loss.backward(X, y)
    return [
        float(f"{hypot(*[parameter.grad for parameter in layer.parameters()]):.4g}")
        for layer in model.layers
    ]
