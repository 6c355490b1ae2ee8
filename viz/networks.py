"""The lecture's picture of a network: circles for units, lines for weights."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal, overload
from xml.etree.ElementTree import Element, SubElement, tostring

from autograd.conversion import as_count, brief
from nn.module import Module
from viz.network_layout import Drawing, Stroke, Values, layout
from viz.picture import Picture
from viz.plots.axes import require_axes
from viz.svg import SVG
from viz.text import FONTS
from viz.themes import theme_named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DESCRIPTION = (
    "Circles are units, in a column for each layer, after the inputs. Lines are weights, and the "
    "outline of a circle is its bias; blue is positive, orange negative."
)
ALIGNMENT: dict[str, Literal["left", "center", "right"]] = {
    "start": "left",
    "middle": "center",
    "end": "right",
}
HOVER_WIDTH = 7.0  # thinner lines are hard to hit with the mouse


@overload
def network(
    model: Module,
    values: Values = "weight",
    *,
    theme: str = "light",
    ax: None = None,
    max_units: int = 10,
) -> Picture: ...
@overload
def network(
    model: Module,
    values: Values = "weight",
    *,
    theme: str = "light",
    ax: Axes,
    max_units: int = 10,
) -> Axes: ...
def network(
    model: Module,
    values: Values = "weight",
    *,
    theme: str = "light",
    ax: Axes | None = None,
    max_units: int = 10,
) -> Picture | Axes:
    """A network as circles and lines, from left to right: the inputs, then the layers.

    A line is a weight, and the outline of a circle its bias. Colour is the sign of the number shown,
    blue for positive and orange for negative; width is its magnitude, relative to the largest in the
    picture. Exact numbers appear under the mouse. Numbers that are not finite are dashed; gradients
    that no backward pass has computed are dotted. The inputs are not counted as a layer, as in CS231n
    (https://cs231n.github.io/neural-networks-1/#nn).

    Args:
        model: an MLP, a Layer, a Maxout, a Neuron, or a Sequential of them and Dropout. A maxout unit
            has a small circle for each of its pieces, where their lines arrive.
        values: what to show of each parameter, "weight" its number, "gradient" its gradient; None
            for the structure alone.
        theme: "light", "dark" or "cs231n".
        ax: matplotlib's Axes to draw on; text and lines shrink to fit it as it is now.
        max_units: of a layer with more units, the first ones and the last are shown; at least 2.

    Returns a Picture; the Axes if `ax` is given. Raises TypeError for another model or another `ax`,
    ValueError for another theme, for other `values` or `max_units`, and for layers that do not fit
    together.

    >>> from nn import MLP
    >>> picture = network(MLP(3, [4, 4, 1]))
    >>> print(picture.title)
    A network of 3 layers, the input layer not counted; 41 parameters: 32 weights, 9 biases
    """
    if values not in ("weight", "gradient", None):
        raise ValueError(f"values must be 'weight', 'gradient' or None, but got {brief(values)}")
    if as_count(max_units, "max_units") < 2:
        raise ValueError("max_units must be at least 2, for the first units and the last, but is 1")
    drawing = layout(model, values, theme_named(theme), int(max_units))
    if ax is None:
        return Picture(drawing.title, lambda: _svg(drawing))
    require_axes(ax)
    _draw(drawing, ax)
    return ax


def _svg(drawing: Drawing) -> str:
    width, height = f"{drawing.width:.0f}", f"{drawing.height:.0f}"
    root = Element(
        "svg",
        {
            "xmlns": SVG,
            "width": f"{width}pt",
            "height": f"{height}pt",
            "viewBox": f"0 0 {width} {height}",
            "font-family": FONTS,
            "style": "max-width: 100%; height: auto",
            "role": "img",
        },
    )
    title, description = SubElement(root, "title"), SubElement(root, "desc")
    title.text, description.text = drawing.title, DESCRIPTION
    SubElement(root, "rect", {"width": width, "height": height, "fill": drawing.background})
    for line in drawing.lines:
        group = _group(root, "edge", line.name, line.hover)
        ends = zip(("x1", "y1", "x2", "y2"), (*line.start, *line.end))
        shape = {name: f"{number:.1f}" for name, number in ends}
        SubElement(group, "line", shape | _stroke(line.stroke))
        hit = {"stroke": "black", "stroke-opacity": "0", "stroke-width": f"{HOVER_WIDTH}"}
        SubElement(group, "line", shape | hit | {"pointer-events": "stroke"})
    for circle in drawing.circles:
        group = _group(root, circle.kind, circle.name, circle.hover)
        (x, y), radius = circle.centre, circle.radius
        shape = {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": f"{radius:.1f}", "fill": circle.fill}
        SubElement(group, "circle", shape | _stroke(circle.outline))
    for text in drawing.texts:
        x, y = text.at
        attributes = {
            "x": f"{x:.1f}",
            "y": f"{y:.1f}",
            "fill": text.colour,
            "font-size": f"{text.size:.0f}",
            "text-anchor": text.anchor,
        }
        bold = {"font-weight": "bold"} if text.bold else {}
        SubElement(root, "text", attributes | bold).text = text.text
    # Ids differ from picture to picture, so that many can stand on one page.
    prefix = f"glassgrad-{hashlib.sha256(tostring(root)).hexdigest()[:8]}"
    title.set("id", f"{prefix}-title")
    description.set("id", f"{prefix}-desc")
    root.set("aria-labelledby", f"{prefix}-title {prefix}-desc")
    return tostring(root, encoding="unicode")


def _group(root: Element, kind: str, name: str, hover: str) -> Element:
    group = SubElement(root, "g", {"class": kind, "data-name": name})
    SubElement(group, "title").text = hover
    return group


def _stroke(stroke: Stroke) -> dict[str, str]:
    attributes = {
        "stroke": stroke.colour,
        "stroke-width": f"{stroke.width:.2f}",
        "stroke-opacity": f"{stroke.opacity:.2f}",
    }
    if stroke.dashes:
        attributes["stroke-dasharray"] = " ".join(
            f"{stroke.width * dash:.1f}" for dash in stroke.dashes
        )
    return attributes


def _draw(drawing: Drawing, ax: Axes) -> None:
    from matplotlib.colors import to_rgba
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle

    ax.set(
        xlim=(0, drawing.width),
        ylim=(drawing.height, 0),
        xticks=[],
        yticks=[],
        aspect="equal",
        facecolor=drawing.background,
    )
    ax.spines[:].set_visible(False)
    extent = ax.get_window_extent()
    # matplotlib counts text and the width of lines in points of the figure, not in the Axes' units.
    pixels = min(extent.width / drawing.width, extent.height / drawing.height)
    scale = pixels * 72 / ax.figure.dpi

    def styled(stroke: Stroke) -> dict[str, Any]:
        style = (0, stroke.dashes) if stroke.dashes else "solid"
        return {"linewidth": stroke.width * scale, "linestyle": style}

    for line in drawing.lines:
        xs, ys = zip(line.start, line.end)
        colour = to_rgba(line.stroke.colour, line.stroke.opacity)
        artist = Line2D(xs, ys, color=colour, gid=line.name, zorder=2, **styled(line.stroke))
        ax.add_line(artist)
    for circle in drawing.circles:
        ax.add_patch(
            Circle(
                circle.centre,
                circle.radius,
                facecolor=circle.fill,
                edgecolor=to_rgba(circle.outline.colour, circle.outline.opacity),
                gid=circle.name,
                zorder=3,
                **styled(circle.outline),
            )
        )
    for text in drawing.texts:
        ax.text(
            *text.at,
            text.text,
            color=text.colour,
            fontsize=text.size * scale,
            fontweight="bold" if text.bold else "normal",
            horizontalalignment=ALIGNMENT[text.anchor],
            parse_math=False,  # a function may have $ in its name
            zorder=4,
        )
