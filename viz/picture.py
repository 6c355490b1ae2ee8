"""A picture of a computation graph: it shows itself in a notebook, and can be saved."""

from __future__ import annotations

import html
import os
from functools import cached_property
from pathlib import Path
from typing import Any

from autograd import Value
from nn.storage import write_atomically
from viz import svg
from viz.dot import dot_source
from viz.graph import Graph, graph_of

DESCRIPTION = (
    "Each node shows a value and, below it after ∂, its gradient; – stands for a gradient that no "
    "backward pass has computed. The number on an edge is the local gradient. "
    "Blue is positive, orange negative."
)


class Picture:
    """A computation graph as it was when `draw` was called, in DOT and in SVG.

    Attributes:
        source: the graph in DOT, the language of Graphviz.
        svg: the picture; rendered once, when it is first asked for. RuntimeError if Graphviz gives
            up, which takes a graph of thousands of nodes.

    >>> picture = draw(Value(1.0, "x") * 2)
    >>> picture.source.startswith("digraph"), picture.svg.startswith("<svg")
    (True, True)
    """

    def __init__(self, graph: Graph, renderer: str) -> None:
        self.source = dot_source(graph)
        self._title = f"A computation of {len(graph.nodes)} nodes and {len(graph.edges)} edges"
        self._renderer = renderer

    @cached_property
    def svg(self) -> str:
        return svg.style(svg.render(self.source, self._renderer), self._title, DESCRIPTION)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file; the suffix chooses the format: .svg, .html, .dot or .gv.

        The file appears complete or not at all: an interrupted save leaves an older file as it was.
        Raises ValueError for another suffix, OSError if the file cannot be written.
        """
        path = Path(path)
        formats = {".svg": self._svg_file, ".html": self._html_file}
        formats |= dict.fromkeys((".dot", ".gv"), lambda: self.source)
        try:
            content = formats[path.suffix.lower()]
        except KeyError:
            raise ValueError(
                f"the suffix chooses the format, one of {', '.join(formats)}, but the path is "
                f"{os.fspath(path)!r}"
            ) from None
        write_atomically(path, content().encode())

    def _svg_file(self) -> str:
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{self.svg}\n'

    def _html_file(self) -> str:
        return (
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width">\n'
            f"<title>{html.escape(self._title)}</title>\n{self.svg}\n</html>\n"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<{self._title}: .save(path) writes its picture>"


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
    return Picture(graph_of(root, max_nodes), renderer)
