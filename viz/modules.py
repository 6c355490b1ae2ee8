"""Which neuron and which layer a node of a graph belongs to.

A graph does not know the modules that made it: they are read off its parameters. A neuron is the sum
that its weights go into, with the activation on top of it. A model that was called with several samples
has its layers and neurons once for each call.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from autograd import Value
from nn import Module, Neuron
from nn.activations import ACTIVATIONS

# The labels that `nn` gives to the parameters of its layers.
_LABEL = re.compile(
    r"(?P<path>(?:(?P<layer>\w+(?:\.\w+)*?)\.)?(?P<title>neurons\.\d+)(?:\.\d+)?)\.(?:w\d+|b|slope)"
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A layer or a neuron in one of its calls: what a picture draws a frame around."""

    name: str
    title: str
    is_neuron: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parameter is in a model.

    Attributes:
        path: of the neuron, or of the piece of a maxout neuron, that it is a parameter of.
        title: the neuron's name in its layer.
        layer: the layer's path; None for a neuron outside of any layer.
    """

    path: str
    title: str
    layer: str | None


@dataclass(frozen=True)
class Parameters:
    """The parameters of a model.

    Attributes:
        paths: the path of each, as `Module.named_parameters()` gives it.
        places: where those are that belong to the neurons of `nn`.
        linear: the paths of the neurons that have no activation; None if that is not known.
    """

    paths: Mapping[Value, str]
    places: Mapping[Value, Place]
    linear: frozenset[str] | None = None

    @classmethod
    def of_model(cls, model: Module) -> Parameters:
        """Those of a model, whatever their labels are."""
        paths = {parameter: path for path, parameter in model.named_parameters()}
        places: dict[Value, Place] = {}
        linear: set[str] = set()
        for module in model.modules():
            if isinstance(module, Neuron):
                for parameter in module.parameters():
                    if (path := paths.get(parameter)) is None:
                        continue  # the model does not call it a parameter
                    owner = path.rpartition(".")[0]
                    match = _LABEL.fullmatch(path)
                    places[parameter] = (
                        Place(owner, owner.rpartition(".")[2] or type(module).__name__, None)
                        if match is None
                        else _place(match, type(model).__name__)
                    )
                if module.bias in places and module.activation in (None, "identity"):
                    linear.add(places[module.bias].path)
        return cls(paths, places, frozenset(linear))

    @classmethod
    def by_labels(cls, values: Sequence[Value]) -> Parameters:
        """Those leaves among the Values whose labels are paths as `nn` gives them."""
        matches = {
            value: match
            for value in values
            if value.label and not value.parents and (match := _LABEL.fullmatch(str(value.label)))
        }
        return cls(
            {value: match[0] for value, match in matches.items()},
            {value: _place(match, "Layer") for value, match in matches.items()},
        )


def _place(match: re.Match[str], model: str) -> Place:
    return Place(match["path"], match["title"], match["layer"] or model)


def clusters_of(
    values: Sequence[Value], parameters: Parameters
) -> dict[Value, tuple[Cluster, ...]]:
    """The layer and the neuron that operations and parameters are a part of, the layer first.

    Args:
        values: a graph, in topological order.
        parameters: those of the model.

    A parameter that several calls share is a part of none of them.
    """
    consumers: dict[Value, list[Value]] = defaultdict(list)
    for value in values:
        for parent in dict.fromkeys(value.parents):
            consumers[parent].append(value)
    found: dict[Value, tuple[Cluster, ...]] = {}
    clusters: dict[Hashable, Cluster] = {}
    n_calls: Counter[Hashable] = Counter()

    def cluster(title: str, key: Hashable, *, is_neuron: bool) -> Cluster:
        if key not in clusters:
            clusters[key] = Cluster(f"c{len(clusters)}", title, is_neuron)
        return clusters[key]

    def frames_of_sum(value: Value, place: Place) -> tuple[Cluster, ...]:
        # The neurons of a layer take the same inputs. If one of them takes those again, it is another
        # call: its masks of dropout, say, were different ones before.
        inputs = tuple(id(parent) for parent in value.parents if parent not in parameters.places)
        call = (inputs, n_calls[place.path, inputs])
        n_calls[place.path, inputs] += 1
        neuron = cluster(place.title, (place.layer, place.title, call), is_neuron=True)
        if place.layer is None:
            return (neuron,)
        return (cluster(place.layer, (place.layer, call), is_neuron=False), neuron)

    for value in values:
        place = next((parameters.places[p] for p in value.parents if p in parameters.places), None)
        inner = {found[parent] for parent in value.parents if parent in found}
        if place is not None and is_sum_of_inputs(value, parameters):
            found[value] = frames_of_sum(value, place)
        elif len(inner) == 1 and _continues_neuron(value, found, consumers, parameters):
            found[value] = inner.pop()
    for parameter in parameters.places:
        users = consumers.get(parameter, [])
        if len(users) == 1 and users[0] in found:
            found[parameter] = found[users[0]]
    return found


def is_sum_of_inputs(value: Value, parameters: Parameters) -> bool:
    """Whether a Value is a neuron's sum: Σ weight · input, the inputs being no parameters themselves."""
    parents = value.parents
    n = len(parents) // 2
    return (
        function_of(value) == "dot"
        and all(weight in parameters.paths for weight in parents[:n])
        and not any(x in parameters.paths for x in parents[n : 2 * n])
    )


def _continues_neuron(
    value: Value,
    found: Mapping[Value, tuple[Cluster, ...]],
    consumers: Mapping[Value, Sequence[Value]],
    parameters: Parameters,
) -> bool:
    """Whether an operation on results of one neuron is still a part of it: its activation."""
    function, parents = function_of(value), value.parents
    others = [parent for parent in parents if parent not in found]
    if function == "*":  # of parametric ReLU
        return any(parameters.paths.get(parent, "").endswith("slope") for parent in others)
    if others or function in ("where", "max"):  # the latter of Maxout
        return not others
    (total,) = parents if len(parents) == 1 else (None,)
    if total is None or function not in ACTIVATIONS or function_of(total) != "dot":
        return False
    if len(consumers[total]) > 1:  # a loss may use a score in several places, an activation not
        return False
    if parameters.linear is not None:
        place = next(parameters.places[p] for p in total.parents if p in parameters.places)
        return place.path not in parameters.linear
    # A loss of nn may be the softplus of a score; an activation goes on into another neuron.
    return function != "softplus" or any(function_of(c) == "dot" for c in consumers[value])


def function_of(value: Value) -> str:
    """The table's name of the operation that made a Value, without static arguments; "" for all else."""
    return value.operation.table_name if value.parents else ""
