"""What a picture of a computation shows: its nodes and edges, as they were when it was drawn.

`graph_of` reads them off the Values; the functions of `viz.folding` and `viz.repeats` then make a graph
easier to read, each returning another one, and `viz.dot` writes it down for Graphviz.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from autograd import Value, topological_order
from autograd.conversion import as_float, brief
from nn import Module
from viz.modules import Cluster, Parameters, clusters_of, function_of, is_sum_of_inputs
from viz.numbers import NOT_COMPUTED, short, symbol

# More Values than this are not even looked at: every picture of them would be too large.
MAX_VALUES = 200_000


@dataclass(frozen=True, slots=True)
class Gradient:
    """A node's gradient, and what has to be known of it.

    Attributes:
        number: the gradient; None if there is none.
        state: why there is none: "absent" if no backward pass has been made, "unreached" if one has,
            but not through this node, "cleared" if the gradient was forgotten since. Of a gradient that
            is there: "stale" if the node's data has changed since, "foreign" if it comes from passes
            through other computations only; else "".
        passes: how many backward passes are added up in it.
    """

    number: float | None
    state: str = ""
    passes: int = 1

    @property
    def text(self) -> str:
        """As pictures write it, after a ∂.

        >>> Gradient(None, "absent").text, Gradient(0.25, passes=3).text, Gradient(0.0).text
        ('∂ –', '∂ 0.25 (3 passes)', '∂ 0 ○')
        """
        if self.number is None:
            return f"∂ {NOT_COMPUTED}" + ("" if self.state == "absent" else f" {self.state}")
        remarks = [self.state] if self.state else []
        if self.passes > 1:
            remarks.append(f"{self.passes} passes")
        zero = " ○" if self.number == 0 else ""
        return f"∂ {short(self.number)}{zero}" + (f" ({', '.join(remarks)})" if remarks else "")

    @property
    def explanation(self) -> str:
        """In full, for those who hover."""
        if self.number is None:
            return f"gradient {WHY_NONE[self.state]}"
        remarks = [REMARKS[self.state]] if self.state else []
        if self.passes > 1:
            remarks.append(f"the sum of {self.passes} backward passes")
        return f"gradient {self.number!r}" + "".join(f", {remark}" for remark in remarks)


WHY_NONE = {
    "absent": "not computed yet: call backward()",
    "unreached": "not computed: no backward pass has reached this node",
    "cleared": "forgotten: zero_grad() was called after the backward pass",
}
REMARKS = {
    "stale": "of earlier data: a leaf has changed since the backward pass",
    "foreign": "of another computation: backward() has not been called on this one",
}


@dataclass(frozen=True, slots=True)
class Pin:
    """A weight that is drawn on the edge which it multiplies, or a bias in its sum.

    Attributes:
        name: by which its own node was known.
        label, data, gradient: those of the parameter, the label being its path.
        local_gradient: d(sum)/d(parameter), the input as it was in the forward pass.
        is_frozen: whether it is a constant, for now.
    """

    name: str
    label: str
    data: float
    gradient: Gradient
    local_gradient: float
    is_frozen: bool

    @property
    def explanation(self) -> str:
        frozen = ", frozen" if self.is_frozen else ""
        return f"{self.label} = {self.data!r}, {self.gradient.explanation}{frozen}"


@dataclass(frozen=True, slots=True)
class Node:
    """A Value in a picture, or several folded into one.

    Attributes:
        name: by which edges, and Graphviz, know it.
        kind: that of the Value; "folded" for what stands for several Values.
        label, op: those of the Value, the operation as pictures write it.
        function: the table's name of the operation; "" if it is none of the table's.
        own: of a user's operation, its number among those of the graph; else 0.
        data, gradient: those of the Value; None where there is no one number to show.
        parameter: the path of the parameter that this is, "" if it is none.
        pins: the weights on the edges that arrive here, in the operands' order.
        bias: what is added to their sum, if that is drawn inside the node.
        clusters: the modules that it is a part of, from the outermost on.
        group: what it is to be folded with, if the caller said so.
        details: more lines of text.
        folded_parameters: the names of those in a node that stands for several.
    """

    name: str
    kind: str
    label: str
    op: str
    function: str
    data: float | None
    gradient: Gradient | None
    parameter: str = ""
    pins: tuple[Pin, ...] = ()
    bias: Pin | None = None
    clusters: tuple[Cluster, ...] = ()
    group: str | None = None
    details: tuple[str, ...] = ()
    own: int = 0
    folded_parameters: frozenset[str] = frozenset()

    @property
    def explanation(self) -> str:
        """Its exact numbers, for those who hover."""
        parts = [f"{self.function or self.op or self.parameter or self.kind}"]
        if self.label and self.label != self.parameter:
            parts[0] = f"{self.label}: {parts[0]}"
        if self.data is not None:
            parts[0] += f" {self.data!r}"
        if self.gradient is not None:
            parts.append(self.gradient.explanation)
        parts += [pin.explanation for pin in (*self.pins, self.bias) if pin is not None]
        return "; ".join([", ".join(parts[:2]), *parts[2:]])


@dataclass(frozen=True, slots=True)
class Edge:
    """From an operand, `source`, to the node computed from it, with d(target)/d(source).

    Attributes:
        local_gradient: None where there is no one number to show.
        pin: which of the target's pins it arrives at, if at one.
        remark: what else there is to say of it.
    """

    source: str
    target: str
    local_gradient: float | None
    pin: int | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """What a picture shows.

    Attributes:
        nodes: in topological order, operands first.
        edges: those into a node in the operands' order.
        roots: the names of the nodes that the picture is of.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    roots: frozenset[str]

    def edges_into(self) -> dict[str, list[Edge]]:
        """The edges into each node, by its name, in the operands' order."""
        into: dict[str, list[Edge]] = {node.name: [] for node in self.nodes}
        for edge in self.edges:
            into[edge.target].append(edge)
        return into


