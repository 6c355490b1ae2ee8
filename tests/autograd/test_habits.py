"""Laws of the names that users bring from micrograd and PyTorch."""

import copy
import pickle

import numpy as np
import pytest

from autograd import Value
from autograd.habits import ADVICE


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("_prev", r"\.parents.*viz\.draw"),
        ("_op", r"\.op.*viz\.draw"),
        ("_children", r"\.parents"),
        ("_backward", r"\.local_gradients"),
        ("my_colour", r"dict keyed by it.*viz\.draw"),
        ("m", r"moments = {p: 0\.0 for p in parameters}"),
        ("v", "dict keyed by it"),
        ("requires_grad", r"detach\(\).*freeze\(\)"),
        ("numpy", r"\.data"),
        ("shape", "one number"),
    ],
)
def test_a_name_of_another_library_is_an_attribute_error_that_says_what_to_use_here(name, instead):
    value = Value(1.0)
    with pytest.raises(AttributeError, match=f"{name}.*{instead}"):
        getattr(value, name)
    with pytest.raises(AttributeError, match=f"{name}.*{instead}"):
        setattr(value, name, 0.0)


@pytest.mark.parametrize("name", ADVICE)
def test_what_only_gives_advice_is_no_attribute(name):
    assert not hasattr(Value(1.0), name)
    assert not hasattr(Value, name)
    assert name not in dir(Value(1.0))
    with pytest.raises(AttributeError):
        delattr(Value(1.0), name)


def test_what_numpy_and_copies_look_for_is_not_taken_for_an_array():
    value = Value(2.0, "w")
    assert np.array([value, value]).shape == (2,)
    assert np.asarray(value).dtype == object
    assert copy.copy(value).label == pickle.loads(pickle.dumps(value)).label == "w"
    assert value.item() == 2.0
