"""What is measured: five workloads, their data, and what every side must compute.

A workload is micrograd's example, or a training step of a network of fully connected ReLU layers: the
mean loss over a batch, its gradient by every parameter, and parameters ← parameters - lr · gradient.

Vectors of parameters and of gradients are in one order here: layer by layer, a layer's weights row by
row (one row a neuron), then its biases. `neuron_by_neuron` leads from it to the order of libraries
that keep a neuron's weights and bias together.

`prepare` writes a problem into a file: the data, the parameters to start from, and the loss and gradient
that NumPy gives by the formulas below, which share no code with any side.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from operator import methodcaller
from pathlib import Path
from typing import Any, NamedTuple

# Small: the network stays near the one that was checked, however many steps a second allows.
LEARNING_RATE = 1e-3

# micrograd's README, of which it prints four digits: (g, dg/da, dg/db) at the inputs (a, b).
EXAMPLE_INPUTS = (-4.0, 2.0)
EXAMPLE_RESULTS = [24.70408163265306, 138.83381924198252, 645.5772594752186]


class Network(NamedTuple):
    """A training step.

    Attributes:
        sizes: the number of inputs, then of each layer's neurons.
        batch: how many samples.
        hinge: whether the loss is max(0, 1 - y · score), with y -1 or +1, rather than the softmax
            cross-entropy of the scores.
        l2: λ of the penalty λ Σp² over all parameters, biases too, as in micrograd's demo.
    """

    sizes: tuple[int, ...]
    batch: int
    hinge: bool = False
    l2: float = 0.0


README, MOONS, SPIRAL, DIGITS, CIFAR = "readme", "moons", "spiral", "digits", "cifar"

NETWORKS = {
    MOONS: Network((2, 16, 16, 1), 100, hinge=True, l2=1e-4),
    SPIRAL: Network((2, 100, 3), 300),
    DIGITS: Network((64, 32, 10), 64),
    CIFAR: Network((3072, 100, 10), 64),
}

TITLES = {
    README: "README example",
    MOONS: "moons step",
    SPIRAL: "spiral step",
    DIGITS: "digits step",
    CIFAR: "CIFAR-size step",
}

# Networks n → n → 10 of about 10², 10³, ... parameters, by that number.
GROWING = {
    10**power: Network((n, n, 10), 64) for power, n in zip(range(2, 7), (6, 27, 95, 311, 995))
}


class Problem(NamedTuple):
    """A network's step, with arrays.

    Attributes:
        X: shape (batch, inputs), float64.
        y: shape (batch,): classes -1.0 and +1.0 for the hinge, else integer labels from 0.
        start: the parameters to start from.
        value: the loss there.
        gradient: its gradient.
    """

    network: Network
    X: Any
    y: Any
    start: Any
    value: float
    gradient: Any


def example(a: Any, b: Any, relu: Callable[[Any], Any] = methodcaller("relu")) -> Any:
    """The example of micrograd's README."""
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + relu(b + a)
    d += 3 * d + relu(b - a)
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


def layers_of(vector: Any, sizes: tuple[int, ...]) -> list[tuple[Any, Any]]:
    """The weights, of shape (neurons, inputs), and the biases of each layer: views of the vector."""
    layers, begin = [], 0
    for n_in, n_out in pairwise(sizes):
        end = begin + n_in * n_out
        layers.append((vector[begin:end].reshape(n_out, n_in), vector[end : end + n_out]))
        begin = end + n_out
    return layers


def n_parameters(sizes: tuple[int, ...]) -> int:
    """How many weights and biases a network has."""
    return sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))


def neuron_by_neuron(sizes: tuple[int, ...]) -> Any:
    """Where each parameter stands in our vectors, in the order neuron by neuron: weights, then bias."""
    import numpy as np

    places = np.arange(n_parameters(sizes))
    return np.concatenate(
        [np.column_stack([W, b]).ravel() for W, b in layers_of(places, sizes)],
    )


def problem(network: Network, X: Any, y: Any) -> Problem:
    """The problem of some data: with a start, and with what NumPy computes there."""
    import numpy as np

    # Wide layers get small weights, as usual, so that scores are of the order of 1.
    bound = np.concatenate(
        [np.full((n_in + 1) * n_out, n_in**-0.5) for n_in, n_out in pairwise(network.sizes)]
    )
    start = np.random.default_rng(0).uniform(-bound, bound)
    value, gradient = value_and_gradient(network, X, y, start)
    return Problem(network, X, y, start, value, gradient)


def value_and_gradient(network: Network, X: Any, y: Any, parameters: Any) -> tuple[float, Any]:
    """The reference: the formulas of backpropagation, written out for these networks."""
    import numpy as np

    layers = layers_of(parameters, network.sizes)
    inputs = [X]
    for W, b in layers[:-1]:
        inputs.append(np.maximum(inputs[-1] @ W.T + b, 0.0))
    W, b = layers[-1]
    scores = inputs[-1] @ W.T + b
    n = len(X)
    if network.hinge:
        margins = 1.0 - y[:, None] * scores
        value = np.maximum(margins, 0.0).sum() / n
        upstream = np.where(margins > 0.0, -y[:, None], 0.0) / n
    else:
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
        value = -np.log(probabilities[np.arange(n), y]).sum() / n
        upstream = (probabilities - (np.arange(scores.shape[1]) == y[:, None])) / n
    gradients = []
    for (W, _), x in zip(reversed(layers), reversed(inputs)):
        gradients[:0] = [(upstream.T @ x).ravel(), upstream.sum(axis=0)]
        upstream = (upstream @ W) * (x > 0.0)
    value += network.l2 * (parameters @ parameters)
    return float(value), np.concatenate(gradients) + 2.0 * network.l2 * parameters


def random_problem(network: Network) -> Problem:
    """A problem of random inputs and labels."""
    import numpy as np

    random = np.random.default_rng(1)
    X = random.normal(size=(network.batch, network.sizes[0]))
    return problem(network, X, random.integers(0, network.sizes[-1], network.batch))


def _moons(n: int) -> tuple[Any, Any]:
    """Two half circles, by the data of the eager benchmark."""
    import numpy as np

    from benchmarks.eager import moons

    X, y = moons()
    return np.array(X[:n]), np.array(y[:n], dtype=np.float64)


def _spiral(n: int) -> tuple[Any, Any]:
    """The spiral with three arms of CS231n's case study."""
    import numpy as np

    from nn.data import spiral3

    data = spiral3(n_samples=n)
    return np.array(data.X_train), np.array(data.y_train)


def _digits(n: int) -> tuple[Any, Any]:
    """The first of the handwritten digits that scikit-learn carries, in [0, 1]."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X[:n] / 16.0, y[:n]


def prepare(name: str, directory: Path) -> None:
    """Write the problem of a name into a file, once for all sides."""
    import numpy as np

    network = NETWORKS[name]
    if name == CIFAR:
        made = random_problem(network)
    else:
        data = {MOONS: _moons, SPIRAL: _spiral, DIGITS: _digits}[name]
        made = problem(network, *data(network.batch))
    np.savez(
        directory / f"{name}.npz", **{k: v for k, v in made._asdict().items() if k != "network"}
    )


def load(name: str, directory: Path) -> Problem:
    """Read the problem of a name."""
    import numpy as np

    with np.load(directory / f"{name}.npz") as file:
        arrays = dict(file)
    return Problem(NETWORKS[name], value=float(arrays.pop("value")), **arrays)
