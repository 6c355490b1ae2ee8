"""Laws of training by compiled code: it does what eager training does, and says where it cannot."""

import math
import random
import re
import signal
import time
import tracemalloc
import warnings
from collections import deque
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import AnomalyError, TraceError, Value
from nn import (
    MLP,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Dropout,
    Layer,
    Maxout,
    Module,
    Neuron,
    Optimizer,
    RMSprop,
    Sequential,
    absolute_error,
    binary_cross_entropy_with_logits,
    clip_grad_value,
    cosine_decay,
    fit,
    hinge_loss,
    huber_loss,
    l2_penalty,
    multiclass_hinge_loss,
    softmax_cross_entropy,
    squared_error,
    squared_hinge_loss,
)
from nn.activations import NAMES
from nn.data import iris, moons

BOTH = {"eager": False, "compiled": True}


def points(n=64):
    data = moons(n_samples=2 * n)
    return data.X_train[:n], data.y_train[:n]


def flowers(n=64):
    data = iris()
    return data.X_train[:n], data.y_train[:n]


def waves(n=64):
    X = [[i / n, math.cos(i)] for i in range(n)]
    return X, [math.sin(3.0 * a) + b for a, b in X]


@contextmanager
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


class Trained:
    """What a training leaves: the model, the optimizer, the history."""

    def __init__(self, model, loss, data, compiled, optimizer=SGD, settings=None, **options):
        self.model = model
        self.optimizer = optimizer(self.parameters, **(settings or {"lr": 0.05}))
        arguments = {"epochs": 25, "batch_size": 16, "seed": 0, "progress": False} | options
        self.history = fit(
            model, loss, *data, optimizer=self.optimizer, compiled=compiled, **arguments
        )

    @property
    def parameters(self):
        return self.model.parameters()

    @property
    def data(self):
        return [parameter.data for parameter in self.parameters]


def require_same_training(make, loss, data, **options):
    """Train a model in eager and in compiled code, and compare all that they leave."""
    eager, compiled = (Trained(make(), loss, data, how, **options) for how in (False, True))
    assert compiled.data == pytest.approx(eager.data, rel=1e-10, abs=1e-10)
    pairs = list(zip(eager.parameters, compiled.parameters, strict=True))
    assert [q.grad for _, q in pairs] == pytest.approx([p.grad for p, _ in pairs], abs=1e-9)
    assert [q.backward_passes for _, q in pairs] == [p.backward_passes for p, _ in pairs]
    assert [getattr(q, "data_at_backward", None) for _, q in pairs] == pytest.approx(
        [getattr(p, "data_at_backward", None) for p, _ in pairs], abs=1e-10
    )
    assert compiled.optimizer.n_steps == eager.optimizer.n_steps
    assert compiled.optimizer.state.keys() == eager.optimizer.state.keys()
    for name, column in eager.optimizer.state.items():
        assert compiled.optimizer.state[name] == pytest.approx(column, rel=1e-8, abs=1e-10)
    require_same_history(eager.history, compiled.history)
    return eager, compiled


def require_same_history(eager, compiled):
    expected, told = eager.to_dict(), compiled.to_dict()
    assert told.keys() == expected.keys()
    for name, figures in expected.items():
        if isinstance(figures, dict):
            assert told[name].keys() == figures.keys()
            for path in figures:
                assert told[name][path] == pytest.approx(figures[path], rel=1e-9, abs=1e-12)
        else:
            assert told[name] == pytest.approx(figures, rel=1e-9, abs=1e-12)


# The same training, for every model, loss and optimizer: 25 epochs of 4 steps.

MODELS = {
    **{
        f"MLP of {name}": lambda name=name: MLP(2, [6, 5, 1], activation=name, seed=0)
        for name in NAMES
    },
    "MLP with dropout": lambda: MLP(2, [8, 8, 1], seed=0, dropout=0.25),
    "linear": lambda: MLP(2, [1], seed=0),
    "maxout": lambda: Sequential(Maxout(2, 6, 3, seed=0), Layer(6, 1, None, seed=1)),
    "mixed": lambda: Sequential(
        Layer(2, 6, "prelu", seed=0),
        Dropout(0.3, seed=1),
        Maxout(6, 4, seed=2),
        Layer(4, 1, "tanh", seed=3),
    ),
    "a neuron": lambda: Neuron(2, "sigmoid", seed=0),
}


@pytest.mark.parametrize("name", MODELS)
def test_compiled_training_is_eager_training_for_every_model(name):
    require_same_training(MODELS[name], hinge_loss, points(), validation=points(20))


