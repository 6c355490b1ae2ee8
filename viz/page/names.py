"""Graph → what the page calls its nodes: in equations, each by a short name of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count

from viz.graph import Graph, Node
from viz.text import one_line

MAX_NAME = 24  # letters of a label in an equation


@dataclass(frozen=True)
class Names:
    """What the page calls the Values, in topological order.

    Attributes:
        short: for equations, all different; "" for a constant, whose number is its name.
        full: their labels, where there are any.
    """

    short: tuple[str, ...]
    full: tuple[str, ...]

    @property
    def root(self) -> str:
        """The last one's, which a constant has not."""
        return self.short[-1] or "L"


def names_of(graph: Graph) -> Names:
    """Names for the nodes of a graph: their labels; of a network's units h0, h1, … and ŷ.

    Numbers count from 0, as those of `nn` do: h1 is neurons.1 of the one hidden layer, h0_1 that of the
    first of several. ŷ is the output, h1.z the sum in a unit, h1.w0 its first weight, h1.b its bias. Of
    one unit alone these are z, w0 and b. Inputs are x0, x1, …, the rest v1, v2, …, and the result is L.

    >>> from autograd import Value
    >>> from viz.graph import graph_of
    >>> names_of(graph_of([Value(2.0, "x").tanh() * 3 + 1])).short
    ('x', '', '', 'v1', 'v2', 'L')
    """
    labels = [one_line(node.label) for node in graph.nodes]
    of_units = _names_in_units(graph)
    numbered = (name for i in count(1) if (name := f"v{i}") not in labels)
    inputs = (name for i in count() if (name := f"x{i}") not in labels)
    short: list[str] = []
    taken: set[str] = set()
    for node, label in zip(graph.nodes, labels, strict=True):
        if node.parameter:
            path = one_line(node.parameter)
            own = of_units.get(node.name) or path.rpartition(".")[2]
            candidates = chain([own, path], _counted(own))
        elif label or node.name in of_units:
            own = label or of_units[node.name]
            candidates = chain([own], _counted(own))
        elif node.kind == "constant":
            short.append("")
            continue
        else:
            is_result = node.name in graph.roots and "L" not in labels
            others = inputs if node.kind == "input" else numbered
            candidates = chain(["L"] if is_result else [], others)
        name = next(each for each in map(_shortened, candidates) if each not in taken)
        short.append(name)
        taken.add(name)
    return Names(tuple(short), tuple(labels))


def _counted(name: str) -> Iterator[str]:
    # A long name leaves room for its number.
    return (f"{_shortened(name)[: MAX_NAME - 6]} ({i})" for i in count(2))


def _shortened(label: str) -> str:
    return label if len(label) <= MAX_NAME else label[: MAX_NAME - 1] + "…"


def _names_in_units(graph: Graph) -> dict[str, str]:
    """Names for the neurons' sums, results and parameters, by the nodes' names."""
    nodes = {node.name: node for node in graph.nodes}
    into = graph.edges_into()
    units: dict[str, dict[str, None]] = {}  # of each layer, in order
    members: dict[str, list[Node]] = {}  # of each neuron in one of its calls
    layers_before: dict[str, frozenset[str]] = {}
    hidden: set[str] = set()
    for node in graph.nodes:
        before = frozenset[str]().union(*(layers_before[e.source] for e in into[node.name]))
        if node.clusters and not node.parameter:
            layer, neuron = node.clusters[0].title, node.clusters[-1]
            if neuron.is_neuron:
                units.setdefault(layer, {})[neuron.title] = None
                members.setdefault(neuron.name, []).append(node)
            hidden |= before - {layer}
            before |= {layer}
        layers_before[node.name] = before

    is_alone = sum(map(len, units.values())) == 1
    hidden_layers = [layer for layer in units if layer in hidden]

    def unit(node: Node) -> str:
        layer, title = node.clusters[0].title, node.clusters[-1].title
        digits = re.search(r"\d+$", title)
        number = digits[0] if digits and len(node.clusters) > 1 else ""
        if layer not in hidden:
            return f"ŷ{number}" if len(units[layer]) > 1 else "ŷ"
        place = str(hidden_layers.index(layer)) if len(hidden_layers) > 1 else ""
        return "h" + "_".join(filter(None, [place, number]))

    names: dict[str, str] = {}
    for inside in members.values():
        *inner, output = inside
        name = unit(output)
        prefix = "" if is_alone else f"{name}."
        names[output.name] = name
        sums = [node for node in inner if node.function == "dot"]
        for i, node in enumerate(sums):
            names[node.name] = f"{prefix}z" + (str(i) if len(sums) > 1 else "")
        for source in (nodes[edge.source] for node in inside for edge in into[node.name]):
            if source.parameter:
                # What follows the neuron in the path: w0, or of a piece of a maxout neuron 1.w0.
                title = output.clusters[-1].title
                path = one_line(source.parameter)
                own = path.rpartition(f"{title}.")[2] if f"{title}." in path else ""
                names.setdefault(source.name, prefix + (own or path.rpartition(".")[2]))
    return names
