"""Laws of losses: known answers, their formulas and slopes, and what they refuse."""

import math
from functools import partial

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import autograd
from autograd import Value, gradcheck, topological_order
from nn import MLP, SGD, fit
from nn.losses import (
    absolute_error,
    binary_cross_entropy_with_logits,
    hinge_loss,
    huber_loss,
    multiclass_hinge_loss,
    softmax_cross_entropy,
    squared_error,
    squared_hinge_loss,
)

scores_strategy = st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=6)
# Among numbers so small that they are all but 0, a numeric slope has no digits.
moderate = st.floats(-8.0, 8.0).map(lambda x: x if abs(x) > 2.0**-10 else 0.0)
EXTREMES = [-1e4, -1.0, 0.0, 1.0, 1e4]

# Every loss as a function of one number, with the places of its kinks.
OF_ONE = {
    "hinge, -1": (lambda s: hinge_loss(s, -1), [-1.0]),
    "hinge, +1": (lambda s: hinge_loss(s, +1), [1.0]),
    "squared hinge, -1": (lambda s: squared_hinge_loss(s, -1), [-1.0]),
    "squared hinge, +1": (lambda s: squared_hinge_loss(s, +1), [1.0]),
    "binary cross-entropy, 0": (lambda s: binary_cross_entropy_with_logits(s, 0), []),
    "binary cross-entropy, 1": (lambda s: binary_cross_entropy_with_logits(s, 1), []),
    "squared error": (lambda s: squared_error(s, 0.25), []),
    "absolute error": (lambda s: absolute_error(s, 0.25), [0.25]),
    "huber": (lambda s: huber_loss(s, 0.25, delta=2.0), [-1.75, 2.25]),
}
OF_SEVERAL = {
    "multiclass hinge": lambda scores: multiclass_hinge_loss(scores, 1),
    "softmax cross-entropy": lambda scores: softmax_cross_entropy(scores, 1),
    "squared error": lambda outputs: squared_error(outputs, [0.0] * len(outputs)),
    "absolute error": lambda outputs: absolute_error(outputs, [0.0] * len(outputs)),
    "huber": lambda outputs: huber_loss(outputs, [0.0] * len(outputs)),
}
EVERY_LOSS = {f"{name} of one": lambda xs, f=f: f(xs[0]) for name, (f, _) in OF_ONE.items()} | {
    f"{name} of several": f for name, f in OF_SEVERAL.items()
}


def slope(loss, score):
    s = Value(score)
    loss(s).backward()
    return s.grad


# Laws of all losses.


@pytest.mark.parametrize("name", OF_ONE)
@given(score=moderate)
def test_the_gradient_of_a_loss_is_its_slope(name, score):
    loss, kinks = OF_ONE[name]
    assume(all(abs(score - kink) > 0.01 for kink in kinks))
    report = gradcheck(loss, score, order=2)
    assert not report.kinks


@pytest.mark.parametrize("name", OF_SEVERAL)
@given(scores=st.lists(moderate, min_size=2, max_size=4))
def test_the_gradient_of_a_loss_of_several_outputs_is_its_slope(name, scores):
    gradcheck(OF_SEVERAL[name], scores)


@pytest.mark.parametrize("name", EVERY_LOSS)
@given(
    pair=st.integers(2, 5).flatmap(
        lambda n: st.tuples(*[st.lists(st.floats(-50, 50), min_size=n, max_size=n)] * 2)
    )
)
def test_losses_are_convex(name, pair):
    loss = EVERY_LOSS[name]
    middle = [(a + b) / 2 for a, b in zip(*pair)]
    low, left, right = (loss([Value(x) for x in xs]).data for xs in (middle, *pair))
    assert 0.0 <= low <= (left + right) / 2 + 1e-10


@pytest.mark.parametrize("name", EVERY_LOSS)
@pytest.mark.parametrize("first", EXTREMES)
@pytest.mark.parametrize("second", EXTREMES)
def test_losses_and_gradients_are_finite_at_kinks_and_for_extreme_outputs(name, first, second):
    outputs = [Value(first), Value(second)]
    loss = EVERY_LOSS[name](outputs)
    loss.backward()
    assert math.isfinite(loss.data)
    assert all(math.isfinite(output.grad) for output in outputs)


