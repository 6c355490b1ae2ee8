"""Laws of surroundings: a compiled function does what its function does now, or says what has changed.

Each change is one of something that a function reads besides its arguments.
"""

import functools
import types
from collections import OrderedDict, UserDict, defaultdict, deque
from dataclasses import dataclass
from typing import NamedTuple
from unittest.mock import Mock

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.surroundings import Surroundings
from nn import MLP, Dropout, Layer, Module, Sequential, hinge_loss, squared_error
from tests.autograd.compiler.comparison import eager


def notices(f, change, what, *examples):
    """Assert that after a change a call is refused, and says what has changed."""
    examples = examples or (0.5,)
    fast = autograd.compile(f, *examples)
    before = fast(*examples)
    change()
    assert eager(f, *examples).value != before
    for call in (fast, functools.partial(fast.value_and_grad, wrt="inputs"), fast.backward):
        with pytest.raises(RuntimeError, match=rf"was compiled while {what}.*or compile again"):
            call(*examples)
    assert autograd.compile(f, *examples)(*examples) == eager(f, *examples).value


def ignores(f, change, *examples):
    """Assert that after a change that does not matter calls go on, and compute what f does."""
    examples = examples or (0.5,)
    fast = autograd.compile(f, *examples)
    fast(*examples)
    for _ in range(3):
        change()
        assert fast(*examples) == eager(f, *examples).value
    return fast


# Variables.


@pytest.mark.parametrize(("before", "after"), [(2.0, 3.0), (2, 5), (0.0, 1e-300), (True, False)])
def test_a_closed_over_number(before, after):
    number = before

    def change():
        nonlocal number
        number = after

    notices(lambda x: number * x, change, f"number was {before}, and now it is {after}")


def test_a_closed_over_number_in_the_quickest_calls_and_in_batches():
    number = 2.0
    fast = autograd.compile(lambda x: number * x, 1.0)
    assert fast.value_and_grad(1.0, wrt="inputs") == (2.0, [2.0])
    assert fast._direct is not None
    number = 3.0
    for call in (fast, lambda x: fast.value_and_grad(x, wrt="inputs")):
        with pytest.raises(RuntimeError, match=r"number was 2\.0, and now it is 3\.0"):
            call(1.0)
        with pytest.raises(RuntimeError, match=r"number was 2\.0, and now it is 3\.0"):
            call(np.ones(3))
    number = 2.0
    assert fast(np.ones(3)).tolist() == [2.0] * 3


GLOBAL = 2.0
TABLE = {"scale": 2.0}


def reads_a_global(x):
    return GLOBAL * x


def reads_a_global_by_another_function(x):
    return autograd.exp(reads_a_global(x))


def reads_a_global_within_a_lambda(x):
    return sum(map(lambda y: y * GLOBAL, [x, x]))  # noqa: C417


def reads_a_global_of_a_class_body(x):
    class Scale:
        number = GLOBAL

    return x * Scale.number


def looks_a_global_up(x):
    return x * globals()["GLOBAL"]


@pytest.mark.parametrize(
    "f",
    [
        reads_a_global,
        reads_a_global_by_another_function,
        reads_a_global_within_a_lambda,
        reads_a_global_of_a_class_body,
        looks_a_global_up,
        autograd.grad(lambda x: reads_a_global(x) ** 2),
        functools.lru_cache(lambda x: reads_a_global(x)),
        functools.wraps(branch := reads_a_global_by_another_function)(lambda x: branch(x)),
    ],
    ids=["global", "function", "lambda", "class", "globals()", "grad", "lru_cache", "wraps"],
)
def test_a_global(f, monkeypatch):
    notices(f, lambda: monkeypatch.setitem(globals(), "GLOBAL", 3.0), r"GLOBAL was 2\.0")


