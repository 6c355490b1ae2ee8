"""What is given by mistake is refused in our words: what was given, what was expected, the cure."""

import re

import numpy as np
import pytest

from autograd import Value
from nn import (
    MLP,
    SGD,
    Adam,
    Dropout,
    EarlyStopping,
    Layer,
    Neuron,
    Sequential,
    clip_grad_norm,
    clip_grad_value,
    cosine_decay,
    evaluate,
    fit,
    hinge_loss,
    squared_error,
    step_decay,
)

X, Y = [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]], [-1, 1, 1]
MODEL = MLP(2, [3, 1], seed=0)
SPENT = (p for p in MODEL.parameters())
list(SPENT)

MODELS = {
    "micrograd's habit": (lambda: MLP(2, 16, 1), "must be a list.*but is 16: give MLP(2, [16, 1])"),
    "more of it": (lambda: MLP(2, 16, 16, 1), "give MLP(2, [16, 16, 1])"),
    "one number": (lambda: MLP(2, 16, seed=0), "give MLP(2, [16])"),
    "all sizes": (lambda: MLP([2, 16, 1]), "n_inputs must be a number.*give MLP(2, [16, 1])"),
    "text": (lambda: MLP(2, "16"), "n_neurons must be a list.*but is '16'"),
    "no sizes": (lambda: MLP(2), "n_neurons is empty; give [1]"),
    "empty": (lambda: MLP(2, []), "n_neurons is empty; give [1]"),
    "no inputs": (lambda: MLP(0, [1]), "n_inputs must be a whole number of at least 1, but is 0"),
    "half a neuron": (lambda: MLP(2, [2.5, 1]), "n_neurons must be a whole number.*but is 2.5"),
    "inputs in text": (lambda: Neuron("3"), "n_inputs must be a whole number.*but is '3'"),
    "an unused activation": (
        lambda: MLP(2, [1], activation="nonsense"),
        "no activation named 'nonsense': choose one of elu, gelu,",
    ),
    "capitals": (lambda: MLP(2, [3, 1], "ReLU"), "did you mean 'relu'?"),
    "a slip": (lambda: Layer(2, 3, "tahn"), "did you mean 'tanh'?"),
    "a list": (lambda: MLP(2, [1], ["relu"]), "no activation named ['relu']"),
    "a class": (lambda: MLP(2, [1], dict), "no activation named <class 'dict'>"),
    "a size": (lambda: Layer(2, 3, 5), "no activation named 5"),
    "an initializer": (lambda: MLP(2, [1], initializer="henormal"), "did you mean 'he_normal'?"),
    "a list of layers": (lambda: Sequential([Layer(2, 1)]), "give Sequential(*layers)"),
    "a seed in text": (lambda: MLP(2, [1], seed="x"), "seed must be a whole number.*but is 'x'"),
    "half a seed": (lambda: Layer(2, 1, seed=1.5), "seed must be a whole number.*but is 1.5"),
    "NumPy's generator": (
        lambda: Dropout(0.5, np.random.default_rng(0)),
        "a random.Random or None, but is Generator",
    ),
    "no probability": (lambda: Dropout(1.5), "p is a probability from 0 to below 1, but is 1.5"),
}
OPTIMIZERS = {
    "a rate in text": (lambda: SGD(MODEL.parameters(), lr="0.1"), "lr takes a number.*got '0.1'"),
    "no rate": (lambda: SGD(MODEL.parameters(), lr=None), "lr takes a number.*got None"),
    "a negative rate": (lambda: SGD(MODEL.parameters(), lr=-1.0), "0 or more, but is -1.0"),
    "a model": (lambda: SGD(MODEL, lr=0.1), "got a model, MLP: give model.parameters()"),
    "the method": (lambda: Adam(MODEL.parameters), "bound method.*: give model.parameters()"),
    "named": (lambda: Adam(MODEL.named_parameters()), "type tuple: give model.parameters()"),
    "a dict": (lambda: Adam({"w": Value(1.0)}), "got {'w': Value(1.0)}: give model.parameters()"),
    "one": (lambda: Adam(Value(1.0)), "got Value(1.0): give [parameter]"),
    "none": (lambda: Adam([]), "needs parameters, but got none: give model.parameters()"),
    "a spent generator": (lambda: Adam(SPENT), "anew, since a generator gives them once"),
    "no betas": (lambda: Adam(MODEL.parameters(), betas=None), "betas must be two numbers"),
    "clip_grad_norm": (lambda: clip_grad_norm(MODEL.parameters(), None), "a number.*got None"),
    "clip_grad_value": (lambda: clip_grad_value(MODEL.parameters(), "1"), "a number.*got '1'"),
    "a floor": (lambda: cosine_decay(5, "0"), "floor takes a number.*got '0'"),
    "a gamma": (lambda: step_decay(5, None), "gamma takes a number.*got None"),
    "a metric": (lambda: EarlyStopping(metric="val_loss"), "did you mean 'validation_loss'?"),
    "a patience": (lambda: EarlyStopping(patience=1.5), "patience must be a whole number.*is 1.5"),
}
FIT = {
    "a narrow X": ({"X": [[1.0]] * 3}, "this MLP takes 2 inputs, but got 1"),
    "a short y": ({"y": [1, -1]}, "samples and as many targets, but holds 3 and 2"),
    "a loss by name": (
        {"loss": "mse"},
        "loss must be a function.*is 'mse'; nn has absolute_error,",
    ),
    "nearly a loss": ({"loss": "hinge"}, "did you mean 'hinge_loss'?"),
    "a loss's result": ({"loss": Value(1.0)}, "loss must be a function.*is Value(1.0)"),
    "an optimizer by name": (
        {"optimizer": "adam"},
        "nn.Adam(model.parameters(), lr=0.01), but is 'adam'",
    ),
    "an optimizer's class": ({"optimizer": SGD}, "but is <class 'nn.optimizers.SGD'>"),
    "a model as optimizer": ({"optimizer": MODEL}, "optimizer must be one that holds"),
    "a class of models": ({"model": MLP}, "fit() trains a model.*<class"),
    "a function": ({"model": lambda x: x}, "fit() trains a model.*type function"),
    "no epochs": ({"epochs": 0}, "epochs must be a whole number of at least 1, but is 0"),
    "half an epoch": ({"epochs": 1.5}, "epochs must be a whole number of at least 1, but is 1.5"),
    "no batch": ({"batch_size": 0}, "batch_size must be a whole number of at least 1, but is 0"),
    "a rate as schedule": ({"schedule": 0.5}, "schedule must be a function, but is 0.5"),
    "a schedule of nothing": ({"schedule": lambda e: None}, "schedule, for its factor,.*got None"),
    "a negative clip": ({"clip": -1.0}, "max_norm above 0, but got -1.0"),
    "a clip in text": ({"clip": "1"}, "clip takes a number.*got '1'"),
    "a seed in text": ({"seed": "a"}, "seed must be a whole number, or None, but is 'a'"),
    "a share held out": ({"validation": 0.2}, "validation must be a pair, (X, y).*got 0.2"),
    "no targets": ({"validation": X}, "validation must be a pair, (X, y)"),
    "too few targets": ({"validation": (X, [1])}, "the validation data.*3 and 1"),
    "one callback": ({"callbacks": EarlyStopping()}, "callbacks must be a list of functions"),
    "no callback": ({"callbacks": [3]}, "a callback must be a function, but is 3"),
    "l1 in text": ({"l1": "0.1"}, "l1 takes a number.*got '0.1'"),
}


