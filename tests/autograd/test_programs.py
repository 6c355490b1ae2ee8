"""The laws of derivatives, for random programs, against mpmath at many digits.

The oracle has no derivatives that could be wrong. mpmath computes values, with 110 digits, and the
derivatives are differences of them at a step of 10⁻³⁰, which leaves 50 digits of a second derivative.

How far the engine may be off is |error| <= 8·2⁻⁵³·Σ|node · adjoint|, over all nodes of the graph whose
output the number is: for a derivative the graph that `gradients` builds. This is what comes of
computing each node with a relative error of up to 8·2⁻⁵³, to first order. Nodes and adjoints are the
oracle's: each node is computed by mpmath from its parents, and each local gradient is a difference.
"""

from collections import Counter
from functools import cache
from itertools import product
from random import Random

import mpmath
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from autograd import Value, functional, grad, gradients, ops, topological_order, zero_grad
from autograd.strategies import ENTRIES, Program, Step, programs
from autograd.value import binary

IS_CI = settings.get_current_profile_name() == "ci"
PROGRAMS = 2000 if IS_CI else 100
UNIT = 2.0**-53
BOUND = 8.0
DIGITS = 110
STEP = mpmath.mpf(10) ** -30
# Central differences of order 0, 1 and 2: the offsets, in steps, and their weights.
STENCILS = (((0, 1),), ((1, 0.5), (-1, -0.5)), ((1, 1), (0, -2), (-1, 1)))


def derivative(f, point, orders):
    """The partial derivative of f of those orders, one for each argument."""
    total = mpmath.mpf(0)
    for corner in product(*(STENCILS[order] for order in orders)):
        weight = mpmath.fprod(weight for _, weight in corner)
        total += weight * f(*(x + offset * STEP for x, (offset, _) in zip(point, corner)))
    return total / STEP ** sum(orders)


def unit(n, *positions):
    """n orders of differentiation: once by each of the arguments at those positions."""
    return tuple(positions.count(i) for i in range(n))


class Sensitivity:
    """Σ|node · adjoint| over graphs of the engine, computed by the oracle."""

    def __init__(self):
        self.values = {}
        self.local_gradients = {}

    def visit(self, node):
        if node not in self.values:
            if not node.parents:
                self.values[node] = mpmath.mpf(node.data)
                return
            point = [self.values[parent] for parent in node.parents]
            f = function_of(node.operation.table_name, len(point), node.operation.static)
            self.values[node] = f(*point)
            self.local_gradients[node] = [
                derivative(f, point, unit(len(point), i)) for i in range(len(point))
            ]

    def __call__(self, output):
        order = topological_order(output)
        for node in order:
            self.visit(node)
        adjoints = Counter({output: mpmath.mpf(1)})
        for node in reversed(order):
            for parent, local in zip(node.parents, self.local_gradients.get(node, ())):
                adjoints[parent] += local * adjoints[node]
        return float(sum(abs(self.values[node] * adjoints[node]) for node in order))


@cache
def function_of(entry, n, static):
    """An entry of the table as a function of mpmath's numbers."""
    if entry == "identity":  # what `grad` makes of a Value
        return lambda x: x
    return Program((0.0,) * n, (Step(entry, tuple(range(n)), static),))


def errors(program):
    """By name the engine's errors for a program, as multiples of 2⁻⁵³·Σ|node · adjoint|."""
    with mpmath.workdps(DIGITS):
        point = [mpmath.mpf(x) for x in program.inputs]
        n = len(point)
        inputs = [Value(x) for x in program.inputs]
        output = program(*inputs)
        output.backward()
        sensitivity = Sensitivity()

        def ratio(computed, graph, *positions):
            exact = derivative(program, point, unit(n, *positions))
            error = float(abs(computed - exact))
            # A difference of mpmath's leaves some 10⁻⁵⁰ where the derivative is 0.
            return error / (UNIT * sensitivity(graph)) if error > 1e-45 else 0.0

        ratios = {"value": ratio(output.data, output)}
        for i, slope in enumerate(gradients(output, inputs)):
            ratios[f"backward() by x{i}"] = ratio(inputs[i].grad, slope, i)
            ratios[f"gradients() by x{i}"] = ratio(slope.data, slope, i)
            for j, curvature in enumerate(gradients(slope, inputs)):
                ratios[f"second by x{i}, x{j}"] = ratio(curvature.data, curvature, i, j)
        return ratios


