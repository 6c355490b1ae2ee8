"""Laws of training: fit, evaluate, predict, and the History."""

import math

import numpy as np
import pytest

from autograd import Value, dot, mean
from nn import MLP, SGD, evaluate, fit, hinge_loss, predict, softmax_cross_entropy
from nn.data import digits, moons


def train(model, data, loss=hinge_loss, lr=0.1, momentum=0.9, **options):
    optimizer = SGD(model.parameters(), lr=lr, momentum=momentum)
    arguments = {"epochs": 2, "batch_size": 8, "seed": 0, "progress": False} | options
    return fit(model, loss, *data, optimizer=optimizer, **arguments)


@pytest.fixture
def points():
    data = moons(n_samples=60)
    return data.X_train, data.y_train


def test_training_separates_the_moons(points):
    model = MLP(2, [8, 1], activation="tanh", seed=0)
    history = train(model, points, epochs=60)
    assert history.accuracy[-1] >= 0.95
    assert history.loss[-1] < history.loss[0] / 2
    assert history.epochs == len(history.accuracy) == len(history.penalty) == 60


def test_one_seed_gives_one_training_to_the_last_bit(points):
    def parameters(seed):
        model = MLP(2, [4, 1], seed=0)
        train(model, points, seed=seed)
        return [parameter.data for parameter in model.parameters()]

    assert parameters(1) == parameters(1) != parameters(2)


def test_an_epoch_meets_every_sample_once_and_its_last_batch_may_be_smaller(points):
    met = []

    def spy(score, y):
        met.append(score.data)
        return hinge_loss(score, y)

    model = MLP(2, [1], seed=0)
    optimizer = SGD(model.parameters(), lr=0.0)
    fit(model, spy, *points, optimizer=optimizer, batch_size=7, seed=0, progress=False)
    assert sorted(met) == sorted(model(x).data for x in points[0])


def test_a_step_follows_the_mean_loss_of_the_batch_and_the_penalty_on_weights_alone(points):
    X, y = points
    model, twin = MLP(2, [3, 1], seed=0), MLP(2, [3, 1], seed=0)
    train(model, points, lr=0.1, momentum=0.0, epochs=1, batch_size=len(X), l2=0.01)
    weights, _ = twin.weights_and_biases()
    losses = [hinge_loss(twin(x), target) for x, target in zip(X, y, strict=True)]
    (mean(losses) + 0.01 * dot(weights, weights)).backward()
    expected = [parameter.data - 0.1 * parameter.grad for parameter in twin.parameters()]
    assert [p.data for p in model.parameters()] == pytest.approx(expected, rel=1e-12)


def test_the_history_tells_loss_and_penalty_apart(points):
    model = MLP(2, [3, 1], seed=0)
    weights, _ = model.weights_and_biases()
    square = sum(weight.data**2 for weight in weights)
    history = train(model, points, lr=0.0, epochs=1, l2=0.5)
    assert history.penalty == pytest.approx([0.5 * square])
    assert (history.loss[0], history.accuracy[0]) == pytest.approx(
        evaluate(model, hinge_loss, *points)
    )


def test_validation_data_is_evaluated_after_each_epoch_and_never_trained_on(points):
    model = MLP(2, [3, 1], seed=0)
    twin = MLP(2, [3, 1], seed=0)
    other = moons(seed=9, n_samples=30)
    history = train(model, points, validation=(other.X_test, other.y_test))
    train(twin, points)
    assert [p.data for p in model.parameters()] == [p.data for p in twin.parameters()]
    assert len(history.validation_loss) == 2
    assert (
        history.validation_accuracy[-1]
        == evaluate(model, hinge_loss, other.X_test, other.y_test)[1]
    )


def test_ctrl_c_ends_training_and_keeps_the_history_of_finished_epochs(points):
    calls = 0

    def interrupted(score, y):
        nonlocal calls
        calls += 1
        if calls == 2 * len(points[0]) + 5:
            raise KeyboardInterrupt
        return hinge_loss(score, y)

    history = train(MLP(2, [3, 1], seed=0), points, interrupted, epochs=50)
    assert history.interrupted
    assert history.epochs == len(history.loss) == len(history.accuracy) == 2


