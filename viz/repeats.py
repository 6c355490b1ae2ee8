"""What repeats in a graph, shown once: the samples of a batch, the links of a chain."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import replace

from viz.graph import Edge, Graph

# Operations of many operands that do not care for their order.
SYMMETRIC = {"sum", "mean", "prod", "max", "min", "logsumexp", "+", "*"}


def fold_repeats(graph: Graph) -> Graph:
    """Parts that repeat, shown once: the samples of a batch, the links of a chain.

    Operands of a sum, a mean, ... that were computed alike are repeats of each other; so are the
    operations of a chain that each take the one before. Alike means: by the same operations, from the
    same shared nodes and from as many others. The first is kept; of a chain the first and the last.
    """
    return _fold_chains(_fold_operands(graph))


def _fold_operands(graph: Graph) -> Graph:
    shapes = _shapes(graph)
    into = graph.edges_into()
    dropped: dict[str, int] = Counter()
    removed_edges: set[tuple[str, str]] = set()
    for node in graph.nodes:
        if node.op not in SYMMETRIC or node.pins:
            continue
        alike: dict[int, list[str]] = defaultdict(list)
        for edge in into[node.name]:
            if into[edge.source] and edge.source not in alike[shapes[edge.source]]:
                alike[shapes[edge.source]].append(edge.source)
        for sources in alike.values():
            for source in sources[1:]:
                removed_edges.add((source, node.name))
                dropped[node.name] += 1
    if not removed_edges:
        return graph
    edges = [edge for edge in graph.edges if (edge.source, edge.target) not in removed_edges]
    return _without_unused(
        graph, edges, {name: f"and {n} more alike" for name, n in dropped.items()}
    )


def _fold_chains(graph: Graph) -> Graph:
    shapes = _shapes(graph)
    by_name = {node.name: node for node in graph.nodes}
    into = graph.edges_into()
    n_consumers = Counter(edge.source for edge in graph.edges)
    # A link: an operation, what it takes beside the link before it, and that link.
    before: dict[str, str] = {}
    look: dict[str, Hashable] = {}
    for node in graph.nodes:
        for edge in into[node.name]:
            source = by_name[edge.source]
            if source.op == node.op and into[source.name] and n_consumers[source.name] == 1:
                rest = [shapes[e.source] for e in into[node.name] if e is not edge]
                before[node.name] = edge.source
                look[node.name] = (node.op, tuple(rest))
                break
    after = {link: node for node, link in before.items()}
    edges = list(graph.edges)
    remarks: dict[str, str] = {}
    cut: dict[str, str] = {}
    for node in graph.nodes:
        if node.name in before and look.get(before[node.name]) != look[node.name]:
            chain = [node.name]  # the first link of a run that look alike
            while (link := after.get(chain[-1])) and look[link] == look[node.name]:
                chain.append(link)
            if len(chain) > 3:
                cut[chain[-1]] = chain[0]
                remarks[chain[-1]] = f"after {len(chain) - 2:,} more alike"
    for last, first in cut.items():
        edges = [edge for edge in edges if edge.target != last or edge.source != before[last]]
        edges.append(Edge(first, last, None))
    return _without_unused(graph, edges, remarks) if cut else graph


def _shapes(graph: Graph) -> dict[str, int]:
    """A number for each node, the same for nodes that were computed alike."""
    into = graph.edges_into()
    n_consumers = Counter(edge.source for edge in graph.edges)
    numbers: dict[Hashable, int] = {}
    shapes: dict[str, int] = {}
    for node in graph.nodes:
        look: Hashable
        if into[node.name]:
            operands = tuple(shapes[edge.source] for edge in into[node.name])
            look = (node.op, tuple(pin.label for pin in node.pins), operands)
        elif node.kind == "input" or node.kind == "constant" or n_consumers[node.name] == 1:
            look = (node.kind, node.parameter)
        else:
            look = node.name  # shared: itself and no other
        shapes[node.name] = numbers.setdefault(look, len(numbers))
    return shapes


def _without_unused(graph: Graph, edges: Sequence[Edge], remarks: dict[str, str]) -> Graph:
    """The part of a graph that its ends still depend on by these edges, with remarks on nodes."""
    sources = {edge.source for edge in graph.edges}
    into: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        into[edge.target].append(edge.source)
    stack = [node.name for node in graph.nodes if node.name not in sources]
    kept: set[str] = set()
    while stack:
        name = stack.pop()
        if name not in kept:
            kept.add(name)
            stack += into[name]
    return Graph(
        tuple(
            replace(node, details=(*node.details, remarks[node.name]))
            if node.name in remarks
            else node
            for node in graph.nodes
            if node.name in kept
        ),
        tuple(edge for edge in edges if edge.target in kept),
    )
