"""`backprop`: the page that steps through the backward pass of a computation."""

from __future__ import annotations

import hashlib
import html
import os
import reprlib
from base64 import b64encode
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from autograd import Value
from autograd.conversion import as_count
from nn import Module
from nn.files import write_atomically
from viz import raster, svg
from viz.dot import dot_source
from viz.graph import excess, graph_of
from viz.page.content import Run, program
from viz.page.scene import Scene, names_of, scene_of
from viz.picture import Picture
from viz.recordings import Recording
from viz.themes import theme_named

FRAME_HEIGHT = 640  # of the page in a notebook, in CSS pixels


class Page:
    """What `backprop` returns: it shows itself in a notebook, and can be saved as HTML.

    It stays as it was made, whatever becomes of the Values.

    A notebook that is not trusted shows the picture instead. `nbconvert --sanitize-html` writes all HTML
    out as text, pictures in it too; it takes the picture if that comes first, with
    `--NbConvertBase.display_data_priority='["image/png", "text/plain"]'`.

    Attributes:
        title: what it shows, in a line.
        html: the page, one file that needs no other and no network.
        picture: the same graph as `draw` shows it, for those who see no page.

    >>> import viz
    >>> from autograd import Value
    >>> page = viz.backprop(Value(3.0, "x") * 2)
    >>> page.html.startswith("<!doctype html>"), page
    (True, <Backprop, step by step: L, of 1 operation: .save("page.html") writes the page>)
    """

    def __init__(self, title: str, html: str, picture: Picture) -> None:
        self.title = title
        self.html = html
        self.picture = picture

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page to a file, whose suffix is .html.

        The file appears complete or not at all. Raises ValueError for another suffix, OSError if the
        file cannot be written.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(
                f"a page is saved as .html, but the path is {os.fspath(path)!r}: for a picture use "
                "viz.draw(...).save(path)"
            )
        if not path.absolute().parent.is_dir():
            raise FileNotFoundError(f"there is no folder for the page {path}: make it first")
        write_atomically(path, self.html.encode())

    @cached_property
    def _png(self) -> str:
        return b64encode(raster.png(self.picture.svg)).decode()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        # A viewer that trusts the notebook shows the frame, and the style hides the picture. One that
        # does not takes frame and style away, and the picture is left.
        fallback = f"glassgrad-{hashlib.sha256(self.html.encode()).hexdigest()[:8]}"
        width, _ = raster.size_in_pixels(self.picture.svg)
        frame = (
            f"<style>.{fallback} {{ display: none }}</style>"
            f'<iframe sandbox="allow-scripts" srcdoc="{html.escape(self.html)}" '
            f'title="{html.escape(self.title)}" width="100%" height="{FRAME_HEIGHT}" '
            'style="border: 0"></iframe>'
            f'<div class="{fallback}"><img alt="{html.escape(self.title)}" width="{width}" '
            f'src="data:image/png;base64,{self._png}"><p>Trust this notebook, or run the cell, to '
            "step through it.</p></div>"
        )
        return {"text/html": frame, "image/png": self._png, "text/plain": repr(self)}, {}

    def __repr__(self) -> str:
        return f'<{self.title}: .save("page.html") writes the page>'


