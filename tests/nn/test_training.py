"""Laws of training: fit, evaluate, predict, and the History."""

import json
import math
import random
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from autograd import Value, dot, mean
from nn import (
    MLP,
    SGD,
    Adam,
    EarlyStopping,
    History,
    Layer,
    ModelFileError,
    Sequential,
    clip_grad_value,
    cosine_decay,
    evaluate,
    fit,
    hinge_loss,
    load,
    predict,
    save,
    softmax_cross_entropy,
    squared_error,
)
from nn.data import moons

ROOT = Path(__file__).parents[2]


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

    # A spy is called in eager code alone, here and below: compiled code calls no loss.
    model = MLP(2, [1], seed=0)
    optimizer = SGD(model.parameters(), lr=0.0)
    options = {"batch_size": 7, "seed": 0, "progress": False, "compiled": False}
    fit(model, spy, *points, optimizer=optimizer, **options)
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

    history = train(MLP(2, [3, 1], seed=0), points, interrupted, epochs=50, compiled=False)
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
        train(model, points, breaking, compiled=False)  # it counts its calls
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


def test_the_penalties_are_told_apart_and_their_sum_is_the_penalty(points):
    model = MLP(2, [3, 1], seed=0)
    weights, _ = model.weights_and_biases()
    history = train(model, points, lr=0.0, epochs=1, l1=0.25, l2=0.5)
    assert history.l1_penalty == pytest.approx([0.25 * sum(abs(w.data) for w in weights)])
    assert history.l2_penalty == pytest.approx([0.5 * sum(w.data**2 for w in weights)])
    assert history.penalty == [history.l1_penalty[0] + history.l2_penalty[0]]


def test_a_schedule_is_a_factor_of_the_first_learning_rate_epoch_by_epoch(points):
    history = train(MLP(2, [1], seed=0), points, lr=0.5, epochs=4, schedule=lambda e: 1 / (1 + e))
    assert history.lr == [0.5, 0.25, 0.5 / 3, 0.125]


def test_a_schedule_leaves_the_optimizers_learning_rate_as_it_was(points):
    model = MLP(2, [1], seed=0)
    optimizer = SGD(model.parameters(), lr=0.5)
    fit(
        model,
        hinge_loss,
        *points,
        optimizer=optimizer,
        epochs=3,
        schedule=cosine_decay(3),
        progress=False,
    )
    assert optimizer.lr == 0.5


def test_clipping_bounds_the_norm_of_the_gradient_or_its_elements(points):
    def step(**options):
        model, twin = MLP(2, [3, 1], seed=0), MLP(2, [3, 1], seed=0)
        train(model, points, lr=1.0, momentum=0.0, epochs=1, batch_size=100, **options)
        pairs = zip(model.parameters(), twin.parameters(), strict=True)
        return [p.data - q.data for p, q in pairs]

    assert math.hypot(*step()) > 0.1
    assert math.hypot(*step(clip=0.01)) == pytest.approx(0.01, rel=1e-3)
    by_value = step(clip=lambda parameters: clip_grad_value(parameters, 0.01))
    assert max(map(abs, by_value)) == pytest.approx(0.01)


def test_gradient_norms_are_those_of_each_layers_gradient_before_clipping(points):
    X, y = points
    twin = MLP(2, [3, 1], seed=0)
    mean([hinge_loss(twin(x), target) for x, target in zip(X, y, strict=True)]).backward()
    history = train(MLP(2, [3, 1], seed=0), points, epochs=1, batch_size=len(X), clip=1e-3)
    assert {path: norms[0] for path, norms in history.gradient_norms.items()} == {
        f"layers.{k}": pytest.approx(math.hypot(*[p.grad for p in layer.parameters()]))
        for k, layer in enumerate(twin.layers)
    }


