"""What the options of `draw` make of a graph."""

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import viz
from autograd import (
    Value,
    dot,
    gradients,
    mean,
    no_grad,
    primitive,
    sum,
    tanh,
    topological_order,
)
from nn import (
    MLP,
    Layer,
    Sequential,
    hinge_loss,
    l2_penalty,
    multiclass_hinge_loss,
    softmax_cross_entropy,
    squared_error,
)
from viz import folding, repeats
from viz.graph import Graph, graph_of
from viz.text import fields_of
from viz.themes import LIGHT


def texts(graph: Graph) -> list[list[str]]:
    """The lines of each node, its pins' first."""
    return [
        [line.text for part in fields_of(node) for field in part for line in field]
        for node in graph.nodes
    ]


def local_gradients(graph: Graph) -> list[tuple[str, str, float | None]]:
    return [(edge.source, edge.target, edge.local_gradient) for edge in graph.edges]


def loss_of_a_small_network() -> tuple[Value, MLP]:
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    loss = squared_error(model([1.0, -2.0]), 0.5)
    loss.backward()
    return loss, model


# weights


def test_weights_stand_on_the_edges_with_value_and_gradient_and_the_bias_in_the_sum() -> None:
    model = MLP(2, [1], seed=0)
    weights, bias = model.layers[0].neurons[0].weights, model.layers[0].neurons[0].bias
    weights[0].data, weights[1].data, bias.data = 0.5, -1.5, 0.25
    out = model([2.0, 4.0])
    out.backward()
    graph = folding.weights_on_edges(graph_of([out]))
    assert texts(graph) == [
        ["x0", "2", "∂ 0.5"],
        ["x1", "4", "∂ −1.5"],
        ["0.5", "∂ 2", "−1.5", "∂ 4", "Σ", "neurons.0", "−4.75", "∂ 1", "b 0.25", "∂ 1"],
    ]
    assert [(edge.local_gradient, edge.pin) for edge in graph.edges] == [(0.5, 0), (-1.5, 1)]
    assert graph.nodes[-1].pins[1].explanation == "layers.0.neurons.0.w1 = -1.5, gradient 4.0"


def test_the_lectures_network_has_all_its_41_parameters_on_edges_and_in_sums() -> None:
    model = MLP(3, [4, 4, 1], seed=0)
    graph = folding.weights_on_edges(graph_of([squared_error(model([1.0, 2.0, 3.0]), 1.0)]))
    pins = [pin for node in graph.nodes for pin in node.pins]
    biases = [node.bias for node in graph.nodes if node.bias is not None]
    assert (len(pins), len(biases)) == (32, 9)
    assert {pin.label for pin in pins + biases} == {path for path, _ in model.named_parameters()}
    assert not any(node.parameter for node in graph.nodes)


def test_the_leaves_of_a_sum_of_ones_own_stay_nodes() -> None:
    o = dot([Value(1.0, "w0")], [Value(2.0, "x0")], Value(3.0, "b"))
    assert folding.weights_on_edges(graph_of([o])) == graph_of([o])


def test_a_weight_that_a_penalty_uses_too_has_a_node_besides() -> None:
    model = MLP(1, [1], seed=0)
    objective = model([1.0]) + l2_penalty(model.layers[0].neurons[0].weights, 0.1)
    graph = folding.weights_on_edges(graph_of([objective]))
    assert [node.parameter for node in graph.nodes if node.parameter] == ["layers.0.neurons.0.w0"]
    assert sum([len(node.pins) for node in graph.nodes]) == 1


def test_many_weights_of_one_neuron_are_counted_and_hovered_but_not_written() -> None:
    model = MLP(12, [1], seed=0)
    picture = viz.draw(model([1.0] * 12))
    assert "12 weights" in picture.svg
    assert "layers.0.neurons.0.w11 = " in picture.svg
    assert picture.svg.count("b 0") == 1


@pytest.mark.parametrize("collapse", [None, "neuron"])
@pytest.mark.parametrize("sizes", [[6, 6, 1], [3, 2], [4, 5], [1, 9]], ids=str)
def test_frames_are_named_and_neurons_stand_in_index_order(sizes: list[int], collapse: Any) -> None:
    outputs = MLP(2, sizes, activation="tanh", seed=0)([1.0, -1.0])
    svg = viz.draw(outputs, collapse=collapse).svg
    for layer, size in enumerate(sizes):
        assert f">layers.{layer}</text>" in svg
        # The layers come one after another, so heights of the same name do so as well.
        named = [_heights(svg, f"neurons.{k}") for k in range(size)]
        deeper = [len([size for size in sizes[:layer] if size > k]) for k in range(size)]
        column = [heights[i] for heights, i in zip(named, deeper, strict=True)]
        assert column == sorted(column)