def backprop(
    root: Value | Recording,
    *,
    model: Module | None = None,
    quiz: bool = False,
    max_nodes: int = 500,
    theme: Literal["auto", "light", "dark", "cs231n"] = "auto",
    renderer: Literal["wasm", "dot"] = "wasm",
) -> Page:
    """A page that steps through the computation of `root`, forward and then backward, gate by gate.

    It shows, at each step, the gate's upstream gradient, and for each operand the chain rule with its
    numbers; where a Value is used several times, which contributions have arrived. Any leaf can be
    edited or dragged: all is computed anew at once, in the page. A click on a node shows all its paths
    to the output, the table's formula, and the line of code that made it if that ran in a
    `viz.recording()` block. The page's address holds its state: a link can lead to step 7.

    The Values and their gradients are left as they are, and no backward pass need have been made. Leaves
    count as they are now. An operation made by `autograd.primitive` is shown with its recorded numbers,
    which stay: only Python can compute it.

    Args:
        root: the Value to explain, a loss for instance; or a `Recording` of one result.
        model: folds each neuron of this model into one node, whose inside is shown on a click, and
            restricts the step of gradient descent to the model's parameters.
        quiz: hides each gradient until the reader has found it, and says which factor was wrong.
        max_nodes: a larger graph is refused, as is one of more than four times as many edges.
        theme: "auto" goes by the reader's system; "light", "dark", or "cs231n", with green values and
            red gradients.
        renderer: "wasm", Graphviz inside the Python process, or "dot", the installed program.

    Raises TypeError if `root` is no Value, ValueError if its graph is too large or an option is unknown,
    and RuntimeError if the renderer is "dot" and that program is not on the PATH. What a user's own
    operation raises is passed on.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> page = backprop(a * b + a)
    >>> page
    <Backprop, step by step: L, of 2 operations: .save("page.html") writes the page>
    """
    from viz.page.document import PAGE_THEMES, document
    from viz.page.layout import svg_of

    svg.check_renderer(renderer)
    if theme not in PAGE_THEMES:
        raise ValueError(f"theme must be one of {', '.join(PAGE_THEMES)}, but got {theme!r}")
    if model is not None and not isinstance(model, Module):
        raise TypeError(f"model must be an nn.Module, but got {model!r}")
    max_nodes = as_count(max_nodes, "max_nodes")
    value = _root(root)
    run = Run.of(value)
    graph = graph_of([value], model)
    names = names_of(graph)
    scene = scene_of(graph, run.fresh, names, fold=model is not None)
    _require_fluid(scene, max_nodes, is_folded=model is not None)
    n_operations = sum(bool(each.parents) for each in run.values)
    count = f"{n_operations:,} operation{'' if n_operations == 1 else 's'}"
    title = f"Backprop, step by step: {names.short[-1]}, of {count}"
    content = program(run, names, model) | scene.content | {"quiz": bool(quiz)}
    if run.is_stale:
        content["notice"] = (
            "A leaf has changed since this was computed: the page shows it computed anew, with the data "
            "that its leaves have now."
        )
    page = document(title, svg_of(scene, renderer), content, run.operations, theme)
    return Page(title, page, _still(scene, theme, title, renderer))


def _still(scene: Scene, theme: str, title: str, renderer: str) -> Picture:
    """The picture as `draw` draws it, for those who see no page."""
    colours = theme_named("light" if theme == "auto" else theme)
    source = dot_source(scene.graph, colours)

    def render() -> str:
        drawn = svg.render(source, renderer)
        return svg.style(drawn, scene.graph, colours, title, legend=True)

    return Picture(title, render, source)


def _root(root: Any) -> Value:
    if isinstance(root, Recording):
        if len(root.ends) != 1:
            raise ValueError(
                f"this recording has {len(root.ends)} results, and a page steps through one: "
                "viz.backprop(value)"
            )
        return root.ends[0]
    if isinstance(root, Value):
        return root
    if isinstance(root, Module):
        raise TypeError(
            f"backprop() takes a Value, but got the model {root!r}: step through what it computes, "
            "viz.backprop(loss, model=model)"
        )
    if isinstance(root, (list, tuple)) and root and all(isinstance(each, Value) for each in root):
        raise TypeError(
            f"backprop() takes one Value, but got {len(root)}: a backward pass begins at one output; "
            "step through one of them, or through their sum, autograd.sum(values)"
        )
    raise TypeError(
        f"backprop() takes the Value whose backward pass to step through, but got {reprlib.repr(root)}, "
        f"which is of type {type(root).__name__}"
    )


def _require_fluid(scene: Scene, max_nodes: int, *, is_folded: bool) -> None:
    """Refuse a graph that could not be followed."""
    if (found := excess(len(scene.boxes), len(scene.uses), max_nodes)) is None:
        return
    size, limit, least = found
    fold = "" if is_folded else "fold each neuron into one node (model=model), "
    raise ValueError(
        f"this graph has {size}, and a page of more than {limit} is hard to follow: step through a "
        f"smaller computation (one sample, one neuron, an intermediate Value), {fold}or pass "
        f"max_nodes={least}, which allows four times as many edges"
    )
