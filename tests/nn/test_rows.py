"""Laws of rows: what data compiled code takes, and what is taken of it."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import TraceError, Value
from nn.evaluation import are_classes
from nn.rows import Rows


@pytest.mark.parametrize(
    ("samples", "example"),
    [
        ([[0.5, 1.0], [2.0, 3.0]], [0.5, 1.0]),
        ([[1, 2], [3, 4]], [1, 2]),
        (((True, False), (False, True)), [True, False]),
        (np.array([[1, 2]], dtype=np.uint8), [1, 2]),
        ([[math.nan, -math.inf, 3.0]], [0.5, 0.5, 3.0]),
        ([Fraction(1, 4), 2], 0.25),
        ([[[1.0], [2.0]], [[3.0], [4.0]]], [[1.0], [2.0]]),
    ],
)
def test_an_example_is_a_sample_of_finite_numbers_in_which_whole_ones_stay_whole(samples, example):
    told = Rows(samples, "X").example()
    assert told == example
    assert np.shape(told) == np.shape(example)
    first, expected = (np.ravel(x).tolist()[0] for x in (told, example))
    assert type(first) is type(expected)


def test_classes_are_ints_whatever_the_type_of_their_numbers():
    for classes in ([1.0, -1.0], np.array([1.0, -1.0], dtype=np.float32), [1e300]):
        example = Rows(classes, "y").example(is_class=True)
        assert type(example) is int
        assert example == classes[0]


@pytest.mark.parametrize(
    "samples",
    [[[1.0], [1.0, 2.0]], ["a", "b"], [["0.5", "1"]], [None, None], [1j], [Value(1.0)], {0: 1.0}],
)
def test_what_is_no_array_of_numbers_is_not_compiled_for(samples):
    with pytest.raises(TraceError, match=r"^X is"):
        Rows(samples, "X")


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30))
def test_each_class_is_found_where_it_comes_first(labels):
    expected = sorted(labels.index(label) for label in set(labels))
    for kind in (list, tuple, np.array, lambda xs: np.array(xs, dtype=float)):
        assert sorted(Rows(kind(labels), "y").first_of_each()) == expected


def test_a_label_of_another_type_is_another_class_of_a_list():
    assert Rows([1, 1, 1.0, True, 1], "y").first_of_each() == [0, 2, 3]


@given(
    st.lists(
        st.integers(-(2**60), 2**60)
        | st.floats()
        | st.floats(-9, 9).map(round).map(float)
        | st.sampled_from([True, np.int8(3), np.float32(0.5)]),
        min_size=1,
        max_size=5,
    )
)
def test_arrays_and_lists_of_the_same_numbers_are_classes_or_not(targets):
    expected = all(float(target).is_integer() for target in targets)
    assert are_classes(targets) == are_classes(tuple(targets)) == expected
    assert are_classes(np.array(targets, dtype=float)) == expected
    assert not are_classes([[target] for target in targets])
    assert not are_classes(np.array(targets, dtype=float).reshape(-1, 1))


@given(st.lists(st.lists(st.integers(-9, 9), min_size=2, max_size=2), min_size=1, max_size=9))
def test_extremes_are_the_least_and_the_largest_numbers_and_sums(samples):
    for kind in (list, lambda xs: np.array(xs, dtype=float)):
        chosen = [samples[i] for i in Rows(kind(samples), "y").extremes()]
        for measure in (min, max, sum):
            measured = [measure(sample) for sample in samples]
            taken = [measure(sample) for sample in chosen]
            assert measure is max or min(taken) == min(measured)
            assert measure is min or max(taken) == max(measured)


def test_a_nan_is_an_extreme():
    samples = [[0.0, 1.0], [math.nan, 2.0], [5.0, 3.0]]
    assert Rows(samples, "y").extremes() == [1]
    assert Rows([0.5, 7.0, 1.0, -2.0], "y").extremes() == [3, 1]
