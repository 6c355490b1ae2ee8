"""Laws of schedules: known factors, and that they can be stored."""

import math
import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.schedules import cosine_decay, step_decay


@given(st.integers(1, 20), st.floats(0.01, 1.0), st.integers(0, 200))
def test_step_decay_multiplies_by_gamma_every_so_many_epochs(step_size, gamma, epoch):
    schedule = step_decay(step_size, gamma)
    assert [schedule(i) for i in range(step_size)] == [1.0] * step_size
    assert schedule(epoch + step_size) == pytest.approx(gamma * schedule(epoch), rel=1e-13, abs=0.0)


@given(st.integers(1, 200), st.floats(0.0, 0.99))
def test_cosine_decay_falls_from_1_to_its_floor_and_stays_there(n_epochs, floor):
    schedule = cosine_decay(n_epochs, floor)
    factors = [schedule(epoch) for epoch in range(n_epochs + 3)]
    assert factors[0] == 1.0
    assert factors[n_epochs:] == [floor] * 3
    assert all(a >= b for a, b in pairwise(factors))
    # The wave is symmetric about its middle.
    for epoch in range(n_epochs + 1):
        assert factors[epoch] + factors[n_epochs - epoch] == pytest.approx(1.0 + floor)


def test_cosine_decay_has_known_factors():
    assert cosine_decay(6)(2) == pytest.approx(0.75)
    assert cosine_decay(4)(1) == pytest.approx((1.0 + math.sqrt(0.5)) / 2.0)


@pytest.mark.parametrize("schedule", [step_decay(3, 0.5), cosine_decay(7, 0.1)])
def test_schedules_can_be_pickled(schedule):
    copy = pickle.loads(pickle.dumps(schedule))
    assert [copy(epoch) for epoch in range(10)] == [schedule(epoch) for epoch in range(10)]


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (step_decay, (0,), "step_size.*at least 1, but is 0"),
        (step_decay, (1.5,), "step_size.*whole number.*1.5"),
        (step_decay, (3, 0.0), "gamma.*0.0"),
        (step_decay, (3, 10.0), "gamma.*10.0"),
        (cosine_decay, (0,), "n_epochs.*at least 1, but is 0"),
        (cosine_decay, (3, -0.1), "floor.*-0.1"),
        (cosine_decay, (3, math.nan), "floor.*nan"),
    ],
)
def test_schedules_refuse_arguments_that_make_none(make, arguments, message):
    with pytest.raises(ValueError, match=message):
        make(*arguments)
