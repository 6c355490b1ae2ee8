"""Laws of penalties: known answers, the pull on each weight, and the meanings of λ."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, dot, topological_order
from nn.optimizers import SGD
from nn.penalties import elastic_penalty, l1_of_vector, l1_penalty, l2_of_vector, l2_penalty

weights_strategy = st.lists(st.floats(-100.0, 100.0), min_size=1, max_size=6)
strengths = st.floats(1e-6, 1.0)
ONE = {
    "l1_penalty": l1_penalty,
    "l2_penalty": l2_penalty,
    "elastic_penalty": lambda weights, strength: elastic_penalty(weights, strength, strength),
}


@given(weights_strategy, strengths)
def test_penalties_follow_their_formulas_and_pull_each_weight_towards_0(numbers, strength):
    weights = [Value(number) for number in numbers]
    sum_of_sizes = math.fsum(map(abs, numbers))
    sum_of_squares = math.fsum(number * number for number in numbers)
    l1, l2 = l1_penalty(weights, strength), l2_penalty(iter(weights), strength)
    assert l1.data == strength * sum_of_sizes
    assert l2.data == strength * sum_of_squares
    l1.backward()
    assert [w.grad for w in weights] == [strength * ((x > 0) - (x < 0)) for x in numbers]
    for weight in weights:
        weight.zero_grad()
    l2.backward()
    assert [w.grad for w in weights] == [2.0 * (strength * x) for x in numbers]


@pytest.mark.parametrize(
    ("penalty", "of_vector"), [(l1_penalty, l1_of_vector), (l2_penalty, l2_of_vector)]
)
@given(numbers=weights_strategy, strength=strengths)
def test_the_penalty_of_a_vector_is_that_of_its_numbers(penalty, of_vector, numbers, strength):
    weights = [Value(number) for number in numbers]
    expected = penalty(weights, strength)
    expected.backward()
    told, gradient = of_vector(np.array(numbers), strength)
    assert told == pytest.approx(expected.data, rel=1e-14, abs=0.0)
    assert gradient.tolist() == pytest.approx([w.grad for w in weights], rel=1e-15, abs=0.0)
    with pytest.raises(ValueError, match=f"{penalty.__name__}.*finite strength"):
        of_vector(np.array(numbers), math.inf)


@given(weights_strategy, strengths | st.just(0.0), strengths | st.just(0.0))
def test_the_elastic_penalty_is_the_sum_of_the_two(numbers, l1, l2):
    weights = [Value(number) for number in numbers]
    both = l1_penalty(weights, l1).data + l2_penalty(weights, l2).data
    assert elastic_penalty(iter(weights), l1, l2).data == both


@pytest.mark.parametrize("penalty", ONE.values(), ids=ONE)
@pytest.mark.parametrize(("weights", "strength"), [([], 0.5), ([Value(1.0)], 0.0)])
def test_no_weights_or_no_strength_give_the_constant_0(penalty, weights, strength):
    nothing = penalty(weights, strength)
    assert (nothing.data, nothing.kind, nothing.parents) == (0.0, "constant", ())


def test_the_l2_penalty_is_two_nodes_however_many_weights():
    nodes = topological_order(l2_penalty([Value(1.0) for _ in range(100)], 0.5))
    assert [node.op for node in nodes if node.kind == "operation"] == ["dot", "*"]


@pytest.mark.parametrize("penalty", ONE.values(), ids=ONE)
@pytest.mark.parametrize("strength", [-0.1, math.nan, math.inf])
def test_penalties_refuse_a_strength_that_is_negative_or_not_finite(penalty, strength):
    with pytest.raises(ValueError, match=f"strength of 0 or more, but got {strength}"):
        penalty([Value(1.0)], strength)


@pytest.mark.parametrize(("l1", "l2"), [(0.0, -1.0), (-1.0, 0.0), (1.0, math.nan)])
def test_the_elastic_penalty_refuses_either_strength(l1, l2):
    with pytest.raises(ValueError, match="strength of 0 or more"):
        elastic_penalty([Value(1.0)], l1, l2)


rates = st.floats(1e-4, 0.25)


def after_a_step(start, rate, penalty=None, weight_decay=0.0):
    """A weight that starts there, after a step of gradient descent with no other gradient."""
    w = Value(start)
    optimizer = SGD([w], lr=rate, weight_decay=weight_decay)
    if penalty is not None:
        penalty(w).backward()
    optimizer.step()
    return w.data


@given(st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3), rates, strengths)
def test_three_conventions_of_l2_shrink_a_weight_alike(start, rate, strength):
    exact = Fraction(start) * (1 - 2 * Fraction(rate) * Fraction(strength))
    for shrunk in (
        after_a_step(start, rate, lambda w: l2_penalty([w], strength)),
        after_a_step(start, rate, weight_decay=2.0 * strength),  # PyTorch's
        after_a_step(start, rate, lambda w: 0.5 * (2.0 * strength) * dot([w], [w])),  # CS231n's
    ):
        assert abs(Fraction(shrunk) - exact) <= 2 * Fraction(math.ulp(float(exact)))


def test_with_no_data_gradient_a_weight_shrinks_by_one_minus_two_eta_lambda_a_step():
    eta, lam = 0.1, 0.25
    w = Value(3.0)
    optimizer = SGD([w], lr=eta)
    for _ in range(50):
        before = w.data
        optimizer.zero_grad()
        l2_penalty([w], lam).backward()
        optimizer.step()
        assert abs(w.data - before * (1 - 2 * eta * lam)) <= 2 * math.ulp(w.data)
    assert w.data == pytest.approx(3.0 * 0.95**50)


@given(st.floats(-3.0, 3.0), rates, strengths)
def test_the_l1_penalty_moves_a_weight_by_eta_lambda_a_step_until_it_is_that_near_to_0(
    start, rate, strength
):
    moved = after_a_step(start, rate, lambda w: l1_penalty([w], strength))
    if abs(start) > rate * strength:
        expected = abs(start) - rate * strength
        assert abs(moved) == pytest.approx(expected, abs=1e-15)
    else:
        assert abs(moved) <= rate * strength