def test_a_loss_that_is_not_finite_stops_with_its_epoch_and_batch_before_the_step(points):
    calls = 0

    def breaking(score, y):
        nonlocal calls
        calls += 1
        return score * math.inf if calls > len(points[0]) + 8 else hinge_loss(score, y)

    model = MLP(2, [3, 1], seed=0)
    with pytest.raises(FloatingPointError, match="epoch 2, batch 2"):
        train(model, points, breaking)
    assert all(math.isfinite(parameter.data) for parameter in model.parameters())


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (([], []), {}, "0 and 0"),
        (([[1.0, 2.0]], [1, 1]), {}, "1 and 2"),
        (([[1.0, 2.0]], [1]), {"epochs": 0}, "epochs.*0"),
        (([[1.0, 2.0]], [1]), {"batch_size": -1}, "batch_size.*-1"),
        (([[1.0, 2.0]], [1]), {"validation": ([], [])}, "validation"),
    ],
    ids=["empty", "mismatched", "no epochs", "negative batch", "empty validation"],
)
def test_wrong_data_or_arguments_are_refused_before_training(data, options, message):
    with pytest.raises(ValueError, match=message):
        train(MLP(2, [1]), data, **options)


def test_arrays_and_lists_train_alike(points):
    one, other = MLP(2, [3, 1], seed=0), MLP(2, [3, 1], seed=0)
    train(one, points)
    train(other, tuple(map(np.array, points)))
    assert [p.data for p in one.parameters()] == [p.data for p in other.parameters()]


def test_the_progress_bar_goes_to_stderr_and_can_be_left_out(points, capsys):
    train(MLP(2, [1], seed=0), points, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "epoch 2/2" in shown.err
    train(MLP(2, [1], seed=0), points)
    assert capsys.readouterr() == ("", "")


def test_predictions_are_the_sign_of_one_score_and_the_highest_of_several():
    single, several = MLP(1, [1], seed=0), MLP(1, [3], seed=0)
    single.load_state_dict({"layers.0.weight": [[1.0]], "layers.0.bias": [0.0]})
    several.load_state_dict(
        {"layers.0.weight": [[-1.0], [0.0], [1.0]], "layers.0.bias": [0, 0.1, 0]}
    )
    assert predict(single, [[-2.0], [3.0]]) == [-1, 1]
    assert predict(several, [[-2.0], [0.0], [2.0]]) == [0, 1, 2]


def test_evaluation_records_no_gradients():
    model = MLP(1, [2], seed=0)
    evaluate(model, softmax_cross_entropy, [[1.0], [2.0]], [0, 1])
    assert all(parameter.backward_passes == 0 for parameter in model.parameters())


def test_the_penalty_of_a_model_without_weights_is_nothing(points):
    model = MLP(2, [1], seed=0)
    model.weights_and_biases = lambda: ([], [])
    history = train(model, points, l2=1.0, epochs=1)
    assert history.penalty == [0.0]


def test_the_digits_are_split_class_by_class_and_scaled_to_the_unit_interval():
    data = digits()
    assert (len(data.X_train), len(data.X_test), data.n_inputs) == (1437, 360, 64)
    pixels = np.array(data.X_train + data.X_test)
    assert (pixels.min(), pixels.max()) == (0.0, 1.0)
    assert set(np.bincount(data.y_test)) <= {35, 36, 37}


def test_a_history_prints_its_last_figures(points):
    history = train(MLP(2, [1], seed=0), points, epochs=3)
    assert repr(history).startswith("History(3 epochs, loss=")
    assert "validation" not in repr(history)


def test_a_model_of_ones_own_trains_too():
    class Line:
        def __init__(self):
            self.slope = Value(0.0)

        def __call__(self, x):
            return self.slope * x[0]

        def weights_and_biases(self):
            return [self.slope], []

    line = Line()
    optimizer = SGD([line.slope], lr=0.1)
    X, y = [[1.0], [2.0]], [3.0, 6.0]
    fit(line, lambda out, t: (out - t) ** 2, X, y, optimizer=optimizer, epochs=50, progress=False)
    assert line.slope.data == pytest.approx(3.0)