def test_a_global_that_is_deleted(monkeypatch):
    fast = autograd.compile(reads_a_global, 1.0)
    monkeypatch.delitem(globals(), "GLOBAL")
    with pytest.raises(RuntimeError, match=r"GLOBAL was 2\.0, and now it is not there"):
        fast(1.0)


def test_a_global_that_another_equal_one_replaces_is_watched_like_it(monkeypatch):
    fast = autograd.compile(lambda x: x * TABLE["scale"], 1.0)
    monkeypatch.setitem(
        globals(), "TABLE", {"scale": 2.0}
    )  # as a notebook's cell that is run again
    assert fast(1.0) == 2.0
    TABLE["scale"] = 3.0
    with pytest.raises(RuntimeError, match=r"an element of TABLE was 2\.0, and now it is 3\.0"):
        fast(1.0)


def test_a_function_of_ones_own_module(monkeypatch):
    settings = types.ModuleType("settings_of_mine")
    settings.scale = 2.0
    notices(lambda x: x * settings.scale, lambda: setattr(settings, "scale", 3.0), "scale")


def test_a_loss_that_another_one_replaces():
    loss = squared_error

    def change():
        nonlocal loss
        loss = hinge_loss

    notices(lambda x: loss(x, 1.0), change, "loss was <function squared_error")


# Default arguments, and arguments that are bound.


def test_default_arguments():
    def f(x, scale=2.0, *, shift=1.0):
        return x * scale + shift

    notices(f, lambda: setattr(f, "__defaults__", (3.0,)), "the defaults of .*f")
    notices(f, lambda: f.__kwdefaults__.update(shift=5.0), "an element of the defaults was 1.0")


def test_a_list_as_default_argument():
    scales = [2.0]

    def f(x, scales=scales):
        return x * scales[0]

    notices(f, lambda: scales.append(1.0) or scales.__setitem__(0, 3.0), "the defaults had 1 el")


def test_arguments_of_a_partial_function():
    scales = [2.0]

    def scaled(scales, x):
        return x * scales[0]

    notices(functools.partial(scaled, scales), lambda: scales.insert(0, 3.0), "an argument had 1")


# Elements.

CONTAINERS = {
    "list": [2.0],
    "of zero": [0.0],
    "nested": [[[2.0]]],
    "tuple of lists": ([2.0],),
    "dict": {0: 2.0},
    "of dicts": {0: {0: 2.0}},
    "defaultdict": defaultdict(float, {0: 2.0}),
    "OrderedDict": OrderedDict({0: 2.0}),
    "deque": deque([2.0]),
    "array": np.array([2.0]),
    "a scalar": np.array([[2.0]]),
    "of arrays": [np.array([2.0])],
    "whole numbers": np.array([2]),
    "objects": np.array([2.0], dtype=object),
    "of strings": ["2.0"],
    "bytes": bytearray([2]),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_an_element(kind):
    container = CONTAINERS[kind]
    inner = container
    while not isinstance(inner[0], (int, float, str, np.number)):
        inner = inner[0]

    def f(x):
        number = container
        while not isinstance(number, (int, float, str, np.number)):
            number = number[0]
        return x * float(number)

    def change():
        inner[0] = type(inner[0])(5)

    notices(f, change, ".*")


def test_a_zero_of_the_other_sign():
    zeros = [0.0]
    fast = autograd.compile(lambda x: x / zeros[0], 1.0)
    zeros[0] = -0.0
    with pytest.raises(RuntimeError, match=r"was 0\.0, and now it is -0\.0"):
        fast(1.0)


def test_how_many_elements():
    powers = [1.0, 2.0]
    notices(
        lambda x: autograd.sum([x * p for p in powers]), lambda: powers.append(3.0), "powers had 2"
    )


def test_a_set():
    numbers = {2.0}
    notices(lambda x: x * sum(numbers), lambda: numbers.add(3.0), "numbers had 1 elements")


# Attributes.


class Scale:
    shared = 2.0

    def __init__(self):
        self.own, self._hidden, self.list, self.inner = (
            2.0,
            2.0,
            [2.0],
            types.SimpleNamespace(k=2.0),
        )

    def __call__(self, x):
        return x * self.own * self.shared * self.hidden * self.list[0] * self.inner.k

    def method(self, x):
        return self(x)

    @property
    def hidden(self):
        return self._hidden


@pytest.mark.parametrize("kind", ["object", "method", "closure", "in a dict"])
@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda scale: setattr(scale, "own", 3.0), r"own of <.*Scale.*> was 2\.0"),
        (lambda scale: setattr(scale, "_hidden", 3.0), "_hidden of"),
        (lambda scale: setattr(scale, "shared", 3.0), "shared of .* was not there"),
        (lambda scale: scale.list.__setitem__(0, 3.0), "an element of list was"),
        (lambda scale: setattr(scale, "list", [3.0]), "list of"),
        (lambda scale: setattr(scale.inner, "k", 3.0), r"k of namespace\("),
        (lambda scale: setattr(scale, "inner", types.SimpleNamespace(k=3.0)), "inner of"),
    ],
    ids=["own", "hidden", "the class's", "a list's", "another list", "an inner", "another inner"],
)
def test_an_attribute(kind, change, what):
    scale = Scale()
    table = {"scale": scale}
    f = {
        "object": scale,
        "method": scale.method,
        "closure": lambda x: scale(x),
        "in a dict": lambda x: table["scale"](x),
    }[kind]
    notices(f, lambda: change(scale), what)


