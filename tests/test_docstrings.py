"""Every public name explains itself by an example, which the doctests run."""

import pytest

import autograd
import nn
import viz
from autograd import strategies

PUBLIC = [(module, name) for module in (autograd, nn, viz) for name in module.__all__]
PUBLIC += [(strategies, name) for name in ("finite_floats", "values", "programs")]


@pytest.mark.parametrize(
    ("module", "name"), PUBLIC, ids=[f"{module.__name__}.{name}" for module, name in PUBLIC]
)
def test_every_public_name_has_a_docstring_with_an_example(module, name):
    assert ">>> " in (getattr(module, name).__doc__ or "")
