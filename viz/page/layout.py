"""Scene → SVG: laid out by Graphviz as `draw` does it, to be changed by the page's program.

Boxes have room for the longest numbers that there can be. Nothing has a colour of its own: classes say
what everything is, and the page's style sheet how that looks in light and in dark.

What the program finds its way by: `data-value`, the number of the Value whose data and gradient stand in
a group; `data-box` and `data-use`, the number of a box, and of an edge.
"""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from viz import svg
from viz.dot import dot_source
from viz.graph import Edge, Gradient, Graph, Node
from viz.page.scene import Box, Scene
from viz.text import FONTS, SIZE, Line, fields_of
from viz.themes import LIGHT, sign

# As long as a number gets in three digits, and what is usual on an edge, around which there is room.
LONGEST, USUAL = -1.23e-300, -0.0123
INSET = 2.0  # of what a reader points at, in its box
DRAWN = {"path", "polygon", "polyline", "ellipse"}
PAINT = ("fill", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-weight")


def svg_of(scene: Scene, renderer: str) -> str:
    """The picture of a scene, as an element for the page.

    Args:
        scene: what to draw; its numbers are written into the picture.
        renderer: "wasm" or "dot", as `draw` takes it.

    Raises RuntimeError if the graph is too large for the renderer.
    """
    drawn = ElementTree.fromstring(svg.render(dot_source(_widened(scene.graph), LIGHT), renderer))
    for element in drawn.iter():
        element.tag = element.tag.removeprefix(f"{{{svg.SVG}}}")
    numbers = {node.name: i for i, node in enumerate(scene.graph.nodes)}
    stage = Element("g", {"class": "graph"})
    frames, edges, nodes = [], [], []
    for group in drawn.iter("g"):
        kind = group.get("class", "").split()[:1]
        if kind == ["cluster"]:
            frames.append(_frame(group))
        elif kind == ["edge"]:
            # Graphviz numbers edges as they come, from 1.
            use = int(str(group.get("id")).removeprefix("edge")) - 1
            edges.append(_edge(group, use, scene.graph.edges[use]))
        elif kind == ["node"]:
            box = numbers[group.findtext("title") or ""]
            nodes.append(_node(group, box, scene.boxes[box], scene.graph.nodes[box]))
    stage.extend([*frames, *edges, *nodes])
    return ElementTree.tostring(_root(drawn, stage), encoding="unicode")


def _widened(graph: Graph) -> Graph:
    """The graph with the longest numbers in place of its own."""
    longest = Gradient(LONGEST)

    def widened(node: Node) -> Node:
        pins = tuple(replace(pin, data=LONGEST, gradient=longest) for pin in node.pins)
        bias = node.bias and replace(node.bias, data=LONGEST, gradient=longest)
        return replace(node, data=LONGEST, gradient=longest, pins=pins, bias=bias)

    def usual(edge: Edge) -> Edge:
        return replace(edge, local_gradient=None if edge.local_gradient is None else USUAL)

    return Graph(tuple(map(widened, graph.nodes)), tuple(map(usual, graph.edges)), graph.roots)


def _root(drawn: Element, stage: Element) -> Element:
    # Graphviz moves all that it draws by a transformation of the outermost group.
    outermost = drawn.find("g")
    assert outermost is not None
    stage.set("transform", str(outermost.get("transform")))
    root = Element(
        "svg",
        {
            "xmlns": svg.SVG,
            "id": "graph",
            "viewBox": str(drawn.get("viewBox")),
            "font-family": FONTS,
            "font-size": str(SIZE),
            "text-anchor": "middle",
            "role": "group",
            "aria-label": "The graph of the computation",
        },
    )
    root.append(stage)
    return root


def _frame(group: Element) -> Element:
    classes = group.get("class", "").split()
    frame = Element("g", {"class": f"frame {classes[-1]}"})
    frame.extend(_shapes(group))
    for text in group.iter("text"):
        frame.append(_text(text, text.text or "", "title"))
    return frame


def _edge(group: Element, number: int, edge: Edge) -> Element:
    classes = "edge" if edge.pin is None else "edge weighted"
    drawn = Element("g", {"class": classes, "data-use": str(number)})
    drawn.extend(_shapes(group))
    for text in group.iter("text"):
        drawn.append(_text(text, text.text or "", "local"))
    return drawn


def _node(group: Element, number: int, box: Box, node: Node) -> Element:
    """A box: its outline, then a group for each Value that it shows."""
    drawn = Element("g", {"class": f"node {node.kind}", "data-box": str(number)})
    drawn.extend(_shapes(group))
    pins, own = fields_of(node)
    left, middle, right = _columns(drawn)
    texts = iter(group.findall(".//text"))
    for value, field in zip(box.pins, pins, strict=False):  # of many pins, none is written
        drawn.append(_shown(value, field, [next(texts) for _ in field], "pin", (left, middle)))
    lines = [line for field in own for line in field]
    bias: list[Line] = []
    if box.bias is not None:
        lines, bias = lines[:-2], lines[-2:]
    own_column = (middle if pins else left, right)
    drawn.append(_shown(box.output, lines, [next(texts) for _ in lines], "body", own_column))
    if box.bias is not None:
        drawn.append(_shown(box.bias, bias, [next(texts) for _ in bias], "pin bias", own_column))
    return drawn


def _columns(drawn: Element) -> tuple[float, float, float]:
    """Of a box its left side, the line between its columns or else its middle, its right side."""
    points = [str(shape.get("d") or shape.get("points")) for shape in drawn]
    corners = [[float(x) for x in re.findall(r"(-?[\d.]+),", each)] for each in points]
    left, right = min(map(min, corners)), max(map(max, corners))
    upright = [xs[0] for xs in corners if len(xs) == 2 and xs[0] == xs[1]]
    return left, upright[0] if upright else (left + right) / 2, right


def _shown(
    value: int, lines: list[Line], texts: list[Element], classes: str, column: tuple[float, float]
) -> Element:
    """A Value in a box: what a reader points at, or goes to by keys."""
    shown = Element("g", {"class": classes, "data-value": str(value)})
    rows = [float(text.get("y", 0)) for text in texts]
    left, right = column
    size = float(texts[0].get("font-size", SIZE))
    SubElement(
        shown,
        "rect",
        {
            "class": "target",
            "x": f"{left + INSET:.2f}",
            "y": f"{min(rows) - size:.2f}",
            "width": f"{right - left - 2 * INSET:.2f}",
            "height": f"{max(rows) - min(rows) + 1.4 * size:.2f}",
            "rx": "3",
        },
    )
    for line, text in zip(lines, texts, strict=True):
        classes = line.role
        if line.role == "gradient":
            classes += f" {sign(line.number)}"
        elif line.is_frozen:
            classes += " frozen"
        shown.append(_text(text, line.text, classes))
    return shown


def _text(text: Element, content: str, classes: str) -> Element:
    kept = {name: str(text.get(name)) for name in ("x", "y", "font-size") if text.get(name)}
    if kept.get("font-size") == f"{SIZE:.2f}":
        del kept["font-size"]
    anchor = text.get("text-anchor", "middle")
    if anchor != "middle":
        kept["text-anchor"] = anchor
    written = Element("text", kept | {"class": classes})
    written.text = content
    return written


def _shapes(group: Element) -> list[Element]:
    """Outlines and lines, without their paint."""
    shapes = [element for element in group.iter() if element.tag in DRAWN]
    for shape in shapes:
        for name in PAINT:
            shape.attrib.pop(name, None)
        shape.tail = None
    return shapes
