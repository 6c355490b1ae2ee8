"""Pictures in a real browser: texts stay in their boxes, and labels are never run."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import viz
from autograd import Value, dot, sum, tanh
from nn import MLP, Layer, Maxout, squared_error
from viz import Picture

pytestmark = pytest.mark.browser

Visits = Callable[[Path], AbstractContextManager[Any]]

# Readers' systems differ: that of the page, the narrow one of most, and a wide one.
FONTS = ["", "Liberation Sans", "DejaVu Sans"]

# Marks on capital letters reach above their line, by fractions of a point. In pixels.
OVERHANG = 2.0

# All that has a place in a picture, with its place, in pixels. Node and frame have an outline each.
MEASURE = """
font => {
    const svg = document.querySelector("svg")
    svg.style.fontFamily = font && `"${font}"`
    const box = (element, text = "") => {
        const {left, top, right, bottom} = element.getBoundingClientRect()
        return {text, left, top, right, bottom}
    }
    const texts = group =>
        Array.from(group.querySelectorAll("text"), text => box(text, text.textContent))
    const boxes = Array.from(svg.querySelectorAll("g.node, g.cluster"), group => ({
        outline: box(group.querySelector("polygon, path")),
        separators: Array.from(group.querySelectorAll("polyline"), line => box(line)),
        texts: texts(group),
    }))
    const outside = Array.from(svg.querySelectorAll(":scope > text, g.legend > text"), text =>
        box(text, text.textContent))
    return {svg: box(svg), boxes, outside}
}
"""


@dataclass(frozen=True)
class Box:
    """Where something stands in the window, in pixels, y growing downwards; and its text."""

    left: float
    top: float
    right: float
    bottom: float
    text: str = ""

    def is_in(self, other: Box) -> bool:
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )

    def overlaps(self, other: Box) -> bool:
        return (
            max(self.left, other.left) < min(self.right, other.right)
            and max(self.top, other.top) < min(self.bottom, other.bottom)
        )  # fmt: skip

    def is_crossed_by(self, line: Box) -> bool:
        return (
            max(self.left, line.left) <= min(self.right, line.right)
            and max(self.top, line.top) <= min(self.bottom, line.bottom)
        )  # fmt: skip


def misplaced(visit: Visits, picture: Picture, path: Path) -> list[str]:
    """What stands where it should not in a picture, with any of `FONTS`."""
    picture.save(path)
    with visit(path) as visited:
        return [
            f"{font or 'fonts of the page'}: {fault}"
            for font in FONTS
            for fault in _misplaced(visited.page.evaluate(MEASURE, font))
        ]


def _misplaced(drawing: dict[str, Any]) -> list[str]:
    svg, outside = Box(**drawing["svg"]), [Box(**text) for text in drawing["outside"]]
    assert outside or drawing["boxes"]
    faults = [f"{text.text!r} is cut off" for text in outside if not text.is_in(svg)]
    for one, other in combinations(outside, 2):
        if one.overlaps(other):
            faults.append(f"{one.text!r} lies on {other.text!r}")
    for box in drawing["boxes"]:
        outline = Box(**box["outline"])
        separators = [Box(**line) for line in box["separators"]]
        for text in box["texts"]:
            text = Box(**text | {"top": text["top"] + OVERHANG})
            if not text.is_in(outline):
                beyond = max(outline.left - text.left, text.right - outline.right)
                faults.append(f"{text.text!r} leaves its box, by {beyond:.1f} pixels at the side")
            elif any(text.is_crossed_by(line) for line in separators):
                faults.append(f"{text.text!r} leaves its compartment")
    return faults


# Pictures to look at.


def twice() -> Value:
    x = Value(3.0, "x")
    y = x + x
    y.backward()
    return y


def neuron(*labels: str) -> Value:
    """The lecture's neuron, with labels for the weights, the inputs, the bias and the output."""
    w1, w2, x1, x2, b = map(Value, (-3.0, 1.0, 2.0, 0.0, 6.8813735870195432), labels)
    o = tanh(dot([w1, w2], [x1, x2], b))
    o.label = labels[-1]
    o.backward()
    return o


def labelled(leaf: str, operation: str) -> Value:
    y = Value(3.0, leaf) * 2
    y.label = operation
    return y


def numbers(data: float, gradient: float) -> Value:
    y = Value(data) * 1
    y.backward(gradient)
    return y


