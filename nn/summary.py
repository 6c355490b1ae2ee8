"""What a model is made of, as a table: layers, shapes, weights and biases."""

from __future__ import annotations

from collections.abc import Iterator

from nn.layers import Neuron, name_of
from nn.module import Module, attributes, modules_within


class _Own(Module):
    """The parameters that a module has beside those of its parts."""

    def __init__(self, owner: Module) -> None:
        for name, part in attributes(owner):
            if not list(modules_within(name, part)):
                vars(self)[name] = part
        self._name = type(owner).__name__

    def __repr__(self) -> str:
        return self._name


def layers_of(model: Module, path: str = "") -> Iterator[tuple[str, Module]]:
    """The layers of a model, each with its path: what has a line in its summary.

    A module is a layer if it consists of neurons or has no modules inside; the parameters that another
    one has of its own count as a layer too.

    >>> from nn import MLP
    >>> [path for path, layer in layers_of(MLP(3, [4, 1]))]
    ['layers.0', 'layers.1']
    """
    parts = list(model.named_modules())
    if all(isinstance(part, Neuron) for _, part in parts):
        yield path, model
        return
    if (own := _Own(model)).n_parameters:
        yield path, own
    for name, part in parts:
        yield from layers_of(part, f"{path}.{name}" if path else name)


def summarize(model: Module) -> str:
    """The text that `Module.summary()` prints.

    >>> print(summarize(Neuron(3, "sigmoid")))
    Neuron(3, activation='sigmoid')
    <BLANKLINE>
    layer  kind    activation  shape  weights  biases  total
           Neuron  sigmoid     3 → 1        3       1      4
    <BLANKLINE>
    1 layer, the input layer not counted; 4 parameters: 3 weights, 1 bias
    """
    layers = list(layers_of(model))
    rows: list[tuple[str, ...]] = [
        ("layer", "kind", "activation", "shape", "weights", "biases", "total")
    ]
    for path, layer in layers:
        weights, biases = layer.weights_and_biases()
        counts = (len(weights), len(biases), layer.n_parameters)
        rows.append((path, *_kind_and_shape(layer), *map(str, counts)))
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [
        "  ".join(
            cell.ljust(width) if column < 3 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    ]
    weights, biases = model.weights_and_biases()
    n_layers = sum(bool(layer.n_parameters) for _, layer in layers)
    n_slopes = model.n_parameters - len(weights) - len(biases)
    slopes = f", {_count(n_slopes, 'slope')}" if n_slopes else ""
    n_frozen = sum(parameter.kind == "constant" for parameter in model.parameters())
    frozen = f"; {n_frozen:,} of them frozen" if n_frozen else ""
    total = (
        f"{_count(n_layers, 'layer')}, the input layer not counted; "
        f"{_count(model.n_parameters, 'parameter')}: {_count(len(weights), 'weight')}, "
        f"{_count(len(biases), 'bias', 'biases')}{slopes}{frozen}"
    )
    return "\n".join([repr(model), "", *lines, "", total])


def _kind_and_shape(layer: Module) -> tuple[str, str, str]:
    if not hasattr(layer, "n_inputs"):
        return repr(layer), "", ""
    activation = getattr(layer, "activation", None)
    name = "–" if activation is None else name_of(activation).strip("'")
    n_outputs = len(layer.neurons) if hasattr(layer, "neurons") else 1
    return type(layer).__name__, name, f"{layer.n_inputs} → {n_outputs}"


def _count(number: int, singular: str, plural: str = "") -> str:
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