def test_one_large_update_kills_a_relu_unit_and_leaky_relu_revives_it():
    X, y = [[0.2], [0.6], [1.0]], [0.4, 1.2, 2.0]

    def trained(model, data=(X, y), lr=0.05, epochs=1):
        options = {"loss": squared_error, "batch_size": 3, "momentum": 0.0}
        return train(model, data, lr=lr, epochs=epochs, **options)

    def figure_of(model):  # as a ReLU unit, without training it
        relu.load_state_dict(model.state_dict())
        return trained(relu, lr=0.0)

    relu = Sequential(Layer(1, 1, "relu", initializer=1.0))
    assert figure_of(relu).dead["layers.0"] == [0.0]
    # One sample with a target of -50 makes a step that throws the unit far to the negative side.
    trained(relu, ([[1.0]], [-50.0]))
    dead = trained(relu, epochs=200)
    assert dead.dead["layers.0"] == [1.0] * 200  # for ever: each gradient of the unit is 0
    assert set(dead.gradient_norms["layers.0"]) == {0.0}

    leaky = Sequential(Layer(1, 1, lambda v: v.leaky_relu(0.1)))
    leaky.load_state_dict(relu.state_dict())
    trained(leaky, epochs=1000)
    assert figure_of(leaky).dead["layers.0"] == [0.0]
    assert figure_of(leaky).loss[0] < 1e-3


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_a_layer_of_huge_weights_is_saturated_and_one_of_tiny_weights_is_not(activation, points):
    for weight, fraction in ((1e3, 1.0), (1e-3, 0.0)):
        model = MLP(2, [5, 1], activation=activation, initializer=weight)
        history = train(model, points, lr=0.0, epochs=1)
        assert history.saturated == {"layers.0": [pytest.approx(fraction, abs=0.05)]}
        assert history.dead == {}


def test_layers_are_watched_in_training_only(points):
    model = MLP(2, [3, 1], seed=0)
    train(model, points)
    assert all(layer.observer is None for layer in model.layers)


def test_a_history_becomes_plain_data_and_comes_back(points):
    history = train(MLP(2, [3, 1], seed=0), points, validation=points, l1=0.01)
    figures = json.loads(json.dumps(history.to_dict()))
    assert History.from_dict(figures).to_dict() == history.to_dict()
    assert figures["loss"] == history.loss


def test_regression_has_no_accuracy():
    X, y = [[0.1], [0.5], [0.9]], [0.2, 1.1, 1.7]
    history = train(MLP(1, [1], seed=0), (X, y), squared_error, validation=(X, y))
    assert history.accuracy == history.validation_accuracy == []
    assert len(history.loss) == len(history.validation_loss) == 2
    assert math.isnan(evaluate(MLP(1, [1]), squared_error, X, y)[1])


def test_callbacks_see_the_model_and_the_history_and_one_that_returns_true_ends_training(points):
    model = MLP(2, [1], seed=0)
    seen = []

    def callback(given, history):
        assert given is model
        seen.append(history.epochs)
        return history.epochs == 3

    history = train(model, points, epochs=9, callbacks=[callback])
    assert seen == [1, 2, 3]
    assert (history.epochs, history.interrupted) == (3, False)


def test_early_stopping_waits_for_its_patience_from_the_best_epoch_on():
    stop = EarlyStopping(patience=3, metric="validation_accuracy", min_delta=0.01)
    history = History()
    verdicts = []
    for accuracy in (0.5, 0.6, 0.605, 0.58, 0.607, 0.7):
        history.validation_accuracy.append(accuracy)
        verdicts.append(stop(None, history))
    assert verdicts == [False, False, False, False, True, False]


def test_early_stopping_without_what_it_watches_says_what_to_give(points):
    with pytest.raises(ValueError, match=r"give fit\(\) validation data"):
        train(MLP(2, [1]), points, callbacks=[EarlyStopping()])


def test_dropout_is_on_in_training_and_off_in_validation_and_the_mode_is_restored(points):
    model = MLP(2, [8, 1], seed=0, dropout=0.5).eval()
    modes = []

    def spy(score, y):
        modes.append(model.dropout.training)
        return hinge_loss(score, y)

    train(model, points, spy, epochs=1, validation=points, compiled=False)
    assert modes == [True] * len(points[0]) + [False] * len(points[0])
    assert not model.dropout.training


def test_a_frozen_layer_is_not_trained(points):
    model = MLP(2, [3, 1], seed=0)
    model.layers[0].freeze()
    before = [p.data for p in model.parameters()]
    train(model, points, l2=0.1)
    after = [p.data for p in model.parameters()]
    assert before[:9] == after[:9]
    assert all(old != new for old, new in zip(before[9:], after[9:], strict=True))


