"""Model → drawing: where the circles, lines and texts of a network stand, and how they look.

Lengths are in points and y grows downwards; the dashes of a line are counted in its widths.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from autograd import Value
from autograd.conversion import brief
from nn.layers import Dropout, Layer, Maxout, Neuron, name_of
from nn.module import Module
from nn.networks import MLP, Sequential
from nn.summary import summarize
from viz.numbers import NOT_COMPUTED, short
from viz.themes import Theme

Values = Literal["weight", "gradient"] | None
Point = tuple[float, float]

COLUMN_GAP, SIDE, MIN_WIDTH = 165.0, 95.0, 600.0
BODY, MIN_ROW_GAP, MAX_ROW_GAP, MAX_RADIUS = 480.0, 26.0, 66.0, 18.0
FONT_SIZE, LINE_HEIGHT = 13.0, 18.0
BOLD_LETTER = 8.0  # a bound for the width of an average letter, in the widest of our fonts
CAPTION_LETTERS = 22
DASHED, DOTTED = (4.0, 2.5), (1.0, 2.0)


@dataclass(frozen=True)
class Stroke:
    """How a line or an outline looks."""

    colour: str
    width: float
    opacity: float = 1.0
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True)
class Line:
    """A weight, from the circle whose number it multiplies to the one that adds it up."""

    name: str
    hover: str
    start: Point
    end: Point
    stroke: Stroke


@dataclass(frozen=True)
class Circle:
    """An "input", a "unit", or a "piece" of a maxout unit. The outline shows its bias."""

    kind: str
    name: str
    hover: str
    centre: Point
    radius: float
    fill: str
    outline: Stroke


@dataclass(frozen=True)
class Text:
    """A line of text. `at` is on its baseline: at its start, middle or end, as `anchor` says."""

    text: str
    at: Point
    colour: str
    anchor: Literal["start", "middle", "end"] = "middle"
    bold: bool = False
    size: float = FONT_SIZE


@dataclass(frozen=True)
class Drawing:
    """A picture of a network: lines lie below circles, circles below texts."""

    title: str
    width: float
    height: float
    background: str
    lines: list[Line]
    circles: list[Circle]
    texts: list[Text]


def layout(model: Module, values: Values, theme: Theme, max_units: int) -> Drawing:
    """The drawing of a model as it is now; `network` explains the arguments, and checks them.

    Raises TypeError for a model whose parts are not known to follow one another, ValueError for one
    whose layers do not fit together.

    >>> from viz.themes import LIGHT
    >>> drawing = layout(MLP(3, [4, 4, 1]), "weight", LIGHT, max_units=10)
    >>> len(drawing.lines), len(drawing.circles)
    (32, 12)
    """
    columns = _columns(model)
    n_slots = max(min(len(column.units), max_units + 1) for column in columns)
    row_gap = min(max(BODY / n_slots, MIN_ROW_GAP), MAX_ROW_GAP)
    radius, body = min(0.36 * row_gap, MAX_RADIUS), n_slots * row_gap
    width = max(2 * SIDE + (len(columns) - 1) * COLUMN_GAP, MIN_WIDTH)

    texts: list[Text] = []
    centres: list[dict[int, Point]] = []  # of the circles shown in each column, by number
    for x, column in zip(_spread(len(columns), width / 2, COLUMN_GAP), columns):
        numbers = list(range(len(column.units)))
        ys = _spread(min(len(numbers), max_units + 1), body / 2, row_gap)
        caption = list(column.caption)
        if len(numbers) > max_units:
            del numbers[max_units - 1 : -1]
            texts.append(Text("⋮", (x, ys.pop(-2) + 8), theme.ink, size=24.0))
            caption[1] += f", {max_units} shown"
        centres.append({number: (x, y) for number, y in zip(numbers, ys)})
        for i, line in enumerate(caption, start=1):
            at = (x, body + i * LINE_HEIGHT)
            texts.append(Text(_shortened(line), at, theme.ink, bold=i == 1))
    for i, (x, y) in centres[0].items():
        texts.append(Text(f"x{i}", (x - radius - 6, y + FONT_SIZE / 3), theme.ink, "end"))

    shown = [
        (column.units[number], centre, before)
        for column, places, before in zip(columns[1:], centres[1:], centres)
        for number, centre in places.items()
    ]
    pen = _Pen(
        values,
        theme,
        {
            parameter
            for unit, _, before in shown
            for _, neuron in unit.neurons
            for parameter in (*(neuron.weights[i] for i in before), neuron.bias)
        },
    )
    lines: list[Line] = []
    circles = [
        Circle("input", f"x{i}", f"x{i}, an input", centre, radius, theme.fill, pen.plain)
        for i, centre in centres[0].items()
    ]
    for unit, centre, before in shown:
        added = _circles(unit, centre, radius, pen)
        circles += added
        for (path, neuron), circle in zip(unit.neurons, added[-len(unit.neurons) :]):
            for i, start in before.items():
                name, weight = _join(path, f"w{i}"), neuron.weights[i]
                hover, stroke = _exact(name, weight), pen.stroke(weight)
                lines.append(Line(name, hover, start, circle.centre, stroke))
    lines.sort(key=lambda line: line.stroke.width)  # what counts most lies on top

    summary = summarize(model).rsplit("\n", 1)[-1]
    below = body + LINE_HEIGHT * (max(len(column.caption) for column in columns) + 1.5)
    texts += _legend(summary, pen, width, below)
    return Drawing(
        title=f"A network of {summary}",
        width=width,
        height=texts[-1].at[1] + LINE_HEIGHT,
        background=theme.background,
        lines=lines,
        circles=circles,
        texts=texts,
    )


def _circles(unit: _Unit, centre: Point, radius: float, pen: _Pen) -> list[Circle]:
    """A circle for each neuron of a unit; before them, if there are several, one for the unit."""
    fill, n = pen.theme.background, len(unit.neurons)
    if n == 1:
        ((path, neuron),) = unit.neurons
        outline = pen.outline(neuron.bias)
        return [Circle("unit", unit.name, _about(path, neuron), centre, radius, fill, outline)]
    hover = f"{unit.name}: the largest of {n} sums"
    whole = Circle("unit", unit.name, hover, centre, radius, fill, pen.plain)
    # The pieces stand on the left half of the unit's outline, from its top down.
    (x, y), size = centre, radius / (n + 1.5)
    return [whole] + [
        Circle(
            "piece",
            path,
            _about(path, neuron),
            (x - radius * math.cos(angle), y + radius * math.sin(angle)),
            size,
            fill,
            pen.outline(neuron.bias),
        )
        for angle, (path, neuron) in zip(_spread(n, 0.0, min(2.4 / (n - 1), 1.2)), unit.neurons)
    ]


def _legend(summary: str, pen: _Pen, width: float, y: float) -> list[Text]:
    """The texts below everything, in the middle, the first one's baseline at y."""
    theme, middle = pen.theme, width / 2
    totals = [summary] if len(summary) * BOLD_LETTER <= width else summary.split("; ")
    texts = [
        Text(line, (middle, y + i * LINE_HEIGHT), theme.ink, bold=i < len(totals))
        for i, line in enumerate([*totals, *pen.legend()])
    ]
    if pen.values is not None and pen.largest > 0.0:
        y += len(texts) * LINE_HEIGHT
        texts += [
            Text("blue: positive", (middle - 10, y), theme.positive, "end", bold=True),
            Text("orange: negative", (middle + 10, y), theme.negative, "start", bold=True),
        ]
    return texts