def test_an_attribute_and_a_method_of_a_class(monkeypatch):
    notices(Scale(), lambda: monkeypatch.setattr(Scale, "shared", 3.0), "shared of <class")
    scale = Scale()
    notices(
        lambda x: scale.method(x),
        lambda: monkeypatch.setattr(Scale, "method", lambda self, x: x * 7.0),
        "method of <class",
    )


def test_an_attribute_that_is_looked_up_by_a_name_made_at_run_time():
    scale = Scale()
    notices(lambda x: x * getattr(scale, "o" + "wn"), lambda: setattr(scale, "own", 3.0), "own of")


class Shared:
    scale = 2.0


class Pair(NamedTuple):
    name: str
    scales: list[float]


def test_an_attribute_of_a_class_that_an_object_gets_of_its_own():
    shared = Shared()
    notices(lambda x: x * shared.scale, lambda: setattr(shared, "scale", 3.0), "scale of")


def test_a_list_in_a_named_tuple():
    pair = Pair("p", [2.0])
    notices(lambda x: x * pair.scales[0], lambda: pair.scales.insert(0, 3.0), "pair had 1 elements")


@dataclass
class Settings:
    scale: float = 2.0


@dataclass(slots=True)
class Slotted:
    scale: float = 2.0


@pytest.mark.parametrize("kind", [Settings, Slotted])
def test_a_data_class_and_one_that_an_equal_one_replaces(kind):
    settings = [kind()]

    def f(x):
        return x * settings[0].scale

    notices(f, lambda: setattr(settings[0], "scale", 3.0), r"scale of .*\(scale=3\.0\) was 2\.0")

    def replace():
        settings[0] = kind(scale=3.0)
        settings[0].scale = 4.0

    notices(f, replace, "an element of settings")


# Models.


