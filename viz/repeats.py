"""What repeats in a graph, shown once: the samples of a batch, the links of a chain."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import replace

from viz.graph import Edge, Graph, Node

# Operations of many operands that do not care for their order.
SYMMETRIC = {"sum", "mean", "prod", "max", "min", "logsumexp", "+", "*"}


def fold_repeats(graph: Graph) -> Graph:
    """Parts that repeat, shown once: the samples of a batch, the links of a chain.

    Operands of a sum, a mean, ... that were computed alike are repeats of each other; so are the
    operations of a chain that each take the one before. Alike means: by the same operations, with the
    same labels, from the same shared nodes and from as many others. The first is kept; of a chain the
    first and the last. What the picture is of is always kept. A link is a single operation.
    """
    return _fold_chains(_fold_operands(graph))


def _fold_operands(graph: Graph) -> Graph:
    looks, roughly, calls = _looks(graph), _looks(graph, roughly=True), _calls(graph)
    into = graph.edges_into()
    edges: list[Edge] = []
    remarks: dict[str, str] = {}
    for node in graph.nodes:
        incoming = into[node.name]
        if node.function not in SYMMETRIC or node.pins:
            edges += incoming
            continue
        kept = []
        first: dict[Hashable, str] = {}
        for edge in incoming:
            name = edge.source
            same = first.setdefault(looks[name], name)
            similar = first.setdefault(("roughly", roughly[name]), name)
            # Losses of samples with different classes are alike, though they are of different neurons;
            # what comes from one and the same call of a layer is not.
            is_repeat = same != name or (
                similar != name and calls[name] and calls[name].isdisjoint(calls[similar])
            )
            if not into[name] or not is_repeat:
                kept.append(edge)
        edges += kept
        if len(kept) < len(incoming):
            remarks[node.name] = f"and {len(incoming) - len(kept):,} more alike"
    return _needed(graph, edges, remarks) if remarks else graph


def _calls(graph: Graph) -> dict[str, frozenset[str]]:
    """The calls of layers that each node was computed from."""
    into = graph.edges_into()
    calls: dict[str, frozenset[str]] = {}
    for node in graph.nodes:
        own = frozenset(cluster.name for cluster in node.clusters[:1])
        calls[node.name] = own.union(
            *(calls.get(edge.source, frozenset()) for edge in into[node.name])
        )
    return calls


def _fold_chains(graph: Graph) -> Graph:
    looks = _looks(graph)
    by_name = {node.name: node for node in graph.nodes}
    into = graph.edges_into()
    n_consumers = Counter(edge.source for edge in graph.edges)
    # A link: an operation on the link before it, and on what looks the same in each.
    before: dict[str, str] = {}
    look: dict[str, Hashable] = {}
    for node in graph.nodes:
        for edge in into[node.name]:
            source = by_name[edge.source]
            is_link = node.kind == source.kind == "operation" and not node.pins and not source.pins
            if is_link and _operation(source) == _operation(node) and n_consumers[source.name] == 1:
                operands = tuple(None if e is edge else looks[e.source] for e in into[node.name])
                is_root = node.name if node.name in graph.roots else None
                before[node.name] = source.name
                look[node.name] = (_operation(node), node.label, operands, is_root)
                break
    after = {link: node for node, link in before.items()}
    sources: dict[tuple[str, str], str] = {}
    remarks: dict[str, str] = {}
    for node in graph.nodes:
        if node.name in before and look.get(before[node.name]) != look[node.name]:
            chain = [node.name]  # the first link of a run that look alike
            while (link := after.get(chain[-1])) and look[link] == look[node.name]:
                chain.append(link)
            if len(chain) > 2:
                sources[before[chain[-1]], chain[-1]] = before[chain[0]]
                remarks[chain[-1]] = f"after {len(chain) - 1:,} more alike"
    edges = [
        replace(edge, source=first, local_gradient=None, remark="over all that is not shown")
        if (first := sources.get((edge.source, edge.target)))
        else edge
        for edge in graph.edges
    ]
    return _needed(graph, edges, remarks) if remarks else graph


def _looks(graph: Graph, *, roughly: bool = False) -> dict[str, int]:
    """A number for each node, the same for nodes that were computed alike.

    Roughly alike are even those that were computed from different neurons of a layer.
    """
    into = graph.edges_into()
    n_consumers = Counter(edge.source for edge in graph.edges)
    numbers: dict[Hashable, int] = {}
    looks: dict[str, int] = {}
    of_layer: dict[str, set[str]] = defaultdict(set)
    for node in graph.nodes:
        if node.clusters:
            of_layer[node.clusters[0].name] |= _parameters(node)
    for node in graph.nodes:
        look: Hashable
        if node.name in graph.roots:
            look = node.name  # itself and no other
        elif into[node.name]:
            # In a cycle of collapsed groups a source may come later.
            operands = [looks.get(edge.source, edge.source) for edge in into[node.name]]
            own, same_operands = _parameters(node), []
            if roughly:
                # Those of its layer; and which operands are the same, for a square is no product.
                own = of_layer[node.clusters[0].name] if node.clusters else own
                first: dict[str, int] = {}
                same_operands = [
                    first.setdefault(edge.source, i) for i, edge in enumerate(into[node.name])
                ]
            look = (
                *(node.kind, _operation(node), node.label),
                *(frozenset(own), tuple(operands), tuple(same_operands)),
            )
        elif node.parameter or (
            node.kind not in ("input", "constant") and n_consumers[node.name] > 1
        ):
            look = node.name  # a parameter, or shared: itself and no other
        else:
            look = (node.kind, node.label)
        looks[node.name] = numbers.setdefault(look, len(numbers))
    return looks


def _parameters(node: Node) -> set[str]:
    """The names of the parameters that a node has in itself."""
    pins = (pin for pin in (*node.pins, node.bias) if pin is not None)
    return {pin.name for pin in pins} | node.folded_parameters


def _operation(node: Node) -> Hashable:
    """What two nodes of the same operation have in common."""
    return node.op, node.function, node.own


def _needed(graph: Graph, edges: Sequence[Edge], remarks: dict[str, str]) -> Graph:
    """The part of a graph that its roots depend on by these edges, with remarks on nodes."""
    into: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        into[edge.target].append(edge.source)
    stack = list(graph.roots)
    kept: set[str] = set()
    while stack:
        name = stack.pop()
        if name not in kept:
            kept.add(name)
            stack += into[name]
    nodes = [
        replace(node, details=(*node.details, remarks[node.name])) if node.name in remarks else node
        for node in graph.nodes
        if node.name in kept
    ]
    return Graph(tuple(nodes), tuple(edge for edge in edges if edge.target in kept), graph.roots)
