"""Pictures, which show themselves in a notebook and can be saved; and `draw`, that of a computation."""

from __future__ import annotations

import html
import os
import reprlib
import textwrap
from base64 import b64encode
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from autograd import Value
from autograd.conversion import as_count
from nn import Module
from nn.storage import write_atomically
from viz import folding, raster, repeats, svg
from viz.dot import dot_source
from viz.graph import Edge, Graph, Node, graph_of
from viz.recordings import Recording
from viz.themes import theme_named

CELL_WIDTH = 700  # in CSS pixels: that of a cell's output on a small screen, or nearly


class Picture:
    """What `draw` and `network` return: it shows itself in a notebook, and can be saved.

    It stays as it was drawn, whatever becomes of the Values.

    Attributes:
        title: what it shows, in a line.
        svg: the picture; rendered once, when it is first asked for. RuntimeError if Graphviz gives
            up, which takes a graph of thousands of nodes.
        source: the graph in DOT, the language of Graphviz; None for a picture not made by it.

    >>> picture = draw(Value(1.0, "x") * 2)
    >>> picture.source.startswith("digraph"), picture.svg.startswith("<svg")
    (True, True)
    """

    def __init__(self, title: str, render: Callable[[], str], source: str | None = None) -> None:
        self.title = title
        self.source = source
        self._render = render

    @cached_property
    def svg(self) -> str:
        return self._render()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file; the suffix chooses the format.

        .svg, .html and .png are for every picture, .dot and .gv for graphs; .pdf needs
        `pip install vl-convert-python`.

        The file appears complete or not at all: an interrupted save leaves an older file as it was.
        Raises ValueError for another suffix, OSError if the file cannot be written, and RuntimeError
        for a PDF if its converter is not installed.
        """
        path = Path(path)
        formats: dict[str, Callable[[], bytes]] = {
            ".svg": lambda: f'<?xml version="1.0" encoding="UTF-8"?>\n{self.svg}\n'.encode(),
            ".html": lambda: self._page().encode(),
            ".png": lambda: raster.png(self.svg),
            ".pdf": lambda: raster.pdf(self.svg),
        }
        if (source := self.source) is not None:
            formats |= dict.fromkeys((".dot", ".gv"), source.encode)
        try:
            content = formats[path.suffix.lower()]
        except KeyError:
            raise ValueError(
                f"the suffix chooses the format, one of {', '.join(formats)}, but the path is "
                f"{os.fspath(path)!r}"
            ) from None
        if not path.absolute().parent.is_dir():
            raise FileNotFoundError(f"there is no folder for the picture {path}: make it first")
        write_atomically(path, content())

    def _page(self) -> str:
        return (
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width">\n'
            f"<title>{html.escape(self.title)}</title>\n{self.svg}\n</html>\n"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        # Hosted viewers and notebooks that are not trusted show no SVG; they take the PNG.
        width, height = raster.size_in_pixels(self.svg)
        # JupyterLab shows an SVG as an image, which ignores styles: a wide one of a fixed size is cut
        # off, and one without a size is as wide as the cell.
        is_wide = width > CELL_WIDTH
        bundle = {
            "image/svg+xml": raster.without_size(self.svg) if is_wide else self.svg,
            "image/png": b64encode(raster.png(self.svg)).decode(),
            "text/plain": repr(self),
        }
        return bundle, {"image/png": {"width": width, "height": height}}

    def __repr__(self) -> str:
        return f"<{self.title}: .save(path) writes its picture>"


def draw(
    root: Value | Sequence[Value] | Recording,
    *,
    model: Module | None = None,
    weights: Literal["edges", "nodes"] = "edges",
    collapse: Literal["neuron", "layer"] | Callable[[Value], str | None] | None = None,
    expand: Literal["dot"] | None = None,
    fold_constants: bool = False,
    fold_repeats: bool = False,
    max_nodes: int = 500,
    theme: str = "light",
    legend: bool = True,
    renderer: Literal["wasm", "dot"] = "wasm",
) -> Picture:
    """The graph of the computation that made `root`, from left to right.

    Every Value is a node: its label, its operation, its data, and below it the gradient after a ∂, which
    is – before any backward pass. Every edge carries the local gradient, d(node)/d(operand). Exact
    numbers appear under the mouse, and a legend explains what else is there to see.

    The neurons and layers of an `nn` model have frames with their names, and weights are on the edges:
    each stands, with its gradient, where the edge that it multiplies arrives.

    Args:
        root: the Value to explain: a loss, a neuron's output; or several, as a list; or a `Recording`.
        model: whose layers and neurons get frames. Without, they are known by the labels that `nn` gives
            to parameters, and whether an output neuron has an activation is told by its consumers.
        weights: "nodes" makes weights and biases nodes of their own.
        collapse: "neuron" or "layer" draws each as one node, and with "layer" many inputs as well; so
            does a function, from a Value to the name of its group or None, with the groups it makes.
        expand: "dot" draws each Σ as its products and their sum.
        fold_constants: whether to write constants into the operations that use them: × 2.
        fold_repeats: whether to show what repeats only once: the samples of a batch, the links of a
            chain.
        max_nodes: a larger graph is refused, because it could not be read, as is one of more than four
            times as many edges.
        theme: "light", "dark" for dark slides, or "cs231n", with green values and red gradients.
        legend: whether to explain outlines, colours and marks below the graph.
        renderer: "wasm", Graphviz inside the Python process, or "dot", the installed program.

    Raises TypeError if `root` is no Value, ValueError if its graph is too large or an option is unknown,
    and RuntimeError if the renderer is "dot" and that program is not on the PATH.

    >>> x = Value(3.0, "x")
    >>> picture = draw(x * x)
    >>> picture
    <A computation of 2 nodes and 2 edges: .save(path) writes its picture>
    """
    svg.check_renderer(renderer)
    colours = theme_named(theme)
    _check(model, weights, collapse, expand)
    max_nodes = as_count(max_nodes, "max_nodes")
    graph = graph_of(_roots(root), model, collapse if callable(collapse) else None)
    graph = _folded(graph, weights, collapse, expand, fold_constants, fold_repeats)
    if isinstance(root, Recording) and root.error is not None:
        graph = _with_failure(graph, root.error)
    given = {
        f"collapse={collapse!r}",
        f"fold_repeats={fold_repeats}",
        f"fold_constants={fold_constants}",
    }
    _require_readable(graph, max_nodes, given)
    title = f"A computation of {len(graph.nodes)} nodes and {len(graph.edges)} edges"
    source = dot_source(graph, colours)

    def render() -> str:
        return svg.style(svg.render(source, renderer), graph, colours, title, legend=legend)

    return Picture(title, render, source)


def _check(model: Any, weights: str, collapse: Any, expand: str | None) -> None:
    """Refuse options of `draw` that it does not know."""
    if model is not None and not isinstance(model, Module):
        raise TypeError(f"model must be an nn.Module, but got {model!r}")
    if weights not in ("edges", "nodes"):
        raise ValueError(f"weights must be 'edges' or 'nodes', but got {weights!r}")
    if expand not in (None, "dot"):
        raise ValueError(f"expand must be 'dot' or None, but got {expand!r}")
    if isinstance(collapse, Module) or not (
        callable(collapse) or collapse in (None, "neuron", "layer")
    ):
        raise ValueError(
            "collapse must be 'neuron', 'layer', a function from a Value to the name of its group, or "
            f"None, but got {collapse!r}"
        )


def _roots(root: Any) -> list[Value]:
    if isinstance(root, Recording):
        if not root.values and root.error is None:
            raise ValueError("this recording holds nothing: nothing was computed in its block")
        return root.ends
    if isinstance(root, Module):
        raise TypeError(
            f"draw() takes a Value, but got the model {root!r}: draw what it computes, "
            "viz.draw(model(x)), or its circles and lines, viz.network(model)"
        )
    if hasattr(root, "ravel"):  # an array of Values
        root = root.ravel().tolist()
    roots = list(root) if isinstance(root, (list, tuple)) else [root]
    for each in roots:
        if not isinstance(each, Value):
            raise TypeError(
                f"draw() takes the Value whose computation to draw, or a list of Values, but got "
                f"{reprlib.repr(each)}, which is of type {type(each).__name__}"
            )
    if not roots:
        raise ValueError("draw() of no Values: give at least one")
    return roots


def _folded(
    graph: Graph,
    weights: str,
    collapse: Any,
    expand: str | None,
    fold_constants: bool,
    fold_repeats: bool,
) -> Graph:
    """The graph as these options of `draw` want it."""
    groupings = {"neuron": folding.neuron_of, "layer": folding.layers_and_inputs(graph)}
    if expand:
        graph = folding.expand_dots(graph)
    if weights == "edges":
        graph = folding.weights_on_edges(graph)
    if collapse is not None:
        group_of = folding.group_named if callable(collapse) else groupings[collapse]
        graph = folding.collapse(graph, group_of)
    if fold_repeats:
        graph = repeats.fold_repeats(graph)
    if fold_constants:
        graph = folding.fold_constants(graph)
    return graph


def _with_failure(graph: Graph, error: BaseException) -> Graph:
    """The graph with a node for what ended it, after all the results that nothing had used by then."""
    lines = textwrap.wrap(str(error), 40)
    message = tuple(lines if len(lines) <= 4 else [*lines[:3], lines[3] + "…"])
    failure = Node("failure", "failure", type(error).__name__, "", "", None, None, details=message)
    unused = "not used by anything when the computation failed"
    ends = [
        Edge(node.name, "failure", None, remark=unused)
        for node in graph.nodes
        if node.name in graph.roots
    ]
    return Graph((*graph.nodes, failure), (*graph.edges, *ends), frozenset(["failure"]))


def _require_readable(graph: Graph, max_nodes: int, given: Collection[str]) -> None:
    """Refuse a graph that could not be read; `given` are the options that are in use already."""
    n_nodes, n_edges = len(graph.nodes), len(graph.edges)
    if n_nodes <= max_nodes and n_edges <= 4 * max_nodes:
        return
    size, limit = f"{n_nodes:,} nodes", f"{max_nodes:,}"
    if n_nodes <= max_nodes:
        size, limit = f"{n_edges:,} edges between {n_nodes:,} nodes", f"{4 * max_nodes:,}"
    folds = [
        option
        for option in ("collapse='layer'", "fold_repeats=True", "fold_constants=True")
        if option not in given
    ]
    advice = f"fold it ({', '.join(folds)}), " if folds else ""
    raise ValueError(
        f"this graph has {size}, and a picture of more than {limit} is hard to read: draw a smaller "
        f"computation (one sample, one neuron, an intermediate Value), {advice}or pass "
        f"max_nodes={max(n_nodes, -(-n_edges // 4))}, which allows four times as many edges, to draw it "
        "all the same"
    )
