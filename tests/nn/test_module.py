"""Laws of modules: every parameter is found wherever it stands, or refused; never left out silently."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

import autograd
from autograd import Value
from nn import MLP, SGD, Dropout, Layer, Module, Neuron, Sequential, evaluate, fit, squared_error


@dataclass
class Line:
    slope: Value
    intercept: Value


@dataclass(slots=True)
class Slotted:
    slope: Value
    intercept: Value


class Holder(Module):
    def __init__(self, part):
        self.part = part


def v(*numbers):
    return [Value(number) for number in numbers]


def matrix():
    return np.array([v(1.0, 2.0), v(3.0, 4.0)])


FOUND = {
    "array": (matrix, ["0.0", "0.1", "1.0", "1.1"], {"": (2, 2)}),
    "array of no dimension": (lambda: np.array(Value(1.0), dtype=object), ["0"], {"": ()}),
    "array with other things": (
        lambda: np.array([*v(1.0), None, 2.0], dtype=object),
        ["0"],
        {"0": ()},
    ),
    "dict": (lambda: {"w": Value(1.0), "b": Value(2.0)}, ["w", "b"], {"w": (), "b": ()}),
    "dict of lists": (lambda: {"w": v(1.0, 2.0)}, ["w.0", "w.1"], {"w": (2,)}),
    "ordered dict": (lambda: OrderedDict(w=Value(1.0)), ["w"], {"w": ()}),
    "numbered dict": (lambda: {0: Value(1.0), 1: Value(2.0)}, ["0", "1"], {"0": (), "1": ()}),
    "list of dicts of arrays": (
        lambda: [{"w": matrix()}, {"w": Value(1.0)}],
        ["0.w.0.0", "0.w.0.1", "0.w.1.0", "0.w.1.1", "1.w"],
        {"0.w": (2, 2), "1.w": ()},
    ),
    "tuple": (lambda: (Value(1.0), (Value(2.0),)), ["0", "1.0"], {"0": (), "1": (1,)}),
    "deque": (lambda: deque(v(1.0, 2.0)), ["0", "1"], {"0": (), "1": ()}),
    "dataclass": (
        lambda: Line(*v(1.0, 2.0)),
        ["slope", "intercept"],
        {"slope": (), "intercept": ()},
    ),
    "dataclass with slots": (
        lambda: Slotted(*v(1.0, 2.0)),
        ["slope", "intercept"],
        {"slope": (), "intercept": ()},
    ),
    "dict of modules": (
        lambda: {"h": Neuron(1), "o": [Neuron(1)]},
        ["h.w0", "h.b", "o.0.w0", "o.0.b"],
        {"h.weight": (1,), "h.bias": (), "o.0.weight": (1,), "o.0.bias": ()},
    ),
    "array of modules": (
        lambda: np.array([Neuron(1), Neuron(1)], dtype=object),
        ["0.w0", "0.b", "1.w0", "1.b"],
        {"0.weight": (1,), "0.bias": (), "1.weight": (1,), "1.bias": ()},
    ),
}


@pytest.mark.parametrize(("make", "paths", "shapes"), FOUND.values(), ids=FOUND)
def test_parameters_are_found_in_containers_by_their_paths(make, paths, shapes):
    model = Holder(make())
    named = dict(model.named_parameters())
    assert list(named) == [f"part.{path}" for path in paths]
    assert model.parameters() == list(named.values())
    state = model.state_dict()
    assert {name: array.shape for name, array in state.items()} == {
        f"part.{name}".removesuffix("."): shape for name, shape in shapes.items()
    }
    twin = Holder(make())
    twin.load_state_dict({name: array + 0.5 for name, array in state.items()})
    for name, parameter in twin.named_parameters():
        assert parameter.data == named[name].data + 0.5
    model.label_parameters()
    assert [p.label for p in model.parameters()] == list(named)
    model.freeze()
    assert {p.kind for p in model.parameters()} == {"constant"}
    assert model.unfreeze().n_parameters == len(paths)
    for parameter in named.values():
        parameter.grad = 1.0
    model.zero_grad()
    assert {p.grad for p in named.values()} == {0.0}


class Net(Module):
    """A network whose weights stand in arrays, dicts and dataclasses."""

    def __init__(self):
        hidden = Layer(2, 3, "tanh", seed=0)
        self.W = np.array([neuron.weights for neuron in hidden.neurons])
        self.more = {
            "b": [neuron.bias for neuron in hidden.neurons],
            "parts": {"drop": Dropout(0.5)},
        }
        self.out = Line(Value(0.5), Value(0.25))

    def __call__(self, x):
        hidden = [(w @ np.array(x) + b).tanh() for w, b in zip(self.W, self.more["b"])]
        hidden = self.more["parts"]["drop"](hidden)
        return self.out.slope * autograd.sum(hidden) + self.out.intercept


@pytest.mark.parametrize("compiled", [True, False])
def test_parameters_in_containers_are_trained(compiled):
    model = Net()
    assert model.n_parameters == 11
    before = [p.data for p in model.parameters()]
    X, y = np.random.default_rng(0).normal(size=(2, 40, 2))
    options = {"optimizer": SGD(model.parameters(), lr=0.1), "compiled": compiled, "seed": 0}
    fit(model, squared_error, X, y[:, 0], **options, progress=False)
    assert all(p.data != old for p, old in zip(model.parameters(), before))
    weights, biases = model.weights_and_biases()
    assert (len(weights), len(biases)) == (7, 3)  # a slope is neither


def test_modules_in_containers_are_set_to_use_and_have_a_line_in_the_summary(capsys):
    model = Net()
    assert [name for name, _ in model.named_modules()] == ["more.parts.drop"]
    model.eval()
    assert not model.more["parts"]["drop"].training
    layers = Holder({"hidden": Layer(2, 3), "out": [Layer(3, 1, None)]})
    layers.summary()
    printed = capsys.readouterr().out
    assert "part.hidden  Layer" in printed
    assert "13 parameters" in printed


def test_a_change_within_a_container_is_noticed_between_epochs():
    X, y = [[0.5, 1.0]] * 4, [1.0] * 4
    model = Holder({"layer": Layer(2, 1, None, initializer=0.5)})
    type(model).__call__ = lambda self, x: self.part["layer"](x)

    def exchange(model, history):
        model.part["layer"] = Layer(2, 1, None, initializer=0.0)

    optimizer = SGD(model.parameters(), lr=0.0)
    options = {"optimizer": optimizer, "epochs": 2, "callbacks": [exchange], "progress": False}
    history = fit(model, squared_error, X, y, **options)
    assert history.loss == [0.0625, 1.0]
    assert evaluate(model, squared_error, X, y)[0] == 1.0
    del type(model).__call__


class WithSlots(Module):
    __slots__ = ("a",)

    def __init__(self):
        self.a, self.b = v(1.0, 2.0)


@dataclass(eq=False)
class DataModule(Module):
    w: Value = field(default_factory=lambda: Value(1.0))


def test_parameters_in_slots_and_of_dataclasses_are_found():
    assert sorted(dict(WithSlots().named_parameters())) == ["a", "b"]
    assert list(DataModule().state_dict()) == ["w"]


class Foreign:
    def __init__(self):
        self.w, self.others = Value(1.0), {"b": Value(2.0)}


class OfTheClass(Module):
    w = Value(1.0)


@pytest.mark.parametrize(
    ("model", "place"),
    [
        (Holder(set(v(1.0))), r"part\.set"),
        (Holder(frozenset([Neuron(1)])), r"part\.frozenset"),
        (Holder(Foreign()), r"part\.w"),
        (Holder([Foreign()]), r"part\.0\.w"),
        (Holder({"a": (Foreign(),)}), r"part\.a\.0\.w"),
        (Holder(SimpleNamespace(layer=Neuron(1))), r"part\.layer"),
        (Holder(Holder(Foreign())), r"part\.part\.w"),
        (OfTheClass(), "w"),
    ],
)
def test_a_parameter_where_none_is_looked_for_is_refused_with_its_place(model, place):
    for use in (model.parameters, model.state_dict, lambda: model.n_parameters, model.freeze):
        with pytest.raises(
            TypeError, match=rf"^{place} of this .*never be trained: .* in attributes"
        ):
            use()


def test_what_only_refers_to_parameters_is_no_place_of_its_own():
    model = MLP(2, [1], seed=0)
    model.optimizer = SGD(model.parameters(), lr=0.1)
    model.fast = autograd.compile(lambda x: model(x), [0.5, 1.0])
    model.velocity = dict.fromkeys(model.layers[0].parameters(), 0.0)
    model.trainer = SimpleNamespace(model=model, weights=set(model.layers[0].parameters()))
    model.layers[0].trainer = SimpleNamespace(model=model)
    model.generator = np.random.default_rng(0)
    assert len(model.parameters()) == len(model.layers[0].parameters()) == 3


def test_constants_and_results_are_no_parameters():
    frozen = Holder(SimpleNamespace(teacher=MLP(2, [1]).freeze(), sum=Value(1.0) + 1.0))
    assert frozen.parameters() == []


def test_two_parts_of_one_name_are_refused_and_not_saved_once():
    with pytest.raises(ValueError, match=r"two parts of this Holder are named part\.1"):
        Holder({1: Value(1.0), "1": Value(2.0)}).state_dict()


# States of others.


def _state(*prefixes, sizes=((3, 2), (1, 3))):
    random = np.random.default_rng(0)
    return {
        f"{prefix}.{kind}": random.normal(size=shape if kind == "weight" else shape[:1])
        for prefix, shape in zip(prefixes, sizes)
        for kind in ("weight", "bias")
    }


@pytest.mark.parametrize(
    "prefixes", [("0", "2"), ("fc1", "fc2"), ("net.9", "net.10"), ("model.0.lin3", "model.0.lin7")]
)
def test_layers_with_other_numbers_are_loaded_in_their_order(prefixes):
    state = _state(*prefixes)
    for model in (MLP(2, [3, 1]), Sequential(Layer(2, 3), Dropout(0.5), Layer(3, 1, None))):
        model.load_state_dict(dict(sorted(state.items())))
        assert [a.tolist() for a in model.state_dict().values()] == [
            a.tolist() for a in state.values()
        ]


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        (
            _state("hidden", "out"),
            ValueError,
            "missing layers.0.bias.*unknown hidden.bias.*: build the",
        ),
        (_state("a.0", "b.0"), ValueError, "unknown a.0.bias"),
        (_state("0"), ValueError, "missing layers.0.bias.*unknown 0.bias"),
        (_state("0", "1", "2", sizes=((3, 2), (3, 3), (1, 3))), ValueError, "unknown 0.bias"),
        (_state("0", "2", sizes=((2, 3), (1, 3))), ValueError, r"shape \(3, 2\), but .* \(2, 3\)"),
        ({**_state("0", "2"), "0.bias": ["a", "b", "c"]}, TypeError, "0.bias .* array of numbers"),
        ({**_state("0", "2"), "0.scale": [1.0]}, ValueError, "unknown layers.0.scale"),
        ("model.safetensors", TypeError, r"load_file\(path\) gives, but got 'model"),
        (None, TypeError, "but got None"),
        ({}, ValueError, "unknown none"),
    ],
)
def test_a_state_of_another_model_is_refused_and_changes_nothing(state, error, message):
    model = MLP(2, [3, 1], seed=0)
    before = [p.data for p in model.parameters()]
    with pytest.raises(error, match=message):
        model.load_state_dict(state)
    assert [p.data for p in model.parameters()] == before
