"""Pictures, which show themselves in a notebook and can be saved; and `draw`, that of a computation."""

from __future__ import annotations

import html
import os
from base64 import b64encode
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from autograd import Value
from nn.storage import write_atomically
from viz import raster, svg
from viz.dot import dot_source
from viz.graph import graph_of

DESCRIPTION = (
    "Each node shows a value and, below it after ∂, its gradient; – stands for a gradient that no "
    "backward pass has computed. The number on an edge is the local gradient. "
    "Blue is positive, orange negative."
)


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
        `pip install 'glassgrad[pdf]'`.

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
        bundle = {
            "image/svg+xml": self.svg,
            "image/png": b64encode(raster.png(self.svg)).decode(),
            "text/plain": repr(self),
        }
        return bundle, {"image/png": {"width": width, "height": height}}

    def __repr__(self) -> str:
        return f"<{self.title}: .save(path) writes its picture>"


def draw(root: Value, *, max_nodes: int = 500, renderer: str = "wasm") -> Picture:
    """The graph of the computation that made `root`, from left to right.

    Every Value is a node: its label, its operation, its data, and below it the gradient after a ∂, which
    is – before any backward pass. Every edge carries the local gradient, d(node)/d(operand). Exact
    numbers appear under the mouse.

    Args:
        root: the Value to explain: a loss, a neuron's output.
        max_nodes: a larger graph is refused, because it could not be read.
        renderer: "wasm", Graphviz inside the Python process, or "dot", the installed program.

    Raises TypeError if `root` is no Value, ValueError if its graph is too large or the renderer is
    unknown, and RuntimeError if the renderer is "dot" and that program is not on the PATH.

    >>> x = Value(3.0, "x")
    >>> picture = draw(x * x)
    >>> picture
    <A computation of 2 nodes and 2 edges: .save(path) writes its picture>
    """
    svg.check_renderer(renderer)
    graph = graph_of(root, max_nodes)
    title = f"A computation of {len(graph.nodes)} nodes and {len(graph.edges)} edges"
    source = dot_source(graph)

    def render() -> str:
        return svg.style(svg.render(source, renderer), title, DESCRIPTION)

    return Picture(title, render, source)