def _heights(svg: str, text: str) -> list[float]:
    """Where a text stands, from the left of the picture to the right."""
    attributes = re.findall(rf"<text ([^>]*)>{re.escape(text)}</text>", svg)
    places = [re.search(r' x="(\S+)" y="(\S+)"', f" {each}") for each in attributes]
    found = sorted((float(place[1]), float(place[2])) for place in places if place)
    return [y for _, y in found]


# collapse


def test_a_collapsed_neuron_is_one_node_with_its_outputs_numbers() -> None:
    loss, _ = loss_of_a_small_network()
    graph = folding.collapse(folding.weights_on_edges(graph_of([loss])), folding.neuron_of)
    neurons = [node for node in graph.nodes if node.kind == "folded"]
    assert [node.label for node in neurons] == ["neurons.0", "neurons.1", "neurons.0"]
    outputs = [v for v in _operations(loss) if v.op == "tanh"]
    assert [(node.data, node.gradient and node.gradient.number) for node in neurons[:2]] == [
        (v.data, v.grad) for v in outputs
    ]
    assert [len(node.pins) for node in neurons] == [2, 2, 2]
    assert neurons[0].op == "Σ tanh"


def _operations(root: Value) -> list[Value]:
    return [value for value in topological_order(root) if value.parents]


def test_a_collapsed_layer_counts_what_is_inside_and_has_no_frame() -> None:
    loss, _ = loss_of_a_small_network()
    graph = folding.collapse(folding.weights_on_edges(graph_of([loss])), folding.layer_of)
    first = next(node for node in graph.nodes if node.label == "layers.0")
    assert first.details == ("4 operations", "6 parameters")
    assert (first.data, first.clusters) == (None, ())
    # Its two outputs are one edge to the next layer's pins each; x0 and x1 come in by one each.
    assert len([edge for edge in graph.edges if edge.target == first.name]) == 2
    assert len({edge.source for edge in graph.edges}) < len(graph.nodes)


def test_a_function_makes_groups_of_its_own() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    result = tanh(a * b + 1.0) * a
    picture = viz.draw(result, collapse=lambda v: "inner" if v.op in ("+", "tanh") else None)
    assert ">inner<" in picture.svg
    assert ">tanh<" not in picture.svg


@given(st.lists(st.sampled_from(["tanh", "sin", "square", "double"]), min_size=1, max_size=5))
def test_an_edge_into_a_group_has_the_gradient_of_its_output(names: list[str]) -> None:
    x, y = Value(0.7, "x"), Value(-0.4, "y")
    inside: set[Value] = set()
    out = x * y
    inside.add(out)
    for name in names:
        out = out + out * y if name == "double" else getattr(out, name)()
        inside |= set(_operations(out))
    result = out + 1.0
    graph = folding.collapse(
        graph_of([result], group=lambda v: "f" if v in inside else None), folding.group_named
    )
    into = {
        edge.source: edge.local_gradient
        for edge in graph.edges
        if edge.target == next(node.name for node in graph.nodes if node.kind == "folded")
    }
    expected = [gradient.data for gradient in gradients(out, [x, y])]
    by_label = {node.name: node.label for node in graph.nodes}
    found = {by_label[source]: number for source, number in into.items()}
    assert [found["x"], found["y"]] == pytest.approx(expected, rel=1e-12)


def test_many_inputs_of_a_collapsed_layer_are_one_node() -> None:
    model = MLP(20, [3, 2], seed=0)
    graph = graph_of(model([1.0] * 20))
    collapsed = folding.collapse(graph, folding.layers_and_inputs(graph))
    assert [node.label for node in collapsed.nodes if node.kind == "folded"] == [
        *("20 inputs", "layers.0", "layers.1"),
    ]
    few = graph_of(MLP(3, [2], seed=0)([1.0] * 3))
    shown = folding.collapse(few, folding.layers_and_inputs(few))
    assert [node.kind for node in shown.nodes].count("input") == 3


# expand


