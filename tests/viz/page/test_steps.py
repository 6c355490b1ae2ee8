"""The page in a real browser: what it computes is what the engine computes, at every step."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, dot, primitive, topological_order
from autograd.strategies import ENTRIES, Program, Step, finite_floats, is_nary, programs
from nn import MLP, Maxout, squared_error
from viz.numbers import short

from .conftest import Open

pytestmark = pytest.mark.browser

few = settings(max_examples=settings.default.max_examples // 2)


def run_of(program: Program, inputs: tuple[float, ...]) -> tuple[Value, list[Value]]:
    """A program computed with some inputs, and all Values of its graph."""
    root = program(*[Value(x, f"x{i}") for i, x in enumerate(inputs)])
    return root, topological_order(root)


def loss_of(model: Any) -> Value:
    loss = squared_error(model([0.5, -1.0, 2.0]), 1.0)
    loss.label = "loss"
    return loss


def neuron() -> Value:
    w = [Value(-3.0, "w1"), Value(1.0, "w2")]
    x = [Value(2.0, "x1"), Value(0.0, "x2")]
    o = dot(w, x, Value(6.8813735870195432, "b")).tanh()
    o.label = "o"
    return o


def forks() -> Value:
    a = Value(3.0, "a")
    b = a + a
    b.label = "b"
    c = b + b
    c.label = "c"
    return c


def own() -> Value:
    @primitive(local_gradients=lambda out, x: (3 * x**2,))
    def cube(x: float) -> float:
        return x * x * x

    a, b = Value(2.0, "a"), Value(5.0, "b")
    return cube(a) * 2 + b.tanh()


def texts_of(value: Value) -> tuple[str, str]:
    return short(value.data), f"∂ {short(value.grad)}" + (" ○" if value.grad == 0 else "")


GRAPHS: dict[str, Callable[[], Value]] = {
    "neuron": neuron,
    "forks": forks,
    "own operation": own,
    "leaf": lambda: Value(1.5, "x"),
    "network": lambda: loss_of(MLP(3, [4, 4, 1], activation="tanh", seed=1)),
    "maxout": lambda: loss_of(Maxout(3, 1, 2, seed=0)),
    "nan": lambda: Value(math.nan, "x") * Value(2.0, "y"),
    "inf": lambda: Value(1.0, "x") / Value(0.0, "y"),
}


# To the end, and back.


@pytest.mark.parametrize("name", GRAPHS)
def test_the_last_step_shows_the_engines_numbers(name: str, opened: Open) -> None:
    root = GRAPHS[name]()
    with opened(root) as reader:
        reader.press("End")
        read = reader.read()
    root.backward()
    values = topological_order(root)
    # Of a maxout neuron the picture folds nothing away without a model.
    assert read.keys() == set(range(len(values)))
    for i, shown in read.items():
        value = values[i]
        data, gradient = texts_of(value)
        assert shown["gradientText"] == gradient
        assert shown["dataText"].removeprefix("b ") == data
        assert float(shown["gradient"]) == value.grad or math.isnan(value.grad)
        assert float(shown["data"]) == value.data or math.isnan(value.data)


@few
@given(programs(max_nodes=12))
def test_at_the_last_step_gradients_are_the_engines_to_the_last_bit(
    opened: Open, program: Program
) -> None:
    root, values = run_of(program, program.inputs)
    with opened(root) as reader:
        reader.press("End")
        gradients, data = reader.numbers("gradient"), reader.numbers("data")
    root.backward()
    assert gradients == {i: value.grad for i, value in enumerate(values)}
    assert data == {i: value.data for i, value in enumerate(values)}


@pytest.mark.parametrize("name", ["forks", "network"])
def test_a_step_back_shows_what_was_there(name: str, opened: Open) -> None:
    with opened(GRAPHS[name]()) as reader:
        seen = []
        for step in range(reader.last + 1):
            assert reader.step == step
            seen.append((reader.read(), reader.text("#panel")))
            reader.press("ArrowRight")
        assert len({str(moment) for moment in seen}) == len(seen)
        for moment in reversed(seen):
            assert (reader.read(), reader.text("#panel")) == moment
            reader.press("ArrowLeft")
        assert reader.step == 0


def test_forward_computes_gate_by_gate_and_backward_only_then(opened: Open) -> None:
    with opened(neuron()) as reader:
        # 5 leaves, their sum, tanh; and of the sum and of tanh, forward and backward, a step each.
        assert reader.last == 5
        counts = []
        for _ in range(6):
            counts.append((len(reader.numbers("data")), len(reader.numbers("gradient"))))
            reader.press("ArrowRight")
    assert counts == [(5, 0), (6, 0), (7, 0), (7, 1), (7, 2), (7, 7)]


# What depends on edited leaves.


@few
@given(programs(max_nodes=12), st.data())
def test_after_random_edits_the_page_equals_a_fresh_run(
    opened: Open, program: Program, data: st.DataObject
) -> None:
    # The program is well-behaved at its inputs: so it is made elsewhere, and edited to be there.
    others = data.draw(st.tuples(*[finite_floats(-4.0, 4.0) for _ in program.inputs]))
    root, values = run_of(program, others)
    leaves = {value.label: i for i, value in enumerate(values)}
    edits = {leaves[f"x{i}"]: x for i, x in enumerate(program.inputs)}
    with opened(root) as reader:
        reader.edit(edits)
        shown, gradients = reader.numbers("data"), reader.numbers("gradient")
    again, fresh = run_of(program, program.inputs)
    again.backward()
    worst = max([1.0, *(size / abs(value.data) for value, size in conditions(fresh) if value.data)])
    sizes = absolute_gradients(fresh)
    for i, (value, condition) in enumerate(conditions(fresh)):
        assert shown[i] == pytest.approx(value.data, rel=0, abs=1e-12 * condition)
        assert gradients[i] == pytest.approx(value.grad, rel=0, abs=1e-12 * worst * sizes[i])


def conditions(values: list[Value]) -> list[tuple[Value, float]]:
    """For each Value Σ|input · gradient| over what is below it: a rounding anywhere there costs a
    multiple of this."""
    found: dict[Value, float] = {}
    for value in values:
        below = zip(value.local_gradients, value.parents, strict=True)
        found[value] = abs(value.data) + math.fsum(abs(local) * found[p] for local, p in below)
    return list(found.items())


def absolute_gradients(values: list[Value]) -> list[float]:
    """The gradients if no contribution cancelled another."""
    sizes = dict.fromkeys(values, 0.0)
    sizes[values[-1]] = 1.0
    for value in reversed(values):
        for local, parent in zip(value.local_gradients, value.parents, strict=True):
            sizes[parent] += abs(local) * sizes[value]
    return list(sizes.values())


STATIC: dict[str, tuple[Any, ...]] = {
    "clip": (-1.0, 1.0),
    "elu": (0.5,),
    "leaky_relu": (0.1,),
    "power": (3.0,),
    "select": (1,),
    "where": (True,),
}
ELSEWHERE = {"acosh": 1.7, "asin": 0.4, "acos": 0.4, "atanh": 0.4}


def everything(scale: float) -> Value:
    """A sum with a term of each entry of the table, of leaves of its own."""
    terms = []
    for entry in ENTRIES:
        x = ELSEWHERE.get(entry, 0.7)
        one_operand = not is_nary(entry) and ops_arity(entry) == 1
        n = 1 if one_operand else 5 if entry == "dot" else 3 if is_nary(entry) else 2
        inputs = tuple(scale * (x + 0.25 * i) for i in range(n))
        program = Program(inputs, (Step(entry, tuple(range(n)), STATIC.get(entry, ())),))
        terms.append(program(*[Value(x, f"{entry} {i}") for i, x in enumerate(inputs)]) * x)
    return autograd.sum(terms)


def ops_arity(entry: str) -> int:
    from autograd.strategies import BINARY

    return 2 if entry in BINARY else 1


def test_every_entry_of_the_table_is_computed_anew_after_an_edit(opened: Open) -> None:
    root, fresh = everything(1.0), everything(1.1)
    values, wanted = topological_order(root), topological_order(fresh)
    entries = {value.operation.table_name for value in values if value.parents}
    assert entries >= set(ENTRIES)
    edits = {i: wanted[i].data for i, value in enumerate(values) if value.kind == "leaf"}
    with opened(root, max_nodes=1000) as reader:
        reader.edit(edits)
        data, gradients = reader.numbers("data"), reader.numbers("gradient")
    fresh.backward()
    for i, value in enumerate(wanted):
        assert data[i] == pytest.approx(value.data, rel=1e-12)
        assert gradients[i] == pytest.approx(value.grad, rel=1e-12, abs=1e-15)


def test_an_own_operation_and_what_depends_on_it_keep_their_values_and_say_so(opened: Open) -> None:
    root = own()
    values = topological_order(root)
    a, b = (next(i for i, v in enumerate(values) if v.label == name) for name in "ab")
    with opened(root) as reader:
        reader.edit({b: 1.0})
        gradients = reader.numbers("gradient")
        assert "Python" not in reader.text(".step")
        assert gradients[b] == pytest.approx(1 - math.tanh(1.0) ** 2, rel=1e-12)
        reader.edit({a: 1.0, b: 1.0})
        data, gradients = reader.numbers("data"), reader.numbers("gradient")
        assert "cube is an operation of your own" in reader.text(".step")
        reader.go(99, node=a)
        assert "only Python can compute" in reader.text(".selection")
    root.backward()
    cube = next(i for i, value in enumerate(values) if value.op == "cube")
    assert (data[cube], data[len(values) - 1], data[a]) == (8.0, root.data, 1.0)
    assert gradients == {i: value.grad for i, value in enumerate(values)}
