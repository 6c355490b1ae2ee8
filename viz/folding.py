"""Making a graph easier to read: weights on edges, parts folded into one node, sums taken apart.

Each function takes a graph and returns another one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from viz.graph import Edge, Graph, Node, Pin
from viz.numbers import short, symbol

MANY_INPUTS = 8

# Operations of two numbers that are written between them.
INFIX = {"+", "−", "×", "÷"}


def expand_dots(graph: Graph) -> Graph:
    """Each Σ as the products that it adds up, and their sum.

    The numbers are those of the forward pass: a product is that of the two local gradients.
    """
    nodes: list[Node] = []
    edges: list[Edge] = []
    into = graph.edges_into()
    for node in graph.nodes:
        incoming = into[node.name]
        if node.function != "dot":
            nodes.append(node)
            edges += incoming
            continue
        n = len(incoming) // 2
        for i, (weight, x) in enumerate(zip(incoming[:n], incoming[n : 2 * n], strict=True)):
            # d(wx)/dw is x, and d(wx)/dx is w.
            assert weight.local_gradient is not None
            assert x.local_gradient is not None
            product = weight.local_gradient * x.local_gradient
            name = f"{node.name}p{i}"
            nodes.append(
                replace(node, name=name, op=symbol("*"), function="*", label="", data=product)
            )
            edges += [replace(weight, target=name), replace(x, target=name)]
            edges.append(Edge(name, node.name, 1.0))
        nodes.append(replace(node, function="sum"))
        edges += incoming[2 * n :]
    return Graph(tuple(nodes), tuple(edges), graph.roots)


def weights_on_edges(graph: Graph) -> Graph:
    """The parameters of a neuron's sum as pins: a weight where its input arrives, the bias beside it.

    A parameter that other operations use as well, or that the picture is of, has its node besides.
    """
    by_name = {node.name: node for node in graph.nodes}
    into = graph.edges_into()
    nodes: list[Node] = []
    edges: list[Edge] = []
    for node in graph.nodes:
        incoming = into[node.name]
        n = len(incoming) // 2
        parameters = [bool(by_name[edge.source].parameter) for edge in incoming]
        if node.function != "dot" or not all(parameters[:n]) or any(parameters[n : 2 * n]):
            nodes.append(node)
            edges += incoming
            continue
        pins = tuple(_pin(by_name[edge.source], edge) for edge in incoming[:n])
        edges += [replace(edge, pin=i) for i, edge in enumerate(incoming[n : 2 * n])]
        bias = None
        if len(incoming) > 2 * n:
            if parameters[2 * n]:
                bias = _pin(by_name[incoming[2 * n].source], incoming[2 * n])
            else:
                edges.append(incoming[2 * n])
        nodes.append(replace(node, pins=pins, bias=bias))
    used = {edge.source for edge in edges} | graph.roots
    shown = tuple(node for node in nodes if not node.parameter or node.name in used)
    return Graph(shown, tuple(edges), graph.roots)


def _pin(parameter: Node, edge: Edge) -> Pin:
    assert parameter.data is not None
    assert parameter.gradient is not None
    assert edge.local_gradient is not None
    return Pin(
        parameter.name,
        parameter.parameter,
        parameter.data,
        parameter.gradient,
        edge.local_gradient,
        parameter.kind == "constant",
    )


def collapse(graph: Graph, group_of: Callable[[Node], Group | None]) -> Graph:
    """Each group of nodes as one node.

    Args:
        graph: what to collapse.
        group_of: a function from a node to its group; None for a node of no group.

    A group with one output shows that output's value and gradient, and each edge into it the gradient
    of the output with respect to the edge's source: the local gradients inside, multiplied and added.
    """
    groups: dict[Group, list[Node]] = defaultdict(list)
    group: dict[str, Group] = {}
    for node in graph.nodes:
        if node.parameter and node.name in graph.roots:
            continue  # it is asked for itself
        if (found := group_of(node)) is not None:
            groups[found].append(node)
            group[node.name] = found
    names = {key: f"g{i}" for i, key in enumerate(groups)}
    new_name = {name: names[key] for name, key in group.items()}
    leaving = {e.source for e in graph.edges if group.get(e.target) != group.get(e.source)}
    into = graph.edges_into()
    nodes: list[Node] = []
    edges: list[Edge] = []
    with_many_outputs: set[str] = set()
    last = {members[-1].name: key for key, members in groups.items()}
    for node in graph.nodes:
        if node.name not in group:
            nodes.append(node)
            edges += into[node.name]
        elif (key := last.get(node.name)) is not None:  # it stands where its last node stood
            members = groups[key]
            outputs = [m for m in members if m.name in leaving or m.name in graph.roots]
            if len(outputs) != 1:
                with_many_outputs.add(names[key])
            nodes.append(_folded(names[key], key, members, outputs))
            entering = _edges_into_group(members, outputs, into)
            edges += [replace(edge, target=names[key]) for edge in entering]
    renamed = [replace(edge, source=new_name.get(edge.source, edge.source)) for edge in edges]
    merged = _merged(renamed, with_many_outputs)
    return Graph(
        _sorted(nodes, merged),
        merged,
        frozenset(new_name.get(root, root) for root in graph.roots),
    )


def _sorted(nodes: Sequence[Node], edges: Sequence[Edge]) -> tuple[Node, ...]:
    """The nodes in topological order, else as they were; what is in a cycle comes last."""
    index = {node.name: i for i, node in enumerate(nodes)}
    after: dict[int, list[int]] = defaultdict(list)
    n_missing = [0] * len(nodes)
    for edge in edges:
        after[index[edge.source]].append(index[edge.target])
        n_missing[index[edge.target]] += 1
    ready = [i for i, n in enumerate(n_missing) if n == 0]
    placed: dict[int, Node] = {}
    while ready:
        i = heappop(ready)
        placed[i] = nodes[i]
        for target in after[i]:
            n_missing[target] -= 1
            if not n_missing[target]:
                heappush(ready, target)
    return tuple((placed | dict(enumerate(nodes))).values())


def _merged(edges: Sequence[Edge], groups: set[str]) -> tuple[Edge, ...]:
    """The edges; of those that bring several outputs of one of the groups to the same place, one."""
    merged: dict[Hashable, Edge] = {}
    for i, edge in enumerate(edges):
        key: Hashable = i
        if edge.source in groups:
            key = edge.source, edge.target, edge.pin
        merged[key] = replace(edge, local_gradient=None) if key in merged else edge
    return tuple(merged.values())


def _folded(name: str, group: Group, members: Sequence[Node], outputs: Sequence[Node]) -> Node:
    """The node that stands for a group."""
    pinned = [member for member in members if member.pins]
    kept = pinned[0] if len(pinned) == 1 else None
    operations = [member.op for member in members if member.kind == "operation"]
    parameters = {pin.name for m in pinned for pin in (*m.pins, m.bias) if pin is not None}
    parameters |= {member.name for member in members if member.parameter}
    output = outputs[0] if len(outputs) == 1 else None
    details = [] if output is None or not output.label else [output.label]
    if kept is None:
        details += [_count(len(operations), "operation")] if operations else []
        details += [_count(len(parameters), "parameter")] if parameters else []
    clusters = members[0].clusters
    for member in members:
        clusters = tuple(c for c, other in zip(clusters, member.clusters) if c == other)
    return Node(
        name=name,
        kind="folded",
        label=group.title,
        op=" ".join(operations) if kept is not None or len(operations) == 1 else "",
        function="",
        data=None if output is None else output.data,
        gradient=None if output is None else output.gradient,
        pins=() if kept is None else kept.pins,
        bias=None if kept is None else kept.bias,
        clusters=clusters[: group.depth],
        details=tuple(details),
        folded_parameters=frozenset(parameters),
    )


def _edges_into_group(
    members: Sequence[Node], outputs: Sequence[Node], into: dict[str, list[Edge]]
) -> list[Edge]:
    """The edges that enter a group: one from each source, or one to each pin.

    If there is one output, with its gradient with respect to the source: the chain rule backwards.
    """
    inside = {member.name for member in members}
    adjoints = dict.fromkeys(inside, 0.0)
    is_known = len(outputs) == 1
    if is_known:
        adjoints[outputs[0].name] = 1.0
    keeps_pins = sum(bool(member.pins) for member in members) == 1
    entering: dict[tuple[str, int | None], Edge] = {}
    by_pins: dict[str, float] = defaultdict(float)
    for member in reversed(members):
        adjoint = adjoints[member.name]
        for pin in (*member.pins, member.bias):
            if pin is not None:
                by_pins[pin.name] += adjoint * pin.local_gradient
        for edge in reversed(into[member.name]):
            local = edge.local_gradient
            through = None if local is None else adjoint * local
            if edge.source in inside:
                is_known = is_known and through is not None
                adjoints[edge.source] += through or 0.0
                continue
            place = edge.source, edge.pin if keeps_pins else None
            if (earlier := entering.get(place)) is not None:
                before = earlier.local_gradient
                through = None if through is None or before is None else before + through
            entering[place] = Edge(edge.source, "", through, place[1])
    # A parameter that enters by an edge may come in at pins as well.
    for (source, number), edge in entering.items():
        if edge.local_gradient is not None:
            total = edge.local_gradient + by_pins.get(source, 0.0)
            entering[source, number] = replace(edge, local_gradient=total)
    # The loop met the members, and so the edges, last first.
    found = list(reversed(entering.values()))
    return found if is_known else [replace(edge, local_gradient=None) for edge in found]


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that are to be one: its key, its title, and how many frames are around it (None: all)."""

    key: str
    title: str
    depth: int | None = None