def test_a_sum_taken_apart_shows_its_products_with_the_same_gradients() -> None:
    w, x = [Value(2.0, "w0"), Value(-3.0, "w1")], [Value(5.0, "x0"), Value(7.0, "x1")]
    o = dot(w, x, Value(1.0, "b"))
    o.backward(0.5)
    graph = folding.expand_dots(graph_of([o]))
    by_name = dict(zip((node.name for node in graph.nodes), texts(graph), strict=True))
    products = [lines for lines in by_name.values() if lines[0] == "×"]
    assert products == [["×", "10", "∂ 0.5"], ["×", "−21", "∂ 0.5"]]
    assert by_name["v5"] == ["Σ", "−10", "∂ 0.5"]
    into = [edge for edge in graph.edges if edge.target == "v5"]
    assert [edge.local_gradient for edge in into] == [1.0, 1.0, 1.0]


# constants


@pytest.mark.parametrize(
    ("compute", "op"),
    [
        (lambda x: x + 2.0, "+ 2"),
        (lambda x: 2.0 - x, "2 −"),
        (lambda x: x - 2.0, "− 2"),
        (lambda x: x * -0.5, "× −0.5"),
        (lambda x: 10.0 / x, "10 ÷"),
        (lambda x: 2.0**x, "**(2, ·)"),
    ],
)
def test_constants_are_written_into_the_operation(compute: object, op: str) -> None:
    graph = folding.fold_constants(graph_of([compute(Value(3.0, "x"))]))  # type: ignore[operator]
    assert [node.op for node in graph.nodes] == ["", op]
    assert len(graph.edges) == 1


def test_an_operation_on_constants_alone_keeps_them() -> None:
    frozen = MLP(1, [1], seed=0).freeze()
    graph = graph_of([frozen([1.0])])
    assert folding.fold_constants(graph) == graph
    with no_grad():
        y = Value(2.0) * 3
    assert len(folding.fold_constants(graph_of([y])).nodes) == 1


# repeats


def test_of_the_samples_of_a_batch_one_is_shown_and_the_others_counted() -> None:
    model = MLP(2, [3, 1], seed=0)
    samples = [[0.1 * i, 1.0 - i] for i in range(20)]
    loss = mean([hinge_loss(model(x), 1 if i % 2 else -1) for i, x in enumerate(samples)])
    one = folding.weights_on_edges(graph_of([mean([hinge_loss(model(samples[0]), 1)])]))
    folded = repeats.fold_repeats(folding.weights_on_edges(graph_of([loss])))
    assert [node.op for node in folded.nodes] == [node.op for node in one.nodes]
    assert folded.nodes[-1].details == ("and 19 more alike",)


@pytest.mark.parametrize("loss", [softmax_cross_entropy, multiclass_hinge_loss])
@pytest.mark.parametrize("collapse", [None, "layer"])
def test_samples_of_different_classes_are_alike(loss: Any, collapse: Any) -> None:
    model = MLP(2, [3, 3], seed=0)

    def drawn(n: int) -> Graph:
        total = mean([loss(model([float(i), 1.0]), i % 3) for i in range(n)])
        graph = folding.weights_on_edges(graph_of([total]))
        if collapse:
            graph = folding.collapse(graph, folding.layer_of)
        return repeats.fold_repeats(graph)

    assert len(drawn(30).nodes) == len(drawn(3).nodes) <= len(drawn(1).nodes) + 1
    assert drawn(30).nodes[-1].details == ("and 29 more alike",)


def test_losses_added_up_one_by_one_show_no_more_than_two_samples() -> None:
    model = MLP(2, [2, 1], seed=0)
    losses = [hinge_loss(model([float(i), 1.0]), 1) for i in range(40)]
    total = losses[0]
    for loss in losses[1:]:
        total = total + loss
    graph = repeats.fold_repeats(folding.weights_on_edges(graph_of([total])))
    assert len([node for node in graph.nodes if node.function == "dot"]) <= 3 * 3


def test_different_computations_are_no_repeats() -> None:
    x = Value(1.0, "x")
    y = sum([x.tanh(), x.sin(), x.tanh() * 2])
    assert repeats.fold_repeats(graph_of([y])) == graph_of([y])


def test_shared_nodes_are_no_repeats_of_each_other() -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    y = sum([a.tanh(), b.tanh()]) + a * b
    assert len(repeats.fold_repeats(graph_of([y])).nodes) == len(graph_of([y]).nodes)


