"""Making a graph easier to read: weights on edges, parts folded into one node, sums taken apart.

Each function takes a graph and returns another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

from viz.graph import Edge, Graph, Node, Pin
from viz.numbers import short, symbol

# Operations of two numbers that are written between them.
INFIX = {"+", "-", "*", "/"}


def expand_dots(graph: Graph) -> Graph:
    """Each Σ as the products that it adds up, and their sum.

    The numbers are those of the forward pass: a product is that of the two local gradients.
    """
    nodes: list[Node] = []
    edges: list[Edge] = []
    into = graph.edges_into()
    for node in graph.nodes:
        incoming = into[node.name]
        if node.op != "dot":
            nodes.append(node)
            edges += incoming
            continue
        n = len(incoming) // 2
        for i, (weight, x) in enumerate(zip(incoming[:n], incoming[n : 2 * n], strict=True)):
            # d(wx)/dw is x, and d(wx)/dx is w.
            product = (weight.local_gradient or 0.0) * (x.local_gradient or 0.0)
            name = f"{node.name}p{i}"
            nodes.append(replace(node, name=name, op="*", label="", data=product))
            edges += [replace(weight, target=name), replace(x, target=name)]
            edges.append(Edge(name, node.name, 1.0))
        nodes.append(replace(node, op="sum"))
        edges += incoming[2 * n :]
    return Graph(tuple(nodes), tuple(edges))


def weights_on_edges(graph: Graph) -> Graph:
    """The parameters of a neuron's sum as pins: a weight where its input arrives, the bias beside it.

    A parameter that other operations use as well has its node besides.
    """
    by_name = {node.name: node for node in graph.nodes}
    into = graph.edges_into()
    nodes: list[Node] = []
    edges: list[Edge] = []
    for node in graph.nodes:
        incoming = into[node.name]
        n = len(incoming) // 2
        weights = [by_name[edge.source] for edge in incoming[:n]]
        inputs = [by_name[edge.source] for edge in incoming[n : 2 * n]]
        is_neuron = all(w.parameter for w in weights) and not any(x.parameter for x in inputs)
        if node.op != "dot" or not is_neuron:
            nodes.append(node)
            edges += incoming
            continue
        pins = tuple(_pin(weight) for weight in weights)
        edges += [replace(edge, pin=i) for i, edge in enumerate(incoming[n : 2 * n])]
        bias = None
        for edge in incoming[2 * n :]:
            if by_name[edge.source].parameter:
                bias = _pin(by_name[edge.source])
            else:
                edges.append(edge)
        nodes.append(replace(node, pins=pins, bias=bias))
    used = {edge.source for edge in edges}
    shown = tuple(node for node in nodes if not node.parameter or node.name in used)
    return Graph(shown, tuple(edges))


def _pin(parameter: Node) -> Pin:
    assert parameter.data is not None
    assert parameter.gradient is not None
    return Pin(parameter.parameter, parameter.data, parameter.gradient)


def collapse(graph: Graph, group_of: Callable[[Node], tuple[Hashable, str] | None]) -> Graph:
    """Each group of nodes as one node.

    Args:
        graph: what to collapse.
        group_of: a function from a node to its group's key and title; None for a node of no group.

    A group with one output shows that output's value and gradient, and each edge into it the gradient
    of the output with respect to the edge's source: the local gradients inside, multiplied and added.
    """
    groups: dict[Hashable, list[Node]] = defaultdict(list)
    titles: dict[Hashable, str] = {}
    group: dict[str, Hashable] = {}
    for node in graph.nodes:
        if (found := group_of(node)) is not None:
            key, title = found
            groups[key].append(node)
            titles[key] = title
            group[node.name] = key
    names = {key: f"g{i}" for i, key in enumerate(groups)}
    new_name = {node: names[key] for node, key in group.items()}

    leaving = {
        edge.source for edge in graph.edges if group.get(edge.target) != group.get(edge.source)
    }
    sources = {edge.source for edge in graph.edges}
    into = graph.edges_into()
    nodes: list[Node] = []
    edges: list[Edge] = []
    last = {members[-1].name: key for key, members in groups.items()}
    for node in graph.nodes:
        if node.name not in group:
            nodes.append(node)
            edges += [
                replace(edge, source=new_name.get(edge.source, edge.source))
                for edge in into[node.name]
            ]
        elif node.name in last:  # the group stands where its last node stood
            key = last[node.name]
            members = groups[key]
            outputs = [m for m in members if m.name in leaving or m.name not in sources]
            folded = _folded(names[key], titles[key], members, outputs)
            frames = [cluster.name for cluster in folded.clusters]
            if key in frames:  # what it folds, and what is inside that, needs no frame any more
                folded = replace(folded, clusters=folded.clusters[: frames.index(str(key))])
            nodes.append(folded)
            inner = _edges_into_group(members, outputs, into)
            edges += [
                replace(edge, source=new_name.get(edge.source, edge.source), target=names[key])
                for edge in inner
            ]
    return Graph(tuple(nodes), _merged(edges, set(names.values())))


def _merged(edges: Sequence[Edge], groups: set[str]) -> tuple[Edge, ...]:
    """The edges, those from one group to the same place being one."""
    merged: dict[Hashable, Edge] = {}
    for i, edge in enumerate(edges):
        if edge.source not in groups:
            merged[i] = edge
        else:
            key = edge.source, edge.target, edge.pin
            merged[key] = replace(edge, local_gradient=None) if key in merged else edge
    return tuple(merged.values())


def _folded(name: str, title: str, members: Sequence[Node], outputs: Sequence[Node]) -> Node:
    """The node that stands for a group."""
    pinned = [member for member in members if member.pins]
    operations = [member.op for member in members if member.kind == "operation"]
    parameters = [member for member in members if member.parameter]
    n_parameters = len(parameters) + sum(
        len(member.pins) + (member.bias is not None) for member in members
    )
    kept = pinned[0] if len(pinned) == 1 else None
    if len(outputs) == 1:
        data, gradient = outputs[0].data, outputs[0].gradient
    else:
        data, gradient = None, None
    details = []
    if kept is None:
        details += [_count(len(operations), "operation")] if operations else []
        details += [_count(n_parameters, "parameter")] if n_parameters else []
    shared = members[0].clusters
    for member in members:
        shared = tuple(c for c, other in zip(shared, member.clusters) if c == other)
    return Node(
        name=name,
        kind="folded",
        label=title,
        op=" ".join(map(symbol, operations)) if kept is not None or len(operations) == 1 else "",
        data=data,
        gradient=gradient,
        pins=kept.pins if kept is not None else (),
        bias=kept.bias if kept is not None else None,
        clusters=shared,
        details=tuple(details),
    )


def _edges_into_group(
    members: Sequence[Node], outputs: Sequence[Node], into: dict[str, list[Edge]]
) -> list[Edge]:
    """The edges that enter a group: one from each source, or one to each pin.

    If there is one output, with its gradient with respect to the source: the chain rule backwards.
    """
    inside = {member.name for member in members}
    adjoint = dict.fromkeys(inside, 0.0)
    exact = len(outputs) == 1
    if exact:
        adjoint[outputs[0].name] = 1.0
    entering: dict[tuple[str, int | None], Edge] = {}
    keep_pins = sum(bool(member.pins) for member in members) == 1
    for member in reversed(members):
        for edge in into[member.name]:
            local = edge.local_gradient
            through = None if local is None else adjoint[member.name] * local
            if edge.source in inside:
                if through is None:
                    exact = False
                else:
                    adjoint[edge.source] += through
                continue
            pin = edge.pin if keep_pins else None
            earlier = entering.get((edge.source, pin))
            if earlier is not None:
                before = earlier.local_gradient
                through = None if through is None or before is None else before + through
            entering[edge.source, pin] = Edge(edge.source, "", through, pin)
    found = list(entering.values())
    return found if exact else [replace(edge, local_gradient=None) for edge in found]


def neuron_of(node: Node) -> tuple[Hashable, str] | None:
    """The neuron that a node belongs to, in one of its calls, as `collapse` takes it."""
    if node.clusters and node.clusters[-1].is_neuron:
        return node.clusters[-1].name, node.clusters[-1].title
    return None


def layer_of(node: Node) -> tuple[Hashable, str] | None:
    """The layer, or other module, that a node belongs to, in one of its calls."""
    return (node.clusters[0].name, node.clusters[0].title) if node.clusters else None


def group_named(node: Node) -> tuple[Hashable, str] | None:
    """The group that the caller has put a node in."""
    return None if node.group is None else (node.group, node.group)


def fold_constants(graph: Graph) -> Graph:
    """Constants written into the operations that use them: × 2, 1 −."""
    constants = {
        node.name: node for node in graph.nodes if node.kind == "constant" and not node.parameter
    }
    into = graph.edges_into()
    nodes: list[Node] = []
    edges: list[Edge] = []
    used: set[str] = set()
    for node in graph.nodes:
        incoming = into[node.name]
        found = [edge for edge in incoming if edge.source in constants]
        if not found or len(found) == len(incoming) or node.pins:
            nodes.append(node)
            edges += incoming
            used.update(edge.source for edge in found)
            continue
        numbers = [
            short(constants[edge.source].data or 0.0) if edge.source in constants else ""
            for edge in incoming
        ]
        nodes.append(replace(node, op=_with_numbers(node.op, numbers)))
        edges += [edge for edge in incoming if edge.source not in constants]
    return Graph(
        tuple(node for node in nodes if node.name not in constants or node.name in used),
        tuple(edges),
    )


def _with_numbers(op: str, numbers: Sequence[str]) -> str:
    """An operation with some of its operands, the others being empty.

    >>> _with_numbers("-", ["1", ""]), _with_numbers("maximum", ["", "0"])
    ('1 −', 'maximum(·, 0)')
    """
    if op in INFIX and len(numbers) == 2:
        return " ".join(part for part in (numbers[0], symbol(op), numbers[1]) if part)
    if len(numbers) > 3:
        n = sum(map(bool, numbers))
        return f"{op}, {_count(n, 'constant')} too"
    return f"{op}({', '.join(number or '·' for number in numbers)})"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
