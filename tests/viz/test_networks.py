"""`network`: the two ways to draw a layout, as a picture and on matplotlib's Axes."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from autograd import Value
from nn import MLP, Layer, Maxout
from viz.networks import network
from viz.picture import Picture
from viz.themes import THEMES

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _close_figures() -> Any:
    yield
    plt.close("all")


def root(model: Any, *arguments: Any, **options: Any) -> Element:
    return ElementTree.fromstring(network(model, *arguments, **options).svg)


def groups(svg: Element, kind: str) -> dict[str, Element]:
    return {g.attrib["data-name"]: g for g in svg.iter(f"{SVG}g") if g.get("class") == kind}


def child(group: Element, tag: str) -> Element:
    element = group.find(f"{SVG}{tag}")
    assert element is not None
    return element


def texts(svg: Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


def called(name: str) -> Callable[[Value], Value]:
    """An activation of that name."""

    def activation(x: Value) -> Value:
        return x

    activation.__name__ = name
    return activation


# The SVG.


def test_the_lectures_networks_have_41_and_26_parameters() -> None:
    for sizes, weights, total in (([4, 4, 1], 32, "41"), ([4, 2], 20, "26")):
        picture = network(MLP(3, sizes))
        assert f"{total} parameters" in picture.title
        svg = ElementTree.fromstring(picture.svg)
        assert any(f"{total} parameters" in text for text in texts(svg))
        assert len(groups(svg, "edge")) == weights
        assert len(groups(svg, "unit")) == sum(sizes)
        assert list(groups(svg, "input")) == ["x0", "x1", "x2"]


def test_hovering_tells_a_parameters_exact_number_and_gradient() -> None:
    model = MLP(3, [4, 1], "tanh", seed=0)
    weight, bias = model.layers[0].neurons[3].weights[1], model.layers[0].neurons[3].bias
    name = "layers.0.neurons.3"

    def hover(svg: Element, kind: str, name: str) -> str:
        return child(groups(svg, kind)[name], "title").text or ""

    svg = root(model)
    assert hover(svg, "edge", f"{name}.w1") == (
        f"{name}.w1 = {weight.data!r}, gradient not computed yet"
    )
    model([1.0, 2.0, 3.0]).backward()
    svg = root(model)
    assert hover(svg, "edge", f"{name}.w1") == (
        f"{name}.w1 = {weight.data!r}, gradient {weight.grad!r}"
    )
    assert hover(svg, "unit", name) == f"tanh\n{name}.b = 0.0, gradient {bias.grad!r}"


@pytest.mark.parametrize("theme", THEMES)
def test_a_line_has_the_themes_colour_of_its_sign_and_the_width_of_its_magnitude(
    theme: str,
) -> None:
    layer = Layer(2, 1)
    layer.neurons[0].weights[0].data, layer.neurons[0].weights[1].data = 0.5, -2.0
    edges = groups(root(layer, theme=theme), "edge")
    small, large = (child(edges[f"neurons.0.w{i}"], "line") for i in (0, 1))
    assert small.get("stroke") == THEMES[theme].positive
    assert large.get("stroke") == THEMES[theme].negative
    for attribute in ("stroke-width", "stroke-opacity"):
        assert float(small.attrib[attribute]) < float(large.attrib[attribute])
    background = child(root(layer, theme=theme), "rect")
    assert background.get("fill") == THEMES[theme].background


def test_thin_lines_can_be_hit_with_the_mouse_by_an_invisible_one() -> None:
    for group in groups(root(MLP(3, [4, 1], seed=0)), "edge").values():
        shown, hit = group.findall(f"{SVG}line")
        assert [shown.get(end) for end in ("x1", "y1", "x2", "y2")] == [
            hit.get(end) for end in ("x1", "y1", "x2", "y2")
        ]
        assert (hit.get("stroke-opacity"), hit.get("pointer-events")) == ("0", "stroke")
        assert float(hit.attrib["stroke-width"]) > float(shown.attrib["stroke-width"])


def test_dashes_are_in_the_svg() -> None:
    lines = groups(root(MLP(1, [1]), "gradient"), "edge").values()
    assert all(child(group, "line").get("stroke-dasharray") for group in lines)
    lines = groups(root(MLP(1, [1]), "weight"), "edge").values()
    assert not any(child(group, "line").get("stroke-dasharray") for group in lines)


def test_the_pieces_of_maxout_are_found_by_their_names() -> None:
    svg = root(Maxout(2, 2, 2))
    assert list(groups(svg, "piece")) == [f"neurons.{i}.{k}" for i in (0, 1) for k in (0, 1)]
    assert "neurons.1.0.w1" in groups(svg, "edge")
    assert "maxout of 2 pieces" in texts(svg)


@pytest.mark.parametrize(
    "name", ["<lambda>", "&amp;", "</text><script>", '"x"', "]]>", "a$_$", "\x00\ud800\n"]
)
def test_a_functions_name_is_text_whatever_it_looks_like(name: str) -> None:
    layer = Layer(1, 1, called(name))
    svg = root(layer)
    shown = repr(name).strip("'\"") if not name.isprintable() else name.strip("'\"")
    assert shown in texts(svg)
    plain = root(Layer(1, 1, called("f")))
    assert [element.tag for element in svg.iter()] == [element.tag for element in plain.iter()]
    _, ax = plt.subplots()
    network(layer, ax=ax)
    ax.figure.canvas.draw()  # no mathematics is read into it
    assert shown in [text.get_text() for text in ax.texts]


def test_different_pictures_share_no_id_and_equal_ones_are_equal() -> None:
    ids = [
        element.attrib["id"]
        for seed in (0, 1)
        for element in root(MLP(2, [2], seed=seed)).iter()
        if "id" in element.attrib
    ]
    assert len(ids) == len(set(ids)) == 4
    assert network(MLP(2, [2], seed=0)).svg == network(MLP(2, [2], seed=0)).svg


def test_a_picture_says_in_words_what_it_is() -> None:
    svg = root(MLP(3, [4, 4, 1]))
    by_id = {element.get("id"): element.text for element in svg.iter()}
    title, description = (by_id[name] for name in svg.attrib["aria-labelledby"].split())
    assert svg.get("role") == "img"
    assert title is not None
    assert title.startswith("A network of 3 layers")
    assert description is not None
    assert "blue is positive" in description


def test_a_picture_stays_as_it_was_drawn() -> None:
    model = MLP(2, [2], seed=0)
    before, picture = network(model).svg, network(model)
    model.layers[0].neurons[0].weights[0].data = 5.0
    assert picture.svg == before
    assert network(model).svg != before


def test_a_picture_is_saved_in_its_size(tmp_path: Path) -> None:
    picture = network(MLP(3, [4, 4, 1], seed=0))
    assert isinstance(picture, Picture)
    assert picture.svg.startswith("<svg")
    picture.save(tmp_path / "network.png")
    png = (tmp_path / "network.png").read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    svg = ElementTree.fromstring(picture.svg)
    points = [float(svg.attrib[side].removesuffix("pt")) for side in ("width", "height")]
    # 4/3 pixels to a point, drawn twice as fine.
    assert (width, height) == pytest.approx([8 / 3 * side for side in points], abs=2)
    with pytest.raises(ValueError, match=r"\.svg, \.html"):
        picture.save(tmp_path / "network.dot")


# On Axes.


@pytest.mark.parametrize("values", ["weight", "gradient", None])
@pytest.mark.parametrize("model", [MLP(3, [4, 4, 1], seed=0), MLP(20, [3]), Maxout(2, 3, 3)])
def test_axes_show_the_same_lines_circles_and_texts_as_the_svg(model: Any, values: Any) -> None:
    svg = root(model, values)
    _, ax = plt.subplots()
    assert network(model, values, ax=ax) is ax
    edges = groups(svg, "edge")
    assert [line.get_gid() for line in ax.lines] == list(edges)
    assert [to_hex(line.get_color()) for line in ax.lines] == [
        child(group, "line").get("stroke") for group in edges.values()
    ]
    n_circles = sum(len(groups(svg, kind)) for kind in ("input", "unit", "piece"))
    assert len(ax.patches) == n_circles
    assert [text.get_text() for text in ax.texts] == texts(svg)


def test_texts_and_lines_shrink_with_the_axes() -> None:
    _, large = plt.subplots(figsize=(12, 8))
    _, grid = plt.subplots(2, 3, figsize=(12, 8))
    for ax in (large, grid[0, 0]):
        network(MLP(3, [4, 4, 1], seed=0), ax=ax)
        ax.figure.canvas.draw()
        boxes = [text.get_window_extent() for text in ax.texts]
        assert not any(
            box.overlaps(other) for i, box in enumerate(boxes) for other in boxes[i + 1 :]
        )
    assert large.texts[0].get_fontsize() > 2 * grid[0, 0].texts[0].get_fontsize()
    assert large.lines[-1].get_linewidth() > 2 * grid[0, 0].lines[-1].get_linewidth()


def test_no_axes_but_the_one_given_are_touched() -> None:
    _, (left, right) = plt.subplots(1, 2)
    network(MLP(2, [2]), ax=left, theme="dark")
    assert to_hex(left.get_facecolor()) == THEMES["dark"].background
    assert left.has_data()
    assert not right.has_data()
    assert len(plt.get_fignums()) == 1


# What is refused.


def test_unknown_values_themes_and_sizes_are_refused() -> None:
    model = MLP(2, [2])
    with pytest.raises(ValueError, match="'weight', 'gradient' or None, but got 'data'"):
        network(model, "data")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="theme must be one of light, dark, cs231n"):
        network(model, theme="pink")
    with pytest.raises(ValueError, match="max_units must be a whole number of at least 1"):
        network(model, max_units=0)
    with pytest.raises(ValueError, match="max_units must be at least 2"):
        network(model, max_units=1)