class _Pen:
    """How parameters are drawn: colour by sign, width and opacity relative to the largest magnitude."""

    def __init__(self, values: Values, theme: Theme, parameters: set[Value]) -> None:
        self.values, self.theme = values, theme
        self.plain = Stroke(theme.quiet, 1.5)
        numbers = [self._number(parameter) for parameter in parameters]
        self.n_not_computed = numbers.count(None)
        self.numbers = [number for number in numbers if number is not None]
        self.finite = [abs(number) for number in self.numbers if math.isfinite(number)]
        self.largest = max(self.finite, default=0.0)

    def _number(self, parameter: Value) -> float | None:
        """What stands for a parameter; None for a gradient that no backward pass has computed."""
        if self.values == "gradient":
            return parameter.grad if parameter.backward_passes else None
        return parameter.data

    def stroke(self, parameter: Value) -> Stroke:
        if self.values is None:
            return Stroke(self.theme.quiet, 1.0)
        number = self._number(parameter)
        if number is None:
            return Stroke(self.theme.quiet, 1.2, dashes=DOTTED)
        if not math.isfinite(number):
            return Stroke(self.theme.ink, 2.0, dashes=DASHED)
        if number == 0:
            # Fainter than the smallest of the others, which it must not outshine.
            return Stroke(self.theme.quiet, 0.8, 0.25)
        share = abs(number) / self.largest
        return Stroke(self.theme.of_sign(number), 0.8 + 4.2 * share, 0.35 + 0.65 * share)

    def outline(self, bias: Value) -> Stroke:
        """As `stroke`, but a circle is there, even if its bias is 0."""
        stroke = self.stroke(bias)
        return (
            replace(stroke, opacity=max(stroke.opacity, 0.7)) if self._number(bias) == 0 else stroke
        )

    def legend(self) -> list[str]:
        """What the strokes mean, in words, line by line."""
        if self.values is None:
            return ["a line is a weight, a circle a unit with its bias"]
        lines = []
        if self.largest > 0.0:
            what = "|weight| and |bias|" if self.values == "weight" else "|gradient|"
            lines.append(f"width of line and outline: {what}, up to {short(self.largest)}")
        if 0.0 in self.finite:
            lines.append("grey: exactly 0")
        if n_infinite := len(self.numbers) - len(self.finite):
            lines.append(f"dashed: {n_infinite:,} not finite")
        if self.n_not_computed:
            some = f"{self.n_not_computed:,} dotted " if self.numbers else ""
            lines.append(f"{some}{NOT_COMPUTED} no gradient yet: call backward()")
        return lines


