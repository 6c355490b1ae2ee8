"""Published figures of CS231n that our networks reach."""

import pytest

from nn import MLP, SGD, fit, softmax_cross_entropy
from nn.data import spiral3


@pytest.mark.parametrize("draw", range(20))
def test_linear_softmax_on_the_spiral_of_three_arms_ends_at_about_half_of_the_training_points(draw):
    # CS231n's case study: 49 %, after 200 steps at learning rate 1 and reg = 1e-3, half of which is λ.
    data = spiral3(draw)
    model = MLP(2, [3], initializer="normal", seed=draw)
    history = fit(
        model,
        softmax_cross_entropy,
        data.X_train,
        data.y_train,
        optimizer=SGD(model.parameters(), lr=1.0),
        epochs=200,
        batch_size=300,
        l2=0.5e-3,
        seed=draw,
        progress=False,
    )
    assert 0.47 <= history.accuracy[-1] <= 0.56


def test_a_hundred_relu_units_on_the_spiral_of_three_arms_end_at_98_percent_or_more():
    # CS231n's case study: 98 %, after 10,000 steps of all points at learning rate 1 and reg = 1e-3.
    data = spiral3(0)
    model = MLP(2, [100, 3], seed=0)
    history = fit(
        model,
        softmax_cross_entropy,
        data.X_train,
        data.y_train,
        optimizer=SGD(model.parameters(), lr=1.0),
        epochs=10_000,
        batch_size=300,
        l2=0.5e-3,
        seed=0,
        progress=False,
        compiled=True,
    )
    assert history.accuracy[-1] >= 0.98
