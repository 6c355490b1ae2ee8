"""Laws of clipping: the gradient's direction is kept, or each part is kept within bounds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from autograd.value import FROZEN
from nn import MLP
from nn.gradients import clip_grad_norm, clip_grad_value, norm_of

gradients_strategy = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6)


def with_gradients(gradients):
    parameters = [Value(1.0) for _ in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    return parameters


@given(gradients_strategy, st.floats(1e-3, 1e6))
def test_clipping_by_norm_keeps_the_direction_and_bounds_the_length(gradients, max_norm):
    parameters = with_gradients(gradients)
    norm = clip_grad_norm(parameters, max_norm)
    clipped = [parameter.grad for parameter in parameters]
    assert norm == pytest.approx(
        math.sqrt(math.fsum(g * g for g in gradients)), rel=1e-14, abs=1e-150
    )
    factor = min(1.0, max_norm / (norm + 1e-6))
    assert clipped == pytest.approx([factor * g for g in gradients], rel=1e-15, abs=0.0)
    assert math.hypot(*clipped) <= max_norm * (1.0 + 1e-15)


@given(gradients_strategy)
def test_a_short_gradient_is_left_alone(gradients):
    parameters = with_gradients(gradients)
    assert clip_grad_norm(parameters, math.inf) == math.hypot(*gradients)
    assert [parameter.grad for parameter in parameters] == gradients


def test_the_norm_of_exploding_gradients_does_not_overflow():
    parameters = with_gradients([3e200, 4e200])
    assert clip_grad_norm(parameters, 1.0) == pytest.approx(5e200)
    assert [parameter.grad for parameter in parameters] == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize(
    ("gradients", "norm", "clipped"),
    [
        ([1.0, -math.inf], math.inf, [0.0, math.nan]),
        ([1.0, math.nan], math.nan, [math.nan, math.nan]),
        ([math.inf, math.nan], math.nan, [math.nan, math.nan]),
    ],
)
def test_a_norm_that_is_not_finite_is_returned_and_saves_nothing(gradients, norm, clipped):
    parameters = with_gradients(gradients)
    assert clip_grad_norm(parameters, 1.0) == pytest.approx(norm, nan_ok=True)
    assert [p.grad for p in parameters] == pytest.approx(clipped, nan_ok=True)


@given(st.lists(st.floats(), min_size=1, max_size=6), st.floats(1e-3, 1e6))
def test_clipping_by_value_bounds_every_gradient(gradients, bound):
    parameters = with_gradients(gradients)
    clip_grad_value(parameters, bound)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        if math.isnan(gradient):
            assert math.isnan(parameter.grad)
        else:
            assert parameter.grad == sorted((-bound, gradient, bound))[1]


def test_frozen_parameters_neither_count_nor_change():
    parameters = with_gradients([3.0, 4.0, 12.0])
    parameters[2].operation = FROZEN
    assert clip_grad_norm(parameters, 1.0) == 5.0
    clip_grad_value(parameters, 0.5)
    assert parameters[2].grad == 12.0


@given(st.lists(st.floats(), min_size=1, max_size=6))
def test_the_norm_of_a_vector_neither_overflows_nor_underflows(gradient):
    with np.errstate(all="ignore"):
        norm = norm_of(np.array(gradient))
    if any(map(math.isnan, gradient)):
        assert math.isnan(norm) or math.isinf(norm)
    else:
        assert norm == pytest.approx(math.hypot(*gradient), rel=1e-14, abs=0.0)


@pytest.mark.parametrize("clip", [clip_grad_norm, clip_grad_value])
@pytest.mark.parametrize("bound", [0.0, -1.0, math.nan])
def test_clipping_refuses_a_bound_that_is_not_positive(clip, bound):
    with pytest.raises(ValueError, match=f"{clip.__name__}.*above 0, but got {bound}"):
        clip([Value(1.0)], bound)


@pytest.mark.parametrize("clip", [clip_grad_norm, clip_grad_value])
def test_clipping_takes_parameters_not_the_model(clip):
    with pytest.raises(TypeError, match=rf"{clip.__name__}\(\).*give model.parameters"):
        clip(MLP(2, [1], seed=0), 1.0)