def test_a_real_ctrl_c_ends_training_between_batches(points):
    """SIGINT as a terminal sends it, while a batch is under way."""
    main_thread = threading.main_thread().ident
    batch_sizes = []

    def loss(score, y):
        batch_sizes[-1] += 1
        if len(batch_sizes) == 13 and batch_sizes[-1] == 3:
            signal.pthread_kill(main_thread, signal.SIGINT)
        return hinge_loss(score, y)

    class Counting(SGD):
        def step(self):
            super().step()
            batch_sizes.append(0)

    # As a terminal's process has it: one in a shell's background ignores SIGINT.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    model = MLP(2, [3, 1], seed=0)
    batch_sizes.append(0)
    optimizer = Counting(model.parameters(), lr=0.1)
    # The loss, which sends the signal, is called in eager code alone.
    options = {"epochs": 99, "batch_size": 8, "progress": False, "compiled": False}
    try:
        history = fit(model, loss, *points, optimizer=optimizer, **options)
        restored = signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert history.interrupted
    assert (history.epochs, len(batch_sizes)) == (
        2,
        14,
    )  # 5 batches an epoch; the 13th was finished
    assert batch_sizes[12] == 8
    assert restored is signal.default_int_handler


@pytest.mark.parametrize(
    ("sabotage", "message"),
    [
        (
            lambda score: (score - score).log(),
            r"loss became -inf.*first.*at fault is log, of Value",
        ),
        (lambda score: score * Value(math.nan, "gain"), "the parameter gain is nan already"),
        (lambda score: (score - score).sqrt(), "gradient of layers.*became nan.*though the loss"),
    ],
    ids=["an operation", "a parameter", "a gradient alone"],
)
def test_a_number_that_is_not_finite_is_traced_to_the_first_operation_at_fault(
    sabotage, message, points
):
    model = MLP(2, [1], seed=0)
    before = [p.data for p in model.parameters()]
    with pytest.raises(FloatingPointError, match=f"(?s){message}.*smaller learning rate"):
        train(model, points, lambda score, y: sabotage(score))
    assert [p.data for p in model.parameters()] == before


def test_an_input_that_is_nan_is_named_as_an_input(points):
    with pytest.raises(
        FloatingPointError, match="epoch 1, batch 1: a number among the inputs or targets is nan"
    ):
        train(MLP(2, [1]), ([[math.nan, 0.0]], [1]))


# Checkpoints.


def checkpointed(points, **options):
    """A training with everything that has a state: Adam, dropout, a schedule."""
    model = MLP(2, [4, 1], seed=0, dropout=0.25)
    optimizer = Adam(model.parameters(), lr=0.05)
    arguments = {"epochs": 7, "batch_size": 8, "seed": 3, "l1": 1e-3, "progress": False}
    schedule = cosine_decay(7)
    history = fit(
        model, hinge_loss, *points, optimizer=optimizer, schedule=schedule, **(arguments | options)
    )
    return [p.data for p in model.parameters()], history


@pytest.mark.parametrize("stopped_after", [1, 4, 6])
def test_a_resumed_training_equals_one_that_never_stopped_to_the_last_bit(
    stopped_after, points, tmp_path
):
    path = tmp_path / "training.checkpoint"
    expected, whole = checkpointed(points)
    checkpointed(
        points,
        checkpoint=path,
        checkpoint_every=2,
        callbacks=[lambda model, history: history.epochs == stopped_after],
    )
    parameters, history = checkpointed(points, resume=path)
    assert parameters == expected
    assert history.to_dict() == whole.to_dict()