@pytest.mark.parametrize("name", EVERY_LOSS)
@given(scores=st.tuples(st.floats(-5, 5), st.floats(-5, 5)))
def test_the_graph_of_a_loss_is_the_same_for_every_output(name, scores):
    graphs = [
        [(node.op, node.kind) for node in topological_order(EVERY_LOSS[name](list(map(Value, xs))))]
        for xs in (scores, (1.0, 2.0))
    ]
    assert graphs[0] == graphs[1]


@given(st.floats(-1e4, 1e4), st.sampled_from([-1, 1]))
def test_a_wrong_decision_costs_at_least_as_much_as_an_undecided_one(score, y):
    s = Value(score)
    is_wrong = y * score <= 0.0
    assert hinge_loss(s, y).data >= is_wrong
    assert squared_hinge_loss(s, y).data >= is_wrong
    assert binary_cross_entropy_with_logits(s, (y + 1) // 2).data >= is_wrong * math.log(2.0)


# Targets that are Values, as they are while a loss is traced.

signs, rows = st.sampled_from([-1, 1]), st.lists(moderate, min_size=3, max_size=3)
TWO_ROWS = [[0.5, -1.0, 2.0], [3.0, 0.0, -1.0]]
# Each loss with its number of outputs, all targets that there are, and some of them.
OF_TARGETS = {
    "hinge": (hinge_loss, 1, signs, [-1, 1]),
    "squared hinge": (squared_hinge_loss, 1, signs, [-1, 1]),
    "binary cross-entropy": (binary_cross_entropy_with_logits, 1, st.integers(0, 1), [0, 1]),
    "multiclass hinge": (multiclass_hinge_loss, 3, st.integers(0, 2), [0, 1, 2]),
    "softmax cross-entropy": (softmax_cross_entropy, 3, st.integers(0, 2), [0, 1, 2]),
    "squared error": (squared_error, 1, moderate, [0.25, -3.0]),
    "absolute error": (absolute_error, 1, moderate, [0.25, -3.0]),
    "huber": (huber_loss, 1, moderate, [0.25, -3.0]),
    "squared error of several": (squared_error, 3, rows, TWO_ROWS),
    "absolute error of several": (absolute_error, 3, rows, TWO_ROWS),
    "huber of several": (huber_loss, 3, rows, TWO_ROWS),
}


def values_of(numbers):
    return list(map(Value, numbers)) if isinstance(numbers, list) else Value(numbers)


@pytest.mark.parametrize("name", OF_TARGETS)
@given(data=st.data())
def test_a_target_that_is_a_value_gives_the_same_loss_and_slopes_to_the_last_bit(name, data):
    loss, n_outputs, targets, _ = OF_TARGETS[name]
    numbers = data.draw(st.lists(st.floats(-1e4, 1e4), min_size=n_outputs, max_size=n_outputs))
    target = data.draw(targets)
    found = []
    for given_target in (target, values_of(target)):
        outputs = list(map(Value, numbers))
        result = loss(outputs if n_outputs > 1 else outputs[0], given_target)
        result.backward()
        found.append((result.data, [output.grad for output in outputs]))
    assert found[0] == found[1]


@pytest.mark.parametrize("name", OF_TARGETS)
def test_one_program_of_a_loss_serves_every_target(name):
    loss, n_outputs, _, targets = OF_TARGETS[name]
    numbers = [0.5, -1.25, 2.0] if n_outputs == 3 else 0.5
    compiled = autograd.compile(loss, numbers, targets[0])
    for target in targets:
        outputs = values_of(numbers)
        eager = loss(outputs, target)
        eager.backward()
        value, (slopes, _) = compiled.value_and_grad(numbers, target, wrt="inputs")
        assert value == compiled(numbers, target) == eager.data
        expected = [o.grad for o in outputs] if n_outputs == 3 else outputs.grad
        assert slopes == expected
        batch = np.array([numbers] * 2), np.array([target] * 2)
        assert compiled(*batch) == pytest.approx([eager.data] * 2, rel=1e-14)


@pytest.mark.parametrize(
    ("loss", "target", "message"),
    [
        (hinge_loss, 0.0, r"-1 or \+1, but got Value\(0.0\): if the classes are 0 and 1"),
        (squared_hinge_loss, 2.0, r"-1 or \+1, but got Value\(2.0\)"),
        (binary_cross_entropy_with_logits, -1.0, r"0 or 1, but got Value\(-1.0\): if the classes"),
        (softmax_cross_entropy, 3.0, r"from 0 to 2.* but got Value\(3.0\)"),
        (multiclass_hinge_loss, -1.0, r"from 0 to 2.* but got Value\(-1.0\)"),
    ],
)
def test_a_value_that_is_no_class_is_refused_where_its_data_is_known(loss, target, message):
    several = loss in (softmax_cross_entropy, multiclass_hinge_loss)
    scores = [Value(1.0)] * 3 if several else Value(1.0)
    with pytest.raises(ValueError, match=message):
        loss(scores, Value(target))
    if several:
        with pytest.raises(TypeError, match=r"as an int, but got Value\(0.5\)"):
            loss(scores, Value(0.5))


# Two classes.


@given(st.floats(-1e4, 1e4), st.sampled_from([-1, 1]))
def test_the_hinge_loss_is_the_margin_that_is_missing(score, y):
    s = Value(score)
    loss = hinge_loss(s, y)
    loss.backward()
    assert loss.data == max(0.0, 1.0 - y * score)
    assert s.grad == (-y if 1.0 - y * score > 0 else 0.0)


@given(st.floats(-1e4, 1e4), st.sampled_from([-1, 1]))
def test_the_squared_hinge_loss_is_the_square_of_the_margin_that_is_missing(score, y):
    missing = max(0.0, 1.0 - y * score)
    assert squared_hinge_loss(Value(score), y).data == missing * missing
    assert slope(lambda s: squared_hinge_loss(s, y), score) == -2.0 * y * missing


@given(st.floats(-1e4, 1e4) | st.floats(-50.0, 50.0), st.sampled_from([0, 1]))
def test_binary_cross_entropy_and_its_gradient_are_exact_in_the_tails(score, y):
    with mpmath.workdps(50):
        margin = mpmath.mpf(score) * (2 * y - 1)
        expected = float(mpmath.log1p(mpmath.exp(-margin)))
        gradient = float((1 - 2 * y) / (1 + mpmath.exp(margin)))
    ours = binary_cross_entropy_with_logits(Value(score), y).data
    assert abs(ours - expected) <= 4 * math.ulp(expected)
    ours = slope(lambda s: binary_cross_entropy_with_logits(s, y), score)
    assert abs(ours - gradient) <= 4 * math.ulp(gradient)


@pytest.mark.parametrize(("score", "y"), [(1e4, 0), (-1e4, 1)])
def test_binary_cross_entropy_of_a_hopeless_score_is_the_score(score, y):
    assert binary_cross_entropy_with_logits(Value(score), y).data == 1e4
    assert slope(lambda s: binary_cross_entropy_with_logits(s, y), score) == 1 - 2 * y


@given(st.floats(-500, 500), st.sampled_from([0, 1]))
def test_binary_cross_entropy_is_the_softmaxs_of_the_score_and_0(score, y):
    both = softmax_cross_entropy([Value(0.0), Value(score)], y).data
    assert binary_cross_entropy_with_logits(Value(score), y).data == pytest.approx(both, abs=1e-13)


@pytest.mark.parametrize("loss", [hinge_loss, squared_hinge_loss])
@pytest.mark.parametrize("y", [0, 2, -0.5])
def test_hinge_losses_refuse_classes_other_than_minus_one_and_one(loss, y):
    with pytest.raises(ValueError, match=r"-1 or \+1, but got " + str(y)) as caught:
        loss(Value(1.0), y)
    assert ("give 2 * y - 1" in str(caught.value)) == (y == 0)


@pytest.mark.parametrize("y", [-1, 2, -0.25, 1.0001, math.nan, "yes", None])
def test_binary_cross_entropy_refuses_what_is_no_probability(y):
    with pytest.raises(ValueError, match=f"0 or 1, but got {y!r}") as caught:
        binary_cross_entropy_with_logits(Value(1.0), y)
    assert (r"give (y + 1) / 2" in str(caught.value)) == (y == -1)
    assert ("number the classes" in str(caught.value)) == (y == "yes")


# Soft targets.

SCORES = st.lists(st.floats(-50, 50), min_size=2, max_size=5)


@given(st.floats(-700, 700), st.floats(0, 1))
def test_the_loss_of_a_soft_target_is_the_mean_of_those_of_the_classes(score, y):
    losses = [binary_cross_entropy_with_logits(Value(score), k).data for k in (0, 1)]
    expected = (1.0 - y) * losses[0] + y * losses[1]
    for target in (y, Value(y)):
        loss = binary_cross_entropy_with_logits(Value(score), target)
        assert loss.data == pytest.approx(expected, rel=4e-15, abs=0.0)


@pytest.mark.parametrize("score", [-math.inf, -1e308, -40.0, 0.0, 40.0, math.inf])
@pytest.mark.parametrize("y", [0, 1])
def test_a_class_given_as_a_value_has_the_loss_of_the_class_to_the_last_bit(score, y):
    losses = [binary_cross_entropy_with_logits(Value(score), k).data for k in (y, Value(y))]
    assert losses[0] == losses[1]


def test_a_soft_target_that_is_a_value_has_its_gradient():
    gradcheck(binary_cross_entropy_with_logits, 0.75, 0.25)
    gradcheck(lambda scores, p: softmax_cross_entropy(scores, [p, 1.0 - p]), [0.75, -0.5], 0.25)


@given(SCORES, st.data())
def test_a_class_as_probabilities_has_the_loss_of_the_class(scores, data):
    label = data.draw(st.integers(0, len(scores) - 1))
    one_hot = [float(k == label) for k in range(len(scores))]
    expected = softmax_cross_entropy(values_of(scores), label).data
    for kind in (list, tuple, np.array, pd.Series):
        loss = softmax_cross_entropy(values_of(scores), kind(one_hot))
        assert loss.data == pytest.approx(expected, rel=1e-12, abs=1e-13)


@given(SCORES, st.data())
def test_label_smoothing_moves_a_share_of_the_probability_to_all_classes_alike(scores, data):
    label = data.draw(st.integers(0, len(scores) - 1))
    share = data.draw(st.sampled_from([0.0, 0.1, 0.5, 1.0, 1]))
    smooth = [(1.0 - share) * (k == label) + share / len(scores) for k in range(len(scores))]
    expected = softmax_cross_entropy(values_of(scores), smooth).data
    for target in (label, [float(k == label) for k in range(len(scores))]):
        loss = softmax_cross_entropy(values_of(scores), target, label_smoothing=share)
        assert loss.data == pytest.approx(expected, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ([0.5, 0.5], "as many probabilities as scores, 3, but got 2"),
        ([0.5, 0.5, 0.5], "add up to 1, but .* add up to 1.5: divide"),
        ([0.2, 0.2, 0.2], "add up to 0.6: divide"),
        ([1.5, -0.5, 0.0], "probabilities from 0 to 1"),
        ([math.nan, 0.5, 0.5], "probabilities from 0 to 1"),
        (["a", "b", "c"], "probabilities from 0 to 1"),
        ([Value(0.5), 0.5, 0.5], "add up to 1.5"),
    ],
)
def test_what_are_no_probabilities_of_the_classes_is_refused(label, message):
    with pytest.raises(ValueError, match=message):
        softmax_cross_entropy(values_of([0.5, 1.0, 2.0]), label)