def test_a_chain_is_shown_by_its_ends() -> None:
    x = Value(0.5, "x")
    y = x
    for _ in range(100):
        y = y.sin()
    y.label = "y"
    graph = repeats.fold_repeats(graph_of([y]))
    assert next(node.label or node.op for node in graph.nodes) == "x"
    assert graph.nodes[-1].label == "y"
    assert len(graph.nodes) == 4
    (remark,) = graph.nodes[-2].details
    assert remark == "after 97 more alike"


def test_a_chain_of_10_000_is_refused_or_folded() -> None:
    y = Value(1.0)
    for _ in range(10_000):
        y = y + 1.0
    with pytest.raises(ValueError, match="fold_repeats=True"):
        viz.draw(y)
    assert "after 9,997 more alike" in viz.draw(y, fold_repeats=True).svg


def test_folding_leaves_a_graph_of_nan_alone() -> None:
    y = Value(math.nan) * 2 + math.inf
    assert texts(repeats.fold_repeats(graph_of([y]))) == texts(graph_of([y]))


# what holds for all of them, and any two of them

STEPS = {
    "expand": folding.expand_dots,
    "weights": folding.weights_on_edges,
    "neurons": lambda graph: folding.collapse(graph, folding.neuron_of),
    "layers": lambda graph: folding.collapse(graph, folding.layer_of),
    "repeats": repeats.fold_repeats,
    "constants": folding.fold_constants,
}


def graphs() -> dict[str, list[Value]]:
    """Roots of graphs of several kinds; where one is below another, that is a root as well."""
    model, cell = MLP(2, [2, 1], activation="tanh", seed=0), Layer(2, 1, "tanh", seed=0)
    batch = mean([hinge_loss(model([float(i), 2.0]), 1) for i in range(3)])
    state = Value(0.0, "h0")
    for step in range(3):
        state = cell([float(step), state])
    weights, _ = model.weights_and_biases()
    chain = middle = Value(0.5, "x").sin()
    for _ in range(8):
        middle, chain = chain, chain - 1.0
    with no_grad():
        constant = Value(1.0) * 2
    return {
        "batch": [batch],
        "recurrent": [state],
        "penalty": [squared_error(model([1.0, 2.0]), 1.0) + l2_penalty(weights, 0.1)],
        "chain": [middle, chain],
        "leaves": [weights[0], constant, model([1.0, 2.0])],
    }


@pytest.mark.parametrize("second", STEPS)
@pytest.mark.parametrize("first", STEPS)
@pytest.mark.parametrize("name", graphs())
def test_folding_keeps_roots_order_and_true_numbers(name: str, first: str, second: str) -> None:
    roots = graphs()[name]
    before = graph_of(roots)
    graph = STEPS[second](STEPS[first](before))
    names = [node.name for node in graph.nodes]
    position = {name: i for i, name in enumerate(names)}
    assert len(position) == len(names)
    assert {end for edge in graph.edges for end in (edge.source, edge.target)} <= set(names)
    assert graph.roots <= set(names)
    data = {node.data for node in graph.nodes if node.name in graph.roots}
    assert data == {root.data for root in roots}
    # An operation on two operands still has them in their order.
    operands = {node.name: node.op for node in before.nodes if node.op == "−"}
    for name, edges in graph.edges_into().items():
        if name in operands and len(edges) == 2:
            assert [edge.local_gradient for edge in edges] in ([1.0, -1.0], [None, -1.0])


def test_an_edge_into_a_group_counts_the_paths_over_pins_too() -> None:
    model = MLP(1, [1], seed=0)
    (w,) = model.layers[0].neurons[0].weights
    objective = squared_error(model([2.0]), 1.0) + l2_penalty([w], 0.1)
    objective.backward()
    picture = viz.draw(objective, collapse=lambda value: "all" if value.parents else None)
    assert f"local gradient {w.grad!r}" in picture.svg


def test_parameters_are_counted_once_however_often_they_are_used() -> None:
    model = MLP(3, [4, 4, 1], seed=0)
    loss = mean([squared_error(model([float(i), 1.0, 2.0]), 1.0) for i in range(5)])
    picture = viz.draw(loss, collapse=lambda value: "net" if value.parents else None)
    assert "41 parameters" in picture.svg


