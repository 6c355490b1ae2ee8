"""Laws of snapshots: what counts as a change of a model."""

import pytest

from autograd import Value
from nn import MLP, Layer
from nn.snapshots import Snapshot


def test_parameters_modes_and_observers_may_change():
    model = MLP(2, [3, 1], seed=0, dropout=0.5)
    snapshot = Snapshot(model)
    model.eval()
    model.layers[0].freeze()
    model.layers[0].observer = print
    for parameter in model.parameters():
        parameter.data += 1.0
    assert snapshot.is_current()


@pytest.mark.parametrize(
    "change",
    [
        lambda model: setattr(model.layers[1].neurons[2], "activation", "tanh"),
        lambda model: setattr(model.layers[0], "activation", lambda v: v),
        lambda model: setattr(model.dropout, "p", 0.25),
        lambda model: model.layers.pop(),
        lambda model: model.layers.insert(1, Layer(3, 3)),
        lambda model: model.layers[0].neurons[1].weights.__setitem__(0, Value(1.0)),
        lambda model: setattr(model.layers[0].neurons[0], "bias", Value(0.0)),
        lambda model: setattr(model, "note", "another attribute"),
        lambda model: delattr(model.layers[0].neurons[0], "slope"),
    ],
    ids=[
        *("one activation", "a layer's", "p", "a layer less", "a layer more"),
        *("a weight", "a bias", "a new attribute", "one less"),
    ],
)
def test_whatever_else_is_set_somewhere_in_a_model_is_noticed(change):
    model = MLP(2, [3, 3, 1], seed=0, dropout=0.5)
    snapshot = Snapshot(model)
    assert snapshot.is_current()
    change(model)
    assert not snapshot.is_current()


def test_a_model_that_contains_itself_has_a_snapshot():
    model = MLP(2, [3, 1])
    model.layers[0].parent = model
    assert Snapshot(model).is_current()