@dataclass(frozen=True)
class _Unit:
    """What becomes a circle: a neuron with its path, or all those of a maxout unit; of an input none."""

    name: str
    neurons: list[tuple[str, Neuron]]


@dataclass(frozen=True)
class _Column:
    """What becomes a column: a layer, or the inputs. Its caption starts with a name and a size."""

    units: list[_Unit]
    caption: list[str]
    n_inputs: int = 0


def _columns(model: Module) -> list[_Column]:
    """The inputs, then the layers; what dropout follows one stands in its caption."""
    columns: list[_Column] = []
    notes: list[str] = []  # of a dropout before any layer
    for path, part in _parts(model):
        if isinstance(part, Dropout):
            (columns[-1].caption if columns else notes).append(f"then dropout {short(part.p)}")
            continue
        layer = _column(path, part)
        if not columns:
            inputs = [_Unit(f"x{i}", []) for i in range(layer.n_inputs)]
            caption = ["input", _count(len(inputs), "number"), "not counted as a layer", *notes]
            columns.append(_Column(inputs, caption))
        elif layer.n_inputs != (n_outputs := len(columns[-1].units)):
            raise ValueError(
                f"{path} takes {layer.n_inputs} inputs, but the layer before it has {n_outputs} "
                f"outputs: give both the same number"
            )
        columns.append(layer)
    if not columns:
        raise ValueError(f"network() draws layers, but {brief(model)} has none")
    return columns


def _parts(
    model: Module, path: str = ""
) -> Iterator[tuple[str, Neuron | Layer | Maxout | Dropout]]:
    """The layers and dropouts of a model in the order in which it calls them, each with its path."""
    match model:
        case Neuron() | Layer() | Maxout() | Dropout():
            yield path, model
        case MLP():
            for i, layer in enumerate(model.layers):
                if i and model.dropout is not None:
                    yield _join(path, "dropout"), model.dropout
                yield _join(path, f"layers.{i}"), layer
        case Sequential():
            for i, part in enumerate(model.layers):
                yield from _parts(part, _join(path, f"layers.{i}"))
        case _:
            where = f"{path} is" if path else "got"
            raise TypeError(
                "network() draws an MLP, a Layer, a Maxout, a Neuron, or a Sequential of them and "
                f"Dropout, but {where} {brief(model)}, of type {type(model).__name__}, whose "
                "parts it cannot put in order: draw these one by one, or draw() what it computes"
            )


def _column(path: str, layer: Neuron | Layer | Maxout) -> _Column:
    if isinstance(layer, Neuron):
        units = [_Unit(path or "neuron", [(path, layer)])]
        kind = _activation(layer)
    elif isinstance(layer, Layer):
        names = [_join(path, f"neurons.{i}") for i in range(len(layer.neurons))]
        units = [_Unit(name, [(name, each)]) for name, each in zip(names, layer.neurons)]
        kind = ", ".join(dict.fromkeys(map(_activation, layer.neurons)))
    else:
        units = [
            _Unit(name, [(f"{name}.{k}", piece) for k, piece in enumerate(pieces)])
            for i, pieces in enumerate(layer.neurons)
            for name in [_join(path, f"neurons.{i}")]
        ]
        kind = f"maxout of {_count(len(layer.neurons[0]), 'piece')}"
    caption = [path or type(layer).__name__, _count(len(units), "unit"), kind]
    if all(parameter.kind == "constant" for parameter in layer.parameters()):
        caption.append("frozen")
    return _Column(units, caption, layer.n_inputs)


def _activation(neuron: Neuron) -> str:
    if neuron.activation is None:
        return "no activation"
    return name_of(neuron.activation).strip("'\"")


def _about(path: str, neuron: Neuron) -> str:
    """What hovering over a neuron tells: its activation, its bias, and a slope if it learns one."""
    lines = [_activation(neuron), _exact(_join(path, "b"), neuron.bias)]
    if neuron.slope is not None:
        lines.append(_exact(_join(path, "slope"), neuron.slope))
    return "\n".join(lines)


def _exact(path: str, parameter: Value) -> str:
    gradient = repr(parameter.grad) if parameter.backward_passes else "not computed yet"
    frozen = ", frozen" if parameter.kind == "constant" else ""
    return f"{path} = {parameter.data!r}, gradient {gradient}{frozen}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _count(number: int, singular: str) -> str:
    return f"{number:,} {singular}{'' if number == 1 else 's'}"


def _shortened(text: str) -> str:
    return text if len(text) <= CAPTION_LETTERS else f"{text[: CAPTION_LETTERS - 1]}…"


def _spread(n: int, middle: float, gap: float) -> list[float]:
    """n places around a middle, at equal distances.

    >>> _spread(3, 10.0, 4.0)
    [6.0, 10.0, 14.0]
    """
    return [middle + (i - (n - 1) / 2) * gap for i in range(n)]