def test_checkpoints_are_written_every_k_epochs_and_after_the_last(points, tmp_path):
    path = tmp_path / "training.checkpoint"
    written = []

    def look(model, history):
        written.append(path.stat().st_mtime_ns if path.exists() else 0)

    checkpointed(points, checkpoint=path, checkpoint_every=3, callbacks=[look])
    # Seen before the epoch's own is written: new ones after epochs 3 and 6.
    changed = [old != new for old, new in pairwise(written)]
    assert changed == [False, False, True, False, False, True]
    assert path.stat().st_mtime_ns != written[-1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 4}, "its batch_size is 8, but here it is 4"),
        ({"seed": 4}, "its seed is 3, but here it is 4"),
        ({"l2": 0.5}, "its l2 is 0.0, but here it is 0.5"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(options, message, points, tmp_path):
    path = tmp_path / "training.checkpoint"
    checkpointed(points, checkpoint=path, epochs=1)
    with pytest.raises(ValueError, match=message):
        checkpointed(points, resume=path, **options)


def test_a_checkpoint_of_another_optimizer_or_learning_rate_is_refused(points, tmp_path):
    path = tmp_path / "training.checkpoint"
    model = MLP(2, [1], seed=0)
    arguments = {"progress": False, "batch_size": 8}
    optimizer = SGD(model.parameters(), lr=0.1)
    fit(model, hinge_loss, *points, optimizer=optimizer, checkpoint=path, **arguments)
    for other in (SGD(model.parameters(), lr=0.2), Adam(model.parameters(), lr=0.1)):
        with pytest.raises(ValueError, match="another training: its optimizer is"):
            fit(model, hinge_loss, *points, optimizer=other, resume=path, **arguments)


def test_a_model_file_is_no_checkpoint_and_a_missing_one_is_said_to_be_missing(points, tmp_path):
    save(MLP(2, [1]), tmp_path / "model.safetensors")
    with pytest.raises(ModelFileError, match="a model, not a checkpoint"):
        checkpointed(points, resume=tmp_path / "model.safetensors")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        checkpointed(points, resume=tmp_path / "nowhere")


RESUMABLE = """
import json, os, random, sys
import safetensors.numpy  # before it is ready, so that the time until the kill is one of training
from nn import MLP, Adam, cosine_decay, fit, softmax_cross_entropy
path = sys.argv[1]
draw = random.Random(0)
y = [k % 3 for k in range(60)]
X = [[draw.gauss(k, 1.0) for _ in range(4)] for k in y]
model = MLP(4, [6, 3], seed=0, dropout=0.25)
print("ready", flush=True)
fit(
    model, softmax_cross_entropy, X, y, epochs=500, batch_size=16, seed=1,
    optimizer=Adam(model.parameters(), lr=0.02), schedule=cosine_decay(500), progress=False,
    l2=1e-3, checkpoint=path, resume=path if os.path.exists(path) else None,
)
print(json.dumps([p.data for p in model.parameters()]))
"""


def test_a_training_killed_again_and_again_ends_with_the_parameters_of_one_that_was_not(tmp_path):
    def start(name):
        command = [sys.executable, "-c", RESUMABLE, str(tmp_path / name)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        return process

    expected = json.loads(start("whole").communicate()[0])
    kills = 0
    while True:
        process = start("killed")
        time.sleep(random.uniform(0.0, 0.1 * (2 + kills)))  # ever later, so that it ends
        process.kill()
        rest = process.communicate()[0]
        if rest:
            break
        kills += 1
    assert kills >= 2
    assert json.loads(rest) == expected


def test_a_layer_in_two_places_is_counted_once_and_one_that_is_not_called_not_at_all(points):
    class Odd(Sequential):
        def __init__(self):
            shared = Layer(4, 4, "tanh", seed=1)
            super().__init__(Layer(2, 4, seed=0), shared, shared, Layer(4, 1, None, seed=2))
            self.unused = Layer(2, 1, "sigmoid")

    history = train(Odd(), points)
    assert history.saturated.keys() == {"layers.1"}
    assert history.dead.keys() == {"layers.0"}


def test_gradient_norms_are_those_of_a_batch_for_parameters_that_the_optimizer_lacks_too(points):
    def norms(parameters_of):
        model = MLP(2, [3, 1], seed=0)
        optimizer = SGD(parameters_of(model), lr=0.0)
        history = fit(
            model, hinge_loss, *points, optimizer=optimizer, epochs=3, seed=0, progress=False
        )
        return history.gradient_norms

    of_all = norms(lambda model: model.parameters())
    assert norms(lambda model: model.layers[1].parameters()) == of_all


def test_a_training_that_a_callback_ended_has_ended_when_it_is_resumed(points, tmp_path):
    path = tmp_path / "training.checkpoint"
    stop = EarlyStopping(patience=1, metric="loss")
    options = {"epochs": 200, "callbacks": [stop], "checkpoint": path}
    expected, history = checkpointed(points, **options)
    assert history.epochs < 200
    parameters, resumed = checkpointed(points, resume=path, **options)
    assert (parameters, resumed.epochs) == (expected, history.epochs)
    assert resumed.lr == history.lr


def test_a_resumed_training_has_what_the_optimizer_does_not_hold_and_what_is_frozen(
    points, tmp_path
):
    path = tmp_path / "training.checkpoint"

    def unfreeze(model, history):
        if history.epochs == 2:
            model.layers[0].unfreeze()

    def trained(seed, epochs, **options):
        model = MLP(2, [3, 3, 1], seed=seed)
        model.layers[0].freeze()
        parameters = [*model.layers[0].parameters(), *model.layers[2].parameters()]
        optimizer = Adam(parameters, lr=0.05)
        fit(
            model,
            hinge_loss,
            *points,
            optimizer=optimizer,
            epochs=epochs,
            seed=0,
            progress=False,
            callbacks=[unfreeze],
            **options,
        )
        return [(p.data, p.kind) for p in model.parameters()]

    expected = trained(0, 6)
    trained(0, 3, checkpoint=path)
    assert trained(1, 6, resume=path) == expected  # from other first weights


@pytest.mark.parametrize(
    ("change", "what"),
    [({"model": MLP(2, [3, 1], activation="tanh")}, "model"), ({"clip": 1.0}, "clip")],
    ids=["activation", "clip"],
)
def test_a_checkpoint_of_another_model_or_clip_is_refused(change, what, points, tmp_path):
    path = tmp_path / "training.checkpoint"

    def run(model, **options):
        optimizer = SGD(model.parameters(), lr=0.1)
        fit(model, hinge_loss, *points, optimizer=optimizer, progress=False, **options)

    run(MLP(2, [3, 1]), checkpoint=path)
    run(MLP(2, [3, 1]), resume=path)
    with pytest.raises(ValueError, match=f"another training: its {what} is"):
        run(**({"model": MLP(2, [3, 1])} | change), resume=path)


def test_a_checkpoint_is_no_model_and_its_folder_must_exist(points, tmp_path):
    checkpointed(points, epochs=1, checkpoint=tmp_path / "training.checkpoint")
    with pytest.raises(ModelFileError, match=r"a checkpoint, not a model: give it to fit"):
        load(tmp_path / "training.checkpoint")
    with pytest.raises(FileNotFoundError, match="no folder for the checkpoint"):
        checkpointed(points, checkpoint=tmp_path / "nowhere" / "training.checkpoint")


def test_ctrl_c_in_the_very_last_batch_is_told(points):
    def loss(score, y):
        signal.raise_signal(signal.SIGINT)
        return hinge_loss(score, y)

    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        model = MLP(2, [1], seed=0)
        optimizer = SGD(model.parameters(), lr=0.1)
        options = {"progress": False, "compiled": False}  # the loss sends the signal
        history = fit(model, loss, [[1.0, 2.0]], [1], optimizer=optimizer, **options)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert history.interrupted
    assert history.epochs == 1


def test_a_callback_that_sets_the_model_to_use_does_not_switch_dropout_off(points):
    expected, _ = checkpointed(points)
    parameters, _ = checkpointed(points, callbacks=[lambda model, history: model.eval() and False])
    assert parameters == expected


def test_a_nan_in_a_frozen_parameter_is_named(points):
    model = MLP(2, [1], seed=0).freeze()
    model.layers[0].neurons[0].bias.data = math.nan
    with pytest.raises(FloatingPointError, match=r"the parameter layers\.0\.neurons\.0\.b is nan"):
        train(model, points)


def test_numpys_numbers_are_taken_as_numbers(points):
    options = {"epochs": np.int64(2), "batch_size": np.int64(8), "seed": np.int64(0)}
    model, twin = MLP(2, [3, 1], seed=0), MLP(2, [3, 1], seed=0)
    train(model, points, **options, l2=np.float32(0.5))
    train(twin, points, l2=0.5)
    assert [p.data for p in model.parameters()] == [p.data for p in twin.parameters()]


def test_a_list_of_one_score_counts_as_that_score(points):
    model = MLP(2, [3, 1], seed=0)
    expected = evaluate(model, hinge_loss, *points)
    listed = evaluate(lambda x: [model(x)], lambda scores, y: hinge_loss(scores[0], y), *points)
    assert listed == expected


def test_early_stopping_refuses_a_patience_below_1():
    with pytest.raises(ValueError, match="patience must be a whole number of at least 1, but is 0"):
        EarlyStopping(patience=0)
