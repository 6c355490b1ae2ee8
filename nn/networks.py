"""Networks: layers one after another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from autograd.conversion import brief, is_number
from nn.activations import PRELU, Activation, activation_named
from nn.initializers import Initializer
from nn.layers import Dropout, Layer, Seed, generator, name_of
from nn.module import Module, as_inputs


class Sequential(Module):
    """Modules one after another: each takes what the one before it returns.

    Args:
        layers: layers, or anything that is called with a list and returns a Value or a list of them.

    >>> model = Sequential(Layer(2, 8, seed=0), Dropout(0.5, seed=1), Layer(8, 1, None, seed=2))
    >>> model.n_parameters
    33
    >>> model.eval()([1.0, -1.0]).op
    'dot'
    """

    def __init__(self, *layers: Module) -> None:
        for layer in layers:
            given: Any = layer
            if not isinstance(given, Module):
                advice = (
                    "Sequential(*layers)"
                    if hasattr(given, "__iter__")
                    else "an activation to the layer it belongs to, as Layer(2, 8, activation='tanh')"
                )
                raise TypeError(
                    "Sequential() takes modules, one argument each, but got "
                    f"{brief(given)}; give {advice}"
                )
        if not layers:
            raise ValueError("Sequential() of nothing: give at least one layer")
        self.layers = list(layers)
        self.label_parameters()

    def __call__(self, inputs: Any) -> Any:
        for layer in self.layers:
            inputs = layer(inputs)  # type: ignore[operator]
        return inputs

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


class MLP(Module):
    """A multi-layer perceptron: fully connected layers, one after another.

    Args:
        n_inputs: how many numbers it takes. The input layer is not counted as a layer.
        n_neurons: how many neurons each layer has, the last one's being the outputs.
        activation: that of every layer but the last; see `Neuron`.
        output_activation: that of the last layer; none by default, so that outputs are scores.
        seed: an int that fixes the initial weights, and what dropout ignores; without it Python's
            `random.seed()` does.
        initializer: what weights start as, of all layers; see `Neuron`.
        dropout: the probability with which the output of a hidden neuron is ignored in training.

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
        n_neurons: Sequence[int] = (),
        activation: str | Activation | None = "relu",
        output_activation: str | Activation | None = None,
        seed: Seed = None,
        *,
        initializer: str | float | Initializer | None = None,
        dropout: float = 0.0,
    ) -> None:
        _require_sizes(n_inputs, n_neurons, activation, output_activation, seed)
        sizes = [n_inputs, *n_neurons]
        if len(sizes) < 2:
            raise ValueError("an MLP has at least one layer: n_neurons is empty; give [1], say")
        if activation != PRELU:
            activation_named(activation)  # which may be wrong even where no hidden layer needs it
        random = generator(seed)
        activations = [activation] * (len(sizes) - 2) + [output_activation]
        self.layers = [
            Layer(n_in, n_out, function, random, initializer=initializer)
            for n_in, n_out, function in zip(sizes, sizes[1:], activations, strict=False)
        ]
        self.dropout = Dropout(dropout, random) if dropout else None
        self.label_parameters()

    def config(self) -> dict[str, Any]:
        """The arguments that make another network like this one."""
        n_inputs, *n_neurons = self.sizes
        return {
            "n_inputs": n_inputs,
            "n_neurons": n_neurons,
            "activation": self.layers[0].activation,
            "output_activation": self.layers[-1].activation,
            "dropout": self.dropout.p if self.dropout else 0.0,
        }

    @property
    def sizes(self) -> list[int]:
        """The number of inputs, then of each layer's neurons."""
        return [self.layers[0].n_inputs, *(len(layer.neurons) for layer in self.layers)]

    def __call__(self, inputs: Any) -> Any:
        values = as_inputs(inputs, self.layers[0].n_inputs, "this MLP")
        *hidden_layers, last = self.layers
        for layer in hidden_layers:
            values = layer.fire(values)
            if self.dropout is not None:
                values = self.dropout.fire(values)
        values = last.fire(values)
        return values[0] if len(values) == 1 else values

    def __repr__(self) -> str:
        n_inputs, *n_neurons = self.sizes
        hidden = f", activation={name_of(self.layers[0].activation)}" if len(n_neurons) > 1 else ""
        output = self.layers[-1].activation
        last = "" if output is None else f", output_activation={name_of(output)}"
        dropout = f", dropout={self.dropout.p!r}" if self.dropout else ""
        return f"MLP({n_inputs}, {n_neurons}{hidden}{last}{dropout})"


def _require_sizes(n_inputs: Any, n_neurons: Any, *others: Any) -> None:
    """TypeError for sizes that are not given as an MLP takes them, with what was probably meant."""
    if hasattr(n_inputs, "__iter__"):
        sizes, name, given = list(n_inputs), "n_inputs must be a number", n_inputs
    elif isinstance(n_neurons, str) or not hasattr(n_neurons, "__iter__"):
        sizes = list(takewhile(is_number, (n_inputs, n_neurons, *others)))
        name, given = "n_neurons must be a list, of how many neurons each layer has", n_neurons
    else:
        return
    advice = f": give MLP({sizes[0]!r}, {sizes[1:]})" if len(sizes) > 1 else ""
    raise TypeError(f"{name}, but is {brief(given)}{advice}")
