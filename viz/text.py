"""Text in pictures: its lines, and how much room they need whichever font the reader has."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from viz.graph import Gradient, Node, Pin
from viz.numbers import short

FONTS = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
# Graphviz measures by tables of its own, and has one for this font. It is narrow: see `width_of`.
LAYOUT_FONT = "Arial"
SIZE, PIN_SIZE, EDGE_SIZE = 11, 10, 10
MAX_PINS = 8  # a taller box would be hard to follow
MAX_LETTERS = 40  # of a label; hovering tells the rest


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in a node.

    `role` is "op", "label", "data", "gradient" or "detail"; `number` what colours a gradient;
    `is_frozen` whether this is the value of a parameter that training leaves alone.
    """

    text: str
    role: str
    number: float | None = None
    is_frozen: bool = False


def fields_of(node: Node) -> tuple[list[list[Line]], list[list[Line]]]:
    """The compartments of a node's box, each a list of lines: its pins', and its own."""
    pins = [_numbers(pin.data, pin.gradient, pin.is_frozen) for pin in node.pins]
    pins = pins if shows_pins(node) else []
    title = node.label
    if node.parameter and node.clusters and title == node.parameter:
        title = title.rpartition(".")[2]  # the frames say the rest
    if not title and node.pins and node.clusters:
        title = node.clusters[-1].title
    title = _shortened(one_line(title))
    own = [Line(title, "label")] if title else []
    own += _numbers(node.data, node.gradient)
    own += [Line(_shortened(one_line(detail)), "detail") for detail in node.details]
    if node.pins and not pins:
        own.append(Line(f"{len(node.pins)} weights", "detail"))
    fields = [own] if own else []
    if node.op:
        fields.insert(0, [Line(_shortened(one_line(node.op)), "op")])
    if node.bias is not None:
        fields.append(_bias(node.bias))
    return pins, fields


def shows_pins(node: Node) -> bool:
    """Whether weights are written at their pins; of many, only their edges and their number are seen."""
    return 0 < len(node.pins) <= MAX_PINS


def _numbers(data: float | None, gradient: Gradient | None, is_frozen: bool = False) -> list[Line]:
    lines = [] if data is None else [Line(short(data), "data", is_frozen=is_frozen)]
    if gradient is not None:
        lines.append(Line(gradient.text, "gradient", gradient.number))
    return lines


def _bias(bias: Pin) -> list[Line]:
    data, gradient = _numbers(bias.data, bias.gradient)
    return [Line(f"b {data.text}", "data", is_frozen=bias.is_frozen), gradient]


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_LETTERS else text[: MAX_LETTERS - 1] + "…"


def one_line(text: str) -> str:
    r"""Text as one line: runs of spaces become one, and what does not print is escaped.

    >>> one_line("a  b\n")
    'a b\\n'
    """
    printable = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return " ".join(printable.split())


# Widths in ems, at least those of DejaVu Sans Bold, the widest of `FONTS`.
_NARROW = re.compile(r"[ijlI .,:;|!'()\[\]/\\`*°·-]")
_WIDE = re.compile(r"[mwMW@%&∂Σ—…×÷−+<>=~^#○±¬ŴŵĦΉΎΜжмфшщыюљњ]")
# Ligatures, Cyrillic capitals, symbols, and scripts of which nothing more is known here.
_WIDEST = re.compile(
    r"[ÆŒæœ©®¼-¾\u0180-\u02af\u0400-\u042f\u0460-\u200f\u2020-\u206f\u20a0-\U0010ffff]"
)


def width_of(text: str, size: float) -> float:
    """Points of width that are enough for a line of bold text, in any of the fonts.

    >>> width_of("학습", 10) > width_of("ab", 10) > width_of("il", 10)
    True
    """

    def ems(c: str) -> float:
        if unicodedata.combining(c):
            return 0.0
        if unicodedata.east_asian_width(c) in "WF":
            return 1.3
        if _NARROW.match(c):
            return 0.55
        if _WIDE.match(c):
            return 1.12
        if _WIDEST.match(c):
            return 1.4
        return 0.87 if c.isupper() or ord(c) > 0x24F else 0.73

    return size * sum(map(ems, text))
