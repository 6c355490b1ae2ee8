"""Which neuron and which layer a node of a graph belongs to.

A graph does not know the modules that made it: they are read off its parameters. A neuron is the sum
that a parameter such as `layers.0.neurons.3.w1` goes into, with the activation on top of it. A model
that was called with several samples has its layers and neurons once for each call.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from autograd import Value
from nn import Module, Neuron
from nn.activations import ACTIVATIONS

# The labels that `nn` gives to the parameters of its layers, and the path of the neuron in them.
_LABEL = re.compile(r"(?:\w+\.)*neurons\.\d+\.(?:\d+\.)?(?:w\d+|b|slope)")
_NEURON = re.compile(r"(?:(?P<layer>.*?)\.)?(?P<neuron>neurons\.\d+)\.")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A module in one of its calls: what a picture draws a frame around."""

    name: str
    path: str
    title: str
    is_neuron: bool


@dataclass(frozen=True)
class Parameters:
    """The parameters of a model.

    Attributes:
        paths: the path of each, as `Module.named_parameters()` gives it.
        model: the name of the model's class.
        linear: the paths of those neurons that are known to have no activation.
    """

    paths: Mapping[Value, str]
    model: str = "model"
    linear: frozenset[str] = frozenset()

    @classmethod
    def of_model(cls, model: Module) -> Parameters:
        """Those of a model, whatever their labels are."""
        paths = {parameter: path for path, parameter in model.named_parameters()}
        linear = frozenset(
            paths[module.bias].rpartition(".")[0]
            for module in model.modules()
            if isinstance(module, Neuron) and module.activation in (None, "identity")
        )
        return cls(paths, type(model).__name__, linear)

    @classmethod
    def by_labels(cls, values: Sequence[Value]) -> Parameters:
        """Those leaves among the Values whose labels are paths as `nn` gives them."""
        return cls(
            {
                value: value.label
                for value in values
                if value.label and not value.parents and _LABEL.fullmatch(value.label)
            },
            "Layer",
        )


def clusters_of(
    values: Sequence[Value], parameters: Parameters
) -> dict[Value, tuple[Cluster, ...]]:
    """The modules that operations and parameters are a part of, from the outermost on.

    Args:
        values: a graph, in topological order.
        parameters: those of the model.

    A parameter that several calls share is a part of none of them.
    """
    paths = parameters.paths
    clusters: dict[tuple[str, Hashable], Cluster] = {}
    found: dict[Value, tuple[Cluster, ...]] = {}
    n_consumers = Counter(parent for value in values for parent in set(value.parents))

    def cluster(path: str, title: str, call: Hashable, *, is_neuron: bool) -> Cluster:
        key = (path, call)
        if key not in clusters:
            clusters[key] = Cluster(f"c{len(clusters)}", path, title, is_neuron)
        return clusters[key]

    def opened_by(value: Value, path: str) -> tuple[Cluster, ...]:
        """The clusters of an operation on a parameter, and on results from elsewhere."""
        inputs = tuple(id(parent) for parent in value.parents if parent not in paths)
        if match := _NEURON.match(path):
            layer, neuron = match["layer"] or "", match["neuron"]
            whole = match[0].removesuffix(".")
            return (
                cluster(layer, layer or parameters.model, inputs, is_neuron=False),
                cluster(whole, neuron, inputs, is_neuron=True),
            )
        owner = path.rpartition(".")[0]
        is_neuron = parameters.model == "Neuron"
        call = inputs if is_neuron else None
        return (cluster(owner, owner or parameters.model, call, is_neuron=is_neuron),)

    for value in values:
        parents = value.parents
        # An operation on parameters alone, such as a penalty, is no neuron's.
        of_parameters = all(parent in paths for parent in parents)
        path = next((paths[parent] for parent in parents if parent in paths), None)
        inner = [found[parent] for parent in parents if parent in found]
        if path is not None and not of_parameters:
            own = opened_by(value, path)
            same = (above for above in inner if above[-1].path == own[-1].path)
            found[value] = next(same, own)  # a learned slope meets the sum of its own neuron
        elif (
            len(inner) == len(parents)
            and len(set(inner)) == 1
            and inner[0][-1].is_neuron
            and _ends_neuron(value, n_consumers, parameters, inner[0])
        ):
            found[value] = inner[0]
    for value in values:
        for parent in value.parents:
            if parent in paths and n_consumers[parent] == 1 and value in found:
                found[parent] = found[value]
    return found


def _ends_neuron(
    value: Value,
    n_consumers: Mapping[Value, int],
    parameters: Parameters,
    clusters: tuple[Cluster, ...],
) -> bool:
    """Whether an operation on results of one neuron is still a part of it: its activation."""
    if len(value.parents) > 1:
        return value.op in ("max", "where")  # of Maxout, and of parametric ReLU
    (total,) = value.parents
    return (
        _function(value) in ACTIVATIONS
        and _function(total) not in ACTIVATIONS
        and n_consumers[total] == 1  # a loss may use a score in several places, an activation not
        and clusters[-1].path not in parameters.linear
    )


def _function(value: Value) -> str:
    """The name of an operation, without its static arguments."""
    return value.op.partition("(")[0]
