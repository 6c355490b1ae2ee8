"""What the page is told of a graph: its program, its boxes, the names of its nodes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import viz
from autograd import Value, dot, no_grad, primitive, topological_order
from autograd.strategies import Program, programs
from nn import MLP, Maxout, Neuron, softmax_cross_entropy, squared_error
from viz.graph import graph_of
from viz.numbers import short
from viz.page.content import Run, number, program
from viz.page.layout import svg_of
from viz.page.names import names_of
from viz.page.scene import Scene, scene_of


def scene(root: Value, model: Any = None) -> tuple[Scene, Run]:
    run, graph = Run.of(root), graph_of([root], model)
    return scene_of(graph, run.fresh, names_of(graph), fold=model is not None), run


def told(root: Value, model: Any = None) -> dict[str, Any]:
    """The program that the page reads, as it reads it."""
    run, graph = Run.of(root), graph_of([root], model)
    content: dict[str, Any] = json.loads(json.dumps(program(run, names_of(graph), model)))
    return content


def network(activation: str = "tanh") -> tuple[Value, MLP]:
    model = MLP(3, [4, 2, 1], activation=activation, seed=0)
    return squared_error(model([0.5, -1.0, 2.0]), 1.0), model


# The run.


def test_values_and_gradients_of_the_user_stay_as_they_are() -> None:
    x = Value(3.0, "x")
    y = x * x
    y.backward()
    x.data = 4.0
    page = viz.backprop(y)
    assert (x.data, x.grad, x.backward_passes, y.data, y.grad) == (4.0, 6.0, 1, 9.0, 1.0)
    assert "The page shows it computed anew" not in page.html
    assert "the page shows it computed anew" in page.html


@given(programs(), st.floats(-3.0, 3.0))
def test_a_run_is_what_the_engine_makes_of_the_leaves_as_they_are(
    program: Program, other: float
) -> None:
    leaves = [Value(x) for x in program.inputs]
    root = program(*leaves)
    leaves[0].data = other
    run = Run.of(root)
    fresh = program(*[Value(leaf.data) for leaf in leaves])
    fresh.backward()
    for value, wanted in zip(run.fresh, topological_order(fresh), strict=True):
        for got, expected in ((value.data, wanted.data), (value.grad, wanted.grad)):
            assert got == expected or (math.isnan(got) and math.isnan(expected))


def test_nothing_is_recorded_or_forgotten_around_a_page() -> None:
    x = Value(3.0, "x")
    y = x * x
    with viz.recording() as computation:
        viz.backprop(y)
    assert computation.values == []
    with no_grad():
        page = viz.backprop(y)
    assert "of 1 operation" in page.title


def test_an_own_operation_has_no_formula_and_is_marked() -> None:
    @primitive(local_gradients=lambda out, x: (2 * x,))
    def tanh(x: float) -> float:  # not the table's
        return x * x

    operations = told(tanh(Value(3.0)).tanh())["operations"]
    assert operations["own tanh"] == {"name": "tanh", "sign": "tanh", "isOwn": True}
    assert operations["tanh"]["formula"] == "out = tanh(x)"


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_has_no_name_for_are_strings(x: float) -> None:
    value = told(Value(x, "x") * 1)["values"][0]
    assert isinstance(value["data"], str)
    assert str(float(value["data"])) == str(x)
    assert number(0.1) == 0.1


def test_descent_moves_the_parameters_of_the_model_or_else_leaves_that_are_no_data() -> None:
    loss, model = network()
    values = told(loss, model)["values"]
    assert sum("descends" in value for value in values) == model.n_parameters
    assert sum("descends" in value for value in told(loss)["values"]) == model.n_parameters
    model.layers[0].freeze()
    n_free = sum(p.kind == "leaf" for p in model.parameters())
    frozen = told(squared_error(model([0.5, -1.0, 2.0]), 1.0), model)["values"]
    assert sum("descends" in value for value in frozen) == n_free < model.n_parameters


@pytest.mark.parametrize(
    ("labels", "moved"),
    [
        ("x w", "w"),
        ("w0 w1 x0 x1 b", "w0 w1 b"),
        ("x_1 x₂ X[3] Y t target_y inputs θ", "θ"),
        ("tau theta xi yaw input_gain", "tau theta xi yaw"),
        ("입력0 정답 가중치", "가중치"),
        ("x y z", "x y z"),  # coordinates, and nothing else to move
        ("x", "x"),
        ("x t", "x t"),
        ("a b", "a b"),
    ],
)
def test_descent_moves_no_leaf_that_is_data_by_its_label(labels: str, moved: str) -> None:
    leaves = [Value(2.0, label) for label in labels.split()]
    values = told(autograd.prod([*leaves, leaves[0] + 1]))["values"]
    assert {v["name"] for v in values if "descends" in v} == set(moved.split())


def test_the_line_that_made_a_value_is_known_within_a_recording() -> None:
    x = Value(3.0, "x")
    with viz.recording():
        y = x.tanh()  # here
    z = y * 2
    values = told(z)["values"]
    lines = [value.get("line", "") for value in values]
    assert lines[-1] == ""
    (line,) = filter(None, lines)
    assert line.startswith("test_content.py, line ")
    assert line.endswith(": y = x.tanh()  # here")


def test_the_line_of_a_layer_is_that_of_the_users_call() -> None:
    model = MLP(2, [2, 1], seed=0)
    with viz.recording():
        y = model([1.0, 2.0])
    lines = {value["line"] for value in told(y, model)["values"] if "operation" in value}
    assert len(lines) == 1
    assert lines.pop().endswith(": y = model([1.0, 2.0])")


# Names.


def test_nodes_without_a_label_are_numbered_around_the_labels_that_there_are() -> None:
    x = Value(2.0, "v1")
    named = names_of(graph_of([(x * 3).tanh() * x]))
    assert named.short == ("v1", "", "v2", "v3", "L")
    other = Value(1.0, "L")
    assert names_of(graph_of([other * x])).short == ("L", "v1", "v2")


def names(root: Value, model: Any = None) -> dict[str, float | None]:
    """The data of each node by its name, without constants."""
    graph = graph_of([root], model)
    named = zip(names_of(graph).short, graph.nodes, strict=True)
    return {name: node.data for name, node in named if name}


@pytest.mark.parametrize("given", [True, False])
def test_units_are_h_and_the_output_is_ŷ_and_each_weight_has_its_units_name(given: bool) -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    loss = squared_error(model([0.5, -1.0]), 1.0)
    named = names(loss, model if given else None)
    units = [f"{h}.{own}" for h in ("h0", "h1") for own in ("w0", "w1", "b", "z")]
    of_output = ["ŷ.w0", "ŷ.w1", "ŷ.b", "ŷ"]
    assert set(named) == {"x0", "x1", "h0", "h1", *units, *of_output, "v1", "L"}
    hidden, output = model.layers
    assert named["h1.w0"] == hidden.neurons[1].weights[0].data
    assert named["h1"] == hidden.neurons[1]([0.5, -1.0]).data
    assert named["ŷ.w1"] == output.neurons[0].weights[1].data
    assert named["ŷ"] == model([0.5, -1.0]).data


def test_units_of_several_layers_and_outputs_have_numbers_that_count_from_0() -> None:
    named = names(softmax_cross_entropy(MLP(2, [3, 2, 3], seed=0)([0.5, -1.0]), 1))
    assert {"h0_0", "h0_2", "h1_0", "h1_1", "ŷ0", "ŷ2", "h0_2.w1", "h1_1.b", "ŷ0.w1"} <= set(named)
    assert not {"h0_3", "h1_2", "h2_0", "ŷ3"} & set(named)


def test_a_neuron_alone_has_w0_and_b() -> None:
    neuron = Neuron(2, "tanh", seed=0)
    named = names(neuron([1.0, 2.0]) * 2, neuron)
    assert set(named) == {"x0", "x1", "w0", "w1", "b", "z", "ŷ", "L"}


def test_pieces_of_a_maxout_unit_have_its_name() -> None:
    model = Maxout(3, 2, 2, seed=0)
    named = names(autograd.sum(model([1.0, 2.0, 3.0])), model)
    assert {"ŷ0", "ŷ1", "ŷ0.z0", "ŷ0.z1", "ŷ1.0.w2", "ŷ1.1.b"} <= set(named)


def test_weights_that_calls_share_have_one_name_and_their_units_one_each() -> None:
    named = names(*shared_neuron())
    assert {"w0", "w1", "b", "ŷ", "ŷ (2)", "z", "z (2)"} <= set(named)
    assert {"x0", "x1", "x0 (2)", "x1 (2)"} <= set(named)


@pytest.mark.parametrize("calls", [1, 3])
@pytest.mark.parametrize("activation", ["prelu", "relu", "identity"])
def test_names_are_all_different(calls: int, activation: str) -> None:
    models = [MLP(2, [2, 2, 1], activation=activation, seed=seed) for seed in (0, 1)]
    loss = autograd.sum([model([i, -1.0]) for i in range(calls) for model in models])
    short = [name for name in names_of(graph_of([loss])).short if name]
    assert len(short) == len(set(short))


def test_two_nodes_of_one_label_have_two_names() -> None:
    named = names_of(graph_of([Value(1.0, "x") * Value(2.0, "x")]))
    assert named.short == ("x", "x (2)", "L")
    assert named.full == ("x", "x", "")


def test_a_long_label_is_shortened_in_equations() -> None:
    named = names_of(graph_of([Value(1.0, "a" * 100) * 2]))
    assert named.short[0] == "a" * 23 + "…"
    assert named.full[0] == "a" * 100


# The picture.


def with_slopes() -> tuple[Value, MLP]:
    return network("prelu")


def maxout() -> tuple[Value, Maxout]:
    model = Maxout(3, 2, 2, seed=0)
    return model([1.0, 2.0, 3.0])[0] * 2, model


def shared_neuron() -> tuple[Value, Neuron]:
    model = Neuron(2, "tanh", seed=0)
    return model([1.0, 2.0]) + model([3.0, 4.0]), model


@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("make", [network, with_slopes, maxout, shared_neuron])
def test_each_operand_that_is_no_weight_has_its_edge(
    make: Callable[[], tuple[Value, Any]], fold: bool
) -> None:
    root, model = make()
    drawn, run = scene(root, model if fold else None)
    operands = [
        (i, position)
        for i, value in enumerate(run.values)
        for position in range(len(value.parents))
    ]
    place = {i: k for k, box in enumerate(drawn.boxes) for i in box.operations}
    assert sorted(place) == [i for i, value in enumerate(run.values) if value.parents]
    used = [operand for use in drawn.uses for operand in use.operands]
    assert len(used) == len(set(used))
    index = {value: i for i, value in enumerate(run.values)}
    for i, position in set(operands) - set(used):
        parent = run.values[i].parents[position]
        # Weights stand in the box; what a neuron computes inside needs no edge.
        assert parent.kind == "leaf" or place[index[parent]] == place[i]
    for use in drawn.uses:
        for i, position in use.operands:
            assert run.values[i].parents[position] is run.values[use.source]
            assert place[i] == use.box
            if use.weight is not None:
                n = len(run.values[i].parents) // 2
                assert run.values[i].parents[position - n] is run.values[use.weight]


@given(programs(max_nodes=12))
def test_gates_are_in_an_order_in_which_they_can_be_computed(program: Program) -> None:
    drawn, run = scene(program(*map(Value, program.inputs)))
    index = {value: i for i, value in enumerate(run.values)}
    done: set[int] = {i for i, value in enumerate(run.values) if not value.parents}
    for gate in drawn.gates:
        for operation in gate:
            assert {index[parent] for parent in run.values[operation].parents} <= done
            done.add(operation)
    assert done == set(range(len(run.values)))


def test_a_folded_neuron_is_one_gate() -> None:
    loss, model = network()
    assert [len(gate) for gate in scene(loss, model)[0].gates] == [2] * 6 + [1, 1, 1]
    assert {len(gate) for gate in scene(loss)[0].gates} == {1}


def test_a_neuron_whose_sum_is_used_elsewhere_stays_open() -> None:
    neuron = Neuron(2, "prelu", seed=0)
    out = neuron([1.0, -2.0])
    total = next(value for value in topological_order(out) if value.op == "dot")
    assert [len(gate) for gate in scene(out * 2, neuron)[0].gates] == [3, 1]
    drawn, _ = scene(out + total, neuron)
    assert [len(gate) for gate in drawn.gates] == [1, 1, 1, 1]
    assert not any(box.title for box in drawn.boxes)


def test_each_value_stands_where_the_program_can_find_it() -> None:
    loss, model = network()
    for folded in (None, model):
        drawn, run = scene(loss, folded)
        svg = svg_of(drawn, "wasm")
        for i, value in enumerate(run.fresh):
            is_inside = any(i in box.operations and box.output != i for box in drawn.boxes)
            assert (f'data-value="{i}"' in svg) is not is_inside
            assert is_inside or f">∂ {short(value.grad)}" in svg
        assert svg.count("data-box=") == len(drawn.boxes)
        assert svg.count("data-use=") == len(drawn.uses)


def test_the_picture_has_no_paint_of_its_own() -> None:
    drawn, _ = scene(dot([Value(1.0)], [Value(2.0)]).relu())
    svg = svg_of(drawn, "wasm")
    for attribute in ("fill=", "stroke=", "style=", "href", "http://www.w3.org/1999"):
        assert attribute not in svg