@pytest.mark.parametrize("share", [-0.1, 1.5, math.nan])
def test_a_smoothing_outside_0_to_1_is_refused(share):
    with pytest.raises(ValueError, match=r"label_smoothing must lie in \[0, 1\]"):
        softmax_cross_entropy(values_of([0.5, 1.0]), 0, label_smoothing=share)


def _soft_tasks():
    random = np.random.default_rng(0)
    X, P = random.normal(size=(120, 2)), random.dirichlet(np.ones(3), size=120)
    smoothing = partial(softmax_cross_entropy, label_smoothing=0.1)
    return {
        "probabilities": (softmax_cross_entropy, X, P, 3),
        "lists": (softmax_cross_entropy, X.tolist(), P.tolist(), 3),
        "frame": (softmax_cross_entropy, X, pd.DataFrame(P), 3),
        "one-hot": (softmax_cross_entropy, X, pd.get_dummies(pd.Series(P.argmax(axis=1))), 3),
        "smoothing": (smoothing, X, P.argmax(axis=1), 3),
        "binary": (binary_cross_entropy_with_logits, X, P[:, 0], 1),
        "binary, lists": (binary_cross_entropy_with_logits, X.tolist(), P[:, 0].tolist(), 1),
    }


@pytest.mark.parametrize("name", _soft_tasks())
def test_soft_targets_train_alike_in_eager_and_in_compiled_code(name):
    loss, X, y, n_outputs = _soft_tasks()[name]
    trained = []
    for compiled in (True, False):
        model = MLP(2, [4, n_outputs], seed=0)
        optimizer = SGD(model.parameters(), lr=0.1)
        options = {"epochs": 3, "seed": 0, "progress": False, "validation": (X, y)}
        history = fit(model, loss, X, y, optimizer=optimizer, compiled=compiled, **options)
        trained.append(
            [*(p.data for p in model.parameters()), *history.loss, *history.validation_loss]
        )
        assert history.loss[-1] < history.loss[0]
        assert bool(history.accuracy) == (name == "smoothing")
    assert trained[0] == pytest.approx(trained[1], rel=1e-12)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("wrong", [1.5, -0.5, math.nan])
