"""Neurons side by side: Layer and Maxout; and Dropout, which ignores some of them in training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import index
from random import Random, getrandbits
from typing import Any

import autograd
from autograd import Value
from autograd.conversion import as_count, brief, is_number
from autograd.reductions import dots
from autograd.tracing import current_tracer
from autograd.value import Draw, drawn
from nn.activations import (
    PRELU,
    PRELU_SLOPE,
    Activation,
    activation_named,
    initializer_for,
    name_if_known,
    prelu,
)
from nn.initializers import Initializer, initializer_named
from nn.module import Module, as_inputs, as_values

Seed = int | Random | None


class Neuron(Module):
    """One unit: activation(Σ weight · input + bias).

    With activation="sigmoid" its output is the firing rate, in (0, 1).

    Args:
        n_inputs: how many numbers it takes.
        activation: "elu", "gelu", "identity", "leaky_relu", "prelu", "relu", "sigmoid", "silu", "sin",
            "softplus", "tanh", a function of a Value, or None for none. "prelu" gives the neuron
            another parameter, `slope`, which starts at 0.25.
        seed: an int, or a `random.Random` to draw from.
        initializer: what weights start as: a name or function of `nn.initializers`, or a number. By
            default "he_normal" for ReLU and its relatives, "xavier_normal" for all else. The bias
            starts at 0.
        n_neurons: how many neurons its layer has, for those initializers that ask.

    >>> neuron = Neuron(2, activation="sigmoid", seed=0)
    >>> neuron.weights[0].data, neuron.weights[1].data, neuron.bias.data = -1.0, 2.0, 0.5
    >>> round(neuron([1.0, 2.0]).data, 4)
    0.9707
    """

    def __init__(
        self,
        n_inputs: int,
        activation: str | Activation | None = "relu",
        seed: Seed = None,
        *,
        initializer: str | float | Initializer | None = None,
        n_neurons: int = 1,
    ) -> None:
        n_inputs = as_count(n_inputs, "n_inputs")
        random = generator(seed)
        self.slope: Value | None = None
        self.activation = activation
        if initializer is None:
            initializer = initializer_for(self.activation)
        draw = initializer_named(initializer)
        self.n_inputs = n_inputs
        self.weights = [Value(draw(random, n_inputs, n_neurons)) for _ in range(n_inputs)]
        self.bias = Value(0.0)
        self.label_parameters()

    @property
    def activation(self) -> str | Activation | None:
        """The activation, by name if it has one. It can be set: `neuron.activation = "leaky_relu"`."""
        return self._activation

    @activation.setter
    def activation(self, activation: str | Activation | None) -> None:
        self._activation = name_if_known(activation)
        if self._activation == PRELU:
            self._function = None
            self.slope = Value(PRELU_SLOPE, "slope") if self.slope is None else self.slope
        else:
            self._function = activation_named(self._activation)
            self.slope = None

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """w0, w1, ... and b; for a parametric ReLU also slope."""
        for i, weight in enumerate(self.weights):
            yield f"w{i}", weight
        yield "b", self.bias
        if self.slope is not None:
            yield "slope", self.slope

    def named_arrays(self) -> Iterator[tuple[str, Any]]:
        """weight, of shape (n_inputs,), and bias, a scalar, as is slope for a parametric ReLU."""
        yield "weight", self.weights
        yield "bias", self.bias
        if self.slope is not None:
            yield "slope", self.slope

    def config(self) -> dict[str, Any]:
        """The arguments that make another neuron like this one."""
        return {"n_inputs": self.n_inputs, "activation": self.activation}

    def __call__(self, inputs: Any) -> Value:
        return self.fire(as_inputs(inputs, self.n_inputs, "this neuron"))

    def fire(self, inputs: Sequence[Value]) -> Value:
        """The output for inputs that are Values already, and as many as there are weights."""
        (total,) = dots([(self.weights, self.bias)], inputs)
        return self.activate(total)

    def activate(self, total: Value) -> Value:
        """The output for the weighted sum of the inputs and the bias."""
        if self._function is not None:
            return self._function(total)
        assert self.slope is not None
        return prelu(total, self.slope)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"Neuron({self.n_inputs}, activation={name_of(self.activation)})"


class Layer(Module):
    """Neurons side by side, each connected to every input.

    Args: as for `Neuron`, and n_neurons, the number of outputs.

    Returns a list of Values; the Value itself if there is one neuron.

    >>> layer = Layer(2, 3, activation="tanh", seed=0)
    >>> [output.op for output in layer([1.0, 2.0])]
    ['tanh', 'tanh', 'tanh']
    """

    # Told of the outputs for each sample, while somebody listens.
    observer: Callable[[list[Value]], None] | None = None

    def __init__(
        self,
        n_inputs: int,
        n_neurons: int,
        activation: str | Activation | None = "relu",
        seed: Seed = None,
        *,
        initializer: str | float | Initializer | None = None,
    ) -> None:
        n_neurons = as_count(n_neurons, "n_neurons")
        random = generator(seed)
        self.neurons = [
            Neuron(n_inputs, activation, random, initializer=initializer, n_neurons=n_neurons)
            for _ in range(n_neurons)
        ]
        self.label_parameters()

    def named_arrays(self) -> Iterator[tuple[str, Any]]:
        """weight, of shape (n_neurons, n_inputs); bias, and slope if any, of shape (n_neurons,)."""
        yield "weight", [neuron.weights for neuron in self.neurons]
        yield "bias", [neuron.bias for neuron in self.neurons]
        if self.activation == PRELU:
            yield "slope", [neuron.slope for neuron in self.neurons]

    def config(self) -> dict[str, Any]:
        """The arguments that make another layer like this one."""
        return {
            "n_inputs": self.n_inputs,
            "n_neurons": len(self.neurons),
            "activation": self.activation,
        }

    @property
    def n_inputs(self) -> int:
        """How many numbers the layer takes."""
        return self.neurons[0].n_inputs

    @property
    def activation(self) -> str | Activation | None:
        """The neurons' activation. It can be set, for all of them: `layer.activation = "tanh"`."""
        return self.neurons[0].activation

    @activation.setter
    def activation(self, activation: str | Activation | None) -> None:
        for neuron in self.neurons:
            neuron.activation = activation

    def __call__(self, inputs: Any) -> Any:
        outputs = self.fire(as_inputs(inputs, self.n_inputs, "this layer"))
        return outputs[0] if len(outputs) == 1 else outputs

    def fire(self, inputs: Sequence[Value]) -> list[Value]:
        """Every neuron's output, as `Neuron.fire`."""
        totals = dots([(neuron.weights, neuron.bias) for neuron in self.neurons], inputs)
        outputs = [neuron.activate(total) for neuron, total in zip(self.neurons, totals)]
        if self.observer is not None:
            self.observer(outputs)
        return outputs

    def __repr__(self) -> str:
        return f"Layer({self.n_inputs}, {len(self.neurons)}, activation={name_of(self.activation)})"