def neuron_of(node: Node) -> Group | None:
    """The neuron that a node belongs to, in one of its calls, as `collapse` takes it."""
    if not node.clusters or not node.clusters[-1].is_neuron:
        return None
    neuron = node.clusters[-1]
    return Group(f"cluster {neuron.name}", neuron.title, len(node.clusters) - 1)


def layer_of(node: Node) -> Group | None:
    """The layer that a node belongs to, in one of its calls."""
    if not node.clusters:
        return None
    return Group(f"cluster {node.clusters[0].name}", node.clusters[0].title, 0)


def layers_and_inputs(graph: Graph) -> Callable[[Node], Group | None]:
    """`layer_of`, and for inputs of which one layer alone has more than `MANY_INPUTS`: all of these."""
    nodes = {node.name: node for node in graph.nodes}
    users: dict[str, set[str]] = defaultdict(set)
    for edge in graph.edges:
        layer = layer_of(nodes[edge.target])
        users[edge.source].add("" if layer is None else layer.key)
    inputs = {node.name: users[node.name] for node in graph.nodes if node.kind == "input"}
    counts = Counter(key for keys in inputs.values() if len(keys) == 1 for key in keys)

    def group_of(node: Node) -> Group | None:
        (key, *others) = inputs.get(node.name) or [""]
        if key and not others and counts[key] > MANY_INPUTS:
            return Group(f"inputs of {key}", f"{counts[key]} inputs")
        return layer_of(node)

    return group_of