def wrong_numbers(program):
    return {name: ratio for name, ratio in errors(program).items() if not ratio <= BOUND}


def test_programs_agree_with_mpmath_in_value_first_and_second_derivative():
    right = set()

    # Hypothesis draws many a program twice.
    @settings(max_examples=3 * PROGRAMS, suppress_health_check=[HealthCheck.too_slow])
    @given(programs())
    def check(program):
        if program not in right:
            assert wrong_numbers(program) == {}
            right.add(program)

    check()
    assert len(right) >= PROGRAMS


def wrong_derivatives_of_a_slope(program):
    """By name the derivatives of a slope, by what its function closes over, that are too far off."""
    with mpmath.workdps(DIGITS):
        point = [mpmath.mpf(x) for x in program.inputs]
        n = len(point)
        leaves = [Value(x) for x in program.inputs]
        _, *closed_over = leaves
        sensitivity, wrong = Sensitivity(), {}
        slope_at = grad(lambda x: program(x, *closed_over))
        for given in (leaves[0], program.inputs[0]):  # a Value, and the number that it holds
            slope = slope_at(given)
            # a float says that it depends on nothing that is closed over
            output = slope if isinstance(slope, Value) else Value(slope)
            zero_grad(leaves)
            output.backward()
            for i, leaf in enumerate(leaves):
                if i or given is leaf:
                    exact = derivative(program, point, unit(n, 0, i))
                    error = float(abs(leaf.grad - exact))
                    bound = BOUND * UNIT * sensitivity(*gradients(output, [leaf])) + 1e-45
                    wrong[f"at {given!r}, by x{i}"] = error / bound
        return {name: error for name, error in wrong.items() if not error <= 1.0}


def test_a_slope_is_differentiated_by_the_values_that_its_function_closes_over():
    seen = set()

    @settings(max_examples=PROGRAMS, suppress_health_check=list(HealthCheck))
    @given(programs().filter(lambda program: len(program.inputs) > 1))
    def check(program):
        if program not in seen:
            assert wrong_derivatives_of_a_slope(program) == {}
            seen.add(program)

    check()
    assert len(seen) >= PROGRAMS // 3


@pytest.mark.parametrize("entry", ENTRIES)
@settings(max_examples=max(20, PROGRAMS // 50))
@given(data=st.data())
def test_every_entry_agrees_with_mpmath_in_value_first_and_second_derivative(entry, data):
    program = data.draw(programs(ops=[entry], max_nodes=1))
    assert wrong_numbers(program) == {}


def wrong_by_a_thousandth(gradients_of):
    return lambda *arguments: tuple(1.001 * local for local in gradients_of(*arguments))


@pytest.mark.parametrize("entry", ["*", "tanh", "logsumexp"] if IS_CI else ["*"])
def test_a_wrong_derivative_in_the_table_is_caught_and_shrunk_to_its_operation(entry, monkeypatch):
    operation = ops.TABLE[entry]
    wrong = wrong_by_a_thousandth(operation.local_gradients)
    monkeypatch.setattr(operation, "local_gradients", wrong)
    if entry == "*":  # an operator's formulas are bound when it is made
        monkeypatch.setattr(Value, "__mul__", binary.__wrapped__(operation))
    # tanh is one operation among 59, so it takes some hundred programs to meet it.
    effort = settings(max_examples=5000, database=None, suppress_health_check=list(HealthCheck))
    found = find(programs(), wrong_numbers, settings=effort, random=Random(0))
    assert found.ops == (entry,)


def test_a_wrong_derivative_that_only_gradients_reads_is_caught_too(monkeypatch):
    right = functional._local_gradients

    def planted(operation):
        formula = right(operation)
        return wrong_by_a_thousandth(formula) if operation is ops.sin else formula

    monkeypatch.setattr(functional, "_local_gradients", planted)
    assert "gradients() by x0" in wrong_numbers(Program((0.5,), (Step("sin", (0,)),)))
