"""What a picture of a computation shows: its nodes and edges, as they were when it was drawn."""

from __future__ import annotations

from dataclasses import dataclass

from autograd import Value, topological_order


@dataclass(frozen=True)
class Node:
    """A Value in a picture. `gradient` is None if no backward pass has reached the Value."""

    name: str
    kind: str
    label: str
    op: str
    data: float
    gradient: float | None


@dataclass(frozen=True)
class Edge:
    """From an operand, `source`, to the node computed from it, with d(target)/d(source)."""

    source: str
    target: str
    local_gradient: float


@dataclass(frozen=True)
class Graph:
    """Nodes in topological order, operands first; the edges into a node in the operands' order."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph_of(root: Value, max_nodes: int) -> Graph:
    """The nodes and edges that `root` was computed from.

    Raises TypeError if `root` is no Value, ValueError if it has more than `max_nodes` nodes.

    >>> x = Value(3.0, "x")
    >>> for edge in graph_of(x * x, max_nodes=500).edges:
    ...     print(edge)
    Edge(source='v0', target='v1', local_gradient=3.0)
    Edge(source='v0', target='v1', local_gradient=3.0)
    """
    if not isinstance(root, Value):
        raise TypeError(
            f"draw() takes the Value whose computation to draw, but got {root!r}, "
            f"which is of type {type(root).__name__}"
        )
    values = topological_order(root)
    if len(values) > max_nodes:
        raise ValueError(
            f"this graph has {len(values):,} nodes, and a picture of more than {max_nodes:,} is "
            "hard to read: draw a smaller computation (one sample, one neuron, an intermediate "
            f"Value), or pass max_nodes={len(values)} to draw it all the same"
        )
    names = {value: f"v{i}" for i, value in enumerate(values)}
    nodes = tuple(
        Node(
            name=name,
            kind=value.kind,
            label=value.label,
            op=value.op,
            data=value.data,
            gradient=value.grad if value.backward_passes else None,
        )
        for value, name in names.items()
    )
    edges = tuple(
        Edge(names[parent], name, local_gradient)
        for value, name in names.items()
        for parent, local_gradient in zip(value.parents, value.local_gradients, strict=True)
    )
    return Graph(nodes, edges)
