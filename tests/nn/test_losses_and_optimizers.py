"""Laws of losses and optimizers: known answers, and their formulas."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, dot
from nn import SGD, hinge_loss, softmax_cross_entropy

scores_strategy = st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=6)


@given(st.floats(-1e4, 1e4), st.sampled_from([-1, 1]))
def test_the_hinge_loss_is_the_margin_that_is_missing(score, y):
    s = Value(score)
    loss = hinge_loss(s, y)
    loss.backward()
    assert loss.data == max(0.0, 1.0 - y * score)
    assert s.grad == (-y if 1.0 - y * score > 0 else 0.0)


@pytest.mark.parametrize("y", [0, 2, -0.5])
def test_the_hinge_loss_refuses_classes_other_than_minus_one_and_one(y):
    with pytest.raises(ValueError, match=r"-1 or \+1"):
        hinge_loss(Value(1.0), y)


@given(scores_strategy, st.data())
def test_cross_entropys_gradients_are_the_probabilities_less_one_at_the_true_class(scores, data):
    label = data.draw(st.integers(0, len(scores) - 1))
    values = [Value(score) for score in scores]
    loss = softmax_cross_entropy(values, label)
    loss.backward()
    exponentials = [math.exp(score - max(scores)) for score in scores]
    for k, (value, exponential) in enumerate(zip(values, exponentials, strict=True)):
        expected = exponential / math.fsum(exponentials) - (k == label)
        assert value.grad == pytest.approx(expected, abs=1e-15)
    assert 0.0 <= loss.data < math.inf


def test_cross_entropy_of_equal_scores_is_the_log_of_the_number_of_classes():
    assert softmax_cross_entropy([Value(7.0)] * 10, 3).data == pytest.approx(math.log(10))


@pytest.mark.parametrize("label", [-1, 3])
def test_cross_entropy_refuses_a_label_that_is_no_class(label):
    with pytest.raises(ValueError, match="3 classes"):
        softmax_cross_entropy([Value(1.0)] * 3, label)


def test_cross_entropy_refuses_a_single_score():
    with pytest.raises(ValueError, match="at least 2 scores"):
        softmax_cross_entropy(Value(1.0), 0)


def test_momentum_accumulates_gradients_as_pytorchs_formula_says():
    w = Value(0.0)
    optimizer = SGD([w], lr=0.1, momentum=0.5)
    for _ in range(3):
        w.grad = 1.0
        optimizer.step()
    # velocities 1, 1.5, 1.75
    assert w.data == pytest.approx(-0.425, rel=1e-15)


def test_with_no_data_gradient_a_weight_shrinks_by_one_minus_two_eta_lambda_a_step():
    eta, lam = 0.1, 0.25
    w = Value(3.0)
    optimizer = SGD([w], lr=eta)
    for _ in range(4):
        before = w.data
        optimizer.zero_grad()
        (lam * dot([w], [w])).backward()
        optimizer.step()
        assert abs(w.data - before * (1 - 2 * eta * lam)) <= 2 * math.ulp(w.data)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], 0.1), "parameters"),
        (([Value(1.0)], -0.1), "lr.*-0.1"),
        (([Value(1.0)], math.nan), "lr.*nan"),
        (([Value(1.0)], 0.1, 1.0), "momentum.*1.0"),
    ],
    ids=["no parameters", "negative lr", "nan lr", "momentum 1"],
)
def test_an_optimizer_refuses_arguments_that_cannot_train(arguments, message):
    with pytest.raises(ValueError, match=message):
        SGD(*arguments)
