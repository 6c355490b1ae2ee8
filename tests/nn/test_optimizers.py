"""Laws of optimizers: known answers, one formula for floats and arrays, and states that restore."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from autograd.value import FROZEN, LEAF
from nn import MLP
from nn.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop

SETTINGS = {
    "SGD": (SGD, {"lr": 5e-4}),
    "SGD, momentum and decay": (SGD, {"lr": 5e-4, "momentum": 0.9, "weight_decay": 0.1}),
    "SGD, nesterov": (SGD, {"lr": 5e-4, "momentum": 0.9, "nesterov": True}),
    "RMSprop": (RMSprop, {"weight_decay": 0.1}),
    "RMSprop, centered": (RMSprop, {"centered": True, "momentum": 0.5}),
    "Adam": (Adam, {"lr": 0.1, "weight_decay": 0.1}),
    "AdamW": (AdamW, {"lr": 0.1, "betas": (0.5, 0.75)}),
    "Adagrad": (Adagrad, {"lr_decay": 0.1, "initial_accumulator_value": 0.5, "weight_decay": 0.1}),
}
every_setting = pytest.mark.parametrize(("cls", "settings"), SETTINGS.values(), ids=SETTINGS)


def rosenbrock(x, y):
    return (1.0 - x).square() + 100.0 * (y - x.square()).square()


def train(optimizer, n_steps):
    for _ in range(n_steps):
        optimizer.zero_grad()
        rosenbrock(*optimizer.parameters).backward()
        optimizer.step()


def data(optimizer):
    return [parameter.data for parameter in optimizer.parameters]


# Known answers.


def test_momentum_accumulates_gradients_as_its_formula_says():
    w = Value(0.0)
    optimizer = SGD([w], lr=0.1, momentum=0.5)
    for _ in range(3):
        w.grad = 1.0
        optimizer.step()
    # velocities 1, 1.5, 1.75
    assert w.data == pytest.approx(-0.425, rel=1e-15, abs=0.0)


def test_nesterovs_step_looks_one_velocity_ahead():
    w = Value(0.0)
    optimizer = SGD([w], lr=0.1, momentum=0.5, nesterov=True)
    for _ in range(2):
        w.grad = 1.0
        optimizer.step()
    # steps 1 + 0.5 · 1 and 1 + 0.5 · 1.5
    assert w.data == pytest.approx(-0.325, rel=1e-15, abs=0.0)


@pytest.mark.parametrize("cls", [Adam, AdamW, Adagrad])
@given(gradient=st.floats(1e-3, 1e6), sign=st.sampled_from([-1.0, 1.0]))
def test_the_first_step_is_the_learning_rate_whatever_the_gradients_size(cls, gradient, sign):
    w = Value(0.0)
    w.grad = sign * gradient
    cls([w], lr=0.25).step()
    assert w.data == pytest.approx(-0.25 * sign, rel=2e-5, abs=0.0)  # of which eps takes a part


def test_with_a_constant_gradient_rmsprop_comes_to_steps_of_the_learning_rate():
    w = Value(0.0)
    optimizer = RMSprop([w], lr=0.125, alpha=0.5)
    for _ in range(60):
        before = w.data
        w.grad = 1e3
        optimizer.step()
    assert before - w.data == pytest.approx(0.125, rel=1e-9, abs=0.0)


def test_rmsprops_momentum_adds_up_quotients():
    w = Value(0.0)
    optimizer = RMSprop([w], lr=0.1, alpha=0.0, eps=0.0, momentum=0.5)
    for gradient in (8.0, 5.0, 0.25):
        w.grad = gradient  # without memory of others, each divided by its own size is 1
        optimizer.step()
    # velocities 1, 1.5, 1.75
    assert w.data == pytest.approx(-0.425, rel=1e-15, abs=0.0)


def test_centered_rmsprop_divides_by_the_deviation():
    w = Value(0.0)
    optimizer = RMSprop([w], lr=1.0, alpha=0.5, eps=0.0, centered=True)
    for gradient in (1.0, 3.0):
        w.grad = gradient
        optimizer.step()
    # mean squares 0.5 and 4.75, means 0.5 and 1.75: variances 0.25 and 1.6875
    expected = -1.0 / math.sqrt(0.25) - 3.0 / math.sqrt(1.6875)
    assert w.data == pytest.approx(expected, rel=1e-15, abs=0.0)


@pytest.mark.parametrize("lr_decay", [0.0, 0.5])
def test_adagrads_steps_fall_as_the_root_of_their_number_and_by_lr_decay(lr_decay):
    w = Value(0.0)
    optimizer = Adagrad([w], lr=1.0, lr_decay=lr_decay)
    for t in range(1, 20):
        before = w.data
        w.grad = -7.0
        optimizer.step()
        expected = 1.0 / math.sqrt(t) / (1.0 + lr_decay * (t - 1))
        assert w.data - before == pytest.approx(expected, rel=1e-9, abs=0.0)


def test_adamw_decays_in_full_what_adam_divides_away():
    decayed = []
    for cls in (Adam, AdamW):
        w = Value(1.0)
        w.grad = 1e6
        cls([w], lr=0.01, weight_decay=0.5).step()
        decayed.append(w.data)
    assert decayed == pytest.approx([1.0 - 0.01, 0.995 - 0.01], rel=1e-9, abs=0.0)


@every_setting
def test_every_optimizer_descends_into_rosenbrocks_valley(cls, settings):
    optimizer = cls([Value(-1.0), Value(1.5)], **(settings | {"lr": 5e-4 if cls is SGD else 0.1}))
    start = rosenbrock(*optimizer.parameters).data
    train(optimizer, 300)
    assert rosenbrock(*optimizer.parameters).data < start / 2


def test_the_learning_rate_may_change_between_steps():
    w = Value(0.0)
    optimizer = SGD([w], lr=1.0)
    for lr in (1.0, 0.5, np.float64(0.25)):
        optimizer.lr = lr
        w.grad = -1.0
        optimizer.step()
    assert w.data == 1.75
    assert json.loads(json.dumps(optimizer.state_dict()))["settings"]["lr"] == 0.25


# One formula.

sizes = st.floats(-100.0, 100.0)


@every_setting
@given(rows=st.lists(st.tuples(*[sizes] * 5, st.integers(0, 50)), min_size=1, max_size=5))
def test_the_formula_moves_a_vector_as_it_moves_each_number(cls, settings, rows):
    optimizer = cls([Value(0.0)], **settings)
    # A square is never negative, and a count of steps is a whole number.
    columns = {"parameter": 0, "gradient": 1, "velocity": 2, "average_gradient": 3, "step": 5}
    names = ["parameter", "gradient", *optimizer.state]
    table = [
        [float(row[columns[name]]) if name in columns else row[4] ** 2 for name in names]
        for row in rows
    ]
    vectors = [np.array(column) for column in zip(*table)]
    before = [vector.copy() for vector in vectors]
    together = optimizer.update(*vectors)
    each = zip(*(optimizer.update(*numbers) for numbers in table))
    for name, vector, numbers in zip(names[:1] + names[2:], together, each, strict=True):
        # NumPy's root and power may round their last bit otherwise than Python's.
        allowed = 1e-13 * np.abs([row[0] for row in table]) if name == "parameter" else 0.0
        assert vector.tolist() == pytest.approx(list(numbers), rel=1e-13, abs=np.max(allowed))
    assert all(np.array_equal(a, b) for a, b in zip(vectors, before, strict=True))


@given(st.lists(st.tuples(sizes, sizes, sizes), min_size=1, max_size=5), st.booleans())
def test_sgds_formula_gives_arrays_the_same_bits_as_floats(rows, nesterov):
    optimizer = SGD([Value(0.0)], lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=nesterov)
    together = optimizer.update(*(np.array(column) for column in zip(*rows)))
    each = zip(*(optimizer.update(*row) for row in rows))
    assert [vector.tolist() for vector in together] == [list(column) for column in each]


@every_setting
def test_a_step_is_the_formula_on_each_parameter_and_its_states(cls, settings):
    optimizer = cls([Value(-1.0), Value(1.5)], **settings)
    train(optimizer, 3)
    expected = [
        optimizer.update(w.data, w.grad, *(column[i] for column in optimizer.state.values()))
        for i, w in enumerate(optimizer.parameters)
    ]
    optimizer.step()
    rows = zip(data(optimizer), *optimizer.state.values(), strict=True)
    assert list(rows) == expected


@every_setting
@given(
    rows=st.lists(st.tuples(sizes, sizes, st.booleans()), min_size=2, max_size=6),
    gradients=st.lists(sizes, min_size=6, max_size=6),
)
def test_a_step_of_vectors_is_a_step_of_values(cls, settings, rows, gradients):
    numbers, first_gradients, leaves = zip(*rows)
    optimizer, twin = (cls(list(map(Value, numbers)), **settings) for _ in range(2))
    vector = np.array(numbers)
    states = [np.float64(column[0]) for column in twin.state.values()]
    # At first all move, then some of them, then all again: their counts of steps differ.
    for slopes, moving in (
        (first_gradients, None),
        (gradients[: len(rows)], np.array(leaves)),
        (first_gradients, None),
    ):
        for parameter, slope, is_leaf in zip(optimizer.parameters, slopes, leaves):
            parameter.grad = slope
            parameter.operation = LEAF if is_leaf or moving is None else FROZEN
        optimizer.step()
        gradient = np.array(slopes)
        before = [vector, gradient, *states]
        copies = [np.array(array) for array in before]
        vector, states = twin.step_vector(vector, gradient, states, moving)
        assert [a.tolist() for a in copies] == [np.asarray(a).tolist() for a in before]
    assert twin.n_steps == optimizer.n_steps == 3
    assert vector.tolist() == pytest.approx(data(optimizer), rel=1e-12, abs=1e-300)
    for column, state in zip(optimizer.state.values(), states, strict=True):
        told = np.broadcast_to(state, vector.shape).tolist()
        assert told == pytest.approx(column, rel=1e-12, abs=1e-300)


def test_a_step_of_vectors_takes_numbers_one_by_one_if_the_update_takes_no_vectors():
    class Signs(Optimizer):
        setting_names = ("lr",)

        def __init__(self, parameters, lr):
            super().__init__(parameters, lr, {"n_positive": 0.0})

        def update(self, parameter, gradient, n_positive):
            if gradient > 0.0:
                return parameter - self.lr, n_positive + 1.0
            return parameter + self.lr, n_positive

    optimizer = Signs([Value(0.0), Value(0.0), Value(0.0)], lr=0.5)
    vector, gradient = np.zeros(3), np.array([1.0, -1.0, 2.0])
    vector, (n_positive,) = optimizer.step_vector(vector, gradient, [np.float64(0.0)])
    assert (vector.tolist(), n_positive.tolist()) == ([-0.5, 0.5, -0.5], [1.0, 0.0, 1.0])
    moving = np.array([True, False, False])
    vector, (n_positive,) = optimizer.step_vector(vector, gradient, [n_positive], moving)
    assert (vector.tolist(), n_positive.tolist()) == ([-1.0, 0.5, -0.5], [2.0, 0.0, 1.0])


# Where Python's arithmetic has no answer.


@pytest.mark.parametrize("cls", [RMSprop, Adam, AdamW, Adagrad])
def test_without_eps_0_divided_by_0_is_nan_for_that_parameter_alone(cls):
    still, moving = Value(1.0), Value(1.0)
    moving.grad = 2.0
    optimizer = cls([still, moving], lr=0.1, eps=0.0)
    optimizer.step()
    assert math.isnan(still.data)
    assert moving.data < 1.0
    assert all(type(number) is float for column in optimizer.state.values() for number in column)


def test_a_variance_that_rounds_below_0_counts_as_0():
    w = Value(0.0)
    optimizer = RMSprop([w], lr=1e-9, centered=True)
    for _ in range(5000):
        w.grad = 0.1
        optimizer.step()
    ((square,), (mean,)) = optimizer.state["average_square"], optimizer.state["average_gradient"]
    assert square - mean * mean <= 0.0  # else this test shows nothing
    assert math.isfinite(w.data)


# Frozen parameters.


@every_setting
def test_a_frozen_parameter_is_skipped_and_goes_on_later_as_if_no_time_had_passed(cls, settings):
    frozen, free, twin = Value(2.0), Value(-1.0), Value(2.0)
    optimizer, other = cls([frozen, free], **settings), cls([twin], **settings)
    for phase, is_frozen in enumerate((False, True, False)):
        frozen.operation = FROZEN if is_frozen else LEAF
        for step in range(4):
            frozen.grad = free.grad = twin.grad = 1.0 + phase + step
            before = free.data
            optimizer.step()
            assert free.data != before
            if not is_frozen:
                other.step()
    assert frozen.data == twin.data
    assert [column[0] for column in optimizer.state.values()] == [
        column[0] for column in other.state.values()
    ]


def test_a_step_with_all_parameters_frozen_changes_nothing():
    w = Value(1.0)
    w.operation = FROZEN
    optimizer = Adam([w])
    w.grad = 1.0
    optimizer.step()
    assert (w.data, optimizer.state["step"], optimizer.n_steps) == (1.0, [0.0], 1)


# States.


def through_json(state):
    return json.loads(json.dumps(state))


@every_setting
@pytest.mark.parametrize("stored", [dict, through_json], ids=["as it is", "through JSON"])
def test_a_restored_optimizer_goes_on_bit_by_bit(cls, settings, stored):
    optimizer = cls([Value(-1.0), Value(1.5)], **settings)
    train(optimizer, 7)
    optimizer.lr *= 0.5
    state = stored(optimizer.state_dict())
    written = json.dumps(state)
    copy = cls([Value(number) for number in data(optimizer)], lr=7.0)
    copy.load_state_dict(state)
    assert copy.state_dict() == optimizer.state_dict()
    for each in (optimizer, copy):
        train(each, 20)
    assert data(copy) == data(optimizer)
    assert copy.state_dict() == optimizer.state_dict()
    assert optimizer.n_steps == 27
    assert json.dumps(state) == written  # it was a copy, which no step has changed


def changed(**changes):
    return lambda state: state | changes


def without(name):
    return lambda state: {key: value for key, value in state.items() if key != name}


def in_part(part, change):
    return lambda state: state | {part: change(state[part])}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed(optimizer="SGD"), "one of 'SGD', but this optimizer is 'Adam'"),
        (without("n_steps"), "missing n_steps; unknown none"),
        (changed(extra=1), "missing none; unknown extra"),
        (changed(n_steps=-1), "n_steps.*0 or more, but is -1"),
        (changed(n_steps=1.5), r"n_steps.*whole number.*1\.5"),
        (changed(state=[1.0]), r"state of Adam must be a dict, but is \[1\.0\]"),
        (in_part("state", without("step")), "state of Adam.*missing step"),
        (in_part("state", changed(velocity=[0.0, 0.0])), "unknown velocity"),
        (in_part("state", changed(step=[1.0])), "step.*2 numbers, one per parameter, but is 1"),
        (in_part("state", changed(step=[1.0, "2"])), r"step.*2 numbers.*\[1\.0, '2'\]"),
        (in_part("state", changed(step=[1.0, None])), "step.*2 numbers.*None"),
        (in_part("state", changed(step=3.0)), r"step.*2 numbers.*3\.0"),
        (in_part("settings", without("eps")), "settings of Adam.*missing eps"),
        (in_part("settings", changed(momentum=0.9)), "settings of Adam.*unknown momentum"),
        (in_part("settings", changed(lr=-1.0)), r"settings: lr must.*-1\.0"),
        (in_part("settings", changed(lr="fast")), "settings: lr takes a number.*'fast'"),
        (in_part("settings", changed(betas=[0.9])), r"settings: betas must be two.*\[0\.9\]"),
        (in_part("settings", changed(betas=[0.9, 1.0])), r"settings: betas\[1\].*1\.0"),
        (lambda state: [], r"must be a dict, but is \[\]"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(change, message):
    optimizer = Adam([Value(-1.0), Value(1.5)], lr=0.125)
    train(optimizer, 3)
    before, numbers = optimizer.state_dict(), data(optimizer)
    other = Adam([Value(0.0), Value(0.0)], lr=0.5)
    train(other, 5)
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(change(other.state_dict()))
    assert optimizer.state_dict() == before
    assert data(optimizer) == numbers


def test_a_state_of_another_number_of_parameters_is_refused():
    state = SGD([Value(0.0)], lr=0.1).state_dict()
    with pytest.raises(ValueError, match=r"velocity.*3 numbers.*but is 1"):
        SGD([Value(0.0), Value(0.0), Value(0.0)], lr=0.1).load_state_dict(state)


# What makes an optimizer.


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda ws: SGD([], 0.1), r"SGD\(\) needs parameters.*give model.parameters\(\)"),
        (lambda ws: SGD(ws, -0.1), "lr.*-0.1"),
        (lambda ws: SGD(ws, math.nan), "lr.*nan"),
        (lambda ws: SGD(ws, math.inf), "lr.*finite.*inf"),
        (lambda ws: SGD(ws, 0.1, 1.0), "momentum.*1.0"),
        (lambda ws: SGD(ws, 0.1, weight_decay=-1), "weight_decay.*-1"),
        (lambda ws: SGD(ws, 0.1, nesterov=True), "nesterov.*momentum above 0"),
        (lambda ws: SGD(ws, 0.1, 0.9, nesterov="yes"), "nesterov must be True or False.*'yes'"),
        (lambda ws: RMSprop(ws, alpha=1.0), "alpha.*1.0"),
        (lambda ws: RMSprop(ws, eps=-1e-8), "eps.*-1e-08"),
        (lambda ws: RMSprop(ws, momentum=-0.5), "momentum.*-0.5"),
        (lambda ws: RMSprop(ws, centered=2), "centered must be True or False.*2"),
        (lambda ws: Adam(ws, betas=(0.9, 1.0)), r"betas\[1\].*1\.0"),
        (lambda ws: Adam(ws, betas=0.9), r"betas must be two numbers.*0\.9"),
        (lambda ws: AdamW(ws, weight_decay=math.nan), "weight_decay.*nan"),
        (lambda ws: Adagrad(ws, lr_decay=-1.0), "lr_decay.*-1.0"),
        (lambda ws: Adagrad(ws, initial_accumulator_value=-1.0), "initial_accumulator_value.*-1"),
        (lambda ws: SGD([*ws, Value(1.0), ws[0]], 0.1), "each parameter once.*0 and 2.*the same"),
        (lambda ws: SGD([ws[0] * 2], 0.1), "leaves, but element 0.*is an operation"),
    ],
)
def test_an_optimizer_refuses_arguments_that_cannot_train(make, message):
    with pytest.raises(ValueError, match=message):
        make([Value(1.0)])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (MLP(2, [1], seed=0), r"Adam\(\).*got a model, MLP: give model.parameters\(\)"),
        (Value(1.0), r"list of parameters, but got Value\(1\.0\)"),
        ([Value(1.0), 2.0], r"element 1 is 2\.0, which is of type float"),
        (MLP(2, [1], seed=0).named_parameters(), "element 0 is .*of type tuple"),
    ],
    ids=["a model", "one Value", "a number", "named parameters"],
)
def test_an_optimizer_takes_a_list_of_values(parameters, message):
    with pytest.raises(TypeError, match=message):
        Adam(parameters)


def test_settings_that_are_no_numbers_are_a_type_error():
    with pytest.raises(TypeError, match=r"lr takes a number.*'0\.1'"):
        SGD([Value(1.0)], lr="0.1")


def test_an_optimizer_takes_any_iterable_and_prints_its_settings():
    optimizer = SGD((Value(float(i)) for i in range(3)), lr=0.5)
    assert data(optimizer) == [0.0, 1.0, 2.0]
    expected = "SGD(3 parameters, lr=0.5, momentum=0.0, weight_decay=0.0, nesterov=False)"
    assert repr(optimizer) == expected


def test_zero_grad_forgets_the_gradients():
    w = Value(1.0)
    w.grad = 3.0
    SGD([w], lr=0.1).zero_grad()
    assert w.grad == 0.0


class Signs(Optimizer):
    """An optimizer of a user's own, that keeps no state."""

    setting_names = ("lr", "name")

    def __init__(self, parameters, lr, name="signs"):
        super().__init__(parameters, lr, {})
        self.name = name

    def update(self, parameter, gradient):
        return (parameter - self.lr * np.sign(gradient),)


def test_an_optimizer_of_ones_own_needs_its_settings_and_its_formula():
    optimizer = Signs([Value(1.0), Value(-1.0)], lr=0.25, name="mine")
    for parameter, gradient in zip(optimizer.parameters, (3.0, -0.1), strict=True):
        parameter.grad = gradient
    optimizer.step()
    assert data(optimizer) == [0.75, -0.75]
    copy = Signs([Value(0.0), Value(0.0)], lr=1.0)
    copy.load_state_dict(through_json(optimizer.state_dict()))
    assert (copy.lr, copy.name, copy.n_steps) == (0.25, "mine", 1)


@pytest.mark.parametrize("make", [SGD, RMSprop, Adam, AdamW, Adagrad])
def test_a_gradient_set_to_none_moves_a_parameter_as_one_of_0_does(make):
    p, q = Value(2.0), Value(2.0)
    p.grad = None
    make([p], lr=0.1).step()
    make([q], lr=0.1).step()
    assert p.data == q.data
