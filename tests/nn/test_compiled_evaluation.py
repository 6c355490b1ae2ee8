"""Laws of compiled evaluation and prediction: they say what eager code says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import TraceError, Value
from nn import (
    MLP,
    Layer,
    Maxout,
    Module,
    Sequential,
    compiled_evaluation,
    evaluate,
    hinge_loss,
    predict,
    softmax_cross_entropy,
    squared_error,
)
from nn.compiled_evaluation import (
    CompiledEvaluation,
    compiled_predictions,
    count_right_of_batch,
    predicted_classes,
)
from nn.data import digits, moons
from nn.evaluation import MANY, Evaluation, count_right, predicted_class


@given(
    st.integers(1, 4).flatmap(
        lambda k: st.lists(
            st.tuples(
                st.lists(
                    st.sampled_from([-math.inf, -1.0, 0.0, 0.5, 2.0, math.inf, math.nan]),
                    min_size=k,
                    max_size=k,
                ),
                st.integers(-1, 3),
            ),
            min_size=1,
            max_size=8,
        )
    )
)
def test_a_batch_of_scores_speaks_for_the_classes_that_each_sample_does(samples):
    outputs = [[Value(score) for score in scores] for scores, _ in samples]
    targets = [target for _, target in samples]
    scores = np.array([scores for scores, _ in samples]).T
    assert predicted_classes(scores).tolist() == list(map(predicted_class, outputs))
    assert count_right_of_batch(scores, np.array(targets)) == count_right(outputs, targets)


def models():
    return [
        (MLP(64, [12, 10], seed=0, dropout=0.5), softmax_cross_entropy, digits()),
        (Sequential(Maxout(2, 4, seed=0), Layer(4, 1, None, seed=1)), hinge_loss, moons()),
    ]


@pytest.mark.parametrize("number", [0, 1])
def test_a_model_is_evaluated_compiled_as_in_eager_code(number):
    model, loss, data = models()[number]
    X, y = data.X_train[:150], data.y_train[:150]
    assert len(X) >= MANY
    state = model.dropout.random.getstate() if number == 0 else None
    expected = Evaluation(model, loss, X, y, False).figures()
    for samples in ((X, y), (np.array(X, dtype=np.float64), np.array(y))):
        assert evaluate(model, loss, *samples) == pytest.approx(expected, rel=1e-12)
        assert predict(model, samples[0]) == predict(lambda x: model.eval()(x), X)
    assert CompiledEvaluation(model, loss, X, y).figures() == evaluate(model, loss, X, y)
    assert compiled_predictions(model, X) == predict(model, X)
    if number == 0:  # nothing is drawn for use
        assert model.dropout.random.getstate() == state


def test_evaluation_in_parts_is_evaluation_as_a_whole(monkeypatch):
    model, loss, data = models()[0]
    whole = evaluate(model, loss, data.X_test, data.y_test), predict(model, data.X_test)
    monkeypatch.setattr(compiled_evaluation, "MOST_NUMBERS", 2_000)
    sizes = [
        part.stop - part.start
        for part in compiled_evaluation.chunks(
            CompiledEvaluation(model, loss, data.X_test, data.y_test)._compiled, len(data.X_test)
        )
    ]
    assert len(sizes) > 2
    assert evaluate(model, loss, data.X_test, data.y_test) == pytest.approx(whole[0], rel=1e-12)
    assert predict(model, data.X_test) == whole[1]


def test_evaluation_follows_the_parameters_and_the_model_as_they_are():
    data = moons()
    model = MLP(2, [4, 1], seed=0)
    evaluation = Evaluation(model, hinge_loss, data.X_test, data.y_test, True)

    def require_current():
        expected = Evaluation(model, hinge_loss, data.X_test, data.y_test, False).figures()
        assert evaluation.figures() == pytest.approx(expected, rel=1e-12)
        return expected

    first = require_current()
    for parameter in model.parameters():
        parameter.data += 0.25
    second = require_current()
    model.layers[0].activation = "tanh"
    assert len({first, second, require_current()}) == 3


def test_what_cannot_be_compiled_is_evaluated_in_eager_code_without_a_word():
    class Odd(Module):
        def __init__(self):
            self.layer = Layer(2, 1, None, seed=0)

        def __call__(self, x):
            score = self.layer(x)
            return score if score.data > 0.0 else 0.5 * score

    data = moons()
    model = Odd()
    with pytest.raises(TraceError):
        CompiledEvaluation(model, hinge_loss, data.X_train, data.y_train)
    with pytest.raises(TraceError):
        compiled_predictions(model, data.X_train)
    expected = evaluate(lambda x: model(x), hinge_loss, data.X_train, data.y_train)
    assert evaluate(model, hinge_loss, data.X_train, data.y_train) == expected
    assert predict(model, data.X_train) == predict(lambda x: model(x), data.X_train)


def test_a_wrong_label_is_refused_however_many_samples_are_evaluated():
    model = MLP(2, [3], seed=0)
    X = [[0.0, 1.0]] * (2 * MANY)
    with pytest.raises(ValueError, match="one of the 3 classes, but got 3"):
        evaluate(model, softmax_cross_entropy, X, [0, 1, 2, 3] * (MANY // 2))
    with pytest.raises(ValueError, match="this MLP takes 2 inputs, but got 3"):
        predict(model, [[1.0, 2.0, 3.0]] * MANY)


def test_evaluation_within_no_grad_and_of_targets_that_are_no_classes():
    X = [[i / 100, 1.0] for i in range(2 * MANY)]
    y = [a + 0.25 for a, _ in X]
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    with autograd.no_grad():
        loss, accuracy = evaluate(model, squared_error, X, y)
    expected = Evaluation(model, squared_error, X, y, False).figures()[0]
    assert loss == pytest.approx(expected, rel=1e-12)
    assert math.isnan(accuracy)
    assert all(parameter.backward_passes == 0 for parameter in model.parameters())
