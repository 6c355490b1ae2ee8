"""Graph → DOT, the language of Graphviz.

A node is a box. One of an operation has its name on top and below it label, data and gradient; a neuron
has on its left a pin for each weight, where the edge that it multiplies arrives. Colour means sign, and
line width magnitude: nothing else. Shape and outline tell the kinds of nodes apart.

The WebAssembly build of Graphviz has no HTML-like labels, so labels are plain lines, which svg.py styles
in the order that they have here.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from viz.graph import Edge, Graph, Node
from viz.modules import Cluster
from viz.numbers import short
from viz.text import (
    EDGE_SIZE,
    LAYOUT_FONT,
    PIN_SIZE,
    SIZE,
    Line,
    fields_of,
    one_line,
    shows_pins,
    width_of,
)
from viz.themes import Theme, sign

MARGIN = 0.06  # of text in its box, in inches, left and right
PINS_MARGIN = 0.09  # the same in boxes with pins: enough for a neuron's name in bold
LONGEST_NUMBER = len("∂ −1.23e−300")
POINTS = 72.0  # an inch
# Of a logsumexp the local gradients are its operands' probabilities; of a cross-entropy they are these,
# less 1 for the true class, which its first operand names.
LOGSUMEXP, CROSS_ENTROPY = "logsumexp", "cross_entropy"


def kinds(theme: Theme) -> dict[str, dict[str, str]]:
    """How each kind of node is drawn, as attributes for Graphviz; the legend explains them."""
    return {
        "leaf": {"shape": "box", "penwidth": "1.8"},
        "input": {"shape": "box", "style": "filled", "fillcolor": theme.fill},
        "constant": {"shape": "box", "style": "dashed", "color": theme.quiet},
        "operation": {"shape": "Mrecord"},
        "folded": {"shape": "Mrecord", "penwidth": "1.8"},
        "failure": {"shape": "box", "style": "dotted", "penwidth": "2.2"},
    }


def dot_source(graph: Graph, theme: Theme) -> str:
    """The graph in DOT; equal graphs give equal text."""
    from graphviz import Digraph

    # To pins straight lines are clearest; elsewhere curves keep clear of other nodes.
    has_pins = any(node.pins for node in graph.nodes)
    digraph = Digraph("computation")
    # A network has to fit a screen; a few nodes look better with room around them.
    ranksep, nodesep = ("0.14", "0.07") if has_pins else ("0.3", "0.16")
    digraph.attr(rankdir="LR", ranksep=ranksep, nodesep=nodesep, bgcolor=theme.background)
    # Numbers on edges lie above all lines, and the SVG lists nodes in topological order.
    digraph.attr(outputorder="nodesfirst", splines="line" if has_pins else "true")
    digraph.attr(
        "node",
        fontname=LAYOUT_FONT,
        fontsize=str(SIZE),
        fontcolor=theme.ink,
        color=theme.ink,
        margin=f"{MARGIN},0.012",
        width="0.1",
        height="0.1",
    )
    digraph.attr("edge", fontname=LAYOUT_FONT, fontsize=str(EDGE_SIZE), arrowsize="0.6")
    inside: dict[tuple[Cluster, ...], list[Node]] = defaultdict(list)
    for node in graph.nodes:
        inside[node.clusters].append(node)
        for depth in range(len(node.clusters)):
            inside.setdefault(node.clusters[:depth], [])
    sources = {edge.source for edge in graph.edges}
    for path, nodes in inside.items():
        # Graphviz turns the order of nodes around that nothing comes after.
        if path and not any(node.name in sources for node in nodes):
            nodes.reverse()
    _write_cluster(digraph, (), inside, theme)
    by_name = {node.name: node for node in graph.nodes}
    into = graph.edges_into()
    for edge in graph.edges:
        _write_edge(digraph, edge, by_name, local_text(edge, by_name, into[edge.target]), theme)
    for leaves in _leaves_in_order(graph, sources):
        # Last, since the page counts edges.
        with digraph.subgraph() as column:
            column.attr(rank="same")
            for upper, lower in pairwise(leaves):
                column.edge(upper, lower, style="invis", minlen="0")
    return str(digraph.source)


def local_text(edge: Edge, nodes: Mapping[str, Node], operands: Sequence[Edge]) -> str:
    """A local gradient as it stands on its edge, "p" if it is a probability; with all edges there."""
    target, number = nodes[edge.target], edge.local_gradient
    if number is None:
        return ""
    if target.function == LOGSUMEXP:
        return f"p {short(number)}"
    if target.function != CROSS_ENTROPY or target.data is None:
        return short(number)
    if edge is operands[0]:
        return "class"
    position = next(i for i, each in enumerate(operands) if each is edge)
    if nodes[operands[0].source].data == position - 1:
        return f"p {short(math.exp(-target.data))} − 1"
    return f"p {short(number)}"


def _leaves_in_order(graph: Graph, sources: Collection[str]) -> Iterator[list[str]]:
    """The leaves that stand in a column, each operation's in the order of its operands.

    Left to itself Graphviz puts the score of the true class above the other scores. A leaf that several
    operations use stands where the first of them wants it.
    """
    free = {node.name for node in graph.nodes if not node.clusters and node.name in sources}
    into = graph.edges_into()
    for node in graph.nodes:
        if into[node.name]:
            free.discard(node.name)
    for node in graph.nodes:
        operands = dict.fromkeys(edge.source for edge in into[node.name])
        leaves = [name for name in operands if name in free]
        free.difference_update(leaves)
        if len(leaves) > 1:
            yield leaves


def _write_cluster(
    digraph: Any,
    path: tuple[Cluster, ...],
    inside: dict[tuple[Cluster, ...], list[Node]],
    theme: Theme,
) -> None:
    for node in inside.get(path, []):
        digraph.node(node.name, **_node_attributes(node, theme))
    for inner in [key for key in inside if len(key) == len(path) + 1 and key[:-1] == path]:
        cluster = inner[-1]
        # A neuron's name stands in its box if that has pins.
        named = cluster.is_neuron and any(shows_pins(node) for node in inside[inner])
        with digraph.subgraph(name=f"cluster_{cluster.name}") as sub:
            sub.attr(
                label="" if named else escape(cluster.title),
                tooltip=escape(cluster.title),
                fontname=LAYOUT_FONT,
                fontsize=str(PIN_SIZE),
                fontcolor=theme.quiet,
                color=theme.quiet,
                style="rounded",
                penwidth="0.7",
                margin="3" if cluster.is_neuron else "4",
                **{"class": "neuron" if cluster.is_neuron else "layer"},
            )
            _write_cluster(sub, inner, inside, theme)


def escape(text: str) -> str:
    r"""Text as one line of a label: Graphviz shows these characters, whatever they mean to DOT or XML.

    >>> print(escape('<b>"C:\\new"\n'))
    &#60;b&#62;&#34;C:\\new&#34;\\n
    """
    text = one_line(text).replace("\\", r"\\")
    return re.sub('[&<>{}|"]', lambda match: f"&#{ord(match[0])};", text)


def _node_attributes(node: Node, theme: Theme) -> dict[str, str]:
    pins, own = fields_of(node)
    label = "|".join(map(_field, own))
    if pins:
        ports = "|".join(f"<p{i}>{_field(pin)}" for i, pin in enumerate(pins))
        label = f"{{{{{ports}}}|{{{label}}}}}"
    attributes = {
        "label": label,
        "class": f"{node.kind} {sign(None if node.gradient is None else node.gradient.number)}",
        "tooltip": escape(node.explanation),
        **kinds(theme)[node.kind],
    }
    if pins:
        attributes |= {"fontsize": str(PIN_SIZE), "margin": f"{PINS_MARGIN},0.012"}
    elif len(own) == 1 and node.kind == "folded":
        attributes |= {
            "shape": "box",
            "style": "rounded",
        }  # a record of one field has sharp corners
    # Graphviz would make boxes for a narrow font, and does not know that Korean letters are wide.
    # Numbers are short: the margin is enough for them, though not for what may follow a gradient.
    size = PIN_SIZE if pins else SIZE
    words = [
        line.text
        for field in (*pins, *own)
        for line in field
        if line.role in ("label", "op", "detail") or len(line.text) > LONGEST_NUMBER
    ]
    width = max((width_of(word, size) for word in words), default=0.0)
    if width > 7 * size and pins:  # that much in either of the two columns
        width *= 2
    return attributes | {"width": f"{max(width / POINTS + 2 * MARGIN, 0.1):.2f}"}


def _field(lines: list[Line]) -> str:
    return r"\n".join(escape(line.text) for line in lines)


def _write_edge(digraph: Any, edge: Edge, nodes: dict[str, Node], text: str, theme: Theme) -> None:
    source, target = nodes[edge.source], nodes[edge.target]
    pin = target.pins[edge.pin] if edge.pin is not None and target.pins else None
    number = edge.local_gradient if pin is None else pin.data
    magnitude = 0.0 if number is None else abs(number)
    # 0.6 at 0, 1.6 at 1, towards 2.6 at infinity; thin for nan.
    width = 0.6 + (2.0 / (1.0 + 1.0 / magnitude) if magnitude > 0 else 0.0)
    attributes = {
        "color": theme.quiet if theme.gradient else theme.of_sign(number),
        "penwidth": f"{width:.2f}",
    }
    head = edge.target
    if source.pins:
        attributes["tailport"] = "e"
    if pin is not None:
        attributes |= {"tooltip": escape(pin.explanation), "class": "weight", "tailport": "e"}
        if shows_pins(target):
            head += f":p{edge.pin}:w"
    elif number is None:
        attributes |= {"tooltip": edge.remark or "no single number", "style": "dashed"}
    else:
        exact = f"local gradient {number!r}"
        attributes |= {"tooltip": exact, "labeltooltip": exact}
        # Labels between frames would make Graphviz lead the edges around in loops.
        if not target.clusters or target.clusters == source.clusters or source.kind == "leaf":
            attributes |= {"label": text, "fontcolor": theme.of_gradient(number)}
    digraph.edge(edge.source, head, **attributes)