@pytest.fixture
def model():
    return MLP(2, [3, 3, 1], "tanh", seed=0)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda m: setattr(m.layers[0], "activation", "relu"), "activation of Neuron"),
        (
            lambda m: setattr(m.layers[1].neurons[2], "activation", Value.sin),
            "activation of Neuron",
        ),
        (lambda m: m.layers.__setitem__(0, Layer(2, 3, seed=1)), "an element of layers"),
        (lambda m: m.layers.append(Layer(1, 1, "relu", seed=1)), "layers had 3 elements"),
        (lambda m: m.layers.pop(1), "layers had 3 elements"),
        (lambda m: setattr(m, "layers", m.layers[::2]), "layers of MLP"),
        (lambda m: setattr(m.layers[0].neurons[0], "bias", Value(1.0)), "bias of Neuron"),
        (
            lambda m: m.layers[0].neurons[0].weights.__setitem__(1, Value(3.0)),
            "an element of weights",
        ),
        (lambda m: setattr(m, "dropout", Dropout(0.5, seed=0)), "dropout of MLP"),
        (lambda m: delattr(m.layers[0].neurons[0], "_function"), "function of Neuron"),
    ],
    ids=[
        *("activation", "own activation", "layer", "layer more", "layer less", "layers"),
        *("bias", "weight", "dropout", "less"),
    ],
)
def test_what_a_model_is_made_of(change, what, model):
    fast = autograd.compile(lambda xs: model(xs), [0.5, -1.0])
    fast([0.5, -1.0])
    change(model)
    with pytest.raises(RuntimeError, match=rf"was compiled while {what}"):
        fast([0.5, -1.0])


def test_a_drop_probability_and_the_mode():
    model = Sequential(Layer(2, 3, seed=0), Dropout(0.5, seed=1))
    fast = autograd.compile(model, [0.5, -1.0])
    model.layers[1].p = 0.9
    with pytest.raises(RuntimeError, match=r"p of Dropout\(0\.9\) was 0\.5, and now it is 0\.9"):
        fast([0.5, -1.0])
    model.layers[1].p = 0.5
    fast([0.5, -1.0])
    model.eval()
    with pytest.raises(RuntimeError, match=r"training of Dropout\(0\.5\) was True"):
        fast([0.5, -1.0])


def test_a_parameter_that_is_frozen_or_is_one_no_more(model):
    fast = autograd.compile(model, [0.5, -1.0])
    model.layers[0].freeze()
    with pytest.raises(
        RuntimeError, match=r"kind of Value\(.*w0'\) was 'leaf', and now it is 'const"
    ):
        fast([0.5, -1.0])
    frozen = autograd.compile(model, [0.5, -1.0])
    assert len(frozen.parameters) == len(fast.parameters) - 9
    model.layers[0].unfreeze()
    with pytest.raises(RuntimeError, match="was compiled while"):
        frozen([0.5, -1.0])
    fast([0.5, -1.0])


def test_the_data_of_a_frozen_parameter(model):
    model.layers[0].freeze()
    bias = model.layers[0].neurons[1].bias
    notices(model, lambda: setattr(bias, "data", 5.0), r"data of Value\(5\.0", [0.5, -1.0])


class Line(Module):
    def __init__(self):
        self.slope, self.power, self.options = Value(2.0), 2.0, {"shift": 1.0}

    def __call__(self, x):
        return self.slope * x**self.power + self.options["shift"]


def test_a_module_of_ones_own():
    line = Line()
    notices(line, lambda: setattr(line, "power", 3.0), "power of Line")
    notices(line, lambda: line.options.update(shift=2.0), "an element of options")
    notices(line, lambda: setattr(line, "slope", Value(5.0)), "slope of Line")


def test_a_weight_that_another_one_replaces_in_an_array_or_a_closure():
    weights = np.array([Value(1.0), Value(2.0)])
    notices(lambda x: weights[1] * x, lambda: weights.__setitem__(1, Value(3.0)), "weights held")
    weight = Value(2.0)

    def change():
        nonlocal weight
        weight = Value(3.0)

    notices(lambda x: weight * x, change, r"weight was Value\(2\.0\), and now it is Value\(3\.0\)")


# What does not matter.


def test_the_data_and_gradients_of_parameters_do_not_matter(model):
    def change():
        for parameter in model.parameters():
            parameter.data += 0.25
        model([1.0, 2.0]).backward()

    fast = ignores(model, change, [0.5, -1.0])
    assert fast._is_same()


