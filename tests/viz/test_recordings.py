"""Recordings: a computation that failed is drawn up to the point of failure."""

import pytest

import viz
from autograd import AnomalyError, Value, detect_anomaly, no_grad


def test_a_failed_computation_is_drawn_with_temporaries_and_the_failure() -> None:
    x = Value(3.0, "x")
    with pytest.raises(TypeError), viz.recording() as computation:
        _ = (x * 2 + 1).tanh() * "a"
    assert [value.op for value in computation.values] == ["*", "+", "tanh"]
    svg = viz.draw(computation).svg
    assert ">TypeError</text>" in svg
    assert "would lose its" in svg
    assert "where the computation failed" in svg
    assert computation.ends == computation.values[-1:]


def test_a_computation_that_succeeds_is_drawn_whole() -> None:
    x = Value(3.0, "x")
    with viz.recording() as computation:
        y, z = x * 2, x.sin()
    assert computation.error is None
    assert computation.ends == [y, z]
    assert viz.draw(computation).svg == viz.draw([y, z]).svg


def test_an_anomaly_is_drawn_with_what_it_was_made_of() -> None:
    x = Value(-1.0, "x")
    with pytest.raises(AnomalyError), viz.recording() as computation, detect_anomaly():
        (x * 2).log()
    assert [value.op for value in computation.values] == ["*"]
    assert isinstance(computation.error, AnomalyError)


def test_a_recording_ends_with_its_block_and_keeps_other_modes() -> None:
    x = Value(1.0)
    with viz.recording() as computation, no_grad():
        y = x * 2
    z = x * 3
    assert ([value.data for value in computation.values], y.parents) == ([2.0], ())
    assert z.parents[0] is x
    with no_grad(), viz.recording() as inner:
        assert (x * 2).parents == ()
    assert inner.values == []


def test_a_failure_of_the_very_first_operation_is_drawn() -> None:
    with pytest.raises(TypeError), viz.recording() as computation:
        _ = Value(3.0, "x") * "a"
    assert "1 nodes and 0 edges" in viz.draw(computation).title
    with pytest.raises(ValueError), viz.recording() as silent:  # noqa: PT011
        raise ValueError
    assert ">ValueError</text>" in viz.draw(silent).svg


def test_an_empty_recording_is_refused() -> None:
    with viz.recording() as computation:
        pass
    with pytest.raises(ValueError, match="nothing was computed in its block"):
        viz.draw(computation)