class Maxout(Module):
    """Neurons that are the largest of several weighted sums each (Goodfellow et al. 2013).

    A maxout neuron of two pieces can become a ReLU, a leaky ReLU or |x|; it never dies, and has
    twice the parameters.

    Args:
        n_inputs: how many numbers it takes.
        n_neurons: how many outputs it has.
        n_pieces: of how many sums each output is the largest.
        seed, initializer: as for `Neuron`.

    Returns a list of Values; the Value itself if there is one neuron. The parameters of piece 1 of
    neuron 3 are named neurons.3.1.w0, ..., neurons.3.1.b.

    >>> layer = Maxout(2, 3, seed=0)
    >>> [output.op for output in layer([1.0, 2.0])], layer.n_parameters
    (['max', 'max', 'max'], 18)
    """

    def __init__(
        self,
        n_inputs: int,
        n_neurons: int,
        n_pieces: int = 2,
        seed: Seed = None,
        *,
        initializer: str | float | Initializer | None = None,
    ) -> None:
        n_neurons, n_pieces = as_count(n_neurons, "n_neurons"), as_count(n_pieces, "n_pieces")
        random = generator(seed)

        def piece() -> Neuron:
            return Neuron(n_inputs, None, random, initializer=initializer, n_neurons=n_neurons)

        self.neurons = [[piece() for _ in range(n_pieces)] for _ in range(n_neurons)]
        self.label_parameters()

    def named_arrays(self) -> Iterator[tuple[str, Any]]:
        """weight, of shape (n_neurons, n_pieces, n_inputs), and bias, of shape (n_neurons, n_pieces)."""
        yield "weight", [[piece.weights for piece in neuron] for neuron in self.neurons]
        yield "bias", [[piece.bias for piece in neuron] for neuron in self.neurons]

    def config(self) -> dict[str, Any]:
        """The arguments that make another layer like this one."""
        return {
            "n_inputs": self.n_inputs,
            "n_neurons": len(self.neurons),
            "n_pieces": len(self.neurons[0]),
        }

    @property
    def n_inputs(self) -> int:
        """How many numbers the layer takes."""
        return self.neurons[0][0].n_inputs

    def __call__(self, inputs: Any) -> Any:
        values = as_inputs(inputs, self.n_inputs, "this layer")
        outputs = [
            autograd.max(dots([(piece.weights, piece.bias) for piece in neuron], values))
            for neuron in self.neurons
        ]
        return outputs[0] if len(outputs) == 1 else outputs

    def __repr__(self) -> str:
        return f"Maxout({self.n_inputs}, {len(self.neurons)}, {len(self.neurons[0])})"