def test_a_group_of_one_output_used_twice_keeps_both_edges() -> None:
    h = Value(0.5).sin()
    graph = folding.collapse(
        graph_of([h * h], group=lambda value: "g" if value.op == "sin" else None),
        folding.group_named,
    )
    assert [edge.local_gradient for edge in graph.edges][1:] == [h.data, h.data]


def test_collapsed_neurons_keep_the_names_of_layers_and_of_labelled_outputs() -> None:
    out = MLP(2, [2, 1], seed=0)([1.0, 2.0])
    out.label = "score"
    svg = viz.draw(out, collapse="neuron").svg
    for text in ("layers.0", "layers.1", "neurons.1", "score"):
        assert f">{text}</text>" in svg


def test_frozen_weights_are_told_apart() -> None:
    model = MLP(1, [1], seed=0)
    free = viz.draw(model([1.0])).svg
    frozen = viz.draw(model.freeze()([1.0])).svg
    assert "frozen" in frozen
    assert "frozen" not in free
    assert frozen.count(f'fill="{LIGHT.quiet}"') > free.count(f'fill="{LIGHT.quiet}"')


def test_labelled_links_and_roots_are_never_folded_away() -> None:
    links = [Value(0.5).sin()]
    for _ in range(12):
        links.append(links[-1].sin())
    links[6].label = "middle"
    kept = repeats.fold_repeats(graph_of([links[9], links[-1]]))
    assert "middle" in [node.label for node in kept.nodes]
    assert {links[9].data, links[-1].data} <= {node.data for node in kept.nodes}
    y, z = Value(1.0) * 2.0, Value(3.0) * 4.0
    y.label, z.label = "first", "second"
    assert len(repeats.fold_repeats(graph_of([y * z])).nodes) == 7


@pytest.mark.parametrize("collapse", [None, "neuron"])
@pytest.mark.parametrize("weights", ["edges", "nodes"])
def test_neurons_in_a_row_are_no_links_of_a_chain(weights: Any, collapse: Any) -> None:
    model = Sequential(*[Layer(1, 1, "tanh", seed=seed) for seed in range(6)])
    options = {"model": model, "weights": weights, "collapse": collapse}
    whole, folded = (
        viz.draw(model([1.0]), fold_repeats=fold_repeats, **options)
        for fold_repeats in (False, True)
    )
    assert folded.title == whole.title


@pytest.mark.parametrize("collapse", [None, "neuron", "layer"])
@pytest.mark.parametrize("weights", ["edges", "nodes"])
def test_models_with_other_weights_are_no_repeats(weights: Any, collapse: Any) -> None:
    x = [Value(1.0, "p"), Value(2.0, "q")]
    ensemble = mean([MLP(2, [2, 1], seed=seed)(x) for seed in range(2)])
    picture = viz.draw(ensemble, fold_repeats=True, weights=weights, collapse=collapse)
    assert "more alike" not in picture.svg


def test_outputs_for_one_sample_are_no_repeats() -> None:
    model = MLP(2, [3, 3], seed=0)
    for loss in (
        squared_error(model([1.0, 2.0]), [1.0, 2.0, 3.0]),
        multiclass_hinge_loss(model([1.0, 2.0]), 1),
    ):
        graph = folding.weights_on_edges(graph_of([loss]))
        assert repeats.fold_repeats(graph) == graph


def test_a_square_is_not_alike_a_product() -> None:
    model = MLP(1, [3], seed=0)
    first, second = model([1.0]), model([2.0])
    total = sum([first[0] * first[1], second[1] * second[1]])
    graph = folding.weights_on_edges(graph_of([total]))
    assert repeats.fold_repeats(graph) == graph


def test_unlike_operations_are_no_repeats() -> None:
    @primitive(local_gradients=lambda out, x: (2 * x,))
    def f(x: float) -> float:
        return x * x

    square = f

    @primitive(local_gradients=lambda out, x: (3 * x * x,))
    def f(x: float) -> float:
        return x * x * x

    x, a, b = Value(2.0, "x"), Value(3.0), Value(4.0)
    for y in (mean([square(x), f(x)]), mean([sum([a, b]), dot([a], [b])])):
        assert repeats.fold_repeats(graph_of([y])) == graph_of([y])


def test_quotients_turned_around_are_no_links_of_a_chain() -> None:
    x = Value(2.0, "x")
    y = x * 3.0
    for i in range(6):
        y = y / x if i % 2 else x / y
    assert repeats.fold_repeats(graph_of([y])) == graph_of([y])