def remarks() -> Value:
    """Gradients with as many words as there can be."""
    w = Value(-1.23e-300, "w")
    y = w * 3
    for _ in range(12):
        y.backward(-1.23e-300)
    w.data = -1.24e-300
    return y


def unreached() -> list[Value]:
    """Values without gradients, for two different reasons."""
    x, aside = Value(3.0), Value(1.0)
    y = x * 2
    y.backward()
    z = Value(2.0)
    cleared = z * z
    cleared.backward()
    cleared.zero_grad()
    return [y + aside, cleared]


def loss(passes: int = 1) -> Value:
    loss = squared_error(MLP(3, [4, 4, 1], seed=0)([1.0, -2.0, 3.0]), 1.0)
    for _ in range(passes):
        loss.backward()
    return loss


def maxout() -> Value:
    y = sum(Maxout(3, 2, 3, seed=0)([1.0, 2.0, 3.0]))
    y.backward()
    return y


GRAPHS: dict[str, Callable[[], Picture]] = {
    "x + x": lambda: viz.draw(twice()),
    "neuron": lambda: viz.draw(neuron("w1", "w2", "x1", "x2", "b", "o")),
    "Korean neuron": lambda: viz.draw(
        neuron("가중치1", "가중치 w2", "입력1", "두 번째 입력", "편향", "학습률 lr")
    ),
    "mlp": lambda: viz.draw(loss()),
    "mlp, two passes": lambda: viz.draw(loss(passes=2)),
    "mlp, neurons": lambda: viz.draw(loss(), collapse="neuron"),
    "mlp, layers": lambda: viz.draw(loss(), collapse="layer"),
    "mlp, weights as nodes": lambda: viz.draw(loss(), weights="nodes"),
    "mlp, products": lambda: viz.draw(loss(), expand="dot"),
    "mlp, folded": lambda: viz.draw(loss(), fold_repeats=True, fold_constants=True),
    "mlp, dark": lambda: viz.draw(loss(), theme="dark"),
    "mlp, cs231n": lambda: viz.draw(loss(), theme="cs231n"),
    "maxout": lambda: viz.draw(maxout()),
    "many weights": lambda: viz.draw(MLP(9, [3, 1], seed=0)([1.0] * 9)),
    "widest numbers": lambda: viz.draw(numbers(-1.23e-300, -1.23e-300)),
    "inf": lambda: viz.draw(numbers(-math.inf, -math.inf)),
    "nan": lambda: viz.draw(numbers(math.nan, math.nan)),
    "remarks": lambda: viz.draw(remarks()),
    "no gradients": lambda: viz.draw(unreached()),
    "network": lambda: viz.network(MLP(3, [4, 4, 1], seed=0)),
    "network of digits": lambda: viz.network(MLP(64, [32, 10], seed=0)),
    "network of maxout": lambda: viz.network(Maxout(3, 4, 2, seed=0), "gradient", theme="dark"),
}

LABELS = [
    '"it\'s" <b>&amp;</b> {a|b} \\n',
    "a label of forty letters, no more or less",
    "W" * 40,
    "mwMW@%&mwMW@%&",
    "WEIGHT OF THE FIRST NEURON",
    "".join(map(chr, range(33, 80))),
    "".join(map(chr, range(80, 127))),
    "1" * 40,
    "{}" * 10,
    "αβγδεζηθικλμνξοπρςστυφχψω ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
    "шаг обучения жюри щёголь",
    "ЖШЩЮЫФМ",
    "학습률과 가중치, 그리고 편향",
    "学習率 – 权重",
    "x₁² ≤ ½ → ∞ œuvre Ærø © ±5",
    "e\u0301 n\u0303 a\u0308\u0323",
    "😀🧠🎓",
]


@pytest.mark.parametrize("name", GRAPHS)
def test_no_text_leaves_its_box(name: str, visit: Visits, tmp_path: Path) -> None:
    assert misplaced(visit, GRAPHS[name](), tmp_path / "picture.html") == []


@pytest.mark.parametrize("label", LABELS)
def test_no_label_leaves_its_box(label: str, visit: Visits, tmp_path: Path) -> None:
    picture = viz.draw(labelled(label, label))
    assert misplaced(visit, picture, tmp_path / "picture.html") == []