LOSSES = {
    "hinge": (hinge_loss, 1, points),
    "squared hinge": (squared_hinge_loss, 1, points),
    "binary cross-entropy": (
        lambda score, y: binary_cross_entropy_with_logits(score, (y + 1) / 2),
        1,
        points,
    ),
    "softmax": (softmax_cross_entropy, 3, flowers),
    "multiclass hinge": (multiclass_hinge_loss, 3, flowers),
    "squared error": (squared_error, 1, waves),
    "absolute error": (absolute_error, 1, waves),
    "huber": (huber_loss, 1, waves),
}


@pytest.mark.parametrize("name", LOSSES)
def test_compiled_training_is_eager_training_for_every_loss(name):
    loss, n_outputs, data = LOSSES[name]
    samples = data()
    _, compiled = require_same_training(
        lambda: MLP(len(samples[0][0]), [6, n_outputs], activation="tanh", seed=0),
        loss,
        samples,
        validation=data(20),
    )
    assert compiled.history.loss[-1] < compiled.history.loss[0]


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_compiled_training_is_eager_training_of_a_linear_classifier(n_outputs):
    loss, data = (hinge_loss, points()) if n_outputs == 1 else (softmax_cross_entropy, flowers())
    require_same_training(
        lambda: MLP(len(data[0][0]), [n_outputs], seed=0), loss, data, l2=0.01, batch_size=100
    )


