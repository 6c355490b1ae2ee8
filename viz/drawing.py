"""`draw`: the picture of a computation."""

from __future__ import annotations

import reprlib
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from autograd import Value
from autograd.conversion import as_count
from nn import Module
from viz import folding, repeats, svg
from viz.dot import dot_source
from viz.graph import Edge, Graph, Node, excess, graph_of
from viz.picture import Picture
from viz.recordings import Recording
from viz.themes import theme_named

# Nodes and edges that Graphviz lays out at once, however they are joined.
SURE = 200


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
        fold_repeats: whether to show what repeats only once: the samples of a batch (best added up by
            `autograd.mean` or `sum`), or the links of a chain of one operation.
        max_nodes: a larger graph is refused, because it could not be read, as is one of more than four
            times as many edges; the message says which options help.
        theme: "light", "dark" for dark slides, or "cs231n", with green values and red gradients.
        legend: whether to explain outlines, colours and marks below the graph.
        renderer: "wasm", Graphviz inside the Python process, or "dot", the installed program.

    Raises TypeError if `root` is no Value, ValueError if its graph is too large or an option is unknown,
    and RuntimeError if its layout would take more than some seconds ("dot" takes the time that it
    needs), or the renderer is "dot" and that program is not on the PATH.

    >>> x = Value(3.0, "x")
    >>> picture = draw(x * x)
    >>> picture
    <A computation of 2 nodes and 2 edges: .save(path) writes its picture>
    """
    svg.check_renderer(renderer)
    colours = theme_named(theme)
    _check(model, weights, collapse, expand)
    max_nodes = as_count(max_nodes, "max_nodes")
    whole = graph_of(_roots(root), model, collapse if callable(collapse) else None)
    options: dict[str, Any] = {
        "weights": weights,
        "collapse": collapse,
        "expand": expand,
        "fold_repeats": fold_repeats,
        "fold_constants": fold_constants,
    }
    graph = _folded(whole, **options)
    if isinstance(root, Recording) and root.error is not None:
        graph = _with_failure(graph, root.error)
    _require_readable(graph, max_nodes, whole, options)
    title = f"A computation of {len(graph.nodes)} nodes and {len(graph.edges)} edges"
    source = dot_source(graph, colours)

    def render() -> str:
        return svg.style(svg.render(source, renderer), graph, colours, title, legend=legend)

    picture = Picture(title, render, source)
    if len(graph.nodes) + len(graph.edges) > SURE:
        _ = (
            picture.svg
        )  # what may be too much for Graphviz is refused here, and not when it is shown
    return picture


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
    *,
    weights: str,
    collapse: Any,
    expand: str | None,
    fold_repeats: bool,
    fold_constants: bool,
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


# Options that make a graph smaller, the one that loses least last.
FOLDS: dict[str, Any] = {"collapse": "layer", "fold_repeats": True, "fold_constants": True}


def _require_readable(
    graph: Graph, max_nodes: int, whole: Graph, options: Mapping[str, Any]
) -> None:
    """Refuse a graph that could not be read, and say which further options would help."""
    if (found := excess(len(graph.nodes), len(graph.edges), max_nodes)) is None:
        return
    size, limit, least = found

    def helps(names: Iterable[str]) -> bool:
        folded = _folded(whole, **{**options, **{name: FOLDS[name] for name in names}})
        return excess(len(folded.nodes), len(folded.edges), max_nodes) is None

    others = [name for name, setting in FOLDS.items() if options[name] != setting]
    cures = [name for name in others if helps([name])] or (others if helps(others) else [])
    folds = ", ".join(f"{name}={FOLDS[name]!r}" for name in cures)
    advice = f"fold it ({folds}), " if folds else ""
    raise ValueError(
        f"this graph has {size}, and a picture of more than {limit} is hard to read: draw a smaller "
        f"computation (one sample, one neuron, an intermediate Value), {advice}or pass "
        f"max_nodes={least}, which allows four times as many edges, to draw it "
        "all the same, if Graphviz can lay it out within some seconds"
    )