def test_a_single_wrong_soft_target_among_many_is_refused_by_the_loss(wrong, compiled):
    loss, X, y, _ = _soft_tasks()["binary"]
    y[77] = wrong
    model = MLP(2, [1], seed=0)
    options = {"optimizer": SGD(model.parameters(), lr=0.1), "progress": False}
    with pytest.raises(ValueError, match=f"0 or 1, but got {wrong}"):
        fit(model, loss, X, y, compiled=compiled, **options)
    loss, X, y, _ = _soft_tasks()["probabilities"]
    model = MLP(2, [3], seed=0)
    options = {"optimizer": SGD(model.parameters(), lr=0.1), "progress": False}
    for row in ([0.5, 0.5, 0.5], [0.25, 0.25, 0.25], [wrong, 0.5, 0.5 - wrong]):
        y[77] = row
        with pytest.raises(ValueError, match="probabilities"):
            fit(model, loss, X, y, compiled=compiled, **options)


@pytest.mark.parametrize("y", [np.int64(1), np.float64(1.0), True])
def test_classes_may_be_numpys_numbers(y):
    assert hinge_loss(Value(0.25), y).data == 0.75
    assert binary_cross_entropy_with_logits(Value(0.0), y).data == math.log(2.0)


@pytest.mark.parametrize("loss", [hinge_loss, squared_hinge_loss, binary_cross_entropy_with_logits])
def test_losses_of_one_score_refuse_a_list_of_scores(loss):
    with pytest.raises(TypeError, match=r"one score.*list.*softmax_cross_entropy"):
        loss([Value(1.0), Value(2.0)], 1)


