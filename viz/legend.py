"""The legend below a picture of a graph: what of its signs occurs in this one, and what it means."""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from viz.dot import CROSS_ENTROPY, LOGSUMEXP, kinds
from viz.graph import Gradient, Graph
from viz.numbers import NOT_COMPUTED
from viz.themes import Theme, sign

SIZE = 10.0
ROW = 15.0
SAMPLE = 20.0  # the width of a sample of an outline
LETTER = 0.62  # of a size, on the average of a line, in the widest of our fonts

DASHES = {"dashed": "4,2", "dotted": "1,3"}

KINDS = {
    "input": "input",
    "leaf": "leaf, or parameter",
    "constant": "constant",
    "operation": "operation",
    "folded": "several nodes in one",
    "failure": "where the computation failed",
}
MARKS = {
    "absent": f"{NOT_COMPUTED} no backward pass yet: call backward()",
    "unreached": "unreached: by the backward pass",
    "cleared": "cleared: by zero_grad()",
    "stale": "stale: a leaf has changed since the backward pass",
    "foreign": "foreign: from another computation; no backward() on this one yet",
    "passes": "passes: added up until zero_grad()",
    "zero": "○ exactly 0: nothing flows back here",
}


def add_legend(root: Element, graph: Graph, theme: Theme) -> str:
    """Put the legend of a graph below its picture, an SVG whose size grows; returns it in words."""
    occurring = {node.kind for node in graph.nodes}
    items = [(kind, text) for kind, text in KINDS.items() if kind in occurring]
    items.append(("", "above value, below ∂ gradient"))
    if any(node.pins for node in graph.nodes):
        items.append(("", "on edges: weight, or local gradient"))
    elif any(edge.local_gradient is not None for edge in graph.edges):
        items.append(("", "on edges: local gradient"))
    by_name = {node.name: node for node in graph.nodes}
    if any(by_name[edge.target].function in (LOGSUMEXP, CROSS_ENTROPY) for edge in graph.edges):
        items.append(("", "p: probability, by softmax, as local gradient"))
    gradients = list(_gradients(graph))
    if theme.value is None:
        signs = {sign(number) for number in _coloured_numbers(graph, gradients)}
        items += [(name, name) for name in ("positive", "negative") if name in signs]
    else:
        items += [("value", "values"), ("gradient", "gradients")]
    if len({edge.local_gradient for edge in graph.edges}) > 1:
        items.append(("", "line width: size"))
    marks = {mark for gradient in gradients for mark in _marks(gradient)}
    items += [("", text) for mark, text in MARKS.items() if mark in marks]

    x0, y0, width, height = (float(n) for n in root.attrib["viewBox"].split())
    width = max(width, 300.0)
    legend = SubElement(root, "g", {"class": "legend", "font-size": f"{SIZE:g}"})
    x, y = x0 + 8.0, y0 + height + 6.0 + SIZE
    for sample, text in items:
        room = (SAMPLE + 5.0 if sample else 0.0) + LETTER * SIZE * len(text)
        if x > x0 + 8.0 and x + room > x0 + width:
            x, y = x0 + 8.0, y + ROW
        if sample:
            _draw_sample(legend, sample, x, y - SIZE / 2 + 1, theme)
        label = SubElement(
            legend,
            "text",
            x=f"{x + (SAMPLE + 5.0 if sample else 0.0):.1f}",
            y=f"{y:.1f}",
            fill=theme.quiet,
        )
        label.text = text
        x += room + 10.0
    width, height = math.ceil(width), math.ceil(y + 8.0 - y0)
    root.insert(0, Element("rect", _rectangle(x0, y0, width, height) | {"fill": theme.background}))
    root.attrib |= {
        "viewBox": f"{x0:.2f} {y0:.2f} {width} {height}",
        "width": f"{width}pt",
        "height": f"{height}pt",
    }
    return "; ".join(text for _, text in items)


def _draw_sample(legend: Element, sample: str, x: float, y: float, theme: Theme) -> None:
    colours = {
        "positive": theme.positive,
        "negative": theme.negative,
        "value": theme.value,
        "gradient": theme.gradient,
    }
    if (colour := colours.get(sample)) is not None:
        line = {"x1": f"{x:.1f}", "x2": f"{x + SAMPLE:.1f}", "y1": f"{y:.1f}", "y2": f"{y:.1f}"}
        SubElement(legend, "line", line | {"stroke": colour, "stroke-width": "3"})
        return
    drawn = kinds(theme)[sample]
    outline = _rectangle(x, y - 4.5, SAMPLE, 9.0) | {
        "fill": drawn.get("fillcolor", "none"),
        "stroke": drawn.get("color", theme.ink),
        "stroke-width": drawn.get("penwidth", "1"),
        "stroke-dasharray": DASHES.get(drawn.get("style", ""), "none"),
        "rx": "4" if drawn["shape"] == "Mrecord" else "0",
    }
    SubElement(legend, "rect", outline)


def _rectangle(x: float, y: float, width: float, height: float) -> dict[str, str]:
    return {
        "x": f"{x:.1f}",
        "y": f"{y:.1f}",
        "width": f"{width:.1f}",
        "height": f"{height:.1f}",
    }


def _coloured_numbers(graph: Graph, gradients: list[Gradient]) -> Iterator[float | None]:
    for gradient in gradients:
        yield gradient.number
    for edge in graph.edges:
        yield edge.local_gradient
    for node in graph.nodes:
        yield from (pin.data for pin in node.pins)


def _gradients(graph: Graph) -> Iterator[Gradient]:
    for node in graph.nodes:
        if node.gradient is not None:
            yield node.gradient
        for pin in (*node.pins, *([node.bias] if node.bias else [])):
            yield pin.gradient


def _marks(gradient: Gradient) -> Iterator[str]:
    if gradient.state:
        yield gradient.state
    if gradient.number is not None and gradient.passes > 1:
        yield "passes"
    if gradient.number == 0:
        yield "zero"