def group_named(node: Node) -> Group | None:
    """The group that the caller has put a node in."""
    return None if node.group is None else Group(f"group {node.group}", node.group)


def fold_constants(graph: Graph) -> Graph:
    """Constants written into the operations that use them: × 2, 1 −."""
    constants = {
        node.name: node
        for node in graph.nodes
        if node.kind == "constant" and not node.parameter and node.name not in graph.roots
    }
    into = graph.edges_into()
    nodes: list[Node] = []
    edges: list[Edge] = []
    for node in graph.nodes:
        incoming = into[node.name]
        others = [edge for edge in incoming if edge.source not in constants]
        if node.kind != "operation" or not others or len(others) == len(incoming) or node.pins:
            nodes.append(node)
            edges += incoming
            continue
        numbers = [
            short(constants[edge.source].data or 0.0) if edge.source in constants else ""
            for edge in incoming
        ]
        nodes.append(replace(node, op=_with_numbers(node.op, numbers)))
        edges += others
    used = {edge.source for edge in edges}
    shown = tuple(node for node in nodes if node.name not in constants or node.name in used)
    return Graph(shown, tuple(edges), graph.roots)


def _with_numbers(op: str, numbers: Sequence[str]) -> str:
    """An operation with some of its operands, the others being empty.

    >>> _with_numbers("−", ["1", ""]), _with_numbers("maximum", ["", "0"])
    ('1 −', 'maximum(·, 0)')
    """
    if op in INFIX and len(numbers) == 2:
        return " ".join(part for part in (numbers[0], op, numbers[1]) if part)
    if len(numbers) > 3:
        n = sum(map(bool, numbers))
        return f"{op}, {_count(n, 'constant')} too"
    return f"{op}({', '.join(number or '·' for number in numbers)})"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