# Several classes.


def test_the_multiclass_hinge_loss_has_the_values_of_cs231ns_notes():
    scores = [Value(13.0), Value(-7.0), Value(11.0)]
    assert multiclass_hinge_loss(scores, 0, margin=10.0).data == 8.0


@given(scores_strategy, st.sampled_from([0.5, 1.0, 10.0]), st.data())
def test_every_wrong_class_within_the_margin_pushes_its_score_down_and_the_true_one_up(
    scores, margin, data
):
    label = data.draw(st.integers(0, len(scores) - 1))
    values = [Value(score) for score in scores]
    loss = multiclass_hinge_loss(values, label, margin)
    loss.backward()
    missing = [margin - scores[label] + score for score in scores]
    expected = math.fsum(max(0.0, m) for k, m in enumerate(missing) if k != label)
    within = [m > 0.0 and k != label for k, m in enumerate(missing)]
    assert loss.data == pytest.approx(expected, rel=4e-15, abs=0.0)
    assert [value.grad for value in values] == [
        -sum(within) if k == label else float(w) for k, w in enumerate(within)
    ]


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_the_multiclass_hinge_loss_of_two_classes_is_the_hinge_loss_of_their_difference(a, b):
    loss = multiclass_hinge_loss([Value(a), Value(b)], 1)
    assert loss.data == pytest.approx(hinge_loss(Value(b - a), +1).data, abs=1e-11)