def graph_of(
    roots: Sequence[Value],
    model: Module | None = None,
    group: Callable[[Value], str | None] | None = None,
) -> Graph:
    """The nodes and edges that the roots were computed from.

    Args:
        roots: the Values to explain.
        model: whose parameters are among the Values. Without, leaves are taken for parameters whose
            labels are paths as `nn` gives them.
        group: a function from each Value to the name of the group that it belongs to, or None.

    Raises ValueError if there are more than `MAX_VALUES` Values, TypeError if `group` returns anything
    but a string or None.

    >>> x = Value(3.0, "x")
    >>> for edge in graph_of([x * x]).edges:
    ...     print(edge.source, edge.target, edge.local_gradient)
    v0 v1 3.0
    v0 v1 3.0
    """
    values = topological_order(*roots)
    if len(values) > MAX_VALUES:
        raise ValueError(
            f"this graph has {len(values):,} nodes, more than the {MAX_VALUES:,} that are looked at "
            "to make a picture: draw a smaller computation, one sample for instance"
        )
    parameters = Parameters.by_labels(values) if model is None else Parameters.of_model(model)
    paths, clusters = parameters.paths, clusters_of(values, parameters)
    names = {value: f"v{i}" for i, value in enumerate(values)}
    data = {
        value: as_float(value.data, f"the data of {_label(value) or 'a node'}") for value in values
    }
    gradients = _gradients(values, roots, data)
    labels = _input_labels(values, parameters)

    def group_of(value: Value) -> str | None:
        name = None if group is None else group(value)
        if not isinstance(name, str | None):
            raise TypeError(
                "a function given as collapse returns the name of a group, a str, or None, but for "
                f"{value!r} it returned {brief(name)}"
            )
        return name or None

    own_operations: dict[int, int] = {}

    def number_of(value: Value) -> int:
        if not value.parents or function_of(value):
            return 0
        return own_operations.setdefault(id(value.operation), len(own_operations) + 1)

    nodes = tuple(
        Node(
            name=name,
            kind=value.kind,
            label=_label(value) or labels.get(value, ""),
            op=symbol(value.op) if function_of(value) else value.op,
            function=function_of(value),
            data=data[value],
            gradient=gradients[value],
            parameter=paths.get(value, ""),
            clusters=clusters.get(value, ()),
            group=group_of(value),
            own=number_of(value),
        )
        for value, name in names.items()
    )
    edges = tuple(
        Edge(names[parent], name, float(local_gradient))
        for value, name in names.items()
        for parent, local_gradient in zip(value.parents, value.local_gradients, strict=True)
    )
    return Graph(nodes, edges, frozenset(names[root] for root in roots))


def _label(value: Value) -> str:
    return "" if value.label is None else str(value.label)


def _gradients(
    values: Sequence[Value], roots: Sequence[Value], data: Mapping[Value, float]
) -> dict[Value, Gradient]:
    """What to show as the gradient of each of the Values of a graph."""
    reached = {value for value in values if value.backward_passes and value.grad is not None}
    # Gradients that came down from a root: their node, or one that was computed from it, is such a root.
    of_roots = {root for root in roots if root in reached}
    below_reached: set[Value] = set()
    for value in reversed(values):
        if value in of_roots:
            of_roots.update(parent for parent in value.parents if parent in reached)
        if value.parents and value in reached:
            below_reached.update(value.parents)
    # Leaves that have other data now than in the backward pass, and what was computed from them.
    stale: set[Value] = set()
    for value in values:
        # What it had then is known after zero_grad(), too.
        then = getattr(value, "data_at_backward", data[value])
        changed = then != data[value] and not (math.isnan(then) and math.isnan(data[value]))
        if changed or not stale.isdisjoint(value.parents):
            stale.add(value)

    has_pass = any(value.parents for value in (of_roots or reached))

    def gradient_of(value: Value) -> Gradient:
        if value not in reached:
            if not has_pass:
                return Gradient(None, "absent", 0)
            return Gradient(None, "cleared" if value in below_reached else "unreached", 0)
        state = "foreign" if value not in of_roots else "stale" if value in stale else ""
        grad = as_float(value.grad, f"the gradient of {_label(value) or 'a node'}")
        return Gradient(grad, state, value.backward_passes)

    return {value: gradient_of(value) for value in values}


def _input_labels(values: Sequence[Value], parameters: Parameters) -> dict[Value, str]:
    """Names for a model's inputs, which have no label of their own: x0, x1, ... in their order."""
    labels: dict[Value, str] = {}
    for value in values:
        if is_sum_of_inputs(value, parameters):
            n = len(value.parents) // 2
            for i, x in enumerate(value.parents[n : 2 * n]):
                if x.kind == "input":
                    labels.setdefault(x, f"x{i}")
    return labels


def excess(n_nodes: int, n_edges: int, max_nodes: int) -> tuple[str, str, int] | None:
    """What of a graph is more than `max_nodes` nodes and four times as many edges, for a message.

    Its size, the limit, and the least `max_nodes` that allows it; None if it is small enough.

    >>> excess(300, 400, max_nodes=200)
    ('300 nodes', '200', 300)
    >>> excess(100, 1000, max_nodes=200)
    ('1,000 edges between 100 nodes', '800', 250)
    """
    if n_nodes <= max_nodes and n_edges <= 4 * max_nodes:
        return None
    least = max(n_nodes, -(-n_edges // 4))
    if n_nodes > max_nodes:
        return f"{n_nodes:,} nodes", f"{max_nodes:,}", least
    return f"{n_edges:,} edges between {n_nodes:,} nodes", f"{4 * max_nodes:,}", least
