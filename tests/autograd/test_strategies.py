"""Laws of the strategies that tests of derivatives are built on."""

import math
import subprocess
import sys
from collections import Counter

import mpmath
import pytest
from hypothesis import HealthCheck, find, given, settings

from autograd import Value, strategies
from autograd.strategies import ENTRIES, Program, Step, finite_floats, programs, values


@given(finite_floats(), finite_floats(min_value=-2.0, max_value=3.0))
def test_finite_floats_are_finite_and_keep_their_bounds(x, bounded):
    assert math.isfinite(x)
    assert -2.0 <= bounded <= 3.0


@given(values(), values(finite_floats(0.0, 1.0), label="p"))
def test_values_are_leaves(v, p):
    assert (v.kind, v.grad, v.label) == ("leaf", 0.0, "")
    assert (p.label, 0.0 <= p.data <= 1.0) == ("p", True)


@given(programs())
def test_a_program_gives_the_same_number_for_floats_and_for_values(program):
    result = program(*program.inputs)
    node = program(*map(Value, program.inputs))
    assert (type(result), type(node), node.data) == (float, Value, result)


@given(programs())
def test_a_program_answers_mpmaths_numbers_in_kind(program):
    result = program(*map(mpmath.mpf, program.inputs))
    assert isinstance(result, mpmath.mpf)
    assert float(result) == pytest.approx(program(*program.inputs), rel=1e-9)


@given(programs())
def test_a_program_prints_as_its_source_which_pastes_and_runs(program):
    assert repr(program) == program.source
    namespace = {}
    exec(program.source, namespace)
    assert namespace["program"](*program.inputs) == program(*program.inputs)


def test_hypothesis_reports_a_failing_program_as_lines_that_can_be_pasted():
    @settings(derandomize=True, database=None)
    @given(programs(ops=["tanh"], max_nodes=1))
    def law(program):
        raise AssertionError

    with pytest.raises(AssertionError) as caught:
        law()
    report = "\n".join(caught.value.__notes__)
    start, end = report.index("\nfrom autograd import tanh\n"), report.index("\n,")
    namespace = {}
    exec(report[start:end], namespace)
    assert namespace["program"](0.5) == math.tanh(0.5)


@given(programs())
def test_every_input_and_every_step_of_a_program_is_used(program):
    used = {x for step in program.steps for x in step.operands if not isinstance(x, float)}
    assert used == set(range(len(program.inputs) + len(program.steps) - 1))


@given(programs())
def test_the_nodes_of_a_program_are_finite_and_moderate_as_are_its_gradients(program):
    inputs = [Value(x) for x in program.inputs]
    node = program(*inputs)
    node.backward()
    assert abs(node.data) <= 32.0
    assert all(math.isfinite(x.grad) for x in inputs)


@given(programs(ops=["tanh", "dot"], max_nodes=3))
def test_the_operations_and_the_number_of_nodes_can_be_chosen(program):
    assert set(program.ops) <= {"tanh", "dot"}
    assert 1 <= len(program.steps) <= 3


def test_at_most_a_tenth_of_the_drawn_programs_is_discarded_and_the_whole_table_occurs(monkeypatch):
    drawn, discarded, shared = Counter(), 0, 0
    reject = strategies.reject

    def count():
        nonlocal discarded
        discarded += 1
        reject()

    monkeypatch.setattr(strategies, "reject", count)

    # a statistic: drawn at random it would fail by chance, now and then
    @settings(
        max_examples=1000,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def draw(program):
        nonlocal shared
        drawn.update(["programs", *program.ops])
        uses = Counter(x for step in program.steps for x in step.operands if type(x) is int)
        shared += max(uses.values()) > 1

    draw()
    assert discarded <= 0.1 * (drawn["programs"] + discarded)
    assert shared >= 0.2 * drawn["programs"]
    assert set(ENTRIES) - drawn.keys() == set()


def test_programs_shrink_to_few_operations_on_simple_numbers():
    few = programs(ops=["sinh", "*", "sum"], max_nodes=4)
    program = find(few, lambda p: p(*p.inputs) > 3.0 and "sinh" in p.ops)
    assert len(program.steps) <= 2
    assert all(x == round(x, 2) for x in program.inputs)


def test_how_each_kind_of_operation_is_written():
    steps = (
        Step("power", (0,), (-1.0,)),
        Step("-", (-1.5, 1)),
        Step("neg", (2,)),
        Step("where", (3, 1), (True,)),
        Step("select", (4, 2.0), (0,)),
        Step("dot", (5, 0, 0.5, 1, 2)),
        Step("clip", (6,), (-1.0, 1.0)),
        Step("max", (7, 0)),
    )
    assert Program((2.0,), steps).source == (
        "from autograd import clip, dot, max, select, where\n"
        "\n"
        "def program(x0):  # at 2.0\n"
        "    v0 = x0 ** -1.0\n"
        "    v1 = (-1.5) - v0\n"
        "    v2 = -v1\n"
        "    v3 = where(True, v2, v0)\n"
        "    v4 = select(0, [v3, 2.0])\n"
        "    v5 = dot([v4, x0], [0.5, v0], v1)\n"
        "    v6 = clip(v5, -1.0, 1.0)\n"
        "    return max([v6, x0])"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ops": ["tanh", "than"]}, "'than'"),
        ({"ops": []}, "names"),
        ({"max_nodes": 0}, "max_nodes"),
    ],
    ids=["unknown", "none", "no nodes"],
)
def test_what_cannot_be_drawn_is_a_value_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        programs(**arguments)


def test_without_hypothesis_the_import_says_what_to_install():
    code = (
        "import sys; sys.modules['hypothesis'] = None; import autograd; import autograd.strategies"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode != 0
    assert "pip install 'glassgrad[test]'" in run.stderr