def test_the_graph_of_a_multiclass_hinge_loss_has_two_nodes_a_class():
    scores = [Value(0.0) for _ in range(10)]
    nodes = topological_order(multiclass_hinge_loss(scores, 3))
    assert sum(node.kind == "operation" for node in nodes) == 2 * 9 + 2


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


@pytest.mark.parametrize("loss", [softmax_cross_entropy, multiclass_hinge_loss])
@pytest.mark.parametrize("label", [-1, 3])
def test_losses_of_several_scores_refuse_a_label_that_is_no_class(loss, label):
    with pytest.raises(ValueError, match=f"from 0 to 2, one of the 3 classes, but got {label}"):
        loss([Value(1.0)] * 3, label)


@pytest.mark.parametrize("loss", [softmax_cross_entropy, multiclass_hinge_loss])
@pytest.mark.parametrize("label", [1.0, "1", None])
def test_losses_of_several_scores_refuse_a_label_that_is_no_whole_number(loss, label):
    with pytest.raises(TypeError, match=f"from 0 to 2.*as an int, but got {label!r}"):
        loss([Value(1.0)] * 3, label)


@pytest.mark.parametrize("loss", [softmax_cross_entropy, multiclass_hinge_loss])
def test_losses_of_several_scores_take_numpys_labels_and_refuse_a_single_score(loss):
    scores = [Value(1.0), Value(2.0)]
    assert loss(scores, np.int8(1)).data == loss(scores, 1).data
    for single in (Value(1.0), [Value(1.0)]):
        with pytest.raises(ValueError, match="at least 2 scores"):
            loss(single, 0)


# Numbers.


TINY = 4 * 5e-324  # below 2⁻¹⁰²² a half rounds to a multiple of 5e-324, whatever its size


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.floats(1e-3, 1e4))
@example(5e-324, 0.0, 1.0)
def test_errors_of_one_output_follow_their_formulas(output, target, delta):
    error = output - target
    sign = (error > 0) - (error < 0)
    assert squared_error(Value(output), target).data == error * error
    assert slope(lambda o: squared_error(o, target), output) == 2.0 * error
    assert absolute_error(Value(output), target).data == abs(error)
    assert slope(lambda o: absolute_error(o, target), output) == sign
    is_near = abs(error) <= delta
    huber = 0.5 * error**2 if is_near else delta * (abs(error) - 0.5 * delta)
    assert huber_loss(Value(output), target, delta).data == pytest.approx(
        huber, rel=1e-15, abs=TINY
    )
    pull = error if is_near else delta * sign
    ours = slope(lambda o: huber_loss(o, target, delta), output)
    assert ours == pytest.approx(pull, rel=1e-15, abs=TINY)


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e3))
def test_hubers_loss_is_below_both_errors_that_it_is_made_of(error, delta):
    huber = huber_loss(Value(error), 0.0, delta).data
    slack = 1.0 + 1e-14
    assert huber <= slack * 0.5 * squared_error(Value(error), 0.0).data
    assert huber <= slack * delta * absolute_error(Value(error), 0.0).data


@given(st.floats(-1e4, 1e4))
def test_hubers_loss_with_an_endless_delta_is_half_the_squared_error(error):
    assert huber_loss(Value(error), 0.0, delta=math.inf).data == 0.5 * error * error


@pytest.mark.parametrize("loss", [squared_error, absolute_error, huber_loss])
@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=1, max_size=5))
@example([(5e-324, 0.0)] * 3)
def test_the_error_of_several_outputs_is_the_mean_of_each_ones(loss, pairs):
    outputs, targets = zip(*pairs)
    values = [Value(output) for output in outputs]
    whole = loss(values, targets)
    whole.backward()
    parts = [loss(Value(o), t).data for o, t in pairs]
    slopes = [slope(lambda s, t=t: loss(s, t), o) / len(pairs) for o, t in pairs]
    assert whole.data == pytest.approx(math.fsum(parts) / len(pairs), rel=1e-15, abs=TINY)
    assert [value.grad for value in values] == pytest.approx(slopes, rel=1e-15, abs=TINY)