def test_modes_observers_and_other_modules_do_not_matter(model):
    def change():
        model.train(not model.training)
        model.layers[0].observer = lambda outputs: None
        MLP(2, [2, 1]).freeze()

    ignores(model, change, [0.5, -1.0])


def test_a_counter_does_not_matter():
    calls = 0
    weight = Value(2.0)

    def f(x):
        nonlocal calls
        calls += 1
        return x * weight

    ignores(f, lambda: f(Value(1.0)))
    assert calls > 3


def test_numbers_and_functions_that_equal_ones_replace_do_not_matter():
    scale, square = 2.0, [lambda x: x * x]

    def change():
        nonlocal scale
        scale = float("2.0")
        square[0] = lambda x: x * x

    ignores(lambda x: square[0](x) * scale, change)


def test_what_is_never_read_is_not_watched():
    scale = Scale()
    scale.history = []
    fast = ignores(scale, lambda: (scale.history.append(1.0), setattr(scale, "other", 2.0)))
    assert fast._is_same()


def test_a_function_of_its_arguments_alone_has_nothing_to_watch():
    def f(x, y):
        z = [x.tanh(), autograd.exp(y)]
        return autograd.dot(z, z) * np.pi

    assert autograd.compile(f, 1.0, 1.0)._is_same is None


# Things that cannot be looked into.


def test_things_that_answer_everything_are_left_alone():
    mock, strange, closed = Mock(), UserDict(scale=2.0), (i for i in range(3))

    def f(x):
        return x * float(strange["scale"]) if mock.scale and closed else x

    assert autograd.compile(f, 1.0)(2.0) == 4.0


def test_things_that_contain_themselves():
    loop, model = [2.0], MLP(1, [1], seed=0)
    loop.append(loop)
    model.layers[0].parent = model
    notices(
        lambda x: model([x]) * loop[1][0], lambda: loop.__setitem__(0, 3.0), "an element of loop"
    )


def test_lists_that_are_much_longer_than_the_program_are_not_looked_into():
    numbers = [1.0] * 2000
    fast = autograd.compile(lambda x: x * numbers[0], 1.0)
    numbers[0] = 2.0
    assert fast(1.0) == 1.0
    fast = autograd.compile(lambda x: autograd.sum([x * n for n in numbers]), 1.0)
    numbers[0] = 3.0
    with pytest.raises(RuntimeError, match="an element of numbers"):
        fast(1.0)


# Surroundings by themselves.


def test_surroundings_tell_the_first_difference():
    model, numbers = MLP(2, [3, 1], seed=0, dropout=0.5), [1.0]
    surroundings = Surroundings([model, numbers])
    assert (surroundings.is_same(), surroundings.difference()) == (True, None)
    numbers.append(2.0)
    model.dropout.p = 0.25
    assert not surroundings.is_same()
    assert surroundings.difference().what == "an argument"
    numbers.pop()
    assert surroundings.difference() == ("p of Dropout(0.25)", "was 0.5, and now it is 0.25")
    model.dropout.p = 0.5
    assert not surroundings.is_same()  # since 0.5 is another object, or because something was set


def test_an_attribute_that_comes_to_hide_that_of_a_base_class_is_noticed():
    class Base:
        scale = 2.0

    class Derived(Base):
        pass

    thing = Derived()
    surroundings = Surroundings([lambda x: x * thing.scale])
    assert surroundings.is_same()
    Derived.scale = 3.0
    assert not surroundings.is_same()
    assert surroundings.difference().what.startswith("scale of")


def test_a_keyword_of_a_partial_function_is_noticed():
    f = functools.partial(lambda x, scale: x * scale, scale=2.0)
    surroundings = Surroundings([f])
    assert surroundings.is_same()
    f.keywords["scale"] = 3.0
    assert not surroundings.is_same()
    assert surroundings.difference() is not None
