"""Neuron, Layer, MLP: from one unit to a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import sqrt
from random import Random
from typing import Any

from autograd import Value
from autograd.reductions import dots
from nn.module import Module, as_inputs

Activation = Callable[[Value], Value]
Seed = int | Random | None

ACTIVATIONS: dict[str, Activation] = {
    "relu": Value.relu,
    "sigmoid": Value.sigmoid,
    "tanh": Value.tanh,
}


class Neuron(Module):
    """One unit: activation(Σ weight · input + bias).

    With activation="sigmoid" its output is the firing rate, in (0, 1).

    Args:
        n_inputs: how many numbers it takes.
        activation: "relu", "sigmoid", "tanh", a function of a Value, or None for none.
        seed: an int, or a `random.Random` to draw from.

    Weights start as draws from a normal distribution of variance 2/n_inputs for ReLU (He et al. 2015),
    1/n_inputs otherwise (LeCun et al. 1998); the bias starts at 0.

    >>> neuron = Neuron(2, activation="sigmoid", seed=0)
    >>> neuron.weights[0].data, neuron.weights[1].data, neuron.bias.data = -1.0, 2.0, 0.5
    >>> round(neuron([1.0, 2.0]).data, 4)
    0.9707
    """

    def __init__(
        self, n_inputs: int, activation: str | Activation | None = "relu", seed: Seed = None
    ) -> None:
        _require_positive("n_inputs", n_inputs)
        random = _generator(seed)
        self.n_inputs = n_inputs
        self.activation = activation
        self._function = _activation(activation)
        deviation = sqrt((2.0 if activation == "relu" else 1.0) / n_inputs)
        self.weights = [Value(random.gauss(0.0, deviation)) for _ in range(n_inputs)]
        self.bias = Value(0.0)
        self.label_parameters()

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """w0, w1, ... and b."""
        for index, weight in enumerate(self.weights):
            yield f"w{index}", weight
        yield "b", self.bias

    def named_arrays(self) -> Iterator[tuple[str, Any]]:
        """weight, of shape (n_inputs,), and bias, a scalar."""
        yield "weight", self.weights
        yield "bias", self.bias

    def __call__(self, inputs: Any) -> Value:
        return self.fire(as_inputs(inputs, self.n_inputs, "this neuron"))

    def fire(self, inputs: Sequence[Value]) -> Value:
        """The output for inputs that are Values already, and as many as there are weights."""
        (total,) = dots([(self.weights, self.bias)], inputs)
        return self.activate(total)

    def activate(self, total: Value) -> Value:
        """The output for the weighted sum of the inputs and the bias."""
        return total if self._function is None else self._function(total)

    def __repr__(self) -> str:
        return f"Neuron({self.n_inputs}, activation={_name(self.activation)})"


class Layer(Module):
    """Neurons side by side, each connected to every input.

    Args: as for `Neuron`, and n_neurons, the number of outputs.

    Returns a list of Values; the Value itself if there is one neuron.

    >>> layer = Layer(2, 3, activation="tanh", seed=0)
    >>> [output.op for output in layer([1.0, 2.0])]
    ['tanh', 'tanh', 'tanh']
    """

    def __init__(
        self,
        n_inputs: int,
        n_neurons: int,
        activation: str | Activation | None = "relu",
        seed: Seed = None,
    ) -> None:
        _require_positive("n_neurons", n_neurons)
        random = _generator(seed)
        self.neurons = [Neuron(n_inputs, activation, random) for _ in range(n_neurons)]
        self.label_parameters()

    def named_arrays(self) -> Iterator[tuple[str, Any]]:
        """weight, of shape (n_neurons, n_inputs), and bias, of shape (n_neurons,)."""
        yield "weight", [neuron.weights for neuron in self.neurons]
        yield "bias", [neuron.bias for neuron in self.neurons]

    @property
    def n_inputs(self) -> int:
        """How many numbers the layer takes."""
        return self.neurons[0].n_inputs

    @property
    def activation(self) -> str | Activation | None:
        """The neurons' activation."""
        return self.neurons[0].activation

    def __call__(self, inputs: Any) -> Any:
        outputs = self.fire(as_inputs(inputs, self.n_inputs, "this layer"))
        return outputs[0] if len(outputs) == 1 else outputs

    def fire(self, inputs: Sequence[Value]) -> list[Value]:
        """Every neuron's output, as `Neuron.fire`."""
        totals = dots([(neuron.weights, neuron.bias) for neuron in self.neurons], inputs)
        return [neuron.activate(total) for neuron, total in zip(self.neurons, totals)]

    def __repr__(self) -> str:
        return f"Layer({self.n_inputs}, {len(self.neurons)}, activation={_name(self.activation)})"


class MLP(Module):
    """A multi-layer perceptron: fully connected layers, one after another.

    Args:
        n_inputs: how many numbers it takes. The input layer is not counted as a layer.
        n_neurons: how many neurons each layer has, the last one's being the outputs.
        activation: that of every layer but the last; see `Neuron`.
        output_activation: that of the last layer; none by default, so that outputs are scores.
        seed: an int that fixes the initial weights.

    Returns a list of Values; the Value itself if there is one output. Parameters are labelled by
    their path: `layers.0.neurons.3.w1`, `layers.0.neurons.3.b`.

    >>> model = MLP(2, [16, 16, 1], seed=0)
    >>> model
    MLP(2, [16, 16, 1], activation='relu')
    >>> model.n_parameters
    337
    """

    def __init__(
        self,
        n_inputs: int,
        n_neurons: Sequence[int],
        activation: str | Activation | None = "relu",
        output_activation: str | Activation | None = None,
        seed: Seed = None,
    ) -> None:
        sizes = [n_inputs, *n_neurons]
        if len(sizes) < 2:
            raise ValueError("an MLP has at least one layer: n_neurons is empty; give [1], say")
        random = _generator(seed)
        activations = [activation] * (len(sizes) - 2) + [output_activation]
        self.layers = [
            Layer(n_in, n_out, function, random)
            for n_in, n_out, function in zip(sizes, sizes[1:], activations, strict=False)
        ]
        self.label_parameters()

    @property
    def sizes(self) -> list[int]:
        """The number of inputs, then of each layer's neurons."""
        return [self.layers[0].n_inputs, *(len(layer.neurons) for layer in self.layers)]

    def __call__(self, inputs: Any) -> Any:
        values = as_inputs(inputs, self.layers[0].n_inputs, "this MLP")
        for layer in self.layers:
            values = layer.fire(values)
        return values[0] if len(values) == 1 else values

    def __repr__(self) -> str:
        n_inputs, *n_neurons = self.sizes
        hidden = f", activation={_name(self.layers[0].activation)}" if len(n_neurons) > 1 else ""
        output = self.layers[-1].activation
        last = "" if output is None else f", output_activation={_name(output)}"
        return f"MLP({n_inputs}, {n_neurons}{hidden}{last})"


def _activation(activation: str | Activation | None) -> Activation | None:
    if activation is None or callable(activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"there is no activation named {activation!r}: choose one of "
            f"{', '.join(sorted(ACTIVATIONS))}, give a function, or None"
        )
    return ACTIVATIONS[activation]


def _name(activation: str | Activation | None) -> str:
    return repr(getattr(activation, "__name__", activation))


def _generator(seed: Seed) -> Random:
    return seed if isinstance(seed, Random) else Random(seed)


def _require_positive(name: str, number: object) -> None:
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, but is {number!r}")