def pattern(message):
    return ".*".join(map(re.escape, message.split(".*")))


@pytest.mark.parametrize(("make", "message"), MODELS.values(), ids=MODELS)
def test_models_name_what_they_were_given(make, message):
    with pytest.raises((TypeError, ValueError), match=pattern(message)):
        make()


@pytest.mark.parametrize(("make", "message"), OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_optimizers_name_what_they_were_given(make, message):
    with pytest.raises((TypeError, ValueError), match=pattern(message)):
        make()


@pytest.mark.parametrize(("given", "message"), FIT.values(), ids=FIT)
def test_fit_names_what_it_was_given_and_changes_nothing(given, message):
    before = [p.data for p in MODEL.parameters()]
    optimizer = SGD(MODEL.parameters(), lr=0.1)
    arguments = {"model": MODEL, "loss": hinge_loss, "X": X, "y": Y, "optimizer": optimizer} | given
    with pytest.raises((TypeError, ValueError), match=pattern(message)):
        fit(**arguments, progress=False)
    assert [p.data for p in MODEL.parameters()] == before
    assert optimizer.lr == 0.1


def test_evaluate_names_what_it_was_given():
    with pytest.raises(TypeError, match=r"loss must be a function.*is 'mse'"):
        evaluate(MODEL, "mse", X, Y)
    with pytest.raises(ValueError, match=r"one number as the target of one output.*\[1\.0\]"):
        evaluate(MODEL, squared_error, X, [[1.0], [2.0], [3.0]])