OPTIMIZERS = {
    "momentum": (SGD, {"lr": 0.02, "momentum": 0.9}),
    "nesterov": (SGD, {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    "RMSprop": (RMSprop, {"lr": 0.01}),
    "RMSprop, centered": (RMSprop, {"lr": 0.01, "centered": True, "momentum": 0.5}),
    "Adam": (Adam, {"lr": 0.01, "weight_decay": 0.01}),
    "AdamW": (AdamW, {"lr": 0.01}),
    "Adagrad": (Adagrad, {"lr": 0.05, "lr_decay": 0.01}),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_compiled_training_is_eager_training_with_every_optimizer(name):
    optimizer, settings = OPTIMIZERS[name]
    require_same_training(
        lambda: MLP(2, [6, 1], activation="tanh", seed=0),
        hinge_loss,
        points(),
        optimizer=optimizer,
        settings=settings,
    )


@pytest.mark.parametrize(
    "options",
    [
        {"l1": 0.01},
        {"l2": 0.01},
        {"l1": 0.005, "l2": 0.005, "clip": 0.5},
        {"clip": lambda parameters: clip_grad_value(parameters, 0.05)},
        {"schedule": cosine_decay(25), "batch_size": 7},
        {"batch_size": 1, "epochs": 3},
    ],
    ids=["l1", "l2", "both, clipped", "clipped by a function", "schedule", "samples alone"],
)
def test_compiled_training_is_eager_training_with_every_option(options):
    require_same_training(
        lambda: MLP(2, [6, 1], activation="tanh", seed=0), hinge_loss, points(60), **options
    )


@given(
    hidden=st.lists(st.integers(1, 6), max_size=3),
    activation=st.sampled_from(["tanh", "sigmoid", "gelu", "softplus"]),
    batch_size=st.integers(1, 40),
    dropout=st.sampled_from([0.0, 0.5]),
    l2=st.sampled_from([0.0, 0.1]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=15)
def test_compiled_training_is_eager_training_of_networks_of_any_shape(
    hidden, activation, batch_size, dropout, l2, seed
):
    require_same_training(
        lambda: MLP(2, [*hidden, 1], activation=activation, seed=seed, dropout=dropout),
        squared_hinge_loss,
        points(30),
        batch_size=batch_size,
        l2=l2,
        epochs=3,
        seed=seed,
    )


# What a model may be.


class Recurrent(Module):
    """One layer that is called several times for each sample, and once by the loss."""

    def __init__(self):
        self.layer = Layer(3, 2, "tanh", seed=0)
        self.relu = Layer(2, 2, "relu", seed=1)
        self.gain = Value(0.5, "gain")
        self.unused = Layer(1, 1, "sigmoid", seed=2)

    def __call__(self, x):
        state = [0.0, 0.0]
        for number in x:
            state = self.relu(self.layer([number, *state]))
        return self.gain * state[0] - state[1]


def test_a_layer_that_is_called_several_times_counts_all_of_its_calls():
    eager, compiled = require_same_training(Recurrent, hinge_loss, points())
    assert compiled.history.dead.keys() == {"relu"}
    assert compiled.history.saturated.keys() == {"layer"}  # what is not called is not counted
    assert compiled.history.dead == eager.history.dead


def test_units_that_die_are_counted_as_in_eager_training():
    def make():
        model = MLP(2, [8, 8, 1], seed=0)
        for neuron in model.layers[1].neurons[:3]:
            neuron.bias.data = -50.0
        return model

    _, compiled = require_same_training(make, hinge_loss, points(), settings={"lr": 0.3}, epochs=5)
    assert compiled.history.dead["layers.1"][0] >= 3 / 8


def test_a_model_that_is_no_module_trains_compiled_and_what_nobody_clears_adds_up():
    class Line:
        def __init__(self):
            self.slope, self.intercept = Value(0.5, "slope"), Value(0.25, "intercept")

        def __call__(self, x):
            return self.slope * x[0] + self.intercept

        def weights_and_biases(self):
            return [self.slope], [self.intercept]

        def parameters(self):
            return [self.slope]  # the optimizer's

    X, y = [[1.0], [2.0], [4.0]], [3.0, 6.5, 11.0]
    eager, compiled = require_same_training(
        Line, lambda out, t: (out - t) ** 2, (X, y), l2=0.01, epochs=4, batch_size=2
    )
    for trained in (eager, compiled):
        assert trained.model.intercept.backward_passes == 8
    assert compiled.model.intercept.grad == pytest.approx(eager.model.intercept.grad, rel=1e-12)


def test_several_outputs_have_rows_of_targets():
    X = [[i / 10, (i % 7) / 7] for i in range(40)]
    y = [[a + b, a - b, 2.0] for a, b in X]
    require_same_training(lambda: MLP(2, [5, 3], activation="tanh", seed=0), squared_error, (X, y))
    require_same_training(
        lambda: MLP(2, [5, 3], activation="tanh", seed=0), huber_loss, (np.array(X), np.array(y))
    )


def test_parameters_that_the_optimizer_lacks_or_that_are_frozen_stay():
    class Part(Trained):
        @property
        def parameters(self):
            return [*self.model.layers[1].parameters(), *self.model.layers[2].parameters()]

    def trained(compiled, **options):
        model = MLP(2, [4, 4, 1], activation="tanh", seed=0)
        model.layers[1].freeze()
        return Part(model, hinge_loss, points(), compiled, **options)

    before = [p.data for p in MLP(2, [4, 4, 1], activation="tanh", seed=0).parameters()]
    for options in ({}, {"optimizer": Adam, "settings": {"lr": 0.01}, "clip": 0.1}):
        eager, compiled = trained(False, **options), trained(True, **options)
        for name in ("data", "grad", "backward_passes"):
            told, expected = (
                [getattr(p, name) for p in t.model.parameters()] for t in (compiled, eager)
            )
            assert told == pytest.approx(expected, rel=1e-9, abs=1e-12)
        after = [p.data for p in compiled.model.parameters()]
        assert [a == b for a, b in zip(before, after, strict=True)] == [True] * 32 + [False] * 5
        assert compiled.optimizer.state == {
            name: pytest.approx(column, rel=1e-9, abs=1e-12)
            for name, column in eager.optimizer.state.items()
        }
        require_same_history(eager.history, compiled.history)


# What an optimizer may be.


class Signs(Optimizer):
    """Moves by the gradients' signs, by an `if`: its update takes numbers alone."""

    setting_names = ("lr",)

    def __init__(self, parameters, lr):
        super().__init__(parameters, lr, {"size": 1.0})

    def update(self, parameter, gradient, size):
        step = self.lr if gradient > 0 else -self.lr
        return parameter - step * math.sqrt(size), 0.99 * size


class Plain(Optimizer):
    """An update in plain arithmetic: it takes vectors as well."""

    setting_names = ("lr",)
    lengths: list[int] = []  # noqa: RUF012

    def __init__(self, parameters, lr):
        super().__init__(parameters, lr, {"velocity": 0.0})

    def update(self, parameter, gradient, velocity):
        self.lengths.append(np.size(gradient))
        velocity = 0.9 * velocity - self.lr * gradient
        return parameter + velocity, velocity


class Steps(SGD):
    """A step of its own, by the parameters' Values."""

    def step(self):
        for parameter in self.parameters:
            assert parameter.backward_passes == 1
            parameter.grad = min(parameter.grad, 0.01)
        super().step()


class Clears(SGD):
    """Counts how often it clears the gradients."""

    cleared = 0

    def zero_grad(self):
        super().zero_grad()
        self.cleared += 1


class InPlace(Optimizer):
    """Changes what it gets, as nobody should: numbers do not mind, vectors would."""

    setting_names = ("lr",)

    def __init__(self, parameters, lr):
        super().__init__(parameters, lr, {"sum": 0.0})

    def update(self, parameter, gradient, total):
        gradient *= self.lr
        total += gradient
        return parameter - total, total


@pytest.mark.parametrize("optimizer", [Signs, Plain, Steps, Clears, InPlace])
def test_an_optimizer_of_ones_own_goes_on_working(optimizer):
    make = lambda: MLP(2, [5, 1], activation="tanh", seed=0)  # noqa: E731
    settings = {"lr": 0.01}
    eager, compiled = require_same_training(
        make, hinge_loss, points(), optimizer=optimizer, settings=settings
    )
    if optimizer is Clears:
        assert compiled.optimizer.cleared == eager.optimizer.cleared == 100


def test_an_update_in_plain_arithmetic_moves_all_parameters_at_once():
    Plain.lengths.clear()
    Trained(MLP(2, [5, 1], seed=0), hinge_loss, points(), True, optimizer=Plain, epochs=1)
    assert Plain.lengths == [21] * 4


# Data.


def test_arrays_lists_and_memory_mapped_files_train_alike(tmp_path):
    X, y = points()
    np.save(tmp_path / "X.npy", np.array(X))
    np.save(tmp_path / "y.npy", np.array(y, dtype=np.int8))
    mapped = (np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in ("X", "y"))
    kinds = [(X, y), (np.array(X), np.array(y)), tuple(mapped), (tuple(map(tuple, X)), tuple(y))]
    results = [
        Trained(MLP(2, [4, 1], seed=0), hinge_loss, kind, True, validation=kind) for kind in kinds
    ]
    for other in results[1:]:
        assert other.data == results[0].data
        assert other.history.to_dict() == results[0].history.to_dict()


def test_of_a_memory_mapped_array_only_a_batch_is_read_at_a_time(tmp_path):
    n, n_inputs = 20_000, 100
    X = np.memmap(tmp_path / "X", dtype=np.float64, mode="w+", shape=(n, n_inputs))
    y = np.memmap(tmp_path / "y", dtype=np.int64, mode="w+", shape=(n,))
    y[::2] = 1
    model = MLP(n_inputs, [2], seed=0)
    options = {"epochs": 1, "batch_size": 200, "progress": False, "compiled": True, "seed": 0}
    tracemalloc.start()
    try:
        optimizer = SGD(model.parameters(), lr=0.1)
        fit(model, softmax_cross_entropy, X, y, optimizer=optimizer, **options)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < X.nbytes / 2


def test_numbers_of_every_type_are_samples_and_targets():
    X, y = points(20)
    expected = Trained(MLP(2, [1], seed=0), hinge_loss, ([[1, 2], [3, 4]], [1, -1]), True).data
    for X, y in (
        (np.array([[1, 2], [3, 4]], dtype=np.uint8), np.array([1, -1], dtype=np.int8)),
        (np.array([[1, 2], [3, 4]], dtype=np.float32), np.array([1.0, -1.0])),
        ([np.array([1, 2]), np.array([3, 4])], [np.float64(1.0), -1]),
    ):
        assert Trained(MLP(2, [1], seed=0), hinge_loss, (X, y), True).data == expected


@pytest.mark.parametrize(
    ("loss", "y", "error", "message"),
    [
        (softmax_cross_entropy, [0, 1, 2, 3], ValueError, "3 classes, but got 3"),
        (softmax_cross_entropy, [0, 1, 2, -1], ValueError, "3 classes, but got -1"),
        (multiclass_hinge_loss, [0, 1, 2, 1.0], TypeError, "as an int, but got 1.0"),
        (softmax_cross_entropy, np.array([0.0, 1.0, 2.0, 1.0]), TypeError, "as an int, but got"),
    ],
)
@pytest.mark.parametrize("how", BOTH)
def test_a_wrong_label_is_the_losss_own_error_before_training(how, loss, y, error, message):
    model = MLP(2, [3], seed=0)
    before = [p.data for p in model.parameters()]
    X = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.5]]
    with pytest.raises(error, match=message):
        Trained(model, loss, (X, y), BOTH[how])
    if how == "compiled":
        assert [p.data for p in model.parameters()] == before


def test_a_class_of_hinge_losses_and_cross_entropies_that_is_none_is_refused_compiled():
    for loss, wrong in ((hinge_loss, 0), (binary_cross_entropy_with_logits, -1)):
        with pytest.raises(
            ValueError, match=rf"{loss.__name__}\(\) takes a class y .* got {wrong}"
        ):
            Trained(MLP(2, [1], seed=0), loss, ([[0.0, 1.0]] * 3, [1, 1, wrong]), True)


# What goes wrong on the way.


def faulty(sabotage, **options):
    """The error of eager and of compiled training, and what they leave."""
    found = []
    for compiled in (False, True):
        model = MLP(2, [3, 1], activation="tanh", seed=0, dropout=options.get("dropout", 0.0))
        optimizer = SGD(model.parameters(), lr=options.get("lr", 0.1), momentum=0.9)
        data = options.get("data", points())
        with pytest.raises(FloatingPointError) as caught:
            fit(
                model,
                sabotage,
                *data,
                optimizer=optimizer,
                epochs=50,
                batch_size=16,
                seed=0,
                progress=False,
                compiled=compiled,
            )
        parameters = model.parameters()
        found.append(
            (
                str(caught.value),
                [p.data for p in parameters],
                [p.grad for p in parameters],
                optimizer.state["velocity"],
                optimizer.n_steps,
            )
        )
    return found


def require_same_fault(found):
    eager, compiled = found
    number = r"-?\d+\.\d+(?:e[+-]\d+)?"
    assert re.sub(number, "", compiled[0]) == re.sub(number, "", eager[0])
    told, expected = (list(map(float, re.findall(number, message[0]))) for message in found[::-1])
    assert told == pytest.approx(expected, rel=1e-7)
    for theirs, ours in zip(eager[1:], compiled[1:], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-7, abs=1e-9, nan_ok=True)


def test_a_loss_that_is_not_finite_names_the_same_fault_as_eager_code():
    # log of a number that is 0 for one sample of the third batch of the first epoch.
    X, y = points()
    order = list(range(len(X)))
    random.Random(0).shuffle(order)
    X = [[*x] for x in X]
    X[order[35]] = [0.0, 0.0]

    class Logs(MLP):
        def __call__(self, x):
            return super().__call__(x) + 1e-9 * (Value(1.0) * autograd.dot(x, x)).log()

    found = []
    for compiled in (False, True):
        model = Logs(2, [3, 1], activation="tanh", seed=0)
        with pytest.raises(FloatingPointError, match="epoch 1, batch 3: the first operation") as e:
            Trained(model, squared_error, (X, y), compiled)
        found.append((str(e.value), [p.data for p in model.parameters()], model))
    assert found[0][0] == found[1][0]
    assert "first operation at fault is log, of Value(0.0)" in found[1][0]
    assert found[1][1] == pytest.approx(found[0][1], rel=1e-10)
    assert all(map(math.isfinite, found[1][1]))


def test_a_gradient_alone_that_is_not_finite_names_its_parameter():
    require_same_fault(
        faulty(lambda score, y: hinge_loss(score, y) + ((score - score) * 0.0).sqrt())
    )


def test_an_input_that_is_no_finite_number_is_named():
    X, y = points()
    X = [*X[:40], [math.inf, 0.0], *X[41:]]
    found = faulty(lambda score, y: (score - y).square(), data=(X, y))
    require_same_fault(found)


def test_the_replay_of_a_batch_draws_the_masks_that_it_had():
    require_same_fault(faulty(lambda score, y: (score - y).square().exp(), lr=50.0, dropout=0.5))


def test_an_exception_leaves_the_parameters_after_the_last_finished_batch():
    class Fails(SGD):
        def update(self, parameter, gradient, velocity):
            if self.n_steps == 6:
                raise KeyError("the seventh step")
            return super().update(parameter, gradient, velocity)

    left = []
    for compiled in (False, True):
        model = MLP(2, [4, 1], activation="tanh", seed=0)
        optimizer = Fails(model.parameters(), lr=0.1, momentum=0.9)
        with pytest.raises(KeyError, match="the seventh step"):
            fit(
                model,
                hinge_loss,
                *points(),
                optimizer=optimizer,
                epochs=9,
                batch_size=16,
                seed=0,
                progress=False,
                compiled=compiled,
            )
        left.append(([p.data for p in model.parameters()], optimizer.state["velocity"]))
    assert left[1][0] == pytest.approx(left[0][0], rel=1e-10)
    assert left[1][1] == pytest.approx(left[0][1], rel=1e-10)


def test_ctrl_c_ends_compiled_training_after_the_batch_and_gives_the_parameters_back():
    class Signals(SGD):
        def step_vector(self, *arguments):
            if self.n_steps == 9:
                signal.raise_signal(signal.SIGINT)
            return super().step_vector(*arguments)

    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        trained = Trained(MLP(2, [3, 1], seed=0), hinge_loss, points(), True, optimizer=Signals)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert trained.history.interrupted
    assert (trained.history.epochs, trained.optimizer.n_steps) == (2, 10)
    # The same ten steps in eager code.
    model = MLP(2, [3, 1], seed=0)
    optimizer = SGD(model.parameters(), lr=0.05)
    X, y = points()
    stream = random.Random(0)
    for epoch in range(3):
        order = list(range(len(X)))
        stream.shuffle(order)
        for start in range(0, 32 if epoch == 2 else 64, 16):
            batch = order[start : start + 16]
            optimizer.zero_grad()
            autograd.mean([hinge_loss(model(X[i]), y[i]) for i in batch]).backward()
            optimizer.step()
    assert trained.data == pytest.approx([p.data for p in model.parameters()], rel=1e-10)


def test_the_penalty_of_weights_far_away_is_told_as_in_eager_training():
    def make():
        model = MLP(2, [3, 1], activation="tanh", seed=0)
        model.layers[0].neurons[0].bias.data = -1e300  # no weight: the penalties leave it out
        return model

    require_same_training(make, hinge_loss, points(), l1=0.1, l2=0.1, epochs=2)


# Callbacks.


def record(trained):
    return (
        [(p.data, p.grad, p.backward_passes) for p in trained.model.parameters()],
        {name: list(column) for name, column in trained.optimizer.state.items()},
        trained.optimizer.n_steps,
    )


def test_callbacks_see_parameters_gradients_and_states_as_in_eager_training():
    seen = {}
    for how, compiled in BOTH.items():
        seen[how] = []
        model = MLP(2, [4, 1], activation="tanh", seed=0)
        optimizer = Adam(model.parameters(), lr=0.02)

        def look(given, history, how=how, optimizer=optimizer):
            seen[how].append(
                [
                    *(p.data for p in given.parameters()),
                    *(p.grad for p in given.parameters()),
                    *optimizer.state["average_square"],
                    optimizer.n_steps,
                ]
            )

        fit(
            model,
            hinge_loss,
            *points(),
            optimizer=optimizer,
            epochs=5,
            callbacks=[look],
            progress=False,
            seed=0,
            compiled=compiled,
        )
    assert len(seen["compiled"]) == 5
    for eager, compiled in zip(seen["eager"], seen["compiled"], strict=True):
        assert compiled == pytest.approx(eager, rel=1e-9, abs=1e-12)


def set_parameters(model, history):
    if history.epochs == 2:
        for parameter in model.layers[0].parameters():
            parameter.data = 0.5


def freeze(model, history):
    if history.epochs in (2, 4):
        (model.layers[0].freeze if history.epochs == 2 else model.layers[0].unfreeze)()


def change_activation(model, history):
    if history.epochs == 2:
        model.layers[1].activation = "sigmoid"


def change_one_neuron(model, history):
    if history.epochs == 2:
        model.layers[1].neurons[1].activation = lambda v: 0.5 * v


def replace_layer(model, history):
    if history.epochs == 2:
        model.layers.insert(1, Layer(5, 5, "softplus", seed=7))


def change_dropout(model, history):
    if history.epochs == 2:
        model.dropout.p = 0.75
    if history.epochs == 4:
        model.dropout.random.seed(5)


def add_parameters(model, history):
    if history.epochs == 2:
        layer = Layer(5, 5, "tanh", seed=9)
        model.layers.insert(1, layer)
        model.optimizer.parameters = [*model.optimizer.parameters, *layer.parameters()]
        for column in model.optimizer.state.values():
            column += [0.0] * 30
    if history.epochs == 4:
        model.optimizer.parameters = model.optimizer.parameters[:-30]
        model.optimizer.state = {name: c[:-30] for name, c in model.optimizer.state.items()}


def reset_state(model, history):
    if history.epochs == 3:
        state = model.optimizer.state_dict()
        state["state"]["average_gradient"] = [0.5] * len(model.optimizer.parameters)
        model.optimizer.load_state_dict(state)


@pytest.mark.parametrize(
    "callback",
    [
        set_parameters,
        freeze,
        change_activation,
        change_one_neuron,
        replace_layer,
        change_dropout,
        add_parameters,
        reset_state,
    ],
)
def test_what_a_callback_changes_counts_from_the_next_epoch_on(callback):
    def trained(compiled, callbacks):
        model = MLP(2, [5, 5, 1], activation="tanh", seed=0, dropout=0.25)
        optimizer = model.optimizer = Adam(model.parameters(), lr=0.02)
        options = {"epochs": 6, "batch_size": 16, "seed": 0, "progress": False}
        history = fit(
            model,
            hinge_loss,
            *points(),
            optimizer=optimizer,
            callbacks=callbacks,
            validation=points(12),
            compiled=compiled,
            l2=0.01,
            **options,
        )
        return [(p.data, p.grad) for p in model.parameters()], history

    (eager, eager_history), (compiled, compiled_history) = (
        trained(how, [callback]) for how in (False, True)
    )
    assert np.array(compiled) == pytest.approx(np.array(eager), rel=1e-9, abs=1e-11)
    require_same_history(eager_history, compiled_history)
    without, _ = trained(True, [])
    assert np.shape(without) != np.shape(compiled) or without != compiled


def test_what_a_callback_changes_of_the_loss_counts_from_the_next_epoch_on():
    def trained(compiled, change):
        margin, table, chosen = 1.0, {"weight": 1.0}, [hinge_loss]

        def loss(score, y):
            return table["weight"] * chosen[0](score, y) + margin * score**2

        def callback(model, history):
            nonlocal margin
            if history.epochs == 2 and change:
                margin = 0.5
            if history.epochs == 3 and change:
                table["weight"] = 3.0
            if history.epochs == 4 and change:
                chosen[0] = lambda score, y: (score - y) ** 2

        model = MLP(2, [3, 1], activation="tanh", seed=0)
        return Trained(
            model, loss, points(), compiled, epochs=6, callbacks=[callback], validation=points(12)
        )

    eager, compiled = trained(False, True), trained(True, True)
    assert compiled.data == pytest.approx(eager.data, rel=1e-10)
    require_same_history(eager.history, compiled.history)
    assert trained(True, False).data != pytest.approx(eager.data, rel=1e-3)


def test_a_model_is_compiled_again_only_if_a_callback_changed_it(monkeypatch):
    from nn import compiled_models

    count = 0
    original = compiled_models.CompiledFunction

    class Counting(original):
        def __init__(self, *arguments, **options):
            nonlocal count
            count += 1
            super().__init__(*arguments, **options)

    monkeypatch.setattr(compiled_models, "CompiledFunction", Counting)

    def compilations(callback):
        nonlocal count
        count = 0
        model = MLP(2, [5, 5, 1], activation="tanh", seed=0, dropout=0.25)
        Trained(model, hinge_loss, points(), True, epochs=6, callbacks=[callback])
        return count

    assert compilations(lambda model, history: model.eval() and False) == 1
    assert compilations(set_parameters) == compilations(freeze) == 1
    assert compilations(change_activation) == compilations(replace_layer) == 2


# Checkpoints.


def resumed(path, first, second, **options):
    """Train 3 epochs with a checkpoint, go on to 6 from it, the two each in its own way."""

    def train(compiled, **more):
        model = MLP(2, [4, 1], activation="tanh", seed=more.pop("model_seed", 0), dropout=0.25)
        optimizer = Adam(model.parameters(), lr=0.05)
        arguments = {"batch_size": 8, "seed": 3, "l1": 1e-3, "progress": False} | options | more
        history = fit(
            model, hinge_loss, *points(), optimizer=optimizer, compiled=compiled, **arguments
        )
        return [p.data for p in model.parameters()], history

    train(first, epochs=3, checkpoint=path)
    return train(second, epochs=6, resume=path, model_seed=1), train(second, epochs=6)


@pytest.mark.parametrize("first", BOTH)
@pytest.mark.parametrize("second", BOTH)
def test_a_checkpoint_of_one_way_to_train_is_resumed_in_the_other(first, second, tmp_path):
    path = tmp_path / "training.checkpoint"
    (parameters, history), (expected, whole) = resumed(path, BOTH[first], BOTH[second])
    if first == second:
        assert parameters == expected
        assert history.to_dict() == whole.to_dict()
    else:
        assert parameters == pytest.approx(expected, rel=1e-10, abs=1e-10)
        require_same_history(whole, history)


# What cannot be compiled.


def branching(score, y):
    if score > 0.0:
        return hinge_loss(score, y)
    return 2.0 * hinge_loss(score, y)


def by_label(scores, label):
    return autograd.logsumexp(scores) - scores[label]


def by_class(score, y):
    return hinge_loss(score, y) if y == 1 else 2.0 * hinge_loss(score, y)


def by_weight(score, y):
    return {1: 3.0}.get(y, 1.0) * hinge_loss(score, y)


class Noisy(Module):
    """Draws numbers that a trace takes for constants."""

    def __init__(self):
        self.layer = Layer(2, 1, None, seed=0)

    def __call__(self, x):
        return self.layer(x) + random.gauss(0.0, 0.1)


class Counting(Module):
    """Changes when it is called."""

    def __init__(self):
        self.layer = Layer(2, 1, None, seed=0)
        self.n_calls = 0

    def __call__(self, x):
        self.n_calls += 1
        return self.layer(x)


class Tempered(Module):
    """Takes a parameter's number, which a callback may set."""

    def __init__(self):
        self.layer, self.temperature = Layer(2, 1, None, seed=0), Value(2.0)

    def __call__(self, x):
        return self.layer(x) * self.temperature.data


RAGGED = [[1.0, 2.0], [1.0], [2.0]]


class Mean(Module):
    """Takes samples of any length."""

    def __init__(self):
        self.gain = Value(1.0, "gain")

    def __call__(self, x):
        return self.gain * autograd.mean(x)


UNTRACEABLE = {
    "a branch": (
        lambda: MLP(2, [1], seed=0),
        branching,
        points(),
        r"test_compiled_training.py:\d+: `if score > 0.0:` branches on",
    ),
    "a label as an index": (
        lambda: MLP(4, [3], seed=0),
        by_label,
        flowers(),
        r"`return autograd.logsumexp\(scores\) - scores\[label\]` raised TypeError.*select\(label",
    ),
    "a branch on the target": (
        lambda: MLP(2, [1], seed=0),
        by_class,
        points(),
        r"test_compiled_training.py:\d+: `return hinge_loss.* compares Value",
    ),
    "a dict of targets": (
        lambda: MLP(2, [1], seed=0),
        by_weight,
        points(),
        "where eager code computes",
    ),
    "a parameter's data": (Tempered, hinge_loss, points(), "is not the same for every input"),
    "a state": (Counting, hinge_loss, points(), r"a call changes n_calls of Counting"),
    "noise": (Noisy, hinge_loss, points(), "is not the same for every input"),
    "samples of unequal lengths": (Mean, squared_error, (RAGGED, [1.5, 1.0, 2.0]), "X is not num"),
    "a sequence of ones own": (
        Mean,
        squared_error,
        (deque([[1.0], [3.0]]), [1.5, 1.0]),
        "type deque",
    ),
}


@pytest.mark.parametrize("name", UNTRACEABLE)
def test_what_cannot_be_compiled_trains_in_eager_code_with_a_warning_that_says_why(name):
    make, loss, data, reason = UNTRACEABLE[name]

    def trained(compiled):
        random.seed(0)
        return Trained(make(), loss, data, compiled, epochs=2)

    with pytest.warns(UserWarning, match=rf"(?s)eager code.*{reason}.*compiled=False") as caught:
        default = trained(None)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with no_warning():
        eager = trained(False)
    if name != "noise":  # whose stream a trace has drawn from
        assert default.data == eager.data
        assert default.history.to_dict() == eager.history.to_dict()
    with pytest.raises(TraceError, match=f"(?s){reason}"):
        trained(True)


def test_what_eager_code_raises_too_is_raised_as_it_is_without_a_warning():
    def broken(score, y):
        return hinge_loss(score, y) + missing  # noqa: F821

    for compiled in (None, True, False):
        with no_warning(), pytest.raises(NameError, match="missing"):
            Trained(MLP(2, [1], seed=0), broken, points(), compiled)
        with no_warning(), pytest.raises(ValueError, match="this MLP takes 3 inputs, but got 2"):
            Trained(MLP(3, [1], seed=0), hinge_loss, points(), compiled)


def test_a_change_that_cannot_be_compiled_goes_on_in_eager_code():
    def branches(v):
        return v if v.data > 0 else 0.5 * v

    def change(model, history):
        if history.epochs == 2:
            model.layers[0].activation = branches

    def trained(compiled):
        model = MLP(2, [5, 1], activation="tanh", seed=0)
        return Trained(model, hinge_loss, points(), compiled, epochs=5, callbacks=[change], l2=0.01)

    with pytest.warns(UserWarning, match="not the same for every input"):
        default = trained(None)
    eager = trained(False)
    assert default.data == pytest.approx(eager.data, rel=1e-10)
    require_same_history(eager.history, default.history)
    with pytest.raises(TraceError):
        trained(True)


def test_within_detect_anomaly_each_operation_is_looked_at():
    def loss(score, y):
        return autograd.where(score < 1e9, hinge_loss(score, y), ((score - score) - 1.0).log())

    for compiled in (None, True, False):
        with autograd.detect_anomaly(), pytest.raises(AnomalyError, match="log made nan"):
            Trained(MLP(2, [1], seed=0), loss, points(), compiled)


@pytest.mark.parametrize("wrong", ["yes", 2, 0.5])
def test_compiled_is_true_false_or_none(wrong):
    with pytest.raises(ValueError, match="compiled must be True, False or None"):
        Trained(MLP(2, [1], seed=0), hinge_loss, points(), wrong)


def test_weights_that_are_results_of_operations_are_penalized_in_eager_code():
    class Scaled(Module):
        def __init__(self):
            self.layer = Layer(2, 1, None, seed=0)

        def __call__(self, x):
            return self.layer(x)

        def weights_and_biases(self):
            return [2.0 * weight for weight in self.layer.neurons[0].weights], []

    with pytest.raises(TraceError, match="no leaves"):
        Trained(Scaled(), hinge_loss, points(), True, l2=0.1)
    require_same_training(Scaled, hinge_loss, points())  # without a penalty they do not matter


def test_the_penalty_counts_weights_that_the_model_does_not_use():
    class Idle(Module):
        def __init__(self):
            self.layer, self.idle = Layer(2, 1, None, seed=0), Layer(2, 1, None, seed=1)

        def __call__(self, x):
            return self.layer(x)

    eager, compiled = require_same_training(Idle, hinge_loss, points(), l2=0.1)
    assert compiled.history.penalty == pytest.approx(eager.history.penalty, rel=1e-12)
    assert compiled.model.idle.neurons[0].weights[0].grad != 0.0
    with autograd.no_grad():
        assert (
            l2_penalty(compiled.model.weights_and_biases()[0], 0.1).data < eager.history.penalty[0]
        )


def test_compiled_training_takes_a_fraction_of_the_time():
    def seconds(compiled, epochs):
        model = MLP(2, [16, 16, 1], seed=0)
        start = time.process_time()  # which others who keep the machine busy do not add to
        Trained(model, hinge_loss, points(), compiled, epochs=epochs, batch_size=64)
        return time.process_time() - start

    seconds(True, 1)
    assert min(seconds(True, 50) for _ in range(3)) < seconds(False, 10)
