"""Graph → DOT, the language of Graphviz.

A node is a box with a line for each of label, data and gradient; an operation has a compartment of its
own, on the left, where its operands arrive. Colour means sign, and line width magnitude: nothing else.
The shape tells the kinds of nodes apart.

The WebAssembly build of Graphviz has no HTML-like labels, so labels are plain lines, which svg.py
styles; it finds them by the order of the lines and by each node's classes, written here.
"""

from __future__ import annotations

import re

from viz.graph import Edge, Graph, Node
from viz.numbers import NOT_COMPUTED, short

INK, QUIET = "#1a1a1a", "#6b6b6b"
# Blue and orange stay apart for colour-blind eyes; both are dark enough for small text on white.
COLOURS = {"positive": "#0067a5", "negative": "#b84a00", "neutral": QUIET}

# Graphviz measures text by built-in tables. It is told to lay out in a wide font, and svg.py shows
# narrower ones: text fits its box whichever font the reader's system has.
LAYOUT_FONT = "Verdana"

SYMBOLS = {"*": "×", "-": "−", "/": "÷", "neg": "−", "dot": "Σ", "sum": "Σ"}

KINDS = {
    "leaf": {"shape": "box", "penwidth": "1.6"},
    "input": {"shape": "box", "style": "filled", "fillcolor": "#efefef"},
    "constant": {"shape": "box", "style": "dashed", "color": QUIET},
    "operation": {"shape": "Mrecord"},
}


def dot_source(graph: Graph) -> str:
    """The graph in DOT; equal graphs give equal text."""
    from graphviz import Digraph

    digraph = Digraph("computation")
    digraph.attr(rankdir="LR", ranksep="0.4", nodesep="0.22", bgcolor="white")
    # Numbers on edges lie above all lines, and the SVG lists nodes in topological order.
    digraph.attr(outputorder="nodesfirst")
    digraph.attr(
        "node", fontname=LAYOUT_FONT, fontsize="13", fontcolor=INK, color=INK, margin="0.15,0.06"
    )
    digraph.attr("edge", fontname=LAYOUT_FONT, fontsize="11", arrowsize="0.6")
    for node in graph.nodes:
        digraph.node(node.name, **_node_attributes(node))
    for edge in graph.edges:
        digraph.edge(edge.source, edge.target, **_edge_attributes(edge))
    return str(digraph.source)


def sign(number: float | None) -> str:
    """ "positive", "negative", or "neutral" for 0, nan and None.

    >>> sign(-2.0), sign(0.0)
    ('negative', 'neutral')
    """
    if number is None or not (number > 0 or number < 0):
        return "neutral"
    return "positive" if number > 0 else "negative"


def escape(text: str) -> str:
    r"""Text as one line of a label: Graphviz shows these characters, whatever they mean to DOT or XML.

    Runs of spaces become one; what does not print, a line break for one, is shown as Python writes it.

    >>> print(escape('<b>"C:\\new"\n'))
    &#60;b&#62;&#34;C:\\new&#34;\\n
    """
    printable = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    one_line = " ".join(printable.split()).replace("\\", r"\\")
    return re.sub('[&<>{}|"]', lambda match: f"&#{ord(match[0])};", one_line)


def _node_attributes(node: Node) -> dict[str, str]:
    gradient, exact_gradient = NOT_COMPUTED, "not computed yet: call backward()"
    if node.gradient is not None:
        gradient, exact_gradient = short(node.gradient), repr(node.gradient)
    lines = [escape(node.label), short(node.data), f"∂ {gradient}"]
    label = r"\n".join(line for line in lines if line)
    if node.kind == "operation":
        label = f"{{{escape(SYMBOLS.get(node.op, node.op))}|{label}}}"
    return {
        "label": label,
        "class": f"{node.kind} {sign(node.gradient)}",
        "tooltip": escape(f"{node.op or node.kind} {node.data!r}, gradient {exact_gradient}"),
        **KINDS[node.kind],
    }


def _edge_attributes(edge: Edge) -> dict[str, str]:
    colour = COLOURS[sign(edge.local_gradient)]
    magnitude = abs(edge.local_gradient)
    # 0.6 at 0, 1.6 at 1, towards 2.6 at infinity; thin for nan.
    width = 0.6 + (2.0 / (1.0 + 1.0 / magnitude) if magnitude > 0 else 0.0)
    exact = f"local gradient {edge.local_gradient!r}"
    return {
        "label": short(edge.local_gradient),
        "tooltip": exact,
        "labeltooltip": exact,
        "color": colour,
        "fontcolor": colour,
        "penwidth": f"{width:.2f}",
    }