@pytest.mark.parametrize("loss", [squared_error, absolute_error, huber_loss])
def test_a_target_may_be_an_array_or_values_and_gets_the_opposite_gradient(loss):
    outputs, targets = [Value(3.0), Value(1.0)], [Value(0.5), Value(1.5)]
    result = loss(outputs, targets)
    result.backward()
    assert result.data == loss(outputs, np.array([0.5, 1.5])).data
    assert [target.grad for target in targets] == [-output.grad for output in outputs]
    one, of_an_array = loss(Value(3.0), Value(0.5)), loss(Value(3.0), np.array(0.5))
    assert one.data == of_an_array.data


@pytest.mark.parametrize("loss", [squared_error, absolute_error, huber_loss])
@pytest.mark.parametrize(
    ("output", "target", "message"),
    [
        (Value(1.0), [1.0], r"one number as the target of one output, but got \[1.0\]"),
        ([Value(1.0), Value(2.0)], 1.0, "as many targets as outputs, 2, but got one number"),
        ([Value(1.0), Value(2.0)], [1.0], "as many targets as outputs, 2, but got 1"),
        ([Value(1.0), Value(2.0)], [1.0, 2.0, 3.0], "as many targets as outputs, 2, but got 3"),
    ],
    ids=["a list for one", "one for a list", "too few", "too many"],
)
def test_errors_refuse_targets_that_are_not_as_many_as_the_outputs(loss, output, target, message):
    with pytest.raises(ValueError, match=f"{loss.__name__}.*{message}"):
        loss(output, target)


@pytest.mark.parametrize("delta", [0.0, -1.0, math.nan])
def test_hubers_loss_refuses_a_delta_that_is_not_positive(delta):
    with pytest.raises(ValueError, match=f"delta above 0, but got {delta}"):
        huber_loss(Value(1.0), 0.0, delta)


# Every digit, in every range of scores: the differences are exact here, so the answers have no excuse.

differences = st.lists(st.integers(-(2**10), 2**10), min_size=2, max_size=6)


def exact_softmax(scores):
    with mpmath.workdps(500):  # the probability of 1 may lack e^-1000
        exponentials = [mpmath.exp(mpmath.mpf(score)) for score in scores]
        whole = mpmath.fsum(exponentials)
        return [e / whole for e in exponentials]


def exact_slopes(scores, label):
    """The probabilities, less 1 at the label: there less those of all others."""
    probabilities = exact_softmax(scores)
    with mpmath.workdps(500):
        return [p - (k == label) for k, p in enumerate(probabilities)]


@given(
    differences, st.sampled_from([0.0, 0.5, -3.0, 1e3, -1e6, 1e12, 2.0**60, -(2.0**60)]), st.data()
)
def test_cross_entropy_and_softmax_have_all_their_digits_at_scores_of_every_size(steps, base, data):
    unit = max(2.0**-7, 2.0**-50 * abs(base))  # so that base + difference is exact
    scores = [base + unit * step for step in steps]
    relative = [score - base for score in scores]
    label = data.draw(st.integers(0, len(scores) - 1))
    probabilities, slopes = exact_softmax(relative), exact_slopes(relative, label)
    assume(all(p > 1e-300 for p in probabilities))
    size = 1.0 + max(relative) - min(relative)  # e^x magnifies the error of x by |x|
    close = 2.0**-51 * size
    assert autograd.softmax(scores) == pytest.approx([float(p) for p in probabilities], rel=close)
    values = list(map(Value, scores))
    loss = softmax_cross_entropy(values, label)
    loss.backward()
    with mpmath.workdps(500):
        expected = float(-mpmath.log(probabilities[label]))
    assert loss.data == pytest.approx(expected, rel=close, abs=0.0)
    expected = [float(slope) for slope in slopes]
    assert [v.grad for v in values] == pytest.approx(expected, rel=close, abs=0.0)


def test_cross_entropy_is_not_0_where_the_true_class_leads_by_much_nor_where_scores_are_huge():
    def loss_and_slopes(scores, label):
        values = list(map(Value, scores))
        loss = softmax_cross_entropy(values, label)
        loss.backward()
        return loss.data, [value.grad for value in values]

    e40 = math.exp(-40.0)
    assert loss_and_slopes([40.0, 0.0], 0) == (e40, [-e40, e40])
    assert loss_and_slopes([1e16, 1e16], 0) == (math.log(2.0), [-0.5, 0.5])
    assert loss_and_slopes([1e16, 1e16, 0.0], 2) == (1e16, [0.5, 0.5, -1.0])
    assert loss_and_slopes([1e308, -1e308], 0) == (0.0, [-0.0, 0.0])
    assert autograd.softmax([1e16, 1e16]) == autograd.softmax([-1e308, -1e308]) == [0.5, 0.5]
    assert autograd.softmax([3.0]) == [1.0]
    curvature = autograd.hessian(lambda scores: softmax_cross_entropy(scores, 0))([40.0, 0.0])
    assert np.array(curvature) == pytest.approx(
        e40 * np.array([[1.0, -1.0], [-1.0, 1.0]]), rel=1e-14
    )


