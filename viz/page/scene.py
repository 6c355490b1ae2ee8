"""Graph → what the page draws, and which Values each box and each edge of the picture stands for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from autograd import Value
from viz import folding
from viz.graph import Gradient, Graph, Node
from viz.page.names import Names
from viz.text import one_line


@dataclass(frozen=True)
class Box:
    """A node of the picture.

    Attributes:
        output: the number of the Value whose data and gradient it shows.
        operations: the numbers of the operations in it, in topological order; none of a leaf.
        pins: the numbers of the weights that are written in it.
        bias: the number of the bias that is written in it.
        title: of several nodes in one, the neuron's name.
    """

    output: int
    operations: tuple[int, ...]
    pins: tuple[int, ...] = ()
    bias: int | None = None
    title: str = ""


@dataclass(frozen=True)
class Use:
    """An edge of the picture.

    Attributes:
        source: the number of the Value that it comes from.
        box: the number of the box that it goes to.
        operands: where the source is used in that box: the number of an operation, and which of its
            operands.
        weight: the number of the weight that multiplies the source, if it is written at the edge.
    """

    source: int
    box: int
    operands: tuple[tuple[int, int], ...]
    weight: int | None = None


@dataclass(frozen=True)
class Scene:
    """What the page draws.

    Attributes:
        graph: the picture, with the numbers of a run.
        boxes: its nodes, in the same order.
        uses: its edges, in the same order.
    """

    graph: Graph
    boxes: tuple[Box, ...]
    uses: tuple[Use, ...]

    @property
    def gates(self) -> list[list[int]]:
        """The operations that a step computes at once, those of a box, in topological order."""
        gates = [list(box.operations) for box in self.boxes if box.operations]
        placed = {operation: i for i, gate in enumerate(gates) for operation in gate}
        in_order = all(
            placed.get(use.source, -1) < placed[operation]
            for use in self.uses
            for operation, _ in use.operands
        )
        return gates if in_order else [[operation] for operation in sorted(placed)]

    @property
    def content(self) -> dict[str, Any]:
        """What the page's program has to know of the picture, ready for JSON."""
        boxes = [
            {"output": box.output, "operations": box.operations, "title": box.title}
            for box in self.boxes
        ]
        edges = [
            {"source": use.source, "box": use.box, "operands": use.operands, "weight": use.weight}
            for use in self.uses
        ]
        return {"boxes": boxes, "edges": edges, "gates": self.gates}


def scene_of(graph: Graph, values: Sequence[Value], names: Names, *, fold: bool) -> Scene:
    """The picture of a graph: weights on edges and, if it is folded, each neuron as one box.

    Args:
        graph: as `graph_of` reads it; its i-th node is the i-th Value.
        values: whose data, gradients and local gradients are to be shown.
        names: what parameters, and nodes without a label, are called.
        fold: whether neurons are folded. One whose sum is used elsewhere as well has no one output, and
            stays open.
    """
    locals_ = chain.from_iterable(value.local_gradients for value in values)
    nodes = tuple(
        replace(
            node,
            label=name if node.parameter or not one_line(node.label) else node.label,
            data=value.data,
            gradient=Gradient(value.grad),
        )
        for node, name, value in zip(graph.nodes, names.short, values, strict=True)
    )
    edges = tuple(
        replace(edge, local_gradient=float(local))
        for edge, local in zip(graph.edges, locals_, strict=True)
    )
    labels = {node.name: node.label for node in nodes}
    shown = folding.weights_on_edges(Graph(nodes, edges, graph.roots))
    members = {node.name: [_number(node.name)] for node in shown.nodes}
    outputs = {node.name: _number(node.name) for node in shown.nodes}
    if fold:
        shown, inside = _neurons_folded(shown)
        for name, (inner, output) in inside.items():
            members[name] = sorted(map(_number, inner))
            outputs[name] = _number(output)
    titles = {node.name: _path(node) for node in shown.nodes if node.kind == "folded"}
    # A folded neuron by the name of its result.
    nodes = tuple(
        replace(node, label=labels[f"v{outputs[node.name]}"], details=())
        if node.name in titles
        else node
        for node in shown.nodes
    )
    shown = replace(shown, nodes=nodes)
    boxes = tuple(
        Box(
            output=outputs[node.name],
            operations=tuple(i for i in members[node.name] if values[i].parents),
            pins=tuple(_number(pin.name) for pin in node.pins),
            bias=None if node.bias is None else _number(node.bias.name),
            title=titles.get(node.name, ""),
        )
        for node in shown.nodes
    )
    return Scene(shown, boxes, _uses(shown, boxes, values))


def _path(node: Node) -> str:
    """The name of a neuron that is one node, after that of its layer."""
    return one_line(".".join([*(cluster.title for cluster in node.clusters), node.label]))


def _number(name: str) -> int:
    """Of a node's name, the number of its Value: `graph_of` calls the i-th one vi."""
    return int(name.removeprefix("v"))


def _neurons_folded(graph: Graph) -> tuple[Graph, dict[str, tuple[list[str], str]]]:
    """The graph with each neuron as one node, and for that node's name its members, and its output."""
    group_of = {node.name: folding.neuron_of(node) for node in graph.nodes}
    leaving: dict[folding.Group, set[str]] = defaultdict(set)
    for name, target in (
        *((edge.source, group_of[edge.target]) for edge in graph.edges),
        *((root, None) for root in graph.roots),
    ):
        if (group := group_of[name]) is not None and group != target:
            leaving[group].add(name)

    def neuron_of(node: Node) -> folding.Group | None:
        group = group_of[node.name]
        is_asked_for = bool(node.parameter) and node.name in graph.roots
        return None if group is None or is_asked_for or len(leaving[group]) != 1 else group

    members: dict[folding.Group, list[str]] = defaultdict(list)
    for node in graph.nodes:
        if (group := neuron_of(node)) is not None:
            members[group].append(node.name)
    inside = {
        f"g{i}": (inner, next(iter(leaving[group])))  # as `collapse` numbers them
        for i, (group, inner) in enumerate(members.items())
    }
    return folding.collapse(graph, neuron_of), inside


def _uses(graph: Graph, boxes: Sequence[Box], values: Sequence[Value]) -> tuple[Use, ...]:
    place = {node.name: i for i, node in enumerate(graph.nodes)}
    number = {value: i for i, value in enumerate(values)}
    # Where each Value is used in each box: an operation, and which of its operands.
    places: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for i, box in enumerate(boxes):
        for operation in box.operations:
            for position, parent in enumerate(values[operation].parents):
                places[number[parent], i].append((operation, position))

    pinned: dict[int, tuple[int, int]] = {}
    for i, edge in enumerate(graph.edges):
        if edge.pin is not None:
            source, target = boxes[place[edge.source]].output, place[edge.target]
            weights = boxes[target].pins
            # The sum's operands are its weights, then as many inputs.
            pinned[i] = next(
                (operation, position)
                for operation, position in places[source, target]
                if position == len(weights) + edge.pin
                and number[values[operation].parents[edge.pin]] == weights[edge.pin]
            )
            places[source, target].remove(pinned[i])
    uses: list[Use] = []
    for i, edge in enumerate(graph.edges):
        source, target = boxes[place[edge.source]].output, place[edge.target]
        box, others = boxes[target], places[source, target]
        if edge.pin is not None:
            uses.append(Use(source, target, (pinned[i],), box.pins[edge.pin]))
        elif box.title:  # one edge for all of its uses inside
            uses.append(Use(source, target, tuple(others)))
        else:
            uses.append(Use(source, target, (others.pop(0),)))
    return tuple(uses)