class Dropout(Module):
    """Ignores each input with probability p while training (Srivastava et al. 2014).

    What is let through is divided by 1 - p, so that the sum that the next layer sees is the same on
    average; after `eval()` everything passes unchanged. The masks are constants of the graph, and a
    compiled function draws them anew at each call, from the same stream.

    Args:
        p: the probability of being ignored, from 0 to below 1.
        seed: an int, or a `random.Random` to draw from; another draw at each call.

    >>> dropout = Dropout(0.5, seed=0)
    >>> [output.data for output in dropout([1.0, 1.0, 1.0, 1.0])]
    [2.0, 2.0, 0.0, 0.0]
    >>> dropout.eval()([1.0])
    Value(1.0)
    """

    def __init__(self, p: float = 0.5, seed: Seed = None) -> None:
        if not is_number(p) or not 0.0 <= p < 1.0:
            raise ValueError(f"p is a probability from 0 to below 1, but is {p!r}")
        self.p = p
        self.random = generator(seed)

    def config(self) -> dict[str, Any]:
        """The arguments that make another dropout like this one."""
        return {"p": self.p}

    def __call__(self, inputs: Any) -> Any:
        outputs = self.fire(as_values(inputs, "dropout"))
        return outputs[0] if len(outputs) == 1 else outputs

    def fire(self, inputs: Sequence[Value]) -> list[Value]:
        """The output for inputs that are Values already."""
        if (tracer := current_tracer()) is not None:
            tracer.depends_on(self, "training")
            tracer.depends_on(self, "p")
        if not self.training or not self.p:
            return list(inputs)
        p, kept = self.p, 1.0 / (1.0 - self.p)
        mask = Draw(self.random, lambda uniform: kept * (uniform >= p))
        return [x * drawn(mask) for x in inputs]

    def __repr__(self) -> str:
        return f"Dropout({self.p!r})"


def name_of(activation: str | Activation | None) -> str:
    """An activation as it is written: a name in quotes, or None; a function by its own name."""
    if callable(activation):
        activation = getattr(activation, "__name__", type(activation).__name__)
    return repr(activation)


def generator(seed: Seed) -> Random:
    """A generator to draw from: the one given, or a new one with a seed.

    Without a seed Python's own generator gives one, so that `random.seed()` fixes a whole program, as
    programs for micrograd expect.
    """
    if isinstance(seed, Random):
        return seed
    if seed is not None and not hasattr(seed, "__index__"):
        raise TypeError(
            f"seed must be a whole number, a random.Random or None, but is {brief(seed)}"
        )
    return Random(getrandbits(64) if seed is None else index(seed))


def dropout_generators(model: object) -> list[Random]:
    """The generators that a model's dropout draws from, each once."""
    modules = model.modules() if isinstance(model, Module) else ()
    generators = [module.random for module in modules if isinstance(module, Dropout)]
    return list(dict.fromkeys(generators))