def test_masked_scores_have_probability_0_and_infinite_ones_none():
    inf, nan = math.inf, math.nan
    scores = [Value(1.0), Value(-inf), Value(1.0)]
    loss = softmax_cross_entropy(scores, 0)
    loss.backward()
    assert (loss.data, [score.grad for score in scores]) == (math.log(2.0), [-0.5, 0.0, 0.5])
    assert softmax_cross_entropy(scores, 1).data == inf
    assert autograd.softmax([1.0, -inf, 1.0]) == [0.5, 0.0, 0.5]
    for undefined in ([-inf, -inf], [inf, 0.0], [inf, inf], [nan, 0.0]):
        assert all(map(math.isnan, autograd.softmax(undefined)))
        assert math.isnan(softmax_cross_entropy(list(map(Value, undefined)), 0).data)


def test_compiled_cross_entropy_has_all_its_digits_too():
    fast = autograd.compile(softmax_cross_entropy, [0.5, 1.0, 2.0], 1)
    rows = [[40.0, 0.0, -1.0], [1e16, 1e16, 1e16], [0.0, 300.0, 2.0], [-5.0, 5.0, 1e3]]
    labels = [0, 2, 1, 0]
    batch = np.array(rows), np.array(labels)
    for i, (scores, label) in enumerate(zip(rows, labels)):
        values = list(map(Value, scores))
        eager = softmax_cross_entropy(values, label)
        eager.backward()
        slopes = [value.grad for value in values]
        assert fast.value_and_grad(scores, label, wrt="inputs")[1][0] == slopes
        close = 2.0**-52 * (1.0 + min(1e3, max(scores) - min(scores)))
        assert fast(*batch)[i] == pytest.approx(eager.data, rel=close, abs=0.0)
        _, (by_scores, _) = fast.value_and_grad(*batch, wrt="inputs")
        assert 4.0 * by_scores[i] == pytest.approx(slopes, rel=close, abs=0.0)


@given(st.floats(-800.0, 800.0), st.integers(0, 1))
def test_binary_cross_entropy_has_all_its_digits(score, y):
    s = Value(score)
    loss = binary_cross_entropy_with_logits(s, y)
    loss.backward()
    with mpmath.workdps(500):
        x = mpmath.mpf(-score if y else score)
        expected, slope = mpmath.log1p(mpmath.exp(x)), 1 / (1 + mpmath.exp(-x))
    close = 2.0**-50 * (1.0 + abs(score))
    assert loss.data == pytest.approx(float(expected), rel=close, abs=5e-324)
    assert s.grad == pytest.approx(float(-slope if y else slope), rel=close, abs=5e-324)


@pytest.mark.parametrize("label", [1, [0.25, 0.75]])
def test_scores_of_the_softmax_may_be_numbers_as_in_its_other_functions(label):
    expected = softmax_cross_entropy(values_of([0.5, 1.0]), label).data
    score = Value(0.5)
    for scores in ([0.5, 1.0], np.array([0.5, 1.0]), [score, 1.0], pd.Series([0.5, 1.0], [7, 8])):
        loss = softmax_cross_entropy(scores, label)
        assert loss.data == expected
    softmax_cross_entropy([score, 1.0], label).backward()
    assert score.grad == pytest.approx(math.exp(0.5) / (math.exp(0.5) + math.e) - (label != 1) / 4)


@pytest.mark.parametrize("loss", [squared_error, absolute_error, huber_loss])
def test_a_number_is_no_output_with_an_error_to_learn_from(loss):
    with pytest.raises(TypeError, match=r"takes an output, a Value or a list of them, but got 0.5"):
        loss(0.5, 1.0)