def letters(first: int, last: int) -> st.SearchStrategy[str]:
    # What a font shows in place of an unassigned character is as wide as it likes.
    return st.characters(min_codepoint=first, max_codepoint=last, exclude_categories=["C"])


LATIN, GREEK, CYRILLIC = letters(0x20, 0x17F), letters(0x391, 0x3C9), letters(0x410, 0x44F)
HANGUL, CHINESE, EMOJI = letters(0xAC00, 0xD7A3), letters(0x4E00, 0x9FA5), letters(0x1F600, 0x1F64F)
MARKED = st.builds("".join, st.tuples(LATIN | GREEK | CYRILLIC, letters(0x300, 0x32F)))
labels = st.lists(LATIN | GREEK | CYRILLIC | HANGUL | CHINESE | EMOJI | MARKED, max_size=30).map(
    "".join
)


@settings(max_examples=settings.default.max_examples // 5)
@given(labels, labels)
def test_no_label_of_any_script_leaves_its_box(
    visit: Visits, tmp_path_factory: pytest.TempPathFactory, leaf: str, operation: str
) -> None:
    picture = viz.draw(labelled(leaf, operation))
    path = tmp_path_factory.mktemp("scripts") / "picture.html"
    assert misplaced(visit, picture, path) == []


def test_the_widest_of_the_fonts_is_among_those_measured(visit: Visits, tmp_path: Path) -> None:
    viz.draw(twice()).save(tmp_path / "picture.html")
    with visit(tmp_path / "picture.html") as visited:
        widths = visited.page.evaluate(
            """fonts => {
                const context = document.createElement("canvas").getContext("2d")
                const width = (font, text) => {
                    context.font = `bold 100px ${font}`
                    return context.measureText(text).width
                }
                const named = fonts.map(font => [font, width(`"${font}"`, "W")])
                return {W: Object.fromEntries(named), none: width("serif", "\\u0378"),
                        Hangul: width("sans-serif", "학")}
            }""",
            FONTS[1:],
        )
    if len(set(widths["W"].values())) < 2 or widths["Hangul"] == widths["none"]:
        pytest.skip(f"Liberation Sans, DejaVu Sans or any Korean font is not installed: {widths}")
    assert max(widths["W"], key=widths["W"].get) == "DejaVu Sans"
    # Their advance widths, of units to an em: 1933 and 2259 of 2048.
    assert widths["W"]["Liberation Sans"] == pytest.approx(94.4, abs=0.5)
    assert widths["W"]["DejaVu Sans"] == pytest.approx(110.3, abs=0.5)


@pytest.mark.parametrize("name", ["x + x", "mlp", "network of digits"])
def test_a_picture_is_never_wider_than_its_window(name: str, visit: Visits, tmp_path: Path) -> None:
    GRAPHS[name]().save(tmp_path / "picture.html")
    with visit(tmp_path / "picture.html") as visited:
        visited.page.set_viewport_size({"width": 300, "height": 600})
        assert visited.page.evaluate("document.documentElement.scrollWidth") == 300


HOSTILE = [
    "<script>alert(1)</script>",
    "</text></svg><script>throw 'run'</script>",
    '"><img src="x.png" onerror="alert(1)">',
    '" onload="alert(1)" x="',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "]]><script>alert(1)</script>",
    "url(http://localhost/x.png)",
]


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_never_run_and_loads_nothing(label: str, visit: Visits, tmp_path: Path) -> None:
    def activation(x: Value) -> Value:
        return x

    activation.__name__ = label
    path = tmp_path / "picture.html"
    for picture in (viz.draw(labelled(label, label)), viz.network(Layer(1, 1, activation))):
        picture.save(path)
        with visit(path) as visited:
            # A network's captions may be shortened, and without quotes.
            visited.page.locator("text", has_text=label[2:15]).first.hover()
            assert visited.page.locator("script, img, a, foreignObject").count() == 0
            assert visited.page.title() == picture.title
            assert (visited.requests, visited.errors) == ([path.as_uri()], [])


def test_what_a_page_runs_and_loads_is_noticed(visit: Visits, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        "<img src='x.png'><script>alert('a dialog'); console.log('a line'); throw 'up'</script>"
    )
    with visit(path) as visited:
        assert visited.requests == [path.as_uri(), (tmp_path / "x.png").as_uri()]
        assert {"a dialog", "a line", "up"} <= set(visited.errors)
